"""What is posted beyond any form of ours: it changes nothing, and is counted."""

from __future__ import annotations

import logging
from contextlib import suppress

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils import timezone

from cases import pulse
from cases.actions.passage import STORED

log = logging.getLogger(__name__)

COUNTED_AS = "unasked_fields"
# What only an act may change of a case, and only an administrator of an account.
NEVER_ASKED = frozenset(STORED) | {
    *("arbitrator", "paid", "refunded"),
    *("is_staff", "is_superuser", "is_active", "role"),
}


def note_unasked(request: HttpRequest) -> None:
    """Log and count such fields. It reads the body, so it comes after whoever limits what is read."""
    unasked = sorted(NEVER_ASKED & set(request.POST))
    if not unasked:
        return
    log.warning("unexpected fields %s from %s to %s", unasked, request.user.pk, request.path)
    with suppress(OperationalError, InterfaceError):
        pulse.count(COUNTED_AS, timezone.now(), done=len(unasked))
