"""Tables to take away as CSV: what a spreadsheet would take for a formula is marked as text."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse

from portal.sending import disposition

FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Echo:
    def write(self, row: str) -> str:
        return row


def spreadsheet(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    response = HttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = disposition("attachment", name)
    return response


def lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield "\ufeff"  # or a spreadsheet reads Chinese names as something else
    yield writer.writerow(head)
    for row in rows:
        yield writer.writerow([plain(str(value)) for value in row])


def plain(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
