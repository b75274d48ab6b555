"""Carrying out what was decided or agreed: goods, deeds and money, or else the platform pays first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import duties, purse
from cases.actions.passage import Refused, advance, lock
from cases.actions.paying import stand_still
from cases.execution import Duty, MoneyCommand
from cases.lifecycle import Side, State, may_take, respondent, respondent_or_desk, side_of
from cases.models import Case, Deadline, Event

LONGEST_NOTE = 500
Step, Outcome = Duty.Step, Duty.Outcome


def give_address(case: Case, *, by: User, address: str, now: datetime) -> Event:
    """The merchant says where the goods go; the buyer's time to send them begins to run."""
    if case.state == State.EXECUTING and not case.owes_return:
        raise Refused(_("Nothing is to be sent back in this case."))
    _its_turn(case, "give_address", by, now, _("No address is asked for now."))
    if not address.strip():
        raise Refused(_("Give the address the goods are to be sent to."))
    return advance(case, "give_address", by=by, now=now, address=address.strip())


def send_return(case: Case, *, by: User, carrier: str, tracking: str, now: datetime) -> Event:
    """The buyer has sent the goods back."""
    if case.return_address:
        _its_turn(case, "send_return", by, now, _("Nothing is to be sent back now."))
    entry = parcel(carrier, tracking)
    return advance(
        case,
        "send_return",
        by=by,
        now=now,
        entry=entry,
        carrier=entry["carrier"],
        tracking=entry["tracking"],
    )


def parcel(carrier: str, tracking: str) -> dict[str, str]:
    if not (carrier.strip() and tracking.strip()):
        raise Refused(_("Name the carrier and the tracking number."))
    return {"carrier": carrier.strip(), "tracking": tracking.strip()}


def confirm_receipt(case: Case, *, by: User | None, now: datetime) -> Event:
    """The goods are back with the merchant, who says so or whose time to say otherwise is over."""
    return advance(case, "confirm_receipt", by=by, now=now)


def ship(case: Case, *, by: User, carrier: str, tracking: str, now: datetime) -> Event:
    """The merchant has sent what the buyer is to get; the buyer's time to say otherwise begins."""
    _its_turn(case, "ship", by, now, _("There is nothing to be sent to the buyer now."))
    return advance(case, "ship", by=by, now=now, entry=parcel(carrier, tracking))


def confirm_delivery(case: Case, *, by: User | None, now: datetime) -> Event:
    """The buyer has what the merchant sent, or has let the time to say otherwise pass."""
    return advance(case, "confirm_delivery", by=by, now=now)


@transaction.atomic
def fulfil(
    case: Case, *, by: User, duty: int, note: str, exhibit: str = "", now: datetime
) -> Event:
    """Whoever owes the deed of that number reports it done, with a note and perhaps an exhibit."""
    lock(case)
    if not respondent_or_desk(case, by):
        raise PermissionDenied
    step = Step.DEED if side_of(case, by) == Side.MERCHANT else Step.PLATFORM
    entry = {"duty": duty, "note": note.strip(), "exhibit": exhibit}
    if case.state == State.EXECUTING:
        owed = _expect(case, step, now, _("This is not to be done now."), number=duty)
        if not note.strip():
            raise Refused(_("Say in a few words what was done."))
        evidence = {"note": note.strip()[:LONGEST_NOTE], "exhibit": exhibit}
        duties.finish(owed[0], by=by, evidence=evidence, now=now)
    return advance(case, "fulfil", by=by, now=now, entry=entry)


