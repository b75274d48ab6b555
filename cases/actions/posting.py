"""The clock's part in penalties: what is approved and final goes into the ledger, and what it brings ends.

Each row is taken by one compare-and-set in the transaction that acts on it, under the lock of its case
and then of its shop, so that any number of rounds at once, killed anywhere, act once. A row that raises
is left for the next round.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.models import Shop
from cases import careful, deadlines, docket, notices
from cases.ledger import LedgerEntry, Measure, standing
from cases.lifecycle import ENDED, Side, State
from cases.models import Case, Deadline, DeadlineKind
from cases.points import MeasureTerms, Threshold, year_of
from cases.proceedings import Penalty
from cases.terms import window_of

log = logging.getLogger(__name__)

BATCH = 200
FINAL = (State.EXECUTING, State.CLOSED)  # no appeal is possible or under way any more
KIND = DeadlineKind.PENALTY_APPROVAL


def tick(now: datetime, *, batch: int = BATCH) -> Counter[str]:
    """Everything about penalties that is due; how often each was done."""
    _outlive_their_cases()
    approved = Penalty.objects.filter(
        outcome=Penalty.Outcome.APPROVED, posted_at=None, case__state__in=FINAL
    )
    ownerless = Penalty.objects.filter(decided_at=None, lapses_at__lt=now)
    return Counter(
        penalty_posted=_each(post, approved.values_list("pk", flat=True)[:batch], now),
        penalty_lapsed=_each(lapse, ownerless.values_list("pk", flat=True)[:batch], now),
        measure_ended=_each(
            expire, Measure.objects.over(now).values_list("pk", flat=True)[:batch], now
        ),
    )


def _outlive_their_cases() -> None:
    """An ended case has no open deadline; what still waits for an officer keeps the time it had."""
    last = Deadline.objects.filter(case=OuterRef("case"), kind=KIND).order_by("-opened_at", "-pk")
    waiting = Penalty.objects.filter(decided_at=None, lapses_at=None, case__state__in=ENDED)
    if waiting.exists():
        waiting.update(lapses_at=Subquery(last.values("due_at")[:1]))


def _each(act: Callable[[int, datetime], bool], keys: Iterable[int], now: datetime) -> int:
    done = 0
    for key in list(keys):
        try:
            with transaction.atomic():
                done += act(key, now)
        except careful.OUT_OF_REACH:
            raise
        except Exception:
            log.exception("%s of %s failed; the next round tries again", act.__name__, key)
    return done


def _take(**which: object) -> Case | None:
    """The case, locked; None when somebody else is at work on it."""
    free = Case.objects.select_related("shop").select_for_update(
        skip_locked=True, of=("self",), no_key=True
    )
    case: Case | None = free.filter(**which).first()
    return case


def post(key: int, now: datetime) -> bool:
    """Put approved points on the shop, with whatever their total brings."""
    case = _take(penalties=key)
    mine = Penalty.objects.filter(pk=key, outcome=Penalty.Outcome.APPROVED, posted_at=None)
    penalty = mine.first()
    if case is None or penalty is None or case.state not in FINAL:
        return False
    penalty.case = case
    _hold_shop(penalty)
    year, terms = year_of(now), case.book.penalties
    before = shop_before(penalty, year=year)
    after = before + penalty.points
    if terms.expels(penalty.kind, before, after) and penalty.approvals.count() < 2:
        return ask_again(penalty, case, now)
    mine.update(posted_at=now)
    entry = LedgerEntry.objects.create(
        shop_id=penalty.shop_id,
        case=case,
        penalty=penalty,
        kind=penalty.kind,
        points=penalty.points,
        year=year,
        posted_at=now,
    )
    facts: dict[str, Any] = {"kind": penalty.kind, "points": penalty.points, "total": after}
    docket.append(case, "penalty_posted", actor=None, at=now, **facts)
    notices.queue(
        case, "penalty_posted", (Side.MERCHANT,), now=now, due=None, points=penalty.points
    )
    threshold = terms.crossed(penalty.kind, before, after)
    if threshold is not None:
        impose(entry, threshold, now=now)
    return True


def shop_before(penalty: Penalty, *, year: int) -> int:
    """What stands against the shop without these points."""
    kept_from = penalty.case.book.penalties.kept_from
    return standing(penalty.shop_id, penalty.kind, year=year, kept_from=kept_from)


def _hold_shop(penalty: Penalty) -> None:
    """Two postings for one shop one after the other: each sees the total the other left."""
    Shop.objects.select_for_update(no_key=True).get(pk=penalty.shop_id)


def ask_again(penalty: Penalty, case: Case, now: datetime) -> bool:
    """Other points came in between, and these would now expel the shop: a second officer has to look."""
    if case.penalties.filter(decided_at=None).exists():
        return False
    facts: dict[str, Any] = {"points": penalty.points, "kind": penalty.kind}
    docket.append(case, "penalty_reopened", actor=None, at=now, **facts)
    lapses_at = None
    if case.has_ended:
        window = window_of(case, KIND)
        lapses_at = deadlines.instants(case, KIND, now, window, after=now).due_at
    Penalty.objects.filter(pk=penalty.pk).update(
        outcome="", decided_at=None, decided_by=None, lapses_at=lapses_at
    )
    if not case.has_ended:
        deadlines.open_deadline(case, KIND, Side.PLATFORM, now=now)
        deadlines.keep_earliest(case)
    return False


def impose(entry: LedgerEntry, threshold: Threshold, *, now: datetime) -> None:
    """What the threshold brings, each once a year: rows, docket lines, and events for the platform's systems."""
    for terms in threshold.measures:
        where = {
            "shop_id": entry.shop_id,
            "points_kind": entry.kind,
            "threshold": threshold.points,
            "year": entry.year,
            "kind": terms.kind,
        }
        if not Measure.objects.filter(**where).exclude(end=Measure.End.LIFTED).exists():
            Measure.objects.create(**where, entry=entry, from_at=now, until_at=_until(terms, now))
            _tell(entry.case, f"measure_{terms.kind}", terms.kind, now, until=_until(terms, now))


