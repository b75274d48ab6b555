"""The sufficiency meter: what each side has to bring under the rule, what of it is here, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cases.lifecycle import Side
from cases.models import Case, EvidenceRequest
from cases.rulebook import EvidenceType
from evidence.models import Exhibit

STATEMENT = "E-STMT"  # the kind of evidence that is what a side wrote itself
SYSTEM, EITHER = "system", "either"  # holders of evidence beside the two sides
BEARERS: dict[str, tuple[str, ...]] = {
    "buyer": (Side.BUYER,),
    "claimant": (Side.BUYER,),
    "merchant": (Side.MERCHANT,),
    "shared": (Side.BUYER, Side.MERCHANT),
}


@dataclass(frozen=True)
class Need:
    """One kind of evidence. What the platform holds is there without any file."""

    type: EvidenceType
    exhibits: tuple[Exhibit, ...]
    is_on_record: bool  # the platform's own
    is_written: bool = False
    came_late: bool = False

    @property
    def is_here(self) -> bool:
        return self.is_on_record or self.is_written or bool(self.exhibits)


@dataclass(frozen=True)
class Meter:
    side: str
    needs: tuple[Need, ...]
    bearers: tuple[str, ...]  # the sides that bear the burden of proof; empty: neither

    @cached_property
    def missing(self) -> list[Need]:
        return [need for need in self.needs if not need.is_here]

    @property
    def here(self) -> int:
        return len(self.needs) - len(self.missing)

    @property
    def bears(self) -> bool:
        return self.side in self.bearers

    @property
    def bears_alone(self) -> bool:
        return self.bearers == (self.side,)


def sufficiency(
    case: Case, side: str, exhibits: Iterable[Exhibit], codes: Sequence[str] | None = None
) -> Meter:
    """How far this side has come with `codes`, else with what the rule wants of it. Asks no database."""
    known = case.book.evidence_types
    wanted = under_the_rule(case, side) if codes is None else codes
    there = [exhibit for exhibit in exhibits if is_there(exhibit)]
    return Meter(
        side,
        tuple(need(case, side, known[code], there) for code in wanted if code in known),
        BEARERS.get(case.ruled_by.burden, ()),
    )


def meters(
    case: Case, exhibits: Sequence[Exhibit], requests: Sequence[EvidenceRequest]
) -> list[Meter]:
    """Both sides', with what the arbitrator asked of them. Asks no database."""
    return [
        sufficiency(case, side, exhibits, with_what_was_asked(case, side, requests))
        for side in (Side.BUYER, Side.MERCHANT)
    ]


def under_the_rule(case: Case, side: str) -> tuple[str, ...]:
    rule = case.ruled_by
    return rule.buyer_evidence if side == Side.BUYER else rule.merchant_evidence


def with_what_was_asked(
    case: Case, side: str, requests: Iterable[EvidenceRequest]
) -> tuple[str, ...]:
    """What the rule wants of a side, and what the arbitrator asked of it beyond."""
    asked = (code for each in requests if each.side == side for code in each.evidence_types)
    return tuple(dict.fromkeys((*under_the_rule(case, side), *asked)))


def is_there(exhibit: Exhibit) -> bool:
    """Whether a file fills a need: accepted, not taken back, and not left out for coming late."""
    return (
        exhibit.status == Exhibit.Status.ACCEPTED
        and exhibit.withdrawn_at is None
        and exhibit.admission != Exhibit.Admission.LEFT_OUT
    )


def need(case: Case, side: str, kind: EvidenceType, there: Iterable[Exhibit]) -> Need:
    from_whom = (side, Side.PLATFORM) if kind.holder == SYSTEM else (side,)
    files = tuple(
        each for each in there if each.evidence_type == kind.code and each.side in from_whom
    )
    written = case.statement if side == Side.BUYER else case.answer
    is_written = kind.code == STATEMENT and bool(written)
    files_late = bool(files) and all(each.is_late and not each.admission for each in files)
    text_late = is_written and side == Side.MERCHANT and case.answer_is_late
    return Need(
        kind,
        files,
        is_on_record=kind.holder == SYSTEM,
        is_written=is_written,
        came_late=kind.holder != SYSTEM and (text_late or (files_late and not is_written)),
    )


def kinds_for(case: Case, side: str, also: Iterable[str] = ()) -> list[EvidenceType]:
    """What a file of this side may be said to show: what is wanted first, then what it usually holds."""
    known = case.book.evidence_types
    usual = (code for code, kind in known.items() if kind.holder in (side, EITHER))
    codes = dict.fromkeys((*under_the_rule(case, side), *also, *usual))
    return [known[code] for code in codes if code in known and code != STATEMENT]
