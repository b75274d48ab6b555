"""The sweep against one SQL statement, against one transaction per case, and as the table grows.

The limit writes the same rows as the sweep - the deadline closed, the case moved, the staff's clock
opened, a docket line, two notices - but asks no guard, knows no rule and hashes nothing.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from statistics import median
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Shop
from bench.lab import PREFIX, Lab, Result, Stopwatch, insist
from bench.servers import run
from cases import deadlines, rulebook, sweep
from cases.actions.defaulting import default_of, escalate
from cases.models import ON_THE_WAY, Case, Deadline, DeadlineKind, Event, Notice

ROUNDS = 3
TICKETS = 1_000  # its command takes one at a time, so more of them would only take longer
LIMIT = """
WITH closed AS (
    UPDATE cases_deadline SET closed_at = %(now)s, outcome = 'expired', sweep = %(mark)s
     WHERE closed_at IS NULL AND NOT is_paused AND due_at <= %(over)s AND kind = 'merchant_response'
       AND (retry_at IS NULL OR retry_at <= %(now)s)
 RETURNING case_id, due_at
), moved AS (
    UPDATE cases_case c
       SET state = 'queued', defaulted_at = %(now)s, default_at = %(target)s, priority = greatest(priority, 100),
           version = version + 1, due_at = %(target)s, docket_length = docket_length + 1,
           docket_head = %(hash)s
      FROM closed WHERE c.id = closed.case_id AND c.state = 'awaiting_merchant'
 RETURNING c.id, c.rule, c.requested_amount, c.buyer_id, c.shop_id, c.docket_length, closed.due_at
), opened AS (
    INSERT INTO cases_deadline (case_id, kind, party, opened_at, "window", due_at, is_paused,
                                remind_at, rung, rung_at, outcome, failures, last_error)
    SELECT id, 'ruling_target', 'platform', %(now)s, interval '1 day', %(target)s, false,
           %(target)s, 0, %(target)s, '', 0, '' FROM moved
     UNION ALL
    SELECT id, 'default_decision', 'platform', %(now)s, interval '1 day', %(target)s, false,
           NULL, 0, NULL, '', 0, ''
      FROM moved JOIN unnest(%(rules)s::text[], %(above)s::numeric[], %(up_to)s::numeric[])
                      AS decided (code, above, up_to)
        ON rule = code AND requested_amount > above AND requested_amount <= up_to
), lines AS (
    INSERT INTO cases_event (case_id, number, at, name, from_state, to_state, facts,
                             previous_hash, hash)
    SELECT id, docket_length, %(now)s, 'escalate', 'awaiting_merchant', 'queued',
           jsonb_build_object('due_at', due_at), %(hash)s, %(hash)s FROM moved
), told AS (
    INSERT INTO cases_notice (id, case_id, name, number, facts, user_id, shop_id, created_at)
    SELECT gen_random_uuid(), id, 'escalate', docket_length, jsonb_build_object('due', due_at),
           buyer_id, NULL::bigint, %(now)s FROM moved
     UNION ALL
    SELECT gen_random_uuid(), id, 'escalate', docket_length, jsonb_build_object('due', due_at),
           NULL, shop_id, %(now)s FROM moved
)
SELECT count(*) FROM moved
"""


def one_statement(now: datetime) -> int:
    rules, above, up_to = map(list, zip(*decided_by_the_clock(), strict=True))
    values: dict[str, Any] = {
        "now": now,
        "over": now - ON_THE_WAY,
        "target": now + timedelta(days=1),
        "mark": "0" * 32,
        "hash": "0" * 64,
        **{"rules": rules, "above": above, "up_to": up_to},
    }
    with connection.cursor() as cursor:
        cursor.execute(LIMIT, values)
        return int(cursor.fetchone()[0])


def decided_by_the_clock() -> list[tuple[str, Decimal, Decimal]]:
    """Which of the invented cases the clock decides: rule, and claims above and up to how much."""
    book, above = rulebook.load(), Decimal(0)
    found = []
    for tier in book.value_tiers:
        if tier.up_to is None:
            break
        claim = {"requested_amount": tier.up_to, "paid": tier.up_to, "shop": Shop()}
        for rule in book.rules:
            case = Case(
                rule=rule, rulebook_version=book.version, requested_remedy="refund_only", **claim
            )
            if default_of(case):
                found.append((rule, above, tier.up_to))
        above = tier.up_to
    return found


def ours(now: datetime) -> int:
    """How many were escalated; that nothing else was done is insisted on."""
    done = sweep.run(now)
    insist(set(done) <= {"escalate", "reminded", "climbed"}, done)
    return done["escalate"]


def naive(now: datetime) -> int:
    """As a tutorial would: fetch, take the step, save, a transaction for each."""
    due = Deadline.objects.due(now).filter(kind=DeadlineKind.MERCHANT_RESPONSE)
    ids = list(due.order_by("due_at", "pk").values_list("case_id", flat=True))
    for pk in ids:
        with transaction.atomic():
            case = Case.objects.select_related("shop").get(pk=pk)
            clock = deadlines.open_of(case, DeadlineKind.MERCHANT_RESPONSE)
            insist(clock is not None, "no clock runs")
            escalate(case, now=now, entry={"due_at": clock.due_at.isoformat()})
    return len(ids)


def instant_here(number: int) -> datetime:
    """When the clock acts on exactly the first `number` of the merchants' deadlines."""
    rows = Deadline.objects.open().filter(kind=DeadlineKind.MERCHANT_RESPONSE)
    found: datetime = rows.order_by("due_at").values_list("due_at", flat=True)[number]
    return found + ON_THE_WAY - timedelta.resolution


