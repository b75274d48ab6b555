"""Where the rules do not reach: what the desk writes down, and what is answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.actions.obstacles import DISMISS
from cases.gaps import RemedyOverride, RuleGap
from cases.models import Case
from cases.versions import RulebookVersion
from portal.forms.rulebook import LONGEST_REASON, worded
from portal.rule_words import said


class GapForm(forms.Form):
    text = worded(_("What the rules do not answer here"), LONGEST_REASON, 3)


class CloseGapForm(forms.Form):
    gap = forms.ModelChoiceField(RuleGap.objects.select_related("case"), widget=forms.HiddenInput)
    answer = worded(_("Answer"), LONGEST_REASON, 2)
    draft = forms.ModelChoiceField(
        RulebookVersion.objects.filter(state=RulebookVersion.State.DRAFT),
        label=_("Filled by the draft"),
        required=False,
        to_field_name="number",
        widget=forms.Select(attrs={"class": "field"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = False


class AskOverrideForm(forms.Form):
    remedy = forms.ChoiceField(
        label=_("Remedy outside the rule"), widget=forms.Select(attrs={"class": "field"})
    )
    reason = worded(_("Why the rule's own remedies do not do"), LONGEST_REASON, 3)

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = {*case.ruled_by.remedies, DISMISS}
        self.fields["remedy"].choices = [  # type: ignore[attr-defined]
            (code, said(each.title))
            for code, each in case.book.remedies.items()
            if code not in allowed
        ]


class DecideOverrideForm(forms.Form):
    override = forms.ModelChoiceField(
        RemedyOverride.objects.select_related("case"), widget=forms.HiddenInput
    )
    grants = forms.TypedChoiceField(
        choices=[("yes", _("Allow it")), ("no", _("Refuse it"))], coerce=lambda word: word == "yes"
    )
    answer = worded(_("Why"), LONGEST_REASON, 2)
