"""The case page of the desk, and the one address every step of the lifecycle is posted to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases.actions import (
    Obstacle,
    Refused,
    advance,
    choose_draft,
    issue_ruling,
    save_draft,
    submit_for_approval,
)
from cases.actions.hearing import is_close_to
from cases.actions.obstacles import second_look
from cases.actions.recalling import may_recall, recallable_until
from cases.lifecycle import (
    STEPS,
    TRANSITIONS,
    Side,
    State,
    hearer_or_supervising,
    its_holder,
    may_take,
    why_not,
)
from cases.models import Case
from cases.proceedings import Draft
from evidence.disclosure import as_is, disclose, is_disclosed, veil, veil_for
from evidence.intake import may_admit, may_open
from evidence.models import Exhibit, Message
from evidence.sufficiency import meters
from portal.access import case_for, guarded, person
from portal.appealing import appeal_desk
from portal.beside import writing
from portal.casefile import PORTION, actions_for, case_file, desk_sentence, facts_of
from portal.drafting import carried, consequences, form_for, helped, saved, typed_ruling
from portal.drafting import kept as kept_text
from portal.duties import lines_of
from portal.forms import form_of
from portal.forms.appealing import Uphold
from portal.forms.handover import HandOver
from portal.forms.parties import Extend, Step
from portal.forms.penalties import Points
from portal.forms.reports import DecideReport
from portal.forms.ruling import RulingForm
from portal.gaps import beyond_the_rule
from portal.history import history
from portal.more_time import more_time
from portal.offering import exchange_of
from portal.paper import paper_of
from portal.proposing import proposing
from portal.standing import stages, standing
from portal.standstill import stoppable
from portal.templatetags.portal import BEIJING
from portal.timeline import timeline
from portal.versions import rulings_of, versions_of
from portal.wording import offered

LEAVES_THE_DESK = frozenset({"release", "reject"})
# Steps whose button stands elsewhere on the page.
BESIDE_THE_RULING = frozenset(
    {"issue", "recall", "submit_for_approval", "retract", "fulfil", "uphold"}
)
NOT_FOR_THE_CLOSE = frozenset({"claim", "reject"})
LONGEST_SEARCH = 100
WHOLE = 10_000  # reels, more than a conversation has


@guarded("case")
def case(request: HttpRequest, reference: str) -> HttpResponse:
    return workspace(request, case_for(request, reference))


def workspace(
    request: HttpRequest,
    case: Case,
    *,
    ruling_form: RulingForm | None = None,
    tried: dict[str, Step] | None = None,
    in_the_way: list[Obstacle] | None = None,
    points_form: Points | None = None,
    report_form: DecideReport | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, and again with what was typed when something was wrong with it."""
    user, now = person(request), timezone.now()
    find = sought(request)
    waits = case.state == State.AWAITING_EVIDENCE and its_holder(case, user)
    actions, is_barred = actions_for(case, user, tried), barred(case, user)
    if is_barred:
        actions = [action for action in actions if action.name not in NOT_FOR_THE_CLOSE]
    is_open = is_disclosed(case, user, now)
    veiled = as_is if is_open else veil(case)
    file = case_file(case, user, find=find, veiled=veiled)
    on_appeal = appeal_desk(case, user, file.exhibits, veiled=veiled, now=now)
    hears_appeal = on_appeal is not None and on_appeal.may_decide
    is_deciding = decides(case, user) or hears_appeal
    written = writing(case, user) if waits or decides(case, user) else None
    # Of an appeal nobody else's text is shown beside one's own.
    own = case.drafts.filter(author=user).first() if hears_appeal else written
    start = own.fields if own else None
    form = ruling_form or (form_for(case, user, start=start) if is_deciding or waits else None)
    docket = history(case, veiled)
    differences = [each for found in file.compared.found for each in found.differences()]
    deadlines = list(case.deadlines.open().with_pauses().with_extensions())
    extend, fulfil = (tried or {}).get("extend"), (tried or {}).get("fulfil")
    requests = list(case.evidence_requests.all())
    issued, recalled = rulings_of(case)
    ruling = issued[0] if issued else None
    return render(
        request,
        "portal/arbitrator/case.html",
        {
            "case": case,
            **facts_of(case),
            **beyond_the_rule(case, user),
            "file": file,
            "talk": file.stretch(reels=WHOLE) if "talk" in request.GET else file.stretch(),
            "find": find,
            "side": request.GET.get("side", ""),
            "photos_only": "photos" in request.GET,
            "is_open": is_open,
            "statement": veiled(case.statement),
            "answer": veiled(case.answer),
            "history": docket,
            "timeline": timeline(case, file.exhibits, file.talk, differences, docket, veiled),
            "stages": stages(case),
            "standing": standing(case, Side.PLATFORM, deadlines, now=now),
            "more_time": []
            if is_barred
            else more_time(
                case, deadlines, user, now=now, tried=extend if isinstance(extend, Extend) else None
            ),
            "stoppable": [] if is_barred else stoppable(case, deadlines, user, now=now),
            "desk_sentence": desk_sentence(case),
            "actions": [action for action in actions if action.name not in BESIDE_THE_RULING],
            "duties": lines_of(
                case, user, Side.PLATFORM, deadlines, tried=fulfil, decision=report_form, now=now
            ),
            "is_deciding": is_deciding,
            "on_appeal": on_appeal,
            "uphold_form": (tried or {}).get("uphold") or Uphold(),
            "ruling_form": form,
            "in_the_way": in_the_way or [],
            "writing": written,
            "templates": offered(case) if is_deciding else [],
            "ruling": ruling,
            "versions": versions_of(issued) if on_appeal or len(issued) > 1 else [],
            "is_held_back": case.is_held_back(now),
            "last_sent": case.submissions.select_related("author", "decided_by").last(),
            "may_approve": may_take(case, "approve", user),
            "asks_two": case.needs_second_person or file.was_used_before,
            "two_reviewers": [each.code for each in case.book.rules.values() if each.two_reviewers],
            "may_retract": may_take(case, "retract", user),
            "recallable_until": recallable_until(ruling)
            if ruling and may_recall(ruling, user) and now < recallable_until(ruling)
            else None,
            "recalled": recalled,
            "proposing": proposing(case, user, points_form),
            "requests": requests,
            "exchange": exchange_of(case),
            "meters": meters(case, file.exhibits, requests),
            "tried": tried or {},
            "may_admit": may_admit(case, user),
            "may_flag": user.is_arbitrating,
            "may_open": may_open(case, user),
            "may_claim": may_take(case, "claim", user) and not is_barred,
            "hand_over": HandOver() if may_take(case, "reassign", user) else None,
        },
        status=status,
    )