def _until(terms: MeasureTerms, now: datetime) -> datetime | None:
    return now + timedelta(days=terms.days) if terms.days is not None else None


def _tell(
    case: Case, notice: str, measure: str, now: datetime, *, until: datetime | None = None
) -> None:
    due = until.isoformat() if until else None
    name = notice if notice == "measure_ended" else "measure_begun"
    docket.append(case, name, actor=None, at=now, measure=measure, until=due)
    notices.queue(case, notice, (Side.MERCHANT,), now=now, due=due, measure=measure)


def expire(key: int, now: datetime) -> bool:
    """A measure's time has passed."""
    case = _take(ledger_entries__measures=key)
    measure = Measure.objects.over(now).filter(pk=key).first()
    if case is None or measure is None:
        return False
    return _end(measure, case, Measure.End.EXPIRED, now)


def _end(measure: Measure, case: Case, how: str, now: datetime) -> bool:
    ended = Measure.objects.in_force().filter(pk=measure.pk).update(ended_at=now, end=how)
    if ended:
        _tell(case, "measure_ended", measure.kind, now)
    return bool(ended)


def cancel(penalty: Penalty, *, now: datetime) -> None:
    """Take posted points off again; measures that rested on them are lifted. Inside the verb's transaction."""
    _hold_shop(penalty)
    posted = LedgerEntry.objects.get(penalty=penalty, points__gt=0)
    LedgerEntry.objects.create(
        shop_id=posted.shop_id,
        case=penalty.case,
        penalty=penalty,
        kind=posted.kind,
        points=-posted.points,
        year=posted.year,
        posted_at=now,
    )
    resting = Measure.objects.in_force().filter(shop=posted.shop_id, points_kind=posted.kind)
    for measure in resting:
        if shop_before(penalty, year=measure.year) < measure.threshold:
            _end(measure, penalty.case, Measure.End.LIFTED, now)


def lapse(key: int, now: datetime) -> bool:
    """A proposal whose case has ended, and with it its deadline, lapses by the time it had."""
    case = _take(penalties=key)
    mine = Penalty.objects.filter(pk=key, decided_at=None, lapses_at__lt=now)
    if case is None or not mine.update(decided_at=now, outcome=Penalty.Outcome.LAPSED):
        return False
    docket.append(case, "penalty_lapsed", actor=None, at=now)
    return True
