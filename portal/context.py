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
from cases.notices import addressed_to
from cases.proceedings import Submission
from portal.access import person
from portal.health import watch
from portal.permissions import TABLE

THEMES = ("light", "dark")

# Pages behind one door of the rail, the first of which it opens.
CLOCKS = (("engine", _("Engine")), ("ladder", _("Ladder")), ("pauses", _("Pauses")))
SHOPS = (("ledgers", _("Points")), ("recoveries", _("Recoveries")))
OVERSIGHT = (
    ("supervisor", _("Overview"), "chart", "g"),
    ("engine", _("Clock"), "clock", "m"),
    ("audit", _("Docket"), "shield", "d"),
    ("ledgers", _("Shops"), "book", "s"),
    ("rulebook", _("Rules"), "scale", "3"),
)
APPROVALS = ("approvals", _("Approvals"), "check", "2")
# Role → (URL name, words, icon, key). A rail of at most six.
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
    theme, now = request.COOKIES.get("theme", ""), timezone.now()
    return {
        "now": now,
        "is_delayed": lambda: watch.sees_delay(now),  # asked for by the frame of the staff alone
        "nav": ways(request),
        "tabs": tabs(request),
        "unread": lambda: unread(request),  # asked for by the frame of the parties alone
        "theme": theme if theme in THEMES else "",
        "demo": settings.DEMO,
        "blur_flagged": settings.BLUR_FLAGGED,
    }


def ways(request: HttpRequest) -> list[Way]:
    here = view_of(request)
    behind = {CLOCKS[0][0]: CLOCKS, SHOPS[0][0]: SHOPS}
    return [
        Way(
            *(reverse(name), gettext(label), icon, key),
            active=here in (name, *(page for page, _label in behind.get(name, ()))),
            count=count_of(request, name),
        )
        for name, label, icon, key in NAVIGATION.get(role_of(request), ())
    ]


def tabs(request: HttpRequest) -> list[Way]:
    """The other pages behind the same door, for those who may see them."""
    here, role = view_of(request), role_of(request)
    group = next((pages for pages in (CLOCKS, SHOPS) if here in dict(pages)), ())
    open_to = [(name, label) for name, label in group if role in TABLE[name].roles]
    if len(open_to) < 2:
        return []
    return [Way(reverse(name), gettext(label), "", "", here == name) for name, label in open_to]


def view_of(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def role_of(request: HttpRequest) -> str:
    return str(getattr(getattr(request, "user", None), "role", ""))


def unread(request: HttpRequest) -> int:
    return addressed_to(person(request), timezone.now()).filter(read_at=None).count()


def count_of(request: HttpRequest, name: str) -> int:
    """What waits behind the door for this very person, where the door says so."""
    if name == "appeals":
        return decidable(person(request), timezone.now()).count()
    if name == "approvals":
        return Submission.objects.filter(decided_at=None).exclude(author=person(request)).count()
    return 0