def work_done(now: datetime) -> dict[str, int]:
    """What was written at that instant, to see that both sides did the same."""
    moved = Case.objects.filter(state="queued", defaulted_at=now)
    decided = Deadline.objects.filter(opened_at=now, kind="default_decision")
    small = moved.filter(
        reduce(
            or_,
            (
                Q(rule=rule, requested_amount__gt=above, requested_amount__lte=up_to)
                for rule, above, up_to in decided_by_the_clock()
            ),
        )
    )
    return {
        "queued": moved.count(),
        "closed": Deadline.objects.filter(closed_at=now, outcome="expired").count(),
        "opened": Deadline.objects.filter(opened_at=now, kind="ruling_target").count(),
        "undecided": small.count() - decided.count(),
        "lines": Event.objects.filter(at=now, name="escalate").count(),
        "notices": Notice.objects.filter(created_at=now, name="escalate").count(),
    }


def work_of(cases: int) -> dict[str, int]:
    once = dict.fromkeys(("queued", "closed", "opened", "lines"), cases)
    return once | {"undecided": 0, "notices": 2 * cases}


def against_one_statement(lab: Lab, due: int) -> tuple[Result, ...]:
    """A B A B on fresh copies: the statement, the sweep, and the sweep held to one connection."""
    template = lab.filled(lab.largest, lab.most_due)
    rulebook.load()  # a worker that sweeps has read it long ago
    ways = {"limit": one_statement, "ours": ours, "one": sweep.lane}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    rounds = ROUNDS if due <= 20_000 else 2
    for _round in range(rounds):
        for way, act in ways.items():
            with lab.copy(template):
                now = instant_here(due)
                with Stopwatch() as watch:
                    act(now)
                rates[way].append(due / watch.seconds)
                insist(work_done(now) == work_of(due), work_done(now))
    limit, two, one = (median(rates[way]) for way in ways)
    name = f"sweep_{due // 1000}k"
    return (
        Result(name, two, limit, "cases/s", two / limit, ">= 0.8"),
        Result(f"{name}_one", one, limit, "cases/s, one connection", one / limit),
    )


def sweep_20k(lab: Lab) -> tuple[Result, ...]:
    return against_one_statement(lab, min(20_000, lab.most_due - 1))


def sweep_100k(lab: Lab) -> tuple[Result, ...]:
    return against_one_statement(lab, lab.most_due - 1)


