"""The one passage every transition goes through."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import deadlines, docket, duties, notices, purse
from cases.lifecycle import STEPS, Side, State, may_take, side_of, why_not
from cases.models import Case, Event
from cases.proceedings import Offer

STORED = [
    "state",
    "money_state",
    "holder",
    "priority",
    "version",
    "answer",
    "answered_at",
    "answer_is_late",
    "defaulted_at",
    "default_at",
    "evidence_round",
    "evidence_asked_of",
    "offered_by",
    "ruled_at",
    "told_at",
    "taken_from",
    "return_address",
    "return_carrier",
    "return_tracking",
    "returned_at",
    "received_at",
    "goods_sent_at",
    "goods_arrived_at",
    "carried_out_at",
    "ended_at",
    "due_at",
    "docket_length",
    "docket_head",
]


NO_BOOK = gettext_noop(
    "This case was filed under version %(version)s of the rulebook, which the portal does not have at present. "
    "Until it is back nothing is decided and no clock acts."
)


class Refused(Exception):
    """The act is not possible now. Its text is the sentence the user reads."""


def advance(
    case: Case,
    name: str,
    *,
    by: User | None,
    now: datetime,
    entry: dict[str, Any] | None = None,
    told: tuple[str, ...] | None = None,
    window: timedelta | None = None,
    held: bool = False,
    **facts: Any,
) -> Event:
    """Take one transition, move the clocks, store it, enter the docket line and queue the notices.

    What was decided becomes duties, and with the last of them done the case closes; with its end goes
    what is still held.

    All in one transaction, or nothing. `facts` go to the transition, `entry` to the docket line (JSON),
    `window` to the clock that opens, instead of the rule's. `held`: the caller has locked and read the
    row in this very transaction, and gives it up if this raises.
    Raises Refused, PermissionDenied and ConcurrentTransition; after any of them throw `case` away.
    """
    here = STEPS.get((name, case.state))
    if here is not None and not (here.clock if by is None else may_take(case, name, by)):
        raise PermissionDenied
    refusal = why_not(case, name)
    if refusal is not None:
        raise Refused(refusal)
    if not case.has_its_book:
        raise Refused(_(NO_BOOK) % {"version": case.rulebook_version})
    source, offered = case.state, case.offered_by
    with transaction.atomic(savepoint=not held):
        if not held:
            lock(case)
        getattr(case, name)(now=now, **facts)
        case.version += 1
        if offered and case.state != source:
            leave_the_table(case, now)
        deadlines.after(case, name, now=now, window=window)
        duties.after(case, name, by=by, facts=entry or {}, now=now)
        if case.has_ended:
            purse.release_the_rest(case, now)
        event = docket.next_line(
            case, name, actor=by, at=now, from_state=source, to_state=case.state, facts=entry or {}
        )
        case.save(update_fields=STORED)
        event.save(force_insert=True)
        sides = notices.TOLD.get(name, ()) if told is None else told
        notices.queue(case, name, sides, now=case.heard_at(now))
        if name != "complete":
            close_if_carried_out(case, now=now)
    return event


def leave_the_table(case: Case, now: datetime) -> None:
    """An offer that is still open does not outlive the state it was made in."""
    case.offered_by = None
    open_offers = case.offers.filter(ended_at=None)
    open_offers.update(ended_at=now, outcome=Offer.Outcome.OVERTAKEN)


def close_if_carried_out(case: Case, *, now: datetime) -> None:
    """With nothing left to do the clock closes the case; the caller holds it."""
    if case.state == State.EXECUTING and not case.duties.open().exists():
        case.carried_out_at = case.carried_out_at or now
        advance(case, "complete", by=None, now=now, held=True)


def lock(case: Case) -> None:
    """Hold the case row until the transaction ends, where the database can. Raises if it has moved."""
    if docket.hold(case) != case.version:
        raise ConcurrentTransition("Somebody else moved this case first.")


def own_side(case: Case, by: User) -> Side:
    """The side a party speaks for. Raises PermissionDenied for anybody but the two parties."""
    side = side_of(case, by)
    if side == Side.PLATFORM:
        raise PermissionDenied
    return side
