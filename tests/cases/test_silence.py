"""A side that lets a request for evidence lapse may have it held against it, and only then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases import sweep
from cases.actions import (
    Refused,
    issue_ruling,
    note_exhibit,
    request_evidence,
    submit_for_approval,
    supply_evidence,
)
from cases.actions.hearing import silent_sides
from cases.actions.obstacles import obstacles
from cases.lifecycle import Side, State
from cases.models import Case
from tests.factories import draft

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
BOTH = (Side.BUYER, Side.MERCHANT)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def lapse(case: Case):
    """Let the clock end the round; returns when."""
    at = case.deadlines.open().filter(kind="evidence_supplement").latest("due_at").due_at + SECOND
    sweep.run(at)
    return at


def send(case: Case, person, side: str, at, *, began_at=None) -> None:
    facts = {"label": "E-07", "kind": "photo", "sha256": "0" * 64, "status": "accepted"}
    note_exhibit(fresh(case), by=person, side=side, now=at, began_at=began_at, **facts)


def test_only_who_let_a_request_lapse_without_sending_anything_is_silent(
    case_in, buyer, merchant, now
):
    nobody_asked = case_in(State.REVIEWING)
    still_time = case_in(State.AWAITING_EVIDENCE, sides=BOTH)
    both_silent = case_in(State.AWAITING_EVIDENCE, sides=BOTH)
    one_said_so = case_in(State.AWAITING_EVIDENCE, sides=BOTH)
    supply_evidence(one_said_so, by=buyer, now=now + HOUR)
    one_sent = case_in(State.AWAITING_EVIDENCE, sides=BOTH)
    send(one_sent, merchant, "merchant", now + HOUR)

    assert silent_sides(still_time) == ()
    over_at = lapse(both_silent)  # and all the others with it
    send(one_sent, buyer, "buyer", over_at + HOUR)

    assert silent_sides(nobody_asked) == ()
    assert silent_sides(fresh(both_silent)) == ("buyer", "merchant")
    assert silent_sides(fresh(one_said_so)) == ("merchant",)
    assert silent_sides(fresh(one_sent)) == ("buyer",)


def test_who_began_to_send_in_time_is_not_silent_though_the_clock_had_gone_on(case_in, buyer):
    case = case_in(State.AWAITING_EVIDENCE)
    over_at = lapse(case)

    send(case, buyer, "buyer", over_at + MINUTE, began_at=over_at - MINUTE)

    assert silent_sides(fresh(case)) == ()


def test_a_ruling_says_whom_it_holds_silence_against(case_in, arbitrator):
    case = case_in(State.AWAITING_EVIDENCE, sides=(Side.MERCHANT,))
    at = lapse(case)

    plain = draft()
    ruling = issue_ruling(
        fresh(case), by=arbitrator, draft=draft(held_against=("merchant",)), now=at
    )

    assert ruling.held_against == ["merchant"]
    assert plain.held_against == ()


def test_nobody_is_held_to_a_silence_that_was_none(case_in, arbitrator, now):
    asked_the_other = case_in(State.AWAITING_EVIDENCE, sides=(Side.BUYER,))
    at = lapse(asked_the_other)

    for case in (case_in(State.REVIEWING), fresh(asked_the_other)):
        unfair = draft(held_against=("merchant",))

        assert [each.field for each in obstacles(case, unfair)] == ["held_against"]
        with pytest.raises(Refused):
            issue_ruling(case, by=arbitrator, draft=unfair, now=at)
        with pytest.raises(Refused):
            submit_for_approval(fresh(case), by=arbitrator, draft=unfair, now=at)
        assert fresh(case).state == State.REVIEWING


def test_evidence_is_asked_for_twice_at_most(case_in, arbitrator, now):
    case = case_in(State.AWAITING_EVIDENCE)
    at = lapse(case)
    ask = {"sides": BOTH, "evidence_types": ["E-CHAT"], "note": "", "by": arbitrator}
    request_evidence(fresh(case), now=at, **ask)
    later = lapse(fresh(case))

    with pytest.raises(Refused):
        request_evidence(fresh(case), now=later, **ask)

    assert fresh(case).evidence_round == 2
    assert silent_sides(fresh(case)) == ("buyer", "merchant")
