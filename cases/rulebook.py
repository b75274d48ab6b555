"""The rulebook as plain values: which rule governs a dispute and what that rule says.

A version is one YAML text: version 1 the file in `rulebooks/`, later ones drafted and published in the
portal. It never changes once cases can be filed under it. Reading it checks everything at once, and an
error names the text and the line to correct.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from cases.points import PenaltyTerms
from cases.points import read as read_penalties
from cases.rulebook_text import completed, composed

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FOLDER = Path(__file__).parent / "rulebooks"
SHIPPED = 1

HOLDERS = ("system", "buyer", "merchant", "either")
BURDENS = ("buyer", "merchant", "shared", "claimant", "system", "platform", "none")
COMPLEXITIES = ("simple", "normal", "complex")
FILERS = ("buyer", "merchant", "either", "platform")
BASES = ("paid", "price", "freight")
OUTCOMES = ("full", "part", "none")
# What the words of a template may name of a case; each stands in braces.
FACTS = (
    *("reference", "order", "rule", "title", "paid", "amount", "requested", "position"),
    *("filed", "delivered", "answered"),
)
NAMED = re.compile(r"\{([^{}]*)\}|[{}]")
FULL_REFUND, PART_REFUND = "RM-FULL", "RM-PART"
RELEASE = "RM-RELEASE"  # what is held goes to the merchant; the buyer gets nothing by it
CENT = Decimal("0.01")
AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,2})?", re.ASCII)
HIGHEST = 9_999  # of whole numbers: what is more would reach beyond any calendar or column
URGENT_HOURS = HOURS_OF_A_DAY = 24
POINT_KINDS = ("general", "serious", "buyer")
# What carrying a remedy out takes: money of one kind, goods sent, a deed of the merchant's or the platform's.
REMEDY_KINDS = (
    *("refund", "compensation", "freight", "advance"),
    *("shipment", "deed", "platform", "none"),
)

# Remedies that code asks for by name: every version has them.
NEEDED = ("RM-REJECT", FULL_REFUND)

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")


class RulebookError(Exception):
    """A rulebook that cannot be used: the text, the line in it, and what is wrong there.

    Its text is English, for the log; `sentence` is what the editor's reader is told.
    """

    def __init__(self, source: str, line: int, message: str, **facts: object) -> None:
        super().__init__(f"{source}:{line}: {message % facts}")
        self.line, self.message, self.facts = line, message, facts

    @property
    def sentence(self) -> str:
        facts = {
            name: gettext(str(fact)) if name == "kind" else fact
            for name, fact in self.facts.items()
        }
        return gettext(self.message) % facts


@dataclass(frozen=True)
class Bilingual:
    zh: str
    en: str

    def in_language(self, code: str) -> str:
        """Chinese for any `zh` language code, English for every other."""
        return self.zh if code.lower().startswith("zh") else self.en


@dataclass(frozen=True)
class EvidenceType:
    code: str
    holder: str
    title: Bilingual
    hint: Bilingual


@dataclass(frozen=True)
class Remedy:
    code: str
    title: Bilingual
    moves_money: bool
    needs_return: bool
    kind: str


@dataclass(frozen=True)
class Bound:
    """How far a remedy reaches that is more than a refund: so many `times` of what was paid, of its
    part without freight (the price) or of the freight; and in any case as far as `at_least` CNY.
    """

    of: str
    times: Decimal
    at_least: Decimal

    def most(self, paid: Decimal, freight: Decimal) -> Decimal:
        base = {"paid": paid, "price": paid - freight, "freight": freight}[self.of]
        return max((base * self.times).quantize(CENT), self.at_least)


@dataclass(frozen=True)
class RequestedRemedy:
    """What a buyer asks for in a filing; the remedies are those that would grant it."""

    code: str
    title: Bilingual
    remedies: tuple[str, ...]


@dataclass(frozen=True)
class Freight:
    code: str
    title: Bilingual


@dataclass(frozen=True)
class Default:
    """What happens when a party lets its time pass."""

    code: str
    title: Bilingual
    explanation: Bilingual


@dataclass(frozen=True)
class RejectReason:
    """Why a case is not taken up, and where else its parties can turn."""

    code: str
    title: Bilingual
    elsewhere: Bilingual


@dataclass(frozen=True)
class Template:
    """Words to begin the reasons of a ruling with, for these outcomes and defaults; FACTS stand in braces."""

    code: str
    title: Bilingual
    suits: tuple[str, ...]
    text: Bilingual


@dataclass(frozen=True)
class Category:
    """What a filing names; `aliases` are the words other systems use for the same thing."""

    code: str
    title: Bilingual
    rule: str
    filed_by: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One clause. `category` is the first filing category it governs.

    `points` maps a kind of penalty points to (base, aggravated).
    """

    code: str
    category: str
    title: Bilingual
    text: Bilingual
    burden: str
    burden_note: Bilingual
    buyer_evidence: tuple[str, ...]
    merchant_evidence: tuple[str, ...]
    claim_window: Bilingual
    response_hours: int
    supplement_hours: int
    merchant_silent: str
    buyer_silent: str
    remedies: tuple[str, ...]
    freight: str
    points: Mapping[str, tuple[int, int]]
    complexity: str
    two_reviewers: bool

    @property
    def is_urgent(self) -> bool:
        """Whether it is about what does not wait: fresh food, dates, parcels not sent."""
        return 0 < self.response_hours <= URGENT_HOURS


