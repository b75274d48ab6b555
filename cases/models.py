"""The dispute: facts, constraints and the questions asked of them. Rules live in `lifecycle`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, Shop, User
from cases import rulebook
from cases.calendar import Pause
from cases.execution import MoneyCommand  # and with it the rows beside it
from cases.gaps import RuleGap as RuleGap  # and the rows beside them, for Django to find
from cases.ledger import LedgerEntry as LedgerEntry  # and with it the measures
from cases.lifecycle import BEFORE_RULING, ENDED, Lifecycle, MoneyState, Side, State
from cases.proceedings import Offer  # and with it the rows beside it
from cases.versions import RulebookVersion as RulebookVersion

NOT_NEGATIVE = [MinValueValidator(Decimal(0))]


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """The one definition of who sees which case; lists, pages, files and exports all ask it."""
        if user.role == Role.BUYER:
            return self.filter(buyer=user)
        if user.role == Role.MERCHANT:
            return self.filter(shop__memberships__user=user, shop__memberships__ended_at=None)
        if user.role == Role.ARBITRATOR:
            return self.filter(Q(holder=user) | Q(holder=None))
        if user.is_case_staff:
            return self
        return self.none()

    def open(self) -> Self:
        return self.exclude(state__in=ENDED)

    def open_first(self) -> Self:
        """What is open by its nearest deadline, then what has ended, the last to end first."""
        nearest = F("due_at").asc(nulls_last=True)
        return self.order_by(F("ended_at").desc(nulls_first=True), nearest, "-pk")

    def waiting(self) -> Self:
        """What the desk may claim, most urgent first."""
        return self.filter(state=State.QUEUED).by_urgency()

    def held_by(self, user: User) -> Self:
        return self.filter(holder=user, state__in=BEFORE_RULING).by_urgency()

    def by_urgency(self) -> Self:
        return self.order_by("-priority", F("due_at").asc(nulls_last=True), "pk")

    def with_parties(self) -> Self:
        return self.select_related("buyer", "shop", "holder")


class Case(Lifecycle):
    """One dispute. Its row is saved by `actions.advance` only; `reference` never changes."""

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    source = models.CharField(_("source"), max_length=20)
    external_id = models.CharField(_("external id"), max_length=64)
    category = models.CharField(_("category"), max_length=40)
    rule = models.CharField(_("rule"), max_length=10)
    rulebook_version = models.PositiveSmallIntegerField()

    # What the platform recorded of the order at filing; the parties cannot change it.
    order_number = models.CharField(_("order"), max_length=64)
    items = models.JSONField(_("items"), default=list)  # [{title, kind, quantity, unit_price}]
    paid = models.DecimalField(_("paid"), max_digits=12, decimal_places=2, validators=NOT_NEGATIVE)
    freight = models.DecimalField(_("freight"), max_digits=12, decimal_places=2, default=0)
    refunded = models.DecimalField(_("refunded"), max_digits=12, decimal_places=2, default=0)
    placed_at = models.DateTimeField(_("placed"))
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    # The parcel's way, [{at, words}] as its carrier told it. Null, so that adding it rewrote no case.
    scans = models.JSONField(_("parcel scans"), null=True, blank=True)
    carrier = models.CharField(_("carrier"), max_length=40, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=64, blank=True)

    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="filed_cases")
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="cases")
    requested_remedy = models.CharField(_("asked for"), max_length=20)
    requested_amount = models.DecimalField(_("amount asked"), max_digits=12, decimal_places=2)
    statement = models.TextField(_("statement"))
    filed_at = models.DateTimeField(_("filed"))

    # The earliest open deadline's instant, kept so that the queue can be read in index order.
    due_at = models.DateTimeField(null=True, blank=True)
    docket_length = models.PositiveIntegerField(default=0)
    docket_head = models.CharField(max_length=64, blank=True)
    # When evidence last came in after the case had reached the desk.
    later_evidence_at = models.DateTimeField(null=True, blank=True)
    draft_saved_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering: ClassVar = ["-filed_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "external_id"], name="case_is_filed_once"),
            models.UniqueConstraint(
                fields=["shop", "order_number"],
                condition=~Q(state__in=ENDED),
                name="order_has_one_open_case",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_is_known"),
            models.CheckConstraint(
                condition=Q(money_state__in=MoneyState.values), name="case_money_state_is_known"
            ),
            models.CheckConstraint(condition=Q(paid__gte=0), name="case_paid_is_not_negative"),
            models.CheckConstraint(
                condition=Q(freight__gte=0), name="case_freight_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(requested_amount__gte=0) & Q(requested_amount__lte=F("paid")),
                name="case_claim_is_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0) & Q(refunded__lte=F("paid")),
                name="case_refund_is_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, due_at=None) | ~Q(state__in=ENDED),
                name="case_ended_has_no_deadline",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "order_number"], name="case_of_order"),
            models.Index(
                fields=["-priority", "due_at", "id"],
                condition=Q(state=State.QUEUED),
                name="case_waiting",
            ),
            models.Index(fields=["state", "due_at"], name="case_state_due"),
            # What the desk is offered: not what the clock is about to decide by itself.
            models.Index(
                fields=["-priority", "due_at", "id"],
                condition=Q(state=State.QUEUED, default_at=None),
                name="case_offered",
            ),
            models.Index(
                fields=["holder", "-priority", "due_at", "id"],
                condition=Q(state__in=BEFORE_RULING),
                name="case_in_hand",
            ),
            models.Index(
                fields=["later_evidence_at"],
                condition=Q(state=State.QUEUED, later_evidence_at__isnull=False),
                name="case_waiting_with_more",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def way(self) -> list[tuple[datetime, str]]:
        """When the parcel was seen, and in the carrier's words where and how."""
        return [(datetime.fromisoformat(each["at"]), each["words"]) for each in self.scans or ()]

    @property
    def remaining_paid(self) -> Decimal:
        """The most a ruling may give back: what was paid less what was already refunded."""
        return self.paid - self.refunded

    def most(self, remedy: str) -> Decimal:
        """The most this remedy may pay: what is left of the price, or its own bound."""
        if self.book.refunds(remedy):
            return self.remaining_paid
        bound = self.book.compensations.get(remedy)
        return bound.most(self.paid, self.freight) if bound else Decimal(0)

    def is_granted_by(
        self, remedies: Iterable[str], shares: Mapping[str, Decimal], *, left: Decimal
    ) -> bool:
        """Whether the buyer gets by this what was asked. `left`: of the price, to give back at all."""
        granting = self.book.granting(self.requested_remedy, remedies)
        money = sum((shares.get(code, Decimal(0)) for code in granting), Decimal(0))
        in_kind = any(not self.book.pays(code) for code in granting)
        return in_kind or bool(granting and money >= min(self.requested_amount, left))

    @property
    def book(self) -> rulebook.Rulebook:
        """To read by; `advance` refuses to decide by a version that is not at hand."""
        return rulebook.read(self.rulebook_version)

    @property
    def has_its_book(self) -> bool:
        return rulebook.is_at_hand(self.rulebook_version)

    @property
    def ruled_by(self) -> rulebook.Rule:
        """The rule the case is judged by, in the version in force when it was filed."""
        return self.book.rules[self.rule]

    @property
    def ruling(self) -> Ruling | None:
        """The ruling in force: the newest that was not taken back before anybody was told."""
        return self.rulings.in_force().order_by("-version").first()

    def told_ruling(self, now: datetime) -> Ruling | None:
        """The same as far as a party may read it by now."""
        return self.rulings.told(now).order_by("-version").first()

    @property
    def settlement(self) -> Offer | None:
        """The offer both parties accepted, if they did."""
        return self.offers.filter(outcome=Offer.Outcome.ACCEPTED).first()

    @property
    def owed_remedies(self) -> tuple[rulebook.Remedy, ...]:
        """What is being carried out: the ruling's remedies, or what was asked where the merchant agreed."""
        settlement = self.settlement
        if settlement is not None:
            return (self.book.remedies[settlement.remedy],)
        ruling = self.ruling
        if ruling is not None:
            owed = () if ruling.outcome == Ruling.Outcome.NONE else ruling.remedies
            return tuple(self.book.remedies[code] for code in owed)
        granting = self.book.requested_remedies[self.requested_remedy].remedies
        allowed = self.book.remedies_granting(self.ruled_by, self.requested_remedy)
        return allowed[:1] or (self.book.remedies[granting[0]],)

    @property
    def owes_return(self) -> bool:
        return any(remedy.needs_return for remedy in self.owed_remedies)

    @property
    def needs_second_person(self) -> bool:
        """Whether a second person must look whatever the amount (rule, or self-operated shop)."""
        return self.ruled_by.two_reviewers or self.shop.is_self_operated


