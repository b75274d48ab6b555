"""Who may enter. The only place that turns refusals into pages: 404 for strangers, 403, 409, back to the form."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases.actions import Refused
from cases.models import Case
from evidence.tickets import WITHIN, TooMany
from portal.permissions import ASKED, PARTIES, TABLE
from portal.unasked import note_unasked

Arguments = ParamSpec("Arguments")
OUT_OF_REACH = (OperationalError, InterfaceError)
NO_ROOM = re.compile(r"disk is full|No space left")  # as SQLite and PostgreSQL say it
RETRY_SECONDS = 5
ELSEWHERE = ("cross-site", "same-site")  # as browsers say where a request comes from
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


class HeldByAnother(PermissionDenied):
    """A colleague holds the case. Its text is the sentence the user reads."""


def person(request: HttpRequest) -> User:
    """The signed-in person; views behind `guarded` always have one."""
    return cast(User, request.user)


def guarded(name: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let in whom the permission table names for this address, and answer refusals as pages.

    Anonymous people go to the login; the wrong role gets 404 when it is a party's and 403 when it is
    staff's; a refused or overtaken act gets 409 with its sentence.
    """
    permission = TABLE[name]

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def enter(
            request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponse:
            if not request.user.is_authenticated and not permission.anonymous:
                if wants_json(request):
                    return JsonResponse(
                        {"reason": _("Please sign in again; your text is kept here.")}, status=401
                    )
                return redirect_to_login(way_back_to(request))
            if request.user.is_authenticated and person(request).role not in permission.roles:
                if person(request).role in PARTIES:
                    raise Http404
                raise PermissionDenied
            if request.method == "OPTIONS":
                # Answered here: the key of a form is not asked for it, so no view may act on it.
                return HttpResponse(headers={"Allow": ", ".join(permission.methods)})
            if request.method not in permission.methods:
                return HttpResponseNotAllowed(permission.methods)
            if request.method == "POST" and request.headers.get("Sec-Fetch-Site") in ELSEWHERE:
                raise PermissionDenied
            if asks_beyond(request, ASKED.get(name)):
                sentence = _("This list cannot be narrowed or sorted that way. Nothing is shown.")
                return render(request, "400.html", {"sentence": sentence}, status=400)
            if brings_no_form(request):
                return conflict(request, _("Send it with the form of the page."), status=415)
            try:
                response = view(request, *args, **kwargs)
            except TooMany as refusal:
                response = conflict(request, str(refusal), status=429)
                response["Retry-After"] = str(int(WITHIN.total_seconds()))
            except Refused as refusal:
                return conflict(request, str(refusal))
            except HeldByAnother as held:
                return turned_away(request, str(held))
            except ConcurrentTransition:
                return conflict(
                    request, _("Somebody else moved this case first. Look at it again.")
                )
            except OUT_OF_REACH as trouble:
                return busy(request, is_full=NO_ROOM.search(str(trouble)) is not None)
            finally:
                note_unasked(request)
            if request.user.is_authenticated and "Cache-Control" not in response:
                response["Cache-Control"] = "no-store"
            return response

        return cast(View[Arguments], enter)

    return decorate


def way_back_to(request: HttpRequest) -> str:
    """Where to go on after signing in: what was asked for, or the page whose form was sent too late."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    sent_from = urlsplit(request.headers.get("Referer", ""))
    return sent_from.path if sent_from.netloc == request.get_host() else reverse("home")


def asks_beyond(request: HttpRequest, known: frozenset[str] | None) -> bool:
    """Whether a list is asked for by a name it does not know, or twice by one it does."""
    if known is None or request.method == "POST":
        return False
    return not known >= set(request.GET) or any(len(each) > 1 for _, each in request.GET.lists())


def brings_no_form(request: HttpRequest) -> bool:
    has_body = request.META.get("CONTENT_LENGTH") not in (None, "", "0")
    return request.method == "POST" and has_body and request.content_type not in FORMS


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def conflict(request: HttpRequest, sentence: str, *, status: int = 409) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"reason": sentence}, status=status)
    back = request.headers.get("Referer", "") and request.path
    return render(request, "409.html", {"sentence": sentence, "back": back}, status=status)


def turned_away(request: HttpRequest, sentence: str) -> HttpResponse:
    """Too late to act is a conflict; only looking is not for this account."""
    if request.method == "POST":
        return conflict(request, sentence)
    return render(request, "403.html", {"sentence": sentence}, status=403)


def busy(request: HttpRequest, *, is_full: bool = False) -> HttpResponse:
    """The database is out of reach, locked or full, for a while as a rule: the page is drawn without it."""
    sentence, status = _("The portal is busy for a moment. Nothing was lost; try again."), 503
    if is_full:
        sentence = _("The storage is full; nothing was saved. Try again in a few minutes.")
        status = 507
    if wants_json(request):
        response: HttpResponse = JsonResponse({"reason": sentence}, status=status)
    else:
        again = request.get_full_path() if request.method == "GET" else ""
        page = loader.render_to_string("503.html", {"sentence": sentence, "again": again})
        response = HttpResponse(page, status=status)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response


def case_for(request: HttpRequest, reference: str, *, held: bool = False) -> Case:
    """The case of that reference if this person may see it.

    Raises Http404 for parties and unknown references, HeldByAnother for staff who may not look,
    and with `held` for anybody who does not hold it.
    """
    user = person(request)
    if not reference.isprintable():  # PostgreSQL cannot even be asked for a NUL
        raise Http404
    case: Case | None = (
        Case.objects.visible_to(user).with_parties().filter(reference=reference).first()
    )
    if case is None:
        hidden = Case.objects.with_parties().filter(reference=reference).first()
        if hidden is None or not user.is_case_staff:
            raise Http404
        raise HeldByAnother(
            _("%(holder)s has already taken this case.") % {"holder": hidden.holder}
        )
    if held and case.holder_id != user.pk:
        raise PermissionDenied
    return case