@dataclass(frozen=True)
class Windows:
    """How long each phase lasts when the rule itself doesn't say; the unit is in the name.

    The staff's windows (ruling target, approval, penalty approval, appeal decision) count hours and
    days of the desk, all others natural ones.
    """

    negotiation_hours: int
    fresh_negotiation_hours: int
    merchant_extension_hours: int
    arbitrator_extension_hours: int
    supplement_extension_hours: int
    offer_extension_hours: int
    return_extension_days: int
    receipt_extension_hours: int
    staff_extension_hours: int
    standstill_hours: int
    address_hours: int
    supplement_rounds: int
    offer_hours: int
    offer_total_hours: int
    approval_hours: int
    return_days: int
    receipt_days: int
    receipt_after_delivery_hours: int
    execution_hours: int
    goods_execution_hours: int
    penalty_approval_days: int
    hold_seconds: int
    appeal_days: int
    appeal_answer_hours: int
    appeal_decision_days: int
    upload_grace_minutes: int
    desk_opens_hour: int
    desk_closes_hour: int
    ruling_target_hours: Mapping[str, int]


@dataclass(frozen=True)
class ValueTier:
    """`up_to` is inclusive, in CNY; None is the tier without an upper end."""

    up_to: Decimal | None
    merchant_silent: str


@dataclass(frozen=True)
class Reminders:
    """When to remind: at these fractions of the period left, and with this many hours left."""

    fractions_left: tuple[float, ...]
    hours_left: tuple[int, ...]