def sought(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST_SEARCH]


def barred(case: Case, user: User) -> bool:
    """Whether somebody of the desk keeps out of this case; whoever holds it was asked when taking it."""
    return (
        not case.has_ended
        and hearer_or_supervising(case, user)
        and case.holder_id != user.pk
        and is_close_to(case, user)
    )


def decides(case: Case, user: User) -> bool:
    return case.state == State.REVIEWING and its_holder(case, user)


@guarded("case_talk")
def case_talk(request: HttpRequest, reference: str) -> HttpResponse:
    """The conversation from one reel on, for the script that fetches what the page left out."""
    case, user = case_for(request, reference), person(request)
    start = request.GET.get("from", "")[:5]
    veiled = veil_for(case, user, timezone.now())
    file = case_file(case, user, find=sought(request), veiled=veiled)
    talk = file.stretch(int(start) if start.isdecimal() else 0, PORTION)
    return render(
        request,
        "portal/arbitrator/_reels.html",
        {"case": case, "talk": talk, "find": sought(request), "is_deciding": decides(case, user)},
    )


@guarded("unmask")
def unmask(request: HttpRequest, reference: str) -> HttpResponse:
    """Show this reader the case unmasked for an hour, for a reason that is kept."""
    case = case_for(request, reference)
    reason = request.POST.get("reason", "")[:300].replace("\0", "")
    disclose(case, by=person(request), reason=reason, now=timezone.now())
    return redirect(f"{reverse('case', args=[reference])}#chat")


@guarded("act")
def act(request: HttpRequest, reference: str, transition: str) -> HttpResponse:
    """Take one step: form, verb, redirect. What was typed in vain comes back with the page."""
    if transition not in TRANSITIONS:
        raise Http404
    case, user, now = case_for(request, reference), person(request), timezone.now()
    if transition in SEND_OUT:
        return send_out(request, case, transition)
    form = form_of(transition, case, request.POST)
    if form is None:
        raise without_a_form(case, transition, user)
    if not form.is_valid():
        if user.is_arbitrating and may_take(case, transition, user):
            return workspace(request, case, tried={transition: form}, status=400)
        sentence = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return render(request, "400.html", {"sentence": sentence}, status=400)
    form.perform(case, by=user, now=now)
    return redirect("queue" if transition in LEAVES_THE_DESK else page_of(request, case))