@transaction.atomic
def refund(case: Case, *, by: User, now: datetime) -> Event:
    """The merchant confirms: the platform pays the buyer out of what it holds. It settles a little later."""
    lock(case)
    total = Decimal(0)
    if case.state == State.EXECUTING:
        if not respondent(case, by):
            raise PermissionDenied
        if case.money.filter(duty__done_at=None, duty__isnull=False).exists():
            raise Refused(_("The refund is already on its way."))
        owed = _expect(case, Step.PAYMENT, now, _("No refund is due now."))
        for duty in owed:
            kind = case.book.remedies[duty.remedy].kind
            is_beside = duty.remedy in case.book.compensations
            # What an earlier case of the order released is not held any more: the shop is to pay it back.
            is_held = duty.amount <= purse.purse_of(case).free
            of_price = MoneyCommand.Kind.REFUND if is_held else MoneyCommand.Kind.ADVANCE
            _order(case, kind if is_beside else of_price, duty, now)
        total = sum((duty.amount for duty in owed), Decimal(0))
        stand_still(case, now=now)
    return advance(case, "refund", by=by, now=now, entry={"amount": f"{total:.2f}"})


@transaction.atomic
def enforce(case: Case, *, now: datetime, entry: dict[str, str]) -> Event | None:
    """The merchant's time is over: what it did not do the platform pays first, out of its own money.

    None where nothing is left to enforce, because the payment is under way.
    """
    lock(case)
    overdue = case.duties.now_due().filter(
        side=Side.MERCHANT, command=None, deadline__outcome=Deadline.Outcome.EXPIRED
    )
    paid = Decimal(0)
    for duty in overdue.exclude(step=Step.RECEIPT):
        paid += pay_first(case, duty, now)
    return advance(case, "enforce", by=None, now=now, entry={"amount": f"{paid:.2f}", **entry})


def pay_first(case: Case, duty: Duty, now: datetime) -> Decimal:
    """In place of the duty and of all that would have come after it."""
    chain = [duty, *duties.following(duty)]
    if duty.step == Step.ADDRESS:  # without an address nothing goes back
        back = case.duties.open().get(step=Step.RETURN)
        chain += [back, *duties.following(back)]
    paid = Decimal(0)
    for each in chain:
        if each.amount:
            _order(case, MoneyCommand.Kind.ADVANCE, each, now)
            Duty.objects.filter(pk=each.pk, opened_at=None).update(opened_at=now)
            paid += each.amount
        else:
            duties.finish(each, by=None, outcome=Outcome.LAPSED, now=now)
    return paid


def forfeit_return(case: Case, *, now: datetime, entry: dict[str, str]) -> Event:
    """The buyer did not send the goods back: what depends on them is no longer owed."""
    with transaction.atomic():
        lock(case)
        for sent in case.duties.now_due().filter(step=Step.RETURN):
            duties.lapse(iter([sent, *duties.following(sent)]), now=now)
        return advance(case, "forfeit_return", by=None, now=now, entry=entry)


def complete(case: Case, *, by: User | None, now: datetime) -> Event:
    """Everything is carried out: the case closes. The clock does it with the last duty."""
    return advance(case, "complete", by=by, now=now)


def _order(case: Case, kind: str, duty: Duty, now: datetime) -> None:
    try:
        purse.order(case, kind, duty.amount, duty=duty, now=now)
    except purse.Overdrawn as overdrawn:
        raise Refused(_("The platform does not hold that much money for this case.")) from overdrawn


def _its_turn(case: Case, name: str, by: User, now: datetime, sentence: str) -> None:
    """Leaves it to `advance` to say who may, and in which state."""
    if may_take(case, name, by):
        _expect(case, duties.DOES[name], now, sentence)


def _expect(case: Case, step: str, now: datetime, sentence: str, **which: Any) -> list[Duty]:
    """The duties of that step whose turn it is; in time, even if the clock has not come round yet."""
    owed = list(
        case.duties.now_due().filter(step=step, command=None, **which).select_related("deadline")
    )
    if not owed:
        raise Refused(sentence)
    if all(is_late(duty, now) for duty in owed):
        raise Refused(_("The time is over: the platform acts in your place."))
    return owed


def is_late(duty: Duty, now: datetime) -> bool:
    clock = duty.deadline
    return clock is not None and not clock.is_paused and now > clock.due_at
