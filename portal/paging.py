"""Pages of what waits, continued from the key of a row: the thousandth costs what the first does.

`page=7` alone is found by counting along the index; the links between pages carry a key as well, so that
nobody counts and nothing is shown twice when cases move meanwhile. The number is then only for the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import DateTimeField, F, Func, Q, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from cases.models import Case, CaseQuerySet

MOST_PAGES = 10**9


class Key(NamedTuple):
    """Where a case stands in the order of the queue."""

    priority: int
    due_at: datetime | None
    pk: int

    @classmethod
    def of(cls, case: Case) -> Key:
        return cls(case.priority, case.due_at, case.pk)

    @classmethod
    def read(cls, written: str) -> Key | None:
        priority, _, rest = written.partition("~")
        due_at, _, pk = rest.partition("~")
        if not all(
            number.isascii() and number.isdigit() and len(number) < 10 for number in (priority, pk)
        ):
            return None
        try:
            at = parse_datetime(due_at) if due_at else None
        except ValueError:
            return None
        if due_at and (at is None or at.tzinfo is None):
            return None
        return cls(int(priority), at, int(pk))

    def __str__(self) -> str:
        return f"{self.priority}~{self.due_at.isoformat() if self.due_at else ''}~{self.pk}"


@dataclass(frozen=True)
class Page:
    """One page. `before` and `after` are the keys its links to the neighbours carry, where it has any."""

    cases: Sequence[Any]
    number: int
    pages: int
    count: int
    before: str | None = None
    after: str | None = None

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def page_of(waiting: CaseQuerySet, asked: QueryDict, *, count: int, rows: int) -> Page:
    """The page of the queue the address asks for; for one that is not there the nearest that is."""
    pages = max(1, -(-count // rows))
    number = min(pages, number_in(asked))
    after, before = Key.read(asked.get("after", "")), Key.read(asked.get("before", ""))
    if number == 1 or not (before or after):
        found = list(by_number(waiting, number, rows))
    elif before:
        found = list(ahead_of(waiting, before, rows))
    elif after:
        found = list(behind(waiting, after, rows))
    if not found and number > 1:  # the rest has been claimed meanwhile
        number, found = 1, list(waiting[:rows])
    if not found:
        return Page(found, number, pages, count)
    return Page(found, number, pages, count, str(Key.of(found[0])), str(Key.of(found[-1])))


def plain_page_of(cases: CaseQuerySet, asked: QueryDict, *, rows: int) -> Page:
    """A page of anything else, by its number."""
    page = Paginator(cases, rows).get_page(number_in(asked))
    return Page(list(page), page.number, page.paginator.num_pages, page.paginator.count)


def number_in(asked: QueryDict) -> int:
    written = asked.get("page", "")
    if not (written.isascii() and written.isdigit()):
        return 1
    return min(max(1, int(written[:10])), MOST_PAGES)


def by_number(waiting: CaseQuerySet, number: int, rows: int) -> Iterator[Any]:
    """The page of that number: the keys before it are counted, their rows are not read."""
    if number == 1:
        yield from waiting[:rows]
        return
    skipped = (number - 1) * rows - 1
    last = waiting.values_list("priority", "due_at", "pk")[skipped : skipped + 1]
    for key in last:
        yield from behind(waiting, Key(*key), rows)


def behind(waiting: CaseQuerySet, key: Key, rows: int) -> Iterator[Any]:
    """Up to `rows` cases that come after the key, in as many stretches of the index as it takes."""
    for stretch in after_key(key):
        if rows > 0:
            found = list(waiting.filter(stretch)[:rows])
            rows -= len(found)
            yield from found


def ahead_of(waiting: CaseQuerySet, key: Key, rows: int) -> Iterator[Any]:
    """Up to `rows` cases that come right before the key, in the order of the queue."""
    found: list[Any] = []
    for stretch in before_key(key):
        if len(found) < rows:
            found += waiting.reverse().filter(stretch)[: rows - len(found)]
    yield from reversed(found)


def after_key(key: Key) -> Iterator[Q]:
    """What follows the key, each stretch one range of the index however many cases share an instant.

    Its equals due at the same instant or later, those without a clock, the less urgent.
    """
    equals = Q(priority=key.priority)
    if key.due_at is None:
        yield equals & Q(due_at=None, pk__gt=key.pk)
    else:
        yield equals & Q(GreaterThan(PLACE, place_of(key)))
        yield equals & Q(due_at=None)
    yield Q(priority__lt=key.priority)


def before_key(key: Key) -> Iterator[Q]:
    """What comes before it, the nearest first."""
    equals = Q(priority=key.priority)
    if key.due_at is None:
        yield equals & Q(due_at=None, pk__lt=key.pk)
        yield equals & Q(due_at__isnull=False)
    else:
        yield equals & Q(LessThan(PLACE, place_of(key)))
    yield Q(priority__gt=key.priority)


def row_of(instant: F | Value, pk: F | Value) -> Func:
    """Both as one value of SQL, so that the planner sees one range where it would see two conditions."""
    return Func(instant, pk, template="(%(expressions)s)", output_field=DateTimeField())


PLACE = row_of(F("due_at"), F("pk"))


def place_of(key: Key) -> Func:
    return row_of(Value(key.due_at), Value(key.pk))
