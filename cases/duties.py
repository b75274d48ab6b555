"""Who has to do what for a decision, in which order, and by when. Called by `advance`, in its transaction.

A remedy becomes duties: goods that go back need an address, a parcel and a receipt before the money or
the goods in return are owed. Each duty's clock starts when its turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from cases import deadlines, purse
from cases.deadlines import NO_ADDRESS
from cases.execution import Duty, MoneyCommand
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, DeadlinePause
from cases.rulebook import Remedy

Step, Outcome = Duty.Step, Duty.Outcome
K = DeadlineKind
NOTHING = Decimal(0)
# What whoever waits for goods says is wrong with them: in a duty's evidence, before and after the desk's word.
OPEN, DECIDED = "report", "reported"
ARRIVALS = (Step.RECEIPT, Step.DELIVERY)

# Step → who does it, and the kind of its clock.
TASKS: dict[str, tuple[str, str | None]] = {
    Step.ADDRESS: (Side.MERCHANT, K.RETURN_ADDRESS),
    Step.RETURN: (Side.BUYER, K.BUYER_RETURN),
    Step.RECEIPT: (Side.MERCHANT, K.MERCHANT_RECEIPT),
    Step.PAYMENT: (Side.MERCHANT, K.EXECUTION),
    Step.SHIPMENT: (Side.MERCHANT, K.SHIPMENT),
    Step.DELIVERY: (Side.BUYER, K.BUYER_RECEIPT),
    Step.DEED: (Side.MERCHANT, K.FULFILMENT),
    Step.PLATFORM: (Side.PLATFORM, None),
}
# Transition → the step it does wherever that step's turn has come.
DOES: dict[str, str] = {
    "give_address": Step.ADDRESS,
    "send_return": Step.RETURN,
    "confirm_receipt": Step.RECEIPT,
    "ship": Step.SHIPMENT,
    "confirm_delivery": Step.DELIVERY,
}
PARCEL = ("carrier", "tracking")
IN_KIND: dict[str, tuple[str, ...]] = {
    "shipment": (Step.SHIPMENT, Step.DELIVERY),
    "deed": (Step.DEED,),
    "platform": (Step.PLATFORM,),
}


@dataclass(frozen=True)
class Share:
    """What one remedy gives the buyer. `instead` is what the platform pays where a remedy in kind is not done."""

    remedy: Remedy
    amount: Decimal = NOTHING
    instead: Decimal = NOTHING


def shares(case: Case) -> list[Share]:
    """What is carried out, remedy by remedy: as settled, as ruled, or as asked where the merchant agreed."""
    amounts = awarded(case)
    refunds = sum((each for code, each in amounts.items() if case.book.refunds(code)), NOTHING)
    rest = max(worth(case) - refunds, NOTHING)
    found = []
    for remedy in case.owed_remedies:
        in_kind = remedy.kind in ("shipment", "deed")
        found.append(Share(remedy, amounts.get(remedy.code, NOTHING), rest if in_kind else NOTHING))
        rest = NOTHING if in_kind else rest
    return found


def awarded(case: Case) -> dict[str, Decimal]:
    """The money of each remedy; what was not divided belongs to the first one that pays the buyer."""
    settlement = case.settlement
    if settlement is not None:
        return {settlement.remedy: settlement.amount}
    ruling = case.ruling
    if ruling is not None:
        return ruling.shares
    codes = [remedy.code for remedy in case.owed_remedies]
    return case.book.shares(codes, case.requested_amount, {})


def worth(case: Case) -> Decimal:
    """What the claim is about in money: the amount asked, or for goods the price."""
    return min(case.requested_amount or case.remaining_paid, case.remaining_paid)


def lay_out(case: Case, *, now: datetime) -> None:
    """Write the duties of what was decided, and start the clocks of those whose turn it is."""
    drafts: list[Duty] = []

    def add(step: str, remedy: Remedy, amount: Decimal, after: Duty | None) -> Duty:
        duty = Duty(
            case=case,
            number=len(drafts) + 1,
            remedy=remedy.code,
            step=step,
            side=Side.PLATFORM if remedy.kind == "advance" else TASKS[step][0],
            amount=amount,
            after=after,
        )
        duty.save(force_insert=True)
        drafts.append(duty)
        return duty

    way_back: Duty | None = None
    for share in shares(case):
        remedy, after = share.remedy, None
        if remedy.needs_return:
            if way_back is None:
                add(Step.ADDRESS, remedy, NOTHING, None)
                sent = add(Step.RETURN, remedy, NOTHING, None)
                way_back = add(Step.RECEIPT, remedy, NOTHING, sent)
            after = way_back
        if share.amount:
            add(Step.PAYMENT, remedy, share.amount, after)
        for step in IN_KIND.get(remedy.kind, ()):
            after = add(step, remedy, NOTHING if step == Step.DELIVERY else share.instead, after)
    open_turn(case, now=now)
    if way_back is not None:
        deadlines.pause(case, K.BUYER_RETURN, reason=NO_ADDRESS, now=now)


def open_turn(case: Case, *, now: datetime) -> None:
    """Start the clock of every duty that no longer waits for another; the platform's own money goes at once."""
    ready = case.duties.open().filter(opened_at=None, after=None)
    ready |= case.duties.open().filter(opened_at=None, after__outcome=Outcome.DONE)
    for duty in ready.order_by("number"):
        kind = TASKS[duty.step][1] if duty.side != Side.PLATFORM else None
        clock = _clock(case, kind, duty.side, now) if kind else None
        Duty.objects.filter(pk=duty.pk).update(opened_at=now, deadline=clock)
        if duty.step == Step.PAYMENT and duty.side == Side.PLATFORM:
            purse.order(case, MoneyCommand.Kind.ADVANCE, duty.amount, duty=duty, now=now)


