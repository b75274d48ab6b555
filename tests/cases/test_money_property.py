"""Whatever happens in which order, no yuan is lost, made or paid twice."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases import cashier, sweep
from cases.actions import Refused, give_address, refund, send_return, ship, withdraw
from cases.execution import SimulatedPayment
from cases.lifecycle import State
from cases.models import Case
from cases.purse import purse_of
from cases.simulator import Simulator
from tests.factories import NOW, Docket, draft

pytestmark = pytest.mark.django_db

BOTH = draft(
    remedies=("RM-RESHIP", "RM-PART"), amounts={"RM-PART": "80.00"}, amount=Decimal("80.00")
)
STARTS = {
    "agreed": {},
    "return": {"category": "quality", "requested_remedy": "return_refund"},
    "reship": {"requested_remedy": "reship"},
    "both": {"ruling": BOTH},
}
ACTS = (
    *("refund", "ship", "give_address", "send_return", "withdraw"),
    *("sweep", "well", "down", "refuses", "forgetful", "a day", "a week"),
)


def act(name: str, case: Case, docket: Docket, now) -> None:
    parcel = {"carrier": "顺丰", "tracking": "SF1"}
    if name == "refund":
        refund(case, by=docket.merchant, now=now)
    elif name == "ship":
        ship(case, by=docket.merchant, **parcel, now=now)
    elif name == "give_address":
        give_address(case, by=docket.merchant, address="上海", now=now)
    elif name == "send_return":
        send_return(case, by=docket.buyer, **parcel, now=now)
    elif name == "withdraw":
        withdraw(case, by=docket.buyer, reason="x", now=now)
    elif name == "sweep":
        sweep.run(now)
    else:
        cashier.relay(now, through=Simulator(name))


def conserved(case: Case) -> None:
    case = Case.objects.get(pk=case.pk)
    money = purse_of(case)
    moved = dict.fromkeys(("refund", "release", "advance"), Decimal(0))
    for payment in SimulatedPayment.objects.filter(id__in=case.money.settled().values("pk")):
        moved[payment.kind] += payment.amount
    assert moved == {
        "refund": money.refunded,
        "release": money.released,
        "advance": money.advanced,
    }
    assert money.paid == money.held + money.refunded + money.released
    assert min(money.held, money.free, money.owed_at_most) >= 0
    assert sum((each.amount for each in case.recoveries.all()), Decimal(0)) == money.advanced
    if case.state == State.CLOSED:
        assert not case.duties.open().exists()


@pytest.mark.parametrize("start", list(STARTS))
@given(acts=st.lists(st.sampled_from(ACTS), max_size=14))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money_is_conserved_along_every_way(docket, start, acts):
    case, now = docket.case_in(State.EXECUTING, **STARTS[start]), NOW + timedelta(days=8)
    if start != "both":
        now = NOW
    for name in acts:
        if name in ("a day", "a week"):
            now += timedelta(days=1 if name == "a day" else 7, seconds=1)
            continue
        with contextlib.suppress(Refused, PermissionDenied):
            act(name, Case.objects.get(pk=case.pk), docket, now)
        conserved(case)

    for _ in range(6):  # then the clock and the gateway have all the time there is
        now += timedelta(days=11)
        sweep.run(now)
        cashier.relay(now)
        conserved(case)
    if not case.money.failed().exists():
        assert Case.objects.get(pk=case.pk).state == State.CLOSED
