"""Cases that change hands by a supervisor's order, many at once, each with its own answer."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ARBITRATING_ROLES, User
from cases.lifecycle import BEFORE_RULING, STEPS, State
from cases.models import Case, CaseQuerySet
from portal.access import guarded, person
from portal.forms.handover import QUEUE, HandOver

LEFT = "left"
LONGEST_KEY = 18  # digits a database can be asked for
CHANGES_HANDS = frozenset({State(source) for name, source in STEPS if name == "reassign"})
# Holders who can do nothing for their cases any more: no access, or another role since.
GONE = Q(holder__is_active=False) | Q(holder__isnull=False) & ~Q(holder__role__in=ARBITRATING_ROLES)


@guarded("hand_over")
def hand_over(request: HttpRequest) -> HttpResponse:
    """Do it, and say of each case what became of it."""
    form = HandOver(request.POST)
    if not form.is_valid():
        sentences = [str(error) for each in form.errors.values() for error in each]
        messages.error(request, " ".join(sentences))
        return redirect("supervisor")
    handed = form.perform(person(request), timezone.now())
    to = form.cleaned_data["to"]
    return render(
        request,
        "portal/supervisor/handed.html",
        {
            "handed": handed,
            "done": sum(not item.refusal for item in handed),
            "taker": None if to == QUEUE else User.objects.get(pk=to),
            "reason": form.cleaned_data["reason"],
        },
    )


def in_hands(cases: CaseQuerySet, holder: str) -> CaseQuerySet | None:
    """The cases before a ruling that this person holds, or those of people who left; None for no such holder."""
    held: CaseQuerySet = cases.filter(state__in=BEFORE_RULING)
    if holder == LEFT:
        return held.filter(GONE)
    is_key = holder.isascii() and holder.isdecimal() and len(holder) <= LONGEST_KEY
    return held.filter(holder=int(holder)) if is_key else None


def whose(holder: str) -> str:
    """The heading above the cases in these hands."""
    if holder == LEFT:
        return _("Held by people who have left")
    found = User.objects.filter(pk=int(holder)).first()
    return _("In the hands of %(person)s") % {"person": found or "–"}


def may_change_hands(case: Case) -> bool:
    return case.state in CHANGES_HANDS and case.holder_id is not None
