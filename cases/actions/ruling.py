"""The decision goes out: issued, stored under its hash, and bound to what stood in its way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cases.actions.drafts import PRIVATE, RulingDraft
from cases.actions.obstacles import obstacles, second_look, within
from cases.actions.passage import Refused, advance, lock
from cases.actions.penalising import propose_with_ruling
from cases.lifecycle import State, its_holder
from cases.models import Case, Ruling

ONE_IN = 20  # rulings by the clock of which one is drawn for a person to look at


def content_hash(case: Case, draft: RulingDraft, version: int) -> str:
    """SHA-256 (hex) over what the parties read; what is for the staff is no part of it."""
    public = asdict(draft) | {
        "amount": f"{draft.amount:.2f}",
        "amounts": amounts_of(case, draft),
        "case": case.reference,
        "version": version,
    }
    for name in PRIVATE:
        del public[name]
    canonical = json.dumps(public, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def amounts_of(case: Case, draft: RulingDraft) -> dict[str, str]:
    """What each remedy pays, as the ruling keeps it."""
    shares = case.book.shares(draft.remedies, draft.amount, draft.amounts)
    return {code: f"{share:.2f}" for code, share in shares.items()}


@transaction.atomic
def issue_ruling(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Ruling:
    """Issue the ruling and open the time to appeal. Raises Refused with the first obstacle."""
    if case.state == State.REVIEWING and not its_holder(case, by):
        raise PermissionDenied
    for obstacle in obstacles(case, draft):
        raise Refused(obstacle.sentence)
    for reason in second_look(case, draft):
        raise Refused(reason)
    lock(case)  # a second press waits here, and then finds the case moved
    ruling = store_ruling(case, draft, author=by, now=now, told_at=now + hold_of(case))
    advance(
        case,
        "issue",
        by=by,
        now=now,
        told_at=ruling.told_at,
        entry={
            "version": ruling.version,
            "outcome": draft.outcome,
            "amount": f"{draft.amount:.2f}",
            "content": ruling.content_hash,
        },
    )
    propose_with_ruling(case, draft.penalty, by=by, now=now)
    return ruling


def hold_of(case: Case) -> timedelta:
    """How long after a person's decision the parties are told of it, so that it can be taken back."""
    return timedelta(seconds=case.book.windows.hold_seconds)


def next_version(case: Case) -> int:
    return case.rulings.in_force().count() + 1


def store_ruling(
    case: Case,
    draft: RulingDraft,
    *,
    author: User | None,
    now: datetime,
    told_at: datetime | None = None,
    approved_by: User | None = None,
) -> Ruling:
    """The draft as the next version of the case's ruling; the versions before stay readable.

    The parties read it at once where `told_at` names no later instant.
    Call it with the case locked. What is left of the price is read anew: a refund that went out since
    the case was read counts, and the database refuses a ruling that would give back more.
    """
    version = next_version(case)
    content = content_hash(case, draft, version)
    shares = case.book.shares(draft.remedies, draft.amount, draft.amounts)
    beyond = (share for code, share in shares.items() if not case.book.refunds(code))
    compensation = sum(beyond, Decimal(0))
    left = Case.objects.only("paid", "refunded").get(pk=case.pk).remaining_paid
    if draft.amount - compensation > left:
        raise Refused(within(left))
    ruling: Ruling = Ruling.objects.create(
        case=case,
        version=version,
        author=author,
        approved_by=approved_by,
        issued_at=now,
        told_at=told_at or now,
        outcome=draft.outcome,
        remedies=list(draft.remedies),
        amount=draft.amount,
        amounts=amounts_of(case, draft),
        compensation=compensation,
        cap=left,
        freight=draft.freight,
        freight_reason=draft.freight_reason,
        findings=[asdict(finding) for finding in draft.findings],
        reasons=draft.reasons,
        internal_note=draft.internal_note,
        unseen=list(draft.without),
        held_against=list(draft.held_against),
        rulebook_version=case.rulebook_version,
        content_hash=content,
        is_drawn=author is None and is_drawn(content),
    )
    return ruling


def is_drawn(content: str) -> bool:
    """One in twenty, by the hash of the text: nobody can tell beforehand, and everybody can check."""
    return int(content[:8], 16) % ONE_IN == 0
