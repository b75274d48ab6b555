"""What every page's frame needs: where one can go, the language, the theme, the server's clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import Role
from cases.actions.appeal_decision import decidable
from cases.proceedings import Submission
from portal.access import person

THEMES = ("light", "dark")

OVERSIGHT = (
    ("supervisor", _("Overview"), "chart", "g"),
    ("ladder", _("Ladder"), "glass", "l"),
    ("pauses", _("Pauses"), "pause", "p"),
    ("engine", _("Engine"), "clock", "m"),
    ("audit", _("Docket"), "shield", "d"),
    ("ledgers", _("Shops"), "book", "s"),
    ("rulebook", _("Rules"), "scale", "3"),
)
APPROVALS = ("approvals", _("Approvals"), "check", "2")
# Role → (URL name, words, icon, key). A rail of at most eight.
NAVIGATION: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    Role.ARBITRATOR: (("queue", _("Queue"), "inbox", "g"),),
    Role.SENIOR: (
        ("queue", _("Queue"), "inbox", "g"),
        APPROVALS,
        ("appeals", _("Appeals"), "flag", "y"),
        ("rulebook", _("Rules"), "scale", "3"),
    ),
    Role.SUPERVISOR: (OVERSIGHT[0], APPROVALS, *OVERSIGHT[1:]),
    Role.AUDITOR: OVERSIGHT,
    Role.PENALTY_OFFICER: (
        ("penalties", _("Penalties"), "flag", "g"),
        ("ledgers", _("Shops"), "book", "s"),
    ),
    Role.ADMIN: (("admin:index", _("Administration"), "book", "g"),),
    Role.MERCHANT: (("merchant_home", _("My cases"), "folder", "g"),),
    Role.BUYER: (("buyer_home", _("My cases"), "folder", "g"),),
}


@dataclass(frozen=True)
class Way:
    url: str
    label: str
    icon: str
    key: str
    active: bool
    count: int = 0


def shell(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "now": timezone.now(),
        "nav": ways(request),
        "theme": theme if theme in THEMES else "",
        "demo": settings.DEMO,
        "blur_flagged": settings.BLUR_FLAGGED,
    }


def ways(request: HttpRequest) -> list[Way]:
    role = getattr(getattr(request, "user", None), "role", "")
    match = request.resolver_match
    here = match.view_name if match else ""
    return [
        Way(reverse(name), gettext(label), icon, key, here == name, count_of(request, name))
        for name, label, icon, key in NAVIGATION.get(role, ())
    ]


def count_of(request: HttpRequest, name: str) -> int:
    """What waits behind the door for this very person, where the door says so."""
    if name == "appeals":
        return decidable(person(request), timezone.now()).count()
    if name == "approvals":
        return Submission.objects.filter(decided_at=None).exclude(author=person(request)).count()
    return 0
