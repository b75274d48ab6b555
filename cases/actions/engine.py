"""What a supervisor does to the engine: messages that were given up, deadlines the clock set aside."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases.actions.passage import Refused
from cases.models import Deadline, Delivery


def send_again(messages: Collection[int], *, by: User, now: datetime) -> int:
    """Let the relay try these deliveries again, from the start; returns how many."""
    return _decide(messages, by, state=Delivery.State.WAITING, failures=0, next_try_at=now)


def put_aside(messages: Collection[int], *, by: User, reason: str, now: datetime) -> int:
    """Leave these deliveries unsent for good, with a reason; returns how many."""
    if not reason.strip():
        raise Refused(_("Say why the message is not sent."))
    return _decide(
        messages, by, state=Delivery.State.SET_ASIDE, ended_at=now, reason=reason.strip()
    )


def _decide(messages: Collection[int], by: User, **facts: object) -> int:
    _only_a_supervisor(by)
    facts = {"ended_at": None, "reason": "", **facts, "decided_by": by}
    changed = Delivery.objects.dead().filter(pk__in=messages).update(**facts)
    if not changed:
        raise Refused(_("Somebody has already decided about this message."))
    return changed


def try_now(deadline: int, *, by: User) -> None:
    """Let the clock's next round try a deadline it had set aside, without waiting any longer."""
    _only_a_supervisor(by)
    aside = Deadline.objects.open().filter(pk=deadline, failures__gt=0)
    if not aside.update(retry_at=None):
        raise Refused(_("The clock has acted on this deadline meanwhile."))


def _only_a_supervisor(person: User) -> None:
    if person.role != Role.SUPERVISOR:
        raise PermissionDenied