@dataclass(frozen=True)
class Rulebook:
    version: int
    in_force_from: datetime
    rules: Mapping[str, Rule]
    categories: Mapping[str, Category]
    evidence_types: Mapping[str, EvidenceType]
    remedies: Mapping[str, Remedy]
    compensations: Mapping[str, Bound]
    requested_remedies: Mapping[str, RequestedRemedy]
    freight: Mapping[str, Freight]
    defaults: Mapping[str, Default]
    templates: Mapping[str, Template]
    windows: Windows
    value_tiers: tuple[ValueTier, ...]
    approval_threshold: Decimal
    reminders: Reminders
    reject_reasons: Mapping[str, RejectReason]
    release_reasons: Mapping[str, Bilingual]
    conflict_reasons: tuple[str, ...]
    penalties: PenaltyTerms

    def category(self, name: str) -> Category:
        """The category of that code or alias. Raises KeyError for a word nobody knows."""
        if name in self.categories:
            return self.categories[name]
        for category in self.categories.values():
            if name in category.aliases:
                return category
        raise KeyError(name)

    def rule_for(self, category: str) -> Rule:
        """The rule that governs a filing category or alias. Raises KeyError for an unknown one."""
        return self.rules[self.category(category).rule]

    def default_on_silence(self, rule: Rule, amount: Decimal) -> Default:
        """What follows when the merchant never answered a claim of `amount` CNY under `rule`.

        The value tier decides, within what the rule can bear: a rule that doesn't favour the buyer
        on silence keeps its own default, and so does one with nothing to send back.
        """
        own = self.defaults[rule.merchant_silent]
        tier = self.value_tiers[self.tier_of(amount)]
        if own.code not in ("DEF-BUYER", "DEF-RETURN"):
            return own
        if tier.merchant_silent == "DEF-RETURN" and not self.allows_return(rule):
            return own
        return self.defaults[tier.merchant_silent]

    def tier_of(self, amount: Decimal) -> int:
        """The place among `value_tiers` of the one the amount falls into."""
        return next(
            place
            for place, tier in enumerate(self.value_tiers)
            if tier.up_to is None or amount <= tier.up_to
        )

    def allows_return(self, rule: Rule) -> bool:
        return any(self.remedies[code].needs_return for code in rule.remedies)

    def pays(self, remedy: str) -> bool:
        """Whether the buyer gets money by it."""
        known = self.remedies.get(remedy)
        return known is not None and known.moves_money and remedy != RELEASE

    def refunds(self, remedy: str) -> bool:
        """Whether it gives back what was paid: all of these together never give back more."""
        return self.pays(remedy) and remedy not in self.compensations

    def shares(
        self, remedies: Iterable[str], amount: Decimal, stated: Mapping[str, str]
    ) -> dict[str, Decimal]:
        """What each remedy pays: as stated, or else all of it by the first that pays."""
        if stated:
            return {code: Decimal(each) for code, each in stated.items()}
        paying = [code for code in remedies if self.pays(code)]
        return {paying[0]: amount} if paying and amount else {}

    def offerable(self, rule: Rule) -> tuple[str, ...]:
        """What two parties can settle on: part of the money, or what the rule grants of what a buyer may ask for.

        Empty where the rule grants a buyer nothing.
        """
        askable = {code for each in self.requested_remedies.values() for code in each.remedies}
        granted = [code for code in rule.remedies if code in askable]
        codes = dict.fromkeys([PART_REFUND, *granted] if granted else [])
        return tuple(code for code in codes if code in self.remedies)

    def remedies_granting(self, rule: Rule, requested: str) -> tuple[Remedy, ...]:
        """Remedies of the rule, in its order, that would grant what was asked."""
        granting = self.requested_remedies[requested].remedies
        return tuple(self.remedies[code] for code in rule.remedies if code in granting)

    def granting(self, requested: str, remedies: Iterable[str]) -> tuple[str, ...]:
        """Those of the remedies that give what was asked. For whoever asked for money, that is any money
        for which nothing has to be sent back.
        """
        asked = self.requested_remedies[requested].remedies
        is_money = any(self.pays(code) for code in asked)
        return tuple(
            code
            for code in remedies
            if code in asked
            or (is_money and self.pays(code) and not self.remedies[code].needs_return)
        )


_elsewhere: list[Callable[[int], str]] = []


def look_elsewhere(find: Callable[[int], str]) -> None:
    """Name who has the text of versions that are not files; `find` raises KeyError for none."""
    _elsewhere.append(find)


def text_of(version: int) -> str:
    """The text of a published version. Raises KeyError when there is none."""
    path = FOLDER / f"v{version}.yaml"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    for find in _elsewhere:
        return find(version)
    raise KeyError(version)


def up_to_date(text: str, source: str) -> str:
    """A text that cannot be read, with what the code asks for by now as the shipped version has it."""
    try:
        parse(text, source)
    except RulebookError:
        return completed(text, text_of(SHIPPED))
    return text


@cache
def load(version: int = SHIPPED) -> Rulebook:
    """The published rulebook of that version. Raises KeyError when there is none.

    Remembered, since what is published never changes. What the code has come to ask for since is read as
    the shipped version has it.
    """
    source = f"v{version}.yaml"
    rulebook = parse(up_to_date(text_of(version), source), source)
    if rulebook.version != version:
        raise RulebookError(source, 1, _("says it is version %(number)s"), number=rulebook.version)
    return rulebook


def is_at_hand(version: int) -> bool:
    """Whether that version can be decided by here, and not only looked at."""
    try:
        load(version)
    except (KeyError, RulebookError):
        return False
    return True


def read(version: int) -> Rulebook:
    """The version to look at; a stand-in where it is not at hand, say after a return to older code."""
    return load(version) if is_at_hand(version) else _stand_in(version)


