"""What the parties do: the merchant answers, either side supplies what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import deadlines, docket, notices
from cases.actions.passage import Refused, advance, lock
from cases.actions.penalising import record_silence
from cases.lifecycle import OPEN_TO_EVIDENCE, Side, State, asked_party, respondent
from cases.models import Case, Deadline, DeadlineKind, Event, EvidenceRequest


class Arrival(NamedTuple):
    """How an exhibit came in. `began_at` is there only where the grace made it count as in time."""

    event: Event
    is_late: bool
    began_at: datetime | None


def respond(
    case: Case, *, by: User, text: str, now: datetime, began_at: datetime | None = None
) -> Event:
    """The merchant contests. In time it moves the case on; late it is kept and marked late.

    In time means accepted at or before the deadline, whether or not the sweep has been round; with
    files along, `began_at` is when their sending began.
    """
    if not respondent(case, by):
        raise PermissionDenied
    clock = (
        case.deadlines.filter(kind=DeadlineKind.MERCHANT_RESPONSE).order_by("-opened_at").first()
    )
    in_time = clock is not None and deadlines.in_time(case, clock.due_at, now, began_at=began_at)
    if case.state == State.AWAITING_MERCHANT and in_time:
        try:
            return advance(case, "respond", by=by, now=now, text=text, entry={"text": text})
        except ConcurrentTransition:
            # Overtaken between reading and writing: the answer was in time and must not be lost.
            case = Case.objects.get(pk=case.pk)
    if clock is None or case.state not in OPEN_TO_EVIDENCE:
        raise Refused(_("This case no longer takes an answer."))
    return keep_answer(case, by=by, text=text, now=now, late=not in_time)


def keep_answer(case: Case, *, by: User, text: str, now: datetime, late: bool) -> Event:
    """Keep an answer that no longer moves the case; the first one stands, and a person decides."""
    with transaction.atomic():
        unanswered = Case.objects.filter(pk=case.pk, answered_at=None, state__in=OPEN_TO_EVIDENCE)
        # The version too: whoever read the case before would write the empty answer back.
        facts: dict[str, Any] = {
            "answer": text,
            "answered_at": now,
            "answer_is_late": late,
            "default_at": None,
            "version": F("version") + 1,
        }
        # Accepted in time but overtaken by the sweep: the merchant did answer.
        if not unanswered.update(**facts, **({} if late else {"defaulted_at": None})):
            raise Refused(_("The merchant has already answered."))
        name = "late_answer" if late else "answer_in_time"
        deadlines.close(
            case, DeadlineKind.DEFAULT_DECISION, outcome=Deadline.Outcome.CANCELLED, now=now
        )
        deadlines.keep_earliest(case)
        event = docket.append(case, name, actor=by, at=now, text=text)
        notices.queue(case, "late_answer" if late else "respond", (Side.BUYER,), now=now)
    return event


def concede(case: Case, *, by: User, now: datetime) -> Event:
    """The merchant agrees to the claim as asked; nothing is left to decide."""
    if case.state == State.AWAITING_MERCHANT and deadlines.is_late(
        deadlines.open_of(case, DeadlineKind.MERCHANT_RESPONSE), now
    ):
        raise Refused(_("The time to answer is over. An arbitrator decides now."))
    with transaction.atomic():
        entry = {"amount": f"{case.requested_amount:.2f}"}
        event = advance(case, "concede", by=by, now=now, entry=entry)
        record_silence(case, now=now)
    return event


@transaction.atomic
def supply_evidence(
    case: Case, *, by: User, now: datetime, began_at: datetime | None = None
) -> Event | None:
    """A party says that all it was asked for is sent; the review resumes when nobody else is awaited.

    Returns None while the other side is still awaited. `began_at` is when the sending of its files began.
    """
    lock(case)  # or both sides, supplying at once, would each wait for the other
    if case.state != State.AWAITING_EVIDENCE or not asked_party(case, by):
        return advance(case, "supply_evidence", by=by, now=now)
    side = Side.MERCHANT if respondent(case, by) else Side.BUYER
    own = case.deadlines.open().filter(kind=DeadlineKind.EVIDENCE_SUPPLEMENT, party=side).first()
    if own is None:
        raise Refused(_("You have already said that everything is sent."))
    if not deadlines.in_time(case, own.due_at, now, began_at=began_at):
        raise Refused(
            _(
                "The time for further evidence is over. What you sent is kept, late unless its sending began in time."
            )
        )
    Deadline.objects.filter(pk=own.pk, closed_at=None).update(
        closed_at=now, outcome=Deadline.Outcome.MET
    )
    EvidenceRequest.objects.filter(case=case, round=case.evidence_round, side=side).update(
        answered_at=now
    )
    if deadlines.open_of(case, DeadlineKind.EVIDENCE_SUPPLEMENT) is None:
        return advance(case, "supply_evidence", by=by, now=now, entry={"side": str(side)})
    docket.append(case, "supplied", actor=by, at=now, side=str(side))
    deadlines.keep_earliest(case)
    return None


def note_exhibit(
    case: Case,
    *,
    by: User | None,
    side: str,
    label: str,
    kind: str,
    sha256: str,
    status: str,
    now: datetime,
    began_at: datetime | None = None,
    **derived: Any,
) -> Arrival:
    """Enter an arriving exhibit on the docket, with what was `derived` from it (hashes, as JSON).

    Late is what arrives after the side's own clock ran out: kept all the same, and marked. What
    began to arrive before that is given the grace. What is brought with an appeal is let in by then or
    not at all.
    """
    # After the ruling comes only what was asked for: with an appeal, or to show that a duty was done.
    is_asked = case.state in (State.APPEALED, State.EXECUTING)
    due = None if is_asked else last_due_of(case, side)
    is_open = is_asked or case.state in OPEN_TO_EVIDENCE
    in_time = is_open and (due is None or deadlines.in_time(case, due, now, began_at=began_at))
    by_grace = in_time and due is not None and now > due
    counted_from = began_at if by_grace else None
    event = docket.append(
        case,
        "exhibit",
        actor=by,
        at=now,
        side=side,
        label=label,
        kind=kind,
        sha256=sha256,
        status=status,
        late=not in_time,
        **({"began_at": counted_from.isoformat()} if counted_from else {}),
        **derived,
    )
    if case.answered_at or case.defaulted_at:
        Case.objects.filter(pk=case.pk).update(later_evidence_at=now)
    return Arrival(event, not in_time, counted_from)


def last_due_of(case: Case, side: str) -> datetime | None:
    """When the side's latest clock runs out, or ran out; None when none was set for it."""
    clocks = case.deadlines.filter(
        kind__in=(DeadlineKind.MERCHANT_RESPONSE, DeadlineKind.EVIDENCE_SUPPLEMENT), party=side
    ).order_by("-opened_at")
    return clocks.values_list("due_at", flat=True).first()


__all__ = ["concede", "note_exhibit", "respond", "supply_evidence"]
