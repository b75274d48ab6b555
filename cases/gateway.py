"""Who moves the money: whatever PAYMENT_GATEWAY names, behind one method."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from cases.execution import MoneyCommand


class PaymentRefused(Exception):
    """The gateway will not do it, however often it is asked."""


@dataclass(frozen=True)
class Order:
    """One movement of money, in CNY. The id is the same at every try."""

    id: UUID
    kind: str
    amount: Decimal
    case: str  # reference
    order_number: str
    buyer: str  # as the marketplace knows them
    shop: str


class Gateway(Protocol):
    def pay(self, order: Order) -> str:
        """Carry it out, once however often it is asked under one id; the gateway's own reference.

        Raises PaymentRefused for a no; anything else means that the answer is not known.
        """


def order_of(command: MoneyCommand) -> Order:
    case = command.case
    return Order(
        id=command.pk,
        kind=command.kind,
        amount=command.amount,
        case=case.reference,
        order_number=case.order_number,
        buyer=case.buyer.external_id or case.buyer.username,
        shop=case.shop.external_id,
    )


def configured() -> Gateway:
    return cast(Gateway, import_string(settings.PAYMENT_GATEWAY)())
