"""Many merchants' silence at once: what `advance(case, "escalate", by=None)` does, for a batch together.

The lifecycle is not written a second time here. Guards, change of fields and target are taken from its
page and run on a light copy of the case that has the columns below and no others: a guard or a body that
comes to need more raises, and the sweep goes on case by case. That the rows left behind are the same,
field by field, is tested.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from django.db import connection
from django.db.models import Exists, OuterRef
from django_fsm import ConcurrentTransition

from cases import bulk, calendar, deadlines, docket, notices, pauses
from cases.actions.passage import Refused
from cases.lifecycle import STEPS, Lifecycle, Side
from cases.models import Case, Deadline, DeadlineKind, Event, Notice, PlatformPause

KIND = DeadlineKind.MERCHANT_RESPONSE
NAME = deadlines.CLOCK_STEPS[KIND][0]
STEP = STEPS[deadlines.CLOCK_STEPS[KIND]]
SOURCE, TARGET = str(STEP.source), str(STEP.target)
EXPIRED = str(Deadline.Outcome.EXPIRED)
RULING_TARGET, PLATFORM = str(DeadlineKind.RULING_TARGET), str(Side.PLATFORM)
# The step's body alone, without the machinery around it that wants a model instance.
change: Callable[..., None] = getattr(Lifecycle, NAME).__wrapped__

FILED = ("id", "reference", "category", "rule", "rulebook_version", "buyer_id", "shop_id")
MOVING = ("state", "version", "priority", "defaulted_at", "docket_length", "docket_head")
WRITTEN = (*MOVING, "due_at")
LINE = (
    *("case_id", "number", "at", "name", "from_state", "to_state"),
    *("facts", "previous_hash", "hash"),
)
CLOSED = ("closed_at", "outcome", "sweep")
RUNNING = ("closed_at", "due_at", "is_paused")
UNMOVED = ("state", "version")
CLOCK = ("case_id", "kind", "party", "opened_at", "window", "due_at", "remind_at")
NOTICE = ("id", "case_id", "name", "number", "facts", "user_id", "shop_id", "created_at")


class Light:
    """The columns of a case that this step reads and writes, and its rule."""

    __slots__ = (*FILED, *MOVING)

    book = Case.book
    ruled_by = Case.ruled_by

    if TYPE_CHECKING:
        id: int
        state: str
        reference: str
        category: str
        rule: str
        rulebook_version: int
        buyer_id: int
        shop_id: int
        version: int
        priority: int
        defaulted_at: datetime | None
        docket_length: int
        docket_head: str

    def __init__(self, row: Sequence[Any]) -> None:
        for name, value in zip((*FILED, *MOVING), row, strict=True):
            setattr(self, name, value)


def expire(now: datetime, most: int) -> int:
    """Take up to `most` due deadlines and escalate their cases; returns how many.

    Call it inside a transaction. Left alone, for the sweep to look at one by one: cases that no longer
    wait for the merchant and cases in which another clock runs. A case that is busy is passed over, so
    that several sweeps at once share the work. Raises when one row does, and nothing is to be kept.
    """
    rows, targets = Rows(pauses=pauses.ahead(now)), Targets()
    mark = uuid.uuid4()
    for pk, due_at, *columns in sorted(_lock(now, most), key=itemgetter(2)):
        case = Light(columns)
        if case.state == SOURCE:
            rows.expired.append((pk, now, EXPIRED, mark, None, due_at, False))
            _escalate(case, due_at, now, targets, rows)
    taken = bulk.update(Deadline, CLOSED, rows.expired, unmoved=RUNNING)
    moved = bulk.update(Case, WRITTEN, rows.cases, unmoved=UNMOVED)
    if not taken == moved == len(rows.cases):
        raise ConcurrentTransition("Somebody else moved one of these cases first.")
    bulk.insert(Deadline, CLOCK, rows.clocks)
    pauses.join_all(RULING_TARGET, rows.met)
    bulk.insert(Event, LINE, rows.lines)
    bulk.insert(Notice, NOTICE, rows.notices)
    return len(rows.cases)


def _lock(now: datetime, most: int) -> list[tuple[Any, ...]]:
    """Key and instant of the longest overdue deadlines with their cases, which are locked."""
    others = Deadline.objects.open().filter(case=OuterRef("case")).exclude(pk=OuterRef("pk"))
    rows = (
        Deadline.objects.due(now)
        .filter(~Exists(others), kind=KIND)
        .order_by("due_at", "pk")
        .values_list("pk", "due_at", *(f"case__{name}" for name in (*FILED, *MOVING)))[:most]
    )
    if not connection.features.has_select_for_update_skip_locked:
        return list(rows)
    # The ORM locks the case of a deadline only together with the deadline, or reads whole instances.
    statement, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} FOR UPDATE OF {Case._meta.db_table} SKIP LOCKED", parameters)
        return list(cursor.fetchall())


@dataclass(frozen=True)
class Target:
    """The clock of the staff that starts at `now`; the same for every case of a rule."""

    window: timedelta
    due_at: datetime
    remind_at: datetime | None
    facts: dict[str, str]


# By version of the rulebook, rule and pauses met, worked out when first met.
Targets = dict[tuple[int, str, tuple[int, ...]], Target]


@dataclass
class Rows:
    """What a batch leaves behind; `met`: the pauses ahead that a case's new clock stands still in."""

    pauses: list[PlatformPause]
    met: dict[int, list[PlatformPause]] = field(default_factory=dict)
    expired: list[bulk.Row] = field(default_factory=list)
    cases: list[bulk.Row] = field(default_factory=list)
    clocks: list[bulk.Row] = field(default_factory=list)
    lines: list[bulk.Row] = field(default_factory=list)
    notices: list[bulk.Row] = field(default_factory=list)


