"""The docket: append-only lines, each hashed over the one before, one chain per case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from cases.models import Case, Event


def line_hash(
    *,
    previous: str,
    reference: str,
    number: int,
    at: datetime,
    actor_id: int | None,
    name: str,
    from_state: str,
    to_state: str,
    facts: dict[str, Any],
) -> str:
    """SHA-256 (hex) over the previous line's hash and this line as canonical JSON in UTF-8."""
    canonical = json.dumps(
        {
            "actor": actor_id,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "case": reference,
            "facts": facts,
            "from": from_state,
            "name": name,
            "number": number,
            "to": to_state,
        },
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def append(
    case: Case,
    name: str,
    *,
    actor: User | None,
    at: datetime,
    from_state: str = "",
    to_state: str = "",
    **facts: Any,
) -> Event:
    """Enter one line; call it inside the transaction of the act it records.

    The case row is locked first where the database can, so that two lines of one case queue up; the
    unique number decides where it cannot. `facts` must be JSON as it stands.
    """
    length, head = (
        Case.objects.select_for_update().values_list("docket_length", "docket_head").get(pk=case.pk)
    )
    number = length + 1
    line = line_hash(
        previous=head,
        reference=case.reference,
        number=number,
        at=at,
        actor_id=actor.pk if actor else None,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
    )
    event = Event.objects.create(
        case=case,
        number=number,
        at=at,
        actor=actor,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
        previous_hash=head,
        hash=line,
    )
    Case.objects.filter(pk=case.pk).update(docket_length=number, docket_head=line)
    return event


@dataclass(frozen=True)
class BadLine:
    reference: str
    number: int
    reason: str


def verify(cases: Iterable[Case]) -> Iterator[tuple[Case, int, BadLine | None]]:
    """Recompute every chain from its entries: the case, lines read, and its first bad line if any."""
    for case in cases:
        previous, expected = "", 0
        bad = None
        for event in case.events.order_by("number").iterator():
            expected += 1
            bad = _fault(case, event, expected, previous)
            if bad:
                break
            previous = event.hash
        if bad is None and (expected != case.docket_length or previous != case.docket_head):
            bad = BadLine(
                case.reference, expected + 1, "the docket ends before the line the case names"
            )
        yield case, expected, bad


def _fault(case: Case, event: Event, expected: int, previous: str) -> BadLine | None:
    if event.number != expected:
        return BadLine(case.reference, expected, f"line {expected} is missing")
    if event.previous_hash != previous:
        return BadLine(case.reference, event.number, "it does not follow from the line before")
    computed = line_hash(
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
    if computed != event.hash:
        return BadLine(case.reference, event.number, "its content does not match its hash")
    return None
