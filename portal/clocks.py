"""How a deadline is shown: its state, what is left, and when, in words. Pure but for the language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from cases.lifecycle import Side

LAST_HOUR = timedelta(hours=1)
STAFF_SOON = timedelta(hours=4)
PARTY_SOON = 0.25  # of the window
WORDS = {
    "ok": pgettext_lazy("clock", "On time"),
    "soon": gettext_lazy("Due soon"),
    "hour": gettext_lazy("Last hour"),
    "over": gettext_lazy("Overdue"),
    "pause": gettext_lazy("Paused"),
}
ICONS = {"ok": "clock", "soon": "glass", "hour": "bell", "over": "over", "pause": "pause"}


@dataclass(frozen=True)
class Rest:
    """A stretch in which the platform lets the clock stand still, and its public reason."""

    began_at: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True)
class Lengthening:
    """More time that was given: by which side, how much in words, until when before, and why."""

    side: str
    length: str
    due_before: datetime
    reason: str


@dataclass(frozen=True)
class Clock:
    """`state` is ok, soon, hour, over or pause; `left` says what is left, or how late it is.

    `rests` are the platform's pauses that still matter to it, running and to come.
    """

    state: str
    left: str
    due_at: datetime
    opened_at: datetime
    party: str
    title: str = ""
    zero: str = ""
    rests: Sequence[Rest] = ()
    lengthenings: Sequence[Lengthening] = ()

    @property
    def label(self) -> str:
        return str(WORDS[self.state])

    @property
    def icon(self) -> str:
        return ICONS[self.state]


def clock(
    due_at: datetime,
    *,
    opened_at: datetime,
    party: str,
    now: datetime,
    paused: bool = False,
    left: timedelta | None = None,
    title: str = "",
    zero: str = "",
    rests: Sequence[Rest] = (),
    lengthenings: Sequence[Lengthening] = (),
) -> Clock:
    """The clock of a deadline at `now`. `zero` says what happens when it runs out.

    `left` is what is left of it where that is not the time until `due_at`: it stands still, say.
    """
    remaining = due_at - now if left is None else left
    rests_now = any(rest.began_at <= now for rest in rests)
    state = "pause" if paused or rests_now else state_of(remaining, due_at - opened_at, party)
    return Clock(
        *(state, in_words(remaining), due_at, opened_at, party),
        *(title, zero, rests, lengthenings),
    )


def length_in_words(length: timedelta, *, of_the_desk: bool = False) -> str:
    """A whole length as a rule gives it: 24 hours, 3 days, 12 working hours."""
    number = int(length.total_seconds() // 3600)
    if of_the_desk:
        words = ngettext("%(number)s working hour", "%(number)s working hours", number)
    elif number > 24 and number % 24 == 0:  # a day is said in hours, like the rules do
        number //= 24
        words = ngettext("%(number)s day", "%(number)s days", number)
    else:
        words = ngettext("%(number)s hour", "%(number)s hours", number)
    return words % {"number": number}


def state_of(remaining: timedelta, window: timedelta, party: str) -> str:
    if remaining < timedelta():
        return "over"
    if remaining < LAST_HOUR:
        return "hour"
    soon = STAFF_SOON if party == Side.PLATFORM else window * PARTY_SOON
    return "soon" if remaining <= soon else "ok"


def in_words(remaining: timedelta) -> str:
    """`2 h 28 min`, `1 day 3 h`, or how late it is; to the minute, never counting seconds."""
    length = span(abs(remaining))
    return length if remaining >= timedelta() else _("%(length)s late") % {"length": length}


def span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        template = pgettext("time left", "%(days)s d %(hours)s h")
    elif hours:
        template = pgettext("time left", "%(hours)s h %(minutes)02d min")
    else:
        template = pgettext("time left", "%(minutes)s min")
    return template % {"days": days, "hours": hours, "minutes": minutes}
