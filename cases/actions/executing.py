"""Carrying out what was decided or agreed: the goods come back, the money follows, or the platform pays first."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.passage import Refused, advance
from cases.lifecycle import MoneyState, State
from cases.models import Case, Event, Recovery


def amount_to_refund(case: Case) -> Decimal:
    """What is being carried out: what was settled on or ruled, or the whole claim when the merchant agreed."""
    settlement = case.settlement
    if settlement is not None:
        return settlement.amount
    ruling = case.ruling
    return ruling.amount if ruling is not None else case.requested_amount


def refund_in(case: Case, amount: Decimal) -> Decimal:
    """What of the amount carried out comes out of the price; compensation is paid beside it."""
    ruling = case.ruling
    return ruling.refund if ruling is not None and case.settlement is None else amount


def give_address(case: Case, *, by: User, address: str, now: datetime) -> Event:
    """The merchant says where the goods go; the buyer's time to send them begins to run."""
    if case.state == State.EXECUTING and not case.owes_return:
        raise Refused(_("Nothing is to be sent back in this case."))
    if not address.strip():
        raise Refused(_("Give the address the goods are to be sent to."))
    return advance(case, "give_address", by=by, now=now, address=address.strip())


def send_return(case: Case, *, by: User, carrier: str, tracking: str, now: datetime) -> Event:
    """The buyer has sent the goods back."""
    if not (carrier.strip() and tracking.strip()):
        raise Refused(_("Name the carrier and the tracking number."))
    return advance(
        case,
        "send_return",
        by=by,
        now=now,
        carrier=carrier.strip(),
        tracking=tracking.strip(),
        entry={"carrier": carrier.strip(), "tracking": tracking.strip()},
    )


def confirm_receipt(case: Case, *, by: User | None, now: datetime) -> Event:
    """The goods are back with the merchant, who says so or whose time to say otherwise is over."""
    return advance(case, "confirm_receipt", by=by, now=now)


@transaction.atomic
def complete(case: Case, *, by: User | None, now: datetime) -> Event:
    """What was decided or agreed has been carried out; the money follows and the case closes."""
    amount = amount_to_refund(case) if case.state == State.EXECUTING else Decimal(0)
    event = advance(
        case,
        "complete",
        by=by,
        now=now,
        money_state=MoneyState.REFUNDED if amount else MoneyState.RELEASED,
        entry={"amount": f"{amount:.2f}"},
    )
    Case.objects.filter(pk=case.pk).update(refunded=F("refunded") + refund_in(case, amount))
    return event


@transaction.atomic
def enforce(case: Case, *, now: datetime, entry: dict[str, str]) -> Event:
    """The merchant did not carry it out: the platform pays first and books what it wants back."""
    amount = amount_to_refund(case)
    event = advance(case, "enforce", by=None, now=now, entry={"amount": f"{amount:.2f}", **entry})
    Case.objects.filter(pk=case.pk).update(refunded=F("refunded") + refund_in(case, amount))
    if amount:
        Recovery.objects.create(case=case, shop_id=case.shop_id, amount=amount, booked_at=now)
    return event
