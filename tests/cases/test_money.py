"""The money of a case: ordered once, sent at least once, settled once, and never more than there is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from cases import cashier, docket, leases, purse, sweep
from cases.actions import Refused, pay_again, refund, repay, withdraw
from cases.execution import MoneyCommand, SimulatedPayment
from cases.gateway import Order, PaymentRefused, order_of
from cases.lifecycle import MoneyState, State
from cases.models import Case, Deadline, Recovery
from cases.purse import Overdrawn, purse_of
from cases.simulator import Mood, Simulator
from tests.factories import draft

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
S, K = MoneyCommand.State, MoneyCommand.Kind


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def commands(case: Case) -> list[tuple[str, str, Decimal]]:
    return list(case.money.order_by("ordered_at", "kind").values_list("kind", "state", "amount"))


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


@pytest.fixture
def ordered(case_in, merchant, now) -> Case:
    case = case_in(State.EXECUTING)
    refund(case, by=merchant, now=now)
    return fresh(case)


def test_a_refund_is_ordered_with_the_act_and_moves_nothing_yet(ordered, now):
    assert commands(ordered) == [("refund", "waiting", Decimal("280.00"))]
    assert (ordered.state, ordered.money_state) == (State.EXECUTING, MoneyState.HELD)
    assert ordered.refunded == 0
    assert list(SimulatedPayment.objects.all()) == []


def test_the_gateways_answer_moves_the_money_and_closes_the_case(ordered, now):
    assert cashier.relay(now) == 2

    stored = fresh(ordered)
    assert (stored.state, stored.money_state) == (State.CLOSED, MoneyState.REFUNDED)
    assert stored.refunded == Decimal("280.00")
    assert commands(ordered) == [
        ("refund", "settled", Decimal("280.00")),
        ("release", "settled", Decimal("20.00")),
    ]
    assert sorted(SimulatedPayment.objects.values_list("kind", "amount")) == [
        ("refund", Decimal("280.00")),
        ("release", Decimal("20.00")),
    ]
    assert whole(ordered)


def test_a_second_run_finds_nothing_to_send(ordered, now):
    cashier.relay(now)

    assert cashier.relay(now + HOUR) == 0
    assert set(SimulatedPayment.objects.values_list("asked", flat=True)) == {1}


def test_a_lost_answer_is_asked_for_again_and_pays_once(ordered, now):
    assert cashier.relay(now, through=Simulator(Mood.FORGETFUL)) == 0
    [(_kind, state, _amount)] = commands(ordered)
    assert state == S.SENT

    cashier.relay(now + HOUR)

    paid = SimulatedPayment.objects.get(kind="refund")
    assert (paid.asked, paid.amount) == (2, Decimal("280.00"))
    assert fresh(ordered).refunded == Decimal("280.00")


def test_an_answer_given_twice_counts_once(ordered, now):
    command = ordered.money.get()

    assert cashier.settle(command, reference="A", now=now)
    assert not cashier.settle(command, reference="B", now=now)

    assert fresh(ordered).refunded == Decimal("280.00")
    assert ordered.events.filter(name="settled").count() == 1
    assert MoneyCommand.objects.get(pk=command.pk).reference == "A"


def test_a_gateway_that_is_down_is_tried_again_after_a_pause_that_doubles(ordered, now):
    cashier.relay(now, through=Simulator(Mood.DOWN))
    assert cashier.relay(now + 59 * SECOND) == 0
    cashier.relay(now + 60 * SECOND, through=Simulator(Mood.DOWN))

    command = ordered.money.get()
    assert (command.tries, command.state) == (2, S.SENT)
    assert command.next_try_at == now + 60 * SECOND + 120 * SECOND
    assert "does not answer" in command.last_error
    assert cashier.relay(command.next_try_at) == 2


def test_after_half_a_day_of_tries_it_is_given_up_and_a_supervisor_decides(
    ordered, supervisor, now
):
    MoneyCommand.objects.update(tries=leases.MAX_FAILURES - 1)

    cashier.relay(now, through=Simulator(Mood.DOWN))
    assert ordered.money.get().state == S.FAILED
    assert cashier.relay(now + 24 * HOUR) == 0

    pay_again(ordered.money.get().pk, by=supervisor, now=now + 24 * HOUR)
    assert cashier.relay(now + 24 * HOUR) == 2
    assert fresh(ordered).money_state == MoneyState.REFUNDED


def test_a_no_of_the_gateway_is_final_until_somebody_decides(ordered, now):
    cashier.relay(now, through=Simulator(Mood.REFUSES))

    command = ordered.money.get()
    assert (command.state, command.tries) == (S.FAILED, 1)
    assert fresh(ordered).state == State.EXECUTING
    assert ordered.events.filter(name="payment_failed").count() == 1
    assert whole(ordered)


@pytest.mark.parametrize("who", ["merchant", "buyer", "arbitrator", "senior", "auditor"])
def test_only_a_supervisor_has_a_payment_tried_again(ordered, who, request, now):
    cashier.relay(now, through=Simulator(Mood.REFUSES))

    with pytest.raises(PermissionDenied):
        pay_again(ordered.money.get().pk, by=request.getfixturevalue(who), now=now)


def test_a_payment_is_not_tried_again_twice_nor_while_it_is_under_way(ordered, supervisor, now):
    with pytest.raises(Refused):
        pay_again(ordered.money.get().pk, by=supervisor, now=now)
    cashier.relay(now, through=Simulator(Mood.REFUSES))
    pay_again(ordered.money.get().pk, by=supervisor, now=now)

    with pytest.raises(Refused):
        pay_again(ordered.money.get().pk, by=supervisor, now=now)


# --- The merchant's clock ----------------------------------------------------------------------------


def test_while_a_payment_is_under_way_the_clock_stands_still(ordered, now):
    clock = ordered.deadlines.open().get(kind="execution")

    assert clock.is_paused
    assert sweep.run(clock.due_at + HOUR)["enforce"] == 0


def test_a_failed_payment_says_so_on_the_clock_which_ends_with_the_settlement(
    ordered, supervisor, now
):
    cashier.relay(now, through=Simulator(Mood.REFUSES))
    clock = ordered.deadlines.open().get(kind="execution")
    assert [pause.reason for pause in clock.pauses.filter(ended_at=None)] == ["payment_failed"]
    assert sweep.run(clock.due_at + HOUR)["enforce"] == 0

    pay_again(ordered.money.get().pk, by=supervisor, now=now + 48 * HOUR)
    cashier.relay(now + 48 * HOUR)

    ended = Deadline.objects.get(pk=clock.pk)
    assert (ended.outcome, ended.is_paused) == (Deadline.Outcome.MET, False)
    assert clock.pauses.filter(ended_at=None).count() == 0


# --- Guards ------------------------------------------------------------------------------------------


def test_a_refund_is_not_ordered_twice(ordered, merchant, now):
    with pytest.raises(Refused):
        refund(ordered, by=merchant, now=now)

    assert len(commands(ordered)) == 1


def test_the_database_knows_one_payment_a_duty_and_one_release_a_case(ordered, now):
    duty = ordered.duties.get()
    facts = {"case": ordered, "ordered_at": now, "next_try_at": now, "amount": Decimal(1)}

    with pytest.raises(IntegrityError), transaction.atomic():
        MoneyCommand.objects.create(kind=K.ADVANCE, duty=duty, of_price=True, **facts)
    MoneyCommand.objects.create(kind=K.RELEASE, of_price=False, **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        MoneyCommand.objects.create(kind=K.RELEASE, of_price=False, **facts)


def test_what_is_promised_to_the_buyer_is_not_released(ordered, now):
    with pytest.raises(Overdrawn):
        purse.order(ordered, K.RELEASE, Decimal("20.01"), now=now)

    purse.order(ordered, K.RELEASE, Decimal("20.00"), now=now)


def test_what_an_earlier_case_released_is_paid_by_the_platform_and_owed_by_the_shop(
    case_in, buyer, merchant, now
):
    first = case_in(State.AWAITING_MERCHANT)
    withdraw(first, by=buyer, reason="settled", now=now)
    cashier.relay(now)
    second = case_in(State.EXECUTING, order_number=first.order_number)

    refund(second, by=merchant, now=now)
    cashier.relay(now)

    assert commands(first) == [("release", "settled", Decimal("300.00"))]
    assert commands(second) == [("advance", "settled", Decimal("280.00"))]
    assert Recovery.objects.get(case=second).amount == Decimal("280.00")


def test_what_an_earlier_case_of_the_order_released_is_not_released_again(case_in):
    order = {"order_number": "26030001"}
    case_in(State.CLOSED, **order)
    case_in(State.WITHDRAWN, **order, requested_amount=Decimal("10"))

    released = MoneyCommand.objects.filter(kind=K.RELEASE)

    assert [each.amount for each in released] == [Decimal("20.00")]


def test_a_rival_shop_orders_no_refund(case_in, rival_merchant, now):
    case = case_in(State.EXECUTING)

    with pytest.raises(PermissionDenied):
        refund(case, by=rival_merchant, now=now)

    assert commands(case) == []


def test_a_refund_a_second_late_is_refused_even_before_the_sweep(case_in, merchant):
    case = case_in(State.EXECUTING)

    with pytest.raises(Refused):
        refund(case, by=merchant, now=case.due_at + SECOND)

    assert commands(case) == []


@pytest.mark.parametrize("state", [State.RULED, State.QUEUED, State.CLOSED])
def test_a_refund_follows_a_decision(case_in, merchant, now, state):
    with pytest.raises(Refused):
        refund(case_in(state), by=merchant, now=now)


def test_the_simulator_does_one_id_once_and_refuses_another_order_under_it(ordered):
    order = order_of(ordered.money.get())

    first, again = Simulator().pay(order), Simulator().pay(order)
    other = Order(**{**order.__dict__, "amount": Decimal("1.00")})

    assert first == again
    with pytest.raises(PaymentRefused):
        Simulator().pay(other)
    assert SimulatedPayment.objects.get().amount == Decimal("280.00")


# --- What else moves ---------------------------------------------------------------------------------


def test_a_case_given_up_releases_all_that_is_held(case_in, buyer, now):
    case = case_in(State.QUEUED)

    withdraw(case, by=buyer, reason="settled", now=now)
    assert fresh(case).money_state == MoneyState.HELD
    cashier.relay(now)

    assert commands(case) == [("release", "settled", Decimal("300.00"))]
    assert fresh(case).money_state == MoneyState.RELEASED


def test_compensation_is_paid_beside_what_is_held(case_in, merchant, senior, now):
    ruling = draft(
        outcome="full",
        remedies=("RM-FULL", "RM-10X"),
        amounts={"RM-FULL": "120.00", "RM-10X": "1000.00"},
        amount=Decimal("1120.00"),
    )
    claim = {"category": "expired", "paid": Decimal("120.00"), "requested_amount": Decimal(100)}
    case = case_in(State.EXECUTING, holder=senior, ruling=with_rule(ruling, "F-01"), **claim)

    last = case.due_at

    refund(case, by=merchant, now=last)
    cashier.relay(last)

    assert sorted(commands(case)) == [
        ("compensation", "settled", Decimal("1000.00")),
        ("refund", "settled", Decimal("120.00")),
    ]
    assert fresh(case).refunded == Decimal("120.00")
    assert fresh(case).state == State.CLOSED


def with_rule(ruling, rule):
    findings = tuple(type(each)(each.text, rule, each.citations) for each in ruling.findings)
    return type(ruling)(**{**ruling.__dict__, "findings": findings})


def test_an_advance_is_the_platforms_money_and_the_shops_debt(case_in, shop):
    case = case_in(State.EXECUTING)
    late = case.due_at + SECOND

    sweep.run(late)
    assert list(Recovery.objects.all()) == []  # nothing is paid yet
    cashier.relay(late)

    assert commands(case) == [("advance", "settled", Decimal("280.00"))]
    owed = Recovery.objects.get()
    assert (owed.shop, owed.amount, owed.command) == (shop, Decimal("280.00"), case.money.get())
    money = purse_of(case)
    assert (money.held, money.refunded, money.released) == (Decimal("300.00"), 0, 0)
    assert money.advanced == Decimal("280.00")


def test_what_was_held_goes_to_the_shop_once_it_has_repaid(case_in, supervisor):
    case = case_in(State.EXECUTING)
    late = case.due_at + SECOND
    sweep.run(late)
    cashier.relay(late)
    owed = Recovery.objects.get()

    repay(owed, by=supervisor, amount=Decimal("80.00"), reference="B1", now=late)
    assert cashier.relay(late) == 0
    repay(owed, by=supervisor, amount=Decimal("200.00"), reference="B2", now=late)
    cashier.relay(late)

    assert commands(case)[-1] == ("release", "settled", Decimal("300.00"))
    assert fresh(case).money_state == MoneyState.ADVANCED
    assert whole(case)


@pytest.mark.parametrize(
    ("amount", "reference"), [("280.01", "B1"), ("0.00", "B1"), ("10.00", "  ")]
)
def test_a_repayment_is_within_what_is_open_and_has_a_reference(
    case_in, supervisor, amount, reference
):
    case = case_in(State.EXECUTING)
    late = case.due_at + SECOND
    sweep.run(late)
    cashier.relay(late)

    with pytest.raises(Refused):
        repay(
            Recovery.objects.get(),
            by=supervisor,
            amount=Decimal(amount),
            reference=reference,
            now=late,
        )


def test_one_reference_is_entered_once_and_by_a_supervisor(case_in, supervisor, auditor):
    case = case_in(State.EXECUTING)
    late = case.due_at + SECOND
    sweep.run(late)
    cashier.relay(late)
    owed = Recovery.objects.get()
    facts = {"amount": Decimal("10.00"), "reference": "B1", "now": late}

    with pytest.raises(PermissionDenied):
        repay(owed, by=auditor, **facts)
    repay(owed, by=supervisor, **facts)
    with pytest.raises(Refused):
        repay(owed, by=supervisor, **facts)

    assert purse.open_amount(owed) == Decimal("270.00")