class DeadlineKind(models.TextChoices):
    """What each of them is - window, extensions, what follows at zero - stands in `cases.terms`."""

    NEGOTIATION = "negotiation", _("Negotiation")
    MERCHANT_RESPONSE = "merchant_response", _("Merchant's answer")
    EVIDENCE_SUPPLEMENT = "evidence_supplement", _("Further evidence")
    DEFAULT_DECISION = "default_decision", _("Decision by default")
    OFFER_ANSWER = "offer_answer", _("Answer to the offer")
    RULING_TARGET = "ruling_target", _("Ruling due")
    APPROVAL = "approval", _("Approval")
    APPEAL_WINDOW = "appeal_window", _("Time to appeal")
    APPEAL_ANSWER = "appeal_answer", _("Answer to the appeal")
    APPEAL_DECISION = "appeal_decision", _("Decision on the appeal")
    BUYER_RETURN = "buyer_return", _("Return of the goods")
    MERCHANT_RECEIPT = "merchant_receipt", _("Receipt of the return")
    BUYER_RECEIPT = "buyer_receipt", _("Receipt of the goods")
    RETURN_ADDRESS = "return_address", _("Return address")
    EXECUTION = "execution", _("Carrying out")
    SHIPMENT = "shipment", _("Sending the goods")
    FULFILMENT = "fulfilment", _("Doing what was promised")
    GOODS_REPORT = "goods_report", _("Report about the goods")
    PENALTY_APPROVAL = "penalty_approval", _("Approval of the penalty")


