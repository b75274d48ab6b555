"""What a draft would change for the cases that are open now, counted by category and size of the claim.

It is a measure only: running cases keep the version they were filed under.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db.models import Case as Choose
from django.db.models import Count, Value, When

from cases import rulebook
from cases.actions.defaulting import silence_under
from cases.models import Case
from cases.rulebook import Rulebook, Windows

ANY_AMOUNT = Decimal("Infinity")
# Windows that are told case by case, because the rule decides between them.
BY_RULE = ("negotiation_hours", "fresh_negotiation_hours", "ruling_target_hours")
A_PERSON = ""  # where nobody's silence decides


@dataclass(frozen=True)
class Difference:
    """One thing that would be judged differently; the values as the rulebook has them."""

    field: str
    old: object
    new: object


@dataclass(frozen=True)
class Row:
    """Open cases of a category that would differ in the same way; `counts` by band of the amount."""

    category: str
    differences: tuple[Difference, ...]
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Effect:
    """`cuts`: the amounts up to which the bands go, the last band being open."""

    open_cases: int
    cuts: tuple[Decimal, ...]
    rows: tuple[Row, ...]

    @property
    def touched(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def by_field(self) -> list[tuple[str, int]]:
        """How many cases each kind of difference concerns, the most frequent first."""
        counted: Counter[str] = Counter()
        for row in self.rows:
            for name in {each.field for each in row.differences}:
                counted[name] += row.total
        return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def effect_of(new: Rulebook) -> Effect:
    """One query that groups the open cases, then one comparison for each kind there is."""
    versions = Case.objects.open().order_by().values_list("rulebook_version", flat=True).distinct()
    olds = {version: rulebook.read(version) for version in versions}
    cuts = _cuts([new, *olds.values()])
    found: dict[tuple[str, tuple[Difference, ...]], list[int]] = {}
    open_cases = 0
    for version, category, requested, is_own, band, count in _kinds(cuts):
        open_cases += count
        amount = cuts[band] if band < len(cuts) else ANY_AMOUNT
        asked = (category, requested, is_own, amount)
        differences = tuple(_differences(olds[version], new, *asked))
        if differences:
            counts = found.setdefault((category, differences), [0] * (len(cuts) + 1))
            counts[band] += count
    rows = [Row(category, what, tuple(counts)) for (category, what), counts in found.items()]
    return Effect(open_cases, cuts, tuple(sorted(rows, key=lambda row: (-row.total, row.category))))


def _cuts(books: list[Rulebook]) -> tuple[Decimal, ...]:
    tops = {tier.up_to for book in books for tier in book.value_tiers if tier.up_to is not None}
    return tuple(sorted(tops | {book.approval_threshold for book in books}))


def _kinds(cuts: tuple[Decimal, ...]) -> Iterable[tuple[int, str, str, bool, int, int]]:
    """Open cases alike in all that is asked of a rulebook, and how many of each kind there are."""
    bands = [When(requested_amount__lte=cut, then=Value(at)) for at, cut in enumerate(cuts)]
    alike = ("rulebook_version", "category", "requested_remedy", "shop__is_self_operated", "band")
    cases = Case.objects.open().order_by()
    banded = cases.annotate(band=Choose(*bands, default=Value(len(cuts))))
    yield from banded.values(*alike).annotate(count=Count("pk")).values_list(*alike, "count")


def _differences(
    old: Rulebook, new: Rulebook, category: str, requested: str, is_own: bool, amount: Decimal
) -> Iterable[Difference]:
    before = _judged(old, category, requested, is_own, amount)
    after = _judged(new, category, requested, is_own, amount)
    for name in after:
        if before.get(name) != after[name]:
            yield Difference(name, before.get(name), after[name])


def _judged(
    book: Rulebook, category: str, requested: str, is_own: bool, amount: Decimal
) -> dict[str, object]:
    """All that the version says about such a case."""
    if category not in book.categories:
        return {"rule": None}
    rule, windows = book.rule_for(category), book.windows
    needs_second, silence = rule.two_reviewers or is_own, book.penalties.silence
    return {
        "rule": rule.code,
        "negotiation_hours": windows.fresh_negotiation_hours
        if rule.is_urgent
        else windows.negotiation_hours,
        "ruling_target_hours": windows.ruling_target_hours[rule.complexity],
        **{
            name: getattr(rule, name)
            for name in (
                *("response_hours", "supplement_hours", "burden", "buyer_evidence"),
                *("merchant_evidence", "remedies", "freight"),
            )
        },
        "points": tuple(sorted(rule.points.items())),
        "silence_points": ((silence.kind, (silence.points, silence.points)),),
        "compensations": tuple(
            (code, book.compensations[code]) for code in rule.remedies if code in book.compensations
        ),
        "merchant_silent": A_PERSON
        if needs_second
        else _silence(book, rule.code, requested, amount),
        "approval": needs_second or amount > book.approval_threshold,
        **{
            each.name: getattr(windows, each.name)
            for each in fields(Windows)
            if each.name not in BY_RULE
        },
    }


def _silence(book: Rulebook, rule: str, requested: str, amount: Decimal) -> str:
    if requested not in book.requested_remedies:
        return A_PERSON
    decided = silence_under(book, rule, requested, book.tier_of(amount))
    return decided[0].code if decided else A_PERSON
