"""Every kind of deadline: how long, in whose hours, what opens it, and what follows when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from cases import cashier, docket, sweep
from cases.actions import (
    Refused,
    confirm_receipt,
    file_case,
    give_address,
    refund,
    send_return,
)
from cases.lifecycle import MoneyState, State
from cases.models import Case, DeadlineKind, Recovery
from cases.terms import TERMS, window_of, working
from tests.factories import NOW, draft, filing

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
GOODS_COME_BACK = {"category": "quality", "requested_remedy": "return_refund"}


def open_kinds(case: Case) -> list[tuple[str, bool]]:
    return list(case.deadlines.open().order_by("kind").values_list("kind", "is_paused"))


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_the_table_has_terms_for_every_kind():
    assert set(TERMS) == set(DeadlineKind.values)


@pytest.mark.parametrize(
    ("kind", "hours", "of_the_desk"),
    [
        ("negotiation", 48, False),
        ("merchant_response", 48, False),
        ("default_decision", 1 / 6, False),
        ("evidence_supplement", 48, False),
        ("offer_answer", 24, False),
        ("ruling_target", 48, True),
        ("approval", 12, True),
        ("appeal_window", 7 * 24, False),
        ("appeal_answer", 48, False),
        ("appeal_decision", 3 * 12, True),
        ("buyer_return", 7 * 24, False),
        ("merchant_receipt", 10 * 24, False),
        ("execution", 24, False),
        ("penalty_approval", 3 * 12, True),
    ],
)
def test_windows_are_the_rulebooks(case_in, kind, hours, of_the_desk):
    case = case_in(State.QUEUED)

    assert window_of(case, kind) == timedelta(hours=hours)
    assert (working(case, kind) is not None) == of_the_desk


def test_fresh_goods_are_negotiated_in_a_day(buyer, shop, now):
    case = file_case(filing(buyer, shop, category="fresh"), by=buyer, now=now)

    assert case.deadlines.get().due_at == now + DAY


def test_the_staffs_target_runs_in_desk_hours_over_a_holiday(case_in):
    eve = datetime(2026, 9, 30, 10, 0, tzinfo=UTC)  # 18:00 in Beijing; the desk closes at 21:00

    case = case_in(State.QUEUED, now=eve)

    # 1 to 7 October are the National Day holiday: 3 hours on the eve, 12 a day from the 8th on.
    # Saturday the 10th is worked to make up for it; 48 hours end at 18:00 on Monday the 12th.
    target = case.deadlines.running().get()
    assert target.due_at == datetime(2026, 10, 12, 10, 0, tzinfo=UTC)


def test_a_silent_merchant_in_negotiation_brings_the_platform_in(case_in):
    case = case_in(State.NEGOTIATING)

    assert sweep.run(case.due_at)["request_intervention"] == 0
    done = sweep.run(case.due_at + SECOND)

    assert done["request_intervention"] == 1
    assert fresh(case).state == State.AWAITING_MERCHANT
    assert open_kinds(case) == [("merchant_response", False)]
    assert case.events.last().actor is None


# --- Carrying out -----------------------------------------------------------------------------------


def test_a_refund_that_is_not_made_is_paid_by_the_platform_and_booked(case_in, shop):
    case = case_in(State.EXECUTING)

    late = case.due_at + SECOND
    assert sweep.run(case.due_at)["enforce"] == 0
    assert sweep.run(late)["enforce"] == 1
    assert sweep.run(late + HOUR)["enforce"] == 0
    assert cashier.relay(late) == 1

    stored = fresh(case)
    assert (stored.state, stored.money_state) == (State.CLOSED, MoneyState.ADVANCED)
    assert stored.refunded == Decimal("280.00")
    booked = Recovery.objects.get()
    assert (booked.case, booked.shop, booked.amount) == (stored, shop, Decimal("280.00"))
    assert booked.booked_at == late
    assert open_kinds(case) == []
    assert next(docket.verify([stored]))[2] is None


def test_a_refund_made_in_time_books_nothing(case_in, merchant, now):
    case = case_in(State.EXECUTING)

    refund(case, by=merchant, now=now)
    cashier.relay(now)

    assert fresh(case).money_state == MoneyState.REFUNDED
    assert list(Recovery.objects.all()) == []


def test_the_buyers_time_to_return_stands_still_until_there_is_an_address(case_in, merchant):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)
    assert open_kinds(case) == [("buyer_return", True), ("return_address", False)]
    assert case.due_at == NOW + 48 * HOUR  # the merchant's time to name the address

    give_address(case, by=merchant, address="上海市仓库一号", now=NOW + 5 * HOUR)

    assert open_kinds(case) == [("buyer_return", False)]
    assert fresh(case).due_at == NOW + 5 * HOUR + 7 * DAY


def test_a_merchant_who_names_no_address_pays_without_getting_the_goods(case_in):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)

    assert sweep.run(case.due_at + SECOND)["enforce"] == 1
    cashier.relay(case.due_at + SECOND)

    assert (fresh(case).state, fresh(case).money_state) == (State.CLOSED, MoneyState.ADVANCED)


def test_goods_not_sent_back_in_time_close_the_case_for_the_merchant(case_in, merchant, now):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)
    give_address(case, by=merchant, address="上海", now=now)
    due = fresh(case).due_at

    assert sweep.run(due)["forfeit_return"] == 0
    assert sweep.run(due + SECOND)["forfeit_return"] == 1
    cashier.relay(due + SECOND)

    stored = fresh(case)
    assert (stored.state, stored.money_state) == (State.CLOSED, MoneyState.RELEASED)
    assert stored.refunded == 0


def test_the_way_back_step_by_step_ends_in_the_refund(case_in, buyer, merchant, now):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)

    give_address(case, by=merchant, address="上海", now=now)
    send_return(fresh(case), by=buyer, carrier="顺丰", tracking="SF1", now=now + HOUR)
    assert open_kinds(case) == [("merchant_receipt", False)]
    assert fresh(case).due_at == now + HOUR + 10 * DAY
    confirm_receipt(fresh(case), by=merchant, now=now + 2 * HOUR)
    assert fresh(case).due_at == now + 26 * HOUR
    refund(fresh(case), by=merchant, now=now + 3 * HOUR)
    cashier.relay(now + 3 * HOUR)

    assert fresh(case).money_state == MoneyState.REFUNDED
    steps = ("give_address", "send_return", "confirm_receipt", "refund", "settled", "complete")
    names = tuple(case.events.order_by("number").values_list("name", flat=True))
    assert names[-7:] == (*steps, "settled")  # the last one: the rest of the money goes to the shop


def test_a_receipt_nobody_confirms_counts_as_received(case_in, buyer, merchant, now):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)
    give_address(case, by=merchant, address="上海", now=now)
    send_return(fresh(case), by=buyer, carrier="顺丰", tracking="SF1", now=now)

    assert sweep.run(fresh(case).due_at + SECOND)["confirm_receipt"] == 1

    assert open_kinds(case) == [("execution", False)]


def test_an_exchange_gives_the_merchant_more_time_than_a_refund(case_in, buyer, merchant, now):
    case = case_in(State.EXECUTING, category="quality", requested_remedy="exchange")
    give_address(case, by=merchant, address="上海", now=now)
    send_return(fresh(case), by=buyer, carrier="顺丰", tracking="SF1", now=now)

    confirm_receipt(fresh(case), by=merchant, now=now)

    assert fresh(case).due_at == now + 72 * HOUR


def test_a_ruling_for_goods_alone_is_not_done_by_itself(case_in):
    ruling = draft(outcome="full", remedies=("RM-RESHIP",), amount=Decimal(0))
    case = case_in(State.RULED, requested_remedy="reship", ruling=ruling)

    done = sweep.run(case.due_at + SECOND)

    assert (done["finalize"], done["complete"]) == (1, 0)
    assert open_kinds(case) == [("shipment", False)]


@pytest.mark.parametrize("words", ["", "  "])
def test_an_address_and_a_parcel_need_words(case_in, buyer, merchant, now, words):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)

    with pytest.raises(Refused):
        give_address(case, by=merchant, address=words, now=now)
    give_address(case, by=merchant, address="上海", now=now)
    with pytest.raises(Refused):
        send_return(fresh(case), by=buyer, carrier="顺丰", tracking=words, now=now)


def test_strangers_carry_nothing_out(case_in, rival_buyer, rival_merchant, merchant, now):
    case = case_in(State.EXECUTING, **GOODS_COME_BACK)

    with pytest.raises(PermissionDenied):
        give_address(case, by=rival_merchant, address="上海", now=now)
    give_address(case, by=merchant, address="上海", now=now)
    with pytest.raises(PermissionDenied):
        send_return(fresh(case), by=rival_buyer, carrier="顺丰", tracking="1", now=now)
