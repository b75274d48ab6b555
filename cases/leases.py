"""What the relays and the clock share: how a row is held while it is being sent, and when it is tried again.

A row is leased before it is sent and stamped after; a relay that dies between the two leaves it to the
next, which sends it again under the same id.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

LEASE = timedelta(minutes=5)  # longer than any run can last
MAX_FAILURES = 16  # with the pauses between them: half a day
LONGEST_BACK_OFF = timedelta(hours=1)

Row = TypeVar("Row", bound=Model)


def take(rows: QuerySet[Row], now: datetime, most: int) -> list[Row]:
    """Lease the first of these rows; no other relay touches them until the lease runs out."""
    with transaction.atomic():
        held = list(rows.select_for_update(skip_locked=True, of=("self",))[:most])
        mine = rows.model._default_manager.filter(pk__in=[row.pk for row in held])
        mine.update(next_try_at=now + LEASE)
    return held


def next_try(failures: int, now: datetime) -> datetime:
    """After a pause that doubles."""
    # Bounded before it is a length of time: 2**41 minutes are more than there are.
    return now + min(timedelta(minutes=2 ** min(failures - 1, 10)), LONGEST_BACK_OFF)


def in_words(error: Exception) -> str:
    """As any database takes it: PostgreSQL knows no NUL, UTF-8 no half of a surrogate pair."""
    words = f"{type(error).__name__}: {error}"[:500].replace("\0", "")
    return words.encode(errors="replace").decode()
