"""Which step opens, closes, pauses and resumes which clock. Called by the verbs, inside their transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Min

from cases import calendar, pauses
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, DeadlinePause

Outcome = Deadline.Outcome


def window_of(case: Case, kind: str) -> timedelta:
    """How long a party or the staff has, from the version of the rulebook the case is judged by."""
    rule, windows = case.ruled_by, case.book.windows
    if kind == DeadlineKind.MERCHANT_RESPONSE:
        return timedelta(hours=rule.response_hours)
    if kind == DeadlineKind.EVIDENCE_SUPPLEMENT:
        return timedelta(hours=rule.supplement_hours)
    if kind == DeadlineKind.RULING_TARGET:
        return timedelta(hours=windows.ruling_target_hours[rule.complexity])
    return timedelta(days=windows.appeal_days)


def open_deadline(
    case: Case, kind: str, party: str, *, now: datetime, window: timedelta | None = None
) -> Deadline:
    length = window if window is not None else window_of(case, kind)
    met = pauses.met_by(case, kind, party, now=now)
    due = calendar.due_at(now, length, [each.interval for each in met])
    deadline = Deadline.objects.create(
        case=case,
        kind=kind,
        party=party,
        opened_at=now,
        window=length,
        due_at=due,
        remind_at=calendar.next_reminder(reminders(case, now, due), now),
    )
    if met:
        pauses.join(deadline, met)
    return deadline


def reminders(case: Case, opened_at: datetime, due: datetime) -> list[datetime]:
    book = case.book.reminders
    left = [timedelta(hours=hours) for hours in book.hours_left]
    return calendar.reminder_instants(opened_at, due, book.fractions_left, left)


def due_of(case: Case, deadline: Deadline, intervals: Iterable[calendar.Pause]) -> datetime:
    """When the deadline closes, by its window and the intervals in which it stands still."""
    return calendar.due_at(deadline.opened_at, deadline.window, intervals)


def close(case: Case, *kinds: str, outcome: str, now: datetime, party: str | None = None) -> int:
    """Close the case's open deadlines of these kinds (all when none is named)."""
    rows = case.deadlines.open()
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if party is not None:
        rows = rows.filter(party=party)
    return rows.update(closed_at=now, outcome=outcome, is_paused=False)


def pause(case: Case, kind: str, *, reason: str, now: datetime) -> None:
    for deadline in case.deadlines.running().filter(kind=kind):
        DeadlinePause.objects.create(deadline=deadline, began_at=now, reason=reason)
        Deadline.objects.filter(pk=deadline.pk).update(is_paused=True)


def resume(case: Case, kind: str, *, now: datetime) -> None:
    for deadline in case.deadlines.open().filter(kind=kind, is_paused=True):
        deadline.pauses.filter(ended_at=None).update(ended_at=now)
        pauses.join(deadline, pauses.met_by(case, kind, deadline.party, now=now))
        due = due_of(case, deadline, deadline.intervals())
        Deadline.objects.filter(pk=deadline.pk).update(
            is_paused=False,
            due_at=due,
            remind_at=calendar.next_reminder(reminders(case, deadline.opened_at, due), now),
        )


def find_earliest(case: Case) -> None:
    """Note on the case the instant the queue is ordered by: the earliest running deadline, or none."""
    case.due_at = case.deadlines.running().aggregate(due=Min("due_at"))["due"]


def keep_earliest(case: Case) -> None:
    """Write that instant."""
    find_earliest(case)
    Case.objects.filter(pk=case.pk).update(due_at=case.due_at)


CLOCKS_GO_ON = ("claim", "release")


def after(case: Case, transition: str, *, now: datetime, window: timedelta | None = None) -> None:
    """Bring the case's clocks in line with the step about to be stored, and note the earliest on it.

    `window` is the merchant's time to answer where it is not the rule's.
    """
    if transition in CLOCKS_GO_ON:
        return
    if case.has_ended:
        close(case, outcome=Outcome.CANCELLED, now=now)
    elif transition == "request_intervention":
        open_deadline(case, DeadlineKind.MERCHANT_RESPONSE, Side.MERCHANT, now=now, window=window)
    elif transition in ("respond", "escalate"):
        outcome = Outcome.MET if transition == "respond" else Outcome.EXPIRED
        close(case, DeadlineKind.MERCHANT_RESPONSE, outcome=outcome, now=now)
        open_deadline(case, DeadlineKind.RULING_TARGET, Side.PLATFORM, now=now)
    elif transition == "concede":
        close(case, DeadlineKind.MERCHANT_RESPONSE, outcome=Outcome.MET, now=now)
        close(case, outcome=Outcome.CANCELLED, now=now)
    elif transition == "request_evidence":
        pause(case, DeadlineKind.RULING_TARGET, reason=transition, now=now)
        for side in case.evidence_asked_of.split(","):
            open_deadline(case, DeadlineKind.EVIDENCE_SUPPLEMENT, side, now=now)
    elif transition in ("supply_evidence", "lapse_evidence"):
        outcome = Outcome.MET if transition == "supply_evidence" else Outcome.EXPIRED
        close(case, DeadlineKind.EVIDENCE_SUPPLEMENT, outcome=outcome, now=now)
        resume(case, DeadlineKind.RULING_TARGET, now=now)
    elif transition == "issue":
        close(case, DeadlineKind.RULING_TARGET, outcome=Outcome.MET, now=now)
        for side in sides_that_may_appeal(case):
            open_deadline(case, DeadlineKind.APPEAL_WINDOW, side, now=now)
    elif transition == "finalize":
        close(case, DeadlineKind.APPEAL_WINDOW, outcome=Outcome.EXPIRED, now=now)
    find_earliest(case)


def sides_that_may_appeal(case: Case) -> Iterable[str]:
    """Whoever did not get all they asked for."""
    ruling = case.rulings.order_by("-version").first()
    if ruling is None or ruling.outcome == ruling.Outcome.PART:
        return (Side.BUYER, Side.MERCHANT)
    return (Side.MERCHANT,) if ruling.outcome == ruling.Outcome.FULL else (Side.BUYER,)


def open_of(case: Case, kind: str, party: str | None = None) -> Deadline | None:
    rows = case.deadlines.open().filter(kind=kind)
    if party is not None:
        rows = rows.filter(party=party)
    return rows.order_by("due_at").first()


def in_time(
    case: Case, due_at: datetime, now: datetime, *, began_at: datetime | None = None
) -> bool:
    """Here by `due_at`, or begun by then and here within the grace an upload has."""
    grace = timedelta(minutes=case.book.windows.upload_grace_minutes)
    return now <= due_at or (began_at is not None and began_at <= due_at and now <= due_at + grace)


def is_late(deadline: Deadline | None, now: datetime) -> bool:
    """In time means: accepted at or before `due_at`, whether or not the sweep has been round."""
    return deadline is None or now > deadline.due_at


CLOCK_STEPS: dict[str, tuple[str, State]] = {
    DeadlineKind.MERCHANT_RESPONSE: ("escalate", State.AWAITING_MERCHANT),
    DeadlineKind.EVIDENCE_SUPPLEMENT: ("lapse_evidence", State.AWAITING_EVIDENCE),
    DeadlineKind.APPEAL_WINDOW: ("finalize", State.RULED),
}
