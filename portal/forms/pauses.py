"""A platform pause as a supervisor writes it down: a period in Beijing time, a scope, a public reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Shop
from cases import rulebook
from cases.models import DeadlineKind, PlatformPause
from portal.forms.parties import Words

LONGEST_REASON = 200
# All but the minutes the clock gives uploads before it decides by default.
PAUSABLE = [
    (code, label) for code, label in DeadlineKind.choices if code != DeadlineKind.DEFAULT_DECISION
]


def categories() -> list[tuple[str, str]]:
    language = get_language() or "en"
    named = rulebook.load().categories.items()
    return [(code, each.title.in_language(language)) for code, each in named]


def moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "field"}
    )
    return forms.DateTimeField(
        label=label,
        widget=widget,
        error_messages={
            "required": _("Give date and time."),
            "invalid": _("Give date and time like 2026-02-15 09:00."),
        },
    )


def ticks(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


def public_reason(label: Any, language: str) -> Words:
    return Words(
        label=label,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field", "lang": language}),
        error_messages={"required": _("The parties read this; it cannot be empty.")},
    )


class PauseForm(forms.Form):
    began_at = moment(_("Begins"))
    ends_at = moment(_("Ends"))
    kinds = ticks(_("Only these deadlines"), PAUSABLE)
    categories = ticks(_("Only these categories"), categories)
    shop = forms.CharField(
        label=_("Only this shop"),
        required=False,
        widget=forms.TextInput(attrs={"class": "field", "autocomplete": "off"}),
    )
    reason_zh = public_reason(_("Reason in Chinese"), "zh-Hans")
    reason_en = public_reason(_("Reason in English"), "en")

    def clean_shop(self) -> Shop | None:
        name = self.cleaned_data["shop"]
        if not name:
            return None
        found = list(Shop.objects.filter(name=name)[:2])
        if len(found) != 1:
            raise ValidationError(_("No shop, or more than one, has this name."))
        return found[0]

    def clean(self) -> None:
        began_at, ends_at = (self.cleaned_data.get(name) for name in ("began_at", "ends_at"))
        if began_at and ends_at and ends_at <= began_at:
            self.add_error("ends_at", _("A pause ends after it begins."))

    def pause(self) -> PlatformPause:
        """What was typed, as a pause that is not stored."""
        return PlatformPause(**self.cleaned_data)

    def as_typed(self) -> str:
        """All of it as one text: what is declared must be what was previewed."""
        return repr([self.cleaned_data[name] for name in self.fields])


class EndForm(forms.Form):
    pause = forms.ModelChoiceField(PlatformPause.objects)