@guarded("extend")
def extend(request: HttpRequest, reference: str) -> HttpResponse:
    """The desk gives more time for one open deadline."""
    case, form = case_for(request, reference), Extend(request.POST)
    if not form.is_valid():
        return workspace(request, case, tried={"extend": form}, status=400)
    form.perform(case, by=person(request), now=timezone.now())
    messages.success(request, _("More time is given; both sides read why."))
    return redirect("case", case.reference)


def without_a_form(case: Case, transition: str, user: User) -> Exception:
    """Why a step that no form leads to is not taken: it is somebody else's, the clock's, or has no page yet."""
    if (transition, case.state) in STEPS and not may_take(case, transition, user):
        return PermissionDenied()
    refusal = why_not(case, transition)
    return Refused(refusal or _("This step is not offered here."))


def page_of(request: HttpRequest, case: Case) -> str:
    names = {Role.BUYER: "buyer_case", Role.MERCHANT: "merchant_case"}
    return reverse(names.get(Role(person(request).role), "case"), args=[case.reference])


# The steps a text goes out by: at once, or past a second person.
SEND_OUT = {"issue": issue_ruling, "submit_for_approval": submit_for_approval}


def send_out(request: HttpRequest, case: Case, step: str) -> HttpResponse:
    user = person(request)
    if not may_take(case, step, user):
        advance(case, step, by=user, now=timezone.now())  # raises why not
    form, draft, in_the_way = typed_ruling(case, user, request.POST)
    if draft is None or in_the_way:
        return workspace(request, case, ruling_form=form, in_the_way=in_the_way, status=400)
    now = timezone.now()
    keep(request, case, saved(request.POST), now)  # what it comes back to
    SEND_OUT[step](case, by=user, draft=draft, now=now)
    return redirect("case", case.reference)


@guarded("ruling_preview")
def ruling_preview(request: HttpRequest, reference: str) -> HttpResponse:
    """Exactly what both sides will read, beside what issuing it sets going."""
    case, user, now = case_for(request, reference, held=True), person(request), timezone.now()
    if case.state != State.REVIEWING:
        raise Refused(_("A ruling can only be issued while the case is under review."))
    helping = helped(request.POST, case)
    kept = keep(request, case, helping or saved(request.POST), now)
    if kept.other is not None:
        return redirect(f"{reverse('case', args=[reference])}#ruling")
    if helping is not None:
        return workspace(request, case, ruling_form=form_for(case, user, start=helping))
    form, draft, in_the_way = typed_ruling(case, user, request.POST)
    if draft is None or in_the_way:
        return workspace(request, case, ruling_form=form, in_the_way=in_the_way, status=400)
    return render(
        request,
        "portal/ruling/preview.html",
        {
            "case": case,
            "paper": paper_of(
                case,
                draft,
                exhibits=Exhibit.objects.filter(case=case),
                messages=Message.objects.filter(case=case),
            ),
            "second_look": second_look(case, draft),
            "consequences": consequences(case, draft, now=now),
            "typed": carried(request.POST),
        },
    )


@guarded("ruling_draft")
def ruling_draft(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep what is being typed; answers when it was kept."""
    try:
        case = case_for(request, reference, held=True)
    except PermissionDenied:
        raise Refused(_("You no longer hold this case; your text was not saved here.")) from None
    now = timezone.now()
    kept = keep(request, case, saved(request.POST), now)
    told = {"saved_at": f"{now.astimezone(BEIJING):%H:%M:%S}", "revision": kept.revision}
    if kept.other is None:
        return JsonResponse(told)
    reason = _("Another window of yours changed this ruling. Both texts are kept:")
    both = {"words": _("look at both"), "address": reverse("case", args=[reference]) + "#ruling"}
    return JsonResponse({"reason": reason, "leads": both}, status=409)


def keep(request: HttpRequest, case: Case, typed: dict[str, Any], now: datetime) -> Draft:
    """Save what was typed, for the page it was typed on and the revision that page began with."""
    stated = request.POST.get("revision", "")[:9]
    revision = int(stated) if stated.isdecimal() else None
    window = kept_text(request.POST.get("window", ""))[:16]
    return save_draft(
        case, by=person(request), draft=typed, now=now, revision=revision, window=window
    )


@guarded("draft_choice")
def draft_choice(request: HttpRequest, reference: str) -> HttpResponse:
    """Take a text that stands beside one's own, or leave it."""
    case, now = case_for(request, reference, held=True), timezone.now()
    take = "take" in request.POST
    text = request.POST.get("take" if take else "leave", "")[:12]
    choose_draft(case, by=person(request), text=text, take=take, now=now)
    return redirect(f"{reverse('case', args=[reference])}#ruling")
