"""An offer answered from two places in the same instant: exactly one answer counts."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django_fsm import ConcurrentTransition

from cases import docket, sweep
from cases.actions import Refused, accept, counter, decline, offer, propose, respond, withdraw
from cases.lifecycle import State
from cases.models import Case
from tests.cases.test_sweep_race import together
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PART = {"remedy": "RM-PART", "amount": Decimal("100.00")}
ROUNDS = 12


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def ends_once(case: Case, raised: list[Exception], *outcomes: str) -> str:
    """One of the two acts was refused, the first offer has one of these ends, and the docket is whole."""
    [error] = raised
    assert isinstance(error, Refused | ConcurrentTransition)
    first = case.offers.order_by("number").first()
    assert first.outcome in outcomes
    assert case.offers.filter(outcome="accepted").count() <= 1
    assert case.offers.filter(ended_at=None).count() == (first.outcome == "countered")
    assert next(docket.verify([fresh(case)]))[2] is None
    return first.outcome


@pytest.fixture(params=[State.NEGOTIATING, State.AWAITING_MERCHANT])
def offers(request, case_in, merchant):
    """Cases in each of which the merchant's offer is on the table."""
    cases = [case_in(request.param) for _ in range(ROUNDS)]
    for case in cases:
        offer(case, by=merchant, now=NOW, **PART)
    return cases


def test_yes_and_no_at_once_are_one_answer(offers, buyer):
    for case in offers:
        raised = together(
            lambda case=case: accept(fresh(case), by=buyer, number=1, now=NOW),
            lambda case=case: decline(fresh(case), by=buyer, number=1, now=NOW),
        )

        outcome = ends_once(case, raised, "accepted", "declined")
        assert (fresh(case).state == State.EXECUTING) == (outcome == "accepted")


def test_a_yes_and_a_counter_offer_at_once_are_one_answer(offers, buyer):
    for case in offers:
        raised = together(
            lambda case=case: accept(fresh(case), by=buyer, number=1, now=NOW),
            lambda case=case: counter(fresh(case), by=buyer, number=1, now=NOW, **PART),
        )

        outcome = ends_once(case, raised, "accepted", "countered")
        assert (fresh(case).state == State.EXECUTING) == (outcome == "accepted")


def test_a_yes_and_a_withdrawal_at_once_are_one_end(offers, buyer):
    for case in offers:
        raised = together(
            lambda case=case: accept(fresh(case), by=buyer, number=1, now=NOW),
            lambda case=case: withdraw(fresh(case), by=buyer, reason="…", now=NOW),
        )

        outcome = ends_once(case, raised, "accepted", "overtaken")
        ended = State.EXECUTING if outcome == "accepted" else State.WITHDRAWN
        assert fresh(case).state == ended


def test_a_yes_and_the_merchants_contest_at_once_are_one_way_on(case_in, buyer, merchant):
    for _ in range(ROUNDS):
        case = case_in(State.AWAITING_MERCHANT)
        offer(case, by=merchant, now=NOW, **PART)

        together(
            lambda case=case: accept(fresh(case), by=buyer, number=1, now=NOW),
            lambda case=case: respond(fresh(case), by=merchant, text="Intact", now=NOW),
        )

        outcome = case.offers.get().outcome
        assert outcome in ("accepted", "overtaken")
        settled = fresh(case).state == State.EXECUTING
        assert settled == (outcome == "accepted")
        assert next(docket.verify([fresh(case)]))[2] is None


def test_a_yes_in_time_and_the_sweep_at_once_are_one_end(case_in, buyer, merchant):
    for _ in range(ROUNDS):
        case = case_in(State.AWAITING_MERCHANT)
        offer(case, by=merchant, now=NOW, **PART)
        in_time = case.deadlines.open().get(kind="offer_answer").due_at

        together(
            lambda case=case, at=in_time: accept(fresh(case), by=buyer, number=1, now=at),
            lambda at=in_time: sweep.run(at + timedelta(seconds=1)),
        )

        outcome = case.offers.get().outcome
        assert outcome in ("accepted", "lapsed")
        assert (fresh(case).state == State.EXECUTING) == (outcome == "accepted")
        assert next(docket.verify([fresh(case)]))[2] is None


def test_both_sides_accepting_a_proposal_at_once_settle_it_once(
    case_in, buyer, merchant, arbitrator
):
    for _ in range(ROUNDS):
        case = case_in(State.REVIEWING)
        propose(case, by=arbitrator, now=NOW, **PART)

        raised = together(
            lambda case=case: accept(fresh(case), by=buyer, number=1, now=NOW),
            lambda case=case: accept(fresh(case), by=merchant, number=1, now=NOW),
        )

        assert raised == []
        assert fresh(case).state == State.EXECUTING
        assert list(case.offers.values_list("outcome", flat=True)) == ["accepted"]
        assert case.events.filter(name="accept").count() == 1
        assert next(docket.verify([fresh(case)]))[2] is None


def test_both_sides_countering_a_proposal_at_once_leave_one_offer(
    case_in, buyer, merchant, arbitrator
):
    for _ in range(ROUNDS):
        case = case_in(State.REVIEWING)
        propose(case, by=arbitrator, now=NOW, **PART)

        raised = together(
            lambda case=case: counter(fresh(case), by=buyer, number=1, now=NOW, **PART),
            lambda case=case: counter(fresh(case), by=merchant, number=1, now=NOW, **PART),
        )

        ends_once(case, raised, "countered")
        assert case.offers.count() == 2


def test_two_offers_at_once_are_one_offer(case_in, buyer, merchant):
    for _ in range(ROUNDS):
        case = case_in(State.NEGOTIATING)

        raised = together(
            lambda case=case: offer(fresh(case), by=buyer, now=NOW, **PART),
            lambda case=case: offer(fresh(case), by=merchant, now=NOW, **PART),
        )

        [error] = raised
        assert isinstance(error, Refused | ConcurrentTransition)
        assert case.offers.count() == 1
