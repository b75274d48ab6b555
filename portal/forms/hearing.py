"""What an arbitrator does to a case before ruling, one form per step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import actions, rulebook
from cases.lifecycle import Side
from cases.models import Case, Event
from portal.forms.parties import Step, Words

SIDES = ((Side.BUYER.value, Side.BUYER.label), (Side.MERCHANT.value, Side.MERCHANT.label))


def reasons(texts: dict[str, rulebook.Bilingual]) -> list[tuple[str, str]]:
    language = get_language() or "en"
    return [(code, text.in_language(language)) for code, text in texts.items()]


class Claim(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event:
        return actions.claim(case, by=by, now=now)


class Reasoned(Step):
    """A step with a reason out of the version of the rulebook the case is judged by."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons(self.texts(case.book))  # type: ignore[attr-defined]

    @staticmethod
    def texts(book: rulebook.Rulebook) -> dict[str, rulebook.Bilingual]:
        return dict(book.release_reasons)


class Release(Reasoned):
    reason = forms.ChoiceField(
        label=_("Why you put it back"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={
            "required": _("Choose why you put the case back."),
            "invalid_choice": _("Choose one of the reasons."),
        },
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event:
        return actions.release(case, by=by, reason=self.cleaned_data["reason"], now=now)


class RequestEvidence(Step):
    sides = forms.MultipleChoiceField(
        label=_("Who is asked"),
        choices=SIDES,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say which side is asked.")},
    )
    types = forms.MultipleChoiceField(
        label=_("What is asked for"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = Words(
        label=_("In words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds, rule = case.book.evidence_types, case.ruled_by
        self.fields["types"].choices = reasons(  # type: ignore[attr-defined]
            {code: kinds[code].title for code in (*rule.buyer_evidence, *rule.merchant_evidence)}
        )

    def clean(self) -> None:
        asked = self.cleaned_data.get("types") or self.cleaned_data.get("note")
        if not asked and not self.errors:
            raise ValidationError(_("Say what evidence is asked for."))

    def perform(self, case: Case, by: User, now: datetime) -> Event:
        facts = self.cleaned_data
        return actions.request_evidence(
            case,
            by=by,
            sides=facts["sides"],
            evidence_types=facts["types"],
            note=facts["note"] or "",
            now=now,
        )


class Reject(Reasoned):
    reason = forms.ChoiceField(
        label=_("Why it is not accepted"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={
            "required": _("Choose why the case is not accepted."),
            "invalid_choice": _("Choose one of the reasons."),
        },
    )
    note = Words(
        label=_("In words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
    )

    @staticmethod
    def texts(book: rulebook.Rulebook) -> dict[str, rulebook.Bilingual]:
        return {code: reason.title for code, reason in book.reject_reasons.items()}

    def perform(self, case: Case, by: User, now: datetime) -> Event:
        facts = self.cleaned_data
        return actions.reject(
            case, by=by, reason=facts["reason"], note=facts["note"] or "", now=now
        )


class Recall(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event:
        return actions.recall(case, by=by, now=now)


class Retract(Step):
    def perform(self, case: Case, by: User, now: datetime) -> Event:
        return actions.retract(case, by=by, now=now)


# Those that offer what the case's version of the rulebook names.
BY_THE_BOOK: dict[str, type[Reasoned | RequestEvidence]] = {
    "release": Release,
    "request_evidence": RequestEvidence,
    "reject": Reject,
}
STEPS: dict[str, type[Step]] = {
    "claim": Claim,
    "recall": Recall,
    "retract": Retract,
}
