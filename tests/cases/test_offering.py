"""Offers among the parties, before the desk has the case: verbs, clocks, and what a merchant cannot gain by them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from cases import docket, sweep
from cases.actions import (
    Refused,
    accept,
    concede,
    counter,
    decline,
    extend_deadline,
    offer,
    propose,
    request_intervention,
    respond,
    withdraw,
)
from cases.lifecycle import State
from cases.models import Case
from tests.factories import amount_to_refund, carry_out

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
HUNDRED = Decimal("100.00")
PART = {"remedy": "RM-PART", "amount": HUNDRED}
STAGES = (State.NEGOTIATING, State.AWAITING_MERCHANT)
OWN = {State.NEGOTIATING: "negotiation", State.AWAITING_MERCHANT: "merchant_response"}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def due(case: Case, kind: str, party: str = "merchant"):
    return case.deadlines.open().get(kind=kind, party=party).due_at


def outcomes(case: Case) -> list[tuple[str, str, str]]:
    return list(case.offers.values_list("side", "outcome", "ended_by"))


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


@pytest.fixture(params=STAGES)
def offered(request, case_in, merchant, now) -> Case:
    """The merchant has offered ¥100.00 an hour after its time to answer began."""
    case = case_in(request.param)
    offer(case, by=merchant, note="One cup only", now=now + HOUR, **PART)
    return fresh(case)


def test_an_offer_leaves_the_case_where_it_is_and_asks_the_other_side(offered, buyer, now):
    clocks = set(offered.deadlines.open().values_list("kind", "party"))

    assert clocks == {(OWN[offered.state], "merchant"), ("offer_answer", "buyer")}
    assert due(offered, "offer_answer", "buyer") == now + 25 * HOUR
    assert offered.offered_by == "merchant"
    assert offered.events.last().facts == {
        "remedy": "RM-PART",
        "amount": "100.00",
        "note": "One cup only",
        "side": "merchant",
    }
    assert [(each.user, each.shop) for each in offered.notices.filter(name="offer")] == [
        (buyer, None)
    ]


def test_an_offer_accepted_is_settled_and_carried_out(offered, buyer, merchant, now):
    accept(offered, by=buyer, number=1, now=now + 2 * HOUR)

    settled = fresh(offered)
    assert (settled.state, settled.offered_by) == (State.EXECUTING, None)
    assert outcomes(settled) == [("merchant", "accepted", "buyer")]
    assert list(settled.deadlines.open().values_list("kind", flat=True)) == ["execution"]
    assert amount_to_refund(settled) == HUNDRED
    assert carry_out(settled, by=merchant, now=now + 3 * HOUR).state == State.CLOSED
    assert fresh(settled).refunded == HUNDRED
    assert whole(settled)


def test_a_no_leaves_everything_as_it_was_but_for_the_time_the_buyer_took(
    case_in, buyer, merchant, now
):
    for state in STAGES:
        case = case_in(state)
        before = due(case, OWN[state])
        offer(case, by=merchant, now=now + HOUR, **PART)
        decline(fresh(case), by=buyer, number=1, now=now + 4 * HOUR)

        assert (fresh(case).state, fresh(case).offered_by) == (state, None)
        assert outcomes(case) == [("merchant", "declined", "buyer")]
        assert due(case, OWN[state]) == before + 3 * HOUR
        assert fresh(case).due_at == before + 3 * HOUR


def test_an_offer_nobody_answers_lapses_and_the_merchants_time_goes_on(offered):
    state, own = offered.state, OWN[offered.state]
    lapses = due(offered, "offer_answer", "buyer")
    resumes = due(offered, own)

    assert sweep.run(lapses)["decline"] == 0
    assert sweep.run(lapses + SECOND)["decline"] == 1

    assert (fresh(offered).state, fresh(offered).offered_by) == (state, None)
    assert outcomes(offered) == [("merchant", "lapsed", "")]
    assert due(offered, own) == resumes
    assert whole(offered)


def test_a_merchant_cannot_stall_by_offering_again_and_again(case_in, buyer, merchant, now):
    """All offers of a stage together take 72 hours at most, and only the buyer's own time holds the clock."""
    case = case_in(State.AWAITING_MERCHANT)
    before, at = due(case, "merchant_response"), now

    for _ in range(3):
        offer(fresh(case), by=merchant, now=at, **PART)
        at = due(case, "offer_answer", "buyer") + SECOND
        sweep.run(at)
    with pytest.raises(Refused):
        offer(fresh(case), by=merchant, now=at, **PART)

    held = due(case, "merchant_response") - before
    assert timedelta(hours=71) < held <= timedelta(hours=72)
    sweep.run(due(case, "merchant_response") + SECOND)
    assert fresh(case).state == State.QUEUED