def _target(case: Light, met: Sequence[PlatformPause], now: datetime) -> Target:
    like = cast(Case, case)
    window = deadlines.window_of(like, DeadlineKind.RULING_TARGET)
    due = calendar.due_at(now, window, [each.interval for each in met])
    remind_at = calendar.next_reminder(deadlines.reminders(like, now, due), now)
    return Target(window, due, remind_at, {"due": due.isoformat()})


def _escalate(case: Light, was_due: datetime, now: datetime, targets: Targets, rows: Rows) -> None:
    """Take the step on the light copy and note the rows it leaves."""
    if not STEP.clock or not all(guard(case) for guard in STEP.conditions):
        raise Refused(f"{case.reference} cannot take the step {NAME}")
    change(case, now=now)
    like = cast(Case, case)
    met = [each for each in rows.pauses if each.covers(RULING_TARGET, PLATFORM, like)]
    if met:
        rows.met[case.id] = met
    key = (case.rulebook_version, case.rule, tuple(each.pk for each in met))
    if key not in targets:
        targets[key] = _target(case, met, now)
    target = targets[key]
    number = case.docket_length + 1
    facts = {"due_at": was_due.isoformat()}
    line = docket.line_hash(
        previous=case.docket_head,
        reference=case.reference,
        number=number,
        at=now,
        actor_id=None,
        name=NAME,
        from_state=SOURCE,
        to_state=TARGET,
        facts=facts,
    )
    recipients: dict[str, tuple[int | None, int | None]] = {
        Side.BUYER: (case.buyer_id, None),
        Side.MERCHANT: (None, case.shop_id),
    }
    rows.cases.append(
        (
            *(case.id, TARGET, case.version + 1, case.priority, case.defaulted_at),
            *(number, line, target.due_at, SOURCE, case.version),
        )
    )
    rows.clocks.append(
        (
            *(case.id, RULING_TARGET, PLATFORM, now, target.window),
            *(target.due_at, target.remind_at),
        )
    )
    rows.lines.append((case.id, number, now, NAME, SOURCE, TARGET, facts, case.docket_head, line))
    rows.notices.extend(
        (uuid.uuid4(), case.id, NAME, number, target.facts, *recipients[side], now)
        for side in notices.TOLD[NAME]
    )
