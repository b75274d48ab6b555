"""Offers, who may decide at all, and penalties: their verbs, their clocks, and what the clock does at zero."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, ShopMember
from cases import docket, sweep
from cases.actions import (
    Finding,
    Refused,
    accept,
    appeal,
    approve,
    counter,
    decide_penalty,
    decline,
    extend_deadline,
    overturn,
    propose,
    propose_penalty,
    send_back,
    submit_for_approval,
    uphold,
)
from cases.lifecycle import State
from cases.models import Case
from cases.proceedings import Offer, Recusal
from tests.factories import amount_to_refund, draft, hear, make_person

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
HUNDRED = Decimal("100.00")
CRACKED = draft(findings=(Finding("The seam is open.", "Q-01", ("E-01",)),))


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def clocks(case: Case) -> list[tuple[str, str, bool]]:
    rows = case.deadlines.open().order_by("kind", "party")
    return list(rows.values_list("kind", "party", "is_paused"))


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


# --- Offers ----------------------------------------------------------------------------------------


@pytest.fixture
def offered(case_in, arbitrator, now) -> Case:
    case = case_in(State.REVIEWING)
    propose(case, by=arbitrator, remedy="RM-PART", amount=HUNDRED, now=now)
    return fresh(case)


def test_an_offer_asks_both_sides_and_stops_the_staffs_clock(offered, now):
    assert offered.state == State.MEDIATING
    assert clocks(offered) == [
        ("offer_answer", "buyer", False),
        ("offer_answer", "merchant", False),
        ("ruling_target", "platform", True),
    ]
    assert offered.due_at == now + 24 * HOUR


def test_both_acceptances_settle_the_case_for_what_was_offered(offered, buyer, merchant, now):
    accept(offered, by=buyer, now=now + HOUR)
    assert fresh(offered).state == State.MEDIATING
    accept(fresh(offered), by=merchant, now=now + 2 * HOUR)

    stored = fresh(offered)
    assert stored.state == State.EXECUTING
    assert amount_to_refund(stored) == HUNDRED
    assert clocks(stored) == [("execution", "merchant", False)]
    assert whole(stored)


def test_accepting_twice_or_by_a_stranger_settles_nothing(offered, buyer, rival_merchant, now):
    accept(offered, by=buyer, now=now)

    with pytest.raises(Refused):
        accept(fresh(offered), by=buyer, now=now)
    with pytest.raises(PermissionDenied):
        accept(fresh(offered), by=rival_merchant, now=now)

    assert fresh(offered).state == State.MEDIATING


def test_a_no_goes_back_to_the_review_with_the_time_that_was_left(offered, merchant, now):
    target = offered.deadlines.get(kind="ruling_target")

    decline(offered, by=merchant, now=now + DAY / 2, entry={})

    stored = fresh(offered)
    assert stored.state == State.REVIEWING
    assert clocks(stored) == [("ruling_target", "platform", False)]
    assert stored.due_at > target.due_at
    assert Offer.objects.get().outcome == "declined"


def test_an_offer_nobody_answers_lapses_once(offered):
    assert sweep.run(offered.due_at)["decline"] == 0
    assert sweep.run(offered.due_at + SECOND)["decline"] == 1

    assert fresh(offered).state == State.REVIEWING
    assert Offer.objects.get().outcome == "lapsed"
    assert whole(offered)


def test_an_acceptance_a_second_late_is_refused_even_before_the_sweep(offered, buyer):
    with pytest.raises(Refused):
        accept(offered, by=buyer, now=offered.due_at + SECOND)


def test_a_counter_offer_asks_the_other_side_alone(offered, buyer, merchant, now):
    counter(offered, by=merchant, remedy="RM-PART", amount=Decimal("80.00"), now=now + HOUR)

    assert clocks(offered)[0] == ("offer_answer", "buyer", False)
    assert [offer.outcome for offer in offered.offers.all()] == ["countered", ""]
    accept(fresh(offered), by=buyer, now=now + 2 * HOUR)
    assert amount_to_refund(fresh(offered)) == Decimal("80.00")


def test_the_whole_exchange_takes_no_more_than_three_days(offered, buyer, merchant, now):
    people, at = (merchant, buyer), now
    for number in range(3):
        at = now + number * 23 * HOUR
        counter(fresh(offered), by=people[number % 2], remedy="RM-PART", amount=HUNDRED, now=at)

    assert fresh(offered).due_at == now + 70 * HOUR
    counter(fresh(offered), by=buyer, remedy="RM-PART", amount=HUNDRED, now=now + 70 * HOUR)
    assert fresh(offered).due_at == now + 72 * HOUR


def test_an_offer_is_lengthened_once_both_sides_ask(offered, buyer, merchant, now):
    due = offered.due_at
    facts = {"kind": "offer_answer", "party": "merchant", "reason": "…", "now": now}
    first = extend_deadline(offered, by=buyer, **facts)
    assert first.granted_at is None
    assert offered.deadlines.open().get(party="merchant").due_at == due

    second = extend_deadline(fresh(offered), by=merchant, **facts)

    assert second.granted_at == now
    assert offered.deadlines.open().get(party="merchant").due_at == due + 24 * HOUR


@pytest.mark.parametrize(
    ("remedy", "amount"), [("RM-3X", "10"), ("RM-PART", "300.01"), ("RM-PART", "0")]
)
def test_an_offer_stays_within_rule_and_amount(case_in, arbitrator, now, remedy, amount):
    with pytest.raises(Refused):
        propose(
            case_in(State.REVIEWING), by=arbitrator, remedy=remedy, amount=Decimal(amount), now=now
        )


@pytest.fixture
def submitted(case_in, arbitrator, now):
    case = case_in(State.REVIEWING)
    return submit_for_approval(case, by=arbitrator, draft=draft(), now=now)


@pytest.mark.parametrize("past", ["member", "recusal"])
def test_who_is_close_to_a_party_neither_approves_nor_decides_the_appeal(
    submitted, case_in, buyer, senior, shop, now, past
):
    ruled = case_in(State.RULED)
    appeal(ruled, by=buyer, ground="new", text="…", now=now)
    if past == "member":
        ShopMember.objects.create(shop=shop, user=senior, ended_at=now - 400 * DAY)
    else:
        for case in (submitted.case, ruled):
            Recusal.objects.create(case=case, user=senior, reason="knows_a_party", declared_at=now)

    with pytest.raises(Refused):
        approve(fresh(submitted.case), by=senior, content=submitted.content_hash, now=now)
    with pytest.raises(Refused):
        send_back(fresh(submitted.case), by=senior, comments="…", now=now)
    with pytest.raises(Refused):
        uphold(fresh(ruled), by=senior, reasons="…", now=now)
    with pytest.raises(Refused):
        overturn(fresh(ruled), by=senior, draft=draft(), now=now)

    assert fresh(submitted.case).state == State.AWAITING_APPROVAL
    assert fresh(ruled).state == State.APPEALED


# --- Penalties -------------------------------------------------------------------------------------


@pytest.fixture
def points(case_in) -> tuple[str, int]:
    kinds = case_in(State.NEGOTIATING, category="quality").ruled_by.points
    kind = next(iter(kinds))
    return kind, kinds[kind][1]


@pytest.fixture
def proposed(case_in, arbitrator, points, now):
    case = case_in(State.RULED, category="quality", ruling=CRACKED)
    kind, most = points
    return propose_penalty(case, by=arbitrator, kind=kind, points=most, reason="Stalled", now=now)


def test_a_penalty_officer_decides_and_nobody_else(proposed, penalty_officer, arbitrator, now):
    with pytest.raises(PermissionDenied):
        decide_penalty(proposed, by=arbitrator, approves=True, now=now)

    decide_penalty(proposed, by=penalty_officer, approves=True, now=now)

    with pytest.raises(Refused):
        decide_penalty(proposed, by=penalty_officer, approves=False, now=now)
    stored = type(proposed).objects.get()
    assert (stored.outcome, stored.decided_by) == ("approved", penalty_officer)
    assert "penalty_approval" not in {kind for kind, _p, _x in clocks(proposed.case)}


def test_a_proposal_nobody_decides_lapses_and_that_is_recorded(proposed):
    due = proposed.case.deadlines.open().get(kind="penalty_approval").due_at

    assert sweep.run(due)["lapse_penalty"] == 0
    assert sweep.run(due + SECOND)["lapse_penalty"] == 1
    assert sweep.run(due + 2 * SECOND)["lapse_penalty"] == 0

    assert type(proposed).objects.get().outcome == "lapsed"
    assert proposed.case.events.filter(name="penalty_lapsed").count() == 1
    assert whole(proposed.case)


def test_an_appeal_stops_the_penaltys_clock_and_its_decision_lets_it_go_on(
    proposed, buyer, senior, now
):
    appeal(fresh(proposed.case), by=buyer, ground="new", text="…", now=now + HOUR)
    assert ("penalty_approval", "platform", True) in clocks(proposed.case)

    uphold(hear(proposed.case, now + HOUR), by=senior, reasons="…", now=now + DAY)

    assert ("penalty_approval", "platform", False) in clocks(proposed.case)


def test_points_beyond_the_rule_are_refused(case_in, arbitrator, points, now):
    kind, most = points

    with pytest.raises(Refused):
        propose_penalty(
            case_in(State.RULED, category="quality", ruling=CRACKED),
            by=arbitrator,
            kind=kind,
            points=most + 1,
            reason="…",
            now=now,
        )


def test_somebody_else_may_not_propose(case_in, other_arbitrator, points, now):
    kind, most = points
    stranger = make_person(Role.SENIOR, "another_senior")

    for person in (other_arbitrator, stranger):
        with pytest.raises(PermissionDenied):
            propose_penalty(
                case_in(State.RULED, category="quality", ruling=CRACKED),
                by=person,
                kind=kind,
                points=most,
                reason="…",
                now=now,
            )
