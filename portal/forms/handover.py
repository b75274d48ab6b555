"""Which cases change hands, to whom, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ARBITRATING_ROLES, User
from cases import actions
from cases.actions import Handed
from cases.lifecycle import BEFORE_RULING
from cases.models import Case
from portal.forms.parties import Words

QUEUE = "queue"


def desk() -> list[tuple[str, str]]:
    """Whoever can be given a case, by name, with how many they hold; and the queue."""
    held = Count("held_cases", filter=Q(held_cases__state__in=BEFORE_RULING))
    people = User.objects.filter(role__in=ARBITRATING_ROLES, is_active=True).annotate(held=held)
    return [
        ("", _("Choose who takes them")),
        (QUEUE, _("Back to the queue")),
        *(
            (
                str(each.pk),
                _("%(person)s, %(count)s in hand") % {"person": each, "count": each.held},
            )
            for each in people.order_by("display_name", "username")
        ),
    ]


class HandOver(forms.Form):
    cases = forms.ModelMultipleChoiceField(
        Case.objects.with_parties().order_by("due_at", "pk"),
        to_field_name="reference",
        error_messages={
            "required": gettext_lazy("Tick the cases you mean."),
            "invalid_choice": gettext_lazy("There is no such case."),
        },
    )
    to = forms.ChoiceField(
        label=gettext_lazy("Hand over to"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={
            "required": gettext_lazy("Choose who takes them."),
            "invalid_choice": gettext_lazy("Choose somebody of the desk."),
        },
    )
    reason = Words(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say why the case changes hands.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A callable would be asked twice for every page.
        self.fields["to"].choices = desk()  # type: ignore[attr-defined]

    def perform(self, by: User, now: datetime) -> list[Handed]:
        facts = self.cleaned_data
        to = None if facts["to"] == QUEUE else User.objects.get(pk=facts["to"])
        return actions.hand_over(facts["cases"], by=by, to=to, reason=facts["reason"], now=now)
