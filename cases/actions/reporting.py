"""Goods that did not come, or not as they should: whoever waits for them says so, and the desk decides.

Meanwhile the clock that would count them as arrived stands still. What was said stays with the duty: under
`OPEN` until it is decided, under `DECIDED` afterwards; of each duty there is one report.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from cases import deadlines, docket, duties, notices
from cases.actions.executing import is_late, pay_first
from cases.actions.hearing import refuse_the_close
from cases.actions.passage import Refused, close_if_carried_out, lock, own_side
from cases.duties import DECIDED, OPEN
from cases.execution import Duty
from cases.lifecycle import Side, State, hearer_unless_held_or_supervising, other_side
from cases.models import Case, Deadline, DeadlineKind, Event

K = DeadlineKind.GOODS_REPORT


@transaction.atomic
def report_goods(
    case: Case, *, by: User, duty: int, text: str, exhibit: str = "", now: datetime
) -> Event:
    """Whoever waits for goods says that they did not come or are not what they should be."""
    lock(case)
    side = own_side(case, by)
    awaited = case.duties.now_due().filter(
        number=duty, side=side, step__in=duties.ARRIVALS, command=None
    )
    goods = awaited.select_related("deadline").first()
    if case.state != State.EXECUTING or goods is None:
        raise Refused(_("No goods are on their way to you now."))
    if OPEN in goods.evidence or DECIDED in goods.evidence:
        raise Refused(_("This was reported already; the desk decides on it once."))
    if deadlines.open_of(case, K) is not None:
        raise Refused(_("Another report is with the desk; it is decided first."))
    if is_late(goods, now):
        raise Refused(_("The time is over: the goods count as arrived."))
    if not text.strip():
        raise Refused(_("Say in a few words what is wrong."))
    _write(goods, goods.evidence | {OPEN: text.strip(), "exhibit": exhibit})
    deadlines.pause(case, duties.TASKS[goods.step][1] or "", reason=OPEN, now=now)
    deadlines.open_deadline(case, K, Side.PLATFORM, now=now)
    facts = {"duty": duty, "text": text.strip(), "exhibit": exhibit}
    line = _enter(case, "report_goods", by, now, **facts)
    notices.queue(case, "report_goods", (other_side(side), Side.PLATFORM), now=now)
    if case.holder_id is None:
        notices.queue_for(case, "report_goods", notices.leads(), now=now)
    return line


def may_decide_report(case: Case, by: User) -> bool:
    return hearer_unless_held_or_supervising(case, by)


@transaction.atomic
def decide_report(case: Case, *, by: User, holds: bool, reason: str, now: datetime) -> Event:
    """The desk finds the report right, or lets the time run on.

    Right of goods for the buyer, the platform pays their value first. Right of goods for the merchant,
    nothing is owed for them any more.
    """
    lock(case)
    if not may_decide_report(case, by):
        raise PermissionDenied
    refuse_the_close(case, by)
    waiting = case.duties.now_due().select_related("after")
    goods = next((each for each in waiting if OPEN in each.evidence), None)
    if goods is None:
        raise Refused(_("Nothing is reported about the goods, or it is decided already."))
    if not reason.strip():
        raise Refused(_("Give the reason: both sides read it."))
    said, kind = dict(goods.evidence), duties.TASKS[goods.step][1] or ""
    _write(goods, {DECIDED: said.pop(OPEN), **said})
    deadlines.close(case, K, outcome=Deadline.Outcome.MET, now=now)
    if not holds:
        deadlines.resume(case, kind, now=now)
    elif goods.step == Duty.Step.DELIVERY:
        goods.amount = goods.after.amount if goods.after else duties.NOTHING
        Duty.objects.filter(pk=goods.pk).update(amount=goods.amount)
        pay_first(case, goods, now)
        if case.duties.now_due().filter(deadline=goods.deadline_id, command=None).exists():
            deadlines.resume(case, kind, now=now)
    else:
        duties.lapse(iter([goods, *duties.following(goods)]), now=now)
    name = "uphold_report" if holds else "dismiss_report"
    line = _enter(case, name, by, now, duty=goods.number, reason=reason.strip())
    notices.queue(case, name, (Side.BUYER, Side.MERCHANT), now=now)
    close_if_carried_out(Case.objects.get(pk=case.pk), now=now)
    return line


def _write(goods: Duty, evidence: dict[str, Any]) -> None:
    goods.evidence = evidence
    Duty.objects.filter(pk=goods.pk).update(evidence=evidence)


def _enter(case: Case, name: str, by: User, now: datetime, **facts: Any) -> Event:
    """The version too: a receipt confirmed on an older page must not come on top of it."""
    Case.objects.filter(pk=case.pk).update(version=F("version") + 1)
    line = docket.append(case, name, actor=by, at=now, **facts)
    deadlines.keep_earliest(case)
    return line
