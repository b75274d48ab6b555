"""What somebody with SQL can do to the docket, in the ways the portal must notice."""

from __future__ import annotations

from importlib import import_module

from django.db import connection

from cases.docket import line_hash
from cases.models import Case, Event

guard = import_module("cases.migrations.0004_docket_is_append_only")


def execute(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def disarm() -> None:
    """Take the triggers away, as the owner of the database can."""
    on = " ON cases_event" if connection.vendor == "postgresql" else ""
    for what in ("updated", "deleted"):
        execute(f"DROP TRIGGER IF EXISTS docket_line_is_never_{what}{on}")


def arm() -> None:
    """The triggers as the migration makes them."""
    disarm()
    for statement in guard.SQLITE if connection.vendor == "sqlite" else guard.POSTGRESQL[1:]:
        execute(statement)


def edit(case: Case, number: int, change: str = "name = 'withdraw'") -> None:
    execute(f"UPDATE cases_event SET {change} WHERE case_id = %s AND number = %s", case.pk, number)


def delete(case: Case, number: int) -> None:
    execute("DELETE FROM cases_event WHERE case_id = %s AND number >= %s", case.pk, number)


def swap(case: Case, one: int, other: int) -> None:
    for number, to in ((one, 9999), (other, one), (9999, other)):
        execute(
            "UPDATE cases_event SET number = %s WHERE case_id = %s AND number = %s",
            *(to, case.pk, number),
        )


def cut(case: Case, to: int) -> None:
    """Take the tail off and make the row of the case agree."""
    delete(case, to + 1)
    head = Event.objects.get(case=case, number=to).hash if to else ""
    execute(
        "UPDATE cases_case SET docket_length = %s, docket_head = %s WHERE id = %s",
        *(to, head, case.pk),
    )


def rewrite(case: Case, number: int, facts: str = '{"text": "never said"}') -> None:
    """Change one line, and recompute every hash from there on and the head in the case."""
    edit(case, number, f"facts = '{facts}'")
    previous = ""
    for event in Event.objects.filter(case=case).order_by("number"):
        forged = line_hash(
            previous=previous,
            reference=case.reference,
            number=event.number,
            at=event.at,
            actor_id=event.actor_id,
            name=event.name,
            from_state=event.from_state,
            to_state=event.to_state,
            facts=event.facts,
        )
        execute(
            "UPDATE cases_event SET previous_hash = %s, hash = %s WHERE id = %s",
            *(previous, forged, event.pk),
        )
        previous = forged
    execute("UPDATE cases_case SET docket_head = %s WHERE id = %s", previous, case.pk)
