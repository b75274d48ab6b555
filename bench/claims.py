"""Fifty arbitrators pressing "next case" in the same moment, against the bare SKIP LOCKED update."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from statistics import median

from django.db import connection
from django.utils import timezone

from accounts.models import Role, User
from bench.lab import Lab, Result, insist
from cases.actions import claim_next
from cases.models import Case

Way = Callable[[User], int | None]
Report = tuple[float, float, list[int | None]]
WORKERS, EACH, ROUNDS = 50, 30, 2
BARE = """
UPDATE cases_case SET state = 'reviewing', holder_id = %s, version = version + 1
 WHERE id = (SELECT id FROM cases_case WHERE state = 'queued'
              ORDER BY priority DESC, due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def bare(by: User) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [by.pk])
        row = cursor.fetchone()
        return row and int(row[0])


def ours(by: User) -> int | None:
    case = claim_next(by=by, now=timezone.now())
    return case and case.pk


def press(way: Way, by: User, presses: int, gate: Barrier, told: Queue[Report]) -> None:
    connection.close()
    connection.ensure_connection()
    gate.wait(60)
    began = time.perf_counter()
    taken: list[int | None] = []
    try:
        taken = [way(by) for _ in range(presses)]
    finally:
        told.put((began, time.perf_counter(), taken))
        connection.close()


def together(way: Way) -> float:
    """Claims a second, all workers together; nobody may hold what another one holds."""
    people = list(User.objects.filter(role=Role.ARBITRATOR).order_by("pk")[:WORKERS])
    presses = min(EACH, Case.objects.waiting().count() // WORKERS)
    context = get_context("fork")
    gate, told = context.Barrier(len(people)), context.Queue()
    connection.close()
    workers = [context.Process(target=press, args=(way, by, presses, gate, told)) for by in people]
    for worker in workers:
        worker.start()
    reports = [told.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join()
    taken = [pk for _, _, pks in reports for pk in pks]
    insist(None not in taken, "an empty hand while cases wait")
    insist(len(set(taken)) == WORKERS * presses, "a case was given out twice, or a worker fell")
    return len(taken) / (max(end for _, end, _ in reports) - min(start for start, _, _ in reports))


def claims(lab: Lab) -> tuple[Result, ...]:
    template = lab.filled(lab.largest, lab.most_due)
    rates: dict[Way, list[float]] = {bare: [], ours: []}
    for _round in range(ROUNDS):
        for way, seen in rates.items():
            with lab.copy(template):
                seen.append(together(way))
    limit, own = median(rates[bare]), median(rates[ours])
    return (Result("claims", own, limit, "claims/s, 50 workers", own / limit, ">= 0.5"),)
