"""Rows of what happens around a decision: offers, the second look, appeals, penalties.

Like `models`: facts and constraints. The verbs are in `cases.actions`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import ShopMember, User
from cases.lifecycle import Side


class Offer(models.Model):
    """A settlement on the table. It holds once both parties have accepted it."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", pgettext_lazy("offer", "Accepted")
        DECLINED = "declined", pgettext_lazy("offer", "Declined")
        COUNTERED = "countered", pgettext_lazy("offer", "Countered")
        LAPSED = "lapsed", pgettext_lazy("offer", "Lapsed")
        OVERTAKEN = "overtaken", pgettext_lazy("offer", "Overtaken")  # the case went on without it

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="offers")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=10, choices=Side)  # who made it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    remedy = models.CharField(max_length=12)  # a remedy code of the rulebook
    amount = models.DecimalField(
        max_digits=12, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    note = models.TextField(blank=True)
    made_at = models.DateTimeField()
    buyer_accepted_at = models.DateTimeField(null=True, blank=True)
    merchant_accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    ended_by = models.CharField(max_length=10, choices=Side, blank=True)  # empty: the clock

    class Meta:
        ordering: ClassVar = ["case_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="offer_number_is_once"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="offer_is_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, outcome="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="offer_ended_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="accepted")
                | Q(buyer_accepted_at__isnull=False, merchant_accepted_at__isnull=False),
                name="offer_is_accepted_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} offer {self.number}"

    def accepted_by(self, side: str) -> bool:
        at = self.buyer_accepted_at if side == Side.BUYER else self.merchant_accepted_at
        return at is not None


class Recusal(models.Model):
    """Somebody of the desk declared a conflict of interest: the case is never theirs again."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="recusals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="recusals")
    reason = models.CharField(max_length=40)  # a release reason of the rulebook
    declared_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["case_id", "declared_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "case"], name="recusal_is_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"


def close_to(person: User) -> Q:
    """Of which cases this person filed one, ever belonged to its shop, or declared a conflict of interest."""
    return (
        Q(buyer=person)
        | Q(shop__in=ShopMember.objects.filter(user=person).values("shop"))
        | Q(pk__in=Recusal.objects.filter(user=person).values("case_id"))
    )


class Draft(models.Model):
    """What one person is typing of a case's ruling, as typed; whoever holds the case next is offered it.

    `window` names the page that saved last. `other` is the text of a second one that was typed on an older
    `revision`.
    """

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    fields = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    window = models.CharField(max_length=16, blank=True)
    saved_at = models.DateTimeField()
    other = models.JSONField(null=True, blank=True)
    other_saved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-saved_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "author"], name="draft_is_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.author_id}"


class Submission(models.Model):
    """A ruling sent for a second look, bound to the hash of its text."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("submission", "Approved")
        RETURNED = "returned", pgettext_lazy("submission", "Returned")
        TAKEN_OVER = "taken_over", pgettext_lazy("submission", "Taken over")
        RETRACTED = "retracted", pgettext_lazy("submission", "Taken back")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="submissions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    draft = models.JSONField()
    content_hash = models.CharField(max_length=64)
    docket_length = models.PositiveIntegerField()  # what the author had read
    submitted_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    comments = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["case_id", "submitted_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(decided_at=None), name="submission_is_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("author")),
                name="submission_is_decided_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.content_hash[:12]}"


class Appeal(models.Model):
    """A party asks somebody else to look again: once each, with something new or a named mistake."""

    class Ground(models.TextChoices):
        NEW = "new", _("New information")
        MISTAKE = "mistake", _("A mistake in the ruling")

    class Outcome(models.TextChoices):
        UPHELD = "upheld", pgettext_lazy("appeal", "Upheld")
        OVERTURNED = "overturned", pgettext_lazy("appeal", "Overturned")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="appeals")
    side = models.CharField(max_length=10, choices=Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ground = models.CharField(max_length=8, choices=Ground)
    text = models.TextField()
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reasons = models.TextField(blank=True)
    # What the other side says to it.
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["case_id", "made_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "side"], name="appeal_is_once_per_side"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="", answered_by=None)
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
                name="appeal_answered_has_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.side}"


class Correction(models.Model):
    """A clerical error put right: a version of the ruling with other words and the same decision."""

    ruling = models.OneToOneField("cases.Ruling", models.PROTECT, related_name="correction")
    corrects = models.OneToOneField("cases.Ruling", models.PROTECT, related_name="corrected_as")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["made_at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),
            models.CheckConstraint(
                condition=~Q(ruling=models.F("corrects")), name="correction_is_another_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.corrects_id} as {self.ruling_id}"


class Penalty(models.Model):
    """Points proposed with a ruling; somebody else approves or refuses them, or the proposal lapses.

    Nobody proposed what the clock itself records. Approved points are posted to the shop's ledger once
    the ruling is final, and void when it is overturned before.
    """

    class Outcome(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("penalty", "Approved")
        REFUSED = "refused", pgettext_lazy("penalty", "Refused")
        LAPSED = "lapsed", pgettext_lazy("penalty", "Lapsed")
        VOIDED = "voided", pgettext_lazy("penalty", "Void")

    class Kind(models.TextChoices):
        GENERAL = "general", _("General points")
        SERIOUS = "serious", _("Serious points")

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="penalties")
    shop = models.ForeignKey("accounts.Shop", models.PROTECT, related_name="penalties")
    rule = models.CharField(max_length=10, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    points = models.PositiveSmallIntegerField(validators=[MinValueValidator(1)])
    reason = models.TextField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    remark = models.TextField(blank=True)  # why it was decided so
    posted_at = models.DateTimeField(null=True, blank=True)
    # When it lapses once its case has ended; until then the case's own deadline says so.
    lapses_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "penalties"
        ordering: ClassVar = ["case_id", "proposed_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(decided_at=None), name="penalty_is_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(proposed_by=None),
                name="penalty_of_the_clock_is_once_per_case",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("proposed_by")),
                name="penalty_is_decided_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(posted_at=None) | Q(outcome="approved"),
                name="penalty_posted_was_approved",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["decided_at"],
                condition=Q(outcome="approved", posted_at=None),
                name="penalty_to_post",
            ),
            models.Index(
                fields=["proposed_at"], condition=Q(decided_at=None), name="penalty_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.points}"


class PenaltyApproval(models.Model):
    """One officer's yes. How many it takes depends on the points and on what they would bring."""

    penalty = models.ForeignKey(Penalty, models.PROTECT, related_name="approvals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["penalty", "by"], name="approval_is_once_per_officer")
        ]

    def __str__(self) -> str:
        return f"{self.penalty_id} {self.by_id}"


class PenaltyAppeal(models.Model):
    """The shop asks a different officer to look at posted points again, once."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", pgettext_lazy("penalty appeal", "Upheld")
        CANCELLED = "cancelled", pgettext_lazy("penalty appeal", "Cancelled")

    penalty = models.OneToOneField(Penalty, models.PROTECT, related_name="appeal")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    made_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reasons = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["made_at", "pk"]
        indexes: ClassVar = [
            models.Index(
                fields=["made_at"], condition=Q(decided_at=None), name="penalty_appeal_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"appeal against {self.penalty_id}"
