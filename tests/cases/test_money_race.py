"""Money and many hands: relays, clocks and people at the same instant, and a relay killed anywhere."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
from django_fsm import ConcurrentTransition

from cases import cashier, docket, leases, sweep
from cases.actions import Refused, pay_again, refund, repay
from cases.execution import MoneyCommand, SimulatedPayment
from cases.lifecycle import State
from cases.models import Case, Recovery
from cases.purse import purse_of
from cases.simulator import Mood, Simulator
from tests.cases.test_sweep_race import together

SECOND = timedelta(seconds=1)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def adds_up(case: Case) -> None:
    """What the gateway has moved is what the case says, each yuan once."""
    case = Case.objects.get(pk=case.pk)
    money = purse_of(case)
    moved = {kind: Decimal(0) for kind in MoneyCommand.Kind.values}
    for payment in SimulatedPayment.objects.filter(id__in=case.money.values("pk")):
        moved[payment.kind] += payment.amount
    assert moved["refund"] == money.refunded
    assert moved["release"] == money.released
    assert moved["advance"] == money.advanced
    assert sum((each.amount for each in case.recoveries.all()), Decimal(0)) == money.advanced
    assert money.paid == money.held + money.refunded + money.released
    assert money.held >= 0
    assert next(docket.verify([case]))[2] is None


def test_two_relays_at_once_pay_each_command_once(case_in, merchant, now):
    cases = [case_in(State.EXECUTING) for _ in range(20)]
    for case in cases:
        refund(case, by=merchant, now=now)

    raised = together(*[lambda: cashier.relay(now)] * 3)
    cashier.relay(now + leases.LEASE)

    assert raised == []
    assert SimulatedPayment.objects.filter(kind="refund").count() == 20
    assert Case.objects.filter(state=State.CLOSED, refunded=Decimal("280.00")).count() == 20
    for case in cases:
        adds_up(case)


def test_a_confirmation_in_time_and_the_clock_at_once_pay_once(case_in, merchant):
    for _ in range(15):
        case = case_in(State.EXECUTING)
        last = case.due_at

        raised = together(
            lambda pk=case.pk, at=last: refund(Case.objects.get(pk=pk), by=merchant, now=at),
            lambda at=last: sweep.run(at + SECOND),
        )
        sweep.run(last + SECOND)
        cashier.relay(last + SECOND)

        assert all(isinstance(each, Refused | ConcurrentTransition) for each in raised)
        [paid] = case.money.exclude(kind="release")
        assert paid.kind in ("refund", "advance")
        assert Case.objects.get(pk=case.pk).refunded == Decimal("280.00")
        adds_up(case)


def test_two_people_of_the_shop_order_one_refund(case_in, merchant, now):
    for _ in range(10):
        case = case_in(State.EXECUTING)

        raised = together(
            *[lambda pk=case.pk: refund(Case.objects.get(pk=pk), by=merchant, now=now)] * 2
        )

        [error] = raised
        assert isinstance(error, Refused | ConcurrentTransition)
        assert case.money.count() == 1


def test_a_failed_payment_tried_again_by_two_supervisors_goes_once(
    case_in, merchant, supervisor, now
):
    case = case_in(State.EXECUTING)
    refund(case, by=merchant, now=now)
    cashier.relay(now, through=Simulator(Mood.REFUSES))
    command = case.money.get().pk

    raised = together(*[lambda: pay_again(command, by=supervisor, now=now)] * 2)
    cashier.relay(now)

    assert [type(each) for each in raised] == [Refused]
    adds_up(case)


def test_one_repayment_entered_twice_at_once_counts_once(case_in, supervisor):
    case = case_in(State.EXECUTING)
    late = case.due_at + SECOND
    sweep.run(late)
    cashier.relay(late)
    owed = Recovery.objects.get()
    facts = {"by": supervisor, "amount": Decimal("280.00"), "reference": "B1", "now": late}

    raised = together(*[lambda: repay(owed, **facts)] * 2)
    cashier.relay(late)

    assert [type(each) for each in raised] == [Refused]
    assert case.money.filter(kind="release").count() == 1
    adds_up(case)


RELAY = """
import django
django.setup()
from datetime import datetime
from cases import cashier
from faults import failpoints
failpoints.arm()
cashier.relay(datetime.fromisoformat("{at}"))
"""


@pytest.mark.parametrize(
    "place", ["before_commit", "after_commit", "after_the_gateway", "after_case_update"]
)
def test_a_relay_killed_anywhere_neither_loses_nor_doubles(
    case_in, merchant, now, place, process_env
):
    case = case_in(State.EXECUTING)
    refund(case, by=merchant, now=now)
    command = [sys.executable, "-c", RELAY.format(at=now.isoformat())]

    killed = subprocess.run(command, env=process_env | {"FAIL_POINT": place}, check=False)
    cashier.relay(now + leases.LEASE)
    cashier.relay(now + 2 * leases.LEASE)

    assert killed.returncode == -signal.SIGKILL
    assert Case.objects.get(pk=case.pk).state == State.CLOSED
    assert sorted(SimulatedPayment.objects.values_list("kind", "amount")) == [
        ("refund", Decimal("280.00")),
        ("release", Decimal("20.00")),
    ]
    adds_up(case)
