"""The docket: append-only lines, each hashed over the one before, one chain per case."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from cases.models import Case, CaseQuerySet, Event

# Lines that say that somebody looked at a case or took of it with them; they change nothing of it.
READING = ("open_original", "unmask", "export_case", "export_docket")

canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
quoted = json.encoder.encode_basestring


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
    content = content_of(
        reference=quoted(reference),
        number=str(number),
        at=at,
        actor_id=actor_id,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
    )
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def content_of(
    *,
    reference: str,
    number: str,
    at: datetime,
    actor_id: int | None,
    name: str,
    from_state: str,
    to_state: str,
    facts: dict[str, Any],
) -> str:
    """A line as canonical JSON; reference and number as they stand in it."""
    # Written out because the clock hashes a hundred thousand at a time: half the work of a dictionary.
    return (
        f'{{"actor":{"null" if actor_id is None else actor_id}'
        f',"at":"{at.astimezone(UTC).isoformat(timespec="microseconds")}"'
        f',"case":{reference},"facts":{canonical(facts)},"from":{quoted(from_state)}'
        f',"name":{quoted(name)},"number":{number},"to":{quoted(to_state)}}}'
    )


def parts_of(
    *, at: datetime, actor_id: int | None, name: str, from_state: str, to_state: str
) -> list[str]:
    """A line without facts whose case is still to be found: what stands before, between and after
    its reference and its number."""
    gap = "\0"  # stands in no JSON
    whole = content_of(
        reference=gap,
        number=gap,
        at=at,
        actor_id=actor_id,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts={},
    )
    return whole.split(gap)


def hold(case: Case) -> int:
    """Lock the case row, where the database can, and read what moves without a step; returns its version."""
    version, case.docket_length, case.docket_head, case.due_at = (
        Case.objects.select_for_update(no_key=True)
        .values_list("version", "docket_length", "docket_head", "due_at")
        .get(pk=case.pk)
    )
    return int(version)


def next_line(
    case: Case,
    name: str,
    *,
    actor: User | None,
    at: datetime,
    from_state: str = "",
    to_state: str = "",
    facts: dict[str, Any],
) -> Event:
    """The line after the last of a case that is held, and the case naming it; both still to be saved."""
    previous, number = case.docket_head, case.docket_length + 1
    line = line_hash(
        previous=previous,
        reference=case.reference,
        number=number,
        at=at,
        actor_id=actor.pk if actor else None,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
    )
    case.docket_length, case.docket_head = number, line
    return Event(
        case=case,
        number=number,
        at=at,
        actor=actor,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
        previous_hash=previous,
        hash=line,
    )


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
    hold(case)
    event = next_line(
        case, name, actor=actor, at=at, from_state=from_state, to_state=to_state, facts=facts
    )
    event.save(force_insert=True)
    Case.objects.filter(pk=case.pk).update(
        docket_length=case.docket_length, docket_head=case.docket_head
    )
    return event


@dataclass(frozen=True)
class BadLine:
    """Where a docket is not what it was. `code` is a key of REASONS, `facts` fill its blanks (JSON)."""

    reference: str
    number: int
    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return gettext(REASONS[self.code]) % self.facts


REASONS: dict[str, str] = {
    "missing": _("the line is missing"),
    "order": _("it does not follow from the line before"),
    "changed": _("its content does not match its hash"),
    "cut": _("the docket ends before the line the case names"),
    "head": _("the case names another last line"),
    "lost": _("lines %(first)s to %(last)s are missing; anchored %(at)s"),
    "gone": _("the case is missing with all its %(last)s lines; anchored %(at)s"),
    "exhibit": _("%(label)s is not stored as it was entered: %(what)s"),
    "rewritten": _("something in lines %(first)s to %(last)s was rewritten; anchored %(at)s"),
}


@dataclass(frozen=True)
class Chain:
    """One case's docket as it was read."""

    reference: str
    lines: int
    last: int  # the number of its last line
    bad: BadLine | None
    marked: str  # the hash of the line asked for; empty when there is no such line


def chains(cases: CaseQuerySet, marks: Mapping[str, int] | None = None) -> Iterator[Chain]:
    """Recompute the docket of every case from its entries, in one query.

    `marks` asks, by reference, for the hash of one line of the chain.
    """
    columns = ("number", "at", "actor_id", "name", "from_state", "to_state", "facts")
    rows = cases.order_by("pk", "events__number").values_list(
        "reference",
        "docket_length",
        "docket_head",
        *(f"events__{column}" for column in (*columns, "previous_hash", "hash")),
    )
    for reference, lines in groupby(rows.iterator(chunk_size=5000), key=itemgetter(0)):
        yield _read(reference, lines, (marks or {}).get(reference))


def _read(reference: str, rows: Iterable[tuple[Any, ...]], mark: int | None) -> Chain:
    lines = last = 0
    previous = marked = ""
    bad: BadLine | None = None
    length, head = 0, ""
    for row in rows:
        _reference, length, head, number, *content, before, stored = row
        if number is None:  # a case without a single line
            break
        lines, last = lines + 1, number
        if number == mark:
            marked = stored
        if bad is None:
            bad = _fault(reference, lines, previous, (number, *content), before, stored)
        previous = stored
    if bad is None and last != length:
        bad = BadLine(reference, last + 1, "cut")
    if bad is None and previous != head:
        bad = BadLine(reference, last, "head")
    return Chain(reference, lines, last, bad, marked)


def _fault(
    reference: str, expected: int, previous: str, line: tuple[Any, ...], before: str, stored: str
) -> BadLine | None:
    number, at, actor_id, name, from_state, to_state, facts = line
    if number != expected:
        return BadLine(reference, expected, "missing")
    if before != previous:
        return BadLine(reference, number, "order")
    computed = line_hash(
        previous=previous,
        reference=reference,
        number=number,
        at=at,
        actor_id=actor_id,
        name=name,
        from_state=from_state,
        to_state=to_state,
        facts=facts,
    )
    return None if computed == stored else BadLine(reference, number, "changed")


def verify(cases: Iterable[Case]) -> Iterator[tuple[Case, int, BadLine | None]]:
    """Each of these cases, how many lines it has, and its first bad one if any."""
    for case in cases:
        for chain in chains(Case.objects.filter(pk=case.pk)):
            yield case, chain.lines, chain.bad
