"""Photos that are hard to look at: flagged once, they meet every colleague blurred. The file stays as it is."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied

from accounts.models import User
from evidence.models import Exhibit


def flag_exhibit(exhibit: Exhibit, *, by: User, flagged: bool, now: datetime) -> None:
    """Flag a photo for all who read the case for the platform, or take the flag away.

    How a photo meets the eye decides nothing, so the docket does not have it.
    """
    if not by.is_arbitrating:
        raise PermissionDenied
    Exhibit.objects.filter(pk=exhibit.pk).update(
        flagged_at=now if flagged else None, flagged_by=by if flagged else None
    )
