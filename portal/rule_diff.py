"""What a version changes and whom it would concern, in words for rule owners and publishers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from cases.effects import Difference, Effect
from cases.rulebook import Rulebook
from cases.rulebook_diff import Change, changes
from portal.rule_words import field_label, said, spoken
from portal.templatetags.portal import money

RULES = "rules"


@dataclass(frozen=True)
class Line:
    """One field. `pieces` instead of the two values where it is a text."""

    label: str
    old: str
    new: str
    pieces: list[tuple[str, str]]
    language: str


@dataclass(frozen=True)
class Group:
    """The changes of one entry; `rule` is its code where it is a rule."""

    title: str
    rule: str
    lines: list[Line] = field(default_factory=list)


def groups(old: Rulebook, new: Rulebook) -> list[Group]:
    found: dict[tuple[str, ...], Group] = {}
    for change in changes(old, new):
        table, entry = change.path[0], change.path[1] if len(change.path) > 2 else ""
        key = (table, entry)
        if key not in found:
            found[key] = Group(_title(table, entry, old, new), entry if table == RULES else "")
        found[key].lines.append(_line(change, old, new))
    return list(found.values())


def _title(table: str, entry: str, old: Rulebook, new: Rulebook) -> str:
    if not entry:
        return field_label(table)
    known = getattr(new, table, {}), getattr(old, table, {})
    named = next((each[entry] for each in known if isinstance(each, dict) and entry in each), None)
    title = said(named.title) if named is not None and hasattr(named, "title") else ""
    if table == RULES:
        return f"§ {entry} {title}"
    return f"{field_label(table)}: {title or entry}"


def _line(change: Change, old: Rulebook, new: Rulebook) -> Line:
    *_before, last = change.path
    language = last if last in ("zh", "en") and len(change.path) > 2 else ""
    names = change.path[1:] if len(change.path) < 3 else change.path[2:]
    label = " · ".join(field_label(name) for name in (names or change.path))
    pieces = change.pieces if language else []
    return Line(
        label,
        spoken(change.old, _kind(change), old),
        spoken(change.new, _kind(change), new),
        pieces,
        {"zh": "zh-Hans"}.get(language, language),
    )


OWN_WORDS = ("burden", "complexity", "buyer_silent")


def _kind(change: Change) -> str:
    """Which of a rulebook's words the value is said with."""
    return next((name for name in change.path if name in OWN_WORDS), "")


@dataclass(frozen=True)
class EffectRow:
    category: str
    counts: tuple[int, ...]
    total: int
    differences: list[str]


def bands(effect: Effect) -> list[str]:
    """The sizes of claims the counts are split by, as table heads."""
    names = [_("up to %(amount)s") % {"amount": _short(cut)} for cut in effect.cuts]
    return [*names, _("above %(amount)s") % {"amount": _short(effect.cuts[-1])}]


def effect_rows(effect: Effect, old: Rulebook, new: Rulebook) -> list[EffectRow]:
    named = {**old.categories, **new.categories}
    return [
        EffectRow(
            said(named[row.category].title) if row.category in named else row.category,
            row.counts,
            row.total,
            list(_in_words(row.differences, old, new)),
        )
        for row in effect.rows
    ]


def _in_words(differences: Iterable[Difference], old: Rulebook, new: Rulebook) -> Iterable[str]:
    for each in differences:
        before, after = (
            spoken(each.old, each.field, old),
            spoken(each.new, each.field, new),
        )
        yield f"{field_label(each.field)}: {before} → {after}"


def _short(amount: Decimal) -> str:
    return money(amount).removesuffix(".00")
