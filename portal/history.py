"""The docket in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from cases.execution import MoneyCommand
from cases.ledger import Measure
from cases.models import Case, Event
from cases.rulebook import Bilingual
from evidence.disclosure import as_is
from evidence.masking import masked
from portal.permissions import PARTIES
from portal.templatetags.portal import points_in_words

# How `take_back` reads where the case stayed where it was.
NOT_TAKEN = _("noted that the staff's time is exceeded by half")
SENTENCES: dict[str, str] = {
    "file": _("filed the case"),
    "request_intervention": _("asked the platform to step in"),
    "respond": _("contested the claim"),
    "late_answer": _("answered late"),
    "answer_in_time": _("answered in time"),
    "concede": _("agreed to the claim"),
    "escalate": _("let the case go on: the merchant did not answer in time"),
    "claim": _("took the case"),
    "release": _("put the case back"),
    "reassign": _("gave the case to %(holder)s"),
    "skip": _("passed over the case"),
    "request_evidence": _("asked for further evidence"),
    "supplied": _("said that everything is sent"),
    "supply_evidence": _("said that everything is sent; the review goes on"),
    "lapse_evidence": _("let the review go on without the evidence asked for"),
    "exhibit": _("submitted %(label)s"),
    "confirm_chat_log": _("confirmed how %(label)s reads"),
    "withdraw_exhibit": _("withdrew %(label)s"),
    "retype_exhibit": _("said that %(label)s shows: %(shows)s"),
    "open_original": _("opened the original of %(label)s"),
    "unmask": _("read names, numbers and addresses unmasked"),
    "match_confirmed": _("confirmed that %(label)s is the photo in %(other)s"),
    "match_coincidence": _("judged that %(label)s only looks like the photo in %(other)s"),
    "admit_late": _("admitted %(label)s, which came late"),
    "leave_out_late": _("left out %(label)s, which came late"),
    "integrity_failed": _("found a file of %(label)s that is no longer what was sealed"),
    "integrity_restored": _("found the file of %(label)s whole again"),
    "export_case": _("took a copy of the whole case"),
    "export_docket": _("took a copy of the docket"),
    "offer": _("offered to settle for another amount"),
    "propose": _("proposed a settlement"),
    "counter": _("made a counter-offer"),
    "accepted_offer": _("accepted the offer; the other side is asked"),
    "accept": _("accepted the offer: the case is settled"),
    "decline": _("let the offer go"),
    "submit_for_approval": _("sent the ruling for approval"),
    "send_back": _("returned the ruling with comments"),
    "take_over": _("took the case over instead of approving"),
    "retract": _("took the ruling back from approval"),
    "approve": _("approved the ruling"),
    "appeal": _("appealed"),
    "answer_appeal": _("answered the appeal"),
    "lapse_appeal_answer": _("let the appeal go to its decision: the time to answer it is over"),
    "correct_ruling": _("corrected a clerical error: %(old_code)s became %(code)s"),
    "uphold": _("upheld the ruling"),
    "overturn": _("overturned the ruling"),
    "propose_penalty": _("proposed penalty points"),
    "penalty_approved": _("approved the penalty"),
    "penalty_refused": _("refused the penalty"),
    "penalty_seconded": _("said yes to the penalty; a second officer has to look"),
    "penalty_lapsed": _("let the proposed penalty lapse: nobody decided in time"),
    "penalty_voided": _("voided the penalty: the ruling it rested on is gone"),
    "penalty_posted": _("posted the points to the shop's ledger"),
    "penalty_reopened": _("asked a second officer: by now these points would expel the shop"),
    "record_silence": _("recorded that the shop did not answer in time"),
    "measure_begun": _("let a measure begin: %(measure)s"),
    "measure_ended": _("let a measure end: %(measure)s"),
    "appeal_penalty": _("appealed against the penalty"),
    "penalty_upheld": _("kept the points after the shop's appeal"),
    "penalty_cancelled": _("took the points off again after the shop's appeal"),
    "decide_by_default": _("decided by default, under rule %(rule)s"),
    "audit": _("looked at the clock's ruling"),
    "stop_clock": _("let a deadline stand still for a while"),
    "let_clock_run": _("let the deadline go on"),
    "extend": _("gave more time"),
    "ask_extension": _("asked for more time; the other side has to agree"),
    "warn": _("warned: three quarters of the staff's time are used"),
    "flag_late": _("put the case at the top of the queue: the staff's time is used up"),
    "take_back": _("took the case back: the staff's time was exceeded by half"),
    "tell_the_head": _("told the head of the desk: the staff has taken twice its time"),
    "issue": _("issued the ruling"),
    "recall": _("took the ruling back before the parties were told"),
    "finalize": _("made the ruling final"),
    "give_address": _("gave the address for the return"),
    "send_return": _("sent the goods back: %(carrier)s %(tracking)s"),
    "confirm_receipt": _("had the goods counted as received"),
    "refund": _("had the buyer paid out of the money held"),
    "ship": _("sent the goods to the buyer: %(carrier)s %(tracking)s"),
    "confirm_delivery": _("had the goods counted as delivered"),
    "fulfil": _("reported done what was promised"),
    "settled": _("settled a payment: %(payment)s"),
    "payment_failed": _("could not settle a payment: %(payment)s"),
    "pay_again": _("had a failed payment tried again: %(payment)s"),
    "repaid": _("entered a repayment of the shop"),
    "report_goods": _("reported that goods did not come or are wrong"),
    "uphold_report": _("found the report about the goods right"),
    "dismiss_report": _("did not follow the report about the goods"),
    "forfeit_return": _("went on without the goods: they were not sent back in time"),
    "enforce": _("has the platform pay first, in the merchant's place"),
    "complete": _("closed the case as carried out"),
    "platform_pause": _("paused the clocks of many cases"),
    "end_platform_pause": _("ended the pause of many cases early"),
    "withdraw": _("withdrew the case"),
    "flag_gap": _("found a gap in the rules"),
    "close_gap": _("closed the gap in the rules"),
    "ask_override": _("asked for a remedy outside the rule: %(remedy)s"),
    "grant_override": _("allowed a remedy outside the rule: %(remedy)s"),
    "refuse_override": _("refused a remedy outside the rule: %(remedy)s"),
    "reject": _("did not accept the case"),
}


# Steps whose reason is a code of the rulebook.
CODED = ("reject", "release", "skip")
FILLED = ("label", "rule", "carrier", "tracking", "code", "old_code")


@dataclass(frozen=True)
class HistoryLine:
    number: int
    at: datetime
    who: str
    sentence: str
    detail: str
    hash: str


def history(case: Case, veiled: Callable[[str], str], **which: Any) -> list[HistoryLine]:
    """Every line of the docket, newest first; `which` picks some of them."""
    events = case.events.filter(**which).select_related("actor").order_by("-number")
    return in_words(list(events), veiled)


def in_words(events: list[Event], veiled: Callable[[str], str] = masked) -> list[HistoryLine]:
    """`veiled` strikes out what this reader need not know of the parties and of what they typed."""
    named = names(event.facts["holder"] for event in events if "holder" in event.facts)
    return [
        HistoryLine(
            number=event.number,
            at=event.at,
            who=who(event.actor, veiled),
            sentence=gettext(words_of(event)) % blanks(event, named),
            detail=veiled(detail(event)),
            hash=event.hash[:12],
        )
        for event in events
    ]


def who(actor: User | None, veiled: Callable[[str], str] = masked) -> str:
    if actor is None:
        return gettext("The clock")
    is_veiled = actor.role in PARTIES and veiled is not as_is
    return actor.masked_name if is_veiled else str(actor)


def words_of(event: Event) -> str:
    if event.name == "take_back" and not event.to_state:
        return NOT_TAKEN
    return SENTENCES.get(event.name, event.name)


def names(keys: Iterable[int]) -> dict[int, str]:
    """Of the people lines speak of; asks only when there are any."""
    wanted = set(keys)
    return {each.pk: str(each) for each in User.objects.filter(pk__in=wanted)} if wanted else {}


def blanks(event: Event, named: dict[int, str]) -> dict[str, Any]:
    facts = event.facts
    # Whoever may read this docket need not know the other case by its number.
    is_here = facts.get("other_case") == event.case.reference
    return {
        **{name: facts.get(name, "") for name in FILLED},
        "shows": shown(event),
        "measure": Measure.Kind(facts["measure"]).label if facts.get("measure") else "",
        "payment": MoneyCommand.Kind(facts["kind"]).label if "payment" in facts else "",
        "holder": named.get(facts.get("holder", 0), ""),
        "remedy": remedy_of(event),
        "other": facts.get("other", "") if is_here else gettext("another case"),
    }


def shown(event: Event) -> str:
    """The kind of evidence a line speaks of, in words."""
    if "shows" not in event.facts:
        return ""
    kind = event.case.book.evidence_types.get(event.facts["shows"])
    return kind.title.in_language(get_language() or "en") if kind else gettext("anything else")


def remedy_of(event: Event) -> str:
    """The remedy a line speaks of, in words."""
    kind = event.case.book.remedies.get(event.facts.get("remedy", ""))
    return kind.title.in_language(get_language() or "en") if kind else ""


def detail(event: Event) -> str:
    """What was said with the act: a reason in words, a note, an amount."""
    facts = event.facts
    parts = [str(facts[name]) for name in ("note", "text") if facts.get(name)]
    if facts.get("reason"):
        parts.insert(0, reason_of(event))
    if facts.get("reason_en"):
        public = Bilingual(zh=facts["reason_zh"], en=facts["reason_en"])
        parts.append(public.in_language(get_language() or "en"))
    if facts.get("points"):
        parts.append(points_in_words(facts.get("kind", ""), facts["points"]))
    if facts.get("amount") and facts["amount"] != "0.00":
        parts.append(f"¥{facts['amount']}")
    if facts.get("claimed_type"):
        types = {"claimed": facts["claimed_type"], "found": facts["found_type"]}
        parts.append(gettext("sent as %(claimed)s, is %(found)s") % types)
    if facts.get("late"):
        parts.append(gettext("late"))
    if facts.get("began_at"):
        began_at = timezone.localtime(datetime.fromisoformat(facts["began_at"]))
        parts.append(gettext("Started %(at)s, counted in time") % {"at": f"{began_at:%H:%M}"})
    return " · ".join(parts)


def reason_of(event: Event) -> str:
    """The reason that was given, a code of the rulebook in words."""
    reason, language = str(event.facts["reason"]), get_language() or "en"
    if event.name not in CODED:
        return reason
    book = event.case.book
    if reason in book.reject_reasons:
        return book.reject_reasons[reason].title.in_language(language)
    coded = book.release_reasons.get(reason)
    return coded.in_language(language) if coded else reason
