"""What a shop pays back of what the platform paid in its place."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import docket, purse
from cases.actions.passage import Refused
from cases.execution import Repayment
from cases.models import Case, Recovery


def repay(
    recovery: Recovery, *, by: User, amount: Decimal, reference: str, now: datetime
) -> Repayment:
    """Enter a repayment under its reference. With the last one the shop gets what was held of its sale."""
    if by.role != Role.SUPERVISOR:
        raise PermissionDenied
    reference = reference.strip()
    if not reference:
        raise Refused(_("Give the reference of the repayment."))
    with transaction.atomic():
        case = Case.objects.select_for_update(no_key=True).get(pk=recovery.case_id)
        if recovery.repayments.filter(reference=reference).exists():
            raise Refused(_("This repayment is entered already."))
        still_open = purse.open_amount(recovery)
        if not 0 < amount <= still_open:
            raise Refused(
                _("The amount is between ¥0.01 and ¥%(open)s, which is still open.")
                % {"open": f"{still_open:,.2f}"}
            )
        made: Repayment = Repayment.objects.create(
            recovery=recovery, amount=amount, reference=reference, at=now, by=by
        )
        docket.append(case, "repaid", actor=by, at=now, amount=f"{amount:.2f}", reference=reference)
        purse.release_the_rest(case, now)
    return made
