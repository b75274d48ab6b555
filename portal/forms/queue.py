"""What the queue can be narrowed to by its address, and the reason for passing a case over."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Shop, User
from cases import rulebook
from cases.actions import hearing
from cases.models import Case, Event
from portal.forms.hearing import Reasoned
from portal.forms.money import MoneyField

LONGEST_SEARCH = 64
LAST_OF_REFERENCE = 6  # digits of a reference's running number

VIEWS = (
    ("waiting", pgettext_lazy("queue filter", "Waiting")),
    ("overdue", pgettext_lazy("tally", "Overdue")),
    ("soon", gettext_lazy("Due within 4 hours")),
    ("defaulted", gettext_lazy("Merchant did not answer")),
    ("new_evidence", gettext_lazy("New evidence")),
)


def categories() -> list[tuple[str, str]]:
    language = get_language() or "en"
    named = rulebook.load().categories.items()
    return [
        ("", pgettext("category", "Any")),
        *((code, each.title.in_language(language)) for code, each in named),
    ]


class QueueForm(forms.Form):
    """Filters in the address. What is not known here is not an error but no filter."""

    view = forms.ChoiceField(choices=VIEWS, required=False, widget=forms.HiddenInput)
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        choices=categories,
        required=False,
        widget=forms.Select(attrs={"class": "field"}),
    )
    least = MoneyField(
        label=gettext_lazy("Amount from"),
        required=False,
        widget=forms.TextInput(
            attrs={"class": "field", "inputmode": "decimal", "autocomplete": "off", "size": 7}
        ),
    )
    most = MoneyField(
        label=pgettext_lazy("amount", "to"),
        required=False,
        widget=forms.TextInput(
            attrs={"class": "field", "inputmode": "decimal", "autocomplete": "off", "size": 7}
        ),
    )
    q = forms.CharField(required=False)

    def clean_q(self) -> str:
        """Full-width letters and digits mean what they look like; the search has an end."""
        return unicodedata.normalize("NFKC", self.cleaned_data["q"])[:LONGEST_SEARCH].strip()

    def wanted(self) -> Wanted:
        self.is_valid()  # fills cleaned_data with what was right
        facts: dict[str, Any] = self.cleaned_data
        least, most = facts.get("least"), facts.get("most")
        if least is not None and most is not None and least > most:
            least, most = most, least
        search = facts.get("q") or ""
        return Wanted(
            # A search alone goes through everything the person may see.
            view=facts.get("view") or ("" if search else "waiting"),
            category=facts.get("category") or "",
            least=least,
            most=most,
            search=search,
        )


@dataclass(frozen=True)
class Wanted:
    """What the reader wants to see. `view` is empty for a search through everything."""

    view: str
    category: str
    least: Decimal | None
    most: Decimal | None
    search: str

    @property
    def title(self) -> str:
        return str(dict(VIEWS).get(self.view, _("Search results")))

    @property
    def narrows(self) -> bool:
        return bool(self.category or self.least is not None or self.most is not None or self.search)

    def narrowed(self) -> Q:
        found = Q()
        if self.category:
            found &= Q(category=self.category)
        if self.least is not None:
            found &= Q(requested_amount__gte=self.least)
        if self.most is not None:
            found &= Q(requested_amount__lte=self.most)
        if self.search:
            found &= self.matching()
        return found

    def matching(self) -> Q:
        """A reference or its last number, the beginning of an order number, part of a shop's name."""
        words = self.search
        found = (
            Q(reference__istartswith=words)
            | Q(order_number__istartswith=words)
            | Q(shop__in=Shop.objects.filter(name__icontains=words))
        )
        if words.isascii() and words.isdigit() and len(words) <= LAST_OF_REFERENCE:
            found |= Q(reference__endswith=f"-{int(words):0{LAST_OF_REFERENCE}d}")
        return found


class Skip(Reasoned):
    """Pass a waiting case over for an hour."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Why you skip it"),
        widget=forms.Select(attrs={"class": "field"}),
        error_messages={
            "required": gettext_lazy("Choose why you skip the case."),
            "invalid_choice": gettext_lazy("Choose one of the reasons."),
        },
    )

    def perform(self, case: Case, by: User, now: datetime) -> Event:
        return hearing.skip(case, by=by, reason=self.cleaned_data["reason"], now=now)
