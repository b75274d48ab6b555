"""Many merchants' silence at once: what `advance(case, "escalate", by=None)` does, for a batch together.

The lifecycle is not written a second time here. Guards, change of fields and target are taken from its
page and run on a light copy of the case that has the columns below and no others: a guard or a body that
comes to need more raises, and the sweep goes on case by case. That the rows left behind are the same,
field by field, is tested.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db import connection
from django.db.models import Exists, OuterRef
from django_fsm import ConcurrentTransition

from cases import bulk, deadlines, docket, notices, pauses
from cases.actions.defaulting import default_instant
from cases.actions.passage import Refused
from cases.lifecycle import STEPS, Lifecycle, Side, State
from cases.models import Case, Deadline, DeadlineKind, Event, Notice, PlatformPause
from cases.terms import CLOCK_STEPS, window_of

KIND = DeadlineKind.MERCHANT_RESPONSE
NAME = CLOCK_STEPS[KIND][0]
STEP = STEPS[NAME, State.AWAITING_MERCHANT]
SOURCE, TARGET = str(STEP.source), str(STEP.target)
DEFAULT = str(DeadlineKind.DEFAULT_DECISION)
RULING_TARGET, PLATFORM = str(DeadlineKind.RULING_TARGET), str(Side.PLATFORM)
TOLD, BUYER = tuple(map(str, notices.TOLD[NAME])), str(Side.BUYER)
# The step's body alone, without the machinery around it that wants a model instance.
change: Callable[..., None] = getattr(Lifecycle, NAME).__wrapped__

MOVED = (
    *("state", "version", "priority", "defaulted_at", "default_at"),
    *("docket_length", "docket_head", "due_at"),
)
RUNNING = ("due_at", "closed_at", "is_paused")
UNMOVED = ("state", "version")
CLOCK = ("case_id", "window", "due_at", "remind_at", "rung_at")
LINE = ("case_id", "number", "facts", "previous_hash", "hash")
NOTICE = ("id", "case_id", "number", "facts", "user_id", "shop_id")


@dataclass(slots=True)
class Light:
    """The columns of a case that this step reads and writes, and its rule."""

    id: int
    reference: str
    category: str
    rule: str
    rulebook_version: int
    buyer_id: int
    shop_id: int
    shop__is_self_operated: bool
    requested_remedy: str
    requested_amount: Decimal
    paid: Decimal
    refunded: Decimal
    state: str
    version: int
    priority: int
    defaulted_at: datetime | None
    default_at: datetime | None
    docket_length: int
    docket_head: str

    book = Case.book
    has_its_book = Case.has_its_book
    ruled_by = Case.ruled_by
    remaining_paid = Case.remaining_paid
    needs_second_person = Case.needs_second_person

    @property
    def shop(self) -> Light:
        """The one thing asked of the shop is among the columns."""
        return self

    @property
    def is_self_operated(self) -> bool:
        return self.shop__is_self_operated


READ = tuple(column.name for column in fields(Light))


def expire(now: datetime, most: int) -> int:
    """Take up to `most` due deadlines and escalate their cases; returns how many.

    Call it inside a transaction. Left alone, for the sweep to look at one by one: cases that no longer
    wait for the merchant and cases in which another clock runs. A case that is busy is passed over, so
    that several sweeps at once share the work. Raises when one row does, and nothing is to be kept.
    """
    expired = [(pk, due_at, Light(*columns)) for pk, due_at, *columns in _lock(now, most)]
    expired = [each for each in expired if each[2].state == SOURCE]
    rows = Rows(pauses=pauses.ahead(now))
    # The steps are taken while the lines of those before are on their way into the table.
    lines = _escalate(sorted(expired, key=lambda each: each[2].id), now, rows)
    bulk.insert(Event, LINE, lines, at=now, name=NAME, from_state=SOURCE, to_state=TARGET)
    closed = bulk.update(
        Deadline,
        (),
        [(pk, due_at, None, False) for pk, due_at, _case in expired],
        unmoved=RUNNING,
        closed_at=now,
        outcome=Deadline.Outcome.EXPIRED,
        sweep=uuid.uuid4(),
    )
    moved = bulk.update(Case, MOVED, rows.cases, unmoved=UNMOVED)
    if not closed == moved == len(expired):
        raise ConcurrentTransition("Somebody else moved one of these cases first.")
    bulk.insert(Deadline, CLOCK, rows.clocks, kind=RULING_TARGET, party=PLATFORM, opened_at=now)
    bulk.insert(Deadline, CLOCK, rows.defaults, kind=DEFAULT, party=PLATFORM, opened_at=now)
    pauses.join_all(RULING_TARGET, rows.met)
    bulk.insert(Notice, NOTICE, rows.notices, name=NAME, created_at=now)
    return len(expired)


def _lock(now: datetime, most: int) -> list[tuple[Any, ...]]:
    """Key and instant of the longest overdue deadlines with their cases, which are locked."""
    others = Deadline.objects.open().filter(case=OuterRef("case")).exclude(pk=OuterRef("pk"))
    rows = (
        Deadline.objects.due(now)
        .filter(~Exists(others), kind=KIND)
        .order_by("due_at", "pk")
        .values_list("pk", "due_at", *(f"case__{name}" for name in READ))[:most]
    )
    if not connection.features.has_select_for_update_skip_locked:
        return list(rows)
    # The ORM locks the case of a deadline only together with the deadline, or reads whole instances.
    statement, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} FOR UPDATE OF {Case._meta.db_table} SKIP LOCKED", parameters)
        return list(cursor.fetchall())


@dataclass
class Rows:
    """What a batch leaves behind, beside the lines of its dockets.

    `met`: the pauses ahead that a case's new clock stands still in.
    """

    pauses: list[PlatformPause]
    met: dict[int, list[PlatformPause]] = field(default_factory=dict)
    cases: list[bulk.Row] = field(default_factory=list)
    clocks: list[bulk.Row] = field(default_factory=list)
    defaults: list[bulk.Row] = field(default_factory=list)
    notices: list[bulk.Row] = field(default_factory=list)


@dataclass(frozen=True)
class Target:
    """The clock of the staff that starts at `now`; the same for every case of a rule."""

    window: timedelta
    due_at: datetime
    remind_at: datetime | None
    rung_at: datetime | None
    facts: dict[str, str]


def _target(case: Light, met: Sequence[PlatformPause], now: datetime) -> Target:
    like = cast(Case, case)
    kind = DeadlineKind.RULING_TARGET
    window = window_of(like, kind)
    stands_still = [each.interval for each in met]
    at = deadlines.instants(like, kind, now, window, after=now, pauses=stands_still)
    return Target(window, at.due_at, at.remind_at, at.rung_at, {"due": at.due_at.isoformat()})


def _escalate(
    expired: Collection[tuple[int, datetime, Light]], now: datetime, rows: Rows
) -> Iterator[bulk.Row]:
    """Take the step on each light copy, yield its docket line and note the other rows it leaves."""
    ids = bulk.random_ids(len(expired) * len(TOLD))
    # By version of the rulebook, rule and pauses met, worked out when first met.
    targets: dict[tuple[int, str, tuple[int, ...]], Target] = {}
    for _pk, was_due, case in expired:
        may = STEP.clock and case.has_its_book
        if not may or not all(guard(case) for guard in STEP.conditions):
            raise Refused(f"{case.reference} cannot take the step {NAME}")
        like = cast(Case, case)
        default_at = default_instant(like, now)
        change(case, now=now, default_at=default_at)
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
        rows.cases.append(
            (
                *(case.id, TARGET, case.version + 1, case.priority, case.defaulted_at, default_at),
                *(number, line, default_at or target.due_at, SOURCE, case.version),
            )
        )
        rows.clocks.append(
            (case.id, target.window, target.due_at, target.remind_at, target.rung_at)
        )
        told_facts = target.facts
        if default_at is not None:
            rows.defaults.append((case.id, default_at - now, default_at, None, None))
            told_facts = {"due": default_at.isoformat()}
        for side in TOLD:
            told = (case.buyer_id, None) if side == BUYER else (None, case.shop_id)
            rows.notices.append((next(ids), case.id, number, told_facts, *told))
        yield case.id, number, facts, case.docket_head, line
