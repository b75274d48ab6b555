"""What a supervisor decides about messages that were given up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from cases import actions
from cases.models import Delivery
from portal.forms.parties import Words

SEND_AGAIN, PUT_ASIDE = "send_again", "put_aside"


class GivenUp(forms.Form):
    messages = forms.ModelMultipleChoiceField(
        Delivery.objects.all(),
        error_messages={"required": _("Tick the messages you mean.")},
    )
    decision = forms.ChoiceField(choices=((SEND_AGAIN, ""), (PUT_ASIDE, "")))
    reason = Words(required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        if facts.get("decision") == PUT_ASIDE and not facts.get("reason") and not self.errors:
            raise ValidationError(_("Say why the message is not sent."))
        return facts

    def perform(self, by: User, now: datetime) -> str:
        """Do it; the sentence that says what was done."""
        chosen = [delivery.pk for delivery in self.cleaned_data["messages"]]
        if self.cleaned_data["decision"] == SEND_AGAIN:
            count = actions.send_again(chosen, by=by, now=now)
            done = ngettext(
                "%(count)s message goes out again.", "%(count)s messages go out again.", count
            )
        else:
            reason = self.cleaned_data["reason"]
            count = actions.put_aside(chosen, by=by, reason=reason, now=now)
            done = ngettext(
                "%(count)s message was set aside.", "%(count)s messages were set aside.", count
            )
        return done % {"count": count}


class TryNow(forms.Form):
    deadline = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class PayAgain(forms.Form):
    payment = forms.UUIDField()
