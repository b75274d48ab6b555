"""Penalty points as plain values: how they add up in a year, and what each threshold brings.

Numbers come from a version of the rulebook, whose reader calls `read` for its part on penalties.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from cases.calendar import BEIJING

if TYPE_CHECKING:
    from cases.rulebook import _Entry

AGAINST_SHOPS = ("general", "serious")  # the kinds of points a shop's ledger counts
FOR_GOOD = "expulsion"
MEASURES = ("marketing_limit", "delisting", "demotion", "freeze", FOR_GOOD)


@dataclass(frozen=True)
class MeasureTerms:
    """One consequence; `days` is None where it has no end."""

    kind: str
    days: int | None


@dataclass(frozen=True)
class Threshold:
    points: int
    measures: tuple[MeasureTerms, ...]

    @property
    def expels(self) -> bool:
        return any(each.kind == FOR_GOOD for each in self.measures)


@dataclass(frozen=True)
class Silence:
    """What the clock itself records of a shop that did not answer in time, and by which rule."""

    rule: str
    kind: str
    points: int


@dataclass(frozen=True)
class PenaltyTerms:
    """Points of a calendar year count together; a total of `kept_from` or more is not reset at its end."""

    two_officers_from: int
    kept_from: int
    appeal_days: int
    silence: Silence
    thresholds: Mapping[str, tuple[Threshold, ...]]

    def crossed(self, kind: str, before: int, after: int) -> Threshold | None:
        """The highest threshold passed on the way up; None when none is."""
        passed = [each for each in self.thresholds[kind] if before < each.points <= after]
        return passed[-1] if passed else None

    def expels(self, kind: str, before: int, after: int) -> bool:
        threshold = self.crossed(kind, before, after)
        return threshold is not None and threshold.expels


def year_of(at: datetime) -> int:
    """The calendar year in Beijing, by which points count."""
    return at.astimezone(BEIJING).year


def beginning_of(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=BEIJING)


def standing_at(by_year: Mapping[int, int], year: int, kept_from: int) -> int:
    """The total in that year: its own points, and what the years before were too high to lose."""
    total = 0
    for each in range(min(by_year, default=year), year + 1):
        kept = total if total >= kept_from else 0
        total = kept + by_year.get(each, 0)
    return total


def read(entry: _Entry, rules: Collection[str]) -> PenaltyTerms:
    """The rulebook's part on penalties. Raises RulebookError at the first line that is wrong."""
    has = entry.record("two_officers_from", "kept_from", "appeal_days", "silence", "thresholds")
    silence = has["silence"].record("rule", "kind", "points")
    return PenaltyTerms(
        two_officers_from=has["two_officers_from"].whole(),
        kept_from=has["kept_from"].whole(),
        appeal_days=has["appeal_days"].whole(),
        silence=Silence(
            silence["rule"].one_of(rules),
            silence["kind"].one_of(AGAINST_SHOPS),
            silence["points"].whole(),
        ),
        thresholds={
            kind: _thresholds(each)
            for kind, each in has["thresholds"].record(*AGAINST_SHOPS).items()
        },
    )


def _thresholds(entry: _Entry) -> tuple[Threshold, ...]:
    found: list[Threshold] = []
    for item in entry.items():
        has = item.record("points", "measures")
        points = has["points"].whole()
        if points <= (found[-1].points if found else 0):
            raise has["points"].error(_("thresholds of %(name)s must rise"), name=entry.name)
        measures = tuple(_measure(each) for each in has["measures"].items())
        if not measures:
            raise has["measures"].error(_("a threshold without a measure brings nothing"))
        found.append(Threshold(points, measures))
    if not found:
        raise entry.error(_("%(name)s has no threshold"))
    return tuple(found)


def _measure(entry: _Entry) -> MeasureTerms:
    has = entry.record("kind", optional=("days",))
    kind = has["kind"].one_of(MEASURES)
    days = has["days"].whole() if "days" in has else None
    if (days is None) != (kind == FOR_GOOD) or days == 0:
        message = (
            _("%(code)s has no end") if kind == FOR_GOOD else _("%(code)s needs days it lasts")
        )
        raise has["kind"].error(message, code=kind)
    return MeasureTerms(kind, days)
