"""How a case ends."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.passage import Refused, advance
from cases.lifecycle import MoneyState, State
from cases.models import Case, Event


def amount_to_refund(case: Case) -> Decimal:
    """What is being carried out: the ruling's amount, or the whole claim when the merchant agreed."""
    ruling = case.rulings.order_by("-version").first()
    return ruling.amount if ruling is not None else case.requested_amount


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
    Case.objects.filter(pk=case.pk).update(refunded=F("refunded") + amount)
    return event


def withdraw(case: Case, *, by: User, reason: str, now: datetime) -> Event:
    """The buyer gives the case up; the money held goes to the merchant."""
    return advance(case, "withdraw", by=by, now=now, entry={"reason": reason})


def reject(case: Case, *, by: User, reason: str, note: str, now: datetime) -> Event:
    """Not a case for this platform. `reason` is a scope code of the rulebook."""
    if reason not in case.book.reject_reasons:
        raise Refused(_("Choose why the case is not accepted."))
    return advance(case, "reject", by=by, now=now, entry={"reason": reason, "note": note})
