"""What is written in an appeal: the appeal itself, the answer to it, the decision, and a correction's words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases import actions
from cases.actions import Wording
from cases.models import Case, Event, Ruling
from cases.proceedings import Appeal
from evidence.citations import pieces_of, read
from portal.forms.parties import Step, Words

LONGEST_APPEAL = 2000


class MakeAppeal(Step):
    ground = forms.ChoiceField(
        label=_("What the appeal rests on"),
        choices=Appeal.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Say whether there is something new or a mistake."),
            "invalid_choice": _("Say whether there is something new or a mistake."),
        },
    )
    text = Words(
        label=_("What is new, or what the mistake is"),
        max_length=LONGEST_APPEAL,
        widget=forms.Textarea(attrs={"rows": 6, "class": "field"}),
        error_messages={"required": _("Name what is new, or what the mistake is.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        actions.appeal(case, by=by, now=now, began_at=self.began_at, **self.cleaned_data)
        return None


class AnswerAppeal(Step):
    text = Words(
        label=_("Your answer"),
        max_length=LONGEST_APPEAL,
        widget=forms.Textarea(attrs={"rows": 5, "class": "field"}),
        error_messages={"required": _("Say what you think of the appeal.")},
    )
    waives = forms.BooleanField(label=_("I do not appeal myself"), required=False)

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        actions.answer_appeal(case, by=by, now=now, began_at=self.began_at, **self.cleaned_data)
        return None


class Uphold(Step):
    reasons = Words(
        label=_("Why the ruling stands"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "field"}),
        error_messages={"required": _("Give the parties reasons in words.")},
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event | None:
        return actions.uphold(case, by=by, reasons=self.cleaned_data["reasons"], now=now)


class Correct(forms.Form):
    """The words of one ruling. What it decides has no field here."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reasons = Words(
        label=_("Reasons"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8, "class": "field"}),
        error_messages={"required": _("Give the parties reasons in words.")},
    )
    why = Words(
        label=_("What the error was"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        error_messages={"required": _("Say what the error was: both sides read it.")},
    )

    def __init__(self, ruling: Ruling, labels: set[str], typed: QueryDict | None = None) -> None:
        start: dict[str, Any] = {"version": ruling.version, "reasons": ruling.reasons}
        for number, row in enumerate(ruling.findings, start=1):
            start[f"text_{number}"] = row["text"]
            start[f"citations_{number}"] = " ".join(row["citations"])
        super().__init__(typed, initial=start)
        self.ruling, self.labels = ruling, labels
        for number in self.numbers:
            self.fields[f"text_{number}"] = Words(
                label=gettext("Finding %(number)s") % {"number": number},
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 3, "class": "field"}),
            )
            self.fields[f"citations_{number}"] = forms.CharField(
                label=gettext("Rests on"),
                max_length=500,
                widget=forms.TextInput(attrs={"class": "field mono", "autocomplete": "off"}),
            )

    @property
    def numbers(self) -> range:
        return range(1, len(self.ruling.findings) + 1)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The rows for the template, each with its bound fields and the rule, which stays."""
        return [
            {
                "number": number,
                "rule": self.ruling.findings[number - 1]["rule"],
                "text": self[f"text_{number}"],
                "citations": self[f"citations_{number}"],
            }
            for number in self.numbers
        ]

    def clean(self) -> None:
        for number in self.numbers:
            name = f"citations_{number}"
            cited = pieces_of(self.cleaned_data.get(name) or "")
            # What it cited before may have been taken back since; it stays readable.
            known = self.labels | set(self.ruling.findings[number - 1]["citations"])
            unknown = [label for label in cited if not is_known(label, known)]
            if unknown:
                sentence = _("There is no %(label)s in this case.")
                self.add_error(
                    name, ValidationError(sentence, params={"label": ", ".join(unknown)})
                )
            self.cleaned_data[name] = cited

    def perform(self, case: Case, by: User, now: datetime) -> Ruling:
        facts = self.cleaned_data
        return actions.correct_ruling(
            case,
            by=by,
            version=facts["version"],
            findings=[
                Wording(facts[f"text_{number}"], facts[f"citations_{number}"])
                for number in self.numbers
            ],
            reasons=facts["reasons"],
            why=facts["why"],
            now=now,
        )


def is_known(label: str, known: set[str]) -> bool:
    cited = read(label)
    return label in known or (cited is not None and known.issuperset(cited.covers))


STEPS: dict[str, type[Step]] = {
    "appeal": MakeAppeal,
    "answer_appeal": AnswerAppeal,
    "uphold": Uphold,
}
