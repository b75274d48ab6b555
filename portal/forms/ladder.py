"""What a supervisor says of a ruling by the clock that was drawn."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Ruling
from portal.forms.parties import Words


class LookedAt(forms.Form):
    ruling = forms.ModelChoiceField(Ruling.objects.filter(is_drawn=True).select_related("case"))
    agrees = forms.ChoiceField(
        choices=(("yes", _("Right")), ("no", _("Wrong"))),
        error_messages={"required": _("Say whether the ruling is right.")},
    )
    note = Words(required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("agrees") == "no" and not facts.get("note"):
            self.add_error("note", _("Say what is wrong with it."))
        return facts
