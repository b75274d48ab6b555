"""The payment gateway this portal ships: it moves no money, and remembers what it was told to move.

Like a real one it knows a command by its id and does it once. It can be told to be in a mood, for tests
and for trying the portal by hand.
"""

from __future__ import annotations

import time
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from cases.execution import SimulatedPayment
from cases.gateway import Order, PaymentRefused


class Mood(StrEnum):
    WELL = "well"
    DOWN = "down"  # does not answer at all
    REFUSES = "refuses"
    SLOW = "slow"
    FORGETFUL = "forgetful"  # pays, and its answer is lost on the way


class Simulator:
    def __init__(self, mood: str = Mood.WELL, *, slow_seconds: float = 3.0) -> None:
        self.mood, self.slow_seconds = Mood(mood), slow_seconds

    def pay(self, order: Order) -> str:
        if self.mood == Mood.DOWN:
            raise ConnectionError("the simulated gateway does not answer")
        if self.mood == Mood.REFUSES:
            raise PaymentRefused("the simulated gateway refuses this account")
        if self.mood == Mood.SLOW:
            time.sleep(self.slow_seconds)
        payment = self._book(order)
        if (payment.kind, payment.amount) != (order.kind, order.amount):
            raise PaymentRefused("the simulated gateway knows another payment under this id")
        if self.mood == Mood.FORGETFUL:
            raise TimeoutError("the simulated gateway's answer was lost")
        return payment.reference

    def _book(self, order: Order) -> SimulatedPayment:
        with transaction.atomic():
            payment, _new = SimulatedPayment.objects.get_or_create(
                id=order.id, defaults={"kind": order.kind, "amount": order.amount}
            )
            SimulatedPayment.objects.filter(pk=payment.pk).update(asked=F("asked") + 1)
        return payment
