"""Many rows in one go, past model instances: COPY on PostgreSQL, one prepared INSERT elsewhere.

Every constraint and trigger of the database applies; the transaction is the caller's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db import connection, models

Row = Sequence[Any]
as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of plain values for `columns` (attribute names, so `case_id` and not `case`).

    Columns left out get the model's default, the same value in every row: a default that has to differ
    from row to row (a UUID) is the caller's to name. The key is left to the database unless named.
    """
    fields = fields_of(model, columns)
    fixed = tuple(field.get_default() for field in fields[len(columns) :])
    whole = ((*row, *fixed) for row in rows)
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as stream:
                for row in with_json_as_text(fields, whole):
                    stream.write_row(row)
        else:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608  # our own names
                [prepared(fields, row) for row in whole],
            )


def update(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    unmoved: Sequence[str],
) -> int:
    """Set `columns` of each row, and return how many rows there were to set.

    A row is the key, the new values, and the values the columns `unmoved` must still have: a row that
    somebody else changed meanwhile is not touched and not counted.
    """
    if not rows:
        return 0
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    fields = [model._meta.pk, *(by_column[column] for column in (*columns, *unmoved))]
    names = [connection.ops.quote_name(str(field.column)) for field in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    is_set, is_kept = names[1 : len(columns) + 1], names[len(columns) + 1 :]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            given = [f"v{at}" for at in range(len(fields))]
            arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
            values = ", ".join(f"{name} = v{at}" for at, name in enumerate(is_set, 1))
            same = [
                f"t.{name} IS NOT DISTINCT FROM v{at}"
                for at, name in enumerate(is_kept, len(is_set) + 1)
            ]
            cursor.execute(
                f"UPDATE {table} t SET {values}"  # noqa: S608
                f" FROM unnest({arrays}) v({', '.join(given)})"
                f" WHERE {' AND '.join([f't.{names[0]} = v0', *same])}",
                [array(column) for column in zip(*rows, strict=True)],
            )
        else:
            values = ", ".join(f"{name} = %s" for name in is_set)
            same = [f"{name} IS %s" for name in (names[0], *is_kept)]
            cursor.executemany(
                f"UPDATE {table} SET {values} WHERE {' AND '.join(same)}",  # noqa: S608
                [
                    (*row[1 : len(columns) + 1], row[0], *row[len(columns) + 1 :])
                    for row in (prepared(fields, row) for row in rows)
                ],
            )
        return int(cursor.rowcount)


def array(values: Iterable[Any]) -> str:
    """Plain values as PostgreSQL reads an array; far quicker than adapting them one by one."""
    return (
        "{" + ",".join(["NULL" if value is None else quoted(str(value)) for value in values]) + "}"
    )


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def fields_of(model: type[models.Model], columns: Sequence[str]) -> list[models.Field[Any, Any]]:
    """The fields of the columns named, in that order, and then all others but a generated key."""
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    named = [by_column.pop(column) for column in columns]
    rest = (field for field in by_column.values() if not isinstance(field, models.AutoField))
    return list(chain(named, rest))


def with_json_as_text(
    fields: Sequence[models.Field[Any, Any]], rows: Iterable[Row]
) -> Iterator[Row]:
    places = [at for at, field in enumerate(fields) if isinstance(field, models.JSONField)]
    for row in rows:
        values = list(row)
        for at in places:
            values[at] = as_json(values[at])
        yield values


def prepared(fields: Sequence[models.Field[Any, Any]], row: Row) -> list[Any]:
    """The values as the database at hand takes them in a statement."""
    return [
        field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)
    ]
