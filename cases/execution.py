"""Rows of how a decision is carried out: what each side owes, and what the payment gateway is told.

Like `models`: facts and constraints. Who does which duty stands in `duties`, who may move money in
`purse`; the verbs are in `cases.actions`.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.lifecycle import Side

SOMETHING = [MinValueValidator(Decimal("0.01"))]


class DutyQuerySet(models.QuerySet["Duty"]):
    def open(self) -> Self:
        return self.filter(done_at=None)

    def now_due(self) -> Self:
        """Whose turn has come; the others wait for one before them."""
        return self.open().filter(opened_at__isnull=False)


class Duty(models.Model):
    """One thing somebody has to do for a remedy. Its clock is a deadline, which can be lengthened or paused.

    `amount` is what a payment moves; of a duty in kind it is what the platform pays in its place when
    the merchant lets its time pass.
    """

    class Step(models.TextChoices):
        ADDRESS = "address", _("Give the return address")
        RETURN = "return", _("Send the goods back")
        RECEIPT = "receipt", _("Confirm the receipt")
        PAYMENT = "payment", _("Pay the buyer")
        SHIPMENT = "shipment", _("Send the goods")
        DELIVERY = "delivery", _("Confirm the delivery")
        DEED = "deed", _("Do it and report it")
        PLATFORM = "platform", _("Done by the platform")

    class Outcome(models.TextChoices):
        DONE = "done", pgettext_lazy("duty", "Done")
        ADVANCED = "advanced", pgettext_lazy("duty", "The platform paid first")
        LAPSED = "lapsed", pgettext_lazy("duty", "No longer owed")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="duties")
    number = models.PositiveSmallIntegerField()
    remedy = models.CharField(max_length=12)  # a remedy code of the rulebook
    step = models.CharField(max_length=10, choices=Step)
    side = models.CharField(max_length=10, choices=Side)  # who does it
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    after = models.ForeignKey("self", models.PROTECT, null=True, related_name="followers")
    opened_at = models.DateTimeField(null=True)  # when its turn came
    deadline = models.ForeignKey("cases.Deadline", models.PROTECT, null=True, related_name="duties")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    evidence = models.JSONField(default=dict)  # note, exhibit, carrier and tracking, as it applies

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        ordering: ClassVar = ["case_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="duty_number_is_once"),
            models.CheckConstraint(
                condition=Q(done_at=None, outcome="") | (Q(done_at__isnull=False) & ~Q(outcome="")),
                name="duty_done_has_an_outcome",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="duty_amount_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number} {self.step}"


class MoneyCommandQuerySet(models.QuerySet["MoneyCommand"]):
    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def settled(self) -> Self:
        return self.filter(state=MoneyCommand.State.SETTLED)

    def unsettled(self) -> Self:
        return self.exclude(state=MoneyCommand.State.SETTLED)

    def to_send(self, now: datetime) -> Self:
        return self.under_way().filter(next_try_at__lte=now).order_by("next_try_at", "ordered_at")

    def failed(self) -> Self:
        return self.filter(state=MoneyCommand.State.FAILED)


class MoneyCommand(models.Model):
    """Outbox: what the payment gateway is told, written with the act and sent later, at least once.

    The id is the same at every try, so that the gateway carries it out once. Of every duty there is at
    most one, and of every case one release, whoever asks: what failed is tried again under its old id.
    """

    class Kind(models.TextChoices):
        REFUND = "refund", pgettext_lazy("money", "Refund")
        COMPENSATION = "compensation", pgettext_lazy("money", "Compensation")
        FREIGHT = "freight", pgettext_lazy("money", "Freight")
        ADVANCE = "advance", pgettext_lazy("money", "Paid first by the platform")
        RELEASE = "release", pgettext_lazy("money", "Release to the merchant")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("money", "Waiting")
        SENT = "sent", pgettext_lazy("money", "Sent, not answered yet")
        SETTLED = "settled", pgettext_lazy("money", "Settled")
        FAILED = "failed", pgettext_lazy("money", "Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="money")
    duty = models.OneToOneField(Duty, models.PROTECT, null=True, related_name="command")
    kind = models.CharField(max_length=12, choices=Kind)
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=SOMETHING)
    # Whether it gives back what the buyer paid. The rest, compensation say, may be more than that.
    of_price = models.BooleanField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    ordered_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    # While a relay holds it: when the others may take it, should that one have died.
    next_try_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=64, blank=True)  # the gateway's own
    last_error = models.TextField(blank=True)

    objects = MoneyCommandQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["ordered_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(kind="release"), name="money_is_released_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="release", duty=None) | ~Q(kind="release") & Q(duty__isnull=False),
                name="money_to_the_buyer_follows_from_a_duty",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="money_command_moves_something"),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "sent"), ended_at=None)
                | Q(state__in=("settled", "failed"), ended_at__isnull=False),
                name="money_command_is_under_way_or_has_ended",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at", "ordered_at"],
                condition=Q(state__in=("waiting", "sent")),
                name="money_to_send",
            ),
            models.Index(fields=["ended_at"], condition=Q(state="failed"), name="money_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} ¥{self.amount} {self.state}"


UNDER_WAY = (MoneyCommand.State.WAITING, MoneyCommand.State.SENT)


class Repayment(models.Model):
    """What a shop paid back of what the platform had paid in its place."""

    recovery = models.ForeignKey("cases.Recovery", models.PROTECT, related_name="repayments")
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=SOMETHING)
    reference = models.CharField(max_length=64)  # of the bank, or of the set-off
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recovery", "reference"], name="repayment_reference_is_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="repayment_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.recovery_id} ¥{self.amount}"


class SimulatedPayment(models.Model):
    """The books of the gateway this portal ships. No other code reads them: a real gateway has its own."""

    id = models.UUIDField(primary_key=True, editable=False)  # of the command it was told
    kind = models.CharField(max_length=12)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    asked = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.id} {self.kind} ¥{self.amount}"

    @property
    def reference(self) -> str:
        return f"SIM-{self.id.hex[:12].upper()}"
