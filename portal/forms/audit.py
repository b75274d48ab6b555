"""What an auditor looks for in the dockets of all cases."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import Event
from portal.history import SENTENCES

BEIJING = ZoneInfo("Asia/Shanghai")
FIELD = {"class": "field"}
MOST_PEOPLE = 200  # a name that fits more of them is no name


def acts() -> list[tuple[str, str]]:
    blanks: defaultdict[str, str] = defaultdict(lambda: "…")
    words = [(name, gettext(words) % blanks) for name, words in SENTENCES.items()]
    return [("", gettext("Any act")), *words]


class LineSearch(forms.Form):
    """By case, person, act and time; each may be left out."""

    case = forms.CharField(
        label=_("Case"), required=False, max_length=20, widget=forms.TextInput(attrs=FIELD)
    )
    person = forms.CharField(
        label=_("Person"), required=False, max_length=80, widget=forms.TextInput(attrs=FIELD)
    )
    act = forms.ChoiceField(
        label=_("Act"), required=False, choices=acts, widget=forms.Select(attrs=FIELD)
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={**FIELD, "type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={**FIELD, "type": "date"})
    )

    def lines(self) -> QuerySet[Event]:
        """The newest first. Call it on a valid form."""
        facts: dict[str, Any] = self.cleaned_data
        found = Event.objects.select_related("case", "actor").order_by("-pk")
        if facts["case"]:
            found = found.filter(case__reference__startswith=facts["case"].upper())
        if facts["person"]:
            found = found.filter(actor__in=people(facts["person"]))
        if facts["act"]:
            found = found.filter(name=facts["act"])
        if facts["since"]:
            found = found.filter(at__gte=midnight(facts["since"]))
        if facts["until"]:
            found = found.filter(at__lt=midnight(facts["until"] + timedelta(days=1)))
        return found


def people(name: str) -> list[int]:
    named = User.objects.filter(Q(display_name__icontains=name) | Q(username__iexact=name))
    return list(named.values_list("pk", flat=True)[:MOST_PEOPLE])


def midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), BEIJING)
