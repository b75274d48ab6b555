"""What an exhibit shows is said by its own side, and may be said anew until the ruling."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from cases import docket
from cases.actions import Refused, own_side
from cases.lifecycle import OPEN_TO_EVIDENCE
from cases.models import Case
from evidence.models import Exhibit
from evidence.sufficiency import STATEMENT


def retype_exhibit(exhibit: Exhibit, *, evidence_type: str, by: User, now: datetime) -> None:
    """Say that an exhibit shows this kind of evidence of the rulebook, or none; the docket keeps both."""
    case = exhibit.case
    if own_side(case, by) != exhibit.side:
        raise PermissionDenied
    if evidence_type and (
        evidence_type not in case.book.evidence_types or evidence_type == STATEMENT
    ):
        raise Refused(_("The rulebook knows no such kind of evidence."))
    with transaction.atomic():
        # The version too: a ruling being issued at this instant rests on what was said before.
        still_open = Case.objects.filter(pk=case.pk, state__in=OPEN_TO_EVIDENCE)
        if not still_open.update(version=F("version") + 1):
            raise Refused(_("After the ruling nothing can be said anew of an exhibit."))
        standing = Exhibit.objects.select_for_update().filter(pk=exhibit.pk, withdrawn_at=None)
        was = standing.values_list("evidence_type", flat=True).first()
        if was is None or was == evidence_type:
            return
        standing.update(evidence_type=evidence_type)
        facts = {"label": exhibit.label, "was": was, "shows": evidence_type}
        docket.append(case, "retype_exhibit", actor=by, at=now, **facts)
