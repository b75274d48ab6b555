"""The decision: what stands in its way, and issuing it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases.actions.passage import Refused, advance, lock
from cases.lifecycle import State, intact, its_holder
from cases.models import Case, Ruling

ONE_IN = 20  # rulings by the clock of which one is drawn for a person to look at
DISMISS, FULL_REFUND = "RM-REJECT", "RM-FULL"  # codes every rulebook has


@dataclass(frozen=True)
class Finding:
    text: str
    rule: str
    citations: tuple[str, ...]  # labels of exhibits and messages: E-01, C-17


@dataclass(frozen=True)
class RulingDraft:
    outcome: str
    remedies: tuple[str, ...]
    amount: Decimal
    freight: str
    findings: tuple[Finding, ...]
    reasons: str
    internal_note: str = ""


@dataclass(frozen=True)
class Obstacle:
    """Why a ruling cannot go out, and the form field to jump to."""

    field: str
    sentence: str


def obstacles(case: Case, draft: RulingDraft, *, by: User) -> list[Obstacle]:
    """Everything that stands between this draft and its issue, each as one sentence."""
    return [
        *_about_files(case),
        *_about_findings(case, draft),
        *_about_remedies(case, draft),
        *_about_authority(case, draft, by),
    ]


def obstacles_to_submission(case: Case, draft: RulingDraft) -> list[Obstacle]:
    """The same where a second person lets it go out: whose word it needs is no obstacle then."""
    return [
        *_about_files(case),
        *_about_findings(case, draft),
        *_about_remedies(case, draft),
    ]


def _about_files(case: Case) -> list[Obstacle]:
    if intact(case):
        return []
    return [Obstacle("outcome", gettext(intact.__doc__ or ""))]


def _about_findings(case: Case, draft: RulingDraft) -> list[Obstacle]:
    found: list[Obstacle] = []
    if not draft.findings:
        found.append(Obstacle("findings", _("State at least one finding.")))
    for number, finding in enumerate(draft.findings, start=1):
        if not finding.citations:
            found.append(
                Obstacle(
                    "findings",
                    _("Finding %(number)s cites no exhibit or message.") % {"number": number},
                )
            )
        if finding.rule not in case.book.rules:
            found.append(
                Obstacle("findings", _("Finding %(number)s names no rule.") % {"number": number})
            )
    if not draft.reasons.strip():
        found.append(Obstacle("reasons", _("Give the parties reasons in words.")))
    return found


def _about_remedies(case: Case, draft: RulingDraft) -> list[Obstacle]:
    found: list[Obstacle] = []
    book = case.book
    cited = [case.rule, *(finding.rule for finding in draft.findings if finding.rule in book.rules)]
    allowed = {code for rule in cited for code in book.rules[rule].remedies} | {DISMISS}
    if draft.outcome not in Ruling.Outcome.values:
        found.append(Obstacle("outcome", _("Choose an outcome.")))
    if not draft.remedies:
        found.append(Obstacle("remedies", _("Choose a remedy.")))
    if not set(draft.remedies) <= allowed:
        found.append(Obstacle("remedies", _("The rules cited do not allow this remedy.")))
    if draft.freight not in book.freight:
        found.append(Obstacle("freight", _("Say who bears the freight.")))
    if draft.amount < 0 or draft.amount > case.remaining_paid:
        found.append(
            Obstacle(
                "amount",
                _("The amount is between ¥0.00 and ¥%(cap)s.")
                % {"cap": f"{case.remaining_paid:,.2f}"},
            )
        )
    moves_money = any(
        book.remedies[code].moves_money for code in draft.remedies if code in book.remedies
    )
    found += _contradictions(case, draft)
    if draft.outcome == Ruling.Outcome.NONE and draft.amount:
        found.append(Obstacle("amount", _("A ruling for the merchant gives nothing back.")))
    elif draft.outcome != Ruling.Outcome.NONE and moves_money and not draft.amount:
        found.append(Obstacle("amount", _("This remedy needs an amount.")))
    return found


def _contradictions(case: Case, draft: RulingDraft) -> list[Obstacle]:
    """Where the outcome says one thing and the remedies another."""
    grants = {code for asked in case.book.requested_remedies.values() for code in asked.remedies}
    chosen = set(draft.remedies)
    if draft.outcome == Ruling.Outcome.NONE and chosen & grants:
        return [Obstacle("remedies", _("A ruling for the merchant grants the buyer no remedy."))]
    if draft.outcome == Ruling.Outcome.PART and FULL_REFUND in chosen:
        return [Obstacle("remedies", _("A full refund is no ruling in part."))]
    if draft.outcome in (Ruling.Outcome.FULL, Ruling.Outcome.PART) and DISMISS in chosen:
        return [Obstacle("remedies", _("A dismissed claim is no ruling for the buyer."))]
    return []


def _about_authority(case: Case, draft: RulingDraft, by: User) -> list[Obstacle]:
    if by.role == Role.SENIOR:
        return []
    threshold = case.book.approval_threshold
    if case.needs_second_person:
        return [
            Obstacle(
                "outcome",
                _("This kind of case is ruled by a senior arbitrator: release it for one to take."),
            )
        ]
    if draft.amount > threshold:
        return [
            Obstacle(
                "amount",
                _(
                    "Above ¥%(threshold)s a senior arbitrator rules: release the case for one to take."
                )
                % {"threshold": f"{threshold:,.2f}"},
            )
        ]
    return []


def content_hash(case: Case, draft: RulingDraft, version: int) -> str:
    """SHA-256 (hex) over what the parties read; the internal note is no part of it."""
    public = asdict(draft) | {
        "amount": f"{draft.amount:.2f}",
        "case": case.reference,
        "version": version,
    }
    del public["internal_note"]
    canonical = json.dumps(public, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


@transaction.atomic
def issue_ruling(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Ruling:
    """Issue the ruling and open the time to appeal. Raises Refused with the first obstacle."""
    if case.state == State.REVIEWING and not its_holder(case, by):
        raise PermissionDenied
    for obstacle in obstacles(case, draft, by=by):
        raise Refused(obstacle.sentence)
    lock(case)  # a second press waits here, and then finds the case moved
    ruling = store_ruling(case, draft, author=by, now=now)
    advance(
        case,
        "issue",
        by=by,
        now=now,
        entry={
            "version": ruling.version,
            "outcome": draft.outcome,
            "amount": f"{draft.amount:.2f}",
            "content": ruling.content_hash,
        },
    )
    return ruling


def store_ruling(case: Case, draft: RulingDraft, *, author: User | None, now: datetime) -> Ruling:
    """The draft as the next version of the case's ruling; the versions before stay readable."""
    version = case.rulings.count() + 1
    content = content_hash(case, draft, version)
    ruling: Ruling = Ruling.objects.create(
        case=case,
        version=version,
        author=author,
        issued_at=now,
        outcome=draft.outcome,
        remedies=list(draft.remedies),
        amount=draft.amount,
        cap=case.remaining_paid,
        freight=draft.freight,
        findings=[asdict(finding) for finding in draft.findings],
        reasons=draft.reasons,
        internal_note=draft.internal_note,
        rulebook_version=case.rulebook_version,
        content_hash=content,
        is_drawn=author is None and is_drawn(content),
    )
    return ruling


def is_drawn(content: str) -> bool:
    """One in twenty, by the hash of the text: nobody can tell beforehand, and everybody can check."""
    return int(content[:8], 16) % ONE_IN == 0


def draft_from(stored: dict[str, Any]) -> RulingDraft:
    """A draft out of its JSON."""
    findings = tuple(
        Finding(each["text"], each["rule"], tuple(each["citations"])) for each in stored["findings"]
    )
    return RulingDraft(
        **{
            **stored,
            "remedies": tuple(stored["remedies"]),
            "amount": Decimal(stored["amount"]),
            "findings": findings,
        }
    )


def save_draft(case: Case, *, by: User, draft: dict[str, Any], now: datetime) -> None:
    """Keep what is being typed, for the holder only. Not an act, so not on the docket."""
    mine = Case.objects.filter(
        pk=case.pk, holder=by, state__in=(State.REVIEWING, State.AWAITING_EVIDENCE)
    )
    if not mine.update(draft=draft, draft_saved_at=now):
        raise Refused(_("You no longer hold this case; your text was not saved here."))
