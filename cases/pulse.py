"""The sign of life of the background jobs, in the database, so that any process can notice their silence."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_noop as _

from cases.models import Heartbeat, WorkHour


def beat(name: str, now: datetime, *, done: int) -> None:
    """A round is over: it began at `now` and did so much."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
    count(name, now, done=done)


STORE_AWAY = "evidence away"
NOT_READ = _("The evidence cannot be read at the moment. Nothing is decided until it can be.")


def note_store(now: datetime, *, away: bool) -> None:
    """Remember since when nothing of the evidence store could be read."""
    if away:
        Heartbeat.objects.get_or_create(name=STORE_AWAY, defaults={"at": now})
    else:
        Heartbeat.objects.filter(name=STORE_AWAY).delete()


def store_is_away() -> bool:
    return Heartbeat.objects.filter(name=STORE_AWAY).exists()


def count(name: str, now: datetime, *, done: int) -> None:
    """Once more within this hour, and so much of it."""
    hour, _made = WorkHour.objects.get_or_create(
        name=name, began_at=now.replace(minute=0, second=0, microsecond=0)
    )
    WorkHour.objects.filter(pk=hour.pk).update(rounds=F("rounds") + 1, done=F("done") + done)
