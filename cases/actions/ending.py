"""How a case ends without a decision."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import notices
from cases.actions.hearing import refuse_the_close
from cases.actions.passage import Refused, advance
from cases.lifecycle import Side, may_take
from cases.models import Case, Event


def withdraw(case: Case, *, by: User, reason: str, now: datetime) -> Event:
    """The buyer gives the case up; the money held goes to the merchant."""
    return advance(case, "withdraw", by=by, now=now, entry={"reason": reason})


def reject(case: Case, *, by: User, reason: str, note: str, now: datetime) -> Event:
    """Not a case for this platform. `reason` is a scope code of the rulebook, which says where else to turn."""
    if reason not in case.book.reject_reasons:
        raise Refused(_("Choose why the case is not accepted."))
    if may_take(case, "reject", by):
        refuse_the_close(case, by)
        refusal = why_no_rejection(case, by)
        if refusal is not None:
            raise Refused(refusal)
    with transaction.atomic():
        entry = {"reason": reason, "note": note}
        event = advance(case, "reject", by=by, now=now, entry=entry)
        notices.queue(case, "reject", (Side.BUYER, Side.MERCHANT), now=now, reason=reason)
    return event


def why_no_rejection(case: Case, by: User) -> str | None:
    """The sentence that says why this person of the desk does not turn the case away; None when they may."""
    if case.shop.is_self_operated and by.role != Role.SENIOR:
        return _("The shop is the platform's own: only a senior turns its cases away.")
    return None
