"""Deciding an appeal: a senior who touched nothing before upholds the ruling or puts a new one in its place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.models import User
from cases import docket
from cases.actions.appealing import HEARING
from cases.actions.custody import insist_readable
from cases.actions.drafts import RulingDraft, draft_of, keep_draft
from cases.actions.hearing import is_close_to
from cases.actions.obstacles import obstacles
from cases.actions.passage import Refused, advance, lock
from cases.actions.penalising import propose_with_ruling, record_silence, void_penalties
from cases.actions.ruling import amounts_of, store_ruling
from cases.lifecycle import State, may_take
from cases.models import Case, CaseQuerySet, Deadline, DeadlineKind, Event, Ruling
from cases.proceedings import Appeal, Draft, close_to

# Lines of people who only looked.
NOT_HEARING = (*docket.READING, "integrity_failed", "integrity_restored")


def uphold(case: Case, *, by: User, reasons: str, now: datetime) -> Event:
    """The ruling stands and is carried out."""
    if not reasons.strip():
        raise Refused(_("Give the parties reasons in words."))
    with transaction.atomic():
        _refuse_whoever_may_not_decide(case, by, now)
        insist_readable()
        event = advance(case, "uphold", by=by, now=now, entry={"note": reasons.strip()})
        _decide(case, by, Appeal.Outcome.UPHELD, reasons.strip(), now)
        record_silence(case, now=now)
    return event


def overturn(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Ruling:
    """A new version of the ruling takes the place of the old one, which stays readable."""
    with transaction.atomic():
        _refuse_whoever_may_not_decide(case, by, now)
        for obstacle in obstacles(case, draft):
            raise Refused(obstacle.sentence)
        standing = case.ruling
        if standing and decided(case, draft_of(standing)) == decided(case, draft):
            raise Refused(
                _("This is the ruling as it stands: uphold it, or change what it decides.")
            )
        ruling = store_ruling(case, draft, author=by, now=now)
        void_penalties(case, by=by, now=now)
        # Before the case may close with this very step: the officer's time then outlives it.
        propose_with_ruling(case, draft.penalty, by=by, now=now)
        entry = {"version": ruling.version, "amount": f"{draft.amount:.2f}"}
        advance(case, "overturn", by=by, now=now, entry={**entry, "content": ruling.content_hash})
        _decide(case, by, Appeal.Outcome.OVERTURNED, draft.reasons, now)
        record_silence(case, now=now)
    return ruling


@transaction.atomic
def save_new_ruling(case: Case, *, by: User, draft: dict[str, Any], now: datetime) -> Draft:
    """Keep what a senior types of the ruling that is to take the old one's place. No act, so no docket line."""
    if not may_take(case, "overturn", by) or why_not_decide(case, by, now=now) is not None:
        raise Refused(_("The appeal is not yours to decide; your text was not saved here."))
    return keep_draft(case, by=by, draft=draft, now=now)


def decided(case: Case, draft: RulingDraft) -> tuple[object, ...]:
    """What a ruling decides, whatever its words."""
    shares = amounts_of(case, draft)
    return (draft.outcome, sorted(draft.remedies), draft.amount, shares, draft.freight)


def why_not_decide(case: Case, by: User, *, now: datetime) -> str | None:
    """The sentence that says why this senior does not decide the appeal now; None when they may."""
    if is_close_to(case, by):
        return _("You are too close to a party of this case; somebody else hears it.")
    if took_part(case, by):
        return _("You took part in this case before; somebody else decides the appeal.")
    waited_for = heard_by(case, now=now)
    if waited_for is None:
        return None
    if waited_for.kind == DeadlineKind.APPEAL_ANSWER:
        return _(
            "The other side is still being heard; decide when it has answered or its time is over."
        )
    return _("The other side may still appeal as well; both appeals are decided together.")


def took_part(case: Case, person: User) -> bool:
    """Whether this person acted in the case or was given it, other than to look at it."""
    return case.events.filter(acts_of(person)).exists()


def acts_of(person: User) -> Q:
    return (Q(actor=person) | Q(facts__holder=person.pk)) & ~Q(name__in=NOT_HEARING)


def heard_by(case: Case, *, now: datetime) -> Deadline | None:
    """The clock of a party that is still to be heard; None when the appeal can be decided."""
    running = case.deadlines.open().filter(kind__in=HEARING, due_at__gte=now)
    return running.order_by("kind", "due_at").first()


def appealed() -> CaseQuerySet:
    """The cases in which an appeal is to be decided, the most urgent first."""
    rows: CaseQuerySet = Case.objects.filter(state=State.APPEALED)
    return rows.order_by(F("due_at").asc(nulls_last=True), "pk")


def barred(by: User) -> CaseQuerySet:
    """Those of them that `by` does not decide, whoever has been heard; `why_not_decide` says why."""
    rows: CaseQuerySet = Case.objects.filter(state=State.APPEALED).filter(
        Q(holder=by)
        | close_to(by)
        | Q(Exists(Event.objects.filter(acts_of(by), case=OuterRef("pk"))))
    )
    return rows


def decidable(by: User, now: datetime) -> CaseQuerySet:
    """What this senior may decide now, the most urgent first."""
    heard = Deadline.objects.open().filter(kind__in=HEARING, due_at__gte=now, case=OuterRef("pk"))
    rows: CaseQuerySet = appealed().exclude(pk__in=barred(by).values("pk")).filter(~Exists(heard))
    return rows


def _refuse_whoever_may_not_decide(case: Case, by: User, now: datetime) -> None:
    lock(case)
    if case.state != State.APPEALED:
        return  # the lifecycle has the sentence
    if not may_take(case, "uphold", by):
        raise PermissionDenied
    refusal = why_not_decide(case, by, now=now)
    if refusal is not None:
        raise Refused(refusal)


def _decide(case: Case, by: User, outcome: str, reasons: str, now: datetime) -> None:
    waiting = case.appeals.filter(decided_at=None)
    waiting.update(decided_at=now, decided_by=by, outcome=outcome, reasons=reasons)
