"""When a window closes. Pure: instants in, instants out; nothing here reads a clock.

All instants are aware. Arithmetic is done in UTC, where an hour is an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Pause:
    """A stretch that does not count. `ended_at` is None while it is still running."""

    began_at: datetime
    ended_at: datetime | None = None


def due_at(opened_at: datetime, window: timedelta, pauses: Iterable[Pause] = ()) -> datetime:
    """The instant (UTC) at which a window of natural hours closes, ended pauses left out."""
    length = window + sum(
        (pause.ended_at - pause.began_at for pause in pauses if pause.ended_at is not None),
        timedelta(),
    )
    return opened_at.astimezone(UTC) + length


def remaining(
    opened_at: datetime, window: timedelta, now: datetime, pauses: Sequence[Pause] = ()
) -> timedelta:
    """What is left at `now`; negative when late. While a pause runs it stands still."""
    running = next((pause for pause in pauses if pause.ended_at is None), None)
    return due_at(opened_at, window, pauses) - (running.began_at if running else now)


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
