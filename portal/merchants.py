"""The merchant's pages: their cases, and the one on which they answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from cases.actions import Refused
from cases.lifecycle import OPEN_TO_EVIDENCE, Side, State, may_take, why_not
from cases.models import Case, DeadlineKind, Event, EvidenceRequest, Ruling
from evidence.models import Exhibit
from portal.access import case_for, guarded, person
from portal.appealing import APPEAL_STEPS, appeal_box, bring, done
from portal.dossier import claim_in_words, evidence_asked, evidence_of, rejection_of
from portal.duties import lines_of
from portal.exhibits import tell
from portal.forms import taken
from portal.forms.offering import MakeOffer
from portal.forms.parties import LONGEST_STATEMENT, Extend, Respond, Step
from portal.forms.uploads import Delivery, deliver, sent_since
from portal.more_time import more_time
from portal.offering import DONE as OFFERED
from portal.offering import OFFER_STEPS, cost_of_agreeing, exchange_of, on_the_table
from portal.standing import shelf, stages, standing
from portal.templatetags.portal import money
from portal.versions import told_versions

MERCHANT_STEPS = (
    APPEAL_STEPS
    | OFFER_STEPS
    | {
        "respond",
        "concede",
        "supply_evidence",
        "give_address",
        "confirm_receipt",
        "report_goods",
        "ship",
        "fulfil",
        "refund",
        "extend",
    }
)
# What the merchant did last, where its receipt says it in these words.
IN_WORDS = {
    "concede": gettext_noop("Your agreement to the claim"),
    "appeal": gettext_noop("Your appeal"),
    "answer_appeal": gettext_noop("Your answer to the appeal"),
    "give_address": gettext_noop("The address for the return"),
    "confirm_receipt": gettext_noop("Your word that the goods arrived"),
    "report_goods": gettext_noop("Your report about the goods"),
    "ship": gettext_noop("Your word that the goods are sent"),
    "fulfil": gettext_noop("Your word that it is done"),
    "refund": gettext_noop("Your order to pay the buyer"),
}
OF_EITHER_SIDE = ("supply_evidence", "supplied", *APPEAL_STEPS)
RECEIPTS = ("respond", "late_answer", "answer_in_time", *IN_WORDS.keys() - APPEAL_STEPS)
LEADS_TO = {"extend": ""} | dict.fromkeys(OFFER_STEPS, "#exchange")


@dataclass(frozen=True)
class Choice:
    """One way to answer. `why_not` is the sentence that says why it cannot be chosen now."""

    step: str
    title: str
    note: str
    why_not: str | None = None
    is_chosen: bool = False


@guarded("merchant_home")
def merchant_home(request: HttpRequest) -> HttpResponse:
    user = person(request)
    return render(
        request,
        "portal/merchant/home.html",
        {
            "shelf": shelf(user, Side.MERCHANT, request.GET, now=timezone.now()),
            "shops": [each.shop for each in user.memberships_now()],
        },
    )


@guarded("merchant_case")
def merchant_case(request: HttpRequest, reference: str) -> HttpResponse:
    case = case_for(request, reference)
    now = timezone.now()
    return answer(request, case, now) if request.method == "POST" else show(request, case, now)


def answer(request: HttpRequest, case: Case, now: datetime) -> HttpResponse:
    """Keep the files that came along, then take the step; text typed in vain comes back with the page."""
    step = request.POST.get("step", "")
    # New evidence comes in with an appeal, so the appeal is made first.
    delivery = Delivery() if step == "appeal" else deliver(request, case, now=now)
    if step not in MERCHANT_STEPS:
        return only_files(request, case, delivery, now)
    form = taken(step, case, request.POST)
    if delivery.refused or not form.is_valid():
        return show(request, case, now, form=form, delivery=delivery, status=delivery.status)
    form.began_at = sent_since(request, case, now=now)
    form.exhibits = [receipt.exhibit.label for receipt in delivery.kept]
    try:
        form.perform(case, by=person(request), now=now)
    except Refused as refusal:
        fresh = case_for(request, case.reference)
        return show(request, fresh, now, form=form, refusal=str(refusal), status=409)
    if step in APPEAL_STEPS:
        messages.success(request, done(step))
    if step == "appeal":
        bring(request, case_for(request, case.reference), now=now)
    if step in OFFER_STEPS:
        messages.success(request, OFFERED[step]())
    return redirect(request.path + LEADS_TO.get(step, "#receipt"))


def only_files(request: HttpRequest, case: Case, delivery: Delivery, now: datetime) -> HttpResponse:
    """A page sent with files alone, or with nothing at all."""
    if delivery.refused or not delivery.kept:
        sentence = "" if delivery.refused else _("Choose how you answer.")
        return show(request, case, now, delivery=delivery, refusal=sentence, status=delivery.status)
    tell(request, delivery)
    return redirect(request.path)


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
    own = [
        exhibit for exhibit in shown if exhibit.side == Side.MERCHANT and not exhibit.with_appeal
    ]
    asked_now = evidence_asked(case, Side.MERCHANT, deadlines)
    task = task_of(case, asked_now)
    takes_evidence = case.state in OPEN_TO_EVIDENCE
    due, receipt = answer_was_due(case), receipt_of(case)
    over = due is not None and now > due
    ruling = case.told_ruling(now)
    offered = on_the_table(case, Side.MERCHANT, user, deadlines, exchange_of(case), form)
    return render(
        request,
        "portal/merchant/case.html",
        {
            "case": case,
            **claim_in_words(case),
            "task": task,
            "standing": standing(case, Side.MERCHANT, deadlines, now=now),
            "more_time": more_time(
                case, deadlines, user, now=now, tried=form if isinstance(form, Extend) else None
            ),
            "stages": stages(case),
            "was_due": due if task == "answer" and over else None,
            "choices": choices(case, form, over) if task in ("answer", "settle") else [],
            **(evidence_of(case, Side.MERCHANT, asked_now, shown) if takes_evidence else {}),
            "asked_now": asked_now,
            "own": own,
            "theirs": [exhibit for exhibit in shown if exhibit.side != Side.MERCHANT],
            "takes_evidence": takes_evidence,
            "form": form if isinstance(form, Respond) else Respond(),
            "errors": form.errors if form is not None else {},
            "longest": LONGEST_STATEMENT,
            "delivery": delivery,
            "refusal": refusal,
            "duties": lines_of(case, user, Side.MERCHANT, deadlines, tried=form, now=now),
            "receipt": receipt,
            "receipt_is_past": is_past(
                receipt, bool(asked_now or offered["table"] or case.is_held_back(now)), ruling
            ),
            "receipt_words": _(IN_WORDS[receipt.name])
            if receipt and receipt.name in IN_WORDS
            else "",
            "rejection": rejection_of(case),
            **offered,
            "agreeing": agreeing(case, user, over),
            "ruling": ruling,
            "versions": told_versions(case, now),
            "appeals": appeal_box(case, Side.MERCHANT, deadlines, shown, now=now, tried=form),
        },
        status=status,
    )


def task_of(case: Case, asked_now: EvidenceRequest | None) -> str:
    """What the page is for: settle, answer, supply, or only follow."""
    if asked_now is not None:
        return "supply"
    if case.state == State.NEGOTIATING:
        return "settle"
    if case.state in OPEN_TO_EVIDENCE and case.answered_at is None:
        return "answer"
    return "follow"


def answer_was_due(case: Case) -> datetime | None:
    clocks = case.deadlines.filter(kind=DeadlineKind.MERCHANT_RESPONSE).order_by("-opened_at")
    return clocks.values_list("due_at", flat=True).first()


def choices(case: Case, form: Step | None, over: bool) -> list[Choice]:
    """The two ways on beside agreeing, see `agreeing`. `over`: the time to answer is."""
    contest = None if case.state != State.NEGOTIATING else why_not(case, "respond")
    no_offer = why_no_offer_now(case, over)
    offers = no_offer is None and (contest is not None or isinstance(form, MakeOffer))
    return [
        Choice(
            "offer",
            _("Offer another amount"),
            _(
                "The buyer accepts, declines or makes a counter-offer. Your time stands still meanwhile."
            ),
            no_offer,
            is_chosen=offers,
        ),
        Choice(
            "respond",
            _("Disagree and send evidence"),
            _("An arbitrator decides by the rulebook."),
            contest,
            is_chosen=contest is None and not offers,
        ),
    ]


@dataclass(frozen=True)
class Agreeing:
    """Agreeing to the whole claim in one tap: its label, what it costs, and why it cannot be had now."""

    label: str
    costs: list[str]
    why_not: str | None


def agreeing(case: Case, user: User, over: bool) -> Agreeing | None:
    if not may_take(case, "concede", user):
        return None
    amount = money(case.requested_amount)
    label = (
        _("Agree and refund %(amount)s") % {"amount": amount}
        if case.requested_amount
        else _("Agree to what is asked")
    )
    return Agreeing(label, cost_of_agreeing(case), may_concede(case, over))


def why_no_offer_now(case: Case, over: bool) -> str | None:
    if over and case.state == State.AWAITING_MERCHANT:
        return _("The time to answer is over. An arbitrator decides now.")
    if not case.book.offerable(case.ruled_by):
        return _("The rule knows nothing two sides could settle on.")
    return why_not(case, "offer")


def may_concede(case: Case, over: bool) -> str | None:
    """None when the merchant may still agree, else the sentence that says why not."""
    if over and case.state == State.AWAITING_MERCHANT:
        return _("The time to answer is over. An arbitrator decides now.")
    return why_not(case, "concede")


def receipt_of(case: Case) -> Event | None:
    """The docket line of what the merchant did last."""
    acts = Q(name__in=RECEIPTS) | Q(name__in=OF_EITHER_SIDE, facts__side=Side.MERCHANT)
    return case.events.filter(acts, actor__isnull=False).order_by("-number").first()


def is_past(receipt: Event | None, asked: bool, ruling: Ruling | None) -> bool:
    """Whether something newer than the receipt is what the merchant comes for."""
    told_since = ruling is not None and receipt is not None and ruling.told_at > receipt.at
    return asked or told_since
