"""What is on the table, for whom to answer, and the whole exchange: on both parties' pages and the desk's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext_noop, pgettext
from django.utils.translation import gettext as _

from accounts.models import User
from cases.lifecycle import Side, may_take, why_not
from cases.models import Case, Deadline, DeadlineKind
from cases.proceedings import Offer
from portal.forms.offering import Counter, MakeOffer
from portal.forms.parties import Step
from portal.standing import at_zero
from portal.templatetags.portal import money

OFFER_STEPS = frozenset({"offer", "counter", "accept", "decline"})
DONE = {
    "offer": lambda: _("Your offer is made; the other side is asked."),
    "counter": lambda: _("Your counter-offer is made; the other side is asked."),
    "accept": lambda: _("You have accepted the offer."),
    "decline": lambda: _("You have declined the offer."),
}


@dataclass(frozen=True)
class Line:
    """One offer of the exchange. `fate`: what became of it, in words; `at`: when."""

    offer: Offer
    title: str
    fate: str
    at: datetime | None


@dataclass(frozen=True)
class Table:
    """The offer that is open, for one side. `is_asked`: it is this side's to answer, by `due_at`."""

    line: Line
    heading: str
    follows: list[str]
    is_asked: bool
    due_at: datetime | None
    zero: str
    counter: Counter


def exchange_of(case: Case) -> list[Line]:
    """Every offer of the case in order: who, when, what, and what became of it."""
    return [line_of(case, offer) for offer in case.offers.select_related("by")]


def line_of(case: Case, offer: Offer) -> Line:
    title = case.book.remedies[offer.remedy].title.in_language(get_language() or "en")
    if offer.amount:
        title = _("%(remedy)s, %(amount)s") % {"remedy": title, "amount": money(offer.amount)}
    return Line(offer, title, fate_of(offer), offer.ended_at)


# What became of an offer, and by whose word where there are two who may say it.
FATES: dict[tuple[str, str], str] = {
    (Offer.Outcome.ACCEPTED, ""): gettext_noop("Accepted: settled"),
    (Offer.Outcome.DECLINED, Side.BUYER): gettext_noop("Declined by the buyer"),
    (Offer.Outcome.DECLINED, Side.MERCHANT): gettext_noop("Declined by the merchant"),
    (Offer.Outcome.COUNTERED, Side.BUYER): gettext_noop("The buyer made a counter-offer"),
    (Offer.Outcome.COUNTERED, Side.MERCHANT): gettext_noop("The merchant made a counter-offer"),
    (Offer.Outcome.LAPSED, ""): gettext_noop("Lapsed without an answer"),
    (Offer.Outcome.OVERTAKEN, ""): gettext_noop("Overtaken: the case went on without it"),
}
OPEN = {
    Side.BUYER: gettext_noop("Accepted by the buyer; the merchant is asked"),
    Side.MERCHANT: gettext_noop("Accepted by the merchant; the buyer is asked"),
}


def fate_of(offer: Offer) -> str:
    if offer.ended_at is not None:
        by = offer.ended_by if (offer.outcome, offer.ended_by) in FATES else ""
        return _(FATES.get((offer.outcome, by), offer.outcome))
    for side, words in OPEN.items():
        if offer.side == Side.PLATFORM and offer.accepted_by(side):
            return _(words)
    return pgettext("offer", "Open")


def on_the_table(
    case: Case,
    side: Side,
    user: User,
    deadlines: Iterable[Deadline],
    exchange: list[Line],
    tried: Step | None,
) -> dict[str, Any]:
    """For a party's page: the exchange, the open offer with its answers, and the form of a new one."""
    line = next((each for each in exchange if each.offer.ended_at is None), None)
    clocks = {each.party: each for each in deadlines if each.kind == DeadlineKind.OFFER_ANSWER}
    may_offer = may_take(case, "offer", user) and why_not(case, "offer") is None
    return {
        "exchange": exchange,
        "table": table_of(case, side, line, clocks, tried) if line else None,
        "offer_form": offer_form(case, tried) if may_offer else None,
    }


def offer_form(case: Case, tried: Step | None) -> MakeOffer | None:
    """None where the rule knows nothing two parties could settle on."""
    if not case.book.offerable(case.ruled_by):
        return None
    return tried if isinstance(tried, MakeOffer) else MakeOffer(case=case)


def table_of(
    case: Case, side: Side, line: Line, clocks: dict[str, Deadline], tried: Step | None
) -> Table:
    clock = clocks.get(side) or next(iter(clocks.values()), None)
    counter = tried if isinstance(tried, Counter) else Counter(case=case)
    counter.initial = {"remedy": line.offer.remedy}
    return Table(
        line,
        heading_of(line, side),
        follows(case, line.offer, side),
        is_asked=side in clocks and not line.offer.accepted_by(side),
        due_at=clock.due_at if clock else None,
        zero=at_zero(case, DeadlineKind.OFFER_ANSWER),
        counter=counter,
    )


def heading_of(line: Line, side: Side) -> str:
    if line.offer.side == side:
        words = _("You offer: %(terms)s")
    elif line.offer.side == Side.PLATFORM:
        words = _("The platform proposes: %(terms)s")
    elif line.offer.side == Side.MERCHANT:
        words = _("The merchant offers: %(terms)s")
    else:
        words = _("The buyer offers: %(terms)s")
    return words % {"terms": line.title}


def follows(case: Case, offer: Offer, side: Side) -> list[str]:
    """What accepting it means for this side."""
    amounts = {"amount": money(offer.amount), "paid": money(case.paid)}
    lines = []
    if offer.amount and side == Side.BUYER:
        lines.append(_("You get %(amount)s of the %(paid)s paid.") % amounts)
    elif offer.amount:
        lines.append(_("The buyer gets %(amount)s of the %(paid)s paid.") % amounts)
    if case.book.remedies[offer.remedy].needs_return:
        lines.append(_("The goods go back to the merchant first."))
    if offer.side == Side.PLATFORM:
        lines.append(_("It holds once both sides have accepted."))
    lines.append(_("Nobody rules on the case then, and it cannot be taken back."))
    return lines


def cost_of_agreeing(case: Case) -> list[str]:
    """What it costs the merchant to agree to the whole claim, and what it spares."""
    language, rule = get_language() or "en", case.ruled_by
    lines = []
    if case.requested_amount:
        amounts = {"amount": money(case.requested_amount), "paid": money(case.paid)}
        lines.append(_("The buyer gets %(amount)s of the %(paid)s paid.") % amounts)
    granting = case.book.remedies_granting(rule, case.requested_remedy)
    if granting and granting[0].needs_return:
        lines.append(_("The goods go back to the merchant first."))
    freight = case.book.freight[rule.freight].title.in_language(language)
    lines.append(_("Freight, by the rule: %(freight)s.") % {"freight": freight})
    points = max(
        (most for kind, (_least, most) in rule.points.items() if kind != "buyer"), default=0
    )
    if points:
        lines.append(
            _(
                "A ruling under %(rule)s can bring up to %(points)s penalty points; there is none then."
            )
            % {"rule": rule.code, "points": points}
        )
    return lines