def test_while_it_is_the_merchants_turn_its_time_runs(case_in, buyer, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    before = due(case, "merchant_response")

    offer(case, by=buyer, now=now, **PART)
    assert due(case, "merchant_response") == before
    counter(
        fresh(case), by=merchant, number=1, remedy="RM-PART", amount=Decimal(80), now=now + HOUR
    )
    counter(fresh(case), by=buyer, number=2, now=now + 5 * HOUR, **PART)

    assert due(case, "merchant_response") == before + 4 * HOUR
    assert [each.outcome for each in case.offers.all()] == ["countered", "countered", ""]


def test_silence_at_zero_moves_the_case_on_and_overtakes_the_buyers_offer(case_in, buyer):
    for state, goal in ((STAGES[0], State.AWAITING_MERCHANT), (STAGES[1], State.QUEUED)):
        case = case_in(state)
        own = due(case, OWN[state])
        offer(case, by=buyer, now=own - HOUR, **PART)

        sweep.run(own + SECOND)

        stored = fresh(case)
        assert (stored.state, stored.offered_by) == (goal, None)
        assert outcomes(case) == [("buyer", "overtaken", "")]
        assert not stored.deadlines.open().filter(kind="offer_answer").exists()
        assert whole(case)


@pytest.mark.parametrize("act", [offer, counter, accept, decline])
def test_what_the_clock_is_about_to_move_on_is_not_settled_a_second_late(
    case_in, buyer, merchant, act
):
    case = case_in(State.AWAITING_MERCHANT)
    late = due(case, "merchant_response") + SECOND
    if act is not offer:
        offer(case, by=buyer, now=late - HOUR, **PART)
    terms = PART if act in (offer, counter) else {}

    with pytest.raises(Refused):
        act(fresh(case), by=merchant, now=late, **terms)

    assert fresh(case).state == State.AWAITING_MERCHANT


@pytest.mark.parametrize("act", [counter, accept, decline])
def test_an_answer_to_an_offer_a_second_late_is_refused_even_before_the_sweep(offered, buyer, act):
    late = due(offered, "offer_answer", "buyer") + SECOND
    terms = PART if act is counter else {}

    with pytest.raises(Refused):
        act(offered, by=buyer, now=late, **terms)

    assert outcomes(fresh(offered)) == [("merchant", "", "")]


@pytest.mark.parametrize("act", [counter, accept, decline])
def test_nobody_answers_an_offer_they_have_not_read(offered, buyer, merchant, now, act):
    counter(offered, by=buyer, number=1, now=now + HOUR, remedy="RM-PART", amount=Decimal(150))
    counter(
        fresh(offered), by=merchant, number=2, now=now + HOUR, remedy="RM-PART", amount=Decimal(1)
    )
    terms = PART if act is counter else {}

    with pytest.raises(Refused):
        act(fresh(offered), by=buyer, number=1, now=now + 2 * HOUR, **terms)

    assert fresh(offered).offered_by == "merchant"
    assert offered.offers.get(ended_at=None).number == 3


@pytest.mark.parametrize("act", [counter, accept, decline])
def test_nobody_answers_their_own_offer_nor_a_strangers(
    offered, merchant, rival_merchant, rival_buyer, arbitrator, now, act
):
    terms = PART if act is counter else {}

    with pytest.raises(Refused):
        act(offered, by=merchant, now=now + HOUR, **terms)
    for stranger in (rival_merchant, rival_buyer, arbitrator):
        with pytest.raises(PermissionDenied):
            act(fresh(offered), by=stranger, now=now + HOUR, **terms)

    assert outcomes(fresh(offered)) == [("merchant", "", "")]


@pytest.mark.parametrize("act", [accept, decline])
def test_an_offer_is_answered_once(offered, buyer, now, act):
    act(offered, by=buyer, now=now + HOUR)

    with pytest.raises(Refused):
        act(fresh(offered), by=buyer, now=now + HOUR)

    assert offered.events.filter(name=act.__name__).count() == 1


def test_one_offer_at_a_time(offered, buyer, merchant, now):
    for person in (buyer, merchant):
        with pytest.raises(Refused):
            offer(fresh(offered), by=person, now=now + HOUR, **PART)

    assert offered.offers.count() == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.REVIEWING, State.RULED, State.CLOSED])
