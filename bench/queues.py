"""A page of the arbitrator's queue against its floor: one prepared statement for the rows, and the template.

The floor counts nothing: the page's exact counts are part of what it pays for. Both go through the test
client's process, without a network between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from bench.lab import Lab, Result, Stopwatch, insist
from cases import sweep
from cases.models import Case
from portal import arbitrators
from portal.arbitrators import SHOWN
from portal.paging import Key

ROUNDS = 15
ROWS = f"""
SELECT c.id, {", ".join(f"c.{column}" for column in SHOWN if "__" not in column)},
       s.name, s.is_self_operated
  FROM cases_case c JOIN accounts_shop s ON s.id = c.shop_id
 WHERE c.state = 'queued' AND c.priority = %(priority)s AND (c.due_at, c.id) > (%(due_at)s, %(id)s)
 ORDER BY c.priority DESC, c.due_at, c.id LIMIT %(many)s
"""  # noqa: S608


Way = Callable[[], Any]


@contextmanager
def long_queue(lab: Lab) -> Iterator[Client]:
    """All that is overdue has reached the desk, and its reader is signed in."""
    with lab.copy(lab.filled(lab.largest, lab.most_due)):
        sweep.run(timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        reader = User.objects.filter(role=Role.ARBITRATOR).order_by("pk")[0]
        client = Client()
        client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
        yield client


def ways_to(client: Client, number: int) -> tuple[Way, Way]:
    """The page as its link asks for it, and its floor; both are warm."""
    before = row_before(number)
    key = Key(before["priority"], before["due_at"], before["id"])
    asked = {"page": number, "after": str(key)} if number > 1 else {}
    setup_test_environment()  # to see the context; it slows the page down, so not for long
    shown = client.get(reverse("queue"), asked)
    teardown_test_environment()
    context = shown.context[0].flatten()
    rows = [row.case.pk for row in context["rows"]]
    insist(context["page"].number == number, f"there is no page {number}")
    insist(len(rows) == arbitrators.ROWS, "the page is not full")
    insist(floor(before, context) == rows, "the floor shows other rows")
    return lambda: client.get(reverse("queue"), asked), lambda: floor(before, context)


def by_turns(ways: Sequence[Way]) -> list[float]:
    """Milliseconds of each, the median."""
    spent: list[list[float]] = [[] for _way in ways]
    for _round in range(ROUNDS):
        for way, times in zip(ways, spent, strict=True):
            with Stopwatch() as watch:
                way()
            times.append(watch.seconds * 1000)
    return [median(times) for times in spent]


def row_before(number: int) -> dict[str, Any]:
    """The key of the row before the page's first, from which one range of the index goes on.

    The cases of a page measured here share their priority; that the floor shows the same is insisted on.
    """
    keys = Case.objects.waiting().values("priority", "due_at", "id")
    if number == 1:
        return {**keys[0], "due_at": timezone.now().replace(year=1970)}
    row: dict[str, Any] = keys[(number - 1) * arbitrators.ROWS - 1]
    return row


def floor(before: dict[str, Any], context: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {**before, "many": arbitrators.ROWS})
        rows = cursor.fetchall()
    request: HttpRequest = context["request"]
    render_to_string("portal/arbitrator/queue.html", context, request)
    return [row[0] for row in rows]


def queue_page_1(lab: Lab) -> tuple[Result, ...]:
    with long_queue(lab) as client:
        ours, least = by_turns(ways_to(client, 1))
    return (Result("queue_page_1", ours, least, "ms", ours / least, "<= 1.25"),)


def queue_page_1000(lab: Lab) -> tuple[Result, ...]:
    with long_queue(lab) as client:
        number = min(1000, Case.objects.waiting().count() // arbitrators.ROWS)
        first, _floor = ways_to(client, 1)
        ours, least, page_1 = by_turns((*ways_to(client, number), first))
    unit = f"ms, page {number}"
    return (
        Result("queue_page_1000", ours, least, unit, ours / least, "<= 1.25"),
        Result("queue_page_1000_to_1", ours, page_1, unit, ours / page_1, "<= 1.05"),
    )
