"""The ruling before it goes out: what it says, and keeping what is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, Ruling
from cases.proceedings import Draft

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


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


@transaction.atomic
def save_draft(
    case: Case,
    *,
    by: User,
    draft: dict[str, Any],
    now: datetime,
    revision: int | None = None,
    window: str = "",
) -> Draft:
    """Keep what is being typed, for the holder only. Not an act, so not on the docket.

    `window` is the page it was typed on, `revision` the one that page began with. Has another page
    saved since, this text is kept beside that one, as `other`, and its author chooses. Without a
    revision it replaces what was there.
    """
    mine = Case.objects.filter(
        pk=case.pk, holder=by, state__in=(State.REVIEWING, State.AWAITING_EVIDENCE)
    )
    if not mine.update(draft_saved_at=now):
        raise Refused(_("You no longer hold this case; your text was not saved here."))
    return keep_draft(case, by=by, draft=draft, now=now, revision=revision, window=window)


def keep_draft(
    case: Case,
    *,
    by: User,
    draft: dict[str, Any],
    now: datetime,
    revision: int | None = None,
    window: str = "",
) -> Draft:
    """The same once it is clear that this person writes the ruling. Call it inside a transaction."""
    kept, is_new = Draft.objects.select_for_update().get_or_create(
        case=case,
        author=by,
        defaults={"fields": draft, "revision": 1, "saved_at": now, "window": window},
    )
    if is_new or kept.fields == draft:
        return kept
    if revision in (None, kept.revision) or (window and window == kept.window):
        kept.fields, kept.saved_at, kept.revision = draft, now, kept.revision + 1
        kept.window = window
    else:
        kept.other, kept.other_saved_at = draft, now
    kept.save()
    return kept


@transaction.atomic
def choose_draft(case: Case, *, by: User, text: str, take: bool, now: datetime) -> None:
    """Take or leave a text that stands beside one's own: of another window, or of who held the case before.

    `text` is "other", or the key of the draft that was left behind.
    """
    kept = Draft.objects.select_for_update().filter(case=case, author=by).first()
    kept = kept or Draft(case=case, author=by)
    if text == "other":
        chosen, kept.other, kept.other_saved_at = kept.other, None, None
    else:
        left = left_behind(case, by).filter(pk=int(text) if text.isdecimal() else 0).first()
        chosen = left.fields if left else None
    if take and chosen is not None:
        kept.fields, kept.revision = chosen, kept.revision + 1
    kept.saved_at = now
    kept.save()
    if not Case.objects.filter(pk=case.pk, holder=by).update(draft_saved_at=now):
        raise Refused(_("You no longer hold this case; your text was not saved here."))


def left_behind(case: Case, person: User) -> QuerySet[Draft]:
    """What others typed of this ruling since this person last did."""
    own = Draft.objects.filter(case=case, author=person).values("saved_at")
    others = Draft.objects.filter(case=case).exclude(author=person).exclude(fields={})
    since = Coalesce(Subquery(own), Value(LONG_AGO, output_field=DateTimeField()))
    return others.filter(saved_at__gt=since).select_related("author")
