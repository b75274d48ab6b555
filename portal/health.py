"""Is the portal alive? For the machine that asks every few seconds, and for the supervisor's page."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from cases import breaker, outbox, sweep
from cases.models import Heartbeat
from cases.pulse import STORE_AWAY
from portal.access import guarded

SILENCE = timedelta(seconds=180)
DRIFT = timedelta(seconds=2)
BROKER_PATIENCE_SECONDS = 1.0
# Staff pages say sooner that the clock is silent than the alarm goes off, and ask no oftener than this.
DELAYED = timedelta(seconds=60)
LOOK_AGAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Pulse:
    """What the background work looks like from the database. Ages in whole seconds."""

    halted: bool  # the clock has stopped itself and waits for a person
    sweep_age_seconds: int | None  # None: no sweep has come round yet
    relay_age_seconds: int | None
    overdue: int  # deadlines the clock should have acted on
    outbox_backlog: int
    outbox_age_seconds: int | None  # of the oldest message that waits
    store_away_seconds: int | None  # for how long no evidence could be read
    drift_seconds: int | None  # how far this machine's clock is ahead of the database's

    @property
    def is_late(self) -> bool:
        """Whether the clock is silent. A portal without a first sweep is not, until something is overdue."""
        if self.sweep_age_seconds is None:
            return self.overdue > 0
        return is_silent(self.sweep_age_seconds)

    @property
    def relay_is_late(self) -> bool:
        if self.relay_age_seconds is None:
            return is_silent(self.outbox_age_seconds)
        return is_silent(self.relay_age_seconds)

    @property
    def is_off(self) -> bool:
        """Whether people are judged in time by another clock than the one that ends their time."""
        return abs(self.drift_seconds or 0) >= DRIFT.total_seconds()


def is_silent(age_seconds: int | None) -> bool:
    return age_seconds is not None and age_seconds > SILENCE.total_seconds()


def pulse(now: datetime) -> Pulse:
    """`now` is this machine's own; the database says its own along with the rest."""
    rows = list(Heartbeat.objects.annotate(read_at=Now()).values_list("name", "at", "read_at"))
    beats = {name: at for name, at, _read_at in rows}
    backlog, oldest = outbox.unsent()
    return Pulse(
        halted=breaker.tripped() is not None,
        sweep_age_seconds=age(beats.get(sweep.HEARTBEAT), now),
        relay_age_seconds=age(beats.get(outbox.HEARTBEAT), now),
        overdue=sweep.due(now).count(),
        outbox_backlog=backlog,
        outbox_age_seconds=age(oldest, now),
        store_away_seconds=age(beats.get(STORE_AWAY), now),
        drift_seconds=round((now - rows[0][2]).total_seconds()) if rows else None,
    )


def age(at: datetime | None, now: datetime) -> int | None:
    """Whole seconds. A beat from the future is no sign of life: the clock has jumped back since."""
    return abs(int((now - at).total_seconds())) if at else None


class Watch:
    """Whether background jobs are delayed, as this process saw it last: no page waits for the answer twice.

    One sign tells of it all: a clock that stopped itself, a dead worker and a broker that is gone leave no
    heartbeat.
    """

    def __init__(self) -> None:
        self.look_at, self.delayed = 0.0, False

    def sees_delay(self, now: datetime) -> bool:
        if time.monotonic() >= self.look_at:
            beat = Heartbeat.objects.filter(name=sweep.HEARTBEAT).values_list("at", flat=True)
            self.delayed = (age(beat.first(), now) or 0) > DELAYED.total_seconds()
            self.look_at = time.monotonic() + LOOK_AGAIN_SECONDS
        return self.delayed


watch = Watch()


def broker_answers() -> bool:
    """Asks once and does not wait: what is queued is found again by the clock anyway."""
    if not settings.REDIS_URL:
        return os.access(settings.BROKER_DIR / "messages", os.W_OK)
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL,
            socket_connect_timeout=BROKER_PATIENCE_SECONDS / 2,
            socket_timeout=BROKER_PATIENCE_SECONDS / 2,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


@guarded("healthz")
def healthz(request: HttpRequest) -> HttpResponse:
    """503 when the database does not answer or the clock is silent or halted; `degraded` where less fails."""
    broker = broker_answers()
    try:
        found = pulse(timezone.now())
    except DatabaseError:
        facts = dict.fromkeys(field.name for field in fields(Pulse))
        return answer("down", database=False, broker=broker, facts=facts)
    facts = asdict(found)
    if found.halted:
        return answer("halted", database=True, broker=broker, facts=facts)
    if found.is_late:
        return answer("late", database=True, broker=broker, facts=facts)
    if found.sweep_age_seconds is None:
        return answer("starting", database=True, broker=broker, facts=facts)
    is_well = (
        broker and not found.relay_is_late and not found.is_off and found.store_away_seconds is None
    )
    return answer("ok" if is_well else "degraded", database=True, broker=broker, facts=facts)


def answer(
    status: str, *, database: bool, broker: bool, facts: dict[str, int | None]
) -> HttpResponse:
    response = JsonResponse(
        {
            "status": status,
            "database": "ok" if database else "down",
            "broker": "ok" if broker else "down",
            **facts,
        },
        status=503 if status in ("down", "halted", "late") else 200,
    )
    response["Cache-Control"] = "no-store"
    return response
