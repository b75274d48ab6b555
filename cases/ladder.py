"""What the staff's lateness brings about: four rungs, each once and each a line on the docket.

At 75 % of a window the holder is warned, at 100 % the case goes to the top of the queue and to the
lead's attention, at 150 % it is taken back for somebody else, at 200 % the head of the desk is told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import Role, User
from cases import deadlines, docket, notices
from cases.actions.passage import advance
from cases.lifecycle import LATE_PRIORITY, State
from cases.models import Case, Deadline, Event

log = logging.getLogger(__name__)

BATCH = 200
Act = Callable[[Case, Deadline, datetime], Event]


def climb(now: datetime, *, batch: int = BATCH) -> int:
    """Let every staff deadline that has reached its next rung act, one rung each; returns how many did.

    A case that is busy waits for the next round, and a row that raises is left for it too.
    """
    climbed = 0
    for pk in list(
        Deadline.objects.to_climb(now).order_by("rung_at").values_list("pk", flat=True)[:batch]
    ):
        try:
            with transaction.atomic():
                climbed += _climb(pk, now)
        except Exception:
            log.exception("deadline %s could not climb its ladder", pk)
    return climbed


def _climb(pk: int, now: datetime) -> bool:
    case = (
        Case.objects.filter(deadlines=pk)
        .select_related("shop", "holder")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )
    if case is None:
        return False
    deadline = Deadline.objects.get(pk=pk)
    at = deadlines.reckon(case, _one_up(deadline), now=now)
    mine = Deadline.objects.to_climb(now).filter(pk=pk, rung=deadline.rung - 1)
    if not mine.update(rung=deadline.rung, rung_at=at.rung_at):
        return False
    ACTS[deadline.rung - 1](case, deadline, now)
    return True


def _one_up(deadline: Deadline) -> Deadline:
    deadline.rung += 1
    return deadline


def warn(case: Case, deadline: Deadline, now: datetime) -> Event:
    line = _enter(case, "warn", deadline, now)
    notices.queue_for(case, "warn", _holders(case), now=now, due=deadline.due_at.isoformat())
    return line


def flag_late(case: Case, deadline: Deadline, now: datetime) -> Event:
    """To the top of the queue. The version too: whoever read the case before would write the old priority back."""
    Case.objects.filter(pk=case.pk, priority__lt=LATE_PRIORITY).update(
        priority=LATE_PRIORITY, version=F("version") + 1
    )
    line = _enter(case, "flag_late", deadline, now)
    notices.queue_for(case, "flag_late", [*leads(), *_holders(case)], now=now)
    return line


def take_back(case: Case, deadline: Deadline, now: datetime) -> Event:
    """Whoever holds it too long loses it to the next who is free; a case nobody holds is only noted."""
    if case.state != State.REVIEWING:
        return _enter(case, "take_back", deadline, now)
    holder = _holders(case)
    line = advance(
        case, "take_back", by=None, now=now, entry={"holder": case.holder_id, **_facts(deadline)}
    )
    notices.queue_for(case, "take_back", holder, now=now)
    return line


def tell_the_head(case: Case, deadline: Deadline, now: datetime) -> Event:
    line = _enter(case, "tell_the_head", deadline, now)
    notices.queue_for(case, "tell_the_head", heads(), now=now)
    return line


ACTS: tuple[Act, ...] = (warn, flag_late, take_back, tell_the_head)


def _enter(case: Case, name: str, deadline: Deadline, now: datetime) -> Event:
    return docket.append(case, name, actor=None, at=now, **_facts(deadline))


def _facts(deadline: Deadline) -> dict[str, str]:
    return {"deadline": deadline.kind, "due_at": deadline.due_at.isoformat()}


def _holders(case: Case) -> Iterable[User]:
    return [case.holder] if case.holder is not None and case.holder.is_active else []


def leads() -> QuerySet[User]:
    return User.objects.filter(role=Role.SUPERVISOR, is_active=True)


def heads() -> Iterable[User]:
    """Whoever heads the desk; all supervisors where nobody is named."""
    return leads().filter(heads_desk=True) or leads()
