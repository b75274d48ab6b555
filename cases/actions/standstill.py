"""One deadline stands still for a while, because something outside the case is awaited.

The end is set beforehand, so that nothing is forgotten: a clock that was stopped goes on by itself.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import deadlines, docket, notices
from cases.actions.hearing import refuse_the_close
from cases.actions.passage import Refused, lock
from cases.lifecycle import Side, hearer_unless_held_or_supervising
from cases.models import Case, Deadline, DeadlinePause, Ground
from cases.terms import TERMS


def may_stop(case: Case, kind: str, by: User) -> bool:
    """The holder, anybody of the desk where nobody holds the case, or a supervisor."""
    return bool(TERMS[kind].grounds) and hearer_unless_held_or_supervising(case, by)


def _refuse_whoever_may_not(case: Case, kind: str, by: User) -> None:
    if not may_stop(case, kind, by):
        raise PermissionDenied
    refuse_the_close(case, by)


def stop_clock(
    case: Case, *, kind: str, party: str, ground: str, note: str, by: User, now: datetime
) -> DeadlinePause:
    """Let an open deadline stand still as long as the rulebook allows at a time; all parties read why."""
    _refuse_whoever_may_not(case, kind, by)
    if ground not in TERMS[kind].grounds:
        raise Refused(_("Not for this reason: choose one the deadline has."))
    with transaction.atomic():
        lock(case)
        deadline = deadlines.open_of(case, kind, party)
        if deadline is None or deadline.is_paused:
            raise Refused(_("This deadline does not run."))
        if now > deadline.due_at and not TERMS[kind].has_ladder:
            raise Refused(_("The time is over; the deadline can no longer be stopped."))
        if running_stop(deadline, now) is not None:
            raise Refused(_("This deadline already stands still."))
        pause = DeadlinePause.objects.create(
            deadline=deadline, began_at=now, ended_at=now + length_of(case), reason=ground
        )
        _move(case, deadline, "stop_clock", by, now, ground=ground, note=note.strip())
    return pause


def let_clock_run(case: Case, *, kind: str, party: str, by: User, now: datetime) -> None:
    """What was awaited is here: the deadline goes on before its time."""
    _refuse_whoever_may_not(case, kind, by)
    with transaction.atomic():
        lock(case)
        deadline = deadlines.open_of(case, kind, party)
        stop = running_stop(deadline, now) if deadline is not None else None
        # Ended already by a press that was accepted a moment after this one and came through before it.
        if deadline is None or stop is None or stop.ended_at != stop.began_at + length_of(case):
            raise Refused(_("This deadline does not stand still."))
        DeadlinePause.objects.filter(pk=stop.pk).update(ended_at=now)
        _move(case, deadline, "let_clock_run", by, now)


def length_of(case: Case) -> timedelta:
    return timedelta(hours=case.book.windows.standstill_hours)


def running_stop(deadline: Deadline, now: datetime) -> DeadlinePause | None:
    """The stretch ordered by the desk in which the deadline stands; one that began a moment later counts."""
    ordered = deadline.pauses.filter(reason__in=Ground.values, ended_at__gt=now)
    return ordered.first()


def _move(case: Case, deadline: Deadline, name: str, by: User, now: datetime, **facts: str) -> None:
    before, at = deadline.due_at, deadlines.reckon(case, deadline, now=now)
    unmoved = Deadline.objects.filter(pk=deadline.pk, closed_at=None, due_at=before)
    if not unmoved.update(**asdict(at)):
        raise Refused(_("This deadline does not run."))
    docket.append(
        case,
        name,
        actor=by,
        at=now,
        deadline=deadline.kind,
        due_before=before.isoformat(),
        due_after=at.due_at.isoformat(),
        **facts,
    )
    deadlines.keep_earliest(case)
    notices.queue(case, name, (Side.BUYER, Side.MERCHANT), now=now, due=at.due_at.isoformat())
