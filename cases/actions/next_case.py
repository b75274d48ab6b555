"""The next case of somebody on the desk: which one it is, and taking it while fifty others press too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import docket, notices
from cases.actions.passage import advance
from cases.deadlines import CLOCKS_GO_ON
from cases.lifecycle import STEPS, State, hearer
from cases.models import Case, CaseQuerySet, Event
from cases.proceedings import close_to

NOT_AGAIN_WITHIN = timedelta(hours=1)
DOUBLE_PRESS = timedelta(seconds=3)
WANTED = {"id", "reference", "state", "version", "docket_length", "docket_head"}
GIVEN = [field.attname for field in Case._meta.concrete_fields if field.attname in WANTED]
CLAIM = STEPS["claim", State.QUEUED]

# The first that `waiting_for` finds, and what `advance` writes when it is claimed, in one prepared statement:
# fifty people at once wait for each other no longer than it runs. That both do the same is tested.
TAKE = """
WITH next AS (
    SELECT id, reference, docket_length + 1 AS number, docket_head AS head
      FROM cases_case
     WHERE state = 'queued' AND buyer_id <> %(by)s
       AND (taken_from_id IS NULL OR taken_from_id <> %(by)s)
       AND default_at IS NULL
       AND shop_id <> ALL (ARRAY(SELECT shop_id FROM accounts_shopmember WHERE user_id = %(by)s))
       AND id <> ALL (ARRAY(SELECT case_id FROM cases_recusal WHERE user_id = %(by)s))
       AND id <> ALL (ARRAY(SELECT case_id FROM cases_event
                             WHERE actor_id = %(by)s AND name IN ('release', 'skip') AND at > %(since)s))
     ORDER BY priority DESC, due_at, id
     LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), hashed AS (
    SELECT *, encode(sha256(convert_to(head || E'\\n' || %(before)s || to_json(reference)::text
                                       || %(between)s || number || %(after)s, 'UTF8')), 'hex') AS line
      FROM next
), entered AS (
    INSERT INTO cases_event (case_id, number, at, actor_id, name, from_state, to_state, facts,
                             previous_hash, hash)
    SELECT id, number, %(now)s, %(by)s, 'claim', 'queued', 'reviewing', '{}', head, line FROM hashed
)
UPDATE cases_case c
   SET state = 'reviewing', holder_id = %(by)s, default_at = NULL, version = version + 1,
       docket_length = number, docket_head = line
  FROM hashed WHERE c.id = hashed.id
RETURNING """ + ", ".join(f"c.{column}" for column in GIVEN)  # noqa: S608


def waiting_for(by: User, now: datetime) -> CaseQuerySet:
    """What this person may claim, most urgent first: no shop they ever belonged to, no conflict they
    declared, nothing let go within the hour.
    """
    let_go = Event.objects.filter(
        actor=by, name__in=("release", "skip"), at__gt=now - NOT_AGAIN_WITHIN
    )
    waiting: CaseQuerySet = (
        Case.objects.waiting()
        .exclude(close_to(by))
        .exclude(taken_from=by)
        .filter(default_at=None)
        .exclude(pk__in=let_go.values("case_id"))
    )
    return waiting


def claim_next(*, by: User, now: datetime) -> Case | None:
    """Take the most urgent case this person may take; None when nothing waits."""
    return take(by, now) if is_plain() else take_the_long_way(by, now)


def press_next(*, by: User, now: datetime) -> Case | None:
    """The button: pressed twice, or sent twice, it takes one case and leads to it both times."""
    with transaction.atomic():
        # A second press of the same person waits here.
        User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
        just_taken = Case.objects.filter(
            holder=by,
            state=State.REVIEWING,
            events__actor=by,
            events__name=CLAIM.name,
            events__at__gt=now - DOUBLE_PRESS,
        )
        return just_taken.order_by("-pk").first() or claim_next(by=by, now=now)


def is_plain() -> bool:
    """Whether a claim is no more than the statement does: no guard, no notice, no clock touched."""
    return (
        connection.vendor == "postgresql"
        and CLAIM.permission is hearer
        and not CLAIM.conditions
        and not notices.TOLD["claim"]
        and "claim" in CLOCKS_GO_ON
    )


def take(by: User, now: datetime) -> Case | None:
    """By the statement. What it does not return of the case is read when asked for."""
    if not by.is_arbitrating:
        raise PermissionDenied
    before, between, after = docket.parts_of(
        at=now, actor_id=by.pk, name=CLAIM.name, from_state=CLAIM.source, to_state=CLAIM.target
    )
    values: dict[str, Any] = {
        **{"by": by.pk, "now": now, "since": now - NOT_AGAIN_WITHIN},
        **{"before": before, "between": between, "after": after},
    }
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        row = cursor.execute(TAKE, values, prepare=True).fetchone()
    return Case.from_db(connection.alias, GIVEN, row) if row else None


def take_the_long_way(by: User, now: datetime) -> Case | None:
    """By the passage of every other step."""
    waiting = waiting_for(by, now).select_for_update(skip_locked=True, of=("self",), no_key=True)
    while True:
        try:
            with transaction.atomic():
                case = waiting.first()
                if case is not None:
                    advance(case, "claim", by=by, now=now, holder=by, held=True)
                return case
        except ConcurrentTransition:
            continue
