"""A party asks for a second decision, and the other side is heard. Who decides: `appeal_decision`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import deadlines, docket, notices
from cases.actions.passage import Refused, advance, lock, own_side
from cases.lifecycle import Side, State, other_side
from cases.models import (
    Case,
    Deadline,
    DeadlineKind,
    DeadlinePause,
    DeadlineQuerySet,
    Event,
)
from cases.proceedings import Appeal

HEARING = (DeadlineKind.APPEAL_ANSWER, DeadlineKind.APPEAL_WINDOW)
HEARING_GOES_ON = "hearing"


def appeal(
    case: Case,
    *,
    by: User,
    ground: str,
    text: str,
    now: datetime,
    began_at: datetime | None = None,
) -> Appeal:
    """A party asks for another decision, once, in time, with new information or a named mistake.

    The other side may answer, and appeal as well as long as its own time runs. With files along,
    `began_at` is when their sending began; it helps until the clock has closed the window.
    """
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        refusal = why_no_appeal(case, side, now=now, began_at=began_at)
        if refusal is not None:
            raise Refused(refusal)
        if ground not in Appeal.Ground.values:
            raise Refused(_("Say whether there is something new or a mistake."))
        if not text.strip():
            raise Refused(_("Name what is new, or what the mistake is."))
        _close(case, DeadlineKind.APPEAL_WINDOW, side, Deadline.Outcome.MET, now)
        made: Appeal = Appeal.objects.create(
            case=case, side=side, by=by, ground=ground, text=text.strip(), made_at=now
        )
        entry = {"side": side, "ground": ground, "text": made.text}
        advance(case, "appeal", by=by, now=now, entry=entry, told=())
        _wait_for_the_hearing(case, now)
        answer = deadlines.open_of(case, DeadlineKind.APPEAL_ANSWER, other_side(side))
        decision = deadlines.open_of(case, DeadlineKind.APPEAL_DECISION)
        _tell(case, "appeal", other_side(side), answer, now)
        _tell(case, "appeal_made", side, decision, now)
    return made


def why_no_appeal(
    case: Case, side: str, *, now: datetime, began_at: datetime | None = None
) -> str | None:
    """The sentence that says why this side cannot appeal now; None when it can."""
    if case.appeals.filter(side=side).exists():
        return _("You have already appealed in this case.")
    if case.state not in (State.RULED, State.APPEALED):
        return None  # the lifecycle has the sentence
    if case.is_held_back(now):
        return _("You can appeal once you can read the ruling.")
    if (DeadlineKind.APPEAL_WINDOW, side) not in deadlines.appealing_sides(case):
        return _("You got what you asked for; there is nothing to appeal.")
    window = deadlines.open_of(case, DeadlineKind.APPEAL_WINDOW, side)
    if window is None or not deadlines.in_time(case, window.due_at, now, began_at=began_at):
        return _("The time to appeal is over.")
    return None


def answer_appeal(
    case: Case,
    *,
    by: User,
    text: str,
    waives: bool = False,
    now: datetime,
    began_at: datetime | None = None,
) -> Appeal:
    """The other side says what it thinks of the appeal, once and in time.

    `waives`: it does not appeal itself, so that nothing has to be waited for. With files along,
    `began_at` is when their sending began.
    """
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        asked = case.appeals.filter(side=other_side(side), decided_at=None).first()
        if asked is None:
            raise Refused(_("No appeal of the other side waits for your answer."))
        if asked.answered_at is not None:
            raise Refused(_("You have already answered the appeal."))
        clocks = answer_clocks(case).filter(party=side)
        if not any(deadlines.in_time(case, each.due_at, now, began_at=began_at) for each in clocks):
            raise Refused(_("The time to answer the appeal is over."))
        if not text.strip():
            raise Refused(_("Say what you think of the appeal."))
        asked.answer, asked.answered_by, asked.answered_at = text.strip(), by, now
        asked.save(update_fields=["answer", "answered_by", "answered_at"])
        _close(case, DeadlineKind.APPEAL_ANSWER, side, Deadline.Outcome.MET, now)
        if waives:
            _close(case, DeadlineKind.APPEAL_WINDOW, side, Deadline.Outcome.CANCELLED, now)
        docket.append(
            case,
            "answer_appeal",
            actor=by,
            at=now,
            side=str(side),
            text=asked.answer,
            waives=waives,
        )
        _wait_for_the_hearing(case, now)
        notices.queue(case, "answer_appeal", (asked.side,), now=now)
    return asked


def lapse_appeal_answer(case: Case, *, now: datetime, entry: dict[str, str]) -> Event:
    """The time to answer is over: the appeal is decided without an answer."""
    line = docket.append(case, "lapse_appeal_answer", actor=None, at=now, **entry)
    deadlines.keep_earliest(case)
    return line


def takes_appeal_evidence(
    case: Case, *, state: str, now: datetime, began_at: datetime | None = None
) -> bool:
    """Whether new evidence may come in with the appeal: until the other side has been heard."""
    return state == State.APPEALED and any(
        deadlines.in_time(case, each.due_at, now, began_at=began_at) for each in answer_clocks(case)
    )


def answer_clocks(case: Case) -> DeadlineQuerySet:
    """The clocks of the sides that are to answer an appeal, until they have."""
    rows: DeadlineQuerySet = case.deadlines.filter(kind=DeadlineKind.APPEAL_ANSWER)
    return rows.exclude(outcome=Deadline.Outcome.MET)


def _close(case: Case, kind: str, side: str, outcome: str, now: datetime) -> None:
    deadlines.close(case, kind, outcome=outcome, now=now, party=side)


def _wait_for_the_hearing(case: Case, now: datetime) -> None:
    """Let the staff's time run only from when both sides have been heard, or could have been."""
    decision = deadlines.open_of(case, DeadlineKind.APPEAL_DECISION)
    if decision is None:
        return
    hearing = case.deadlines.open().filter(kind__in=HEARING).order_by("-due_at").first()
    until = max(hearing.due_at, now) if hearing is not None else now
    rests = decision.pauses.filter(reason=HEARING_GOES_ON)
    if not rests.update(ended_at=until):
        DeadlinePause.objects.create(
            deadline=decision, began_at=now, ended_at=until, reason=HEARING_GOES_ON
        )
    at = deadlines.reckon(case, decision, now=now)
    Deadline.objects.filter(pk=decision.pk).update(**asdict(at))
    deadlines.keep_earliest(case)


def _tell(case: Case, name: str, side: Side, clock: Deadline | None, now: datetime) -> None:
    due = {"due": clock.due_at.isoformat()} if clock is not None else {}
    notices.queue(case, name, (side,), now=now, **due)
