"""Many rows in one go, past model instances: COPY on PostgreSQL, one prepared INSERT elsewhere.

Values are turned into text a column at a time, which costs a fraction of adapting them one by one.
Every constraint and trigger of the database applies; the transaction is the caller's.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice, repeat
from typing import Any, TypeAlias

from django.db import connection, models
from django.utils.duration import duration_string

Row = Sequence[Any]
Field: TypeAlias = "models.Field[Any, Any]"
as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

PORTION = 250  # rows sent together: the server stores them while the next are made
NULL = r"\N"


def insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], **fixed: Any
) -> None:
    """Insert rows of plain values for `columns` (attribute names, so `case_id` and not `case`).

    `fixed` are columns with the same value in every row, and those left out get the model's default: a
    default that has to differ from row to row (a UUID) is the caller's to name. The key is left to the
    database unless named. `rows` may be made on the way, while the server stores the ones before.
    """
    fields = fields_of(model, (*columns, *fixed))
    defaults = [field.get_default() for field in fields[len(columns) + len(fixed) :]]
    tail = (*fixed.values(), *defaults)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
                for portion in copied(fields, rows, tail):
                    stream.write(portion)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608  # our own names
                [prepared(fields, (*row, *tail)) for row in rows],
            )


def update(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    unmoved: Sequence[str],
    **fixed: Any,
) -> int:
    """Set `columns` of each row, and `fixed` of all, and return how many rows there were to set.

    A row is the key, the new values, and the values the columns `unmoved` must still have: a row that
    somebody else changed meanwhile is not touched and not counted.
    """
    if not rows:
        return 0
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    fields = [model._meta.pk, *(by_column[column] for column in (*columns, *unmoved))]
    alike = [by_column[column] for column in fixed]
    alike_values = prepared(alike, list(fixed.values()))
    names = [connection.ops.quote_name(str(field.column)) for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    is_set, is_kept = names[1 : len(columns) + 1], names[len(columns) + 1 :]
    always = [f"{connection.ops.quote_name(str(field.column))} = %s" for field in alike]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = [f"v{at}" for at in range(len(fields))]
            arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
            values = ", ".join([*always, *(f"{name} = v{at}" for at, name in enumerate(is_set, 1))])
            same = [
                f"t.{name} IS NOT DISTINCT FROM v{at}"
                for at, name in enumerate(is_kept, len(is_set) + 1)
            ]
            cursor.execute(
                f"UPDATE {table} t SET {values}"  # noqa: S608
                f" FROM unnest({arrays}) v({', '.join(given)})"
                f" WHERE {' AND '.join([f't.{names[0]} = v0', *same])}",
                [
                    *alike_values,
                    *(
                        "{" + ",".join(texts(field, column, "NULL", in_array)) + "}"
                        for field, column in zip(fields, zip(*rows, strict=True), strict=True)
                    ),
                ],
            )
        else:
            values = ", ".join([*always, *(f"{name} = %s" for name in is_set)])
            same = [f"{name} IS %s" for name in (names[0], *is_kept)]
            cursor.executemany(
                f"UPDATE {table} SET {values} WHERE {' AND '.join(same)}",  # noqa: S608
                [
                    (*alike_values, *row[1 : len(columns) + 1], row[0], *row[len(columns) + 1 :])
                    for row in (prepared(fields, row) for row in rows)
                ],
            )
        return int(cursor.rowcount)


def fields_of(model: type[models.Model], columns: Sequence[str]) -> list[Field]:
    """The fields of the columns named, in that order, and then all others but a generated key."""
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    named = [by_column.pop(column) for column in columns]
    rest = (field for field in by_column.values() if not isinstance(field, models.AutoField))
    return list(chain(named, rest))


def copied(fields: Sequence[Field], rows: Iterable[Row], tail: Sequence[Any]) -> Iterator[str]:
    """The rows, each ending in `tail`, as COPY reads them, some hundreds at a time."""
    own, last = fields[: len(fields) - len(tail)], fields[len(fields) - len(tail) :]
    ends = [texts(each, [value], NULL, in_copy)[0] for each, value in zip(last, tail, strict=True)]
    left = iter(rows)
    while portion := list(islice(left, PORTION)):
        columns = [
            texts(each, values, NULL, in_copy)
            for each, values in zip(own, zip(*portion, strict=True), strict=True)
        ]
        lines = zip(*columns, *map(repeat, ends), strict=False)
        yield "\n".join(map("\t".join, lines)) + "\n"


def texts(
    field: Field, values: Sequence[Any], null: str, escaped: Callable[[str], str]
) -> list[str]:
    """A column's values as PostgreSQL reads them."""
    if isinstance(field, models.CharField | models.TextField):
        return [null if value is None else escaped(value) for value in values]
    if isinstance(field, models.JSONField | models.DateTimeField | models.DurationField):
        # Dear to write, and often the same object in many rows: each object is written once.
        written = {id(value): value for value in values}
        for key, value in written.items():
            if isinstance(field, models.JSONField):
                written[key] = escaped(as_json(value))
            elif value is None:
                written[key] = null
            else:
                written[key] = str(value) if isinstance(value, datetime) else duration_string(value)
        return [written[id(value)] for value in values]
    return [null if value is None else str(value) for value in values]


def random_ids(count: int) -> Iterator[uuid.UUID]:
    """As `uuid4` makes them, with one question to the system for all."""
    noise = os.urandom(16 * count)
    for at in range(0, 16 * count, 16):
        yield uuid.UUID(bytes=noise[at : at + 16], version=4)


def in_copy(text: str) -> str:
    return text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")


def in_array(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"") + '"'


def prepared(fields: Sequence[Field], row: Row) -> list[Any]:
    """The values as the database at hand takes them in a statement."""
    return [
        field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)
    ]
