"""The penalty officers' pages, and the step by which whoever decided a case proposes points."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases.actions import Refused, decide_penalty, decide_penalty_appeal, propose_penalty
from cases.actions.penalising import (
    approvals_needed,
    due_of,
    why_not_decide,
    why_not_hear,
)
from cases.actions.posting import shop_before
from cases.lifecycle import Side
from cases.models import Case
from cases.points import year_of
from cases.proceedings import Penalty, PenaltyAppeal
from evidence.disclosure import veil_for
from portal.access import case_for, guarded, person
from portal.casefile import facts_of
from portal.clocks import Clock
from portal.forms.penalties import DecidePenalty, HearAppeal, Points
from portal.history import history
from portal.ledgers import brings, ledgers_of
from portal.standing import clock_of
from portal.workspace import workspace

LATELY = 30
OF_PENALTIES = (
    *("propose_penalty", "penalty_seconded", "penalty_approved", "penalty_refused"),
    *("penalty_lapsed", "penalty_voided", "penalty_posted", "penalty_reopened", "record_silence"),
    *("measure_begun", "measure_ended", "appeal_penalty", "penalty_upheld", "penalty_cancelled"),
)


@dataclass(frozen=True)
class Foreseen:
    """What posting the points would make of the shop's total; `brings` is empty below every threshold."""

    before: int
    after: int
    brings: str


@dataclass(frozen=True)
class Proposal:
    """A penalty that waits: its clock, who said yes, how many it takes, and why this reader may not decide."""

    penalty: Penalty
    clock: Clock | None
    approvals: list[User]
    needed: int
    foreseen: Foreseen
    why_not: str | None


@guarded("penalties")
def penalties(request: HttpRequest) -> HttpResponse:
    """What waits for an officer, the next to lapse first, and what was decided lately."""
    user, now = person(request), timezone.now()
    rows = Penalty.objects.select_related("case", "case__shop", "proposed_by", "decided_by")
    waiting = [
        proposal(each, user, now) for each in rows.filter(decided_at=None).order_by("proposed_at")
    ]
    return render(
        request,
        "portal/penalties/waiting.html",
        {
            "waiting": sorted(waiting, key=urgency),
            "appeals": PenaltyAppeal.objects.filter(decided_at=None)
            .select_related("penalty__case__shop")
            .order_by("made_at"),
            "lately": rows.exclude(decided_at=None).order_by("-decided_at", "-pk")[:LATELY],
        },
    )


def urgency(proposal: Proposal) -> tuple[bool, datetime]:
    """Running clocks by what is left, then those that stand still."""
    clock = proposal.clock
    return (
        clock is None or clock.state == "pause",
        clock.due_at if clock else proposal.penalty.proposed_at,
    )


def proposal(penalty: Penalty, user: User, now: datetime) -> Proposal:
    due = due_of(penalty)
    return Proposal(
        penalty,
        clock_of(penalty.case, due, Side.PLATFORM, now=now) if due else None,
        [each.by for each in penalty.approvals.select_related("by")],
        approvals_needed(penalty, now=now),
        foresee(penalty, now),
        why_not_decide(penalty, user, now=now),
    )


def foresee(penalty: Penalty, now: datetime) -> Foreseen:
    before = shop_before(penalty, year=year_of(now))
    after = before + penalty.points
    threshold = penalty.case.book.penalties.crossed(penalty.kind, before, after)
    return Foreseen(before, after, brings(threshold) if threshold else "")


@guarded("case_penalty")
def case_penalty(request: HttpRequest, reference: str) -> HttpResponse:
    return page(request, case_for(request, reference))


def page(
    request: HttpRequest,
    case: Case,
    *,
    form: DecidePenalty | None = None,
    hearing: HearAppeal | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """One case's penalties: the ruling, the rule, the shop's ledger, and what waits for an officer."""
    user, now = person(request), timezone.now()
    rows = list(
        case.penalties.select_related(
            "case", "case__shop", "proposed_by", "decided_by", "appeal", "appeal__decided_by"
        ).order_by("-proposed_at", "-pk")
    )
    waiting = next((each for each in rows if each.decided_at is None), None)
    appealed = next((each for each in rows if to_hear(each)), None)
    [ledger] = ledgers_of([case.shop], now=now)
    return render(
        request,
        "portal/penalties/case.html",
        {
            "case": case,
            **facts_of(case),
            "ruling": case.ruling,
            "ledger": ledger,
            "proposal": proposal(waiting, user, now) if waiting else None,
            "settled": [each for each in rows if each.decided_at is not None],
            "appealed": appealed,
            "why_not_hear": why_not_hear(appealed, user) if appealed else None,
            "form": form or DecidePenalty(case),
            "hearing": hearing or HearAppeal(case),
            "is_officer": user.role == Role.PENALTY_OFFICER,
            "refusal": refusal,
            "history": history(case, veil_for(case, user, now), name__in=OF_PENALTIES),
        },
        status=status,
    )


def to_hear(penalty: Penalty) -> bool:
    appeal = getattr(penalty, "appeal", None)
    return appeal is not None and appeal.decided_at is None


@guarded("decide_penalty")
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_for(request, reference)
    form = DecidePenalty(case, request.POST)
    if not form.is_valid():
        return page(request, case, form=form, status=400)
    facts = form.cleaned_data
    approves = facts["answer"] == "yes"
    try:
        is_decided = decide_penalty(
            facts["penalty"],
            by=person(request),
            approves=approves,
            reason=facts["reason"] or "",
            now=timezone.now(),
        )
    except Refused as refusal:
        return page(request, case, form=form, refusal=str(refusal), status=409)
    messages.success(request, said(approves=approves, is_decided=is_decided))
    return redirect("penalties")


def said(*, approves: bool, is_decided: bool) -> str:
    if not approves:
        return _("Refused. Whoever proposed the points reads why.")
    if not is_decided:
        return _("Your yes is noted; a second officer has to look.")
    return _("Approved. The points are posted once the ruling is final.")


@guarded("hear_penalty_appeal")
def hear(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_for(request, reference)
    form = HearAppeal(case, request.POST)
    if not form.is_valid():
        return page(request, case, hearing=form, status=400)
    facts = form.cleaned_data
    try:
        decide_penalty_appeal(
            facts["penalty"],
            by=person(request),
            cancels=facts["answer"] == "cancel",
            reasons=facts["reasons"],
            now=timezone.now(),
        )
    except Refused as refusal:
        return page(request, case, hearing=form, refusal=str(refusal), status=409)
    messages.success(request, _("Decided; the shop is told."))
    return redirect("penalties")


@guarded("propose_penalty")
def propose(request: HttpRequest, reference: str) -> HttpResponse:
    """Whoever holds the case proposes points; an officer, and never they themselves, decides."""
    case = case_for(request, reference, held=True)
    form = Points(case, request.POST)
    if not form.is_valid():
        return workspace(request, case, points_form=form, status=400)
    propose_penalty(case, by=person(request), now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("The points are proposed; a penalty officer decides."))
    return redirect("case", case.reference)
