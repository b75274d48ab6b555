"""The clock stops itself when far more falls due at once than is plausible, and waits for a person.

A machine whose clock jumps would end thousands of deadlines that are not over. Two signs give it away:
most of all running deadlines are due after a long silence, or the wall clock moved further than the
time that really passed.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from accounts.models import Role, User
from cases.models import Breaker, Deadline, DeadlineQuerySet, Heartbeat

log = logging.getLogger(__name__)

MAY_RESUME = frozenset({Role.SUPERVISOR, Role.ADMIN})
LONG_SILENCE = timedelta(hours=24)


def tripped() -> Breaker | None:
    return Breaker.objects.filter(resumed_at=None).first()


def trip(
    cause: str, now: datetime, *, due: int = 0, running: int = 0, gap: timedelta | None = None
) -> None:
    """Halt every sweep until a person lets the clock go on. Twice is once."""
    try:
        with transaction.atomic():
            Breaker.objects.create(cause=cause, tripped_at=now, due=due, running=running, gap=gap)
    except IntegrityError:
        return
    log.critical("the clock stands still: %s, %s of %s running deadlines due", cause, due, running)


def is_flood(due: DeadlineQuerySet, beat: Heartbeat | None, now: datetime) -> bool:
    """Whether most of what runs is due after a silence long enough to be a jump; trips if so.

    A short outage, or a crowd of deadlines in one second, is none: the sweep before was just now.
    """
    gap = now - beat.at if beat else timedelta()
    if gap < LONG_SILENCE:
        return False
    count = due.count()
    if count < settings.BREAKER_LEAST:
        return False
    running = Deadline.objects.running().count()
    if count < running * settings.BREAKER_SHARE:
        return False
    trip(Breaker.Cause.FLOOD, now, due=count, running=running, gap=gap)
    return True


def resume_clock(*, by: User, now: datetime) -> None:
    """Let the clock go on; what is due now is believed to be due."""
    if by.role not in MAY_RESUME:
        raise PermissionDenied
    with transaction.atomic():
        Breaker.objects.filter(resumed_at=None).update(resumed_at=now, resumed_by=by)
        # The silence is over, or the next sweep would stop for the same reason.
        Heartbeat.objects.update_or_create(name="sweep", defaults={"at": now})
    log.warning("the clock goes on by order of %s", by.pk)


class Pendulum:
    """Compares how far the wall clock moved between two readings with the time that really passed."""

    def __init__(self, tolerance: timedelta = timedelta(minutes=1)) -> None:
        self.tolerance = tolerance
        self.last: tuple[datetime, float] | None = None

    def jumped(self, wall: datetime, passed: float) -> timedelta | None:
        """By how much the wall clock ran ahead since the last reading, beyond the tolerance; else None.

        `passed` counts seconds and never jumps. A clock set back makes nobody late and is not reported.
        """
        before, self.last = self.last, (wall, passed)
        if before is None:
            return None
        ahead = (wall - before[0]) - timedelta(seconds=passed - before[1])
        return ahead if ahead > self.tolerance else None


def seconds_passed() -> float:
    """Seconds since the machine started, sleep included; no setting of the clock moves it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def database_now(fallback: datetime) -> datetime:
    """One clock for all machines: the database server's, where there is one."""
    if connection.vendor != "postgresql":
        return fallback
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found
