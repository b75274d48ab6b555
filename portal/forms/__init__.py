"""All input is a form. `form_of` finds the form of a step of the lifecycle."""

from django.http import QueryDict

from cases.models import Case
from portal.forms.appealing import STEPS as APPEALING
from portal.forms.hearing import BY_THE_BOOK
from portal.forms.hearing import STEPS as HEARING
from portal.forms.offering import ANSWERS, TERMS
from portal.forms.parties import STEPS as PARTIES
from portal.forms.parties import Step

PLAIN: dict[str, type[Step]] = {**PARTIES, **HEARING, **APPEALING, **ANSWERS}


def form_of(name: str, case: Case, typed: QueryDict | None = None) -> Step | None:
    """The form of that step, bound to what was typed if anything; None for a step without one."""
    if name in BY_THE_BOOK:
        return BY_THE_BOOK[name](typed, case=case)
    if name in TERMS:
        return TERMS[name](typed, case=case)
    return PLAIN[name](typed) if name in PLAIN else None


def taken(name: str, case: Case, typed: QueryDict) -> Step:
    """The same for a step a page offers, which has one."""
    form = form_of(name, case, typed)
    if form is None:
        raise KeyError(name)
    return form
