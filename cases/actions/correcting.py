"""Clerical corrections: a slip of the pen in an issued ruling is put right by a version of its own.

What was decided cannot be touched from here: of the ruling only its words and the labels it cites are
taken, everything else is copied as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import docket, notices
from cases.actions.drafts import draft_of
from cases.actions.hearing import is_close_to
from cases.actions.passage import Refused, lock
from cases.actions.ruling import content_hash
from cases.lifecycle import Side, State, intact
from cases.models import Case, Ruling
from cases.proceedings import Correction

CORRECTORS = frozenset({Role.SENIOR.value, Role.SUPERVISOR.value})
CORRECTABLE = frozenset({State.RULED, State.EXECUTING, State.CLOSED})
# A version's own: not copied from the one it corrects.
OWN = frozenset(
    {
        *("id", "version", "issued_at", "told_at", "recalled_at"),
        *("findings", "reasons", "content_hash", "is_drawn"),
    }
)
AUDIT = frozenset({"audited_at", "audited_by", "audit_agrees", "audit_note"})


@dataclass(frozen=True)
class Wording:
    """One finding's words and the labels it cites."""

    text: str
    citations: tuple[str, ...]


def correct_ruling(
    case: Case,
    *,
    by: User,
    version: int,
    findings: Sequence[Wording],
    reasons: str,
    why: str,
    now: datetime,
) -> Ruling:
    """Put right the words of the ruling of that `version`, the one `by` has read; the clocks run on.

    Raises Refused when another version has come in between, or when nothing differs.
    """
    if by.role not in CORRECTORS:
        raise PermissionDenied
    with transaction.atomic():
        lock(case)
        ruling = case.ruling
        refusal = why_no_correction(case, ruling, by, now=now)
        if ruling is None or refusal is not None:
            raise Refused(refusal or _("There is no ruling to correct."))
        if ruling.version != version:
            raise Refused(_("The ruling has changed since you read it: look at it again."))
        if not why.strip():
            raise Refused(_("Say what the error was: both sides read it."))
        _insist_on_words(ruling, findings, reasons)
        corrected = _store(case, ruling, findings, reasons, now)
        Correction.objects.create(
            ruling=corrected, corrects=ruling, by=by, reason=why.strip(), made_at=now
        )
        docket.append(
            case,
            "correct_ruling",
            actor=by,
            at=now,
            version=corrected.version,
            reason=why.strip(),
            content=corrected.content_hash,
            code=corrected.verification_code,
            old_code=ruling.verification_code,
        )
        notices.queue(case, "correct_ruling", (Side.BUYER, Side.MERCHANT), now=now)
    return corrected


def why_no_correction(case: Case, ruling: Ruling | None, by: User, *, now: datetime) -> str | None:
    """The sentence that says why this person does not correct the ruling now; None when they may."""
    if ruling is None:
        return _("There is no ruling to correct.")
    if case.state == State.APPEALED:
        return _("An appeal is being decided on these very words; correct the ruling afterwards.")
    if case.state not in CORRECTABLE:
        return _("There is no ruling to correct.")
    if case.is_held_back(now):
        return _("Nobody has been told of it yet: whoever decided can take it back instead.")
    if ruling.author_id == by.pk:
        return _("You wrote this ruling; a second person corrects it.")
    if is_close_to(case, by):
        return _("You are too close to a party of this case; somebody else hears it.")
    return None if intact(case) else gettext(intact.__doc__ or "")


def _insist_on_words(ruling: Ruling, findings: Sequence[Wording], reasons: str) -> None:
    if len(findings) != len(ruling.findings):
        raise Refused(_("A correction neither adds nor takes away a finding."))
    for number, wording in enumerate(findings, start=1):
        if not wording.text.strip():
            raise Refused(_("Finding %(number)s has no words.") % {"number": number})
        if not wording.citations:
            raise Refused(_("Finding %(number)s cites no exhibit or message.") % {"number": number})
    if not reasons.strip():
        raise Refused(_("Give the parties reasons in words."))
    as_before = [
        (wording.text, list(wording.citations)) == (row["text"], list(row["citations"]))
        for wording, row in zip(findings, ruling.findings, strict=True)
    ]
    if all(as_before) and reasons == ruling.reasons:
        raise Refused(_("Nothing is changed."))


def _store(
    case: Case, ruling: Ruling, findings: Sequence[Wording], reasons: str, now: datetime
) -> Ruling:
    old = draft_of(ruling)
    rows = zip(old.findings, findings, strict=True)
    draft = replace(
        old,
        findings=tuple(replace(row, text=new.text, citations=new.citations) for row, new in rows),
        reasons=reasons,
    )
    version = ruling.version + 1
    kept: dict[str, Any] = {
        field.name: getattr(ruling, field.name)
        for field in Ruling._meta.concrete_fields
        if field.name not in OWN | AUDIT
    }
    corrected: Ruling = Ruling.objects.create(
        **kept,
        version=version,
        issued_at=now,
        told_at=now,
        findings=[
            row | {"text": new.text, "citations": list(new.citations)}
            for row, new in zip(ruling.findings, findings, strict=True)
        ],
        reasons=reasons,
        content_hash=content_hash(case, draft, version),
    )
    return corrected
