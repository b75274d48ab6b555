"""What the engine has done lately, in figures: rounds and acts hour by hour, and how late it acted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases import sweep
from cases.models import Deadline, WorkHour
from portal.clocks import span
from portal.templatetags.portal import BEIJING

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(hours=24)
# The drawings' units.
STEP, TALL, WIDE = 20, 60, 200
FEW = 0.8  # of the most rounds in an hour: below it the clock stood still for a while
SPANS = (SECOND * 10, SECOND * 30, SECOND * 60, SECOND * 300, HOUR)
WITHIN = (
    gettext_lazy("within 10 seconds"),
    gettext_lazy("within 30 seconds"),
    gettext_lazy("within a minute"),
    gettext_lazy("within 5 minutes"),
    gettext_lazy("within an hour"),
    pgettext_lazy("lateness", "later"),
)


@dataclass(frozen=True)
class Bar:
    """One hour of a chart; `low` when much less happened than in the others."""

    at: datetime
    count: int
    x: int
    height: int
    kind: str

    @property
    def y(self) -> int:
        return TALL - self.height

    @property
    def hour(self) -> str:
        return f"{self.at.astimezone(BEIJING):%H:00}"


@dataclass(frozen=True)
class Lateness:
    """How long after its instant the clock acted on a deadline, over a stretch of time."""

    title: str
    count: int
    median: str
    almost_all: str
    longest: str


@dataclass(frozen=True)
class Share:
    label: str
    count: int
    width: int


def charts(now: datetime) -> dict[str, list[Bar]]:
    """The last 24 hours of the clock, this one last: how often it came round, and how often it acted."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - HOUR * back for back in reversed(range(24))]
    rows = WorkHour.objects.filter(name=sweep.HEARTBEAT, began_at__gte=hours[0])
    found = {row.began_at: row for row in rows}
    rounds = [found[at].rounds if at in found else 0 for at in hours]
    acts = [found[at].done if at in found else 0 for at in hours]
    few = max(rounds) * FEW
    kinds = ["fsoon" if count < few else "fe" for count in rounds[:-1]]
    return {
        "rounds": drawn(hours, rounds, [*kinds, "fb"]),
        "acts": drawn(hours, acts, ["fa"] * 24),
    }


def drawn(hours: list[datetime], counts: list[int], kinds: list[str]) -> list[Bar]:
    """Bars as high as their share of the highest; what is not nothing can be seen."""
    most = max(counts) or 1
    return [
        Bar(at, count, place * STEP, max(2, count * TALL // most) if count else 0, kind)
        for place, (at, count, kind) in enumerate(zip(hours, counts, kinds, strict=True))
    ]


def acted_since(start: datetime) -> QuerySet[Any]:
    """What the clock acted on, each with how long after its instant; worked out by the database."""
    expired = Deadline.objects.filter(
        outcome=Deadline.Outcome.EXPIRED, closed_at__gt=start, sweep__isnull=False
    )
    return expired.annotate(
        late=ExpressionWrapper(F("closed_at") - F("due_at"), output_field=DurationField())
    )


def lateness(title: str, start: datetime) -> Lateness:
    acted = acted_since(start)
    count = acted.count()
    if not count:
        return Lateness(title, 0, "–", "–", "–")
    late = acted.order_by("late").values_list("late", flat=True)
    last = count - 1
    median, almost_all, longest = (
        in_words(late[place]) for place in (last // 2, -(-last * 99 // 100), last)
    )
    return Lateness(title, count, median, almost_all, longest)


def shares(start: datetime) -> list[Share]:
    """How many of them within each span, and later than within the one before."""
    up_to = acted_since(start).aggregate(
        all=Count("pk"),
        **{f"u{place}": Count("pk", filter=Q(late__lte=most)) for place, most in enumerate(SPANS)},
    )
    sums = [0, *(up_to[f"u{place}"] for place in range(len(SPANS))), up_to["all"]]
    return [
        Share(str(words), more - fewer, -(-(more - fewer) * WIDE // max(up_to["all"], 1)))
        for words, (fewer, more) in zip(WITHIN, pairwise(sums), strict=True)
    ]


def in_words(length: timedelta) -> str:
    whole = length.total_seconds()
    if whole < 60:
        return _("%(seconds)s s") % {
            "seconds": f"{whole:.1f}" if whole < 10 and whole % 1 else int(whole)
        }
    return span(length)
