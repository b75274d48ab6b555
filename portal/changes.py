"""What has changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

# A number or a Latin word is one; Chinese has no spaces and is compared by the character.
WORDS = re.compile(r"[A-Za-z0-9][\w.,'’-]*|\s+|.", re.ASCII | re.DOTALL)
LONGEST_COMPARED = 3_000  # words; beyond that the whole is new


class Piece(NamedTuple):
    """`kind` is same, gone or new."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part of the text, named, in pieces."""

    part: str
    pieces: list[Piece]


def changes(before: dict[str, str], after: dict[str, str]) -> list[Change]:
    """The parts that differ, in the order of `after` and then of what is gone altogether."""
    return [
        Change(part, pieces(before.get(part, ""), after.get(part, "")))
        for part in dict.fromkeys([*after, *before])
        if before.get(part, "") != after.get(part, "")
    ]


def pieces(before: str, after: str) -> list[Piece]:
    old, new = WORDS.findall(before), WORDS.findall(after)
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return [Piece("gone", before), Piece("new", after)]
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        found += [Piece("gone", "".join(old[a:b])), Piece("new", "".join(new[c:d]))]
    return [piece for piece in found if piece.text]
