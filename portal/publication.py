"""The rulebook for its owners: drafts, what they change, what that would mean, and publishing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role
from cases import rulebook
from cases.actions import Refused
from cases.actions.publishing import (
    discard_draft,
    edit_draft,
    publish,
    take_draft,
    withdraw_version,
)
from cases.effects import effect_of
from cases.gaps import RuleGap
from cases.rulebook import Rulebook, RulebookError
from cases.rulebook_text import with_rule
from cases.versions import RulebookLine, RulebookVersion, shipped, version_in_force
from portal.access import guarded, person
from portal.forms.rulebook import PublishForm, ReasonForm, RuleForm, TextForm
from portal.rule_diff import bands, effect_rows, groups
from portal.rule_words import FIELDS, field_label, said
from portal.rules import state_of
from portal.templatetags.portal import BEIJING

LINES_SHOWN = 30


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text, and the line it is about as it stands there."""

    line: int
    sentence: str
    excerpt: str


@guarded("rulebook")
def rulebook_page(request: HttpRequest) -> HttpResponse:
    return overview(request, ReasonForm())


def overview(request: HttpRequest, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    in_force = version_in_force(now)
    rows = [*RulebookVersion.objects.with_people(), shipped()]
    gaps = RuleGap.objects.filter(closed_at=None)
    return render(
        request,
        "portal/rulebook/overview.html",
        {
            "rows": [(version, state_in_words(version, in_force)) for version in rows],
            "in_force": in_force,
            "form": form,
            "gaps": gaps.count(),
            "lines": lines(),
            "may_draft": person(request).role == Role.SENIOR,
        },
        status=status,
    )


def state_in_words(version: RulebookVersion, in_force: int) -> str:
    """What a list shows of it: for what is published, whether it is in force."""
    if version.state != RulebookVersion.State.PUBLISHED:
        return str(version.state)
    return state_of(version, in_force)


def lines(version: RulebookVersion | None = None) -> list[RulebookLine]:
    """The history, newest first: of one version, or the latest of all."""
    found = RulebookLine.objects.select_related("version", "actor")
    return list(found.filter(version=version) if version else found[:LINES_SHOWN])


@guarded("rulebook_draft")
def rulebook_draft(request: HttpRequest) -> HttpResponse:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return overview(request, form, status=400)
    draft = take_draft(by=person(request), note=form.cleaned_data["reason"], now=timezone.now())
    return redirect("rulebook_version", draft.number)


def version_of(number: int) -> RulebookVersion:
    """The version of that number, draft or not. Raises Http404 when there is none."""
    if number == rulebook.SHIPPED:
        return shipped()
    found = RulebookVersion.objects.with_people().filter(number=number).first()
    if found is None:
        raise Http404
    return found


@guarded("rulebook_version")
def rulebook_version(request: HttpRequest, number: int) -> HttpResponse:
    return version_page(request, version_of(number))


def version_page(
    request: HttpRequest,
    version: RulebookVersion,
    *,
    tried: ReasonForm | None = None,
    step: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """What it changes, what that would mean, who did what. `tried`: the form of `step` with its errors."""
    now, user = timezone.now(), person(request)
    in_force = version_in_force(now)
    state = state_in_words(version, in_force)
    old, new, fault = books(version)
    supervises = user.role == Role.SUPERVISOR
    forms = {
        "publish": PublishForm(initial={"revision": version.revision, "in_force_from": soon(now)}),
        "withdraw": ReasonForm(prefix="w"),
        "discard": ReasonForm(prefix="d"),
    } | ({step: tried} if tried else {})
    effect = effect_of(new) if version.is_draft and new else None
    return render(
        request,
        "portal/rulebook/version.html",
        {
            "version": version,
            "state": state,
            "in_force": in_force,
            "groups": groups(old, new) if old and new else [],
            "follows": version.follows if old else None,
            "fault": fault,
            "rules": [(rule, said(rule.title)) for rule in new.rules.values()] if new else [],
            "effect": effect,
            "bands": bands(effect) if effect else [],
            "effect_rows": effect_rows(effect, old, new) if effect and old and new else [],
            "by_field": [(field_label(name), count) for name, count in effect.by_field]
            if effect
            else [],
            "lines": lines(version) if version.pk else [],
            "may_edit": version.is_draft and user.role == Role.SENIOR,
            "may_publish": version.is_draft and supervises,
            "may_withdraw": state == "coming" and supervises,
            "forms": forms,
            "refusal": refusal,
        },
        status=status,
    )


def books(version: RulebookVersion) -> tuple[Rulebook | None, Rulebook | None, Fault | None]:
    """The version it follows and itself; or what keeps its text from being read."""
    old = rulebook.read(version.follows) if version.follows else None
    text = version.text
    if not version.is_draft:
        text = rulebook.up_to_date(text, version.source)
    try:
        return old, rulebook.parse(text, version.source), None
    except RulebookError as error:
        return old, None, fault_of(version.text, error)


def fault_of(text: str, error: RulebookError) -> Fault:
    rows = text.splitlines()
    excerpt = rows[error.line - 1].strip() if 0 < error.line <= len(rows) else ""
    return Fault(error.line, error.sentence, excerpt)


def soon(now: datetime) -> datetime:
    """The beginning of the day after tomorrow in Beijing: time to tell people."""
    day = now.astimezone(BEIJING).date() + timedelta(days=2)
    return datetime.combine(day, time(), BEIJING)


@guarded("rulebook_rule")
def rulebook_rule(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """One rule of a draft, field by field."""
    draft = version_of(number)
    if not draft.is_draft:
        return no_draft(request, draft)
    _old, book, _fault = books(draft)
    if book is None:
        return redirect("rulebook_text", number)
    if code not in book.rules:
        raise Http404
    rule = book.rules[code]
    if request.method != "POST":
        form = RuleForm(rule, book, initial=RuleForm.initial_of(rule))
        return rule_page(request, draft, book, form)
    form = RuleForm(rule, book, request.POST)
    if not form.is_valid():
        return rule_page(request, draft, book, form, status=400)
    if form.is_overtaken:
        sentence = _("Somebody else has changed this rule since you opened it.")
        return rule_page(request, draft, book, form, refusal=sentence, status=409)
    text = with_rule(draft.text, code, form.changed())
    try:
        edit_draft(
            draft,
            by=person(request),
            text=text,
            revision=draft.revision,
            rule=code,
            now=timezone.now(),
        )
    except RulebookError as error:
        return rule_page(request, draft, book, form, fault=fault_of(text, error), status=400)
    except Refused as refusal:
        return rule_page(request, draft, book, form, refusal=str(refusal), status=409)
    messages.success(request, _("Saved: § %(code)s.") % {"code": code})
    return redirect("rulebook_version", number)


def rule_page(
    request: HttpRequest,
    draft: RulebookVersion,
    book: Rulebook,
    form: RuleForm,
    *,
    fault: Fault | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    codes = list(book.rules)
    at = codes.index(form.rule.code)
    return render(
        request,
        "portal/rulebook/rule.html",
        {
            "version": draft,
            "rule": form.rule,
            "title": said(form.rule.title),
            "form": form,
            "points_label": FIELDS["points"],
            "before": codes[at - 1] if at else "",
            "after": codes[at + 1] if at + 1 < len(codes) else "",
            "fault": fault,
            "refusal": refusal,
        },
        status=status,
    )


@guarded("rulebook_text")
def rulebook_text(request: HttpRequest, number: int) -> HttpResponse:
    """The whole text of a draft, for all that has no field of its own."""
    draft = version_of(number)
    if not draft.is_draft:
        return no_draft(request, draft)
    if request.method != "POST":
        text = rulebook.up_to_date(draft.text, draft.source)
        form = TextForm(initial={"text": text, "revision": draft.revision})
        return text_page(request, draft, form)
    form = TextForm(request.POST)
    if not form.is_valid():
        return text_page(request, draft, form, status=400)
    text, revision = form.cleaned_data["text"], form.cleaned_data["revision"]
    try:
        edit_draft(draft, by=person(request), text=text, revision=revision, now=timezone.now())
    except RulebookError as error:
        return text_page(request, draft, form, fault=fault_of(text, error), status=400)
    except Refused as refusal:
        return text_page(request, draft, form, refusal=str(refusal), status=409)
    messages.success(request, _("Saved."))
    return redirect("rulebook_version", number)


def text_page(
    request: HttpRequest,
    draft: RulebookVersion,
    form: TextForm,
    *,
    fault: Fault | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    facts = {"version": draft, "form": form, "fault": fault, "refusal": refusal}
    return render(request, "portal/rulebook/text.html", facts, status=status)


def no_draft(request: HttpRequest, version: RulebookVersion) -> HttpResponse:
    messages.warning(request, _("Version %(number)s is no draft.") % {"number": version.number})
    return redirect("rulebook_version", version.number)


@guarded("rulebook_publish")
def rulebook_publish(request: HttpRequest, number: int) -> HttpResponse:
    version, form = version_of(number), PublishForm(request.POST)
    if not form.is_valid():
        return version_page(request, version, tried=form, step="publish", status=400)
    if not version.is_draft:
        return no_draft(request, version)
    try:
        publish(version, by=person(request), now=timezone.now(), **form.cleaned_data)
    except RulebookError:
        return version_page(request, version, tried=form, step="publish", status=400)
    except Refused as refusal:
        fresh = version_of(number)
        return version_page(
            request, fresh, tried=form, step="publish", refusal=str(refusal), status=409
        )
    messages.success(request, _("Version %(number)s is published.") % {"number": number})
    return redirect("rulebook_version", number)


@guarded("rulebook_withdraw")
def rulebook_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    version, form = version_of(number), ReasonForm(request.POST, prefix="w")
    if not form.is_valid():
        return version_page(request, version, tried=form, step="withdraw", status=400)
    withdraw_version(
        version, by=person(request), reason=form.cleaned_data["reason"], now=timezone.now()
    )
    messages.success(request, _("Version %(number)s is withdrawn.") % {"number": number})
    return redirect("rulebook")


@guarded("rulebook_discard")
def rulebook_discard(request: HttpRequest, number: int) -> HttpResponse:
    version, form = version_of(number), ReasonForm(request.POST, prefix="d")
    if not form.is_valid():
        return version_page(request, version, tried=form, step="discard", status=400)
    discard_draft(
        version, by=person(request), reason=form.cleaned_data["reason"], now=timezone.now()
    )
    messages.success(
        request, _("The draft of version %(number)s is discarded.") % {"number": number}
    )
    return redirect("rulebook")
