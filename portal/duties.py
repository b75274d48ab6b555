"""What each side still owes after a decision, line by line: the step, its clock, what follows, its one button."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from cases.actions.hearing import is_close_to
from cases.actions.reporting import may_decide_report
from cases.duties import ARRIVALS, DECIDED, OPEN
from cases.execution import Duty, MoneyCommand
from cases.lifecycle import STEPS, Side, State, may_take, why_not
from cases.models import Case, Deadline
from evidence.disclosure import veil
from portal.clocks import Clock
from portal.forms import form_of
from portal.forms.parties import ReportGoods, Step
from portal.forms.reports import DecideReport
from portal.rule_words import on_return_freight, said
from portal.standing import clock_of
from portal.templatetags.portal import money

D = Duty.Step
# Step → what is to happen, whoever reads it.
TITLES: dict[str, str] = {
    D.ADDRESS: _("The merchant names the address for the return"),
    D.RETURN: _("The buyer sends the goods back"),
    D.RECEIPT: _("The merchant confirms that they arrived"),
    D.PAYMENT: _("%(remedy)s: %(amount)s to the buyer"),
    D.SHIPMENT: _("%(remedy)s: the merchant sends the goods"),
    D.DELIVERY: _("%(remedy)s: the goods reach the buyer"),
    D.DEED: "%(remedy)s",
    D.PLATFORM: "%(remedy)s",
}
# Step → the transition that does it.
BUTTONS: dict[str, str] = {
    D.ADDRESS: "give_address",
    D.RETURN: "send_return",
    D.RECEIPT: "confirm_receipt",
    D.PAYMENT: "refund",
    D.SHIPMENT: "ship",
    D.DELIVERY: "confirm_delivery",
    D.DEED: "fulfil",
    D.PLATFORM: "fulfil",
}


@dataclass(frozen=True)
class Line:
    """`status` is next, now, paying, failed, done, advanced or lapsed; a form is there for whose turn it is."""

    duty: Duty
    title: str
    status: str
    note: str
    evidence: str
    clock: Clock | None
    zero: str
    step: str = ""
    button: str = ""
    form: Step | None = None
    report: Step | None = None  # to say that the goods did not come or are wrong
    decision: DecideReport | None = None  # the desk's word on that

    @property
    def icon(self) -> str:
        icons = {"done": "check", "advanced": "shield", "lapsed": "cross", "failed": "over"}
        return icons.get(self.status, "dot" if self.status == "next" else "clock")


def lines_of(
    case: Case,
    user: User,
    side: str,
    deadlines: Sequence[Deadline],
    *,
    tried: Step | None = None,
    decision: DecideReport | None = None,
    now: datetime,
) -> list[Line]:
    """The duties of the case as this person reads them; `deadlines` are its open ones.

    `tried` and `decision` are forms that were sent in vain.
    """
    if case.state not in (State.EXECUTING, State.CLOSED):
        return []
    duties = list(case.duties.select_related("command", "after"))
    clocks = {each.pk: each for each in deadlines}
    unpaid = [duty for duty in duties if status_of(duty) == "now" and duty.step == D.PAYMENT]
    lines = []
    for duty in duties:
        status = status_of(duty)
        deadline = clocks.get(duty.deadline_id or 0)
        clock = clock_of(case, deadline, side, now=now) if deadline and status == "now" else None
        step = BUTTONS[duty.step]
        offered = status == "now" and is_theirs(case, duty, user, step) and duty not in unpaid[1:]
        due = sum((each.amount for each in unpaid), Decimal(0))
        note = note_of(case, duty, status)
        if duty.step == D.RETURN and duty.done_at is None:
            note = " ".join(filter(None, [note, freight_of(case, duties)]))
        shown = (duty, title_of(case, duty), status, note)
        facts = (words_of(case, duty), clock, zero_of(duty, clock))
        if offered:
            form = tried if is_about(tried, step, duty, case) else form_of(step, case)
            if form is not None:
                form.auto_id = f"duty{duty.number}_%s"
            button = button_of(duty, step, due)
            report = report_of(duty, tried)
            lines.append(Line(*shown, *facts, step, button, form, report))
        elif status == "now" and OPEN in duty.evidence and is_to_decide(case, user):
            lines.append(Line(*shown, *facts, decision=decision or DecideReport()))
        else:
            lines.append(Line(*shown, *facts))
    return lines


def status_of(duty: Duty) -> str:
    if duty.done_at is not None:
        return duty.outcome
    command = getattr(duty, "command", None)
    if command is not None:
        return "failed" if command.state == MoneyCommand.State.FAILED else "paying"
    return "now" if duty.opened_at is not None else "next"


def is_theirs(case: Case, duty: Duty, user: User, step: str) -> bool:
    its_side = (duty.side == Side.PLATFORM) == user.is_case_staff
    return its_side and may_take(case, step, user) and why_not(case, step) is None


def is_about(tried: Step | None, step: str, duty: Duty, case: Case) -> bool:
    """Whether what was typed in vain was typed for this line."""
    if tried is None or type(tried) is not type(form_of(step, case)):
        return False
    return step != "fulfil" or tried.data.get("duty") == str(duty.number)


def is_to_decide(case: Case, user: User) -> bool:
    return may_decide_report(case, user) and not is_close_to(case, user)


def report_of(duty: Duty, tried: Step | None) -> Step | None:
    """The form to say what is wrong with goods that are awaited; of each duty it is said once."""
    if duty.step not in ARRIVALS or OPEN in duty.evidence or DECIDED in duty.evidence:
        return None
    is_here = isinstance(tried, ReportGoods) and tried.data.get("duty") == str(duty.number)
    form = tried if tried is not None and is_here else ReportGoods()
    form.auto_id = f"report{duty.number}_%s"
    return form


def title_of(case: Case, duty: Duty) -> str:
    remedy = case.book.remedies[duty.remedy].title.in_language(get_language() or "en")
    return gettext(TITLES[duty.step]) % {"remedy": remedy, "amount": money(duty.amount)}


def button_of(duty: Duty, step: str, due: Decimal) -> str:
    if duty.step == D.PAYMENT:
        return gettext("Pay the buyer %(amount)s") % {"amount": money(due)}
    return gettext(STEPS[step, State.EXECUTING].label)


def note_of(case: Case, duty: Duty, status: str) -> str:
    """One sentence on where it stands, if its clock does not say it."""
    if status == "paying":
        return gettext("The payment is ordered. The clock stands still until it has gone through.")
    if status == "failed":
        return gettext(
            "The payment did not go through. The platform sees to it; the clock stands still."
        )
    if status == Duty.Outcome.ADVANCED:
        return gettext("The platform paid %(amount)s first and takes it back from the shop.") % {
            "amount": money(duty.amount)
        }
    if status == Duty.Outcome.LAPSED:
        return pgettext("duty", "No longer owed")
    if status == "next":
        return gettext("Follows when the step before is done.")
    if OPEN in duty.evidence:
        return gettext(
            "Something was reported about the goods. The clock stands still until the desk has decided."
        )
    if duty.step == D.RETURN and duty.side == Side.BUYER and not case.return_address:
        return gettext("Keep the goods ready: the time to send them begins with the address.")
    return ""


def freight_of(case: Case, duties: Sequence[Duty]) -> str:
    """Who pays for the way back, as ruled or else by the rule; nothing where it is among the duties."""
    outside = on_return_freight(case.book, (duty.remedy for duty in duties))
    if not outside:
        return ""
    ruling = case.ruling
    bearer = case.book.freight[ruling.freight if ruling else case.ruled_by.freight]
    told = gettext("Freight: %(freight)s.") % {"freight": said(bearer.title)}
    return f"{told} {outside}"


def words_of(case: Case, duty: Duty) -> str:
    """What shows that it was done."""
    facts: dict[str, Any] = duty.evidence
    command = getattr(duty, "command", None)
    parts = [facts.get(name, "") for name in ("carrier", "tracking", "exhibit")]
    said = (facts.get(name, "") for name in ("note", OPEN, DECIDED))
    parts[2:2] = [veil(case)(each) for each in said]
    if duty.step == D.ADDRESS and duty.done_at is not None:
        parts.append(case.return_address)
    if command is not None and command.reference:
        parts.append(gettext("Payment %(reference)s") % {"reference": command.reference})
    return " · ".join(part for part in parts if part)


def zero_of(duty: Duty, clock: Clock | None) -> str:
    """What happens when its time is over, with the amount where one is paid instead."""
    if clock is None:
        return ""
    if duty.step in (D.SHIPMENT, D.DEED):
        if not duty.amount:
            return gettext("After that it counts as not done, which is recorded against the shop.")
        return gettext(
            "After that the platform pays the buyer %(amount)s instead and takes it back from the shop."
        ) % {"amount": money(duty.amount)}
    return clock.zero
