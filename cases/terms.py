"""What each kind of deadline is: its window, whose hours it counts, who may lengthen it, what follows at zero.

Lengths come from the rulebook a case is judged by. Which step opens and closes a deadline stands in
`deadlines`; who is told stands in `notices`, and of the staff in `ladder`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache

from accounts.models import User
from cases.calendar import WorkingHours
from cases.lifecycle import (
    State,
    claimant,
    either_party,
    hearer,
    hearer_unless_held,
    its_holder,
    respondent,
    supervising,
)
from cases.models import Case, DeadlineKind, Ground

Length = Callable[[Case], timedelta]


@dataclass(frozen=True)
class Grant:
    """One way to get more time: who may take it, how much, how often for one deadline.

    `consent`: it counts once the buyer and the merchant have both asked for it.
    """

    who: Callable[[Case, User], bool]
    length: Length
    times: int = 1
    consent: bool = False


@dataclass(frozen=True)
class Terms:
    """`at_zero` is the clock's step and the state it is taken in, None for any state.

    Where `at_zero` itself is None nothing but the ladder follows.
    """

    window: Length
    at_zero: tuple[str, State | None] | None = None
    grants: tuple[Grant, ...] = ()
    grounds: tuple[str, ...] = ()  # for which the desk may let it stand still a while
    in_desk_hours: bool = False
    reminds: bool = True
    has_ladder: bool = False


def hours(name: str) -> Length:
    """A window of the rulebook that is given in hours, natural or of the desk."""
    return lambda case: timedelta(hours=getattr(case.book.windows, name))


def minutes(name: str) -> Length:
    return lambda case: timedelta(minutes=getattr(case.book.windows, name))


def days(name: str) -> Length:
    return lambda case: timedelta(days=getattr(case.book.windows, name))


def desk_days(name: str) -> Length:
    return lambda case: getattr(case.book.windows, name) * desk_day(case)


def desk_day(case: Case) -> timedelta:
    windows = case.book.windows
    return timedelta(hours=windows.desk_closes_hour - windows.desk_opens_hour)


@cache
def desk_hours(opens: int, closes: int) -> WorkingHours:
    return WorkingHours(time(opens), time(closes))


def negotiation(case: Case) -> timedelta:
    windows = case.book.windows
    urgent = case.ruled_by.is_urgent
    return timedelta(hours=windows.fresh_negotiation_hours if urgent else windows.negotiation_hours)


# Of the desk's own time, which the parties have no part in: so how often is the house's, not the rulebook's.
BY_SUPERVISOR = Grant(supervising, hours("staff_extension_hours"), times=3)

PAYS_FIRST = ("enforce", State.EXECUTING)

TERMS: dict[str, Terms] = {
    DeadlineKind.NEGOTIATION: Terms(
        negotiation, at_zero=("request_intervention", State.NEGOTIATING)
    ),
    DeadlineKind.MERCHANT_RESPONSE: Terms(
        lambda case: timedelta(hours=case.ruled_by.response_hours),
        grounds=(Ground.CLARIFICATION,),
        at_zero=("escalate", State.AWAITING_MERCHANT),
        grants=(
            Grant(respondent, hours("merchant_extension_hours")),
            Grant(hearer, hours("arbitrator_extension_hours")),
        ),
    ),
    # What began to arrive in time may still be on its way: the clock decides when the grace is over.
    DeadlineKind.DEFAULT_DECISION: Terms(
        minutes("upload_grace_minutes"),
        at_zero=("decide_by_default", State.QUEUED),
        reminds=False,
    ),
    DeadlineKind.EVIDENCE_SUPPLEMENT: Terms(
        lambda case: timedelta(hours=case.ruled_by.supplement_hours),
        grounds=(Ground.APPRAISAL,),
        at_zero=("lapse_evidence", State.AWAITING_EVIDENCE),
        grants=(Grant(its_holder, hours("supplement_extension_hours")),),
    ),
    DeadlineKind.OFFER_ANSWER: Terms(
        hours("offer_hours"),
        at_zero=("decline", None),
        grants=(Grant(either_party, hours("offer_extension_hours"), consent=True),),
    ),
    DeadlineKind.RULING_TARGET: Terms(
        lambda case: timedelta(
            hours=case.book.windows.ruling_target_hours[case.ruled_by.complexity]
        ),
        grounds=(Ground.APPRAISAL,),
        grants=(BY_SUPERVISOR,),
        in_desk_hours=True,
        has_ladder=True,
    ),
    DeadlineKind.APPROVAL: Terms(
        hours("approval_hours"), grants=(BY_SUPERVISOR,), in_desk_hours=True, has_ladder=True
    ),
    DeadlineKind.APPEAL_WINDOW: Terms(
        days("appeal_days"), grounds=(Ground.UNDELIVERED,), at_zero=("finalize", State.RULED)
    ),
    DeadlineKind.APPEAL_ANSWER: Terms(
        hours("appeal_answer_hours"), at_zero=("lapse_appeal_answer", State.APPEALED)
    ),
    DeadlineKind.APPEAL_DECISION: Terms(
        desk_days("appeal_decision_days"),
        grounds=(Ground.NEW_EVIDENCE,),
        grants=(BY_SUPERVISOR,),
        in_desk_hours=True,
        has_ladder=True,
    ),
    DeadlineKind.BUYER_RETURN: Terms(
        days("return_days"),
        at_zero=("forfeit_return", State.EXECUTING),
        # Settled or defaulted before the desk saw it, a case has no holder; a holder may be gone.
        grants=(
            Grant(hearer_unless_held, days("return_extension_days")),
            Grant(supervising, days("return_extension_days")),
        ),
    ),
    DeadlineKind.MERCHANT_RECEIPT: Terms(
        days("receipt_days"),
        grounds=(Ground.NO_TRACKING,),
        at_zero=("confirm_receipt", State.EXECUTING),
        grants=(Grant(respondent, hours("receipt_extension_hours")),),
    ),
    DeadlineKind.BUYER_RECEIPT: Terms(
        days("receipt_days"),
        grounds=(Ground.NO_TRACKING,),
        at_zero=("confirm_delivery", State.EXECUTING),
        grants=(Grant(claimant, hours("receipt_extension_hours")),),
    ),
    DeadlineKind.RETURN_ADDRESS: Terms(hours("address_hours"), at_zero=PAYS_FIRST),
    DeadlineKind.EXECUTION: Terms(
        hours("execution_hours"), grounds=(Ground.PAYMENT_FAILED,), at_zero=PAYS_FIRST
    ),
    DeadlineKind.SHIPMENT: Terms(hours("goods_execution_hours"), at_zero=PAYS_FIRST),
    DeadlineKind.FULFILMENT: Terms(hours("goods_execution_hours"), at_zero=PAYS_FIRST),
    # As quick as a second look: somebody waits for goods or for money.
    DeadlineKind.GOODS_REPORT: Terms(
        hours("approval_hours"), grants=(BY_SUPERVISOR,), in_desk_hours=True, has_ladder=True
    ),
    DeadlineKind.PENALTY_APPROVAL: Terms(
        desk_days("penalty_approval_days"), at_zero=("lapse_penalty", None), in_desk_hours=True
    ),
}

CLOCK_STEPS: dict[str, tuple[str, State | None]] = {
    kind: terms.at_zero for kind, terms in TERMS.items() if terms.at_zero is not None
}


def window_of(case: Case, kind: str) -> timedelta:
    """How long a party or the staff has, from the version of the rulebook the case is judged by."""
    return TERMS[kind].window(case)


def working(case: Case, kind: str) -> WorkingHours | None:
    """The hours that count for the deadline; None when all do."""
    if not TERMS[kind].in_desk_hours:
        return None
    windows = case.book.windows
    return desk_hours(windows.desk_opens_hour, windows.desk_closes_hour)
