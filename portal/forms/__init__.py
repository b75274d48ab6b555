"""All input is a form. `form_of` finds the form of a step of the lifecycle."""

from django.http import QueryDict

from cases.models import Case
from portal.forms.appealing import STEPS as APPEALING
from portal.forms.hearing import STEPS as HEARING
from portal.forms.hearing import RequestEvidence
from portal.forms.parties import STEPS as PARTIES
from portal.forms.parties import Step


def form_of(name: str, case: Case, typed: QueryDict | None = None) -> Step | None:
    """The form of that step, bound to what was typed if anything; None for a step without one."""
    if name == "request_evidence":
        return RequestEvidence(typed, case=case)
    form = {**PARTIES, **HEARING, **APPEALING}.get(name)
    return form(typed) if form is not None else None
