"""The ruling as a sheet of paper: what both parties read, before it goes out and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from cases.actions import RulingDraft
from cases.lifecycle import Side
from cases.models import Case, Ruling
from cases.proceedings import Correction
from cases.rulebook import Bilingual
from evidence.citations import Region, read
from evidence.disclosure import veil
from evidence.models import Exhibit, Message
from portal.rule_words import on_return_freight
from portal.templatetags.portal import money
from portal.versions import correction_of

SQUARE = 100  # where nobody measured the picture
HASH_SHOWN = 12  # hex digits: enough to compare by eye with the file's own


HELD: dict[str, str] = {
    Side.BUYER: gettext_noop(
        "The buyer was asked for further evidence and sent none in time. What stays open counts against them."
    ),
    Side.MERCHANT: gettext_noop(
        "The merchant was asked for further evidence and sent none in time. What stays open counts against it."
    ),
}


@dataclass(frozen=True)
class Citation:
    """`url` is empty where the reader may not look at what is cited."""

    label: str
    url: str


@dataclass(frozen=True)
class PaperFinding:
    text: str
    rule: str
    rule_title: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Figure:
    """A cited photo."""

    label: str
    url: str
    thumbnail_url: str
    side: str
    caption: str
    received_at: datetime
    hash_prefix: str
    width: int
    height: int
    regions: tuple[Region, ...] = ()  # what of it is cited; nothing when all of it is


@dataclass(frozen=True)
class Paper:
    """Everything on the sheet. The internal note is no part of it, whoever reads.

    `verification_code`, `issued_at` and `author` are empty for a draft.
    """

    case: Case
    is_draft: bool
    version: int
    outcome: str
    outcome_label: str
    remedies: tuple[str, ...]
    amount: Decimal
    refund: Decimal
    freight: str
    freight_reason: str
    return_freight: str  # that it is settled outside the portal, where goods go back
    held_against: tuple[str, ...]  # whose silence counts against them, one sentence each
    beyond: tuple[str, ...]  # why a remedy outside the rule was allowed, one sentence each
    category: str
    requested: str
    findings: tuple[PaperFinding, ...]
    reasons: str
    figures: tuple[Figure, ...]
    author: str
    approved_by: str
    issued_at: datetime | None
    verification_code: str
    content_hash: str
    correction: Correction | None = None
    recalled_at: datetime | None = None  # taken back before the parties were told

    @property
    def defaulted(self) -> bool:
        """Whether it was decided without an answer of the merchant's."""
        return self.case.defaulted_at is not None and self.case.answered_at is None


def paper_of(
    case: Case,
    ruling_like: Ruling | RulingDraft,
    *,
    exhibits: Iterable[Exhibit],
    messages: Iterable[Message],
) -> Paper:
    """The sheet of a stored ruling or of a draft, masked: what it quotes goes to both sides.

    `exhibits` and `messages` are those the reader may look at: only they become links and figures.
    """
    book, veiled = case.book, veil(case)
    shown = {exhibit.label: exhibit for exhibit in exhibits}
    lead = links(case, shown.values(), messages)
    findings = tuple(finding_of(each, case, lead, veiled) for each in rows_of(ruling_like))
    cited = regions_of(cite.label for finding in findings for cite in finding.citations)
    shares = book.shares(ruling_like.remedies, ruling_like.amount, ruling_like.amounts)
    issued = ruling_like if isinstance(ruling_like, Ruling) else None
    freight = book.freight.get(ruling_like.freight)
    return Paper(
        case=case,
        is_draft=issued is None,
        version=issued.version if issued else 1,
        outcome=ruling_like.outcome,
        outcome_label=outcome_label(ruling_like.outcome),
        remedies=tuple(
            f"{spoken(book.remedies[code].title)} {money(shares[code])}"
            if code in shares
            else spoken(book.remedies[code].title)
            for code in ruling_like.remedies
            if code in book.remedies
        ),
        amount=ruling_like.amount,
        refund=sum((each for code, each in shares.items() if book.refunds(code)), Decimal(0)),
        freight=spoken(freight.title) if freight else "",
        freight_reason=veiled(ruling_like.freight_reason),
        return_freight=on_return_freight(book, ruling_like.remedies),
        held_against=tuple(_(HELD[side]) for side in ruling_like.held_against if side in HELD),
        beyond=tuple(veiled(each) for each in beyond_the_rule(case, ruling_like.remedies)),
        category=spoken(book.categories[case.category].title),
        requested=spoken(book.requested_remedies[case.requested_remedy].title),
        findings=findings,
        reasons=veiled(ruling_like.reasons),
        figures=tuple(
            figure_of(case, shown[label], veiled, regions)
            for label, regions in cited.items()
            if label in shown and shown[label].has_picture
        ),
        approved_by=issued.approved_by.masked_name if issued and issued.approved_by else "",
        author=issued.author.masked_name if issued and issued.author else "",
        issued_at=issued.issued_at if issued else None,
        verification_code=issued.verification_code if issued else "",
        content_hash=issued.content_hash if issued else "",
        correction=correction_of(issued) if issued else None,
        recalled_at=issued.recalled_at if issued else None,
    )


