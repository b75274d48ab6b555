"""Goods that did not come, or not as they should."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import ShopMember
from cases import cashier, sweep
from cases.actions import (
    Finding,
    Refused,
    confirm_delivery,
    confirm_receipt,
    decide_report,
    give_address,
    report_goods,
    send_return,
    ship,
)
from cases.lifecycle import State
from cases.models import Case, Deadline, Notice, Recovery
from tests.factories import PARCEL, draft

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMPTY = "包裹里是空盒子。"
WHY = "照片和运单重量都对得上。"


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def step_of(case: Case, step: str):
    return case.duties.get(step=step)


@pytest.fixture
def shipped(case_in, merchant, now) -> Case:
    """The merchant says that it has sent the goods again."""
    case = case_in(State.EXECUTING, requested_remedy="reship")
    ship(case, by=merchant, **PARCEL, now=now)
    return fresh(case)


@pytest.fixture
def sent_back(case_in, buyer, merchant, now) -> Case:
    """The buyer says that the goods are on their way back."""
    case = case_in(State.EXECUTING, category="quality", requested_remedy="return_refund")
    give_address(case, by=merchant, address="上海", now=now)
    send_return(fresh(case), by=buyer, **PARCEL, now=now)
    return fresh(case)


def reported(case: Case, by, now) -> Case:
    duty = case.duties.now_due().get(side="buyer" if by == case.buyer else "merchant")
    report_goods(case, by=by, duty=duty.number, text=EMPTY, now=now)
    return fresh(case)


def test_a_report_stops_the_clock_and_puts_the_case_before_the_desk(
    shipped, buyer, supervisor, now
):
    case = reported(shipped, buyer, now)

    line = case.events.last()
    assert (line.name, line.actor, line.facts["text"]) == ("report_goods", buyer, EMPTY)
    clocks = case.deadlines.open().values_list("kind", "party", "is_paused")
    assert sorted(clocks) == [
        ("buyer_receipt", "buyer", True),
        ("goods_report", "platform", False),
    ]
    told = Notice.objects.filter(case=case, name="report_goods")
    assert {(each.user, each.shop) for each in told} == {(None, case.shop), (supervisor, None)}
    assert sweep.run(now + 60 * DAY)["confirm_delivery"] == 0
    assert fresh(case).state == State.EXECUTING


def test_a_report_found_right_has_the_platform_pay_first(shipped, buyer, supervisor, now):
    case = reported(shipped, buyer, now)

    decide_report(case, by=supervisor, holds=True, reason=WHY, now=now)
    cashier.relay(now)

    case = fresh(case)
    assert (case.state, case.refunded) == (State.CLOSED, Decimal("280.00"))
    assert step_of(case, "delivery").outcome == "advanced"
    assert Recovery.objects.get(case=case).amount == Decimal("280.00")
    assert case.events.get(name="uphold_report").facts["reason"] == WHY
    assert not case.deadlines.open().exists()


def test_goods_that_came_back_wrong_are_owed_nothing_for(sent_back, merchant, arbitrator, now):
    case = reported(sent_back, merchant, now)

    decide_report(case, by=arbitrator, holds=True, reason=WHY, now=now)

    case = fresh(case)
    assert (case.state, case.refunded) == (State.CLOSED, Decimal(0))
    assert step_of(case, "payment").outcome == "lapsed"


def test_a_report_that_is_not_followed_lets_the_time_run_on(shipped, buyer, arbitrator, now):
    case = reported(shipped, buyer, now)
    before = shipped.deadlines.open().get(kind="buyer_receipt").due_at

    decide_report(case, by=arbitrator, holds=False, reason=WHY, now=now + DAY)

    clock = case.deadlines.open().get()
    assert (clock.kind, clock.is_paused, clock.due_at) == ("buyer_receipt", False, before + DAY)
    with pytest.raises(Refused):
        report_goods(
            fresh(case), by=buyer, duty=step_of(case, "delivery").number, text="再说", now=now + DAY
        )
    assert sweep.run(clock.due_at + DAY)["confirm_delivery"] == 1
    assert fresh(case).state == State.CLOSED


def test_goods_that_come_after_all_are_confirmed_and_the_report_is_gone(shipped, buyer, now):
    case = reported(shipped, buyer, now)

    confirm_delivery(case, by=buyer, now=now)

    assert fresh(case).state == State.CLOSED
    report = Deadline.objects.get(case=case, kind="goods_report")
    assert report.outcome == Deadline.Outcome.CANCELLED


def test_a_receipt_confirmed_on_an_older_page_does_not_come_on_top(shipped, buyer, arbitrator, now):
    case = reported(shipped, buyer, now)
    older = fresh(case)
    decide_report(case, by=arbitrator, holds=True, reason=WHY, now=now)

    with pytest.raises(Exception, match="moved this case first"):
        confirm_delivery(older, by=buyer, now=now)
    confirm_delivery(fresh(case), by=buyer, now=now)
    cashier.relay(now)

    assert step_of(case, "delivery").outcome == "advanced"


@pytest.fixture
def two_parcels(case_in, buyer, merchant, now) -> Case:
    """One to be sent again, which is on its way, and one in exchange for what comes back first."""
    both = draft(
        outcome="full",
        remedies=("RM-RESHIP", "RM-EXCH"),
        amount=Decimal(0),
        findings=(Finding("一只碎了，一只颜色不对。", "W-01", ("E-01",)),),
    )
    case = case_in(State.EXECUTING, category="wrong_item", requested_remedy="exchange", ruling=both)
    give_address(case, by=merchant, address="上海", now=now)
    send_return(fresh(case), by=buyer, **PARCEL, now=now)
    ship(fresh(case), by=merchant, **PARCEL, now=now)
    return fresh(case)


def the_other_is_sent(case: Case, merchant, now) -> Case:
    confirm_receipt(fresh(case), by=merchant, now=now)
    ship(fresh(case), by=merchant, **PARCEL, now=now)
    return fresh(case)


def carried_on(case: Case, start) -> Case:
    for number in range(1, 10):
        sweep.run(start + number * 10 * DAY)
        cashier.relay(start + number * 10 * DAY)
    return fresh(case)


def test_what_else_is_on_its_way_arrives_once_a_report_was_found_right(
    two_parcels, buyer, merchant, supervisor, now
):
    case = the_other_is_sent(two_parcels, merchant, now)
    first = case.duties.filter(step="delivery").first()
    report_goods(case, by=buyer, duty=first.number, text=EMPTY, now=now)

    decide_report(fresh(case), by=supervisor, holds=True, reason=WHY, now=now)

    assert not case.deadlines.open().get(kind="buyer_receipt").is_paused
    assert carried_on(case, now).state == State.CLOSED


def test_another_parcel_sets_no_clock_running_that_a_report_has_stopped(
    two_parcels, buyer, merchant, supervisor, now
):
    case = reported(two_parcels, buyer, now)

    case = the_other_is_sent(case, merchant, now + HOUR)

    assert case.deadlines.open().get(kind="buyer_receipt").is_paused
    assert carried_on(case, now).state == State.EXECUTING
    decide_report(fresh(case), by=supervisor, holds=False, reason=WHY, now=now + 100 * DAY)
    assert carried_on(case, now + 100 * DAY).state == State.CLOSED


def test_whoever_holds_the_case_is_told_that_its_time_runs_out(
    case_in, buyer, merchant, arbitrator, supervisor, now
):
    held = draft(outcome="full", remedies=("RM-RESHIP",), amount=Decimal(0))
    case = case_in(State.EXECUTING, requested_remedy="reship", ruling=held)
    ship(case, by=merchant, **PARCEL, now=now)
    reported(fresh(case), buyer, now)
    clock = case.deadlines.open().get(kind="goods_report")

    sweep.run(clock.rung_at)

    warned = Notice.objects.filter(case=case, name="warn")
    assert {each.user for each in warned} == {case.holder or supervisor}


@pytest.mark.parametrize("who", ["merchant", "rival_buyer", "arbitrator"])
def test_only_whoever_waits_for_the_goods_reports(shipped, request, who, now):
    duty = step_of(shipped, "delivery").number

    with pytest.raises((PermissionDenied, Refused)):
        report_goods(shipped, by=request.getfixturevalue(who), duty=duty, text=EMPTY, now=now)

    assert not shipped.events.filter(name="report_goods").exists()


@pytest.mark.parametrize("text", ["", " "])
def test_a_report_says_what_is_wrong(shipped, buyer, now, text):
    duty = step_of(shipped, "delivery").number

    with pytest.raises(Refused):
        report_goods(shipped, by=buyer, duty=duty, text=text, now=now)


def test_a_report_a_second_late_is_refused_even_before_the_sweep(shipped, buyer):
    due = shipped.deadlines.open().get().due_at

    with pytest.raises(Refused):
        reported(shipped, buyer, due + timedelta(seconds=1))


def test_goods_that_were_not_sent_cannot_be_reported(case_in, buyer, now):
    case = case_in(State.EXECUTING, requested_remedy="reship")

    with pytest.raises(Refused):
        report_goods(case, by=buyer, duty=step_of(case, "delivery").number, text=EMPTY, now=now)


@pytest.mark.parametrize("who", ["buyer", "merchant", "auditor"])
def test_only_the_desk_decides(shipped, buyer, request, who, now):
    case = reported(shipped, buyer, now)

    with pytest.raises(PermissionDenied):
        decide_report(case, by=request.getfixturevalue(who), holds=True, reason=WHY, now=now)


def test_who_worked_for_the_shop_does_not_decide(shipped, shop, buyer, arbitrator, now):
    ShopMember.objects.create(shop=shop, user=arbitrator, role="staff", ended_at=now - DAY)

    with pytest.raises(Refused):
        decide_report(reported(shipped, buyer, now), by=arbitrator, holds=True, reason=WHY, now=now)


def test_it_is_decided_once_and_with_a_reason(shipped, buyer, arbitrator, now):
    case = reported(shipped, buyer, now)
    with pytest.raises(Refused):
        decide_report(case, by=arbitrator, holds=True, reason=" ", now=now)

    decide_report(fresh(case), by=arbitrator, holds=True, reason=WHY, now=now)

    with pytest.raises(Refused):
        decide_report(fresh(case), by=arbitrator, holds=False, reason=WHY, now=now)
    assert case.money.count() == 1
