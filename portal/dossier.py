"""What a party's page shows of a case: the claim in words, and the evidence worth sending."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, EvidenceRequest
from evidence.models import Exhibit

STATEMENT = "E-STMT"  # the kind of evidence that is the text of the answer itself


@dataclass
class Wanted:
    """A kind of evidence worth sending, and what of it is here already. `code` is empty for the rest."""

    code: str
    title: str
    hint: str
    files: list[Exhibit] = field(default_factory=list)


def language() -> str:
    return get_language() or ""


def claim_in_words(case: Case) -> dict[str, str]:
    """What the buyer says and asks for, for the sentence at the top of a page."""
    book = case.book
    return {
        "category": book.categories[case.category].title.in_language(language()),
        "remedy": book.requested_remedies[case.requested_remedy].title.in_language(language()),
    }


def evidence_asked(case: Case, side: str, deadlines: Iterable[Deadline]) -> EvidenceRequest | None:
    """What the arbitrator waits for from this side, None once it said that everything is sent."""
    awaited = case.state == State.AWAITING_EVIDENCE and any(
        deadline.kind == DeadlineKind.EVIDENCE_SUPPLEMENT and deadline.party == side
        for deadline in deadlines
    )
    if not awaited:
        return None
    return case.evidence_requests.filter(side=side, round=case.evidence_round).first()


def wanted_of(
    case: Case, side: str, request: EvidenceRequest | None, own: Iterable[Exhibit]
) -> list[Wanted]:
    """The kinds of evidence asked for, else those that help this side under the rule; then the rest."""
    rule, known = case.ruled_by, case.book.evidence_types
    helpful = rule.buyer_evidence if side == Side.BUYER else rule.merchant_evidence
    codes = request.evidence_types if request else [code for code in helpful if code != STATEMENT]
    items = {
        code: Wanted(
            code,
            known[code].title.in_language(language()),
            known[code].hint.in_language(language()),
        )
        for code in codes
        if code in known
    }
    rest = Wanted("", _("Anything else"), _("Photos, or a chat log as text, CSV or JSON."))
    for exhibit in own:
        items.get(exhibit.evidence_type, rest).files.append(exhibit)
    return [*items.values(), rest]
