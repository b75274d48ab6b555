"""How late the clock is when everything falls due at once, with the real beat, workers and web server.

Lateness is the instant of the commit, as PostgreSQL notes it, minus the deadline's own: what the sweep
writes down is only when it began. The limit is one SQL statement doing the same writes, nobody waiting.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import cycle
from tempfile import TemporaryDirectory
from threading import Event as Flag
from threading import Thread

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from bench.lab import Lab, Result, Stopwatch, insist, say
from bench.servers import Answer, Visitor, percentile, process, session_of, web
from bench.sweeps import one_statement
from cases import sweep
from cases.models import ON_THE_WAY, Case, Deadline, DeadlineKind, Heartbeat
from tests.launch import valkey

AHEAD = timedelta(seconds=45)  # time for the clock to start and ring, and to see the web at rest
LONGEST_SECONDS, PAUSE_SECONDS = 300, 0.25
WORKERS = 2
CELERY = ("celery", "-q", "-A", "arbitration")
# The deadlines already over, spread over one second of the time to come.
POSTPONE = """
WITH late AS (
    SELECT id, case_id,
           %(at)s + (row_number() OVER (ORDER BY id) - 1) * interval '1 second' / %(many)s AS due
      FROM cases_deadline
     WHERE closed_at IS NULL AND NOT is_paused AND kind = 'merchant_response' AND due_at <= %(over)s
), clocks AS (
    UPDATE cases_deadline d SET due_at = late.due, remind_at = NULL FROM late WHERE d.id = late.id
)
UPDATE cases_case c SET due_at = late.due FROM late WHERE c.id = late.case_id
"""
LATENESS = """
SELECT extract(epoch FROM pg_xact_commit_timestamp(e.xmin) - d.due_at)::float8
  FROM cases_event e JOIN cases_deadline d ON d.case_id = e.case_id
 WHERE e.name = 'escalate' AND d.kind = 'merchant_response'
   AND d.due_at >= %(at)s AND d.due_at < %(at)s + interval '1 second'
"""


def lateness_p99(lab: Lab) -> tuple[Result, ...]:
    if not lab.notes_commits():
        say("lateness_p99 needs a server with track_commit_timestamp = on")
        return ()
    template = lab.filled(lab.largest, lab.most_due)
    with lab.copy(template):
        now = timezone.now()
        due = overdue(now)
        with Stopwatch() as limit:
            insist(one_statement(now) == due, "the statement passed some over")
    with lab.copy(template) as name, ExitStack() as running:
        environment = surroundings(lab.address(name), running.enter_context(valkey()))
        for number in range(WORKERS):
            worker = ("worker", "-c", "2", "-n", f"{number}@bench", "-l", "WARNING")
            running.enter_context(process(*CELERY, *worker, **environment))
        port = running.enter_context(web(lab.address(name)))
        answers = running.enter_context(visits(port))
        at = postpone(due)
        folder = running.enter_context(TemporaryDirectory())
        beat = ("beat", "-l", "WARNING", "--pidfile", "", "-s", f"{folder}/schedule")
        running.enter_context(process(*CELERY, *beat, **environment))
        wait_for_the_first_ring(at)
        answers.clear()  # until now the deadlines were being moved
        wait_for_the_last(at)
        late = lateness(at)
    insist(len(late) == due, f"{len(late)} escalations of {due}")
    insist(min(late) >= 0, "one came before its time")
    return (*of_the_clock(late, limit.seconds), of_the_web(answers, at))


def of_the_clock(late: list[float], limit: float) -> Iterator[Result]:
    values = {"p99": percentile(late, 99), "median": percentile(late, 50), "last": max(late)}
    for what, value in values.items():
        yield Result(f"lateness_{what}", value, limit, f"s, {len(late):,} in one", value / limit)


def of_the_web(answers: list[Answer], at: datetime) -> Result:
    """95 of 100 pages came within so many milliseconds, before that second and from it on."""
    failed = [answer.status for answer in answers if answer.status != 200]
    insist(not failed, f"pages that did not come: {failed}")
    at_rest = [a.seconds * 1000 for a in answers if a.at < at.timestamp()]
    meanwhile = [a.seconds * 1000 for a in answers if a.at >= at.timestamp()]
    own, rest = percentile(meanwhile, 95), percentile(at_rest, 95)
    return Result("lateness_web_p95", own, rest, f"ms, {len(meanwhile)} pages, 0 lost", own / rest)


def overdue(now: datetime) -> int:
    due = Deadline.objects.due(now).filter(kind=DeadlineKind.MERCHANT_RESPONSE)
    return int(due.count())


def postpone(many: int) -> datetime:
    """Let all that is overdue fall due within one second instead; the beginning of that second."""
    now = timezone.now()
    at = now + AHEAD
    with connection.cursor() as cursor:
        cursor.execute(POSTPONE, {"at": at, "over": now - ON_THE_WAY, "many": many})
        insist(cursor.rowcount == many, cursor.rowcount)
        cursor.execute("VACUUM (ANALYZE) cases_case, cases_deadline")
    return at


def surroundings(database: str, broker: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "DJANGO_SETTINGS_MODULE": "arbitration.settings",
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }


@contextmanager
def visits(port: int) -> Iterator[list[Answer]]:
    """Somebody who looks at the queue and at a case, again and again; what the answers were."""
    reader = User.objects.filter(role=Role.ARBITRATOR).order_by("pk")[0]
    case = Case.objects.visible_to(reader).waiting()[0]
    visitor = Visitor(port, session_of(reader))
    paths = cycle([reverse("queue"), reverse("case", args=[case.reference])])
    answers: list[Answer] = []
    over = Flag()

    def look() -> None:
        while not over.wait(PAUSE_SECONDS):
            answers.append(visitor.timed(next(paths)))

    for _page in range(4):
        visitor.timed(next(paths))  # the first ones load the templates
    thread = Thread(target=look)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


def wait_for_the_first_ring(at: datetime) -> None:
    """The clock must be seen to run before the second comes."""
    began = timezone.now()
    while not Heartbeat.objects.filter(name=sweep.HEARTBEAT, at__gt=began).exists():
        insist(timezone.now() < at, "the clock did not ring in time")
        time.sleep(0.2)


def wait_for_the_last(at: datetime) -> None:
    until = at + timedelta(seconds=LONGEST_SECONDS)
    while timezone.now() < at + timedelta(seconds=1) + ON_THE_WAY or overdue(timezone.now()):
        insist(timezone.now() < until, "the clock did not come to an end")
        time.sleep(0.5)


def lateness(at: datetime) -> list[float]:
    with connection.cursor() as cursor:
        cursor.execute(LATENESS, {"at": at})
        return [seconds for (seconds,) in cursor.fetchall()]
