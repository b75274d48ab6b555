"""More time: who may have it, how often, and what it does to the deadline."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cases import deadlines, docket, notices, pauses
from cases.actions.hearing import refuse_the_close
from cases.actions.passage import Refused, lock
from cases.lifecycle import hearer_or_supervising, side_of
from cases.models import Case, Deadline, DeadlineKind, Extension
from cases.terms import TERMS, Grant


def grant_of(case: Case, kind: str, by: User) -> Grant | None:
    """The way in which this person may lengthen a deadline of this kind, if any."""
    return next((grant for grant in TERMS[kind].grants if grant.who(case, by)), None)


def why_no_extension(
    case: Case, deadline: Deadline | None, *, by: User, now: datetime
) -> str | None:
    """The sentence that says why this person cannot lengthen the deadline now; None when it can."""
    if deadline is None or deadline.closed_at is not None:
        return _("This deadline no longer runs.")
    grant = grant_of(case, deadline.kind, by)
    if grant is None:
        return _("You cannot lengthen this deadline.")
    if now > deadline.due_at and not TERMS[deadline.kind].has_ladder:
        return _("The time is over; it can no longer be lengthened.")
    side = side_of(case, by)
    if sum(each.side == side for each in deadline.extensions.all()) >= grant.times:
        return ngettext(
            "This deadline was already lengthened once; the rule allows no more.",
            "This deadline was already lengthened %(times)s times; the rule allows no more.",
            grant.times,
        ) % {"times": grant.times}
    return None


def due_if_extended(
    case: Case, deadline: Deadline, length: timedelta, *, now: datetime
) -> datetime:
    """When the deadline would close with so much more of its own hours; the pauses it meets count."""
    met = pauses.foreseen(case, deadline.kind, deadline.party, now=now)
    return deadlines.instants(
        case,
        deadline.kind,
        deadline.opened_at,
        deadline.window + length,
        after=now,
        pauses=[*deadline.intervals(), *(each.interval for each in met)],
        rung=deadline.rung,
    ).due_at


@transaction.atomic
def extend_deadline(
    case: Case,
    *,
    kind: str,
    by: User,
    reason: str,
    now: datetime,
    party: str | None = None,
    due_before: datetime | None = None,
) -> Extension:
    """Lengthen an open deadline by what the rule gives this person, once, with a reason all parties read.

    Where the rule wants both sides' consent, the first request waits for the other side's.
    `due_before` is when the deadline was due as `by` last saw it: pressed twice, it is lengthened once.
    Raises PermissionDenied when it is not this person's to do, Refused with the sentence that says why not.
    """
    lock(case)
    deadline = deadlines.open_of(case, kind, party)
    grant = grant_of(case, kind, by)
    if grant is None:
        raise PermissionDenied
    if hearer_or_supervising(case, by):
        refuse_the_close(case, by)
    if not reason.strip():
        raise Refused(_("Say why more time is needed."))
    refusal = why_no_extension(case, deadline, by=by, now=now)
    if refusal is not None or deadline is None:
        raise Refused(refusal or "")
    if due_before not in (None, deadline.due_at):
        raise Refused(_("The deadline has moved since you saw it; look at it again."))
    side = side_of(case, by)
    asked = Extension(
        deadline=deadline,
        by=by,
        side=side,
        length=grant.length(case),
        reason=reason.strip(),
        asked_at=now,
        due_before=deadline.due_at,
    )
    if grant.consent and not deadline.extensions.exclude(side=side).exists():
        asked.save()
        docket.append(case, "ask_extension", actor=by, at=now, deadline=kind, reason=asked.reason)
        return asked
    return _grant(case, deadline, asked, now)


def _grant(case: Case, deadline: Deadline, asked: Extension, now: datetime) -> Extension:
    before = deadline.window
    deadline.window += asked.length
    pauses.join(deadline, pauses.met_by(case, deadline.kind, deadline.party, now=now))
    at = deadlines.reckon(case, deadline, now=now)
    unmoved = Deadline.objects.filter(pk=deadline.pk, closed_at=None, window=before)
    if not unmoved.update(window=deadline.window, **asdict(at)):
        raise Refused(_("This deadline no longer runs."))
    asked.granted_at, asked.due_after = now, at.due_at
    asked.save()
    docket.append(
        case,
        "extend",
        actor=asked.by,
        at=now,
        deadline=deadline.kind,
        due_before=asked.due_before.isoformat(),
        due_after=at.due_at.isoformat(),
        reason=asked.reason,
    )
    if deadline.kind == DeadlineKind.OFFER_ANSWER:
        deadlines.wait_for_the_buyer(case, now=now)
    deadlines.keep_earliest(case)
    notices.queue(case, "extend", notices.TOLD["extend"], now=now, due=at.due_at.isoformat())
    return asked
