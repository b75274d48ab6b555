"""The money of one case: where it is, and the one place where moving it is ordered.

What the buyer paid is held until the case is over: paid = held + refunded + released, at any time. What
the platform advances is its own money and no part of that sum: the shop owes it, see `Recovery`. Nor are
compensation and freight, which the shop pays beside it and which may be more than the price.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, Q, Sum
from django.db.models.functions import Coalesce

from cases.execution import Duty, MoneyCommand
from cases.lifecycle import MoneyState
from cases.models import Case, Recovery

Kind = MoneyCommand.Kind
OF_WHAT_IS_HELD = (Kind.REFUND, Kind.RELEASE)


class Overdrawn(Exception):
    """More would move than there is."""


@dataclass(frozen=True)
class Purse:
    """Amounts in CNY. `refunded` came out of what is held; `advanced` by the platform did not."""

    paid: Decimal
    refunded: Decimal
    released: Decimal
    advanced: Decimal  # of the price; what it paid beside that is not counted here
    ordered_of_held: Decimal  # on its way out, not settled yet
    ordered_of_price: Decimal  # on its way to the buyer
    gone: Decimal  # released to the merchant by earlier cases of the order

    @property
    def held(self) -> Decimal:
        return self.paid - self.refunded - self.released

    @property
    def free(self) -> Decimal:
        """Of what is held, what nobody has been promised."""
        return self.held - self.gone - self.ordered_of_held

    @property
    def owed_at_most(self) -> Decimal:
        """The buyer never gets back more than was paid, whoever pays it."""
        return self.paid - self.refunded - self.advanced - self.ordered_of_price


def purse_of(case: Case) -> Purse:
    """As it stands in the database; in two queries."""

    def total(which: Q) -> Coalesce:
        return Coalesce(Sum("amount", filter=which), Decimal(0), output_field=DecimalField())

    settled, of_price = Q(state=MoneyCommand.State.SETTLED), Q(of_price=True)
    sums = case.money.aggregate(
        released=total(settled & Q(kind=Kind.RELEASE)),
        advanced=total(settled & of_price & Q(kind=Kind.ADVANCE)),
        ordered_of_held=total(~settled & Q(kind__in=OF_WHAT_IS_HELD)),
        ordered_of_price=total(~settled & of_price),
    )
    back = Case.objects.values_list("refunded", flat=True).get(pk=case.pk)
    earlier = MoneyCommand.objects.filter(
        kind=Kind.RELEASE, case__shop=case.shop_id, case__order_number=case.order_number
    ).exclude(case=case.pk)
    gone = earlier.aggregate(gone=total(Q()))["gone"]
    return Purse(paid=case.paid, refunded=back - sums["advanced"], gone=gone, **sums)


def order(
    case: Case, kind: str, amount: Decimal, *, duty: Duty | None = None, now: datetime
) -> MoneyCommand:
    """Write what the gateway is to do, in the transaction of the act it follows from.

    The caller holds the case, so that nobody else orders at the same time. Raises Overdrawn, and
    IntegrityError for a second order of one duty or a second release.
    """
    purse = purse_of(case)
    of_price = duty is not None and duty.remedy not in case.book.compensations
    beyond_held = kind in OF_WHAT_IS_HELD and amount > purse.free
    if beyond_held or (of_price and amount > purse.owed_at_most):
        raise Overdrawn(f"{case.reference}: {kind} of {amount}, {purse}")
    command: MoneyCommand = MoneyCommand.objects.create(
        case=case,
        duty=duty,
        kind=kind,
        amount=amount,
        of_price=of_price,
        ordered_at=now,
        next_try_at=now,
    )
    return command


def release_the_rest(case: Case, now: datetime) -> MoneyCommand | None:
    """What nobody else has a claim to goes to the merchant, once.

    It stays held while the shop owes the platform what was paid in its place. What an earlier case of the
    same order released is no longer there to release.
    """
    if case.money.filter(kind=Kind.RELEASE).exists() or owed_by_the_shop(case):
        return None
    purse = purse_of(case)
    if purse.free > 0:
        return order(case, Kind.RELEASE, purse.free, now=now)
    if not purse.ordered_of_held and case.money_state == MoneyState.HELD:
        case.money_state = (
            MoneyState.RELEASED
        )  # there is nothing to move; the caller saves the case
    return None


def owed_by_the_shop(case: Case) -> bool:
    """Whether the platform still waits for a repayment in this case, or is about to."""
    advancing = case.money.unsettled().filter(kind=Kind.ADVANCE)
    return advancing.exists() or any(open_amount(each) for each in case.recoveries.all())


def open_amount(recovery: Recovery) -> Decimal:
    repaid = recovery.repayments.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    amount: Decimal = recovery.amount - repaid
    return amount
