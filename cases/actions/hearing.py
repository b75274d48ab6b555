"""What an arbitrator does with a case before deciding it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import docket, notices
from cases.actions.next_case import NOT_AGAIN_WITHIN
from cases.actions.passage import Refused, advance, lock
from cases.lifecycle import Side, State, hearer
from cases.models import Case, Deadline, DeadlineKind, Event, EvidenceRequest
from cases.proceedings import Recusal


def claim(case: Case, *, by: User, now: datetime) -> Event:
    """Take a waiting case. Raises Refused naming the holder when somebody was faster."""
    if hearer(case, by):
        refuse_the_close(case, by)
    try:
        return advance(case, "claim", by=by, now=now, holder=by)
    except (ConcurrentTransition, Refused):
        holder = User.objects.filter(held_cases=case.pk).first()
        if holder is None:
            raise
        raise Refused(_("%(holder)s has already taken this case.") % {"holder": holder}) from None


def is_close_to(case: Case, person: User) -> bool:
    """Whether this person filed the case, ever belonged to its shop, or declared a conflict of interest."""
    return (
        case.buyer_id == person.pk
        or case.shop.memberships.filter(user=person).exists()
        or case.recusals.filter(user=person).exists()
    )


def refuse_the_close(case: Case, person: User) -> None:
    if is_close_to(case, person):
        raise Refused(_("You are too close to a party of this case; somebody else hears it."))


def note_conflict(case: Case, by: User, reason: str, now: datetime) -> None:
    """Where the reason a case is let go for is a conflict of interest, never offer it to them again."""
    if reason in case.book.conflict_reasons:
        Recusal.objects.get_or_create(
            case=case, user=by, defaults={"reason": reason, "declared_at": now}
        )


def skip(case: Case, *, by: User, reason: str, now: datetime) -> Event:
    """Pass over a waiting case for an hour; it stays in the queue for everybody else. Twice is once."""
    if case.state != State.QUEUED:
        raise Refused(_("Only a waiting case can be skipped."))
    with transaction.atomic():
        lock(case)
        note_conflict(case, by, reason, now)
        skipped = case.events.filter(actor=by, name="skip", at__gt=now - NOT_AGAIN_WITHIN).first()
        return skipped or docket.append(case, "skip", actor=by, at=now, reason=reason)


def release(case: Case, *, by: User, reason: str, now: datetime) -> Event:
    """Put a case back in the queue, with a reason; it is not offered to this person for an hour.

    After a conflict of interest, the holder's whoever says so, it never is.
    """
    holder = case.holder or by
    with transaction.atomic():
        event = advance(case, "release", by=by, now=now, entry={"reason": reason})
        note_conflict(case, holder, reason, now)
    return event


def silent_sides(case: Case) -> tuple[str, ...]:
    """Who was asked for evidence and let the time pass without sending any: a ruling may hold it against them."""
    if not case.evidence_round:
        return ()
    lapsed = case.deadlines.filter(
        kind=DeadlineKind.EVIDENCE_SUPPLEMENT, outcome=Deadline.Outcome.EXPIRED
    )
    sent = case.events.filter(name="exhibit", facts__late=False)
    grace = timedelta(minutes=case.book.windows.upload_grace_minutes)
    silent = {
        clock.party
        for clock in lapsed
        if not sent.filter(
            facts__side=clock.party, at__range=(clock.opened_at, clock.due_at + grace)
        ).exists()
    }
    return tuple(str(side) for side in (Side.BUYER, Side.MERCHANT) if side in silent)


@transaction.atomic
def request_evidence(
    case: Case,
    *,
    by: User,
    sides: Iterable[str],
    evidence_types: Iterable[str],
    note: str,
    now: datetime,
) -> Event:
    """Ask one or both sides for named types of evidence; their clocks start, the staff's stands still."""
    asked = tuple(side for side in (Side.BUYER, Side.MERCHANT) if side in set(sides))
    types = list(evidence_types)
    if not asked:
        raise Refused(_("Say which side is asked."))
    if not types and not note.strip():
        raise Refused(_("Say what evidence is asked for."))
    event = advance(
        case,
        "request_evidence",
        by=by,
        now=now,
        sides=tuple(str(side) for side in asked),
        entry={"sides": [str(side) for side in asked], "types": types, "note": note},
    )
    EvidenceRequest.objects.bulk_create(
        EvidenceRequest(
            case=case,
            round=case.evidence_round,
            side=side,
            evidence_types=types,
            note=note,
            asked_at=now,
        )
        for side in asked
    )
    notices.queue(case, "request_evidence", asked, now=now)
    return event
