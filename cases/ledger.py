"""What stands against a shop: points, entry by entry, and the measures they brought.

An entry is written once and never changed; what is cancelled gets an entry of its own. Totals are
worked out from the entries, so the end of a year deletes nothing. The verbs are in `cases.actions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Shop
from cases.points import standing_at
from cases.proceedings import Penalty

Years = Mapping[int, int]  # points by calendar year


class LedgerEntry(models.Model):
    """Points put on a shop, or (below zero) taken off again after its appeal, in the year they count for."""

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="ledger")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="ledger_entries")
    penalty = models.ForeignKey(Penalty, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Penalty.Kind)
    points = models.SmallIntegerField()
    year = models.PositiveSmallIntegerField()  # in Beijing
    posted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering: ClassVar = ["-posted_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["penalty"], condition=Q(points__gt=0), name="penalty_is_posted_once"
            ),
            models.UniqueConstraint(
                fields=["penalty"], condition=Q(points__lt=0), name="penalty_is_cancelled_once"
            ),
            models.CheckConstraint(condition=~Q(points=0), name="entry_is_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.kind} {self.points:+}"


class MeasureQuerySet(models.QuerySet["Measure"]):
    def in_force(self) -> Self:
        return self.filter(ended_at=None)

    def over(self, now: datetime) -> Self:
        """Those whose time has passed and that have not been ended yet."""
        return self.in_force().filter(until_at__lt=now)


class Measure(models.Model):
    """What a threshold brought upon a shop. `until_at` is None where it has no end."""

    class Kind(models.TextChoices):
        MARKETING_LIMIT = "marketing_limit", pgettext_lazy("measure", "No marketing")
        DELISTING = "delisting", pgettext_lazy("measure", "Goods taken off sale")
        DEMOTION = "demotion", pgettext_lazy("measure", "Ranked lower in search")
        FREEZE = "freeze", pgettext_lazy("measure", "Shop frozen")
        EXPULSION = "expulsion", pgettext_lazy("measure", "Expelled from the platform")

    class End(models.TextChoices):
        EXPIRED = "expired", pgettext_lazy("measure", "Expired")
        LIFTED = "lifted", pgettext_lazy("measure", "Lifted after the appeal")

    shop = models.ForeignKey(Shop, models.PROTECT, related_name="measures")
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="measures")  # because of it
    points_kind = models.CharField(max_length=10, choices=Penalty.Kind)
    threshold = models.PositiveSmallIntegerField()
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=8, choices=End, blank=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering: ClassVar = ["-from_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "points_kind", "threshold", "year", "kind"],
                condition=~Q(end="lifted"),
                name="measure_is_brought_once_per_threshold_and_year",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="measure_ended_says_how",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["until_at"],
                condition=Q(ended_at=None, until_at__isnull=False),
                name="measure_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.shop_id} {self.kind}"


def points_of(shops: Iterable[int]) -> dict[int, dict[str, Years]]:
    """The points of these shops by kind and year, cancelled ones taken off: one query."""
    found: dict[int, dict[str, dict[int, int]]] = {
        shop: {kind: {} for kind in Penalty.Kind.values} for shop in shops
    }
    rows = LedgerEntry.objects.filter(shop__in=found).order_by()
    summed = rows.values_list("shop", "kind", "year").annotate(total=Sum("points"))
    for shop, kind, year, total in summed:
        found[shop][kind][year] = total
    return {shop: dict(kinds) for shop, kinds in found.items()}


def standing(shop_id: int, kind: str, *, year: int, kept_from: int) -> int:
    """How many points of that kind count against the shop in that year."""
    return standing_at(points_of([shop_id])[shop_id][kind], year, kept_from)
