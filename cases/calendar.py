"""When a window closes. Pure: instants in, instants out; nothing here reads a clock.

A window is an amount of counted time. Natural hours always count; the staff's count in working hours
only (`WorkingHours`); nothing counts during a pause. All instants are aware, and arithmetic is done in
UTC, where an hour is an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

BEIJING = ZoneInfo("Asia/Shanghai")
FAR = datetime.max.replace(tzinfo=UTC)
SATURDAY = 5
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Pause:
    """A stretch that does not count. `ended_at` is None while its end is not known."""

    began_at: datetime
    ended_at: datetime | None = None


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether China works on that day: public holidays and make-up weekends are known.

    The government names them year by year. In a year that `chinese_calendar` does not know yet,
    Monday to Friday are worked.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY


@dataclass(frozen=True)
class WorkingHours:
    """The hours of working days in which the staff's clocks run."""

    opens: time = time(9)
    closes: time = time(18)
    zone: tzinfo = BEIJING

    def within(self, begin: datetime, end: datetime) -> Iterator[Stretch]:
        """The working time between two instants, day by day."""
        day = begin.astimezone(self.zone).date()
        while True:
            opens = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
            if opens >= end:
                return
            closes = datetime.combine(day, self.closes, self.zone).astimezone(UTC)
            if closes > begin and is_working_day(day):
                yield max(begin, opens), min(end, closes)
            day += timedelta(days=1)


STAFF_HOURS = WorkingHours()
WORKING_DAY = timedelta(hours=9)  # from opening to closing


def working_days(number: int) -> timedelta:
    """So many working days as the working time they hold."""
    return number * WORKING_DAY


def due_at(
    opened_at: datetime,
    window: timedelta,
    pauses: Iterable[Pause] = (),
    working: WorkingHours | None = None,
) -> datetime:
    """The first instant (UTC) at which all of `window` has been counted.

    Overlapping pauses count once. One still to come moves the end if it begins before it; one whose end
    is not known yet moves nothing until it has ended.
    """
    left = window
    known = (pause for pause in pauses if pause.ended_at is not None)
    for begin, end in _counted(opened_at, known, working):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise OverflowError("no calendar reaches so far")


def instant_at(
    opened_at: datetime,
    window: timedelta,
    fraction: float,
    pauses: Iterable[Pause] = (),
    working: WorkingHours | None = None,
) -> datetime:
    """The instant at which that much of the window is used: 0.75 before it closes, 2.0 long after."""
    return due_at(opened_at, window * fraction, pauses, working)


def spent(
    opened_at: datetime,
    now: datetime,
    pauses: Iterable[Pause] = (),
    working: WorkingHours | None = None,
) -> timedelta:
    """The time counted up to `now`. During a pause, and outside working hours, it stands still."""
    total = timedelta()
    for begin, end in _counted(opened_at, pauses, working):
        if begin >= now:
            break
        total += min(end, now) - begin
    return total


def remaining(
    opened_at: datetime,
    window: timedelta,
    now: datetime,
    pauses: Iterable[Pause] = (),
    working: WorkingHours | None = None,
) -> timedelta:
    """What is left at `now`, in the window's own unit; negative when late."""
    return window - spent(opened_at, now, pauses, working)


def spent_fraction(
    opened_at: datetime,
    window: timedelta,
    now: datetime,
    pauses: Iterable[Pause] = (),
    working: WorkingHours | None = None,
) -> float:
    """How much of the window is used at `now`: 1.0 when it closes, more when late."""
    return spent(opened_at, now, pauses, working) / window


def _counted(
    opened_at: datetime, pauses: Iterable[Pause], working: WorkingHours | None
) -> Iterator[Stretch]:
    """The stretches that count from `opened_at` on, in order; with the last one time ends."""
    for begin, end in _between(opened_at.astimezone(UTC), pauses):
        if working is None:
            yield begin, end
        else:
            yield from working.within(begin, end)


def _between(start: datetime, pauses: Iterable[Pause]) -> Iterator[Stretch]:
    """The time from `start` on that lies in no pause."""
    at = start
    for pause in sorted(pauses, key=lambda pause: pause.began_at):
        if at < pause.began_at:
            yield at, pause.began_at.astimezone(UTC)
        at = max(at, (pause.ended_at or FAR).astimezone(UTC))
    if at < FAR:
        yield at, FAR


def reminder_instants(
    opened_at: datetime, due: datetime, fractions_left: Iterable[float], left: Iterable[timedelta]
) -> list[datetime]:
    """When to remind, earliest first: at fractions of the window left and at fixed times left."""
    window = due - opened_at
    instants = {due - window * fraction for fraction in fractions_left}
    instants |= {due - time_left for time_left in left if time_left < window}
    return sorted(instants)


def next_reminder(instants: Iterable[datetime], after: datetime) -> datetime | None:
    return next((instant for instant in sorted(instants) if instant > after), None)
