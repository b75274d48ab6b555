"""The arbitrator's way in: which case is next and why, what is in hand, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import tallies
from cases.actions import press_next
from cases.actions.appeal_decision import decidable
from cases.actions.next_case import waiting_for
from cases.lifecycle import OPEN_TO_EVIDENCE, State
from cases.models import Case, CaseQuerySet, Deadline, Event
from evidence.models import Exhibit, Message, Viewing
from portal.access import case_for, guarded, person
from portal.clocks import STAFF_SOON, Clock, span
from portal.forms.queue import VIEWS, QueueForm, Skip, Wanted
from portal.paging import Page, page_of, plain_page_of
from portal.standing import next_sides, row_clock

BEIJING = ZoneInfo("Asia/Shanghai")
ROWS = 50
SHOWN = (
    *("reference", "rule", "rulebook_version", "state", "version", "priority", "requested_amount"),
    *("filed_at", "due_at", "answered_at", "answer_is_late", "defaulted_at", "evidence_asked_of"),
    *("later_evidence_at", "draft_saved_at", "shop__name", "shop__is_self_operated"),
)
MOST_IN_HAND = 50
DECIDED = ("issue", "reject")  # the docket lines that end an arbitrator's work on a case


@dataclass(frozen=True)
class Row:
    """A case in a list. `unseen` counts what arrived since it reached the desk and the reader has not opened."""

    case: Case
    clock: Clock | None
    next_sides: tuple[str, ...]
    unseen: int
    age: str
    wants_two: bool

    @property
    def state(self) -> str:
        return str(State(self.case.state).label)

    @property
    def defaulted(self) -> bool:
        return self.case.defaulted_at is not None and self.case.answered_at is None


@dataclass(frozen=True)
class Upcoming:
    """The case the next-case button takes, and why that one."""

    row: Row
    exhibits: int
    messages: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """What this person decided since midnight in Beijing; `pace` is the median from claim to decision."""

    decided: int
    pace: str


@dataclass(frozen=True)
class Filter:
    code: str
    label: str
    count: int
    active: bool


@guarded("queue")
def queue(request: HttpRequest) -> HttpResponse:
    user, now = person(request), timezone.now()
    form = QueueForm(request.GET)
    wanted = form.wanted()
    counts = counts_of(user, now)
    page = page_for(request, user, wanted, counts, now)
    held = list(shown(Case.objects.held_by(user))[:MOST_IN_HAND])
    first = first_for(user, now)
    rows = {
        row.case: row for row in rows_of([*held, *page.cases, *filter(None, [first])], user, now)
    }
    mine = [rows[case] for case in held]
    return render(
        request,
        "portal/arbitrator/queue.html",
        {
            "upcoming": first and upcoming(first, rows[first], now),
            "skip": first and Skip(case=first),
            "mine": mine,
            "next_due": min((row.clock.due_at for row in mine if row.clock), default=None),
            "form": form,
            "wanted": wanted,
            "filters": [
                Filter(code, str(label), counts[code], code == wanted.view) for code, label in VIEWS
            ],
            "page": page,
            "rows": [rows[case] for case in page.cases],
            "tally": tally(user, now),
        },
    )


@guarded("next_case")
def next_case(request: HttpRequest) -> HttpResponse:
    user, now = person(request), timezone.now()
    case = press_next(by=user, now=now)
    if case is None and user.role == Role.SENIOR:
        appealed = decidable(user, now).first()
        if appealed is not None:
            messages.info(request, _("No case waits in the queue; this appeal does."))
            return redirect(f"{reverse('case', args=[appealed.reference])}#ruling")
    if case is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("queue")
    return redirect("case", case.reference)


@guarded("skip_case")
def skip_case(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_for(request, reference)
    form = Skip(request.POST, case=case)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["reason"]))
        return redirect("queue")
    form.perform(case, person(request), timezone.now())
    messages.success(
        request,
        _("%(case)s is not offered to you for an hour.") % {"case": case.reference},
    )
    return redirect("queue")


def views(user: User, now: datetime) -> dict[str, Q]:
    """Each filter of the side navigation, over the cases that wait."""
    return {
        "waiting": Q(),
        "overdue": Q(due_at__lt=now),
        "soon": Q(due_at__gte=now, due_at__lt=now + STAFF_SOON),
        "defaulted": tallies.SILENT,
        "new_evidence": Q(later_evidence_at__isnull=False)
        & Q(Exists(unseen_of(user).filter(case=OuterRef("pk")))),
    }


def counts_of(user: User, now: datetime) -> dict[str, int]:
    """How many cases each filter of the side navigation finds."""
    standings = tallies.standings()
    silent = standings[State.QUEUED, True]
    waiting = Case.objects.filter(state=State.QUEUED)
    more = waiting.filter(views(user, now)["new_evidence"])
    soon = waiting.filter(due_at__lt=now + STAFF_SOON)
    late = Count("due_at", filter=Q(due_at__lt=now))
    return {
        "waiting": silent + standings[State.QUEUED, False],
        "defaulted": silent,
        "new_evidence": more.count(),
        **soon.aggregate(overdue=late, soon=Count("due_at") - late),
    }


def page_for(
    request: HttpRequest, user: User, wanted: Wanted, counts: dict[str, int], now: datetime
) -> Page:
    """What waits, most urgent first; a search goes through all the person may see, newest first."""
    if not wanted.view:
        visible = Case.objects.visible_to(user).filter(wanted.narrowed())
        return plain_page_of(shown(visible.order_by("-filed_at", "-pk")), request.GET, rows=ROWS)
    # A waiting case is held by nobody: whoever has this page may see it.
    found = Case.objects.waiting().filter(wanted.narrowed(), views(user, now)[wanted.view])
    count = found.count() if wanted.narrows else counts[wanted.view]
    return page_of(shown(found), request.GET, count=count, rows=ROWS)


def unseen_of(user: User) -> QuerySet[Exhibit]:
    """What came in after its case had reached the desk and this person has not looked at."""
    return (
        Exhibit.objects.standing()
        .filter(received_at__gt=Coalesce("case__defaulted_at", "case__answered_at"))
        .exclude(Exists(Viewing.objects.filter(exhibit=OuterRef("pk"), user=user)))
    )


def counted(rows: QuerySet[Any]) -> Coalesce:
    """How many rows of a subquery belong to the outer case."""
    count = rows.order_by().values("case").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count), 0)


def shown(cases: CaseQuerySet) -> CaseQuerySet:
    """With the columns a row shows and no others."""
    return cases.select_related("shop").only(*SHOWN)


def rows_of(cases: Sequence[Case], user: User, now: datetime) -> list[Row]:
    """In two queries whatever the number of rows; in one where nothing came in late."""
    ids = {case.pk for case in cases}
    clocks: dict[int, Deadline] = {}
    for deadline in Deadline.objects.running().filter(case__in=ids).order_by("-due_at"):
        clocks[deadline.case_id] = deadline
    later = {case.pk for case in cases if case.later_evidence_at}
    unseen: dict[int, int] = {}
    if later:
        per_case = unseen_of(user).filter(case__in=later).order_by().values_list("case")
        unseen = dict(per_case.annotate(count=Count("pk")))
    return [
        Row(
            case=case,
            clock=row_clock(clocks.get(case.pk), now),
            next_sides=next_sides(case),
            unseen=unseen.get(case.pk, 0) if case.state in OPEN_TO_EVIDENCE else 0,
            age=span(now - case.filed_at),
            wants_two=case.needs_second_person,
        )
        for case in cases
    ]


def first_for(user: User, now: datetime) -> Any:
    """The case the next-case button takes, with what is on its file counted."""
    messages_in = Message.objects.filter(case=OuterRef("pk"), exhibit__withdrawn_at=None)
    return (
        shown(waiting_for(user, now))
        .annotate(
            exhibit_count=counted(Exhibit.objects.standing().filter(case=OuterRef("pk"))),
            message_count=counted(messages_in),
        )
        .first()
    )


def upcoming(case: Any, row: Row, now: datetime) -> Upcoming:
    return Upcoming(row, case.exhibit_count, case.message_count, reasons_for(row, now))


def reasons_for(row: Row, now: datetime) -> tuple[str, ...]:
    """Why this one is next, in the order the queue is sorted by."""
    case = row.case
    reasons = []
    if case.priority:
        reasons.append(_("The merchant did not answer; such cases come before all others."))
    if case.due_at is not None and case.due_at < now:
        reasons.append(_("Among its equals it has been overdue the longest."))
    elif case.due_at is not None:
        reasons.append(_("Among its equals its ruling is due first."))
    reasons.append(_("Cases you skipped or put back within the last hour are left out."))
    return tuple(reasons)


def tally(user: User, now: datetime) -> Tally:
    midnight = datetime.combine(now.astimezone(BEIJING).date(), time(), BEIJING)
    claimed = (
        Event.objects.filter(case=OuterRef("case"), name="claim", actor=user)
        .order_by("-number")
        .values("at")[:1]
    )
    today = Event.objects.filter(actor=user, name__in=DECIDED, at__gte=midnight)
    took: list[float | None] = [
        began and (at - began).total_seconds()
        for at, began in today.values_list("at").annotate(began=Subquery(claimed))
    ]
    known = [seconds for seconds in took if seconds is not None]
    return Tally(len(took), span(timedelta(seconds=median(known))) if known else "")
