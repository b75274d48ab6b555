"""What the clock does to many cases at once.

Any number of sweeps may run at the same time, be killed anywhere and run again: a due row is taken by
one compare-and-set in the transaction that acts on it, so it acts once or not at all. The case row is
locked before its deadlines, in the order the verbs use, and a case that is busy is left for next time.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists

from cases import breaker, calendar, careful, deadlines, expiry, ladder, notices, pulse, tallies
from cases.actions import (
    advance,
    decide_by_default,
    decline,
    enforce,
    escalate,
    forfeit_return,
    lapse_appeal_answer,
    lapse_penalty,
    pausing,
    posting,
    record_silence,
)
from cases.lifecycle import Side, State
from cases.models import Breaker, Case, Deadline, DeadlineKind, DeadlineQuerySet, Heartbeat
from cases.terms import CLOCK_STEPS

log = logging.getLogger(__name__)

BATCH = 200
TOGETHER, FEW = 2_000, 50
HEARTBEAT = "sweep"


def tick(pendulum: breaker.Pendulum, host_now: datetime) -> Counter[str]:
    """One round by the database server's clock; none, and an alarm, when that clock jumped."""
    now = breaker.database_now(host_now)
    if pendulum.jumped(now, breaker.seconds_passed()):
        breaker.trip(Breaker.Cause.JUMP, now)
    return run(now)


def run(now: datetime, *, batch: int = BATCH) -> Counter[str]:
    """Handle everything due before `now`; returns how often each step was taken.

    Keys are the clock's steps, what `posting.tick` did about penalties, `reminded`, `climbed` (rungs of
    the ladder), `set_aside` (rows that raised, tried again later), `failed` (whole kinds of work that
    raised) and `halted` (the breaker is tripped: nothing is done until a person lets it go on).
    """
    beat = Heartbeat.objects.filter(name=HEARTBEAT).first()
    if breaker.tripped() or breaker.is_flood(due(now), beat, now):
        return Counter(halted=1)
    done: Counter[str] = Counter()
    stages: dict[str, Callable[[], Counter[str]]] = {
        "deadlines": lambda: let_expire(now, batch=batch),
        "reminders": lambda: Counter(reminded=remind(now, batch=batch)),
        "ladder": lambda: Counter(climbed=ladder.climb(now, batch=batch)),
        "penalties": lambda: posting.tick(now, batch=batch),
        "tallies": fold,
    }
    for name, stage in stages.items():
        try:
            done += stage()
        except careful.OUT_OF_REACH:
            raise
        except Exception:
            log.exception("the clock could not do its %s; the rest of the round goes on", name)
            done["failed"] += 1
    pulse.beat(HEARTBEAT, now, done=done.total())
    return +done


def let_expire(now: datetime, *, batch: int = BATCH) -> Counter[str]:
    """Take the step at zero. Not before every pause is in force: what it moves is not over yet."""
    pausing.finish(now)
    done = _sweep_silent_merchants(now)
    while True:
        ids = list(due(now).values_list("pk", flat=True)[:batch])
        taken = _sweep_batch(ids, now)
        done += taken
        if len(ids) < batch or not taken:
            return done


def fold() -> Counter[str]:
    tallies.fold()
    return Counter()


def due(now: datetime) -> DeadlineQuerySet:
    """What the clock has to act on. A ruling by default waits until the evidence can be read again."""
    rows = Deadline.objects.due(now).filter(kind__in=CLOCK_STEPS).order_by("due_at", "pk")
    is_away = Exists(Heartbeat.objects.filter(name=pulse.STORE_AWAY))
    return rows.exclude(is_away, kind=DeadlineKind.DEFAULT_DECISION)


def _sweep_silent_merchants(now: datetime) -> Counter[str]:
    """The many that are due at once after a festival or an outage, in two lanes where rows can be shared.

    A lane's database waits while Python works and the other way round: two keep both busy.
    """
    shares = connection.features.has_select_for_update_skip_locked
    silent = due(now).filter(kind=expiry.KIND).values_list("pk", flat=True)
    if connection.in_atomic_block or not shares or len(silent[: TOGETHER + 1]) <= TOGETHER:
        return lane(now)
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(_beside, now)
        return lane(now) + beside.result()


def _beside(now: datetime) -> Counter[str]:
    """A lane in a thread, which has a connection of its own."""
    try:
        return lane(now)
    finally:
        connection.close()


def lane(now: datetime) -> Counter[str]:
    """Thousands to a transaction while there are many.

    A row that raises makes its batch smaller, until only a few are left for the careful way.
    """
    done: Counter[str] = Counter()
    silent = due(now).filter(kind=expiry.KIND).values_list("pk", flat=True)
    size = TOGETHER
    while len(few := list(silent[: FEW + 1])) > FEW:
        if size <= FEW:
            taken = _sweep_batch(few, now)
        else:
            try:
                with transaction.atomic():
                    taken = +Counter({expiry.NAME: expiry.expire(now, size)})
            except careful.OUT_OF_REACH:
                raise
            except Exception:
                log.exception("a batch of %s failed; a smaller one is tried", size)
                size //= 4
                continue
        if not taken:
            break
        done += taken
        size = min(size * 2, TOGETHER)
    return done


