"""What a rulebook says, in words: its fields, its codes, and what each rule means for the two sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from cases.rulebook import Bilingual, Bound, EvidenceType, Rule, Rulebook
from portal.templatetags.portal import money

FIELDS: dict[str, str | Promise] = {
    "title": _("Title"),
    "text": _("The rule in words"),
    "burden": _("Burden of proof"),
    "burden_note": _("Burden of proof in words"),
    "claim_window": _("Time to file"),
    "response_hours": _("Hours to answer"),
    "supplement_hours": _("Hours for further evidence"),
    "buyer_evidence": _("What the buyer brings"),
    "merchant_evidence": _("What the merchant brings"),
    "merchant_silent": _("If the merchant stays silent"),
    "buyer_silent": _("If the buyer does not send what is asked for"),
    "remedies": _("Remedies"),
    "freight": _("Freight"),
    "points": _("Penalty points"),
    "silence_points": _("Points for a merchant's silence"),
    "compensations": _("The most a compensation can be"),
    "complexity": _("How complex"),
    "two_reviewers": _("A second person looks"),
    "rule": _("Rule"),
    "approval": _("Needs a second person if granted in full"),
    "approval_threshold": _("A second person looks above"),
    "up_to": _("Claims up to"),
    "negotiation_hours": _("Hours to negotiate"),
    "fresh_negotiation_hours": _("Hours to negotiate, urgent matters"),
    "ruling_target_hours": _("Hours of the desk to rule"),
    "merchant_extension_hours": _("Hours more the merchant may ask for"),
    "arbitrator_extension_hours": _("Hours more the arbitrator may give"),
    "supplement_extension_hours": _("Hours more for further evidence"),
    "offer_hours": _("Hours to answer an offer"),
    "offer_total_hours": _("Hours for all offers together"),
    "offer_extension_hours": _("Hours more for an offer, if both agree"),
    "supplement_rounds": _("Rounds of further evidence"),
    "approval_hours": _("Hours of the desk for the second person"),
    "return_days": _("Days to send goods back"),
    "return_extension_days": _("Days more to send goods back"),
    "receipt_days": _("Days until a return counts as received"),
    "receipt_after_delivery_hours": _("Hours to confirm a delivered return"),
    "receipt_extension_hours": _("Hours more to confirm a return"),
    "address_hours": _("Hours to name a return address"),
    "execution_hours": _("Hours to pay back"),
    "goods_execution_hours": _("Hours to send or repair goods"),
    "penalty_approval_days": _("Days of the desk to approve a penalty"),
    "appeal_days": _("Days to appeal"),
    "appeal_decision_days": _("Days of the desk to decide an appeal"),
    "staff_extension_hours": _("Hours more a supervisor may give the desk"),
    "standstill_hours": _("Hours a clock may stand still at a time"),
    "upload_grace_minutes": _("Minutes of grace for an upload begun in time"),
    "desk_opens_hour": _("The desk opens at"),
    "desk_closes_hour": _("The desk closes at"),
    "zh": _("Chinese"),
    "en": _("English"),
    "rules": _("Rules"),
    "windows": _("Times that hold for every rule"),
    "categories": _("Categories"),
    "evidence_types": _("Kinds of evidence"),
    "requested_remedies": _("What buyers can ask for"),
    "defaults": _("What silence brings"),
    "value_tiers": _("Silence by the size of the claim"),
    "reminders": _("Reminders"),
    "reject_reasons": _("Reasons for not accepting a case"),
    "release_reasons": _("Reasons for handing a case back"),
    "aliases": _("Other names"),
    "filed_by": _("Filed by"),
    "hint": _("Hint"),
    "holder": _("Who usually has it"),
    "explanation": _("Explanation"),
    "moves_money": _("Moves money"),
    "needs_return": _("The goods go back"),
    "general": pgettext_lazy("penalty points", "general"),
    "serious": pgettext_lazy("penalty points", "serious"),
    "buyer": pgettext_lazy("penalty points", "of the buyer"),
}
BURDENS: dict[str, str | Promise] = {
    "buyer": _("The buyer"),
    "merchant": _("The merchant"),
    "shared": _("Both sides"),
    "claimant": _("Whoever claims it"),
    "system": _("The platform's records decide"),
    "platform": _("The platform"),
    "none": _("Nobody"),
}
COMPLEXITY: dict[str, str | Promise] = {
    "simple": pgettext_lazy("complexity", "Simple"),
    "normal": pgettext_lazy("complexity", "Normal"),
    "complex": pgettext_lazy("complexity", "Complex"),
}
# Silences of the merchant that the clock makes a ruling of, and the one that is left to a person.
BY_THE_CLOCK, ON_THE_FILE = frozenset({"DEF-BUYER", "DEF-RETURN"}), "DEF-FILE"
# Silences of the buyer after which the form of the ruling starts from a dismissal.
AGAINST_THE_BUYER = frozenset({"DEF-CLOSE", "DEF-MERCHANT"})
# The first letter of a rule's number; a letter nobody named here has no heading.
FAMILIES: dict[str, str | Promise] = {
    "Q": _("Quality"),
    "D": _("Description and advertising"),
    "W": _("Wrong or missing goods"),
    "L": _("Delivery"),
    "C": _("Authenticity"),
    "F": _("Food"),
    "R": _("Returns"),
    "P": _("Money and promises"),
    "B": _("Abuse and forgery"),
    "V": _("Reviews"),
    "S": _("Service"),
    "N": _("No answer"),
    "X": _("What we cannot hear"),
}


def field_label(name: str) -> str:
    return str(FIELDS.get(name, name.replace("_", " ")))


def said(text: Bilingual) -> str:
    return text.in_language(get_language() or "en")


def listed(words: Iterable[str]) -> str:
    return ("、" if (get_language() or "en").startswith("zh") else ", ").join(words)


def spoken(value: object, field: str, book: Rulebook) -> str:
    """A value of a rulebook as people read it."""
    if value is None or value == ():
        return "—"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Decimal):
        return money(value)
    if field in ("points", "silence_points") and isinstance(value, Mapping | tuple):
        return points_in_words(dict(value)) or "—"
    if field == "compensations" and isinstance(value, tuple):
        return listed(bound_in_words(code, bound, book) for code, bound in value)
    if isinstance(value, tuple):
        return listed(spoken(each, field, book) for each in value)
    if field == "merchant_silent" and value == "":
        return gettext("a person decides")
    if field == "buyer_silent":
        return buyers_silence(str(value))
    return str(_named(str(value), field, book))


def buyers_silence(code: str) -> str:
    """It never ends a case by itself: a person decides, who may hold it against the buyer."""
    if code in AGAINST_THE_BUYER:
        return gettext("The review goes on; the claim may be dismissed for it")
    return gettext("The review goes on with what is on file")


def _named(code: str, field: str, book: Rulebook) -> str | Promise:
    words = {"burden": BURDENS, "complexity": COMPLEXITY}.get(field, {})
    if code in words:
        return words[code]
    tables: tuple[Mapping[str, Any], ...] = (
        *(book.remedies, book.evidence_types, book.freight, book.defaults),
    )
    for table in tables:
        if code in table:
            return said(table[code].title)
    return code


def on_return_freight(book: Rulebook, remedies: Iterable[str]) -> str:
    """That the portal does not pay for the way back; nothing where no goods go back, or it is awarded."""
    known = [book.remedies[code] for code in remedies if code in book.remedies]
    if not any(each.needs_return for each in known) or any(
        each.kind == "freight" for each in known
    ):
        return ""
    return gettext("The return freight is settled with the carrier, outside the portal.")


BASES: dict[str, str | Promise] = {
    "paid": _("%(times)s × what was paid"),
    "price": _("%(times)s × the price of the goods"),
    "freight": _("%(times)s × the freight"),
}


def bound_in_words(code: str, bound: Bound, book: Rulebook) -> str:
    words = str(BASES[bound.of]) % {"times": f"{bound.times.normalize():f}"}
    if bound.at_least:
        words = gettext("%(bound)s, at least %(amount)s") % {
            "bound": words,
            "amount": money(bound.at_least),
        }
    return f"{said(book.remedies[code].title)}: {words}"


def points_in_words(points: Mapping[str, tuple[int, int]]) -> str:
    return listed(
        f"{field_label(kind)} {low}" + (f"–{high}" if high != low else "")
        for kind, (low, high) in points.items()
        if high
    )


def hours_in_words(hours: int) -> str:
    return ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}


def days_in_words(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


@dataclass(frozen=True)
class Silence:
    """What the merchant's silence brings for a claim of this size; `size` is empty where it is all."""

    size: str
    result: str


