"""What the arbitrator says about evidence that came late."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from evidence.intake import admit_late
from evidence.models import Exhibit
from portal.forms.parties import Words


class Admission(forms.Form):
    verdict = forms.ChoiceField(
        label=_("Does it count?"),
        choices=Exhibit.Admission.choices,
        error_messages={"required": _("Say whether it counts.")},
    )
    reason = Words(
        label=_("Reason, for both sides"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        error_messages={"required": _("Give the reason: both sides read it.")},
    )

    def perform(self, exhibit: Exhibit, by: User, now: datetime) -> None:
        facts = self.cleaned_data
        admit_late(
            exhibit,
            admitted=facts["verdict"] == Exhibit.Admission.ADMITTED,
            by=by,
            reason=facts["reason"],
            now=now,
        )
