"""What the numbers a chat log gives its messages say against it (only CSV and JSON carry numbers)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

MOST_MISSING = 10  # one in so many may be missing, else the numbers were never without gaps


class Numbered(NamedTuple):
    id: str
    sent_at: datetime
    sender: str
    text: str


class Verdict(NamedTuple):
    """By place in the log: messages given twice and merged, flags raised; notes on the whole log."""

    merged: frozenset[int]
    flags: dict[int, list[str]]
    notes: tuple[str, ...]


def judged(messages: Sequence[Numbered]) -> Verdict:
    merged, flags = _repeated(messages)
    notes = ["duplicates_merged"] if merged else []
    numbers = {
        place: int(message.id)
        for place, message in enumerate(messages)
        if place not in merged and message.id.isdecimal() and len(message.id) <= 18
    }
    if len(numbers) == len(messages) - len(merged):
        highest = -1
        for place in sorted(numbers, key=lambda place: (messages[place].sent_at, place)):
            if numbers[place] < highest:
                flags[place].append("order_contradicts_ids")
            highest = max(highest, numbers[place])
        if _has_gaps(set(numbers.values())):
            notes.append("ids_missing")
    return Verdict(frozenset(merged), flags, tuple(notes))


def _repeated(messages: Sequence[Numbered]) -> tuple[set[int], defaultdict[int, list[str]]]:
    merged: set[int] = set()
    flags: defaultdict[int, list[str]] = defaultdict(list)
    known: dict[str, int] = {}
    for place, message in enumerate(messages):
        first = known.setdefault(message.id, place) if message.id else place
        if first == place:
            continue
        if messages[first] == message:
            merged.add(place)
            continue
        for each in (first, place):
            if "same_id_other_text" not in flags[each]:
                flags[each].append("same_id_other_text")
    return merged, flags


def _has_gaps(numbers: set[int]) -> bool:
    if len(numbers) < MOST_MISSING:
        return False
    missing = max(numbers) - min(numbers) + 1 - len(numbers)
    return 0 < missing <= len(numbers) // MOST_MISSING
