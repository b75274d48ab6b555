"""The desk's word on goods that were reported missing or wrong."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms.parties import LONGEST_REASON, Words


class DecideReport(forms.Form):
    verdict = forms.ChoiceField(
        choices=(("uphold", _("The report is right")), ("dismiss", _("Let the time run on"))),
        error_messages={"required": _("Say whether the report is right.")},
    )
    reason = Words(
        label=_("Why: both sides read it"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        error_messages={"required": _("Give the reason: both sides read it.")},
    )
