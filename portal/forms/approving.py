"""A second person's word on a ruling that waits."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms.parties import Words

APPROVE, RETURN, TAKE_OVER = "approve", "return", "take_over"


class SecondLook(forms.Form):
    """`content` is the hash of the text that was on the page when the button was pressed, `sent` its key."""

    decision = forms.ChoiceField(
        choices=[(APPROVE, ""), (RETURN, ""), (TAKE_OVER, "")],
        error_messages={
            "required": _("Approve it or return it."),
            "invalid_choice": _("Approve it or return it."),
        },
    )
    content = forms.CharField(required=False, max_length=64)
    sent = forms.IntegerField(required=False)
    comments = Words(
        label=_("What is to be changed"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "field"}),
    )
