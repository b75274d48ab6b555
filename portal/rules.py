"""The rules for everybody: what is in force, in plain words, without signing in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import rulebook
from cases.rulebook import Rule, Rulebook
from cases.versions import RulebookVersion, all_published, version_in_force
from portal.access import guarded
from portal.rule_words import (
    FAMILIES,
    Clause,
    Silence,
    clause_of,
    days_in_words,
    hours_in_words,
    said,
)

LONGEST_SEARCH = 64


@dataclass(frozen=True)
class Family:
    """Rules that belong together, under a heading where there is one."""

    title: str
    clauses: list[Clause]


@guarded("rules")
def rules(request: HttpRequest) -> HttpResponse:
    return page(request, version_in_force(timezone.now()))


@guarded("rules_version")
def rules_version(request: HttpRequest, number: int) -> HttpResponse:
    """A version that is, was or will be in force: rulings name the one they were made by."""
    return page(request, number)


def page(request: HttpRequest, number: int) -> HttpResponse:
    now, published = timezone.now(), all_published()
    shown = next((each for each in published if each.number == number), None)
    if shown is None or not rulebook.is_at_hand(number):
        raise Http404
    book, in_force = rulebook.load(number), version_in_force(now)
    search = unicodedata.normalize("NFKC", request.GET.get("q", ""))[:LONGEST_SEARCH].strip()
    category = request.GET.get("category", "")
    found = [rule for rule in book.rules.values() if _is_wanted(rule, book, search, category)]
    return render(
        request,
        "portal/rules/rules.html",
        {
            "book": book,
            "version": shown,
            "state": state_of(shown, in_force),
            "versions": [(each, state_of(each, in_force)) for each in published],
            "families": families(found, book),
            "count": len(found),
            "search": search,
            "category": category if category in book.categories else "",
            "categories": [(code, said(each.title)) for code, each in book.categories.items()],
            "times": times(book),
            "threshold": book.approval_threshold,
        },
    )


def state_of(version: RulebookVersion, in_force: int) -> str:
    """Whether a published version is in force, is to come or was."""
    if version.number == in_force:
        return "now"
    return "coming" if version.number > in_force else "past"


def _is_wanted(rule: Rule, book: Rulebook, search: str, category: str) -> bool:
    if category in book.categories and book.categories[category].rule != rule.code:
        return False
    words = [rule.code, *(word for text in _texts(rule, book) for word in (text.zh, text.en))]
    return search.casefold() in "\n".join(words).casefold()


def _texts(rule: Rule, book: Rulebook) -> list[rulebook.Bilingual]:
    governed = [each.title for each in book.categories.values() if each.rule == rule.code]
    return [rule.title, rule.text, rule.burden_note, *governed]


def families(found: list[Rule], book: Rulebook) -> list[Family]:
    grouped = groupby(found, key=lambda rule: rule.code[:1])
    return [
        Family(str(FAMILIES.get(letter, "")), [clause_of(rule, book) for rule in each])
        for letter, each in grouped
    ]


def times(book: Rulebook) -> list[Silence]:
    """The times that hold whatever the rule, as far as they are the parties'."""
    windows = book.windows
    return [
        Silence(
            _("To talk it over with the shop before the platform steps in"),
            _("%(hours)s; %(urgent)s where it is urgent")
            % {
                "hours": hours_in_words(windows.negotiation_hours),
                "urgent": hours_in_words(windows.fresh_negotiation_hours),
            },
        ),
        Silence(
            _("More time for the merchant, once and with a reason"),
            hours_in_words(windows.merchant_extension_hours),
        ),
        Silence(_("To answer an offer"), hours_in_words(windows.offer_hours)),
        Silence(_("To appeal once the ruling is out"), days_in_words(windows.appeal_days)),
        Silence(_("To send goods back"), days_in_words(windows.return_days)),
        Silence(_("To pay back what was decided"), hours_in_words(windows.execution_hours)),
        Silence(
            _("To send, exchange or repair goods"), hours_in_words(windows.goods_execution_hours)
        ),
    ]
