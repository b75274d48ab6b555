"""A supervisor gives a held case to somebody else, or puts it back in the queue."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Role, ShopMember
from cases.actions import Refused, hand_over, left_behind, reassign, release, save_draft
from cases.actions.handover import put_back
from cases.lifecycle import State
from cases.models import Case, Deadline, Event, Notice
from tests.factories import make_person

REASON = "On leave until Friday."


@pytest.fixture
def hand(supervisor, now):
    """`hand(case, to)`: the supervisor's order."""
    return lambda case, to, by=supervisor, reason=REASON: reassign(
        case, by=by, to=to, reason=reason, now=now
    )


def stored(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("state", [State.REVIEWING, State.AWAITING_EVIDENCE])
def test_a_held_case_is_given_to_somebody_else(
    case_in, hand, arbitrator, other_arbitrator, supervisor, now, state
):
    case = case_in(state)
    clocks = list(Deadline.objects.order_by("pk").values())

    hand(case, other_arbitrator)

    assert (stored(case).state, stored(case).holder) == (state, other_arbitrator)
    line = case.events.get(name="reassign")
    assert (line.actor, line.at) == (supervisor, now)
    assert line.facts == {
        "reason": REASON,
        "from": arbitrator.pk,
        "holder": other_arbitrator.pk,
    }
    assert Notice.objects.get(name="reassign").user == other_arbitrator
    assert Notice.objects.get(name="handed_on").user == arbitrator
    assert list(Deadline.objects.order_by("pk").values()) == clocks


def test_what_was_drafted_goes_with_the_case(case_in, hand, arbitrator, other_arbitrator, now):
    case = case_in(State.REVIEWING)
    save_draft(case, by=arbitrator, draft={"reasons": "So far."}, now=now)

    hand(stored(case), other_arbitrator)

    [left] = left_behind(case, other_arbitrator)
    assert (left.author, left.fields) == (arbitrator, {"reasons": "So far."})


def test_somebody_elses_case_is_put_back_in_the_queue(case_in, supervisor, now):
    case = case_in(State.REVIEWING)

    put_back(case, by=supervisor, reason=REASON, now=now)

    assert (stored(case).state, stored(case).holder) == (State.QUEUED, None)
    assert case.events.get(name="release").actor == supervisor
    assert Notice.objects.get(name="handed_on").user == case.events.get(name="claim").actor


def test_the_case_of_somebody_who_left_can_be_freed(
    case_in, hand, arbitrator, senior, supervisor, now
):
    held, asked = case_in(State.REVIEWING), case_in(State.AWAITING_EVIDENCE)
    arbitrator.is_active = False
    arbitrator.save()

    put_back(stored(held), by=supervisor, reason="Has left.", now=now)
    hand(stored(asked), senior)

    assert (stored(held).state, stored(asked).holder) == (State.QUEUED, senior)
    assert not Notice.objects.filter(name="handed_on").exists()


def test_nobody_unfit_is_given_a_case(
    case_in, hand, arbitrator, other_arbitrator, auditor, buyer, senior, shop
):
    case = case_in(State.REVIEWING)
    left = make_person(Role.ARBITRATOR, "left", is_active=False)
    ShopMember.objects.create(shop=shop, user=senior)
    lines = Event.objects.count()

    for person in (left, auditor, buyer, senior, arbitrator):
        with pytest.raises(Refused):
            hand(case, person)
        assert stored(case).holder == arbitrator

    assert Event.objects.count() == lines
    hand(stored(case), other_arbitrator)


def test_who_was_the_buyer_before_joining_the_desk_is_not_given_the_case(case_in, hand, buyer):
    case = case_in(State.REVIEWING)
    buyer.role = Role.ARBITRATOR
    buyer.save()

    with pytest.raises(Refused):
        hand(case, buyer)


@pytest.mark.parametrize(
    "state", [State.QUEUED, State.RULED, State.CLOSED, State.WITHDRAWN, State.REJECTED]
)
def test_a_case_that_is_not_in_hand_is_not_handed_over(
    case_in, hand, other_arbitrator, supervisor, now, state
):
    case = case_in(state)

    with pytest.raises(Refused):
        hand(case, other_arbitrator)
    with pytest.raises(Refused):
        release(case, by=supervisor, reason=REASON, now=now)

    assert stored(case).state == state


@pytest.mark.parametrize("who", ["arbitrator", "other_arbitrator", "senior", "auditor", "merchant"])
def test_only_a_supervisor_hands_over(case_in, hand, other_arbitrator, request, who):
    case = case_in(State.REVIEWING)

    with pytest.raises(PermissionDenied):
        hand(case, other_arbitrator, by=request.getfixturevalue(who))

    assert not Event.objects.filter(name="reassign").exists()


def test_nothing_is_handed_over_without_a_reason(case_in, hand, arbitrator, other_arbitrator):
    case = case_in(State.REVIEWING)

    with pytest.raises(Refused):
        hand(case, other_arbitrator, reason="  ")

    assert stored(case).holder == arbitrator


def test_of_many_each_is_handed_over_or_says_why_not(
    case_in, supervisor, arbitrator, other_arbitrator, shop, now
):
    fine, asked = case_in(State.REVIEWING), case_in(State.AWAITING_EVIDENCE)
    queued = case_in(State.QUEUED)
    already = case_in(State.REVIEWING, holder=other_arbitrator)
    stale = case_in(State.REVIEWING)
    release(Case.objects.get(pk=stale.pk), by=arbitrator, reason="shift_ends", now=now)
    cases = [fine, asked, queued, already, stale]

    handed = hand_over(cases, by=supervisor, to=other_arbitrator, reason=REASON, now=now)

    assert [bool(item.refusal) for item in handed] == [False, False, True, True, True]
    assert [item.case.pk for item in handed] == [case.pk for case in cases]
    assert stored(fine).holder == stored(asked).holder == other_arbitrator
    assert stored(stale).state == State.QUEUED
    assert Event.objects.filter(name="reassign").count() == 2


def test_many_are_put_back_in_the_queue(case_in, supervisor, now):
    fine, asked = case_in(State.REVIEWING), case_in(State.AWAITING_EVIDENCE)

    handed = hand_over([fine, asked], by=supervisor, to=None, reason=REASON, now=now)

    assert [bool(item.refusal) for item in handed] == [False, True]
    assert stored(fine).state == State.QUEUED
    assert stored(asked).state == State.AWAITING_EVIDENCE


def test_of_two_supervisors_at_once_one_is_refused(
    case_in, hand, other_arbitrator, senior, supervisor
):
    case = case_in(State.REVIEWING)
    same = stored(case)
    hand(case, other_arbitrator)

    [handed] = hand_over([same], by=supervisor, to=senior, reason=REASON, now=case.filed_at)

    assert handed.refusal
    assert stored(case).holder == other_arbitrator
