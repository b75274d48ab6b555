"""Offers: what is laid on the table, and the answers to it. Each answer names the offer it means."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import actions
from cases.actions.offering import why_no_offer
from cases.models import Case, Event
from portal.forms.money import MoneyField
from portal.forms.parties import Step, Words

LONGEST_NOTE = 500


class Terms(Step):
    """A remedy the rule allows, an amount within what is left of the payment, a few words."""

    remedy = forms.ChoiceField(
        label=_("What is offered"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={
            "required": _("Choose what is offered."),
            "invalid_choice": _("The rule does not allow this remedy."),
        },
    )
    amount = MoneyField(
        label=_("Amount in yuan"),
        required=False,
        widget=forms.TextInput(
            attrs={"class": "field", "inputmode": "decimal", "autocomplete": "off"}
        ),
    )
    note = Words(
        label=_("A few words to go with it"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
    )

    def __init__(self, typed: Any = None, *, case: Case) -> None:
        super().__init__(typed, auto_id=f"{type(self).__name__.lower()}-%s")
        self.case, book, language = case, case.book, get_language() or "en"
        self.fields["remedy"].choices = [  # type: ignore[attr-defined]
            (code, book.remedies[code].title.in_language(language))
            for code in book.offerable(case.ruled_by)
        ]

    def clean(self) -> None:
        facts = self.cleaned_data
        facts["amount"] = facts.get("amount") or Decimal(0)
        if self.errors:
            return
        refusal = why_no_offer(self.case, facts["remedy"], facts["amount"])
        if refusal is not None:
            self.add_error("amount", refusal)

    @property
    def terms(self) -> dict[str, Any]:
        facts = self.cleaned_data
        return {
            "remedy": facts["remedy"],
            "amount": facts["amount"],
            "note": (facts["note"] or "").strip(),
        }


class Propose(Terms):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        actions.propose(case, by=by, now=now, **self.terms)
        return None


class MakeOffer(Terms):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        actions.offer(case, by=by, now=now, **self.terms)
        return None


class Counter(Terms):
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        actions.counter(case, by=by, now=now, number=self.cleaned_data["number"], **self.terms)
        return None


class Answer(Step):
    number = forms.IntegerField(
        min_value=1,
        max_value=32767,
        widget=forms.HiddenInput,
        error_messages={
            name: _("Say which offer you mean.")
            for name in ("required", "invalid", "min_value", "max_value")
        },
    )


class Accept(Answer):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.accept(case, by=by, now=now, number=self.cleaned_data["number"])


class Decline(Answer):
    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.decline(case, by=by, now=now, number=self.cleaned_data["number"])


ANSWERS: dict[str, type[Step]] = {"accept": Accept, "decline": Decline}
TERMS: dict[str, type[Terms]] = {"propose": Propose, "offer": MakeOffer, "counter": Counter}
