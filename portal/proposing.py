"""Points on the case page: what was proposed, and the form for whoever may propose some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.penalising import OPEN_TO_PENALTY, points_allowed
from cases.lifecycle import its_holder
from cases.models import Case
from cases.proceedings import Penalty
from portal.forms.penalties import Points


@dataclass(frozen=True)
class Proposing:
    """`form` is there for the holder of a ruled case; `why_not` says why there is nothing to propose."""

    penalties: Sequence[Penalty]
    form: Points | None
    why_not: str

    @property
    def shows(self) -> bool:
        return bool(self.penalties or self.form or self.why_not)


def proposing(case: Case, user: User, tried: Points | None = None) -> Proposing:
    if case.ruled_at is None:
        return Proposing([], None, "")
    rows = list(case.penalties.order_by("proposed_at"))
    if case.state not in OPEN_TO_PENALTY or not its_holder(case, user):
        return Proposing(rows, None, "")
    if any(each.decided_at is None for each in rows):
        return Proposing(rows, None, "")
    form = tried or Points(case)
    if not points_allowed(case, form.cited):
        return Proposing(rows, None, _("The rule of this case puts no points on shops."))
    return Proposing(rows, form, "")
