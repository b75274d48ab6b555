"""Which deadline is to stand still or to go on, and why."""

from __future__ import annotations

from typing import Any

from django import forms

from cases.lifecycle import Side
from cases.models import DeadlineKind, Ground
from portal.forms.parties import Words


class Standstill(forms.Form):
    step = forms.ChoiceField(choices=(("stop", ""), ("run", "")))
    kind = forms.ChoiceField(choices=DeadlineKind.choices)
    party = forms.ChoiceField(choices=Side.choices)
    ground = forms.ChoiceField(choices=Ground.choices, required=False)
    note = Words(required=False, max_length=300)

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("step") == "stop" and not facts.get("ground"):
            self.add_error("ground", "")
        return facts
