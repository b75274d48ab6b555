"""The arbitrator's way in: which case is next and why, what is in hand, and what waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases.actions import claim_next
from cases.actions.next_case import waiting_for
from cases.lifecycle import OPEN_TO_EVIDENCE, State
from cases.models import Case, CaseQuerySet, Deadline, Event
from evidence.models import Exhibit, Message, Viewing
from portal.access import case_for, guarded, person
from portal.clocks import STAFF_SOON, Clock, clock, span
from portal.forms.queue import VIEWS, QueueForm, Skip, Wanted
from portal.standing import next_sides

BEIJING = ZoneInfo("Asia/Shanghai")
ROWS = 25
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
    wants_senior: bool

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
    mine = rows_of(Case.objects.held_by(user)[:MOST_IN_HAND], user, now)
    page = Paginator(found(user, wanted, now), ROWS).get_page(request.GET.get("page"))
    page.object_list = listed(page.object_list, user)
    return render(
        request,
        "portal/arbitrator/queue.html",
        {
            "upcoming": upcoming(user, now),
            "skip": Skip(),
            "mine": mine,
            "next_due": min((row.clock.due_at for row in mine if row.clock), default=None),
            "form": form,
            "wanted": wanted,
            "filters": filters(user, wanted, now),
            "page": page,
            "rows": [row_of(case, user, now) for case in page],
            "tally": tally(user, now),
        },
    )


@guarded("next_case")
def next_case(request: HttpRequest) -> HttpResponse:
    case = claim_next(by=person(request), now=timezone.now())
    if case is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("queue")
    return redirect("case", case.reference)


@guarded("skip_case")
def skip_case(request: HttpRequest, reference: str) -> HttpResponse:
    case, form = case_for(request, reference), Skip(request.POST)
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
        "defaulted": Q(defaulted_at__isnull=False, answered_at=None),
        "new_evidence": Q(Exists(unseen_of(user))),
    }


def filters(user: User, wanted: Wanted, now: datetime) -> list[Filter]:
    waiting = Case.objects.visible_to(user).filter(state=State.QUEUED)
    counts: dict[str, int] = waiting.aggregate(
        **{code: Count("pk", filter=within) for code, within in views(user, now).items()}
    )
    return [Filter(code, str(label), counts[code], code == wanted.view) for code, label in VIEWS]


def found(user: User, wanted: Wanted, now: datetime) -> CaseQuerySet:
    """What waits, most urgent first; a search goes through all the person may see, newest first."""
    visible: CaseQuerySet = Case.objects.visible_to(user).filter(wanted.narrowed())
    if wanted.view:
        visible = visible.waiting().filter(views(user, now)[wanted.view])
    else:
        visible = visible.order_by("-filed_at", "-pk")
    return visible


def unseen_of(user: User) -> QuerySet[Exhibit]:
    """Per outer case: what arrived since it reached the desk and this person has not looked at."""
    return (
        Exhibit.objects.standing()
        .filter(
            case=OuterRef("pk"),
            received_at__gt=Coalesce(OuterRef("defaulted_at"), OuterRef("answered_at")),
        )
        .exclude(Exists(Viewing.objects.filter(exhibit=OuterRef("pk"), user=user)))
    )


def counted(rows: QuerySet[Any]) -> Coalesce:
    """How many rows of a subquery belong to the outer case."""
    count = rows.order_by().values("case").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count), 0)


def listed(cases: Any, user: User) -> CaseQuerySet:
    """With everything a row shows: two queries whatever the number of rows."""
    running = Deadline.objects.running().order_by("due_at")
    shown: CaseQuerySet = (
        cases.with_parties()
        .prefetch_related(Prefetch("deadlines", running, to_attr="running_deadlines"))
        .annotate(unseen=counted(unseen_of(user)))
    )
    return shown


def rows_of(cases: Any, user: User, now: datetime) -> list[Row]:
    return [row_of(case, user, now) for case in listed(cases, user)]


def row_of(case: Case, user: User, now: datetime) -> Row:
    return Row(
        case=case,
        clock=nearest(case.running_deadlines, now),  # type: ignore[attr-defined]
        next_sides=next_sides(case),
        unseen=case.unseen if case.state in OPEN_TO_EVIDENCE else 0,  # type: ignore[attr-defined]
        age=span(now - case.filed_at),
        wants_senior=user.role != Role.SENIOR and case.needs_second_person,
    )


def nearest(running: Iterable[Deadline], now: datetime) -> Clock | None:
    first = next(iter(running), None)
    if first is None:
        return None
    return clock(
        first.due_at,
        opened_at=first.opened_at,
        party=first.party,
        now=now,
        title=first.get_kind_display(),
    )


def upcoming(user: User, now: datetime) -> Upcoming | None:
    case: Any = (
        listed(waiting_for(user, now), user)
        .annotate(
            exhibit_count=counted(Exhibit.objects.standing().filter(case=OuterRef("pk"))),
            message_count=counted(
                Message.objects.filter(case=OuterRef("pk"), exhibit__withdrawn_at=None)
            ),
        )
        .first()
    )
    if case is None:
        return None
    row = row_of(case, user, now)
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
