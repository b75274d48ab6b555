"""The buyer's pages: their cases, and how one of them stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import Refused
from cases.lifecycle import OPEN_TO_EVIDENCE, Side, may_take, why_not
from cases.models import Case, Ruling
from evidence.models import Exhibit
from portal.access import case_for, guarded, person
from portal.appealing import APPEAL_STEPS, appeal_box, bring, done
from portal.dossier import claim_in_words, evidence_asked, evidence_of, rejection_of
from portal.duties import lines_of
from portal.exhibits import tell
from portal.forms import taken
from portal.forms.parties import Extend, Step, Withdraw
from portal.forms.uploads import Delivery, deliver, sent_since
from portal.more_time import more_time
from portal.offering import DONE as OFFERED
from portal.offering import OFFER_STEPS, exchange_of, on_the_table
from portal.paper import links
from portal.standing import shelf, stages, standing
from portal.versions import told_versions

BUYER_STEPS = (
    APPEAL_STEPS
    | OFFER_STEPS
    | {
        "request_intervention",
        "supply_evidence",
        "send_return",
        "confirm_delivery",
        "report_goods",
        "withdraw",
        "extend",
    }
)


@guarded("buyer_home")
def buyer_home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "portal/buyer/home.html",
        {"shelf": shelf(person(request), Side.BUYER, request.GET, now=timezone.now())},
    )


@guarded("buyer_case")
def buyer_case(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_for(request, reference)
    now = timezone.now()
    return act(request, case, now) if request.method == "POST" else show(request, case, now)


def act(request: HttpRequest, case: Case, now: datetime) -> HttpResponse:
    """Keep the files that came along, then take the step that was asked for, if any."""
    step = request.POST.get("step", "")
    # New evidence comes in with an appeal, so the appeal is made first.
    delivery = Delivery() if step == "appeal" else deliver(request, case, now=now)
    if step not in BUYER_STEPS:
        if delivery.refused or not delivery.kept:
            refusal = "" if delivery.refused else _("No file was chosen.")
            return show(
                request, case, now, delivery=delivery, refusal=refusal, status=delivery.status
            )
        tell(request, delivery)
        return redirect(f"{request.path}#evidence")
    form = taken(step, case, request.POST)
    if delivery.refused or not form.is_valid():
        return show(request, case, now, form=form, delivery=delivery, status=delivery.status)
    form.exhibits = [receipt.exhibit.label for receipt in delivery.kept]
    form.began_at = sent_since(request, case, now=now)
    try:
        form.perform(case, by=person(request), now=now)
    except Refused as refusal:
        fresh = case_for(request, case.reference)
        return show(request, fresh, now, form=form, refusal=str(refusal), status=409)
    messages.success(request, DONE[step]() if step in DONE else done(step))
    if step == "appeal":
        bring(request, case_for(request, case.reference), now=now)
    return redirect(request.path)


DONE = OFFERED | {
    "request_intervention": lambda: _(
        "The platform has stepped in. The merchant's time to answer runs."
    ),
    "supply_evidence": lambda: _("The arbitrator knows that everything is sent."),
    "send_return": lambda: _("The merchant is told that the goods are on their way."),
    "confirm_delivery": lambda: _("Thank you. The merchant is told that the goods are with you."),
    "report_goods": lambda: _("The desk knows; the clock stands still until it has decided."),
    "withdraw": lambda: _("The case is withdrawn."),
    "extend": lambda: _("Your word on more time is recorded."),
}


def show(
    request: HttpRequest,
    case: Case,
    now: datetime,
    *,
    form: Step | None = None,
    delivery: Delivery | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    user = person(request)
    deadlines = list(case.deadlines.open().with_pauses().with_extensions())
    shown = list(Exhibit.objects.visible_to(user).filter(case=case).order_by("number"))
    own = [exhibit for exhibit in shown if exhibit.side == Side.BUYER and not exhibit.with_appeal]
    asked_now = evidence_asked(case, Side.BUYER, deadlines)
    takes_evidence = case.state in OPEN_TO_EVIDENCE
    ruling = case.told_ruling(now)
    return render(
        request,
        "portal/buyer/case.html",
        {
            "case": case,
            **claim_in_words(case),
            "standing": standing(case, Side.BUYER, deadlines, now=now),
            "more_time": more_time(
                case, deadlines, user, now=now, tried=form if isinstance(form, Extend) else None
            ),
            "stages": stages(case),
            "may_intervene": may_take(case, "request_intervention", user),
            "may_withdraw": may_take(case, "withdraw", user),
            "why_not_withdraw": why_not(case, "withdraw"),
            "asked_now": asked_now,
            "takes_evidence": takes_evidence,
            **(evidence_of(case, Side.BUYER, asked_now, shown) if takes_evidence else {}),
            "own": own,
            "theirs": [exhibit for exhibit in shown if exhibit.side != Side.BUYER],
            "form": form if isinstance(form, Withdraw) else Withdraw(),
            "duties": lines_of(case, user, Side.BUYER, deadlines, tried=form, now=now),
            "delivery": delivery,
            "refusal": refusal,
            "ruling": ruling,
            "versions": told_versions(case, now),
            "appeals": appeal_box(case, Side.BUYER, deadlines, shown, now=now, tried=form),
            "findings": findings_of(ruling, shown) if ruling else [],
            "rejection": rejection_of(case),
            **on_the_table(case, Side.BUYER, user, deadlines, exchange_of(case), form),
        },
        status=status,
    )


def findings_of(ruling: Ruling, shown: list[Exhibit]) -> list[dict[str, Any]]:
    """The findings with each citation as a link where this person may look at what it names."""
    lead = links(ruling.case, shown)
    return [
        finding
        | {
            "citations": [
                {"label": label, "url": lead(label)} for label in finding.get("citations", [])
            ]
        }
        for finding in ruling.findings
    ]