def beyond_the_rule(case: Case, remedies: Iterable[str]) -> Iterable[str]:
    """A sentence for each of these remedies that a supervisor allowed outside the rule."""
    for each in case.overrides.granted().filter(remedy__in=list(remedies)):
        yield _(
            "%(remedy)s lies outside rule %(rule)s and was allowed for this case by a supervisor: %(reason)s"
        ) % {
            "remedy": spoken(case.book.remedies[each.remedy].title),
            "rule": case.rule,
            "reason": each.answer,
        }


def rows_of(ruling_like: Ruling | RulingDraft) -> list[dict[str, Any]]:
    """The findings as stored rows, whichever of the two they come from."""
    if isinstance(ruling_like, Ruling):
        return list(ruling_like.findings)
    return [
        {"text": each.text, "rule": each.rule, "citations": each.citations}
        for each in ruling_like.findings
    ]


def links(
    case: Case, exhibits: Iterable[Exhibit], messages: Iterable[Message] = ()
) -> Callable[[str], str]:
    """Where a citation leads for this reader: the picture or page, a region in the viewer, or nowhere."""
    shown = {exhibit.label: exhibit for exhibit in exhibits}
    logs = {exhibit.pk: exhibit for exhibit in shown.values()}
    pages = {label: preview(case, exhibit) for label, exhibit in shown.items()}
    for message in messages:
        if message.exhibit_id in logs:
            pages[message.label] = f"{preview(case, logs[message.exhibit_id])}#{message.label}"

    def lead(label: str) -> str:
        cited = read(label)
        first = cited.covers[0] if cited else ""
        if cited is None or cited.region is None or first not in shown:
            return pages.get(first, "")
        window = reverse("exhibit_window", args=[case.reference, shown[first].number])
        return f"{window}#{label}"

    return lead


def regions_of(labels: Iterable[str]) -> dict[str, tuple[Region, ...]]:
    """The regions cited of each exhibit, in the order they are cited."""
    found: dict[str, tuple[Region, ...]] = {}
    for cited in filter(None, map(read, labels)):
        region = (cited.region,) if cited.region is not None else ()
        found[cited.covers[0]] = (*found.get(cited.covers[0], ()), *region)
    return found


def finding_of(
    row: dict[str, Any], case: Case, lead: Callable[[str], str], veiled: Callable[[str], str]
) -> PaperFinding:
    rule = case.book.rules.get(row.get("rule", ""))
    return PaperFinding(
        text=veiled(row.get("text", "")),
        rule=rule.code if rule else row.get("rule", ""),
        rule_title=spoken(rule.title) if rule else "",
        citations=tuple(Citation(label, lead(label)) for label in row.get("citations", ())),
    )


def figure_of(
    case: Case, exhibit: Exhibit, veiled: Callable[[str], str], regions: tuple[Region, ...] = ()
) -> Figure:
    return Figure(
        label=exhibit.label,
        url=preview(case, exhibit),
        thumbnail_url=reverse("exhibit_thumb", args=[case.reference, exhibit.number])
        if exhibit.thumbnail
        else "",
        side=exhibit.side,
        caption=veiled(exhibit.caption or exhibit.name),
        received_at=exhibit.received_at,
        hash_prefix=exhibit.sha256[:HASH_SHOWN],
        width=exhibit.width or SQUARE,
        height=exhibit.height or SQUARE,
        regions=regions,
    )


def preview(case: Case, exhibit: Exhibit) -> str:
    return reverse("exhibit_preview", args=[case.reference, exhibit.number])


def outcome_label(outcome: str) -> str:
    return str(Ruling.Outcome(outcome).label) if outcome in Ruling.Outcome.values else ""


def spoken(text: Bilingual) -> str:
    return text.in_language(get_language() or "en")
