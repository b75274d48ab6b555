"""Who is told what: rows written with the act, sentences rendered when read."""

from __future__ import annotations

from cases import notices
from cases.actions import withdraw
from cases.lifecycle import STEPS, State


def test_a_notice_is_written_with_the_act_and_not_without_it(case_in, buyer, shop, now):
    case = case_in(State.AWAITING_MERCHANT)

    assert {(row.name, row.user, row.shop) for row in case.notices.all()} == {
        ("request_intervention", buyer, None),
        ("request_intervention", None, shop),
    }

    withdraw(case, by=buyer, reason="settled", now=now)

    assert case.notices.get(name="withdraw").shop == shop


def test_a_notice_carries_the_number_of_the_line_it_tells_of(case_in):
    case = case_in(State.RULED)

    lines = dict(case.events.values_list("name", "number"))

    assert {(row.name, row.number) for row in case.notices.all()} == {
        (name, lines[name]) for name in ("request_intervention", "respond", "issue")
    }


def test_who_left_the_shop_no_longer_reads_what_it_is_told(case_in, merchant, now):
    case_in(State.AWAITING_MERCHANT)
    assert notices.addressed_to(merchant, now).exists()

    merchant.role = "arbitrator"

    assert not notices.addressed_to(merchant, now).exists()


def test_every_notice_that_can_be_queued_has_a_sentence():
    queued = {name for name, sides in notices.TOLD.items() if sides}

    assert queued <= set(notices.SENTENCES)
    assert set(notices.TOLD) <= {step.name for step in STEPS.values()} | {
        "late_answer",
        "extend",
        "stop_clock",
        "let_clock_run",
    }
