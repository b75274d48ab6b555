"""Two people look: a ruling is sent to a senior, bound to its exact text, and comes back or goes out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.drafts import RulingDraft, draft_from
from cases.actions.hearing import refuse_the_close
from cases.actions.obstacles import obstacles_to_submission
from cases.actions.passage import Refused, advance, lock
from cases.actions.ruling import content_hash, hold_of, next_version, store_ruling
from cases.lifecycle import State, its_holder
from cases.models import Case, Event, Ruling
from cases.proceedings import Submission

READING = ("open_original", "audit")  # lines that change nothing of what is decided on


def submit_for_approval(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Submission:
    """Send the ruling to a second person. Raises Refused with the first obstacle."""
    if case.state == State.REVIEWING and not its_holder(case, by):
        raise PermissionDenied
    for obstacle in obstacles_to_submission(case, draft):
        raise Refused(obstacle.sentence)
    content = content_hash(case, draft, next_version(case))
    with transaction.atomic():
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


def approve(case: Case, *, by: User, content: str, now: datetime) -> Ruling:
    """Let the ruling go out as it was read. `content` is the hash of the text on the approver's screen.

    Refused when the text is another one, or when anything was entered on the docket since it was sent.
    """
    submission = _waiting(case, by)
    if content != submission.content_hash:
        raise Refused(_("The text has changed since you read it."))
    with transaction.atomic():
        lock(case)
        if _new_lines(case, submission):
            raise Refused(
                _("Something new has come in since it was sent: return it to its author.")
            )
        draft = draft_from(submission.draft)
        ruling = store_ruling(
            case,
            draft,
            author=submission.author,
            now=now,
            told_at=now + hold_of(case),
            approved_by=by,
        )
        _decide(submission, by, Submission.Outcome.APPROVED, "", now)
        entry = {"version": ruling.version, "content": content, "author": submission.author_id}
        advance(case, "approve", by=by, now=now, told_at=ruling.told_at, entry=entry)
    return ruling


def send_back(case: Case, *, by: User, comments: str, now: datetime) -> Event:
    """Return the ruling to its author, with words."""
    submission = _waiting(case, by)
    if not comments.strip():
        raise Refused(_("Say what is to be changed."))
    with transaction.atomic():
        event = advance(case, "send_back", by=by, now=now, entry={"note": comments})
        _decide(submission, by, Submission.Outcome.RETURNED, comments, now)
    return event


def _waiting(case: Case, by: User) -> Submission:
    submission = case.submissions.filter(decided_at=None).select_related("author").first()
    if submission is None:
        raise Refused(_("No ruling waits for approval here."))
    if submission.author_id == by.pk:
        raise PermissionDenied
    refuse_the_close(case, by)
    return submission


def _new_lines(case: Case, submission: Submission) -> bool:
    """Whether evidence or anything else that bears on the ruling came in since."""
    later = case.events.filter(number__gt=submission.docket_length, actor__isnull=False)
    return later.exclude(name__in=READING).exists()


def _decide(submission: Submission, by: User, outcome: str, comments: str, now: datetime) -> None:
    mine = Submission.objects.filter(pk=submission.pk, decided_at=None)
    facts: dict[str, Any] = {
        "decided_at": now,
        "decided_by": by,
        "outcome": outcome,
        "comments": comments,
    }
    if not mine.update(**facts):
        raise Refused(_("Somebody has already decided about this ruling."))
