"""Until the parties are told, whoever decided may take a ruling back: nothing of it has left the desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.passage import Refused, advance, lock
from cases.actions.penalising import void_penalties
from cases.lifecycle import State
from cases.models import Case, Event, Ruling

# A recall has to be on file before a party can read: what is left for its commit.
LAST_MOMENT = timedelta(seconds=2)


def recallable_until(ruling: Ruling) -> datetime:
    return ruling.told_at - LAST_MOMENT


def may_recall(ruling: Ruling | None, by: User) -> bool:
    return ruling is not None and by.pk in (ruling.author_id, ruling.approved_by_id)


@transaction.atomic
def recall(case: Case, *, by: User, now: datetime) -> Event:
    """Take the ruling back to its holder. The row stays and its text is the draft again.

    What was to be told of it never was, and points proposed with it fall.
    """
    began = monotonic()
    lock(case)
    ruling = case.ruling
    if case.state == State.RULED and ruling is not None:
        if not may_recall(ruling, by):
            raise PermissionDenied
        hushed = _hush(ruling)
        waited = timedelta(seconds=monotonic() - began)  # for the locks, which others may hold
        if not hushed or now + waited >= recallable_until(ruling):
            raise Refused(
                _("The parties are reading it or about to; it cannot be taken back any more.")
            )
        Ruling.objects.filter(pk=ruling.pk).update(recalled_at=now)
        void_penalties(case, by=by, now=now)
    entry = {"version": ruling.version, "content": ruling.content_hash} if ruling else {}
    return advance(case, "recall", by=by, now=now, entry=entry)


def _hush(ruling: Ruling) -> bool:
    """Take the notices of the ruling out of the outbox; False where the relay was faster."""
    notices = ruling.case.notices.filter(created_at=ruling.told_at)
    if any(notice.dispatched_at for notice in notices.select_for_update()):
        return False
    notices.delete()
    return True
