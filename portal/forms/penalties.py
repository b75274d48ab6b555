"""Points: proposed by whoever decided the case, decided by an officer, appealed against by the shop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cases.actions.penalising import cited_in, points_allowed
from cases.models import Case
from cases.proceedings import Penalty
from portal.forms.parties import LONGEST_STATEMENT, Words


def words(label: Any, required: Any, *, rows: int = 2, longest: int = 500) -> Words:
    return Words(
        label=label,
        max_length=longest,
        widget=forms.Textarea(attrs={"rows": rows, "class": "field"}),
        error_messages={"required": required},
    )


def kinds_of(case: Case, cited: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (kind, f"{Penalty.Kind(kind).label} {least}–{most}")
        for kind, (least, most) in points_allowed(case, cited).items()
    ]


def within(case: Case, cited: Iterable[str], kind: str, points: int | None) -> int:
    """The points, if a rule allows so many of that kind. Raises ValidationError."""
    least, most = points_allowed(case, cited)[kind]
    if points is None or not least <= points <= most:
        raise ValidationError(
            _("The rule allows %(least)s to %(most)s points."),
            params={"least": least, "most": most},
        )
    return points


class Points(forms.Form):
    """Kind, number and reason, within what the case's rule allows."""

    kind = forms.ChoiceField(
        label=_("Kind of points"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={
            "required": _("Choose a kind of points."),
            "invalid_choice": _("The rule does not allow these points."),
        },
    )
    points = forms.IntegerField(
        label=_("Points"),
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "field", "inputmode": "numeric"}),
        error_messages={
            "required": _("Say how many points."),
            "invalid": _("Give the points as a whole number."),
            "min_value": _("The rule does not allow these points."),
        },
    )
    reason = words(_("What the points are for"), _("Say what the points are for."))

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.cited = case, cited_in(case)
        self.fields["kind"].choices = kinds_of(case, self.cited)  # type: ignore[attr-defined]

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        kind = self.cleaned_data.get("kind")
        return within(self.case, self.cited, kind, points) if kind else points


class WithPoints(forms.Form):
    """Points proposed with a ruling, for a form that has the `case` and the rules `cited`: all three fields,
    or none.
    """

    case: Case
    cited: tuple[str, ...]
    penalty_kind = forms.ChoiceField(
        label=_("Kind of points"),
        required=False,
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={"invalid_choice": _("The rule does not allow these points.")},
    )
    penalty_points = forms.IntegerField(
        label=_("Points"),
        required=False,
        min_value=1,
        widget=forms.NumberInput(attrs={"class": "field", "inputmode": "numeric"}),
        error_messages={
            "invalid": _("Give the points as a whole number."),
            "min_value": _("The rule does not allow these points."),
        },
    )
    penalty_reason = Words(
        label=_("What the points are for"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "field"}),
    )

    def offer_points(self) -> None:
        self.fields["penalty_kind"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *kinds_of(self.case, self.cited),
        ]

    def clean_penalty_points(self) -> int | None:
        points: int | None = self.cleaned_data["penalty_points"]
        kind = self.cleaned_data.get("penalty_kind", "")
        if points and not kind:
            raise ValidationError(_("Choose a kind of points."))
        return within(self.case, self.cited, kind, points) if kind else None

    def clean_penalty_reason(self) -> str:
        reason: str = self.cleaned_data["penalty_reason"] or ""
        if self.cleaned_data.get("penalty_kind") and not reason:
            raise ValidationError(_("Say what the points are for."))
        return reason

    def penalty(self) -> dict[str, Any]:
        """What is proposed, as the verb wants it; nothing where no kind is chosen."""
        facts = self.cleaned_data
        if not facts["penalty_kind"]:
            return {}
        return {name: facts[f"penalty_{name}"] for name in ("kind", "points", "reason")}

    @property
    def may_propose(self) -> bool:
        return bool(points_allowed(self.case, self.cited))


class OfCase(forms.Form):
    """About one penalty of the case at hand."""

    penalty = forms.ModelChoiceField(
        Penalty.objects.none(), error_messages={"invalid_choice": _("No such penalty.")}
    )

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["penalty"].queryset = case.penalties.select_related(  # type: ignore[attr-defined]
            "case", "case__shop"
        )


class DecidePenalty(OfCase):
    answer = forms.ChoiceField(
        choices=(("yes", _("Approve")), ("no", _("Refuse"))),
        error_messages={"required": _("Say whether you approve or refuse.")},
    )
    reason = Words(
        label=_("Your reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "class": "field"}),
    )

    def clean(self) -> None:
        facts = self.cleaned_data
        if facts.get("answer") == "no" and not facts.get("reason"):
            self.add_error("reason", _("Say why the points are refused."))


class HearAppeal(OfCase):
    answer = forms.ChoiceField(
        choices=(("keep", _("Keep the points")), ("cancel", _("Take the points off"))),
        error_messages={"required": _("Say whether the points stay.")},
    )
    reasons = words(_("Reasons the shop reads"), _("Give the shop the reasons."), rows=3)


class AppealPenalty(OfCase):
    text = words(
        _("Why the points are wrong"),
        _("Say why the points are wrong."),
        rows=4,
        longest=LONGEST_STATEMENT,
    )
