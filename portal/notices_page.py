"""What a person has been told: the notices behind the mails, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from cases.models import Notice
from cases.notices import addressed_to, due_in_words, mark_read, sentence
from portal.access import guarded, person

SHOWN = 100
CASE_PAGES: dict[str, str] = {Role.MERCHANT: "merchant_case", Role.BUYER: "buyer_case"}


@dataclass(frozen=True)
class Told:
    notice: Notice
    sentence: str
    address: str


@guarded("notices")
def notices(request: HttpRequest) -> HttpResponse:
    user, now = person(request), timezone.now()
    if request.method == "POST":
        mark_read(user, now=now)
        return redirect(request.path)
    newest = list(addressed_to(user, now)[:SHOWN])
    return render(
        request,
        "portal/notices.html",
        {
            "told": [
                Told(notice, sentence(notice, due=due_in_words(notice)), address(user, notice))
                for notice in newest
            ],
            "has_unread": any(notice.read_at is None for notice in newest),
        },
    )


def address(user: User, notice: Notice) -> str:
    if user.role == Role.MERCHANT and notice.name.startswith(("penalty_", "measure_")):
        return reverse("merchant_ledger")
    return reverse(CASE_PAGES.get(user.role, "case"), args=[notice.case.reference])
