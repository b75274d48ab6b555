"""A case changes hands by order of a supervisor: to somebody else of the desk, or back to the queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import notices
from cases.actions.hearing import is_close_to, release
from cases.actions.passage import Refused, advance
from cases.lifecycle import supervising
from cases.models import Case, Event


@dataclass(frozen=True)
class Handed:
    """What became of one case: `refusal` says why it stayed where it was, or nothing."""

    case: Case
    refusal: str = ""


@transaction.atomic
def reassign(case: Case, *, by: User, to: User, reason: str, now: datetime) -> Event:
    """Give a case somebody holds to somebody else. What the first had drafted goes with it."""
    if supervising(case, by):
        refusal = unfit(case, to)
        if refusal:
            raise Refused(refusal)
    before = case.holder
    event = advance(
        case,
        "reassign",
        by=by,
        now=now,
        holder=to,
        entry={"reason": said(reason), "from": case.holder_id, "holder": to.pk},
    )
    _tell(case, before, now)
    return event


@transaction.atomic
def put_back(case: Case, *, by: User, reason: str, now: datetime) -> Event:
    """Put somebody else's case back in the queue."""
    before = case.holder
    event = release(case, by=by, reason=said(reason), now=now)
    _tell(case, before, now)
    return event


def _tell(case: Case, before: User | None, now: datetime) -> None:
    """Whoever no longer holds it, if they still come to read it."""
    if before is not None and before.is_active:
        notices.queue_for(case, "handed_on", [before], now=now)


def hand_over(
    cases: Iterable[Case], *, by: User, to: User | None, reason: str, now: datetime
) -> list[Handed]:
    """Give each of these cases to `to`, or back to the queue when there is nobody named.

    Each for itself: one that cannot change hands stays where it is and says why.
    """
    handed = []
    for case in cases:
        try:
            if to is None:
                put_back(case, by=by, reason=reason, now=now)
            else:
                reassign(case, by=by, to=to, reason=reason, now=now)
        except Refused as refused:
            handed.append(Handed(case, str(refused)))
        except ConcurrentTransition:
            handed.append(Handed(case, _("Somebody else moved this case first.")))
        else:
            handed.append(Handed(case))
    return handed


def unfit(case: Case, person: User) -> str:
    """Why this person cannot be given the case; nothing when they can."""
    if not person.is_active:
        refusal = _("%(person)s has left.")
    elif not person.is_arbitrating:
        refusal = _("%(person)s hears no cases.")
    elif case.holder_id == person.pk:
        refusal = _("%(person)s holds this case already.")
    elif is_close_to(case, person):
        refusal = _("%(person)s is too close to a party of this case.")
    else:
        return ""
    return refusal % {"person": person}


def said(reason: str) -> str:
    if not reason.strip():
        raise Refused(_("Say why the case changes hands."))
    return reason.strip()
