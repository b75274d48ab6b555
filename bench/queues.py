"""A page of the arbitrator's queue against its floor: one prepared statement for the rows, and the template.

The floor counts nothing: the page's exact counts are part of what it pays for. Both go through the test
client's process, without a network between.
"""

from __future__ import annotations

from collections.abc import Callable
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
from cases.models import Case

ROUNDS = 7
ROWS = """
SELECT c.id, c.*, s.name, b.display_name FROM cases_case c
  JOIN accounts_shop s ON s.id = c.shop_id JOIN accounts_user b ON b.id = c.buyer_id
 WHERE c.state = 'queued' AND (c.holder_id = %(reader)s OR c.holder_id IS NULL)
   AND c.priority <= %(priority)s
   AND (c.priority < %(priority)s OR (c.due_at, c.id) > (%(due_at)s, %(id)s))
 ORDER BY c.priority DESC, c.due_at, c.id LIMIT %(many)s
"""


def page(lab: Lab, name: str, number: int) -> Result:
    template = lab.filled(lab.largest, lab.most_due)
    spent: dict[str, list[float]] = {"ours": [], "floor": []}
    with lab.copy(template):
        reader = User.objects.filter(role=Role.ARBITRATOR).order_by("pk")[0]
        client = Client()
        client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
        setup_test_environment()
        address = f"{reverse('queue')}?page={number}"
        shown = client.get(address)  # also warms both sides
        context = shown.context[0].flatten()
        rows = [row.case.pk for row in context["rows"]]
        insist(bool(rows), "nothing waits on this page")
        before = row_before(reader, context["page"].start_index())
        teardown_test_environment()
        ways: dict[str, Callable[[], Any]] = {
            "ours": lambda: client.get(address),
            "floor": lambda: floor(reader, before, len(rows), context),
        }
        for _round in range(ROUNDS):
            for way, act in ways.items():
                with Stopwatch() as watch:
                    act()
                spent[way].append(watch.seconds * 1000)
        same = floor(reader, before, len(rows), context)
        insist(same == rows, "the floor shows other rows")
    ours, least = median(spent["ours"]), median(spent["floor"])
    return Result(name, ours, least, f"ms, page {context['page'].number}", ours / least, "<= 1.25")


def row_before(reader: User, index: int) -> dict[str, Any]:
    """The key of the row before the page's first, from which an index can go on."""
    if index == 1:
        return {"priority": 32767, "due_at": timezone.now().replace(year=1970), "id": 0}
    waiting = Case.objects.visible_to(reader).waiting()
    row: dict[str, Any] = waiting.values("priority", "due_at", "id")[index - 2]
    return row


def floor(reader: User, before: dict[str, Any], many: int, context: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {**before, "reader": reader.pk, "many": many})
        rows = cursor.fetchall()
    request: HttpRequest = context["request"]
    render_to_string("portal/arbitrator/queue.html", context, request)
    return [row[0] for row in rows]


def queue_page_1(lab: Lab) -> tuple[Result, ...]:
    return (page(lab, "queue_page_1", 1),)


def queue_page_1000(lab: Lab) -> tuple[Result, ...]:
    return (page(lab, "queue_page_1000", 1000),)