@dataclass(frozen=True)
class Clause:
    """One rule as the public page shows it."""

    code: str
    title: str
    text: str
    asked_as: str
    burden: str
    claim_window: str
    answer: str
    supplement: str
    buyer_brings: tuple[EvidenceType, ...]
    merchant_brings: tuple[EvidenceType, ...]
    remedies: tuple[str, ...]
    freight: str
    silences: tuple[Silence, ...]
    buyer_silent: str
    points: str
    needs_second: bool


def clause_of(rule: Rule, book: Rulebook) -> Clause:
    governed = [each for each in book.categories.values() if each.rule == rule.code]
    return Clause(
        code=rule.code,
        title=said(rule.title),
        text=said(rule.text),
        asked_as=listed(said(each.title) for each in governed),
        burden=said(rule.burden_note),
        claim_window=said(rule.claim_window),
        answer=hours_in_words(rule.response_hours) if rule.response_hours else "",
        supplement=hours_in_words(rule.supplement_hours) if rule.supplement_hours else "",
        buyer_brings=tuple(book.evidence_types[code] for code in rule.buyer_evidence),
        merchant_brings=tuple(book.evidence_types[code] for code in rule.merchant_evidence),
        remedies=tuple(said(book.remedies[code].title) for code in rule.remedies),
        freight=said(book.freight[rule.freight].title),
        silences=tuple(silences_of(rule, book)) if rule.response_hours else (),
        buyer_silent=buyers_silence(rule.buyer_silent),
        points=points_in_words(rule.points),
        needs_second=rule.two_reviewers,
    )


def silences_of(rule: Rule, book: Rulebook) -> Iterable[Silence]:
    """By the tiers, neighbours with the same result told together.

    Where the clock does not decide, a person does by what is on file.
    """
    results: list[tuple[Decimal | None, str]] = []
    for tier in book.value_tiers:
        top = tier.up_to if tier.up_to is not None else Decimal("Infinity")
        result = book.default_on_silence(rule, top).code
        if rule.two_reviewers or result not in BY_THE_CLOCK:
            result = ON_THE_FILE
        if results and results[-1][1] == result:
            results.pop()
        results.append((tier.up_to, result))
    for number, (top_amount, code) in enumerate(results):
        if len(results) == 1:
            size = ""
        elif top_amount is not None:
            size = gettext("up to %(amount)s") % {"amount": _short(top_amount)}
        else:
            size = gettext("above %(amount)s") % {"amount": _short(results[number - 1][0])}
        yield Silence(size, said(book.defaults[code].title))


def _short(amount: Decimal | None) -> str:
    """`¥2,000`, the fen only where there are some."""
    return money(amount).removesuffix(".00")
