"""What a decision asks of each side: every step in its turn, by whom it is, in time, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from cases import cashier, docket, sweep
from cases.actions import (
    Finding,
    Refused,
    complete,
    confirm_delivery,
    fulfil,
    give_address,
    refund,
    send_return,
    ship,
)
from cases.lifecycle import MoneyState, State
from cases.models import Case, Notice, Recovery
from tests.factories import carry_out, draft

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
BY_ITS_NUMBER = {"carrier": "顺丰", "tracking": "SF9"}
RESHIP = {"requested_remedy": "reship"}
EXCHANGE = {"category": "quality", "requested_remedy": "exchange"}
RETURN = {"category": "quality", "requested_remedy": "return_refund"}
INVOICE = {"category": "invoice", "requested_remedy": "fulfilment"}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def duties(case: Case) -> list[tuple[str, str, str]]:
    return list(case.duties.values_list("step", "side", "outcome"))


def open_steps(case: Case) -> list[str]:
    return list(case.duties.now_due().values_list("step", flat=True))


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


# --- What a remedy asks for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "steps"),
    [
        ({}, ["payment"]),
        (RETURN, ["address", "return", "receipt", "payment"]),
        (RESHIP, ["shipment", "delivery"]),
        (EXCHANGE, ["address", "return", "receipt", "shipment", "delivery"]),
        (INVOICE, ["deed"]),
    ],
)
def test_a_remedy_becomes_its_steps(case_in, facts, steps):
    case = case_in(State.EXECUTING, **facts)

    assert [step for step, _side, _outcome in duties(case)] == steps


@pytest.mark.parametrize("facts", [{}, RETURN, RESHIP, EXCHANGE, INVOICE])
def test_every_way_ends_in_a_closed_case_with_every_duty_done(case_in, merchant, now, facts):
    case = case_in(State.EXECUTING, **facts)

    closed = carry_out(case, by=merchant, now=now)

    assert closed.state == State.CLOSED
    assert {outcome for _step, _side, outcome in duties(case)} == {"done"}
    assert not case.deadlines.open().exists()
    assert whole(case)


def test_two_remedies_have_a_clock_each_and_both_are_needed_to_close(case_in, merchant, now):
    ruling = draft(
        remedies=("RM-RESHIP", "RM-PART"),
        amounts={"RM-PART": "80.00"},
        amount=Decimal("80.00"),
    )
    case = case_in(State.EXECUTING, ruling=ruling)
    began = case.deadlines.open().get(kind="execution").opened_at
    windows = {each.kind: each.window for each in case.deadlines.open()}
    assert windows == {"execution": DAY, "shipment": 3 * DAY}

    refund(case, by=merchant, now=began)
    cashier.relay(began)
    assert fresh(case).state == State.EXECUTING

    assert carry_out(case, by=merchant, now=began).state == State.CLOSED


def test_nobody_closes_a_case_in_which_something_is_left_to_do(case_in, merchant, now):
    case = case_in(State.EXECUTING)

    with pytest.raises(PermissionDenied):
        complete(case, by=merchant, now=now)
    with pytest.raises(Refused):
        complete(case, by=None, now=now)


# --- Goods to the buyer ------------------------------------------------------------------------------


def test_goods_sent_again_are_confirmed_by_the_buyer(case_in, buyer, merchant, now):
    case = case_in(State.EXECUTING, **RESHIP)

    ship(case, by=merchant, **BY_ITS_NUMBER, now=now)
    assert open_steps(case) == ["delivery"]
    assert fresh(case).due_at == now + 10 * DAY
    confirm_delivery(fresh(case), by=buyer, now=now + DAY)

    assert fresh(case).state == State.CLOSED
    assert case.duties.get(step="shipment").evidence == BY_ITS_NUMBER
    assert case.duties.get(step="delivery").done_by == buyer
    assert Notice.objects.filter(name="ship", user=buyer).count() == 1


def test_a_delivery_nobody_confirms_counts_as_received_once(case_in, merchant, now):
    case = case_in(State.EXECUTING, **RESHIP)
    ship(case, by=merchant, **BY_ITS_NUMBER, now=now)
    due = fresh(case).due_at

    assert sweep.run(due)["confirm_delivery"] == 0
    done = sweep.run(due + SECOND)
    assert (done["confirm_delivery"], done["complete"]) == (1, 1)
    assert sweep.run(due + HOUR)["confirm_delivery"] == 0

    assert fresh(case).state == State.CLOSED


def test_goods_that_are_not_sent_are_paid_for_by_the_platform(case_in, shop):
    case = case_in(State.EXECUTING, **RESHIP)
    late = case.due_at + SECOND

    assert sweep.run(case.due_at)["enforce"] == 0
    assert sweep.run(late)["enforce"] == 1
    cashier.relay(late)

    assert duties(case) == [("shipment", "merchant", "advanced"), ("delivery", "buyer", "lapsed")]
    assert (fresh(case).state, fresh(case).money_state) == (State.CLOSED, MoneyState.ADVANCED)
    assert Recovery.objects.get().amount == Decimal("280.00")
    assert whole(case)


@pytest.mark.parametrize(
    "facts", [{"carrier": " ", "tracking": "1"}, {"carrier": "顺丰", "tracking": ""}]
)
def test_a_parcel_has_a_carrier_and_a_number(case_in, merchant, now, facts):
    with pytest.raises(Refused):
        ship(case_in(State.EXECUTING, **RESHIP), by=merchant, **facts, now=now)


# --- Deeds -------------------------------------------------------------------------------------------


def test_a_deed_is_reported_with_what_shows_it(case_in, merchant, now):
    case = case_in(State.EXECUTING, **INVOICE)

    fulfil(case, by=merchant, duty=1, note="发票已寄出", exhibit="E-02", now=now)

    done = case.duties.get()
    assert (done.outcome, done.done_by) == ("done", merchant)
    assert done.evidence == {"note": "发票已寄出", "exhibit": "E-02"}
    assert fresh(case).state == State.CLOSED


def test_a_deed_without_a_word_is_not_reported(case_in, merchant, now):
    with pytest.raises(Refused):
        fulfil(case_in(State.EXECUTING, **INVOICE), by=merchant, duty=1, note=" ", now=now)


def test_what_the_platform_owes_its_desk_reports_and_the_shop_does_not(
    case_in, arbitrator, merchant, supervisor, now
):
    found = Finding("The buyer asked for money.", "B-03", ("E-01",))
    ruling = draft(
        outcome="part",
        remedies=("RM-REVDEL",),
        amount=Decimal(0),
        findings=(found,),
        freight="FR-N",
    )
    case = case_in(State.EXECUTING, category="extortion", ruling=ruling)
    assert duties(case) == [("platform", "platform", "")]

    with pytest.raises(Refused):
        fulfil(fresh(case), by=merchant, duty=1, note="done", now=now)
    fulfil(fresh(case), by=supervisor, duty=1, note="屏蔽评价", now=now + 8 * DAY)

    assert fresh(case).state == State.CLOSED


# --- Goods back --------------------------------------------------------------------------------------


def test_without_an_address_the_platform_pays_and_the_rest_is_dropped(case_in):
    case = case_in(State.EXECUTING, **RETURN)
    late = case.due_at + SECOND

    sweep.run(late)
    cashier.relay(late)

    assert [(step, outcome) for step, _side, outcome in duties(case)] == [
        ("address", "lapsed"),
        ("return", "lapsed"),
        ("receipt", "lapsed"),
        ("payment", "advanced"),
    ]
    assert not case.deadlines.open().exists()


def test_goods_not_sent_back_end_what_hangs_on_them_and_nothing_else(case_in, merchant, now):
    found = Finding("Both.", "Q-01", ("E-01",))
    ruling = draft(
        remedies=("RM-EXCH", "RM-PART"),
        amounts={"RM-PART": "80.00"},
        amount=Decimal("80.00"),
        findings=(found,),
    )
    case = case_in(State.EXECUTING, category="quality", ruling=ruling)
    began = case.deadlines.open().get(kind="execution").opened_at
    give_address(fresh(case), by=merchant, address="上海", now=began)
    refund(fresh(case), by=merchant, now=began)
    cashier.relay(began)
    due = fresh(case).due_at

    assert sweep.run(due + SECOND)["forfeit_return"] == 1
    cashier.relay(due + SECOND)

    stored = fresh(case)
    assert (stored.state, stored.money_state) == (State.CLOSED, MoneyState.REFUNDED)
    assert stored.refunded == Decimal("80.00")
    assert case.duties.get(step="shipment").outcome == "lapsed"


# --- Who, when, twice --------------------------------------------------------------------------------

Verb = Callable[[Case, User], object]


def verbs(now) -> dict[str, tuple[dict[str, str], str, Verb]]:
    """Verb → facts of a case in which its turn has come, whose it is, and the call."""
    return {
        "give_address": (
            RETURN,
            "merchant",
            lambda case, by: give_address(case, by=by, address="上海", now=now),
        ),
        "ship": (RESHIP, "merchant", lambda case, by: ship(case, by=by, **BY_ITS_NUMBER, now=now)),
        "fulfil": (
            INVOICE,
            "merchant",
            lambda case, by: fulfil(case, by=by, duty=1, note="…", now=now),
        ),
        "refund": ({}, "merchant", lambda case, by: refund(case, by=by, now=now)),
    }


@pytest.mark.parametrize("name", ["give_address", "ship", "fulfil", "refund"])
@pytest.mark.parametrize("who", ["rival_merchant", "rival_buyer", "buyer", "auditor"])
def test_nobody_but_the_shop_does_what_the_shop_owes(case_in, request, now, name, who):
    facts, _side, verb = verbs(now)[name]
    case = case_in(State.EXECUTING, **facts)
    before = open_steps(case)

    with pytest.raises(PermissionDenied):
        verb(case, request.getfixturevalue(who))

    assert open_steps(case) == before


@pytest.mark.parametrize("name", ["give_address", "ship", "fulfil", "refund"])
def test_what_was_done_is_not_done_again(case_in, merchant, now, name):
    facts, _side, verb = verbs(now)[name]
    case = case_in(State.EXECUTING, **facts)

    verb(case, merchant)
    with pytest.raises(Refused):
        verb(fresh(case), merchant)

    assert case.events.filter(name=name).count() == 1


@pytest.mark.parametrize("name", ["give_address", "ship", "fulfil", "refund"])
def test_a_second_late_the_platform_acts_even_before_the_sweep_has_run(case_in, merchant, name):
    case = case_in(State.EXECUTING, **verbs(None)[name][0])
    late = case.due_at + SECOND

    with pytest.raises(Refused, match=r"platform|平台"):
        verbs(late)[name][2](case, merchant)


@pytest.mark.parametrize("name", ["give_address", "ship", "fulfil", "refund"])
@pytest.mark.parametrize("state", [State.RULED, State.CLOSED, State.QUEUED])
def test_before_and_after_the_execution_nothing_is_carried_out(case_in, merchant, now, name, state):
    case = case_in(state)

    with pytest.raises(Refused):
        verbs(now)[name][2](case, merchant)


def test_the_buyers_steps_are_the_buyers(case_in, buyer, merchant, rival_buyer, now):
    case = case_in(State.EXECUTING, **EXCHANGE)
    give_address(case, by=merchant, address="上海", now=now)

    for stranger in (rival_buyer, merchant):
        with pytest.raises(PermissionDenied):
            send_return(fresh(case), by=stranger, **BY_ITS_NUMBER, now=now)
    with pytest.raises(Refused):
        confirm_delivery(fresh(case), by=buyer, now=now)
    with pytest.raises(Refused):
        send_return(fresh(case), by=buyer, **BY_ITS_NUMBER, now=now + 8 * DAY)
    send_return(fresh(case), by=buyer, **BY_ITS_NUMBER, now=now)
    with pytest.raises(Refused):
        send_return(fresh(case), by=buyer, **BY_ITS_NUMBER, now=now)
