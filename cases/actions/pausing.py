"""A platform pause: many clocks stand still together, for a festival or an outage.

A supervisor declares it, and it moves every open deadline of its scope, thousands to a transaction. If
the process is killed in between, the sweep goes on where it stopped before it lets anything expire. A
deadline is moved under the lock of its case and only while it is open and not moved yet: whatever the
sweep has taken before stays taken, and nothing is moved twice.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition

from accounts.models import Role, User
from cases import bulk, calendar, careful, deadlines, docket, pauses
from cases.actions.passage import Refused
from cases.models import (
    Case,
    Deadline,
    DeadlinePause,
    DeadlineQuerySet,
    Event,
    Notice,
    PlatformPause,
)

DECLARED, ENDED = "platform_pause", "end_platform_pause"
BATCH = 2_000
AT_ONCE = 10_000  # cases moved before the supervisor's press is answered; the sweep moves the rest

READ = (
    *("state", "reference", "rule", "rulebook_version", "category", "buyer", "shop"),
    *("version", "due_at", "docket_length", "docket_head"),
)
INTERVAL = ("deadline_id", "platform_pause_id", "began_at", "ended_at", "reason")
CLOCK = ("due_at", "remind_at", "rung_at")
CASE = ("due_at", "docket_length", "docket_head")
LINE = (
    *("case_id", "number", "at", "actor_id", "name", "from_state", "to_state"),
    *("facts", "previous_hash", "hash"),
)
NOTICE = ("id", "case_id", "name", "number", "facts", "user_id", "shop_id", "created_at")


@dataclass(frozen=True)
class Reach:
    """How much a pause moves, exactly; `kinds` counts the deadlines of each kind, the most first."""

    deadlines: int
    cases: int
    kinds: tuple[tuple[str, int], ...]


def preview_pause(pause: PlatformPause) -> Reach:
    """What declaring this pause would move now."""
    rows = to_move(pause).order_by()
    counted = rows.values_list("kind").annotate(number=Count("pk")).order_by("-number", "kind")
    kinds = tuple((kind, number) for kind, number in counted)
    cases = rows.aggregate(number=Count("case", distinct=True))["number"]
    return Reach(sum(number for _kind, number in kinds), cases, kinds)


@dataclass(frozen=True)
class Moved:
    """Cases whose clocks are moved, and those whose clocks the sweep moves before anything expires."""

    cases: int
    left: int


def declare_pause(pause: PlatformPause, *, by: User, now: datetime) -> Moved:
    """Put this pause into force for every open deadline of its scope, and those opened until it ends.

    `pause` says period, scope and public reasons and is not stored yet.
    """
    if by.role != Role.SUPERVISOR:
        raise PermissionDenied
    if pause.ends_at <= pause.began_at:
        raise Refused(_("A pause ends after it begins."))
    if pause.ends_at <= now:
        raise Refused(_("This period is already over."))
    if not (pause.reason_zh.strip() and pause.reason_en.strip()):
        raise Refused(_("Give the public reason in both languages."))
    with transaction.atomic():
        pauses.wait_for_open_clocks()
        if _is_declared(pause, now):
            raise Refused(_("This very pause is already declared."))
        pause.declared_by, pause.declared_at = by, now
        pause.save(force_insert=True)
    return apply(pause, now, most=AT_ONCE)


def _is_declared(pause: PlatformPause, now: datetime) -> bool:
    """Whether the form was sent twice."""
    same = ("began_at", "ends_at", "kinds", "categories", "shop_id")
    wanted = [getattr(pause, name) for name in same]
    return any(
        [getattr(other, name) for name in same] == wanted
        for other in PlatformPause.objects.ahead(now)
    )


def end_pause_early(pause: PlatformPause, *, by: User, now: datetime) -> Moved:
    """Let the clocks go on from `now`, or call off a pause still to come."""
    if by.role != Role.SUPERVISOR:
        raise PermissionDenied
    if not pause.is_applied:
        apply(pause, now)
    with transaction.atomic():
        pauses.wait_for_open_clocks()
        running = PlatformPause.objects.ahead(now).filter(pk=pause.pk)
        if not running.update(ended_at=now, ended_by=by, is_applied=False):
            raise Refused(_("This pause is already over."))
    return apply(PlatformPause.objects.get(pk=pause.pk), now, most=AT_ONCE)


def finish(now: datetime) -> None:
    """Move what is still unmoved; the sweep calls it before it lets anything expire."""
    for pause in PlatformPause.objects.filter(is_applied=False):
        apply(pause, now)


def to_move(pause: PlatformPause) -> DeadlineQuerySet:
    """The open deadlines the pause has still to move, forward or, ended early, back."""
    own = DeadlinePause.objects.filter(deadline=OuterRef("pk"), platform_pause=pause.pk)
    if pause.ended_at is not None:
        return Deadline.objects.open().filter(Exists(own.filter(ended_at__gt=pause.over_at)))
    rows = Deadline.objects.under(pause)
    return rows if pause.pk is None else rows.exclude(Exists(own))


def apply(pause: PlatformPause, now: datetime, *, most: int | None = None) -> Moved:
    """Move what the pause has still to move, batch by batch, of at most so many cases."""
    rows = to_move(pause).to_try(now)
    cases = list(rows.order_by("case").values_list("case", flat=True).distinct())
    at_once = cases[:most]
    moved = sum(
        _move_most(pause, at_once[at : at + BATCH], now) for at in range(0, len(at_once), BATCH)
    )
    if at_once == cases and not to_move(pause).exists():
        as_is = PlatformPause.objects.filter(pk=pause.pk, ended_at=pause.ended_at)
        as_is.update(is_applied=True)
    return Moved(moved, len(cases) - len(at_once))


@dataclass
class Rows:
    """What a batch leaves behind."""

    others: dict[int, list[calendar.Pause]]  # in which each deadline stands still anyhow
    joined: list[bulk.Row] = field(default_factory=list)
    clocks: list[bulk.Row] = field(default_factory=list)
    cases: list[bulk.Row] = field(default_factory=list)
    lines: list[bulk.Row] = field(default_factory=list)
    notices: list[bulk.Row] = field(default_factory=list)


def _move_most(pause: PlatformPause, ids: list[int], now: datetime) -> int:
    """Move all of these cases but those that raise: theirs is not over before it is moved, so it is set aside."""
    try:
        return _move(pause, ids, now=now)
    except careful.OUT_OF_REACH:
        raise
    except Exception as error:
        if len(ids) == 1:
            for pk in to_move(pause).filter(case__in=ids).values_list("pk", flat=True):
                careful.set_aside(pk, error, now)
            return 0
    half = len(ids) // 2
    return _move_most(pause, ids[:half], now) + _move_most(pause, ids[half:], now)


@transaction.atomic
def _move(pause: PlatformPause, ids: list[int], *, now: datetime) -> int:
    """Move what of these cases is still to move. Ending the pause waits for the batch to be over."""
    as_is = PlatformPause.objects.filter(pk=pause.pk, ended_at=pause.ended_at)
    if not as_is.select_for_update(no_key=True).exists():
        return 0  # it was ended meanwhile, and whoever ended it moves the rest
    locked = Case.objects.filter(pk__in=ids).select_for_update().only(*READ).order_by("pk")
    cases = {case.pk: case for case in locked}
    chosen = set(to_move(pause).filter(case__in=ids).values_list("pk", flat=True))
    clocks = list(Deadline.objects.open().filter(case__in=ids).order_by("case", "pk"))
    rows = Rows(others=_other_intervals(pause, chosen))
    for pk, own in groupby(clocks, key=lambda clock: clock.case_id):
        _move_case(pause, cases[pk], list(own), chosen, now, rows)
    _write(pause, rows, chosen)
    return len(rows.cases)


def _other_intervals(pause: PlatformPause, chosen: set[int]) -> dict[int, list[calendar.Pause]]:
    found: dict[int, list[calendar.Pause]] = {}
    intervals = DeadlinePause.objects.filter(deadline__in=chosen)
    for pk, began_at, ended_at, of in intervals.values_list(
        "deadline", "began_at", "ended_at", "platform_pause"
    ):
        if of != pause.pk:
            found.setdefault(pk, []).append(calendar.Pause(began_at, ended_at))
    return found


def _move_case(
    pause: PlatformPause,
    case: Case,
    clocks: list[Deadline],
    chosen: set[int],
    now: datetime,
    rows: Rows,
) -> None:
    mine = [clock for clock in clocks if clock.pk in chosen]
    if not mine:
        return
    for clock in mine:
        stands_still = [*rows.others.get(clock.pk, ()), pause.interval]
        at = deadlines.reckon(case, clock, now=now, pauses=stands_still)
        was, clock.due_at = clock.due_at, at.due_at
        rows.joined.append((clock.pk, pause.pk, pause.began_at, pause.over_at, pauses.REASON))
        rows.clocks.append((clock.pk, at.due_at, at.remind_at, at.rung_at, was, None))
    running = [clock.due_at for clock in clocks if not clock.is_paused]
    case.due_at = min(running, default=None)
    _tell(pause, case, now, rows)


def _tell(pause: PlatformPause, case: Case, now: datetime, rows: Rows) -> None:
    """The case's row, its one docket line and what both sides are told."""
    name, actor = (
        (DECLARED, pause.declared_by_id) if pause.ended_at is None else (ENDED, pause.ended_by_id)
    )
    facts: dict[str, Any] = {
        "pause": pause.pk,
        "from": pause.began_at.isoformat(),
        "to": pause.over_at.isoformat(),
        "reason_zh": pause.reason_zh,
        "reason_en": pause.reason_en,
    }
    number, previous = case.docket_length + 1, case.docket_head
    line = docket.line_hash(
        previous=previous,
        reference=case.reference,
        number=number,
        at=now,
        actor_id=actor,
        name=name,
        from_state="",
        to_state="",
        facts=facts,
    )
    rows.cases.append((case.pk, case.due_at, number, line, case.version, case.docket_length))
    rows.lines.append((case.pk, number, now, actor, name, "", "", facts, previous, line))
    due = {"due": case.due_at.isoformat()} if case.due_at else {}
    for user, shop in ((case.buyer_id, None), (None, case.shop_id)):
        rows.notices.append((uuid.uuid4(), case.pk, name, number, facts | due, user, shop, now))


def _write(pause: PlatformPause, rows: Rows, chosen: set[int]) -> None:
    if pause.ended_at is None:
        bulk.insert(DeadlinePause, INTERVAL, rows.joined)
    else:
        DeadlinePause.objects.filter(platform_pause=pause.pk, deadline__in=chosen).update(
            ended_at=pause.over_at
        )
    clocks = bulk.update(Deadline, CLOCK, rows.clocks, unmoved=("due_at", "closed_at"))
    cases = bulk.update(Case, CASE, rows.cases, unmoved=("version", "docket_length"))
    Deadline.objects.filter(pk__in=chosen, failures__gt=0).update(**careful.HEALED)
    if (clocks, cases) != (len(rows.clocks), len(rows.cases)):
        raise ConcurrentTransition("Somebody else moved one of these cases first.")
    bulk.insert(Event, LINE, rows.lines)
    bulk.insert(Notice, NOTICE, rows.notices)
