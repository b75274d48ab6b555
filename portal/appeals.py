"""The desk's second decision: which appeals wait for whom, and a new ruling beside the old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions import overturn
from cases.actions.appeal_decision import (
    appealed,
    barred,
    decidable,
    save_new_ruling,
    why_not_decide,
)
from cases.actions.passage import Refused
from cases.lifecycle import may_take, why_not
from cases.models import Case, Deadline, DeadlineKind
from cases.proceedings import Appeal
from evidence.models import Exhibit, Message
from portal.access import case_for, guarded, person
from portal.clocks import Clock
from portal.drafting import carried, effects, form_for, helped, saved, typed_ruling
from portal.paper import paper_of
from portal.standing import row_clock
from portal.templatetags.portal import BEIJING
from portal.workspace import workspace

MOST = 200


@dataclass(frozen=True)
class Row:
    """`standing`: ready, heard (a side is still being heard) or barred."""

    case: Case
    appeals: list[Appeal]
    clock: Clock | None
    standing: str


@guarded("appeals")
def appeals(request: HttpRequest) -> HttpResponse:
    """Every open appeal, those this person can decide first; in five queries."""
    user, now = person(request), timezone.now()
    return render(request, "portal/appeals/list.html", {"rows": rows_for(user, now)})


def rows_for(user: User, now: datetime) -> list[Row]:
    cases = list(appealed().select_related("shop", "buyer").prefetch_related("appeals")[:MOST])
    ready = set(decidable(user, now).values_list("pk", flat=True)) if is_senior(user) else set()
    closed_to = set(barred(user).values_list("pk", flat=True)) if is_senior(user) else set()
    clocks = {
        each.case_id: each
        for each in Deadline.objects.open().filter(
            case__in=[case.pk for case in cases], kind=DeadlineKind.APPEAL_DECISION
        )
    }
    rows = [
        Row(
            case,
            list(case.appeals.all()),
            row_clock(clocks.get(case.pk), now),
            "ready" if case.pk in ready else "barred" if case.pk in closed_to else "heard",
        )
        for case in cases
    ]
    return sorted(rows, key=lambda row: row.standing != "ready")


def is_senior(user: User) -> bool:
    return user.role == "senior"


@guarded("overturn_preview")
def overturn_preview(request: HttpRequest, reference: str) -> HttpResponse:
    """The new ruling beside the one that stands, as both sides will read them."""
    case, user, now = case_for(request, reference), person(request), timezone.now()
    refuse_unless_decidable(case, user, now)
    save_new_ruling(case, by=user, draft=saved(request.POST), now=now)
    start = helped(request.POST, case)
    if start is not None:
        return workspace(request, case, ruling_form=form_for(case, user, start=start))
    form, draft, in_the_way = typed_ruling(case, user, request.POST)
    if draft is None or in_the_way:
        return workspace(request, case, ruling_form=form, in_the_way=in_the_way, status=400)
    exhibits = list(Exhibit.objects.filter(case=case))
    spoken = list(Message.objects.filter(case=case))
    ruling = case.ruling
    return render(
        request,
        "portal/appeals/preview.html",
        {
            "case": case,
            "old": paper_of(case, ruling, exhibits=exhibits, messages=spoken) if ruling else None,
            "is_final": True,
            "paper": paper_of(case, draft, exhibits=exhibits, messages=spoken),
            "consequences": [
                *effects(case, draft),
                _("Both sides read both versions, which one is in force, and the reasons."),
                _("It is carried out at once; there is no further appeal."),
            ],
            "typed": carried(request.POST),
        },
    )


@guarded("overturn")
def overturn_ruling(request: HttpRequest, reference: str) -> HttpResponse:
    case, user, now = case_for(request, reference), person(request), timezone.now()
    refuse_unless_decidable(case, user, now)
    form, draft, in_the_way = typed_ruling(case, user, request.POST)
    if draft is None or in_the_way:
        return workspace(request, case, ruling_form=form, in_the_way=in_the_way, status=400)
    overturn(case, by=user, draft=draft, now=now)
    messages.success(
        request,
        _("%(reference)s has a new ruling; both sides are told.") % {"reference": case.reference},
    )
    return redirect("appeals")


@guarded("overturn_draft")
def overturn_draft(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep what is being typed; answers when it was kept."""
    case, now = case_for(request, reference), timezone.now()
    kept = save_new_ruling(case, by=person(request), draft=saved(request.POST), now=now)
    at = f"{now.astimezone(BEIJING):%H:%M:%S}"
    return JsonResponse({"saved_at": at, "revision": kept.revision})


def refuse_unless_decidable(case: Case, user: User, now: datetime) -> None:
    """With the verb's own sentence, before anything is drawn; the verb asks again under its lock."""
    refusal = why_not(case, "overturn")
    if refusal is None and not may_take(case, "overturn", user):
        refusal = _("You took part in this case before; somebody else decides the appeal.")
    refusal = refusal or why_not_decide(case, user, now=now)
    if refusal is not None:
        raise Refused(refusal)
