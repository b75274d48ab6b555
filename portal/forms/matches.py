"""What the desk says of two photos that look alike."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from evidence.models import Match


class MarkForm(forms.Form):
    match = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    mark = forms.ChoiceField(choices=[(Match.Mark.CONFIRMED, ""), (Match.Mark.COINCIDENCE, "")])
    note = forms.CharField(label=_("Note"), required=False, max_length=500)
