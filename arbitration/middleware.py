"""When a request began, and the one exception to the content security policy: the admin's own interface."""

from __future__ import annotations

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from arbitration.proxy import time_spent
from portal.forms.uploads import BEGAN_AT

# The admin theme evaluates its templates' expressions and sets styles; sources stay our own.
ADMIN_DIRECTIVES = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
}


def note_beginning(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware; belongs above everything that reads the body, which may take minutes to arrive."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        request.META[BEGAN_AT] = timezone.now() - time_spent(request)
        return get_response(request)

    return respond


def admin_content_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware; belongs below csp's, which reads what is noted on the response."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith(reverse("admin:index")):
            response._csp_replace = ADMIN_DIRECTIVES  # type: ignore[attr-defined]
        return response

    return respond
