"""Points: whoever decides a case only proposes them, and somebody else says yes or no."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import deadlines, docket
from cases.actions.passage import Refused, lock
from cases.lifecycle import Side, State, its_holder
from cases.models import Case, Deadline, DeadlineKind
from cases.proceedings import Penalty

OPEN_TO_PENALTY = (State.RULED, State.APPEALED, State.EXECUTING)


def propose_penalty(
    case: Case, *, by: User, kind: str, points: int, reason: str, now: datetime
) -> Penalty:
    """The holder proposes points of the case's rule; the penalty officer's clock starts."""
    if not its_holder(case, by):
        raise PermissionDenied
    if case.state not in OPEN_TO_PENALTY:
        raise Refused(_("A penalty is proposed once the ruling is out."))
    least, most = case.ruled_by.points.get(kind, (0, 0))
    if not least <= points <= most or not points:
        raise Refused(_("The rule does not allow these points."))
    if not reason.strip():
        raise Refused(_("Say what the points are for."))
    with transaction.atomic():
        lock(case)
        if case.penalties.filter(decided_at=None).exists():
            raise Refused(_("A penalty already waits for a decision."))
        penalty: Penalty = Penalty.objects.create(
            case=case,
            shop_id=case.shop_id,
            kind=kind,
            points=points,
            reason=reason,
            proposed_by=by,
            proposed_at=now,
        )
        docket.append(
            case, "propose_penalty", actor=by, at=now, kind=kind, points=points, reason=reason
        )
        deadlines.open_deadline(case, DeadlineKind.PENALTY_APPROVAL, Side.PLATFORM, now=now)
        if case.state == State.APPEALED:
            deadlines.pause(case, DeadlineKind.PENALTY_APPROVAL, reason="appeal", now=now)
        deadlines.keep_earliest(case)
    return penalty


def decide_penalty(penalty: Penalty, *, by: User, approves: bool, now: datetime) -> None:
    """A penalty officer says yes or no; never whoever proposed it."""
    if by.role != Role.PENALTY_OFFICER or penalty.proposed_by_id == by.pk:
        raise PermissionDenied
    case = penalty.case
    with transaction.atomic():
        lock(case)
        outcome = Penalty.Outcome.APPROVED if approves else Penalty.Outcome.REFUSED
        if not _end(case, outcome, now, by):
            raise Refused(_("Somebody has already decided about this penalty."))
        docket.append(case, f"penalty_{outcome}", actor=by, at=now, points=penalty.points)
        deadlines.close(case, DeadlineKind.PENALTY_APPROVAL, outcome=Deadline.Outcome.MET, now=now)
        deadlines.keep_earliest(case)


def lapse_penalty(case: Case, *, now: datetime, entry: dict[str, str]) -> bool:
    """The time to decide is over: the proposal lapses, which is recorded."""
    with transaction.atomic():
        lapsed = _end(case, Penalty.Outcome.LAPSED, now, None)
        if lapsed:
            docket.append(case, "penalty_lapsed", actor=None, at=now, **entry)
        deadlines.keep_earliest(case)
    return lapsed


def _end(case: Case, outcome: str, now: datetime, by: User | None) -> bool:
    waiting = case.penalties.filter(decided_at=None)
    return bool(waiting.update(decided_at=now, decided_by=by, outcome=outcome))
