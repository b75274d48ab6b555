"""The texts that stand beside the ruling one is writing: of another window, or of who held the case before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from cases.models import Case, Ruling
from portal.forms.ruling import PAY


@dataclass(frozen=True)
class Line:
    """One field in which two texts differ, in words."""

    label: str
    here: str
    there: str


@dataclass(frozen=True)
class Beside:
    """A text to take or to leave. `author` is empty for one's own."""

    key: str
    author: str
    saved_at: datetime
    lines: list[Line]


@dataclass(frozen=True)
class Writing:
    """Where the text in the form stands, and what stands beside it."""

    window: str
    fields: dict[str, Any] = field(default_factory=dict)
    revision: int = 0
    saved_at: datetime | None = None
    beside: list[Beside] = field(default_factory=list)


def writing(case: Case, user: User) -> Writing:
    drafts = list(case.drafts.select_related("author"))
    own = next((each for each in drafts if each.author_id == user.pk), None)
    here = own.fields if own else {}
    beside = [
        Beside(str(left.pk), str(left.author), left.saved_at, differing(case, here, left.fields))
        for left in drafts
        if left.fields and left != own and (own is None or left.saved_at > own.saved_at)
    ]
    if own is None:
        return Writing(token_hex(8), beside=beside)
    if own.other is not None and own.other_saved_at is not None:
        lines = differing(case, here, own.other)
        beside.insert(0, Beside("other", "", own.other_saved_at, lines))
    return Writing(token_hex(8), own.fields, own.revision, own.saved_at, beside)


def differing(case: Case, here: dict[str, Any], there: dict[str, Any]) -> list[Line]:
    names = [name for name in there if name != "without"]
    pairs = ((name, said(case, name, here), said(case, name, there)) for name in names)
    return [Line(label_of(case, name), mine, other) for name, mine, other in pairs if mine != other]


def said(case: Case, name: str, text: dict[str, Any]) -> str:
    value, language, book = text.get(name, ""), get_language() or "en", case.book
    if name == "remedies":
        known = (book.remedies[code] for code in value if code in book.remedies)
        return ", ".join(each.title.in_language(language) for each in known)
    if name == "outcome" and value in Ruling.Outcome.values:
        return str(Ruling.Outcome(value).label)
    if name == "freight" and value in book.freight:
        return book.freight[value].title.in_language(language)
    return str(value)


def label_of(case: Case, name: str) -> str:
    kind, _line, number = name.partition("_")
    if name.startswith(PAY):
        remedy = case.book.remedies.get(name.removeprefix(PAY))
        return remedy.title.in_language(get_language() or "en") if remedy else name
    labels = {
        "outcome": _("Outcome"),
        "remedies": _("Remedies"),
        "amount": _("Amount to refund"),
        "freight": _("Freight"),
        "freight_reason": _("Why not as the rule says"),
        "reasons": _("Reasons"),
        "internal_note": _("Internal note"),
        "finding": _("Finding %(number)s") % {"number": number},
        "rule": _("Rule"),
        "citations": _("Rests on"),
    }
    return labels.get(name) or labels.get(kind, name)