# A request accepted by the very instant of `due_at` is in time; so long the clock leaves it to do its work.
ON_THE_WAY = timedelta(seconds=1)


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def running(self) -> Self:
        return self.filter(closed_at=None, is_paused=False)

    def due(self, now: datetime) -> Self:
        """Past by so much that nobody who was in time is on their way any more."""
        return self.running().filter(due_at__lte=now - ON_THE_WAY).to_try(now)

    def to_try(self, now: datetime) -> Self:
        """Without those that are set aside for a while yet, because the clock failed with them."""
        return self.filter(Q(retry_at=None) | Q(retry_at__lte=now))

    def with_pauses(self) -> Self:
        """With the intervals in which each stands still, and why: one query more."""
        intervals = DeadlinePause.objects.select_related("platform_pause")
        return self.prefetch_related(models.Prefetch("pauses", intervals))

    def with_extensions(self) -> Self:
        """With the time asked for and given, by whom and why: one query more."""
        return self.prefetch_related("extensions")

    def under(self, pause: PlatformPause) -> Self:
        """The open ones of a platform pause's scope that run into it; `PlatformPause.covers` in SQL.

        One that stands still for another reason may run into it once it goes on.
        """
        rows = self.open().filter(Q(due_at__gt=pause.began_at) | Q(is_paused=True))
        rows = (
            rows.filter(kind__in=pause.kinds) if pause.kinds else rows.exclude(party=Side.PLATFORM)
        )
        if pause.categories:
            rows = rows.filter(case__category__in=pause.categories)
        return rows.filter(case__shop=pause.shop_id) if pause.shop_id else rows

    def to_remind(self, now: datetime) -> Self:
        return self.running().filter(remind_at__lte=now, due_at__gt=now).to_try(now)

    def to_climb(self, now: datetime) -> Self:
        """The staff's deadlines that have reached the next rung of the ladder."""
        return self.running().filter(rung_at__lte=now).to_try(now)