def test_where_the_desk_has_the_case_the_parties_offer_nothing_themselves(
    case_in, buyer, now, state
):
    case = case_in(state)

    with pytest.raises(Refused):
        offer(case, by=buyer, now=now, **PART)

    assert not case.offers.exists()


@pytest.mark.parametrize(
    ("remedy", "amount"),
    [
        ("RM-PART", "0"),
        ("RM-PART", "300.01"),
        ("RM-PART", "-1"),
        ("RM-RESHIP", "10"),
        ("RM-3X", "10"),
    ],
)
def test_an_offer_stays_within_rule_and_amount(case_in, merchant, now, remedy, amount):
    case = case_in(State.NEGOTIATING)

    with pytest.raises(Refused):
        offer(case, by=merchant, remedy=remedy, amount=Decimal(amount), now=now)

    assert not case.offers.exists()


def test_what_else_ends_a_stage_overtakes_the_offer(case_in, buyer, merchant, now):
    ends = {
        State.NEGOTIATING: [
            lambda case: concede(case, by=merchant, now=now),
            lambda case: withdraw(case, by=buyer, reason="…", now=now),
            lambda case: request_intervention(case, by=buyer, now=now),
        ],
        State.AWAITING_MERCHANT: [
            lambda case: concede(case, by=merchant, now=now),
            lambda case: respond(case, by=merchant, text="Intact", now=now),
        ],
    }
    for state, acts in ends.items():
        for act in acts:
            case = case_in(state)
            offer(case, by=merchant, now=now, **PART)
            act(fresh(case))

            assert fresh(case).offered_by is None
            assert outcomes(case) == [("merchant", "overtaken", "")]
            assert not case.deadlines.open().filter(kind="offer_answer").exists()
            assert amount_to_refund(fresh(case)) == Decimal("280.00")


def test_an_answer_after_the_buyer_took_their_time_is_still_in_time(case_in, buyer, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    first_due = due(case, "merchant_response")
    offer(case, by=merchant, now=first_due - HOUR, **PART)
    decline(fresh(case), by=buyer, now=first_due + 5 * HOUR)

    respond(fresh(case), by=merchant, text="Intact when sent", now=first_due + 6 * HOUR)

    stored = fresh(case)
    assert (stored.state, stored.answer_is_late) == (State.QUEUED, False)


def test_time_both_sides_give_the_buyer_holds_the_merchants_clock_too(
    offered, buyer, merchant, now
):
    own, asked = due(offered, OWN[offered.state]), {"kind": "offer_answer", "party": "buyer"}

    for person in (buyer, merchant):
        extend_deadline(fresh(offered), by=person, reason="Holiday", now=now + HOUR, **asked)

    assert due(offered, "offer_answer", "buyer") == now + 49 * HOUR
    assert due(offered, OWN[offered.state]) == own + 24 * HOUR
    assert fresh(offered).due_at == now + 49 * HOUR


def test_who_has_accepted_the_arbitrators_proposal_waits_for_the_other(
    case_in, buyer, merchant, arbitrator, now
):
    case = case_in(State.REVIEWING)
    propose(case, by=arbitrator, now=now, **PART)
    accept(fresh(case), by=buyer, number=1, now=now)

    for act, terms in ((decline, {}), (counter, PART)):
        with pytest.raises(Refused):
            act(fresh(case), by=buyer, now=now, **terms)

    assert [each.shop_id for each in case.notices.filter(name="accepted_offer")] == [case.shop_id]
    decline(fresh(case), by=merchant, number=1, now=now)
    assert (fresh(case).state, fresh(case).offered_by) == (State.REVIEWING, None)
    assert outcomes(case) == [("platform", "declined", "merchant")]
