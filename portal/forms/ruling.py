"""The ruling as a form: read into a draft the verb understands, and written back from a stored one."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.actions import Finding, RulingDraft
from cases.models import Case, Ruling
from portal.forms.money import MoneyField
from portal.forms.parties import Words

FINDINGS = 3
LABEL = re.compile(r"(?:E-?\d{1,4}|C-?\d{1,6})", re.IGNORECASE)
BETWEEN_LABELS = re.compile(r"[\s,;，；、\[\]]+")


class RulingForm(forms.Form):
    """One case's ruling. `labels` are the exhibits and messages a finding may cite."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=Ruling.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose an outcome.")},
    )
    remedies = forms.MultipleChoiceField(
        label=gettext_lazy("Remedies"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose a remedy."),
            "invalid_choice": gettext_lazy("The rules cited do not allow this remedy."),
        },
    )
    amount = MoneyField(label=gettext_lazy("Amount to refund"), required=False)
    freight = forms.ChoiceField(
        label=gettext_lazy("Freight"), widget=forms.Select(attrs={"class": "field"})
    )
    reasons = Words(
        label=gettext_lazy("Reasons"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "field"}),
        error_messages={"required": gettext_lazy("Give the parties reasons in words.")},
    )
    internal_note = Words(
        label=gettext_lazy("Internal note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
    )

    def __init__(self, case: Case, labels: set[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.labels = case, labels
        language, book = get_language() or "en", case.book
        allowed = dict.fromkeys([*case.ruled_by.remedies, "RM-REJECT"])
        self.set_choices(
            "remedies",
            [(code, book.remedies[code].title.in_language(language)) for code in allowed],
        )
        self.set_choices(
            "freight",
            [(code, each.title.in_language(language)) for code, each in book.freight.items()],
        )
        rules = [
            (code, f"{code} {each.title.in_language(language)}")
            for code, each in book.rules.items()
        ]
        for number in range(1, FINDINGS + 1):
            self.fields[f"finding_{number}"] = Words(
                label=_("Finding %(number)s") % {"number": number},
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
            )
            self.fields[f"rule_{number}"] = forms.ChoiceField(
                label=_("Rule"),
                required=False,
                choices=rules,
                widget=forms.Select(attrs={"class": "field"}),
            )
            self.fields[f"citations_{number}"] = forms.CharField(
                label=_("Rests on"),
                required=False,
                max_length=500,
                widget=forms.TextInput(
                    attrs={"class": "field mono", "placeholder": "E-01 C-17", "autocomplete": "off"}
                ),
            )

    def set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The rows for the template, each with its bound fields."""
        return [
            {
                "number": number,
                "text": self[f"finding_{number}"],
                "rule": self[f"rule_{number}"],
                "citations": self[f"citations_{number}"],
            }
            for number in range(1, FINDINGS + 1)
        ]

    def clean(self) -> None:
        for number in range(1, FINDINGS + 1):
            name = f"citations_{number}"
            cited = cited_labels(self.cleaned_data.get(name) or "")
            unknown = [label for label in cited if label not in self.labels]
            if unknown:
                self.add_error(
                    name,
                    ValidationError(
                        _("There is no %(label)s in this case."),
                        params={"label": ", ".join(unknown)},
                    ),
                )
            self.cleaned_data[name] = cited

    def draft(self) -> RulingDraft:
        """What was typed, as the verb wants it. Call it on a valid form."""
        facts = self.cleaned_data
        rows = (
            Finding(
                text=facts.get(f"finding_{number}") or "",
                rule=facts.get(f"rule_{number}") or self.case.rule,
                citations=tuple(facts.get(f"citations_{number}") or ()),
            )
            for number in range(1, FINDINGS + 1)
        )
        return RulingDraft(
            outcome=facts["outcome"],
            remedies=tuple(facts["remedies"]),
            amount=facts["amount"] if facts["amount"] is not None else Decimal("0.00"),
            freight=facts["freight"],
            findings=tuple(row for row in rows if row.text or row.citations),
            reasons=facts["reasons"],
            internal_note=facts["internal_note"] or "",
        )


def cited_labels(written: str) -> tuple[str, ...]:
    """The labels in a line such as `E-01, c17`, in their normal form, each once, in order."""
    found = (part.upper() for part in BETWEEN_LABELS.split(written.strip()) if part)
    return tuple(dict.fromkeys(normal_label(part) for part in found))


def normal_label(part: str) -> str:
    if not LABEL.fullmatch(part):
        return part
    kind, number = part[0], int(part.lstrip("ECec-"))
    return f"E-{number:02d}" if kind == "E" else f"C-{number}"