class Deadline(models.Model):
    """One clock against one party. `due_at` is an instant; nobody counts down a stored number."""

    class Outcome(models.TextChoices):
        MET = "met", _("Met")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")

    case = models.ForeignKey(Case, models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=24, choices=DeadlineKind)
    party = models.CharField(max_length=10, choices=Side)
    opened_at = models.DateTimeField()
    window = models.DurationField()
    due_at = models.DateTimeField()
    is_paused = models.BooleanField(default=False)
    remind_at = models.DateTimeField(null=True, blank=True)
    # Rungs of the ladder climbed so far, and when the next one is reached.
    rung = models.PositiveSmallIntegerField(default=0)
    rung_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    # Stamped by the sweep that took the row, in the transaction that acts on it.
    sweep = models.UUIDField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering: ClassVar = ["due_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "kind", "party"],
                condition=Q(closed_at=None),
                name="deadline_is_open_once_per_kind_and_party",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="")
                | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="deadline_closed_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("opened_at")), name="deadline_ends_after_it_began"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(closed_at=None, is_paused=False),
                name="deadline_running_due",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(closed_at=None, is_paused=False),
                name="deadline_running_remind",
            ),
            models.Index(
                fields=["failures", "id"],
                condition=Q(closed_at=None, failures__gt=0),
                name="deadline_set_aside",
            ),
            # How late the clock was is asked of the last day only.
            models.Index(
                fields=["closed_at"], condition=Q(outcome="expired"), name="deadline_expired"
            ),
            models.Index(
                fields=["rung_at"],
                condition=Q(closed_at=None, is_paused=False, rung_at__isnull=False),
                name="deadline_running_rung",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_at:%Y-%m-%dT%H:%MZ}"

    def intervals(self) -> list[Pause]:
        return [pause.interval for pause in self.pauses.all()]


class PlatformPauseQuerySet(models.QuerySet["PlatformPause"]):
    def ahead(self, now: datetime) -> Self:
        """Those that run at `now` or are still to come."""
        return self.filter(ended_at=None, ends_at__gt=now)


