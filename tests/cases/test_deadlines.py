"""Which clock runs when. Every time is an argument: nothing here waits or freezes anything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases import sweep
from cases.actions import (
    concede,
    file_case,
    request_intervention,
    respond,
    supply_evidence,
    withdraw,
)
from cases.actions.passage import Refused
from cases.lifecycle import Side, State
from cases.models import ON_THE_WAY, Case, Deadline, DeadlineKind
from tests.factories import filing, ruling_for_the_merchant

HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)


def running(case: Case) -> list[tuple[str, str]]:
    return [(row.kind, row.party) for row in case.deadlines.running().order_by("kind", "party")]


@pytest.mark.parametrize(
    ("state", "clocks"),
    [
        (State.NEGOTIATING, [("negotiation", "merchant")]),
        (State.AWAITING_MERCHANT, [("merchant_response", "merchant")]),
        (State.QUEUED, [("ruling_target", "platform")]),
        (State.REVIEWING, [("ruling_target", "platform")]),
        (State.AWAITING_EVIDENCE, [("evidence_supplement", "buyer")]),
        (State.RULED, [("appeal_window", "buyer"), ("appeal_window", "merchant")]),
        (State.EXECUTING, [("execution", "merchant")]),
        (State.CLOSED, []),
        (State.WITHDRAWN, []),
        (State.REJECTED, []),
    ],
)
def test_these_clocks_run_in_this_state(case_in, state, clocks):
    case = case_in(state)

    assert running(case) == clocks
    first = case.deadlines.running().first()
    assert case.due_at == (first.due_at if first else None)


def test_only_who_did_not_get_all_they_asked_for_may_appeal(case_in):
    case = case_in(State.RULED, ruling=ruling_for_the_merchant())

    assert running(case) == [("appeal_window", "buyer")]


@pytest.mark.parametrize(
    ("offset", "state", "late"),
    [
        (-timedelta(seconds=1), State.QUEUED, False),
        (timedelta(), State.QUEUED, False),
        (INSTANT, State.AWAITING_MERCHANT, True),
        (timedelta(seconds=1), State.AWAITING_MERCHANT, True),
    ],
)
def test_an_answer_is_in_time_up_to_the_very_instant(case_in, merchant, now, offset, state, late):
    case = case_in(State.AWAITING_MERCHANT)

    respond(case, by=merchant, text="发货时完好。", now=case.due_at + offset)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answer_is_late) == (state, late)
    assert stored.answer == "发货时完好。"


@pytest.mark.parametrize("offset", [-timedelta(seconds=1), timedelta()])
def test_the_sweep_leaves_a_case_alone_until_its_instant_has_passed(case_in, offset):
    case = case_in(State.AWAITING_MERCHANT)

    done = sweep.run(case.due_at + offset)

    assert done["escalate"] == 0
    assert Case.objects.get(pk=case.pk).state == State.AWAITING_MERCHANT


def test_the_sweep_escalates_a_case_a_moment_after_its_instant(case_in):
    case = case_in(State.AWAITING_MERCHANT)

    early, done = sweep.run(case.due_at + INSTANT), sweep.run(case.due_at + ON_THE_WAY)

    stored = Case.objects.get(pk=case.pk)
    assert (early["escalate"], done["escalate"]) == (0, 1)
    assert (stored.state, stored.priority) == (State.QUEUED, 100)
    assert stored.defaulted_at == case.due_at + ON_THE_WAY
    assert running(stored) == [("default_decision", "platform"), ("ruling_target", "platform")]


def test_agreeing_a_second_late_is_refused_even_before_the_sweep(case_in, merchant):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(Refused):
        concede(case, by=merchant, now=case.due_at + timedelta(seconds=1))

    assert Case.objects.get(pk=case.pk).state == State.AWAITING_MERCHANT


def test_the_staffs_clock_stands_still_while_a_party_is_awaited(case_in, buyer, now):
    case = case_in(State.AWAITING_EVIDENCE)
    target = case.deadlines.get(kind=DeadlineKind.RULING_TARGET)

    supply_evidence(case, by=buyer, now=now + 5 * HOUR)

    resumed = Deadline.objects.get(pk=target.pk)
    assert (target.is_paused, resumed.is_paused) == (True, False)
    assert resumed.due_at == target.due_at + 5 * HOUR
    assert Case.objects.get(pk=case.pk).due_at == resumed.due_at


def test_the_staffs_clock_goes_on_when_further_evidence_fails_to_come(case_in):
    case = case_in(State.AWAITING_EVIDENCE)
    target = case.deadlines.get(kind=DeadlineKind.RULING_TARGET)
    lapsed_at = case.due_at + timedelta(seconds=1)

    sweep.run(lapsed_at)

    stored = Case.objects.get(pk=case.pk)
    assert stored.state == State.REVIEWING
    assert stored.due_at == target.due_at + (lapsed_at - target.opened_at)


def test_further_evidence_a_second_late_is_refused(case_in, buyer):
    case = case_in(State.AWAITING_EVIDENCE)

    with pytest.raises(Refused):
        supply_evidence(case, by=buyer, now=case.due_at + timedelta(seconds=1))

    assert Case.objects.get(pk=case.pk).state == State.AWAITING_EVIDENCE


@pytest.mark.parametrize("sides", [(Side.BUYER,), (Side.BUYER, Side.MERCHANT)])
def test_an_end_closes_every_clock_even_a_paused_one(case_in, buyer, now, sides):
    case = case_in(State.AWAITING_EVIDENCE, sides=sides)

    withdraw(case, by=buyer, reason="settled", now=now)

    assert list(case.deadlines.open()) == []
    assert set(case.deadlines.values_list("outcome", flat=True)) == {"met", "cancelled"}


def test_a_window_given_by_hand_replaces_the_rules_own(buyer, shop, now):
    case = file_case(filing(buyer, shop), by=buyer, now=now)

    request_intervention(case, by=buyer, now=now, window=timedelta(seconds=90))

    clock = case.deadlines.open().get()
    assert (clock.kind, clock.window) == (DeadlineKind.MERCHANT_RESPONSE, timedelta(seconds=90))
    assert clock.due_at == Case.objects.get().due_at == now + timedelta(seconds=90)
