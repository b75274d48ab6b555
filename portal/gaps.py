"""Gaps in the rules and remedies beyond them: noticed in a case, answered on a page of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases.actions.overriding import (
    MAY_FLAG,
    ask_override,
    close_gap,
    decide_override,
    flag_gap,
)
from cases.gaps import RemedyOverride, RuleGap
from cases.lifecycle import State, its_holder
from cases.models import Case
from portal.access import case_for, guarded, person
from portal.forms.gaps import AskOverrideForm, CloseGapForm, DecideOverrideForm, GapForm
from portal.rule_words import said

SHOWN = 50


@guarded("rule_gaps")
def rule_gaps(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *, tried: Any = None, status: int = 200) -> HttpResponse:
    """What is open comes first. `tried`: the form with errors of one row."""
    user = person(request)
    gaps = RuleGap.objects.select_related("case", "flagged_by", "closed_by", "draft")
    overrides = RemedyOverride.objects.select_related("case", "asked_by", "decided_by")
    may_close, may_decide = user.role == Role.SENIOR, user.role == Role.SUPERVISOR
    open_gaps = list(gaps.filter(closed_at=None).order_by("flagged_at")[:SHOWN])
    closing = [form_of(CloseGapForm, "gap", gap.pk, tried) for gap in open_gaps if may_close]
    share_drafts(closing)
    return render(
        request,
        "portal/rulebook/gaps.html",
        {
            "open_gaps": list(zip_longest(open_gaps, closing)),
            "closed_gaps": gaps.exclude(closed_at=None).order_by("-closed_at")[:SHOWN],
            "asked": [
                (
                    named(each),
                    form_of(DecideOverrideForm, "override", each.pk, tried)
                    if may_decide and each.asked_by_id != user.pk
                    else None,
                )
                for each in overrides.filter(decided_at=None)[:SHOWN]
            ],
            "decided": [
                named(each)
                for each in overrides.exclude(decided_at=None).order_by("-decided_at")[:SHOWN]
            ],
        },
        status=status,
    )


def form_of(kind: type[Any], key: str, pk: int, tried: Any) -> Any:
    """The form of one row; the one that was just sent in vain keeps what was typed."""
    if isinstance(tried, kind) and tried.data.get(key) == str(pk):
        return tried
    return kind(initial={key: pk}, auto_id=f"id_{key}_{pk}_%s")


def share_drafts(forms: Sequence[CloseGapForm]) -> None:
    """The drafts to choose from, read once for all rows."""
    drafts = list(iter(forms[0].fields["draft"].choices)) if forms else []  # type: ignore[attr-defined]
    for form in forms:
        form.fields["draft"].choices = drafts  # type: ignore[attr-defined]


def named(override: RemedyOverride) -> tuple[RemedyOverride, str]:
    return override, said(override.case.book.remedies[override.remedy].title)


@guarded("flag_gap")
def flag(request: HttpRequest, reference: str) -> HttpResponse:
    case, form = case_for(request, reference), GapForm(request.POST)
    if not form.is_valid():
        return back_with_errors(request, form)
    flag_gap(case, by=person(request), text=form.cleaned_data["text"], now=timezone.now())
    messages.success(request, _("The rule owners are told; the case goes on as it is."))
    return redirect("case", reference)


@guarded("ask_override")
def ask(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_for(request, reference, held=True)
    form = AskOverrideForm(case, request.POST)
    if not form.is_valid():
        return back_with_errors(request, form)
    ask_override(case, by=person(request), now=timezone.now(), **form.cleaned_data)
    messages.success(request, _("Asked. A supervisor decides; the case stays with you."))
    return redirect(f"{reverse('case', args=[reference])}#ruling")


def back_with_errors(request: HttpRequest, form: Any) -> HttpResponse:
    sentence = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return render(request, "400.html", {"sentence": sentence}, status=400)


@guarded("close_gap")
def close(request: HttpRequest) -> HttpResponse:
    form = CloseGapForm(request.POST)
    if not form.is_valid():
        return page(request, tried=form, status=400)
    facts = form.cleaned_data
    close_gap(
        facts["gap"],
        by=person(request),
        answer=facts["answer"] or "",
        draft=facts["draft"],
        now=timezone.now(),
    )
    messages.success(request, _("Closed; the case's history says so."))
    return redirect("rule_gaps")


@guarded("decide_override")
def decide(request: HttpRequest) -> HttpResponse:
    form = DecideOverrideForm(request.POST)
    if not form.is_valid():
        return page(request, tried=form, status=400)
    facts = form.cleaned_data
    decide_override(
        facts["override"],
        by=person(request),
        grants=facts["grants"],
        answer=facts["answer"],
        now=timezone.now(),
    )
    messages.success(request, _("Decided; the case's history says so."))
    return redirect("rule_gaps")


def beyond_the_rule(case: Case, user: User) -> dict[str, Any]:
    """For the page of a case: what was asked beyond its rule, and what this person may ask."""
    may_ask = case.state == State.REVIEWING and its_holder(case, user)
    return {
        "gaps": list(case.rule_gaps.select_related("closed_by", "draft")),
        "overrides": [named(each) for each in case.overrides.select_related("decided_by")],
        "gap_form": GapForm(auto_id="id_gap_%s") if user.role in MAY_FLAG else None,
        "override_form": AskOverrideForm(case, auto_id="id_override_%s") if may_ask else None,
    }
