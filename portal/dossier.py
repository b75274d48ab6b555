"""What a party's page shows of a case: the claim in words, and the evidence worth sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.lifecycle import State
from cases.models import Case, Deadline, DeadlineKind, EvidenceRequest
from cases.rulebook import RejectReason
from evidence.models import Exhibit
from evidence.sufficiency import STATEMENT, Meter, kinds_for, sufficiency


@dataclass
class Wanted:
    """A kind of evidence worth sending, and what of it is here already. `code` is empty for the rest."""

    code: str
    title: str
    hint: str
    is_here: bool = False
    is_on_record: bool = False
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


def rejection_of(case: Case) -> RejectReason | None:
    """Why the platform did not take the case up, and where to turn instead; None when it did."""
    if case.state != State.REJECTED:
        return None
    event = case.events.filter(name="reject").order_by("-number").first()
    return case.book.reject_reasons.get(event.facts.get("reason", "")) if event else None


def evidence_asked(case: Case, side: str, deadlines: Iterable[Deadline]) -> EvidenceRequest | None:
    """What the arbitrator waits for from this side, None once it said that everything is sent."""
    awaited = case.state == State.AWAITING_EVIDENCE and any(
        deadline.kind == DeadlineKind.EVIDENCE_SUPPLEMENT and deadline.party == side
        for deadline in deadlines
    )
    if not awaited:
        return None
    return case.evidence_requests.filter(side=side, round=case.evidence_round).first()


def evidence_of(
    case: Case, side: str, request: EvidenceRequest | None, shown: Sequence[Exhibit]
) -> dict[str, Any]:
    """What a side's page shows of its evidence: the meter, the checklist, and what a file may show."""
    asked = request.evidence_types if request else None
    meter = sufficiency(case, side, shown, asked)
    own = [exhibit for exhibit in shown if exhibit.side == side]
    return {
        "meter": meter,
        "wanted": wanted_of(meter, own),
        "kinds": kinds_for(case, side, [*(asked or ()), *(each.evidence_type for each in own)]),
    }


def wanted_of(meter: Meter, own: Iterable[Exhibit]) -> list[Wanted]:
    """The kinds of evidence asked for, else those that help this side under the rule; then the rest."""
    items = {
        need.type.code: Wanted(
            need.type.code,
            need.type.title.in_language(language()),
            need.type.hint.in_language(language()),
            is_here=need.is_here,
            is_on_record=need.is_on_record,
        )
        for need in meter.needs
        if need.type.code != STATEMENT
    }
    rest = Wanted("", _("Anything else"), _("Photos, or a chat log as text, CSV or JSON."))
    for exhibit in own:
        items.get(exhibit.evidence_type, rest).files.append(exhibit)
    return [*items.values(), rest]
