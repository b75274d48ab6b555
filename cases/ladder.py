"""What the staff's lateness brings about: four rungs, each once and each a line on the docket.

At 75 % of a window whoever has it in hand is warned, at 100 % the case goes to the top of the queue and to the
lead's attention, at 150 % it is taken back for somebody else, at 200 % the head of the desk is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db.models import F

from accounts.models import Role, User
from cases import careful, deadlines, docket, notices
from cases.actions import appeal_decision, approving, penalising
from cases.actions.hearing import is_close_to
from cases.actions.passage import advance
from cases.lifecycle import LATE_PRIORITY, State
from cases.models import Case, Deadline, DeadlineKind, Event

BATCH = 200
Act = Callable[[Case, Deadline, datetime], Event]


def climb(now: datetime, *, batch: int = BATCH) -> int:
    """Let every staff deadline that has reached its next rung act, one rung at a time; returns how many did."""
    rows = Deadline.objects.to_climb(now).order_by("rung_at")
    return careful.through(rows, _climb, now, batch=batch)["climbed"]


def _climb(rows: Sequence[Deadline], now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    for deadline in rows:
        case, was_at = deadline.case, deadline.rung_at
        at = deadlines.reckon(case, _one_up(deadline), now=now)
        mine = Deadline.objects.to_climb(now).filter(
            pk=deadline.pk, rung=deadline.rung - 1, rung_at=was_at
        )
        if mine.update(rung=deadline.rung, rung_at=at.rung_at, **careful.HEALED):
            ACTS[deadline.rung - 1](case, deadline, now)
            done["climbed"] += 1
    return done


def _one_up(deadline: Deadline) -> Deadline:
    deadline.rung += 1
    return deadline


def warn(case: Case, deadline: Deadline, now: datetime) -> Event:
    line = _enter(case, "warn", deadline, now)
    tell_in_time(case, "warn", deadline, now)
    return line


def flag_late(case: Case, deadline: Deadline, now: datetime) -> Event:
    """To the top of the queue. The version too: whoever read the case before would write the old priority back."""
    Case.objects.filter(pk=case.pk, priority__lt=LATE_PRIORITY).update(
        priority=LATE_PRIORITY, version=F("version") + 1
    )
    line = _enter(case, "flag_late", deadline, now)
    notices.queue_for(case, "flag_late", [*notices.leads(), *in_hand(case, deadline.kind)], now=now)
    return line


def take_back(case: Case, deadline: Deadline, now: datetime) -> Event:
    """Whoever holds it too long loses it to the next who is free; where nobody does it is only noted."""
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


def in_hand(case: Case, kind: str) -> Sequence[User]:
    """Whose turn it is while this deadline of the staff runs: who holds the case, or whoever may decide.

    Where nobody may, it is for the supervisors to find somebody.
    """
    if kind not in DECIDERS:
        held = _holders(case)
        return held or list(notices.leads()) if kind == DeadlineKind.GOODS_REPORT else held
    role, may = DECIDERS[kind]
    people = User.objects.filter(role=role, is_active=True).order_by("pk")
    return [each for each in people if may(case, each)] or list(notices.leads())


def _may_approve(case: Case, senior: User) -> bool:
    return not (approving.wrote(case, senior) or is_close_to(case, senior))


def _may_decide_appeal(case: Case, senior: User) -> bool:
    return not (appeal_decision.took_part(case, senior) or is_close_to(case, senior))


def _may_decide_penalty(case: Case, officer: User) -> bool:
    said_yes = case.penalties.filter(decided_at=None, approvals__by=officer)
    took_part = penalising.took_part(case, officer) or said_yes.exists()
    return not (took_part or is_close_to(case, officer))


# Where another than the holder is awaited: the role, and who of it may.
DECIDERS: dict[str, tuple[str, Callable[[Case, User], bool]]] = {
    DeadlineKind.APPROVAL: (Role.SENIOR, _may_approve),
    DeadlineKind.APPEAL_DECISION: (Role.SENIOR, _may_decide_appeal),
    DeadlineKind.PENALTY_APPROVAL: (Role.PENALTY_OFFICER, _may_decide_penalty),
}


def tell_in_time(case: Case, name: str, deadline: Deadline, now: datetime) -> None:
    """Tell the staff that its time runs out; who shares the work is not told that it is all their own."""
    words = {"words": notices.SHARED} if deadline.kind in DECIDERS else {}
    due = deadline.due_at.isoformat()
    notices.queue_for(case, name, in_hand(case, deadline.kind), now=now, due=due, **words)


def _holders(case: Case) -> Sequence[User]:
    return [case.holder] if case.holder is not None and case.holder.is_active else []


def heads() -> Iterable[User]:
    """Whoever heads the desk; all supervisors where nobody is named."""
    return notices.leads().filter(heads_desk=True) or notices.leads()
