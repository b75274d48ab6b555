"""The ruling before it goes out: what it says, and keeping what is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, Ruling


@dataclass(frozen=True)
class Finding:
    text: str
    rule: str
    # labels of exhibits, regions of them, messages and ranges: E-01, E-02@10,20,30,40, C-17, C-20..C-24
    citations: tuple[str, ...]


@dataclass(frozen=True)
class RulingDraft:
    """`amount` is all that the buyer gets; `amounts` what of it each remedy pays, as {code: "12.00"}.

    Without `amounts` all of it is paid by the first remedy that pays at all. `unseen` are the exhibits its
    author has not looked at, `without` those of them that are decided without a look. `held_against`
    are the sides whose silence, when asked for evidence, counts against them. `penalty` is what is
    proposed with it: kind, points and reason, or nothing.
    """

    outcome: str
    remedies: tuple[str, ...]
    amount: Decimal
    freight: str
    findings: tuple[Finding, ...]
    reasons: str
    internal_note: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    freight_reason: str = ""
    unseen: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    held_against: tuple[str, ...] = ()
    penalty: Mapping[str, Any] = field(default_factory=dict)


PRIVATE = ("internal_note", "unseen", "without", "penalty")  # what the parties never read


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
            "unseen": tuple(stored.get("unseen", ())),
            "without": tuple(stored.get("without", ())),
            "held_against": tuple(stored.get("held_against", ())),
        }
    )


def draft_of(ruling: Ruling) -> RulingDraft:
    """What was decided, as a draft to start from."""
    names = [each.name for each in fields(RulingDraft) if each.name not in ("without", "penalty")]
    facts = {name: getattr(ruling, name) for name in names}
    return draft_from({**facts, "without": ruling.unseen})


def save_draft(case: Case, *, by: User, draft: dict[str, Any], now: datetime) -> None:
    """Keep what is being typed, for the holder only. Not an act, so not on the docket."""
    mine = Case.objects.filter(
        pk=case.pk, holder=by, state__in=(State.REVIEWING, State.AWAITING_EVIDENCE)
    )
    if not mine.update(draft=draft, draft_saved_at=now):
        raise Refused(_("You no longer hold this case; your text was not saved here."))
