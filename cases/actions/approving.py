"""Two people look: a ruling is sent to a second person, bound to its exact text, and comes back or goes out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import docket, notices
from cases.actions.drafts import RulingDraft, draft_from, keep_draft
from cases.actions.hearing import refuse_the_close
from cases.actions.obstacles import obstacles
from cases.actions.passage import Refused, advance, lock
from cases.actions.penalising import propose_with_ruling
from cases.actions.ruling import content_hash, hold_of, next_version, store_ruling
from cases.lifecycle import State, its_holder, may_take
from cases.models import Case, Event, Ruling
from cases.proceedings import Draft, Submission

Outcome = Submission.Outcome
SECOND_PEOPLE = (Role.SENIOR, Role.SUPERVISOR)
# Lines that change nothing of what is decided on: somebody reads, or a clock runs on.
NOT_BEARING = (
    *(*docket.READING, "audit"),
    *("extend", "ask_extension", "stop_clock", "let_clock_run", "warn", "flag_late", "take_back"),
    *("tell_the_head", "platform_pause", "end_platform_pause"),
)


class Stale(Refused):
    """What would go out is no longer what was read: its text has changed, or what it rests on."""


@transaction.atomic
def submit_for_approval(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Submission:
    """Send the ruling to a second person. Raises Refused with the first obstacle."""
    if case.state == State.REVIEWING and not its_holder(case, by):
        raise PermissionDenied
    for obstacle in obstacles(case, draft):
        raise Refused(obstacle.sentence)
    content = content_hash(case, draft, next_version(case))
    advance(case, "submit_for_approval", by=by, now=now, entry={"content": content})
    submission: Submission = Submission.objects.create(
        case=case,
        author=by,
        draft=asdict(draft) | {"amount": f"{draft.amount:.2f}"},
        content_hash=content,
        docket_length=case.docket_length,
        submitted_at=now,
    )
    return submission


@transaction.atomic
def approve(
    case: Case, *, by: User, content: str, now: datetime, sent: int | None = None
) -> Ruling:
    """Let the ruling go out as it was read. `content` is the hash of the text on the approver's screen.

    `sent` is the submission that stood there: the note and the points beside the text are no part of its
    hash. Raises Stale when it is another one, or when anything it rests on came in since it was sent.
    """
    lock(case)  # and what is read below is what goes out
    submission = _to_decide(case, "approve", by)
    if wrote(case, by):
        raise Refused(_("You wrote on this ruling before; somebody else approves."))
    if content != submission.content_hash or sent not in (None, submission.pk):
        raise Stale(_("The text has changed since you read it."))
    if lines_since(submission).exists():
        raise Stale(_("Something new has come in since it was sent: return it to its author."))
    draft = draft_from(submission.draft)
    for obstacle in obstacles(case, draft):
        raise Refused(obstacle.sentence)
    ruling = store_ruling(
        case,
        draft,
        author=submission.author,
        now=now,
        told_at=now + hold_of(case),
        approved_by=by,
    )
    _decide(submission, Outcome.APPROVED, now, by)
    entry = {"version": ruling.version, "content": content, "author": submission.author_id}
    advance(case, "approve", by=by, now=now, told_at=ruling.told_at, entry=entry)
    notices.queue_for(case, "approved", [submission.author], now=now)
    propose_with_ruling(case, draft.penalty, by=submission.author, now=now)
    return ruling


@transaction.atomic
def send_back(case: Case, *, by: User, comments: str, now: datetime) -> Event:
    """Return the ruling to its author, with words."""
    lock(case)
    submission = _to_decide(case, "send_back", by)
    if not comments.strip():
        raise Refused(_("Say what is to be changed."))
    event = advance(case, "send_back", by=by, now=now, entry={"note": comments})
    _decide(submission, Outcome.RETURNED, now, by, comments)
    return event


@transaction.atomic
def take_over(case: Case, *, by: User, now: datetime) -> Event:
    """Another senior goes on with the case and its draft; whose word it then needs is somebody else's again."""
    lock(case)
    submission = _to_decide(case, "take_over", by)
    event = advance(case, "take_over", by=by, now=now, holder=by, entry={"from": case.holder_id})
    _decide(submission, Outcome.TAKEN_OVER, now, by)
    for left in Draft.objects.filter(case=case, author=submission.author).exclude(fields={}):
        keep_draft(case, by=by, draft=left.fields, now=now)
    notices.queue_for(case, "take_over", [submission.author], now=now)
    return event


@transaction.atomic
def retract(case: Case, *, by: User, now: datetime) -> Event:
    """While nobody has decided, whoever sent it may take it back and write on."""
    lock(case)
    event = advance(case, "retract", by=by, now=now)
    waiting = waiting_in(case)
    if waiting is not None:
        _decide(waiting, Outcome.RETRACTED, now)
    return event


def waiting_in(case: Case) -> Submission | None:
    return case.submissions.filter(decided_at=None).select_related("author").first()


def wrote(case: Case, person: User) -> bool:
    """Whether this person ever had a hand in the text: whoever goes on with it may leave it as it was."""
    had_a_hand: bool = Case.objects.filter(written_by(person), pk=case.pk).exists()
    return had_a_hand


def written_by(person: User) -> Q:
    """The cases of which that is so."""
    typed = Draft.objects.filter(author=person).exclude(fields={})
    return (
        Q(pk__in=Submission.objects.filter(author=person).values("case"))
        | Q(pk__in=Ruling.objects.filter(author=person).values("case"))
        | Q(pk__in=typed.values("case"))
    )


def lines_since(submission: Submission) -> QuerySet[Event]:
    """What was entered since it was sent and bears on the ruling: evidence, answers, marks on photos."""
    later = submission.case.events.filter(number__gt=submission.docket_length)
    return later.exclude(name__in=NOT_BEARING)


def _to_decide(case: Case, step: str, by: User) -> Submission:
    """The ruling that waits, if this person may decide about it at this very moment."""
    submission = waiting_in(case)
    if submission is None or case.state != State.AWAITING_APPROVAL:
        raise Refused(_("No ruling waits for approval here any more."))
    is_in_office = User.objects.filter(pk=by.pk, is_active=True, role__in=SECOND_PEOPLE).exists()
    if submission.author_id == by.pk or not (is_in_office and may_take(case, step, by)):
        raise PermissionDenied
    refuse_the_close(case, by)
    return submission


def _decide(
    submission: Submission, outcome: str, now: datetime, by: User | None = None, comments: str = ""
) -> None:
    facts: dict[str, Any] = {"decided_at": now, "decided_by": by, "outcome": outcome}
    Submission.objects.filter(pk=submission.pk).update(**facts, comments=comments)
