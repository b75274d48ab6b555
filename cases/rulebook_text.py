"""Changing the text of a rulebook without touching the rest of it: comments, order, fields not shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import yaml

WIDTH = 88


def composed(text: str) -> yaml.Node | None:
    """The text as nodes that know their lines. Raises YAMLError also where it is nested beyond reading."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None


def with_rule(text: str, code: str, changed: Mapping[str, object]) -> str:
    """The text with these fields of a rule written anew. Raises KeyError for a rule it has not got.

    Texts in two languages are given as `{"zh": …, "en": …}`.
    """
    rule = _within(_within(_root(text), "rules"), code)
    return _rewritten(text, rule, changed)


def stamped(text: str, version: int, in_force_from: datetime | None = None) -> str:
    """The text saying which version it is and, once that is known, from when it is in force.

    A text that is no mapping or lacks these entries comes back as it is: reading it says so.
    """
    try:
        root = _root(text)
    except (yaml.YAMLError, KeyError):
        return text
    stamps: dict[str, object] = {"version": version}
    if in_force_from is not None:
        stamps["in_force_from"] = in_force_from
    return _rewritten(text, root, stamps)


def completed(text: str, shipped: str) -> str:
    """The text with what a newer portal asks for and it was written too early to have, as shipped.

    Whole tables, times, and fields of entries it has; never an entry that was taken out. For texts that
    cannot be read as they are.
    """
    try:
        root, ours = _root(text), _root(shipped)
    except (yaml.YAMLError, KeyError):
        return text
    places: list[tuple[yaml.Node, yaml.Node]] = [(root, ours)]
    for table, theirs in _named(ours).items():
        mine = _named(root).get(table)
        if not (isinstance(mine, yaml.MappingNode) and isinstance(theirs, yaml.MappingNode)):
            continue
        known = _named(theirs)
        if table == "windows":
            places.append((mine, theirs))
        places += [(entry, known[code]) for code, entry in _named(mine).items() if code in known]
    for mine, theirs in sorted(places, key=lambda pair: -pair[0].start_mark.index):
        text = _with_missing(text, mine, theirs, shipped)
    return text


def _with_missing(text: str, mine: yaml.Node, theirs: yaml.Node, shipped: str) -> str:
    """The text with the entries one mapping has and the other lacks, before its first one."""
    if not (isinstance(mine, yaml.MappingNode) and isinstance(theirs, yaml.MappingNode)):
        return text
    if mine.flow_style != theirs.flow_style or not mine.value:
        return text
    first = mine.value[0][0].start_mark
    for key, value in theirs.value:
        if key.value not in _named(mine):
            entry = shipped[key.start_mark.index : value.end_mark.index].rstrip()
            between = ", " if mine.flow_style else "\n" + " " * first.column
            text = f"{text[: first.index]}{entry}{between}{text[first.index :]}"
    return text


def _named(mapping: yaml.MappingNode) -> dict[str, yaml.Node]:
    """By their names; an entry under a key that is no plain word has none."""
    return {key.value: value for key, value in mapping.value if isinstance(key, yaml.ScalarNode)}


def _root(text: str) -> yaml.MappingNode:
    node = composed(text)
    if not isinstance(node, yaml.MappingNode):
        raise KeyError("rulebook")
    return node


def _within(mapping: yaml.MappingNode, name: str) -> yaml.MappingNode:
    for key, value in mapping.value:
        if key.value == name and isinstance(value, yaml.MappingNode):
            return value
    raise KeyError(name)


def _rewritten(text: str, mapping: yaml.MappingNode, changed: Mapping[str, object]) -> str:
    # From the end to the beginning, so that the places of what is still to come stay true.
    for key, value in reversed(mapping.value):
        if not isinstance(key, yaml.ScalarNode) or key.value not in changed:
            continue
        start = key.start_mark.index
        kept = text[start : value.end_mark.index].rstrip()
        written = _dumped({key.value: changed[key.value]}, bool(mapping.flow_style))
        indented = written.replace("\n", "\n" + " " * key.start_mark.column)
        text = text[:start] + indented + text[start + len(kept) :]
    return text


class _Dumper(yaml.SafeDumper):
    """Mappings line by line, lists in one line."""


_Dumper.add_representer(
    list,
    lambda dumper, values: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", values, flow_style=True
    ),
)


def _dumped(entry: Mapping[str, object], in_one_line: bool) -> str:
    text = yaml.dump(
        dict(entry),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=10_000 if in_one_line else WIDTH,
        default_flow_style=in_one_line,
    ).strip()
    return text.removeprefix("{").removesuffix("}") if in_one_line else text
