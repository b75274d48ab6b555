"""A second decision: a party appeals, and a senior who touched nothing before decides."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import deadlines
from cases.actions.drafts import RulingDraft
from cases.actions.hearing import refuse_the_close
from cases.actions.obstacles import obstacles_to_submission
from cases.actions.passage import Refused, advance, lock, own_side
from cases.actions.penalising import record_silence, void_penalties
from cases.actions.ruling import store_ruling
from cases.lifecycle import State
from cases.models import Case, DeadlineKind, Event, Ruling
from cases.proceedings import Appeal

NOT_HEARING = (
    *("open_original", "export_case", "export_docket"),
    *("integrity_failed", "integrity_restored"),
)


def appeal(case: Case, *, by: User, ground: str, text: str, now: datetime) -> Appeal:
    """A party asks for another decision, once, in time, with new information or a named mistake."""
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        if case.appeals.filter(side=side).exists():
            raise Refused(_("You have already appealed in this case."))
        if case.is_held_back(now):
            raise Refused(_("You can appeal once you can read the ruling."))
        window = deadlines.open_of(case, DeadlineKind.APPEAL_WINDOW, side)
        if case.state == State.RULED and window is None:
            raise Refused(_("You got what you asked for; there is nothing to appeal."))
        if window is not None and now > window.due_at:
            raise Refused(_("The time to appeal is over."))
        if ground not in Appeal.Ground.values:
            raise Refused(_("Say whether there is something new or a mistake."))
        if not text.strip():
            raise Refused(_("Name what is new, or what the mistake is."))
        advance(
            case, "appeal", by=by, now=now, entry={"side": side, "ground": ground, "text": text}
        )
        made: Appeal = Appeal.objects.create(
            case=case, side=side, by=by, ground=ground, text=text, made_at=now
        )
    return made


def uphold(case: Case, *, by: User, reasons: str, now: datetime) -> Event:
    """The ruling stands and is carried out."""
    _refuse_the_involved(case, by)
    with transaction.atomic():
        event = advance(case, "uphold", by=by, now=now, entry={"note": reasons})
        _decide(case, by, Appeal.Outcome.UPHELD, reasons, now)
        record_silence(case, now=now)
    return event


def overturn(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Ruling:
    """A new version of the ruling takes the place of the old one, which stays readable."""
    _refuse_the_involved(case, by)
    for obstacle in obstacles_to_submission(case, draft):
        raise Refused(obstacle.sentence)
    with transaction.atomic():
        lock(case)
        ruling = store_ruling(case, draft, author=by, now=now)
        entry = {"version": ruling.version, "amount": f"{draft.amount:.2f}"}
        advance(case, "overturn", by=by, now=now, entry={**entry, "content": ruling.content_hash})
        _decide(case, by, Appeal.Outcome.OVERTURNED, draft.reasons, now)
        void_penalties(case, by=by, now=now)
        record_silence(case, now=now)
    return ruling


def _refuse_the_involved(case: Case, by: User) -> None:
    """Whoever took part in the case before, or is close to a party, does not decide its appeal."""
    refuse_the_close(case, by)
    if case.events.filter(actor=by).exclude(name__in=NOT_HEARING).exists():
        raise Refused(_("You took part in this case before; somebody else decides the appeal."))


def _decide(case: Case, by: User, outcome: str, reasons: str, now: datetime) -> None:
    case.appeals.filter(decided_at=None).update(
        decided_at=now, decided_by=by, outcome=outcome, reasons=reasons
    )
