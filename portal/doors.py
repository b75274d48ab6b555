"""Coming in, going out, and what is said when a door stays shut."""

from __future__ import annotations

import sys
from typing import Any, cast

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.views import LoginView
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.models import User
from portal.access import OUT_OF_REACH, busy, guarded, person
from portal.context import THEMES
from portal.permissions import HOMES

THEME_COOKIE_SECONDS = 365 * 24 * 60 * 60


class Door(LoginView):
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the demo's accounts to choose from, in the demo only."""
        people = User.objects.filter(is_demo=True, is_active=True).order_by("pk")
        return super().get_context_data(
            **kwargs, demo_accounts=list(people) if settings.DEMO else []
        )


enter = Door.as_view()


@guarded("login")
def login(request: HttpRequest) -> HttpResponse:
    return cast(HttpResponse, enter(request))


@guarded("logout")
def logout(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("login")


@guarded("home")
def home(request: HttpRequest) -> HttpResponse:
    return redirect(HOMES[person(request).role])


@guarded("set_theme")
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or (anything else) what the reader's system prefers; kept in a cookie."""
    response = HttpResponseRedirect(way_back(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(
            "theme",
            theme,
            max_age=THEME_COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


def way_back(request: HttpRequest) -> str:
    """The page the form names, if it is one of ours; home otherwise."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("home")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its key: sent from elsewhere, or older than the last sign-in. `reason` is Django's, not shown."""
    sentence = _("This form was open too long or came from another site. Load it again.")
    return render(request, "403.html", {"sentence": sentence}, status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = ""
    if isinstance(exception, TooManyFilesSent):
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        sentence = _("At most %(most)s files at once; nothing of this was kept.") % {"most": most}
    return render(request, "400.html", {"sentence": sentence}, status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request, so that whatever broke the page cannot break this one too.

    A database that went away before the view was asked, while the session was read, is met here.
    """
    if isinstance(sys.exception(), OUT_OF_REACH):
        return busy(request)
    return HttpResponse(loader.render_to_string("500.html"), status=500)