def _clock(case: Case, kind: str, side: str, now: datetime) -> Deadline:
    """One of a kind runs against a side at a time: what is owed under it gets the whole time anew."""
    running = deadlines.open_of(case, kind, side)
    if running is not None and running.opened_at == now:
        return running
    if running is None:
        return deadlines.open_deadline(case, kind, side, now=now)
    deadlines.close(case, kind, outcome=Deadline.Outcome.CANCELLED, now=now, party=side)
    clock = deadlines.open_deadline(case, kind, side, now=now)
    moved = Duty.objects.open().filter(deadline=running)
    rests = running.is_paused and any(OPEN in each.evidence for each in moved)
    moved.update(deadline=clock)
    if rests:
        deadlines.pause(case, kind, reason=OPEN, now=now)
    return clock


def after(case: Case, name: str, *, by: User | None, facts: dict[str, Any], now: datetime) -> None:
    """Bring the duties in line with the step about to be stored."""
    if case.state != State.EXECUTING:
        return
    if not case.duties.exists():
        lay_out(case, now=now)
    step = DOES.get(name)
    if step is not None:
        evidence: dict[str, Any] = {key: facts[key] for key in PARCEL if key in facts}
        for duty in case.duties.now_due().filter(step=step, command=None):
            if by is None and OPEN in duty.evidence:
                continue  # the desk decides whether these came
            finish(duty, by=by, evidence=evidence, now=now)
    if step is not None or name == "fulfil":
        open_turn(case, now=now)
    deadlines.find_earliest(case)


def finish(
    duty: Duty,
    *,
    by: User | None,
    now: datetime,
    outcome: str = Outcome.DONE,
    evidence: dict[str, Any] | None = None,
) -> None:
    """The duty is over; so is its clock, unless something else is still owed under it."""
    facts: dict[str, Any] = {"done_at": now, "done_by": by, "outcome": outcome}
    Duty.objects.open().filter(pk=duty.pk).update(**facts, evidence=evidence or duty.evidence)
    if OPEN in duty.evidence:
        report = Deadline.objects.open().filter(case=duty.case_id, kind=K.GOODS_REPORT)
        report.update(closed_at=now, outcome=Deadline.Outcome.CANCELLED, is_paused=False)
    if duty.deadline_id is None or Duty.objects.open().filter(deadline=duty.deadline_id).exists():
        return
    ended = Deadline.Outcome.CANCELLED if outcome == Outcome.LAPSED else Deadline.Outcome.MET
    clock = Deadline.objects.open().filter(pk=duty.deadline_id)
    clock.update(closed_at=now, outcome=ended, is_paused=False)
    DeadlinePause.objects.filter(deadline=duty.deadline_id, ended_at=None).update(ended_at=now)


def lapse(duties: Iterator[Duty], *, now: datetime) -> None:
    for duty in duties:
        finish(duty, by=None, outcome=Outcome.LAPSED, now=now)


def following(duty: Duty) -> Iterator[Duty]:
    """What waits for this duty, directly or not, and is not over."""
    for follower in duty.followers.filter(done_at=None):
        yield follower
        yield from following(follower)
