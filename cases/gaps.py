"""Where the rules do not reach: gaps noticed in a case, and remedies a supervisor allows beyond the rule."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.versions import RulebookVersion


class RuleGap(models.Model):
    """Somebody of the staff found that the rules have no answer; a rule owner answers or drafts one."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="rule_gaps")
    rule = models.CharField(max_length=10)
    text = models.TextField()
    flagged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    flagged_at = models.DateTimeField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    draft = models.ForeignKey(
        RulebookVersion, models.PROTECT, null=True, blank=True, related_name="gaps"
    )

    class Meta:
        ordering: ClassVar = ["-flagged_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, answer="", draft=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False)
                & (~Q(answer="") | Q(draft__isnull=False)),
                name="gap_is_closed_by_an_answer_or_a_draft",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["flagged_at"], condition=Q(closed_at=None), name="gap_open")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.rule}"


class OverrideQuerySet(models.QuerySet["RemedyOverride"]):
    def granted(self) -> Self:
        return self.filter(is_granted=True)


class RemedyOverride(models.Model):
    """One remedy outside the rule, for one case: asked for by the desk, allowed or refused by a supervisor."""

    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="overrides")
    remedy = models.CharField(max_length=20)
    reason = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    is_granted = models.BooleanField(null=True)
    answer = models.TextField(blank=True)  # why; both sides read it where it is granted

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "remedy"],
                condition=Q(decided_at=None) | Q(is_granted=True),
                name="override_is_once_per_case_and_remedy",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, is_granted=None, answer="")
                | Q(
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    is_granted__isnull=False,
                )
                & ~Q(answer=""),
                name="override_is_decided_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("asked_by")), name="override_is_decided_by_another"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], condition=Q(decided_at=None), name="override_open")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.remedy}"
