"""Phone numbers, addresses and names in a case: struck out, until somebody of the staff says why they are needed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import docket
from cases.actions import Refused
from cases.models import Case
from evidence.masking import masked

OPEN_FOR = timedelta(hours=1)


def disclose(case: Case, *, by: User, reason: str, now: datetime) -> None:
    """Let a person of the staff read a case unmasked for an hour; the reason is a line of the docket."""
    if not by.is_case_staff:
        raise PermissionDenied
    if not reason.strip():
        raise Refused(_("Say why you need to see it."))
    with transaction.atomic():
        docket.append(case, "unmask", actor=by, at=now, reason=reason.strip()[:300])


def is_disclosed(case: Case, by: User, now: datetime) -> bool:
    lately = case.events.filter(name="unmask", actor=by, at__gt=now - OPEN_FOR)
    return by.is_case_staff and lately.exists()


def veil(case: Case) -> Callable[[str], str]:
    """What strikes out the words of this case."""
    return partial(masked, names=(case.buyer.display_name,))


def as_is(text: str) -> str:
    return text


def veil_for(case: Case, by: User, now: datetime) -> Callable[[str], str]:
    """As somebody of the staff reads this case: struck out until they have said why."""
    return as_is if is_disclosed(case, by, now) else veil(case)
