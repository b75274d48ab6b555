"""A sheet of paper against the portal: what the verification code printed on it stands for."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from cases.models import Case, Ruling
from portal.access import guarded, person

CODE, HASH = 16, 64  # hex digits of the code, and of the hash it begins
LONGEST = 64


@guarded("verify")
def verify(request: HttpRequest) -> HttpResponse:
    """Whoever may read the ruling learns how it stands; all others read the same as for no ruling."""
    user, now = person(request), timezone.now()
    typed = request.GET.get("code", "")[:LONGEST]
    found = bearing(typed, user, now)
    facts = {"typed": typed, "found": found, "newest": newest_of(found, user, now)}
    return render(request, "portal/ruling/verify.html", facts)


def bearing(typed: str, user: User, now: datetime) -> Ruling | None:
    """The ruling with this code among those the person may read.

    A text recalled and issued again bears its code twice; then the one in force counts.
    """
    code = digits_of(typed)
    if code is None:
        return None
    readable = Ruling.objects.all() if user.is_case_staff else Ruling.objects.told(now)
    found: Ruling | None = (
        readable.filter(
            case__in=Case.objects.visible_to(user),
            content_hash__gte=code,
            content_hash__lte=code.ljust(HASH, "f"),
        )
        .select_related("case")
        .order_by(F("recalled_at").desc(nulls_first=True), "-version")
        .first()
    )
    return found


def digits_of(typed: str) -> str | None:
    """The code as the hash begins: of any width and case, with or without what parts it."""
    plain = unicodedata.normalize("NFKC", typed).lower()
    code = "".join(each for each in plain if not (each.isspace() or each in "-–—"))
    return code if len(code) == CODE and set(code) <= set("0123456789abcdef") else None


def newest_of(found: Ruling | None, user: User, now: datetime) -> Ruling | None:
    """The version in force of the same case, as far as this person may read it."""
    if found is None:
        return None
    return found.case.ruling if user.is_case_staff else found.case.told_ruling(now)
