"""The ruling as a form: read into a draft the verb understands, and written back from a stored one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.actions import Finding, RulingDraft
from cases.actions.hearing import silent_sides
from cases.actions.obstacles import DISMISS, beside, own_remedies
from cases.lifecycle import Side
from cases.models import Case, Ruling
from cases.rulebook import FULL_REFUND, PART_REFUND, RELEASE
from evidence.citations import pieces_of, read
from evidence.models import OnFile
from portal.forms.money import MoneyField
from portal.forms.parties import Words
from portal.forms.penalties import WithPoints

FINDINGS, MOST_FINDINGS = 3, 20
ROW = re.compile(r"(?:finding|rule|citations)_([1-9]\d?)")
KEPT = frozenset(
    {
        *("outcome", "remedies", "amount", "freight", "freight_reason", "reasons"),
        *("internal_note", "without", "held_against"),
        *("penalty_kind", "penalty_points", "penalty_reason"),
    }
)
HELD_AGAINST = {
    Side.BUYER: gettext_lazy("The buyer brought none in time: hold it against them"),
    Side.MERCHANT: gettext_lazy("The merchant brought none in time: hold it against them"),
}
PAY = "pay_"  # and the code of a remedy that pays more than a refund


class RulingForm(WithPoints):
    """One case's ruling, with room for as many findings as were typed into, and some at least."""

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
    freight_reason = Words(
        label=gettext_lazy("Why not as the rule says"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "field"}),
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
    without = forms.CharField(required=False, max_length=2000)
    held_against = forms.MultipleChoiceField(
        label=gettext_lazy("Silence when asked for evidence"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Only a request for evidence that lapsed unanswered can be held against a side."
            )
        },
    )

    def __init__(self, case: Case, on_file: OnFile, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.on_file = case, on_file
        typed: Mapping[str, Any] = self.data or self.initial
        self.rows = range(1, min(MOST_FINDINGS, max(FINDINGS, rows_in(typed))) + 1)
        language, book = get_language() or "en", case.book
        self.cited = tuple(str(typed.get(f"rule_{row}", "")) for row in self.rows)
        self.offer_points()
        self.own = own_remedies(case)
        allowed = beside(case, self.own, self.cited)
        self.set_choices(
            "remedies",
            [(code, book.remedies[code].title.in_language(language)) for code in allowed],
        )
        self.set_choices(
            "held_against",
            [(side, str(HELD_AGAINST[Side(side)])) for side in silent_sides(case)],
        )
        self.refunds = any(book.refunds(code) for code in allowed)
        self.compensations = [code for code in allowed if code in book.compensations]
        for code in self.compensations:
            self.fields[PAY + code] = MoneyField(
                label=book.remedies[code].title.in_language(language), required=False
            )
        self.set_choices(
            "freight",
            [(code, each.title.in_language(language)) for code, each in book.freight.items()],
        )
        rules = [
            (code, f"{code} {each.title.in_language(language)}")
            for code, each in book.rules.items()
        ]
        for row in self.rows:
            self.add_row(row, rules)

    def set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def add_row(self, row: int, rules: list[tuple[str, str]]) -> None:
        self.fields[f"finding_{row}"] = Words(
            label=_("Finding %(number)s") % {"number": row},
            required=False,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
        )
        self.fields[f"rule_{row}"] = forms.ChoiceField(
            label=_("Rule"),
            required=False,
            choices=rules,
            initial=self.case.rule,
            widget=forms.Select(attrs={"class": "field"}),
        )
        self.fields[f"citations_{row}"] = forms.CharField(
            label=_("Rests on"),
            required=False,
            max_length=500,
            widget=forms.TextInput(
                attrs={
                    "class": "field mono",
                    "placeholder": "E-01 C-17..C-21",
                    "autocomplete": "off",
                }
            ),
        )

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The rows for the template, each with its bound fields and where what it cites is found."""
        return [
            {
                "number": row,
                "text": self[f"finding_{row}"],
                "rule": self[f"rule_{row}"],
                "citations": self[f"citations_{row}"],
                "leads": leads(str(self[f"citations_{row}"].value() or "")),
            }
            for row in self.rows
        ]

    @property
    def payments(self) -> list[dict[str, Any]]:
        """The amounts for the template: the refund's, and one for each remedy that pays more than that."""
        refund = [{"code": "", "field": self["amount"], "most": self.case.remaining_paid}]
        return [
            *(refund if self.refunds else []),
            *(
                {"code": code, "field": self[PAY + code], "most": self.case.most(code)}
                for code in self.compensations
            ),
        ]

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """The outcomes the rule leaves room for, each with the remedies it starts from."""
        language, book = get_language() or "en", self.case.book
        return [
            {
                "value": outcome,
                "label": Ruling.Outcome(outcome).label,
                "remedies": remedies,
                "brings": " · ".join(
                    book.remedies[c].title.in_language(language) for c in remedies
                ),
                "is_chosen": self["outcome"].value() == outcome,
            }
            for outcome, remedies in openings(self.case).items()
        ]

    @property
    def goes_without(self) -> bool:
        """Whether all that is still unseen was ticked to be decided without."""
        return set(self.on_file.unseen) <= set(str(self["without"].value() or "").split())

    @property
    def most_findings(self) -> int:
        return MOST_FINDINGS

    def clean(self) -> None:
        for row in self.rows:
            name = f"citations_{row}"
            cited = pieces_of(self.cleaned_data.get(name) or "")
            flaws = [self.flaw(piece) for piece in cited]
            if any(flaws):
                self.add_error(name, ValidationError([flaw for flaw in flaws if flaw]))
            self.cleaned_data[name] = cited

    def flaw(self, piece: str) -> str:
        """What is wrong with a citation; nothing when it holds."""
        cited = read(piece)
        if cited is None:
            return _("There is no %(label)s in this case.") % {"label": piece}
        missing = [label for label in cited.covers if label not in self.on_file.labels]
        if missing:
            return _("There is no %(label)s in this case.") % {"label": ", ".join(missing)}
        if cited.region is not None and cited.covers[0] not in self.on_file.pictures:
            return _("%(label)s is no picture; it has no region.") % {"label": cited.covers[0]}
        return ""

    def amounts(self) -> dict[str, Decimal]:
        """What each chosen remedy pays: the refund its first, the others what stands beside them."""
        chosen, facts = self.cleaned_data["remedies"], self.cleaned_data
        refunding = [code for code in chosen if self.case.book.refunds(code)]
        paid = {code: facts.get(PAY + code) for code in self.compensations if code in chosen}
        paid |= dict.fromkeys(refunding[:1], facts["amount"])
        return {code: each for code, each in paid.items() if each}

    def draft(self) -> RulingDraft:
        """What was typed, as the verb wants it. Call it on a valid form."""
        facts, amounts = self.cleaned_data, self.amounts()
        stray = facts["amount"] if facts["amount"] and not amounts else Decimal("0.00")
        rows = (
            Finding(
                text=facts.get(f"finding_{row}") or "",
                rule=facts.get(f"rule_{row}") or self.case.rule,
                citations=tuple(facts.get(f"citations_{row}") or ()),
            )
            for row in self.rows
        )
        ticked = set(facts["without"].split())
        return RulingDraft(
            outcome=facts["outcome"],
            remedies=tuple(facts["remedies"]),
            amount=sum(amounts.values(), stray),
            amounts={code: f"{each:.2f}" for code, each in amounts.items()},
            freight=facts["freight"],
            freight_reason=facts["freight_reason"] or "",
            findings=tuple(row for row in rows if row.text or row.citations),
            reasons=facts["reasons"],
            internal_note=facts["internal_note"] or "",
            unseen=self.on_file.unseen,
            without=tuple(label for label in self.on_file.unseen if label in ticked),
            held_against=tuple(facts["held_against"]),
            penalty=self.penalty(),
        )


def rows_in(typed: Mapping[str, Any]) -> int:
    """How many findings were typed into, by the names of their fields."""
    found = (ROW.fullmatch(name) for name in typed)
    return min(MOST_FINDINGS, max((int(row[1]) for row in found if row), default=0))


def openings(case: Case) -> dict[str, tuple[str, ...]]:
    """The outcomes the rule leaves room for, and the remedies each one brings to begin with."""
    book, rule = case.book, case.ruled_by
    asked = [remedy.code for remedy in book.remedies_granting(rule, case.requested_remedy)]
    granting = [code for code in rule.remedies if code not in (DISMISS, RELEASE)]
    full = [*asked, *(code for code in granting if code == FULL_REFUND)]
    less = [code for code in granting if code != FULL_REFUND]
    parts = [code for code in less if book.pays(code)]
    part = [
        *(code for code in parts if code == PART_REFUND),
        *(code for code in asked if code in parts),
        *parts,
        *(code for code in less if code not in asked),
    ]
    found: dict[str, tuple[str, ...]] = {}
    if full:
        found[Ruling.Outcome.FULL] = (full[0],)
    if part:
        found[Ruling.Outcome.PART] = (part[0],)
    found[Ruling.Outcome.NONE] = (RELEASE if RELEASE in rule.remedies else DISMISS,)
    return found


def leads(written: str) -> list[dict[str, str]]:
    """What a row cites, and where on the page it is: a region opens its photo."""
    cited = ((piece, read(piece)) for piece in pieces_of(written))
    return [
        {"label": piece, "anchor": piece if each.region else each.covers[0]}
        for piece, each in cited
        if each is not None
    ]
