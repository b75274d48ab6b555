"""The ruling of the clock: what a silent merchant brings upon itself, by the value of the claim."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import Role, User
from cases import docket, rulebook
from cases.actions.custody import insist_readable
from cases.actions.drafts import Finding, RulingDraft
from cases.actions.obstacles import gives_all
from cases.actions.passage import Refused, advance, lock
from cases.actions.ruling import store_ruling
from cases.lifecycle import why_not
from cases.models import Case, DeadlineKind, Event, Ruling
from cases.rulebook import FULL_REFUND, Default, Rulebook
from cases.terms import window_of

LANGUAGES = ("zh-hans", "en")
FINDING = _("The merchant did not answer by the deadline.")
REASONS = _(
    "The merchant had until the deadline to answer and did not. Under rule %(rule)s (%(title)s) the case is "
    "therefore decided without an answer: %(default)s. %(explanation)s"
)


def default_of(case: Case) -> Default | None:
    """What the clock decides about a silent merchant; None where a person decides on the file.

    A person decides above the highest tier, where the rule says so, and wherever two people must look.
    """
    if case.needs_second_person or not min(case.requested_amount, case.remaining_paid):
        return None
    decided = _decided(
        case.rulebook_version,
        case.rule,
        case.requested_remedy,
        case.book.tier_of(case.requested_amount),
    )
    return decided[0] if decided else None


@cache
def _decided(
    version: int, rule_code: str, requested: str, tier: int
) -> tuple[Default, tuple[str, ...]] | None:
    """A hundred thousand cases ask at once, and a version never changes."""
    return silence_under(rulebook.load(version), rule_code, requested, tier)


def silence_under(
    book: Rulebook, rule_code: str, requested: str, tier: int
) -> tuple[Default, tuple[str, ...]] | None:
    """The default and its one remedy, within what the rule allows; None where a person decides."""
    rule, top = book.rules[rule_code], book.value_tiers[tier].up_to
    default = book.default_on_silence(rule, top if top is not None else Decimal("Infinity"))
    remedies: tuple[str, ...] = ()
    if default.code == "DEF-RETURN":
        remedies = tuple(
            code
            for code in rule.remedies
            if book.remedies[code].needs_return and book.refunds(code)
        )[:1]
    elif default.code == "DEF-BUYER":
        granting = book.remedies_granting(rule, requested)
        if granting:
            remedies = (granting[0].code,)
        elif FULL_REFUND in rule.remedies:
            remedies = (FULL_REFUND,)
    return (default, remedies) if remedies else None


def remedies_of(case: Case) -> tuple[str, ...]:
    tier = case.book.tier_of(case.requested_amount)
    decided = _decided(case.rulebook_version, case.rule, case.requested_remedy, tier)
    return decided[1] if decided else ()


def amount_of(case: Case) -> Decimal:
    """What was asked for, as far as the remedy that the default brings reaches."""
    within = (case.most(code) for code in remedies_of(case))
    return min(case.requested_amount, case.remaining_paid, *within)


def draft_of(case: Case, default: Default, *, line: int) -> RulingDraft:
    """The words of the ruling, in both languages; `line` is the docket line of the silence."""
    words = []
    rule, remedies, amount = case.ruled_by, remedies_of(case), amount_of(case)
    is_all = gives_all(case, remedies, case.book.shares(remedies, amount, {}))
    for language in LANGUAGES:
        with translation.override(language):
            facts = {
                "rule": rule.code,
                "title": rule.title.in_language(language),
                "default": default.title.in_language(language),
                "explanation": default.explanation.in_language(language),
            }
            words.append((gettext(FINDING), gettext(REASONS) % facts))
    return RulingDraft(
        outcome=Ruling.Outcome.FULL if is_all else Ruling.Outcome.PART,
        remedies=remedies,
        amount=amount,
        freight=rule.freight,
        findings=(
            Finding("\n".join(finding for finding, reasons in words), rule.code, (f"D-{line}",)),
        ),
        reasons="\n\n".join(reasons for finding, reasons in words),
    )


def default_instant(case: Case, now: datetime) -> datetime | None:
    """When the clock decides a case that is escalated at `now`; None where a person does."""
    if default_of(case) is None:
        return None
    return now + window_of(case, DeadlineKind.DEFAULT_DECISION)


def escalate(case: Case, *, now: datetime, entry: dict[str, str]) -> Event:
    """The merchant stayed silent: the case goes on, and where the rule has a default the clock follows it."""
    return advance(
        case, "escalate", by=None, now=now, entry=entry, default_at=default_instant(case, now)
    )


@transaction.atomic
def decide_by_default(case: Case, *, now: datetime, entry: dict[str, str]) -> Ruling | None:
    """Issue the clock's ruling; None where there is, by now, something for a person to decide."""
    default = default_of(case)
    if default is None or why_not(case, "decide_by_default") is not None:
        # Offered to people again; the version too, or whoever read the case before would write it back.
        Case.objects.filter(pk=case.pk).update(default_at=None, version=F("version") + 1)
        return None
    insist_readable()
    silence = case.events.filter(name="escalate").order_by("number").last()
    draft = draft_of(case, default, line=silence.number if silence else 1)
    ruling = store_ruling(case, draft, author=None, now=now)
    advance(
        case,
        "decide_by_default",
        by=None,
        now=now,
        entry={
            **entry,
            "rule": case.rule,
            "default": default.code,
            "amount": f"{draft.amount:.2f}",
            "content": ruling.content_hash,
        },
    )
    return ruling


@transaction.atomic
def audit_ruling(ruling: Ruling, *, by: User, agrees: bool, note: str, now: datetime) -> None:
    """A supervisor's word on a ruling of the clock that was drawn. It changes nothing in the case."""
    lock(ruling.case)
    if by.role != Role.SUPERVISOR:
        raise PermissionDenied
    drawn = Ruling.objects.filter(pk=ruling.pk, is_drawn=True, audited_at=None)
    if not drawn.update(audited_at=now, audited_by=by, audit_agrees=agrees, audit_note=note):
        raise Refused(gettext("Somebody has already looked at this ruling."))
    docket.append(ruling.case, "audit", actor=by, at=now, agrees=agrees, note=note)
