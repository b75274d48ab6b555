"""What the two parties can do, one form per step: each checks its input and then does its verb."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import actions
from cases.lifecycle import Side
from cases.models import Case, DeadlineKind, Event

LONGEST_STATEMENT = 1000  # characters; the rulebook's bound for a written statement
LONGEST_REASON = 200
INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


class Words(forms.CharField):
    """Text a person wrote: line ends as one character, and something to read in it."""

    default_error_messages: ClassVar = {
        "max_length": _("At most %(limit_value)d characters; these are %(show_value)d.")
    }

    def to_python(self, value: Any) -> str | None:
        written: str | None = super().to_python(value)
        return written.replace("\r\n", "\n") if written else written

    def validate(self, value: str | None) -> None:
        super().validate(value)
        if value and all(unicodedata.category(char) in INVISIBLE for char in value):
            raise ValidationError(self.error_messages["required"], code="required")


class Step(forms.Form):
    """A form named after the lifecycle step it takes."""

    began_at: datetime | None = None  # when the files that go with it began to arrive, if any did
    exhibits: Sequence[str] = ()  # the labels those files got

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        """Do it; raises what the verbs raise. None when the case does not move yet."""
        raise NotImplementedError


class RequestIntervention(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.request_intervention(case, by=by, now=now)


class Respond(Step):
    text = Words(
        label=_("Written statement"),
        max_length=LONGEST_STATEMENT,
        widget=forms.Textarea(attrs={"rows": 5, "class": "field"}),
        error_messages={"required": _("Say in a few words why you do not agree.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.respond(
            case, by=by, text=self.cleaned_data["text"], now=now, began_at=self.began_at
        )


class Concede(Step):
    confirm = forms.BooleanField(
        error_messages={"required": _("Confirm that you agree to the refund.")}
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.concede(case, by=by, now=now)


class SupplyEvidence(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.supply_evidence(case, by=by, now=now, began_at=self.began_at)


class Extend(Step):
    """More time for one open deadline, by the desk or by the party it runs against."""

    kind = forms.ChoiceField(choices=DeadlineKind.choices, widget=forms.HiddenInput)
    party = forms.ChoiceField(choices=Side.choices, widget=forms.HiddenInput)
    due_before = forms.DateTimeField(  # as the page showed it
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"),
            _("The deadline has moved since you saw it; look at it again."),
        ),
    )
    reason = Words(
        label=_("Why more time is needed"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        error_messages={"required": _("Say why more time is needed.")},
    )

    def is_about(self, kind: str, party: str) -> bool:
        return (self.data.get("kind"), self.data.get("party")) == (kind, party)

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        actions.extend_deadline(case, by=by, now=now, **self.cleaned_data)
        return None


class Refund(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.refund(case, by=by, now=now)


class GiveAddress(Step):
    address = Words(
        label=_("Where the goods go: receiver, phone, address"),
        max_length=300,
        widget=forms.Textarea(
            attrs={"rows": 3, "class": "field", "autocomplete": "street-address"}
        ),
        error_messages={"required": _("Give the address the goods are to be sent to.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.give_address(case, by=by, address=self.cleaned_data["address"], now=now)


class Parcel(Step):
    """Something is on its way, under this number."""

    carrier = Words(
        label=_("Carrier"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "field"}),
        error_messages={"required": _("Name the carrier.")},
    )
    tracking = Words(
        label=_("Tracking number"),
        max_length=64,
        widget=forms.TextInput(attrs={"class": "field mono", "autocapitalize": "characters"}),
        error_messages={"required": _("Give the tracking number.")},
    )


class SendReturn(Parcel):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.send_return(
            case,
            by=by,
            carrier=self.cleaned_data["carrier"],
            tracking=self.cleaned_data["tracking"],
            now=now,
        )


class Ship(Parcel):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.ship(
            case,
            by=by,
            carrier=self.cleaned_data["carrier"],
            tracking=self.cleaned_data["tracking"],
            now=now,
        )


class ConfirmDelivery(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.confirm_delivery(case, by=by, now=now)


class Fulfil(Step):
    """A deed is reported done; a photo or a document that came along shows it."""

    duty = forms.IntegerField(min_value=1, max_value=99, widget=forms.HiddenInput, required=False)
    note = Words(
        label=_("What was done"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        error_messages={"required": _("Say in a few words what was done.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.fulfil(
            case,
            by=by,
            duty=self.cleaned_data["duty"] or 0,
            note=self.cleaned_data["note"],
            exhibit=", ".join(self.exhibits),
            now=now,
        )


class ReportGoods(Step):
    """Goods did not come or are wrong; a photo that came along shows it."""

    duty = forms.IntegerField(min_value=1, max_value=99, widget=forms.HiddenInput)
    text = Words(
        label=_("What is wrong with the goods"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        error_messages={"required": _("Say in a few words what is wrong.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.report_goods(
            case, by=by, now=now, exhibit=", ".join(self.exhibits), **self.cleaned_data
        )


class ConfirmReceipt(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.confirm_receipt(case, by=by, now=now)


class Withdraw(Step):
    reason = Words(
        label=_("Why you withdraw"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "field"}),
        error_messages={"required": _("Say in a few words why you withdraw.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.withdraw(case, by=by, reason=self.cleaned_data["reason"], now=now)


STEPS: dict[str, type[Step]] = {
    "request_intervention": RequestIntervention,
    "respond": Respond,
    "concede": Concede,
    "supply_evidence": SupplyEvidence,
    "give_address": GiveAddress,
    "send_return": SendReturn,
    "confirm_receipt": ConfirmReceipt,
    "ship": Ship,
    "confirm_delivery": ConfirmDelivery,
    "fulfil": Fulfil,
    "report_goods": ReportGoods,
    "extend": Extend,
    "refund": Refund,
    "withdraw": Withdraw,
}