class PlatformPause(models.Model):
    """A festival or an outage: a stretch in which the clocks of its scope stand still.

    Empty `kinds` are all that run against the parties; empty `categories` and no `shop` are all cases.
    """

    began_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    ended_at = models.DateTimeField(_("ended early"), null=True, blank=True)
    kinds = models.JSONField(_("deadlines"), default=list, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="+")
    reason_zh = models.CharField(_("reason in Chinese"), max_length=200)
    reason_en = models.CharField(_("reason in English"), max_length=200)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(_("declared"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Whether every deadline has been moved that its declaration, or its early end, moves.
    is_applied = models.BooleanField(default=False)

    objects = PlatformPauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("platform pause")
        verbose_name_plural = _("platform pauses")
        ordering: ClassVar = ["-began_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("began_at")), name="platform_pause_ends_after_it_began"
            )
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%dT%H:%MZ} {self.reason_en}"

    @property
    def over_at(self) -> datetime:
        """When the clocks go on; one that was called off beforehand has no length."""
        return self.ends_at if self.ended_at is None else max(self.ended_at, self.began_at)

    @property
    def interval(self) -> Pause:
        return Pause(self.began_at, self.over_at)

    @property
    def reason(self) -> rulebook.Bilingual:
        return rulebook.Bilingual(zh=self.reason_zh, en=self.reason_en)

    def covers(self, kind: str, party: str, case: Case) -> bool:
        return (
            (kind in self.kinds if self.kinds else party != Side.PLATFORM)
            and (not self.categories or case.category in self.categories)
            and self.shop_id in (None, case.shop_id)
        )


class Ground(models.TextChoices):
    """Why the desk lets one deadline stand still. Which grounds a kind has stands in `cases.terms`."""

    CLARIFICATION = "clarification", _("The buyer is asked to clarify")
    APPRAISAL = "appraisal", _("An appraisal is under way")
    NO_TRACKING = "no_tracking", _("The parcel does not move")
    PAYMENT_FAILED = "payment_failed", _("The payment failed")
    UNDELIVERED = "undelivered", _("The notice could not be delivered")
    NEW_EVIDENCE = "new_evidence", _("New evidence is asked for")


# Why the merchant's time to answer stands still while the buyer has an offer to answer.
OFFER_OPEN = "offer_open"


class DeadlinePause(models.Model):
    """A stretch in which one deadline stands still.

    Its end is known beforehand when the platform or the desk ordered it, and open while it follows
    from the state of the case.
    """

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="pauses")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40)
    platform_pause = models.ForeignKey(
        PlatformPause, models.PROTECT, null=True, blank=True, related_name="moved"
    )

    class Meta:
        ordering: ClassVar = ["began_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["deadline"], condition=Q(ended_at=None), name="deadline_is_paused_once"
            ),
            models.UniqueConstraint(
                fields=["deadline", "platform_pause"],
                name="deadline_is_in_a_platform_pause_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.reason}"

    @property
    def interval(self) -> Pause:
        return Pause(self.began_at, self.ended_at)


class Extension(models.Model):
    """Somebody asked for more time. It counts from `granted_at`; None while the other side's consent is awaited."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="extensions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side)
    length = models.DurationField()  # of the deadline's own hours
    reason = models.TextField()
    asked_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True, blank=True)
    due_before = models.DateTimeField()
    due_after = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"{self.deadline_id} +{self.length}"


class Event(models.Model):
    """One line of the docket. Appended by `docket.append`, never changed."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=40)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("docket line")
        verbose_name_plural = _("docket")
        ordering: ClassVar = ["case_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "number"], name="docket_number_is_once_per_case"
            )
        ]
        indexes: ClassVar = [
            # What somebody let go of within the hour is asked at every claim, what they decided today
            # at every look at the queue.
            models.Index(
                fields=["actor", "at"],
                condition=Q(name__in=("issue", "reject", "release", "skip")),
                name="docket_of_the_desk",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number} {self.name}"


class RulingQuerySet(models.QuerySet["Ruling"]):
    def in_force(self) -> Self:
        """Without those taken back: to the parties these never were, and their versions are free again."""
        return self.filter(recalled_at=None)

    def told(self, now: datetime) -> Self:
        """What a party may read."""
        return self.in_force().filter(told_at__lte=now)


class Ruling(models.Model):
    """The decision as issued. A correction or an appeal adds a version; the old one stays."""

    class Outcome(models.TextChoices):
        FULL = "full", _("For the buyer")
        PART = "part", _("In part")
        NONE = "none", _("For the merchant")

    case = models.ForeignKey(Case, models.PROTECT, related_name="rulings")
    version = models.PositiveSmallIntegerField(default=1)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="rulings"
    )
    # The second person who read it before it went out, where one had to.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField()
    told_at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=5, choices=Outcome)
    remedies = models.JSONField(default=list)  # remedy codes of the rulebook
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=NOT_NEGATIVE)
    # {remedy code: "12.00"}, together the amount; {} leaves all of it to the first that pays.
    amounts = models.JSONField(default=dict, db_default={})
    # The part of the amount that is no refund, and so may exceed what was paid.
    compensation = models.DecimalField(
        max_digits=12, decimal_places=2, default=0, db_default=0, validators=NOT_NEGATIVE
    )
    cap = models.DecimalField(max_digits=12, decimal_places=2)  # the most it could give when issued
    freight = models.CharField(max_length=10)
    # Why the freight goes another way than the rule says; the parties read it.
    freight_reason = models.TextField(blank=True, default="", db_default="")
    # [{text, rule, citations: ["E-01", "E-02@10,20,30,40", "C-17", "C-20..C-24"]}]
    findings = models.JSONField(default=list)
    reasons = models.TextField()
    internal_note = models.TextField(blank=True)
    # Sides that were asked for evidence, brought none, and have it counted against them; both read it.
    held_against = models.JSONField(default=list, db_default=[], blank=True)
    # Exhibits its author chose to decide without having looked at; for the staff.
    unseen = models.JSONField(default=list, db_default=[])
    rulebook_version = models.PositiveSmallIntegerField()
    content_hash = models.CharField(max_length=64)
    # A ruling by the clock drawn for a person to look at afterwards.
    is_drawn = models.BooleanField(default=False)
    audited_at = models.DateTimeField(null=True, blank=True)
    audited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    audit_agrees = models.BooleanField(null=True, blank=True)
    audit_note = models.TextField(blank=True)

    objects = RulingQuerySet.as_manager()

    class Meta:
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        ordering: ClassVar = ["case_id", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "version"],
                condition=Q(recalled_at=None),
                name="ruling_version_is_once_per_case",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("author")),
                name="ruling_is_approved_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(told_at__gte=F("issued_at")), name="ruling_is_told_once_issued"
            ),
            models.CheckConstraint(
                condition=Q(recalled_at=None) | Q(recalled_at__lt=F("told_at")),
                name="ruling_is_recalled_before_it_is_told",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(amount__lte=F("cap") + F("compensation")),
                name="ruling_amount_is_within_cap",
            ),
            models.CheckConstraint(
                condition=Q(compensation__gte=0) & Q(compensation__lte=F("amount")),
                name="ruling_compensation_is_part_of_the_amount",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | Q(version__gt=1), name="ruling_version_counts_from_one"
            ),
        ]
        indexes: ClassVar = [
            # A verification code is the beginning of it.
            models.Index(fields=["content_hash"], name="ruling_by_hash"),
            models.Index(
                fields=["issued_at"],
                condition=Q(is_drawn=True, audited_at=None),
                name="ruling_to_audit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"

    @property
    def shares(self) -> dict[str, Decimal]:
        """What each remedy pays."""
        book = rulebook.load(self.rulebook_version)
        return book.shares(self.remedies, self.amount, self.amounts)

    @property
    def grants_the_claim(self) -> bool:
        """Whatever its outcome is called."""
        shares = self.case.book.shares(self.remedies, self.amount, self.amounts)
        is_granted: bool = self.case.is_granted_by(self.remedies, shares, left=self.cap)
        return self.outcome != self.Outcome.NONE and is_granted

    @property
    def refund(self) -> Decimal:
        """The part of the amount that comes out of what was paid."""
        return self.amount - self.compensation

    @property
    def verification_code(self) -> str:
        return "-".join(self.content_hash[at : at + 4].upper() for at in range(0, 16, 4))


class EvidenceRequest(models.Model):
    """What the arbitrator asked one side to bring, in one round."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence_requests")
    round = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=10, choices=Side)
    evidence_types = models.JSONField(default=list)  # codes of the rulebook
    note = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["round", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "round", "side"], name="request_is_once_per_round_and_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} round {self.round} {self.side}"


class Notice(models.Model):
    """Outbox: what a party or a person is to be told, written with the act and sent later.

    Exactly one of `user` and `shop` is set. The row is also what they read in the portal; how it went out
    by other channels is told by its deliveries, which the relay writes when it dispatches the notice.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notices")
    name = models.CharField(max_length=40)
    # The docket line it tells of: what is told of a case is told in this order.
    number = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    shop = models.ForeignKey(Shop, models.PROTECT, null=True, blank=True, related_name="notices")
    created_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True, blank=True)
    # The notice in whose message this one is told, when a digest tells of several.
    digest = models.UUIDField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user=None, shop__isnull=False) | Q(user__isnull=False, shop=None),
                name="notice_has_one_recipient",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], condition=Q(dispatched_at=None), name="notice_undispatched"
            ),
            models.Index(
                fields=["dispatched_at"],
                condition=Q(digest__isnull=False),
                name="notice_digested_at",
            ),
            models.Index(
                fields=["digest"], condition=Q(digest__isnull=False), name="notice_of_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.name}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        return self.filter(state=Delivery.State.WAITING)

    def dead(self) -> Self:
        return self.filter(state=Delivery.State.DEAD)


class Delivery(models.Model):
    """One message over one channel: a notice, or the notices of a digest under its first one.

    Its stable id is the notice's, the same at every try, so that a second arrival can be recognised.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("message", "Waiting")
        SENT = "sent", pgettext_lazy("message", "Sent")
        UNADDRESSED = "unaddressed", _("Nobody to send it to")
        DEAD = "dead", pgettext_lazy("message", "Given up")
        SET_ASIDE = "set_aside", pgettext_lazy("message", "Set aside")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    failures = models.PositiveSmallIntegerField(default=0)
    # While a relay holds it: when the others may take it, should that one have died.
    next_try_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    # What a supervisor decided about a message that was given up, and why.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notice", "channel"], name="delivery_is_once_per_notice_and_channel"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None)
                | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                name="delivery_waits_or_has_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state="set_aside") | ~Q(reason=""),
                name="delivery_is_set_aside_with_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["channel", "next_try_at", "id"],
                condition=Q(state="waiting"),
                name="delivery_waiting",
            ),
            models.Index(fields=["id"], condition=Q(state="waiting"), name="delivery_oldest"),
            models.Index(fields=["ended_at"], condition=Q(state="dead"), name="delivery_dead"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel} {self.state}"


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    def with_repaid(self) -> Self:
        """With what was repaid of each and what is still open."""
        repaid = Coalesce(Sum("repayments__amount"), Decimal(0), output_field=MONEY)
        return self.annotate(repaid=repaid).annotate(
            still_open=ExpressionWrapper(F("amount") - F("repaid"), output_field=MONEY)
        )

    def unpaid(self) -> Self:
        return self.with_repaid().filter(still_open__gt=0)

    def paid_back(self) -> Self:
        return self.with_repaid().filter(still_open=0)


MONEY: models.DecimalField[Decimal, Decimal] = models.DecimalField(max_digits=14, decimal_places=2)


class Recovery(models.Model):
    """What the platform paid in a shop's place and wants back from it. Booked once, when it is paid."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="recoveries")
    command = models.OneToOneField(
        MoneyCommand, models.PROTECT, null=True, blank=True, related_name="recovery"
    )
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="recoveries")
    amount = models.DecimalField(max_digits=12, decimal_places=2, validators=NOT_NEGATIVE)
    booked_at = models.DateTimeField()

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("recovery")
        verbose_name_plural = _("recoveries")
        ordering: ClassVar = ["-booked_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="recovery_is_of_something")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} ¥{self.amount}"


class Breaker(models.Model):
    """Why the clock stands still, if it does: one row that is tripped by the sweep and reset by a person."""

    class Cause(models.TextChoices):
        FLOOD = "flood", _("Far more deadlines fell due at once than is plausible.")
        JUMP = "jump", _("The machine's clock jumped.")

    tripped_at = models.DateTimeField()
    cause = models.CharField(max_length=8, choices=Cause)
    due = models.PositiveIntegerField(default=0)  # deadlines due when it tripped
    running = models.PositiveIntegerField(default=0)  # of so many that ran
    gap = models.DurationField(null=True)  # since the sweep before
    resumed_at = models.DateTimeField(null=True, blank=True)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-tripped_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(resumed_at=None), name="breaker_is_tripped_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.tripped_at:%Y-%m-%dT%H:%MZ}"


class Verification(models.Model):
    """One check of all dockets, asked for by a person or (none) by the clock, and what came out."""

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    expected = models.PositiveIntegerField()  # lines there were to check
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    chains = models.PositiveIntegerField(default=0)
    lines = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)  # the first of them
    anchor = models.PositiveIntegerField(default=0)  # the last one there was
    anchor_hash = models.CharField(max_length=64, blank=True)
    anchored_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%dT%H:%M:%SZ} {self.found}"


class Heartbeat(models.Model):
    """When a background job last came round, in the database, so that any process can notice its silence."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%dT%H:%M:%SZ}"


class WorkHour(models.Model):
    """How often a background job came round within an hour, and how much it did."""

    name = models.CharField(max_length=20)
    began_at = models.DateTimeField()
    rounds = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["began_at", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["began_at", "name"], name="work_hour_is_once_per_job")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.began_at:%Y-%m-%dT%HZ}"


class ReferenceCounter(models.Model):
    """The last number given out in a year; raised inside the transaction that files the case."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Tally(models.Model):
    """A change of how many cases stand at a state, written by triggers; `cases.tallies` sums them up."""

    state = models.CharField(max_length=20)
    is_silent = models.BooleanField()  # the merchant let its time to answer pass
    change = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.state} {self.change:+}"