class _Guessing(dict[str, Any]):
    """A table that answers for a code it lacks with an entry named like the code."""

    def __missing__(self, code: str) -> Any:
        title, like = Bilingual(code, code), next(reversed(self.values()))
        return title if isinstance(like, Bilingual) else replace(like, code=code, title=title)


def _stand_in(version: int) -> Rulebook:
    """The shipped version under another number, so that a case can be shown. Nobody decides by it."""
    shipped = load()
    entries = {field.name: getattr(shipped, field.name) for field in fields(shipped)}
    tables: dict[str, Any] = {
        name: _Guessing(table)
        for name, table in entries.items()
        if isinstance(table, dict) and all(_has_words(entry) for entry in table.values())
    }
    return replace(shipped, version=version, **tables)


def _has_words(entry: object) -> bool:
    return isinstance(entry, Bilingual) or hasattr(entry, "title")


def parse(text: str, source: str) -> Rulebook:
    """Read and check a whole rulebook. Raises RulebookError at the first entry that is wrong."""
    try:
        node = composed(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise RulebookError(source, line, _("not readable as YAML")) from error
    if node is None:
        raise RulebookError(source, 1, _("is empty"))
    return _rulebook(_Entry(node, source, "the rulebook"))


class _Entry:
    """One YAML node that knows its line; each reader returns the value or raises at that line."""

    def __init__(
        self, node: yaml.Node, source: str, name: str, key: yaml.Node | None = None
    ) -> None:
        self.node, self.source, self.name = node, source, name
        self.line = (key or node).start_mark.line + 1

    def error(self, message: str, **facts: object) -> RulebookError:
        return RulebookError(self.source, self.line, message, **{"name": self.name, **facts})

    def pairs(self) -> dict[str, _Entry]:
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(_("%(name)s must be a mapping"))
        found: dict[str, _Entry] = {}
        for key, value in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Entry(key, self.source, "", key).error(
                    _("%(name)s has a name that is no word"), name=self.name
                )
            entry = _Entry(value, self.source, key.value, key)
            if entry.name in found:
                raise entry.error(_("%(name)s is given twice"))
            found[entry.name] = entry
        return found

    def items(self) -> Iterator[_Entry]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(_("%(name)s must be a list"))
        return (_Entry(item, self.source, self.name) for item in self.node.value)

    def record(self, *needed: str, optional: tuple[str, ...] = ()) -> dict[str, _Entry]:
        """The pairs, which must be exactly those needed and perhaps some of the optional ones."""
        pairs = self.pairs()
        for name in needed:
            if name not in pairs:
                raise self.error(_("%(name)s lacks %(other)s"), other=name)
        for name, entry in pairs.items():
            if name not in needed and name not in optional:
                raise entry.error(
                    _("%(name)s has an unknown field %(other)s"), name=self.name, other=name
                )
        return pairs

    def scalar(self, tag: str, kind: str) -> str:
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == f"tag:yaml.org,2002:{tag}":
            return str(self.node.value)
        raise self.error(_("%(name)s must be %(kind)s"), kind=kind)

    def text(self) -> str:
        value = self.scalar("str", _("text")).strip()
        if not value:
            raise self.error(_("%(name)s has no text"))
        return value

    def whole(self) -> int:
        value = self.scalar("int", _("a whole number"))
        if not value.isdecimal():
            raise self.error(_("%(name)s must be in plain digits and not negative"))
        if len(value) > len(str(HIGHEST)):
            raise self.error(_("%(name)s must be at most %(most)s"), most=HIGHEST)
        return int(value)

    def fraction(self) -> float:
        try:
            value = float(self.scalar("float", _("a fraction")))
        except ValueError:
            raise self.error(_("%(name)s must be a fraction")) from None
        if not 0 < value < 1:
            raise self.error(_("%(name)s must lie between 0 and 1"))
        return value

    def money(self) -> Decimal:
        """Written in quotes, so that YAML can't make a float of it."""
        value = self.scalar("str", _('an amount in quotes, like "50.00"'))
        if value.startswith("-"):
            raise self.error(_("%(name)s must not be negative"))
        if not AMOUNT.fullmatch(value):
            raise self.error(_("%(name)s is not an amount"))
        return Decimal(value)

    def flag(self) -> bool:
        value = self.scalar("bool", _("true or false")).lower()
        if value not in ("true", "false"):
            raise self.error(_("%(name)s must be true or false"))
        return value == "true"

    def factor(self) -> Decimal:
        value = self.money()
        if not value:
            raise self.error(_("%(name)s must be more than nothing"))
        return value

    def instant(self) -> datetime:
        try:
            value = datetime.fromisoformat(self.scalar("timestamp", _("a date and time")))
        except ValueError:
            raise self.error(_("%(name)s must be a time like 2026-01-01T00:00:00+08:00")) from None
        if value.tzinfo is None:
            raise self.error(_("%(name)s needs a time zone"))
        return value

    def bilingual(self) -> Bilingual:
        pairs = self.record("zh", "en")
        return Bilingual(pairs["zh"].text(), pairs["en"].text())

    def one_of(self, known: Iterable[str]) -> str:
        value = self.text()
        if value not in known:
            raise self.error(_("%(name)s names %(value)s, which is not known here"), value=value)
        return value

    def several_of(self, known: Iterable[str]) -> tuple[str, ...]:
        values: list[str] = []
        for item in self.items():
            value = item.one_of(known)
            if value in values:
                raise item.error(_("%(name)s names %(value)s twice"), value=value)
            values.append(value)
        return tuple(values)

    def points(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for kind, entry in self.pairs().items():
            values = [item.whole() for item in entry.items()]
            if kind not in POINT_KINDS:
                raise entry.error(_("%(code)s is not a kind of penalty points"), code=kind)
            if len(values) != 2 or values[0] > values[1]:
                raise entry.error(
                    _("%(code)s must be the base points and then the aggravated ones"), code=kind
                )
            found[kind] = values[0], values[1]
        return found

    def targets(self) -> dict[str, int]:
        return {name: entry.whole() for name, entry in self.record(*COMPLEXITIES).items()}

    def table(self, read: Callable[[str, _Entry], T]) -> dict[str, T]:
        return {code: read(code, entry) for code, entry in self.pairs().items()}

    def build(
        self, cls: type[D], /, *, code: str = "", category: str = "", **known: Iterable[str]
    ) -> D:
        """The dataclass this entry describes: each field is read by its type.

        A field that holds codes takes only those that `known` has under the field's name; `code`
        and `category` are told by the place of the entry, not written in it.
        """
        told = {name: value for name, value in (("code", code), ("category", category)) if value}
        kinds = {field.name: str(field.type) for field in fields(cls) if field.name not in told}
        values: dict[str, Any] = {}
        for name, entry in self.record(*kinds).items():
            if kinds[name] == "str":
                values[name] = entry.one_of(known[name])
            elif kinds[name] == "tuple[str, ...]":
                values[name] = entry.several_of(known[name])
            else:
                values[name] = _READERS[kinds[name]](entry)
        return cls(**told, **values)


_READERS: Mapping[str, Callable[[_Entry], object]] = {
    "Bilingual": _Entry.bilingual,
    "int": _Entry.whole,
    "bool": _Entry.flag,
    "Mapping[str, int]": _Entry.targets,
    "Mapping[str, tuple[int, int]]": _Entry.points,
}


def _rulebook(entry: _Entry) -> Rulebook:
    top = entry.record(*(field.name for field in fields(Rulebook)))
    evidence_types = top["evidence_types"].table(
        lambda code, e: e.build(EvidenceType, code=code, holder=HOLDERS)
    )
    remedies = top["remedies"].table(lambda code, e: e.build(Remedy, code=code, kind=REMEDY_KINDS))
    for code in NEEDED:
        if code not in remedies:
            raise top["remedies"].error(_("remedies lacks %(code)s"), code=code)
    compensations = top["compensations"].table(lambda code, e: _bound(code, e, remedies))
    freight = top["freight"].table(lambda code, e: Freight(code, e.bilingual()))
    defaults = top["defaults"].table(lambda code, e: e.build(Default, code=code))
    rule_codes, taken = top["rules"].pairs(), set(top["categories"].pairs())
    categories = top["categories"].table(lambda code, e: _category(code, e, rule_codes, taken))

    def rule(code: str, entry: _Entry) -> Rule:
        governed = [category.code for category in categories.values() if category.rule == code]
        if not governed:
            raise entry.error(_("no category leads to rule %(code)s"), code=code)
        return entry.build(
            Rule,
            code=code,
            category=governed[0],
            burden=BURDENS,
            buyer_evidence=evidence_types,
            merchant_evidence=evidence_types,
            merchant_silent=defaults,
            buyer_silent=defaults,
            remedies=remedies,
            freight=freight,
            complexity=COMPLEXITIES,
        )

    return Rulebook(
        version=top["version"].whole(),
        in_force_from=top["in_force_from"].instant(),
        rules=top["rules"].table(rule),
        categories=categories,
        evidence_types=evidence_types,
        remedies=remedies,
        compensations=compensations,
        requested_remedies=top["requested_remedies"].table(
            lambda code, e: e.build(RequestedRemedy, code=code, remedies=remedies)
        ),
        freight=freight,
        defaults=defaults,
        templates=top["templates"].table(lambda code, e: _template(code, e, defaults)),
        windows=_windows(top["windows"]),
        value_tiers=_value_tiers(top["value_tiers"], defaults),
        approval_threshold=top["approval_threshold"].money(),
        reminders=_reminders(top["reminders"]),
        reject_reasons=top["reject_reasons"].table(
            lambda code, e: e.build(RejectReason, code=code)
        ),
        release_reasons=top["release_reasons"].table(lambda _, e: e.bilingual()),
        conflict_reasons=top["conflict_reasons"].several_of(top["release_reasons"].pairs()),
        penalties=read_penalties(top["penalties"], rule_codes),
    )


def _windows(entry: _Entry) -> Windows:
    windows = entry.build(Windows)
    if not windows.desk_opens_hour < windows.desk_closes_hour < HOURS_OF_A_DAY:
        raise entry.pairs()["desk_closes_hour"].error(_("the desk opens and closes within one day"))
    return windows


def _bound(code: str, entry: _Entry, remedies: Mapping[str, Remedy]) -> Bound:
    if code not in remedies or not remedies[code].moves_money:
        raise entry.error(_("%(code)s is not a remedy that moves money"), code=code)
    has = entry.record("of", "times", "at_least")
    return Bound(has["of"].one_of(BASES), has["times"].factor(), has["at_least"].money())


def _template(code: str, entry: _Entry, defaults: Iterable[str]) -> Template:
    template = entry.build(Template, code=code, suits=(*OUTCOMES, *defaults))
    for text in entry.pairs()["text"].pairs().values():
        for found in NAMED.finditer(text.text()):
            if found[1] not in FACTS:
                raise text.error(
                    _("%(code)s names %(found)s, which is no fact of a case"),
                    code=code,
                    found=found[0],
                )
    return template


def _category(code: str, entry: _Entry, rules: Iterable[str], taken: set[str]) -> Category:
    """`taken` gathers the words already in use, so that each leads to one category."""
    has = entry.record("title", "rule", "filed_by", optional=("aliases",))
    aliases = tuple(item.text() for item in has["aliases"].items()) if "aliases" in has else ()
    for alias in aliases:
        if alias in taken:
            raise entry.error(
                _("%(code)s claims the alias %(alias)s, which is taken"), code=code, alias=alias
            )
        taken.add(alias)
    return Category(
        code=code,
        title=has["title"].bilingual(),
        rule=has["rule"].one_of(rules),
        filed_by=has["filed_by"].one_of(FILERS),
        aliases=aliases,
    )


def _value_tiers(entry: _Entry, defaults: Iterable[str]) -> tuple[ValueTier, ...]:
    tiers: list[ValueTier] = []
    for item in entry.items():
        has = item.record("merchant_silent", optional=("up_to",))
        up_to = has["up_to"].money() if "up_to" in has else None
        below = tiers[-1].up_to if tiers else Decimal(-1)
        if below is None or (up_to is not None and up_to <= below):
            raise item.error(_("value tiers must rise, the open one last"))
        tiers.append(ValueTier(up_to, has["merchant_silent"].one_of(defaults)))
    if not tiers or tiers[-1].up_to is not None:
        raise entry.error(_("value tiers must end with one without up_to"))
    return tuple(tiers)


def _reminders(entry: _Entry) -> Reminders:
    has = entry.record("fractions_left", "hours_left")
    return Reminders(
        tuple(item.fraction() for item in has["fractions_left"].items()),
        tuple(item.whole() for item in has["hours_left"].items()),
    )
