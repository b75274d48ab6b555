"""The versions of the rulebook that were written in the portal, and their history.

Version 1 is shipped as a file and has no row. A version follows one other; of those published no two
follow the same one, so that they are a single line in which each begins later than the one before.
What is published never changes (the database sees to it), hence `rulebook.load` may remember it.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from cases import rulebook


class VersionQuerySet(models.QuerySet["RulebookVersion"]):
    def published(self) -> Self:
        return self.filter(state=RulebookVersion.State.PUBLISHED)

    def with_people(self) -> Self:
        return self.select_related("drafted_by", "published_by")


class RulebookVersion(models.Model):
    """One version, from draft to publication. `revision` counts how often a draft was changed."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("rulebook", "Draft")
        PUBLISHED = "published", pgettext_lazy("rulebook", "Published")
        WITHDRAWN = "withdrawn", pgettext_lazy("rulebook", "Withdrawn")
        DISCARDED = "discarded", pgettext_lazy("rulebook", "Discarded")

    number = models.PositiveSmallIntegerField(unique=True)
    follows = models.PositiveSmallIntegerField()  # the version it was drafted from
    text = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    note = models.TextField()  # what it is for
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    in_force_from = models.DateTimeField(null=True, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(number__gt=F("follows"), follows__gte=rulebook.SHIPPED),
                name="version_follows_an_earlier_one",
            ),
            models.UniqueConstraint(
                fields=["follows"], condition=Q(state="published"), name="version_has_one_successor"
            ),
            models.UniqueConstraint(
                fields=["in_force_from"],
                condition=Q(state="published"),
                name="version_begins_alone",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=("draft", "discarded"),
                    published_by=None,
                    published_at=None,
                    in_force_from=None,
                )
                | Q(
                    state__in=("published", "withdrawn"),
                    published_by__isnull=False,
                    published_at__isnull=False,
                    in_force_from__isnull=False,
                ),
                name="version_published_says_by_whom_and_from_when",
            ),
            models.CheckConstraint(
                condition=~Q(published_by=F("drafted_by")),
                name="version_is_published_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(in_force_from=None) | Q(in_force_from__gte=F("published_at")),
                name="version_is_not_in_force_before_it_is_published",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def source(self) -> str:
        """What an error in the text names."""
        return f"v{self.number}.yaml"


class RulebookLine(models.Model):
    """One act on a version: who, when, why. Like the docket of a case: appended, chained, never changed."""

    version = models.ForeignKey(RulebookVersion, models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "number"], name="rulebook_line_is_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.number} {self.name}"


def shipped() -> RulebookVersion:
    """Version 1 in the form of the others; it is not stored."""
    return RulebookVersion(
        number=rulebook.SHIPPED,
        text=rulebook.text_of(rulebook.SHIPPED),
        state=RulebookVersion.State.PUBLISHED,
        in_force_from=rulebook.load().in_force_from,
    )


def version_in_force(now: datetime) -> int:
    """The number of the version in force at that very instant, asked anew each time."""
    begun = RulebookVersion.objects.published().filter(in_force_from__lte=now)
    return begun.order_by("-in_force_from").values_list("number", flat=True).first() or (
        rulebook.SHIPPED
    )


def in_force(now: datetime) -> rulebook.Rulebook:
    """The version in force, to look at."""
    return rulebook.read(version_in_force(now))


def all_published() -> list[RulebookVersion]:
    """Every version that is, was or will be in force, the newest first. A stored text is read when asked for."""
    stored = RulebookVersion.objects.published().with_people().order_by("-number")
    return [*stored.defer("text"), shipped()]


def published_text(number: int) -> str:
    """The text of a version that was published and not withdrawn. Raises KeyError when there is none."""
    found = RulebookVersion.objects.published().filter(number=number)
    text = found.values_list("text", flat=True).first()
    if text is None:
        raise KeyError(number)
    return text


rulebook.look_elsewhere(published_text)
