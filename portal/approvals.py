"""The second look: the rulings that wait for somebody's word, and the page on which it is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions import (
    Refused,
    RulingDraft,
    Stale,
    approve,
    send_back,
    take_over,
)
from cases.actions.approving import lines_since, waiting_in, written_by, wrote
from cases.actions.drafts import draft_from
from cases.actions.hearing import is_close_to
from cases.actions.obstacles import second_look
from cases.lifecycle import may_take, why_not
from cases.models import Case, Deadline, DeadlineKind, Ruling
from cases.proceedings import Submission, close_to
from evidence.disclosure import veil_for
from evidence.models import Exhibit, Match, Message, Viewing
from evidence.sufficiency import meters
from portal.access import case_for, guarded, person
from portal.changes import Change, changes
from portal.clocks import Clock
from portal.drafting import consequences
from portal.forms.approving import APPROVE, RETURN, SecondLook
from portal.history import HistoryLine, in_words
from portal.paper import outcome_label, paper_of, spoken
from portal.standing import row_clock
from portal.templatetags.portal import money, points_in_words

LISTED = 100
ALIKE, LATELY = 2, 300  # similar rulings shown, and of how many of the newest they are the nearest


@dataclass(frozen=True)
class Row:
    """A ruling in the list. `why_not`: why this reader gives no word on it."""

    case: Case
    author: User
    outcome: str
    draft: RulingDraft
    clock: Clock | None
    submitted_at: datetime
    why_not: str


@dataclass(frozen=True)
class Check:
    is_done: bool
    words: str


@guarded("approvals")
def approvals(request: HttpRequest) -> HttpResponse:
    user, now = person(request), timezone.now()
    waiting = Submission.objects.filter(decided_at=None).select_related(
        "author", "case__shop", "case__buyer"
    )
    found = list(waiting.order_by("submitted_at", "pk")[:LISTED])
    clocks = {
        deadline.case_id: deadline
        for deadline in Deadline.objects.running().filter(
            kind=DeadlineKind.APPROVAL, case__in=[each.case_id for each in found]
        )
    }
    shown = Case.objects.filter(pk__in=[each.case_id for each in found])
    written = set(shown.filter(written_by(user)).values_list("pk", flat=True))
    close = set(shown.filter(close_to(user)).values_list("pk", flat=True))
    rows = [
        row_of(
            each,
            clocks.get(each.case_id),
            now,
            why_not_you(each.author == user, each.case_id in written, each.case_id in close),
        )
        for each in found
    ]
    # What this person may decide comes first, and of that what is due first.
    rows.sort(key=lambda row: (bool(row.why_not), row.clock.due_at if row.clock else now))
    return render(request, "portal/ruling/approvals.html", {"rows": rows})


def why_not_you(is_author: bool, has_written: bool, is_close: bool) -> str:
    """The sentence that says why this reader gives no word on a ruling, whatever becomes of it."""
    if is_author:
        return _("You wrote it; somebody else approves.")
    if has_written:
        return _("You wrote on this ruling before; somebody else approves.")
    if is_close:
        return _("You are too close to a party of this case; somebody else approves.")
    return ""


def row_of(sent: Submission, deadline: Deadline | None, now: datetime, why_not: str) -> Row:
    draft = draft_from(sent.draft)
    return Row(
        case=sent.case,
        author=sent.author,
        outcome=outcome_label(draft.outcome),
        draft=draft,
        clock=row_clock(deadline, now),
        submitted_at=sent.submitted_at,
        why_not=why_not,
    )


@guarded("approval")
def approval(request: HttpRequest, reference: str) -> HttpResponse:
    case, user, now = case_for(request, reference), person(request), timezone.now()
    if request.method != "POST":
        return page(request, case, now)
    form = SecondLook(request.POST)
    if not form.is_valid():
        return page(request, case, now, form=form, status=400)
    decision, read = form.cleaned_data["decision"], form.cleaned_data["content"]
    try:
        if decision == APPROVE:
            approve(case, by=user, content=read, sent=form.cleaned_data["sent"], now=now)
            return redirect("case", case.reference)
        if decision == RETURN:
            send_back(case, by=user, comments=form.cleaned_data["comments"] or "", now=now)
            messages.success(request, _("Returned to its author with your comments."))
            return redirect("approvals")
        take_over(case, by=user, now=now)
        return redirect("case", case.reference)
    except Stale as stale:
        fresh = case_for(request, reference)
        return page(request, fresh, now, form=form, refusal=str(stale), read=read, status=409)
    except Refused as refusal:
        fresh = case_for(request, reference)
        return page(request, fresh, now, form=form, refusal=str(refusal), status=409)


def page(
    request: HttpRequest,
    case: Case,
    now: datetime,
    *,
    form: SecondLook | None = None,
    refusal: str = "",
    read: str = "",
    status: int = 200,
) -> HttpResponse:
    """The text as both sides will read it, and what a second person wants beside it. 409 once nothing waits."""
    user, sent = person(request), waiting_in(case)
    if sent is None:
        raise Refused(refusal or _("No ruling waits for approval here any more."))
    draft = draft_from(sent.draft)
    exhibits = list(Exhibit.objects.filter(case=case).order_by("number"))
    since = list(lines_since(sent).select_related("actor").order_by("number"))
    news = in_words(since, veil_for(case, user, timezone.now()))
    returned = case.submissions.filter(outcome=Submission.Outcome.RETURNED).last()
    was_read = text_read(case, read)
    return render(
        request,
        "portal/ruling/approval.html",
        {
            "case": case,
            "sent": sent,
            "paper": paper_of(
                case, draft, exhibits=exhibits, messages=Message.objects.filter(case=case)
            ),
            "second_look": second_look(case, draft),
            "consequences": consequences(case, draft, now=now),
            "checks": checks(case, sent, exhibits),
            "meters": meters(case, exhibits, list(case.evidence_requests.all())),
            "changes": difference(case, was_read or returned, draft),
            "was_read": was_read is not None,
            "returned": returned,
            "news": news,
            "alike": alike(case, draft, now),
            "note": draft.internal_note,
            "penalty": draft.penalty,
            "why_not": why_no_word(case, sent, user, news),
            "may_take_over": may_take(case, "take_over", user) and not is_close_to(case, user),
            "form": form or SecondLook(),
            "refusal": refusal,
        },
        status=status,
    )


def text_read(case: Case, content: str) -> Submission | None:
    """What was on the page when the button was pressed, if it is another text than the one that waits."""
    return case.submissions.filter(content_hash=content).exclude(decided_at=None).last()


def why_no_word(case: Case, sent: Submission, user: User, news: Iterable[HistoryLine]) -> str:
    """The sentence that says why this reader cannot approve; empty when they can."""
    told = why_not_you(sent.author_id == user.pk, wrote(case, user), is_close_to(case, user))
    if told:
        return told
    if news:
        return _("Something new has come in since it was sent: return it to its author.")
    return why_not(case, "approve") or ""


def difference(case: Case, before: Submission | None, draft: RulingDraft) -> list[Change]:
    return changes(parts(case, draft_from(before.draft)), parts(case, draft)) if before else []


def parts(case: Case, draft: RulingDraft) -> dict[str, str]:
    """The text in named parts, as it is compared with another one."""
    book = case.book
    remedies = (book.remedies[code].title for code in draft.remedies if code in book.remedies)
    freight = book.freight.get(draft.freight)
    findings = {
        _("Finding %(number)s") % {"number": number}: f"{each.text} "
        f"[{each.rule} · {' '.join(each.citations)}]"
        for number, each in enumerate(draft.findings, start=1)
    }
    return {
        _("Outcome"): outcome_label(draft.outcome),
        _("Remedies"): " · ".join(map(spoken, remedies)),
        _("Amount"): money(draft.amount),
        _("Freight"): spoken(freight.title) if freight else "",
        **findings,
        _("Reasons"): draft.reasons,
        _("Internal note"): draft.internal_note,
        _("Points"): penalty_in_words(draft),
    }


def penalty_in_words(draft: RulingDraft) -> str:
    if not draft.penalty:
        return ""
    points = points_in_words(draft.penalty["kind"], draft.penalty["points"])
    return f"{points} · {draft.penalty['reason']}"


def checks(case: Case, sent: Submission, exhibits: list[Exhibit]) -> list[Check]:
    """What the author's checklist stood at when the text was sent, and what it stands at now."""
    photos = [each.pk for each in exhibits if each.has_picture and each.withdrawn_at is None]
    seen = Viewing.objects.filter(user=sent.author, exhibit__in=photos).count()
    unjudged = Match.objects.filter(exhibit__case=case, mark=Match.Mark.OPEN).count()
    heard = case.answered_at is not None or case.defaulted_at is not None
    return [
        Check(
            seen == len(photos),
            _("Its author looked at %(seen)s of %(photos)s photos")
            % {"seen": seen, "photos": len(photos)},
        ),
        Check(heard, _("Both sides heard, or their time is over")),
        Check(not unjudged, _("Every photo that looks like another one was judged")),
    ]


def alike(case: Case, draft: RulingDraft, now: datetime) -> list[Ruling]:
    """Past rulings by people under the same rule, the nearest amounts first, for consistency."""
    past = (
        Ruling.objects.told(now)
        .filter(case__rule=case.rule, author__isnull=False)
        .exclude(case=case)
        .select_related("case__buyer", "author")
        .order_by("-pk")[:LATELY]
    )
    return sorted(past, key=lambda each: abs(each.amount - draft.amount))[:ALIKE]
