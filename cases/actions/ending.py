"""How a case ends without a decision."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.passage import Refused, advance
from cases.models import Case, Event


def withdraw(case: Case, *, by: User, reason: str, now: datetime) -> Event:
    """The buyer gives the case up; the money held goes to the merchant."""
    return advance(case, "withdraw", by=by, now=now, entry={"reason": reason})


def reject(case: Case, *, by: User, reason: str, note: str, now: datetime) -> Event:
    """Not a case for this platform. `reason` is a scope code of the rulebook."""
    if reason not in case.book.reject_reasons:
        raise Refused(_("Choose why the case is not accepted."))
    return advance(case, "reject", by=by, now=now, entry={"reason": reason, "note": note})
