"""When an upload began: what began in time and is here within the grace counts as in time."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Min
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions import Refused, own_side
from cases.models import Case
from evidence.models import UploadTicket

MOST_PER_PERSON = 150
WITHIN = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)  # long after any grace; what an upload counted from is on its exhibit


class TooMany(Refused):
    """More uploads within a few minutes than any person sends."""

    code = "too_many"

    def __init__(self) -> None:
        super().__init__(
            _("You have sent %(most)s files within %(minutes)s minutes. Wait a little.")
            % {"most": MOST_PER_PERSON, "minutes": WITHIN // timedelta(minutes=1)}
        )


def open_ticket(case: Case, *, by: User, now: datetime) -> UploadTicket:
    """Note that this person begins to send a file. Raises TooMany for one who never stops."""
    side = own_side(case, by)
    own = UploadTicket.objects.filter(by=by)
    if own.filter(opened_at__gt=now - WITHIN).count() >= MOST_PER_PERSON:
        raise TooMany
    own.filter(opened_at__lt=now - KEPT_FOR).delete()
    return UploadTicket.objects.create(case=case, side=side, by=by, opened_at=now)


def unused_ticket(case: Case, *, by: User, key: str) -> UploadTicket | None:
    """The ticket of that key if it has served no file yet. Raises PermissionDenied for somebody else's."""
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        return None
    ticket = UploadTicket.objects.filter(key=wanted).first()
    if ticket is not None and (ticket.case_id, ticket.by_id) != (case.pk, by.pk):
        raise PermissionDenied
    return ticket if ticket is not None and ticket.used_at is None else None


def sending_since(case: Case, side: str, *, now: datetime) -> datetime | None:
    """Since when this side has been sending what arrived within the grace: the act it sends next belongs to it."""
    grace = timedelta(minutes=case.book.windows.upload_grace_minutes)
    spent = UploadTicket.objects.filter(case=case, side=side, used_at__isnull=False)
    began: datetime | None = spent.filter(opened_at__gte=now - grace).aggregate(
        began=Min("opened_at")
    )["began"]
    return began


def use(ticket: UploadTicket, *, now: datetime) -> bool:
    """Spend it; False when it is spent already."""
    return bool(UploadTicket.objects.filter(pk=ticket.pk, used_at=None).update(used_at=now))
