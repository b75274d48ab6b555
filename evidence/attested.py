"""What the docket attests of an exhibit, held against what is stored of it.

The rows of exhibits and messages can be written by whoever has the database; the lines that entered them
cannot, without the chain and its anchors telling.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction

from cases.docket import BadLine, canonical
from cases.models import Case, Event
from evidence.models import Exhibit, Message, SealedFile

ENTERED = ("side", "kind", "sha256")  # named alike on the line and in the row
ADMISSIONS = {"admit_late": "admitted", "leave_out_late": "left_out"}
LINES = ("exhibit", "confirm_chat_log", "withdraw_exhibit", *ADMISSIONS)
SAID = ("number", "sent_at", "time_assumed", "sender", "side", "text", "flags")
AT_ONCE = 500  # cases


@dataclass
class Attested:
    """An exhibit as the docket has it. `messages` is empty where no line names their digest."""

    line: int
    facts: Mapping[str, Any]
    messages: str = ""
    is_withdrawn: bool = False
    admission: str = ""

    @property
    def files(self) -> dict[str, str]:
        """The hashes of its files by role; lines from before these were entered name the original's only."""
        return {SealedFile.Role.ORIGINAL: self.facts["sha256"], **self.facts.get("files", {})}


@dataclass
class Stored:
    exhibit: Exhibit | None = None
    files: dict[str, str] = field(default_factory=dict)
    messages: str = ""


def digest_of(messages: Iterable[Sequence[Any]]) -> str:
    """SHA-256 (hex) over messages, each the values of SAID as one line of canonical JSON in UTF-8."""
    digest = hashlib.sha256()
    for message in messages:
        digest.update(f"{canonical(as_entered(message))}\n".encode())
    return digest.hexdigest()


def as_entered(message: Sequence[Any]) -> list[Any]:
    number, at, *rest = message
    return [number, at.astimezone(UTC).isoformat(timespec="microseconds"), *rest]


def attested(cases: Sequence[int]) -> dict[tuple[int, str], Attested]:
    """By case and label, what the dockets of these cases say of their exhibits."""
    found: dict[tuple[int, str], Attested] = {}
    lines = Event.objects.filter(case__in=cases, name__in=LINES).order_by("case_id", "number")
    for case, number, name, facts in lines.values_list("case_id", "number", "name", "facts"):
        key = case, facts.get("label", "")
        if name == "exhibit":
            found[key] = Attested(number, facts, facts.get("messages", ""))
        elif key not in found:
            continue
        elif name == "confirm_chat_log":
            found[key].messages = facts.get("messages", "")
        elif name == "withdraw_exhibit":
            found[key].is_withdrawn = True
        else:
            found[key].admission = ADMISSIONS[name]
    return found


def attested_of(exhibit: Exhibit) -> Attested | None:
    return attested([exhibit.case_id]).get((exhibit.case_id, exhibit.label))


def has_its_messages(exhibit: Exhibit, said: Attested) -> bool:
    """Whether the messages stored of a log are the ones that were entered."""
    stored = exhibit.messages.order_by("number").values_list(*SAID)
    return not said.messages or digest_of(stored.iterator()) == said.messages


# All of them -------------------------------------------------------------------------------------


def differing(references: Sequence[str] = ()) -> Iterator[BadLine]:
    """Every exhibit of these cases, or of all, that is not stored as its docket has it."""
    only = {"case__reference__in": references} if references else {}
    exhibits, lines = Exhibit.objects.filter(**only), Event.objects.filter(name="exhibit", **only)
    concerned = sorted(
        {*exhibits.order_by().values_list("case", flat=True).distinct()}
        | {*lines.order_by().values_list("case", flat=True).distinct()}
    )
    for start in range(0, len(concerned), AT_ONCE):
        yield from _looked_at_twice(concerned[start : start + AT_ONCE])


def _looked_at_twice(cases: Sequence[int]) -> Iterator[BadLine]:
    """What came in between two queries is no fault: whoever seems to differ is held and looked at again."""
    first = list(_differing(cases))
    doubted = {bad.reference for bad in first}
    yield from (bad for bad in first if not bad.reference)  # a docket without its first line
    if doubted:
        with transaction.atomic():
            held = Case.objects.select_for_update().filter(pk__in=cases, reference__in=doubted)
            found = list(_differing(sorted(case.pk for case in held.only("pk"))))
        yield from found


def _differing(cases: Sequence[int]) -> Iterator[BadLine]:
    said, stored = attested(cases), _stored(cases)
    first = Event.objects.filter(case__in=cases, number=1)
    references = dict(first.values_list("case", "case__reference"))
    for key in sorted(said.keys() | stored.keys()):
        what = _fault(said.get(key), stored.get(key, Stored()))
        if what:
            line = said[key].line if key in said else 1
            facts = {"label": key[1], "what": ", ".join(what)}
            yield BadLine(references.get(key[0], ""), line, "exhibit", facts)


def _stored(cases: Sequence[int]) -> dict[tuple[int, str], Stored]:
    keys: dict[int, tuple[int, str]] = {}
    found: dict[tuple[int, str], Stored] = {}
    for exhibit in Exhibit.objects.filter(case__in=cases):
        keys[exhibit.pk] = exhibit.case_id, exhibit.label
        found[keys[exhibit.pk]] = Stored(exhibit)
    files = SealedFile.objects.filter(exhibit__case__in=cases)
    for exhibit_id, role, sha256 in files.values_list("exhibit_id", "role", "sha256"):
        if exhibit_id in keys:  # else it came in just now
            found[keys[exhibit_id]].files[role] = sha256
    messages = Message.objects.filter(case__in=cases).order_by("exhibit_id", "number")
    rows = messages.values_list("exhibit_id", *SAID).iterator()  # never all of them in memory
    for log, said in groupby(rows, key=itemgetter(0)):
        if log in keys:
            found[keys[log]].messages = digest_of(row[1:] for row in said)
    return found


def _fault(said: Attested | None, stored: Stored) -> list[str]:
    """The names of what differs; what an older line does not say is not asked."""
    exhibit = stored.exhibit
    if said is None or exhibit is None:
        return ["line" if said is None else "exhibit"]
    faults = [name for name in ENTERED if getattr(exhibit, name) != said.facts.get(name)]
    are_named = "files" in said.facts
    faults += [
        role
        for role, sha256 in said.files.items()
        if stored.files.get(role, "" if are_named else sha256) != sha256
    ]
    if said.messages and stored.messages != said.messages:
        faults.append("messages")
    standing = {
        "late": exhibit.is_late == said.facts.get("late", exhibit.is_late),
        "withdrawn": (exhibit.withdrawn_at is not None) == said.is_withdrawn,
        "admission": exhibit.admission == said.admission,
    }
    return faults + [name for name, is_as_entered in standing.items() if not is_as_entered]
