"""The versions of a ruling: which one is in force, and how each came to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import Case, Ruling
from cases.proceedings import Correction


@dataclass(frozen=True)
class Version:
    """`correction` is set where only words were put right."""

    ruling: Ruling
    how: str
    is_in_force: bool
    correction: Correction | None = None


def told_versions(case: Case, now: datetime) -> list[Version]:
    """What the parties may read by now; nothing is asked where nothing was ruled."""
    if case.ruled_at is None:
        return []
    return versions_of(list(case.rulings.told(now).order_by("-version")))


def versions_of(issued: Sequence[Ruling]) -> list[Version]:
    """In the order of `issued`, the newest first. Where there is only one nothing more is asked."""
    made = Correction.objects.filter(ruling__in=issued) if len(issued) > 1 else ()
    corrections = {each.ruling_id: each for each in made}
    return [
        Version(
            each,
            how_of(corrections.get(each.pk), is_first=each == issued[-1]),
            each == issued[0],
            corrections.get(each.pk),
        )
        for each in issued
    ]


def rulings_of(case: Case) -> tuple[list[Ruling], list[Ruling]]:
    """What was issued and what of it was recalled before the parties were told, each newest first.

    For the staff: to the parties what was recalled never was.
    """
    rows = list(case.rulings.select_related("author", "approved_by").order_by("-version", "-pk"))
    issued = [each for each in rows if each.recalled_at is None]
    return issued, [each for each in rows if each.recalled_at is not None]


def correction_of(ruling: Ruling) -> Correction | None:
    """What this version puts right, with the version it corrects; None where it is no correction."""
    if ruling.version == 1:
        return None
    return Correction.objects.filter(ruling=ruling).select_related("corrects", "by").first()


def how_of(correction: Correction | None, *, is_first: bool) -> str:
    if correction is not None:
        return _("Clerical correction: the same decision in other words")
    return _("As first issued") if is_first else _("After an appeal, in place of the one before")
