"""What an arbitrator does to a case before ruling, one form per step."""

from __future__ import annotations

from datetime import datetime

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


class Release(Step):
    reason = forms.ChoiceField(
        label=_("Why you put it back"),
        choices=lambda: reasons(dict(rulebook.load().release_reasons)),
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

    def __init__(self, *args: object, case: Case | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        book = case.book if case else rulebook.load()
        codes = book.evidence_types
        if case is not None:
            rule = case.ruled_by
            codes = {
                code: book.evidence_types[code]
                for code in dict.fromkeys([*rule.buyer_evidence, *rule.merchant_evidence])
            }
        self.fields["types"].choices = reasons(  # type: ignore[attr-defined]
            {code: kind.title for code, kind in codes.items()}
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


class Reject(Step):
    reason = forms.ChoiceField(
        label=_("Why it is not accepted"),
        choices=lambda: reasons(
            {code: reason.title for code, reason in rulebook.load().reject_reasons.items()}
        ),
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


STEPS: dict[str, type[Step]] = {
    "claim": Claim,
    "release": Release,
    "request_evidence": RequestEvidence,
    "reject": Reject,
    "recall": Recall,
    "retract": Retract,
}
