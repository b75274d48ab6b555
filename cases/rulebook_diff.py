"""What a version changes, field by field, and a text word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import SequenceMatcher
from functools import cached_property

from cases.rulebook import Bilingual, Rulebook

Path = tuple[str, ...]
# A word of a language written with spaces, or one sign of a language written without.
WORD = re.compile(r"[A-Za-z0-9’'-]+|\s+|.", re.DOTALL)
# Told beside the diff: every version differs in them.
OWN = ("version", "in_force_from")


@dataclass(frozen=True)
class Change:
    """One field that differs: None where one of the versions has no such field.

    `path` goes from the table to the field, e.g. ("rules", "Q-01", "text", "zh").
    """

    path: Path
    old: object
    new: object

    @cached_property
    def pieces(self) -> list[tuple[str, str]]:
        """The two texts as one: stretches that are ("kept"), went ("old") or came ("new")."""
        if not (isinstance(self.old, str) and isinstance(self.new, str)):
            return []
        return word_by_word(self.old, self.new)


def changes(old: Rulebook, new: Rulebook) -> list[Change]:
    """Everything that differs, in the order of the newer version; what was taken out comes last."""
    before, after = dict(_leaves(old, ())), dict(_leaves(new, ()))
    return [
        Change(path, before.get(path), after.get(path))
        for path in dict.fromkeys([*after, *before])
        if before.get(path) != after.get(path) and path[0] not in OWN
    ]


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    if isinstance(value, Bilingual):
        yield (*path, "zh"), value.zh
        yield (*path, "en"), value.en
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, (*path, str(name)))
    elif is_dataclass(value):
        for field in fields(value):
            yield from _leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple) and any(is_dataclass(each) for each in value):
        for number, each in enumerate(value, start=1):
            yield from _leaves(each, (*path, str(number)))
    else:
        yield path, value


def word_by_word(old: str, new: str) -> list[tuple[str, str]]:
    before, after = WORD.findall(old), WORD.findall(new)
    pieces: list[tuple[str, str]] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("kept", "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(("old", "".join(before[a:b])))
        if d > c:
            pieces.append(("new", "".join(after[c:d])))
    return pieces
