"""A deadline that waits for something outside the case: the desk lets it stand still, and lets it go on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions import let_clock_run, stop_clock
from cases.actions.standstill import may_stop
from cases.models import Case, Deadline, Ground
from cases.terms import TERMS
from portal.access import case_for, guarded, person
from portal.forms.standstill import Standstill


@dataclass(frozen=True)
class Stoppable:
    """An open deadline the reader may stop, or let go on."""

    deadline: Deadline
    grounds: list[tuple[str, str]]
    stands_still: bool


def stoppable(
    case: Case, deadlines: Iterable[Deadline], user: User, *, now: datetime
) -> list[Stoppable]:
    return [
        Stoppable(
            deadline,
            [(code, str(Ground(code).label)) for code in TERMS[deadline.kind].grounds],
            any(
                pause.reason in Ground.values
                and pause.ended_at is not None
                and pause.began_at <= now < pause.ended_at
                for pause in deadline.pauses.all()
            ),
        )
        for deadline in deadlines
        if not deadline.is_paused and may_stop(case, deadline.kind, user)
    ]


@guarded("standstill")
def standstill(request: HttpRequest, reference: str) -> HttpResponse:
    case, user, now = case_for(request, reference), person(request), timezone.now()
    form = Standstill(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the deadline and the reason."))
        return redirect("case", case.reference)
    facts = form.cleaned_data
    if facts["step"] == "stop":
        stop_clock(
            case,
            kind=facts["kind"],
            party=facts["party"],
            ground=facts["ground"],
            note=facts["note"],
            by=user,
            now=now,
        )
        messages.success(request, _("The deadline stands still; both sides read why."))
    else:
        let_clock_run(case, kind=facts["kind"], party=facts["party"], by=user, now=now)
        messages.success(request, _("The deadline goes on."))
    return redirect("case", case.reference)
