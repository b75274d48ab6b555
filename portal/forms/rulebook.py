"""The rulebook as rule owners write it: one rule, the whole text, and the steps to publication."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.rulebook import BURDENS, COMPLEXITIES, POINT_KINDS, Bilingual, Rule, Rulebook
from portal.forms.parties import Words
from portal.forms.pauses import moment
from portal.rule_words import BURDENS as BURDEN_WORDS
from portal.rule_words import COMPLEXITY, FIELDS, buyers_silence, said

TEXTS = ("title", "text", "burden_note", "claim_window")
LONGEST = {"title": 60, "text": 1000, "burden_note": 400, "claim_window": 200}
LONGEST_TEXT, LONGEST_REASON = 400_000, 500
MOST_HOURS, MOST_POINTS = 720, 96
LANGUAGES = (("zh", "zh-Hans"), ("en", "en"))


def worded(label: Any, most: int, rows: int, language: str = "") -> Words:
    attrs = {"rows": rows, "class": "field"} | ({"lang": language} if language else {})
    return Words(
        label=label,
        max_length=most,
        widget=forms.Textarea(attrs=attrs),
        error_messages={"required": _("This cannot be empty.")},
    )


def number(label: Any, most: int, *, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=most,
        required=required,
        widget=forms.NumberInput(attrs={"class": "field n", "inputmode": "numeric"}),
        error_messages={
            "required": _("Give a whole number."),
            "invalid": _("Give a whole number."),
            "min_value": _("From 0 to %(most)d.") % {"most": most},
            "max_value": _("From 0 to %(most)d.") % {"most": most},
        },
    )


def one_of(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.Select(attrs={"class": "field"})
    )


def some_of(label: Any, table: Mapping[str, Any]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=[(code, f"{said(each.title)} · {code}") for code, each in table.items()],
        widget=forms.CheckboxSelectMultiple,
    )


class RuleForm(forms.Form):
    """One rule of a draft. What it has beyond these fields stays as the text has it."""

    # The rule as it was when it was opened: what changes elsewhere in the draft is no conflict.
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, rule: Rule, book: Rulebook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rule = rule
        fields: dict[str, forms.Field] = {
            f"{name}_{code}": worded(FIELDS[name], LONGEST[name], 4 if name == "text" else 2, lang)
            for name in TEXTS
            for code, lang in LANGUAGES
        }
        fields |= {
            "burden": one_of(FIELDS["burden"], [(code, BURDEN_WORDS[code]) for code in BURDENS]),
            "response_hours": number(FIELDS["response_hours"], MOST_HOURS),
            "supplement_hours": number(FIELDS["supplement_hours"], MOST_HOURS),
            "complexity": one_of(
                FIELDS["complexity"], [(code, COMPLEXITY[code]) for code in COMPLEXITIES]
            ),
            "buyer_evidence": some_of(FIELDS["buyer_evidence"], book.evidence_types),
            "merchant_evidence": some_of(FIELDS["merchant_evidence"], book.evidence_types),
            "remedies": some_of(FIELDS["remedies"], book.remedies),
        }
        for name, table in (
            ("freight", book.freight),
            ("merchant_silent", book.defaults),
            ("buyer_silent", book.defaults),
        ):
            choices = [(code, said(each.title)) for code, each in table.items()]
            if name == "buyer_silent":
                choices = [(code, f"{title}: {buyers_silence(code)}") for code, title in choices]
            fields[name] = one_of(FIELDS[name], choices)
        for kind in POINT_KINDS:
            fields[f"{kind}_base"] = number(_("usual"), MOST_POINTS, required=False)
            fields[f"{kind}_most"] = number(_("at most"), MOST_POINTS, required=False)
        fields["two_reviewers"] = forms.BooleanField(
            label=_("A second person looks at every ruling under this rule"), required=False
        )
        self.fields.update(fields)

    @staticmethod
    def initial_of(rule: Rule) -> dict[str, Any]:
        start: dict[str, Any] = {}
        for name in TEXTS:
            text: Bilingual = getattr(rule, name)
            start |= {f"{name}_zh": text.zh, f"{name}_en": text.en}
        for kind, (base, most) in rule.points.items():
            start |= {f"{kind}_base": base, f"{kind}_most": most}
        plain = {name: getattr(rule, name) for name in PLAIN}
        return start | plain | {"seen": seal(rule)}

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody changed this very rule since it was opened."""
        return bool(self.cleaned_data["seen"] != seal(self.rule))

    @property
    def texts(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """Both languages of each text, side by side."""
        return [(FIELDS[name], self[f"{name}_zh"], self[f"{name}_en"]) for name in TEXTS]

    @property
    def points(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        return [(FIELDS[kind], self[f"{kind}_base"], self[f"{kind}_most"]) for kind in POINT_KINDS]

    @property
    def lists(self) -> list[forms.BoundField]:
        return [self[name] for name in ("buyer_evidence", "merchant_evidence", "remedies")]

    @property
    def short(self) -> list[forms.BoundField]:
        return [
            self[name]
            for name in PLAIN
            if name != "two_reviewers" and "evidence" not in name and name != "remedies"
        ]

    def clean(self) -> None:
        for kind in POINT_KINDS:
            base, most = (self.cleaned_data.get(f"{kind}_{end}") for end in ("base", "most"))
            if (base is None) != (most is None):
                self.add_error(f"{kind}_most", _("Give both, or neither."))
            elif base is not None and most is not None and base > most:
                self.add_error(f"{kind}_most", _("No less than the usual points."))

    def changed(self) -> dict[str, object]:
        """The fields of the rule that are to be written anew, as the text wants them."""
        facts, rule = self.cleaned_data, self.rule
        wanted: dict[str, object] = {}
        for name in TEXTS:
            text = Bilingual(*(in_one_line(facts[f"{name}_{code}"]) for code, _lang in LANGUAGES))
            if text != getattr(rule, name):
                wanted[name] = {"zh": text.zh, "en": text.en}
        for name in PLAIN:
            value = facts[name]
            if isinstance(value, list):
                value = in_its_order(getattr(rule, name), value)
            if value != getattr(rule, name):
                wanted[name] = list(value) if isinstance(value, tuple) else value
        points = {
            kind: (facts[f"{kind}_base"], facts[f"{kind}_most"])
            for kind in POINT_KINDS
            if facts.get(f"{kind}_base") is not None
        }
        if points != rule.points:
            wanted["points"] = {kind: list(each) for kind, each in points.items()}
        return wanted


def seal(rule: Rule) -> str:
    return hashlib.sha256(repr(rule).encode()).hexdigest()[:16]


# Fields of a rule that are written as they are read.
PLAIN = (
    *("burden", "response_hours", "supplement_hours", "complexity", "buyer_evidence"),
    *("merchant_evidence", "remedies", "freight", "merchant_silent", "buyer_silent"),
    "two_reviewers",
)


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def in_its_order(before: tuple[str, ...], chosen: list[str]) -> tuple[str, ...]:
    """What was there keeps its order, which matters for remedies; what is new comes after it."""
    return tuple([code for code in before if code in chosen]) + tuple(
        code for code in chosen if code not in before
    )


class TextForm(forms.Form):
    """The whole text of a draft."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("The whole text"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 34, "class": "field mono", "spellcheck": "false", "wrap": "off"}
        ),
        error_messages={"required": _("The text is empty.")},
    )

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class ReasonForm(forms.Form):
    """Why, in words: what every step of a version asks for."""

    reason = worded(_("Why"), LONGEST_REASON, 2)


class PublishForm(ReasonForm):
    """`revision` is the one the publisher read."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    in_force_from = moment(_("In force from"))

    field_order = ("in_force_from", "reason", "revision")