def sweep_vs_naive(lab: Lab) -> tuple[Result, ...]:
    template = lab.filled(lab.largest, lab.most_due)
    few, many = 300, min(20_000, lab.most_due - 1)
    slow: list[float] = []
    quick: list[float] = []
    for _round in range(2):
        for way, count, rates in ((naive, few, slow), (ours, many, quick)):
            with lab.copy(template):
                now = instant_here(count)
                with Stopwatch() as watch:
                    way(now)
                insist(work_done(now) == work_of(count), work_done(now))
                rates.append(count / watch.seconds)
    ratio = median(quick) / median(slow)
    return (Result("sweep_vs_naive", median(quick), median(slow), "cases/s", ratio),)


def escalate_tickets(lab: Lab, tickets: int, *options: str) -> float:
    """Tickets a second of django-helpdesk's own command, in a process and a database of its own."""
    with lab.empty(f"{PREFIX}helpdesk") as url:
        return tickets / float(run("bench.helpdesk", str(tickets), *options, DATABASE_URL=url))


def sweep_vs_helpdesk(lab: Lab) -> tuple[Result, ...]:
    """A B A B: the peer telling nobody, and telling two people a ticket as ours does."""
    template = lab.filled(lab.largest, lab.most_due)
    many = min(20_000, lab.most_due - 1)
    silent: list[float] = []
    told: list[float] = []
    own: list[float] = []
    for _round in range(2):
        silent.append(escalate_tickets(lab, TICKETS))
        told.append(escalate_tickets(lab, TICKETS, "--told"))
        with lab.copy(template):
            now = instant_here(many)
            with Stopwatch() as watch:
                ours(now)
            insist(work_done(now) == work_of(many), work_done(now))
            own.append(many / watch.seconds)
    rate, peer, telling = median(own), median(silent), median(told)
    return (
        Result("sweep_vs_helpdesk", rate, peer, "cases/s", rate / peer, ">= 100"),
        Result("sweep_vs_helpdesk_told", rate, telling, "cases/s, it mails two", rate / telling),
    )


def growth(lab: Lab, name: str, due: int, goal: float, rounds: int) -> tuple[Result, ...]:
    """The same tick on tables of three sizes by turns, against the smallest; milliseconds."""
    small, middle, large = 10_000, 100_000, lab.largest
    sizes = {small: lab.filled(small, 9_000), large: lab.filled(large, lab.most_due)}
    if large > middle:
        sizes[middle] = lab.filled(middle, min(middle - 1_000, lab.most_due))
    spent: dict[int, list[float]] = {size: [] for size in sizes}
    with ExitStack() as copies:
        names = {size: f"{PREFIX}copy_{size}" for size in sizes}
        for size, template in sizes.items():
            copies.enter_context(lab.copy(template, names[size]))
        for turn in range(rounds + 1):
            for size, database in names.items():
                lab.enter(database)
                connection.ensure_connection()
                now = instant_here(due)
                with Stopwatch() as watch:
                    done = ours(now)
                insist(done == due, done)
                if turn:  # the first one reads the indexes into memory
                    spent[size].append(watch.seconds * 1000)
                # The instants of the small table lie further apart: what a tick left for the clock to
                # decide ten minutes later would be work of its next one there, and not in the large one.
                Deadline.objects.open().filter(kind=DeadlineKind.DEFAULT_DECISION).delete()
    took = {size: median(milliseconds) for size, milliseconds in spent.items()}
    lines = {middle: f"{name}_100k", large: name}
    return tuple(
        Result(
            line,
            took[size],
            took[small],
            f"ms at {size:,} and {small:,}",
            took[size] / took[small],
            f"<= {goal}",
        )
        for size, line in lines.items()
        if size in took
    )


def idle_growth(lab: Lab) -> tuple[Result, ...]:
    return growth(lab, "idle_growth", 0, 1.5, rounds=30)


def tick_growth(lab: Lab) -> tuple[Result, ...]:
    return growth(lab, "tick_growth", 2_000, 1.15, rounds=3)