def _sweep_batch(ids: Sequence[int], now: datetime) -> Counter[str]:
    if not ids:
        return Counter()
    try:
        with transaction.atomic():
            return _act(ids, now)
    except careful.OUT_OF_REACH:
        raise
    except Exception:
        log.exception("a batch of %s failed; its rows are tried one by one", len(ids))
    return careful.one_by_one(lambda pk: _act([pk], now), ids, now)


def _act(ids: Sequence[int], now: datetime) -> Counter[str]:
    """Take these rows and let the clock act on their cases. Raises whatever a case raises."""
    free = {
        case.pk: case
        for case in Case.objects.filter(deadlines__in=ids)
        .select_related("shop")
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")
    }
    mark = uuid.uuid4()
    mine = Deadline.objects.due(now).filter(pk__in=ids, case__in=free)
    mine.update(closed_at=now, outcome=Deadline.Outcome.EXPIRED, sweep=mark)
    done: Counter[str] = Counter()
    for deadline in Deadline.objects.filter(pk__in=ids, sweep=mark).order_by("due_at", "pk"):
        case = free[deadline.case_id]
        step, state = CLOCK_STEPS[deadline.kind]
        if (state is not None and case.state != state) or deadlines.open_of(
            case, deadline.kind
        ) is not None:
            deadlines.keep_earliest(case)
            continue
        entry = {"due_at": deadline.due_at.isoformat()}
        for taken in FOLLOW_UPS.get(step, plainly)(case, step, entry, now):
            done[taken] += 1
    return done


def plainly(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    advance(case, step, by=None, now=now, entry=entry)
    yield step


def after_silence(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    escalate(case, now=now, entry=entry)
    yield step


def by_default(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    if decide_by_default(case, now=now, entry=entry) is None:
        deadlines.keep_earliest(case)
        return
    yield step


def after_appeals(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    yield from plainly(case, step, entry, now)
    record_silence(case, now=now)
    yield from closed(case)


def and_perhaps_closed(
    case: Case, step: str, entry: dict[str, str], now: datetime
) -> Iterator[str]:
    yield from plainly(case, step, entry, now)
    yield from closed(case)


def paying_first(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    enforce(case, now=now, entry=entry)
    yield step
    yield from closed(case)


def without_the_goods(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    forfeit_return(case, now=now, entry=entry)
    yield step
    yield from closed(case)


def closed(case: Case) -> Iterator[str]:
    """Where the step left nothing to do the case has closed with it."""
    if case.state == State.CLOSED:
        yield "complete"


def without_an_answer(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    if case.offered_by is None:  # both sides' time was over, and the offer is gone with the first
        deadlines.keep_earliest(case)
        return
    decline(case, by=None, now=now, entry=entry)
    yield step


def without_a_decision(
    case: Case, step: str, entry: dict[str, str], now: datetime
) -> Iterator[str]:
    if lapse_penalty(case, now=now, entry=entry):
        yield step


def without_a_word(case: Case, step: str, entry: dict[str, str], now: datetime) -> Iterator[str]:
    lapse_appeal_answer(case, now=now, entry=entry)
    yield step


# Where the clock's step is more than its transition.
FOLLOW_UPS: dict[str, Callable[[Case, str, dict[str, str], datetime], Iterator[str]]] = {
    "escalate": after_silence,
    "decide_by_default": by_default,
    "finalize": after_appeals,
    "enforce": paying_first,
    "forfeit_return": without_the_goods,
    "confirm_delivery": and_perhaps_closed,
    "decline": without_an_answer,
    "lapse_penalty": without_a_decision,
    "lapse_appeal_answer": without_a_word,
}


def remind(now: datetime, *, batch: int = BATCH) -> int:
    """Queue the reminders that are due, each once; returns how many."""
    rows = Deadline.objects.to_remind(now).order_by("remind_at")
    return careful.through(rows, _remind, now, batch=batch)["reminded"]


def _remind(rows: Sequence[Deadline], now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    for deadline in rows:
        case, due, party = deadline.case, deadline.due_at, deadline.party
        upcoming = calendar.next_reminder(deadlines.reminders(case, deadline.opened_at, due), now)
        mine = Deadline.objects.running().filter(pk=deadline.pk, remind_at=deadline.remind_at)
        if not mine.update(remind_at=upcoming, **careful.HEALED):
            continue
        if party == Side.PLATFORM:
            ladder.tell_in_time(case, notices.REMINDER, deadline, now)
        else:
            notices.queue(case, notices.REMINDER, (party,), now=now, due=due.isoformat())
        done["reminded"] += 1
    return done
