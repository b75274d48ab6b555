"""How the clock gets through many rows: together while all goes well, one by one where one of them raises.

A row that raises is set aside for a pause that doubles, where supervisors see it; the others go on.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from cases import leases
from cases.models import Deadline, DeadlineQuerySet

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 4.0  # for one kind of work in a round; the others wait for it
# No fault of the row at hand: the round ends, and the next one finds everything as it was.
OUT_OF_REACH = (OperationalError, InterfaceError)
# What a row that was set aside is given when it goes through after all.
HEALED = {"failures": 0, "retry_at": None, "last_error": ""}

Act = Callable[[Sequence[Deadline], datetime], Counter[str]]


def through(rows: DeadlineQuerySet, act: Act, now: datetime, *, batch: int) -> Counter[str]:
    """Batch after batch, until none is left or the patience is; how often each thing was done.

    A deadline comes with its case, which is locked before it, like the verbs do; what is locked already
    is passed over, so that several rounds at once share the work.
    """
    free = rows.select_related("case__shop", "case__holder").select_for_update(
        skip_locked=True, of=("case",)
    )
    until = time.monotonic() + PATIENCE_SECONDS
    done: Counter[str] = Counter()
    while True:
        found: list[Deadline] = []
        try:
            with transaction.atomic():
                found = list(free[:batch])
                done += act(found, now)
        except OUT_OF_REACH:
            raise
        except Exception:
            log.exception("a batch of %s failed; its rows are tried one by one", len(found))
            keys = [each.pk for each in found]
            done += one_by_one(lambda pk: act(list(free.filter(pk=pk)), now), keys, now)
        if len(found) < batch or time.monotonic() > until:
            return done


def one_by_one(
    act: Callable[[int], Counter[str]], keys: Iterable[int], now: datetime
) -> Counter[str]:
    """Each of these deadlines in a transaction of its own."""
    done: Counter[str] = Counter()
    for pk in keys:
        try:
            with transaction.atomic():
                done += act(pk)
        except OUT_OF_REACH:
            raise
        except Exception as error:
            set_aside(pk, error, now)
            done["set_aside"] += 1
    return done


def set_aside(pk: int, error: Exception, now: datetime) -> None:
    """Leave the deadline alone for a pause that doubles. Raises nothing but the database's absence.

    What failed before it is due is no reason to act late then.
    """
    log.error("deadline %s set aside", pk, exc_info=error)
    row = Deadline.objects.filter(pk=pk)
    try:
        with transaction.atomic():
            failures, due_at = row.values_list("failures", "due_at").get()
            retry_at = leases.next_try(failures + 1, now)
            row.update(
                failures=failures + 1,
                retry_at=min(retry_at, due_at) if due_at > now else retry_at,
                last_error=leases.in_words(error),
            )
    except OUT_OF_REACH:
        raise
    except Exception:
        log.exception("deadline %s could not even be set aside", pk)
