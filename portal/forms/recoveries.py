"""What a supervisor enters of what shops pay back."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import actions
from cases.execution import Repayment
from cases.models import Recovery
from portal.forms.money import MoneyField
from portal.forms.parties import Words


class Repay(forms.Form):
    recovery = forms.ModelChoiceField(
        Recovery.objects.all(),
        error_messages={"invalid_choice": _("This entry does not exist.")},
    )
    amount = MoneyField(error_messages={"required": _("Enter an amount.")})
    reference = Words(
        max_length=64, error_messages={"required": _("Give the reference of the repayment.")}
    )

    def perform(self, by: User, now: datetime) -> Repayment:
        return actions.repay(
            self.cleaned_data["recovery"],
            by=by,
            amount=self.cleaned_data["amount"],
            reference=self.cleaned_data["reference"],
            now=now,
        )
