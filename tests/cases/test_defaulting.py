"""What a silent merchant brings upon itself: a ruling by the clock, or a decision on the file."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from cases import docket, pulse, sweep
from cases.actions import Refused, audit_ruling, claim, claim_next, respond
from cases.actions.ruling import ONE_IN, is_drawn
from cases.lifecycle import State
from cases.models import Case, Notice, Ruling
from tests.factories import make_shop

SECOND, GRACE = timedelta(seconds=1), timedelta(minutes=10)


def let_time_pass(case: Case) -> Case:
    """The merchant's deadline, and then the grace after it."""
    escalated = case.due_at + SECOND
    sweep.run(escalated)
    sweep.run(escalated + GRACE + SECOND)
    return Case.objects.get(pk=case.pk)


def claiming(case_in, amount: str, **facts) -> Case:
    asked = Decimal(amount)
    paid = facts.pop("paid", asked + 20)
    return case_in(State.AWAITING_MERCHANT, requested_amount=asked, paid=paid, **facts)


def test_up_to_fifty_yuan_the_buyer_gets_what_was_asked(case_in):
    case = let_time_pass(claiming(case_in, "50.00"))

    ruling = Ruling.objects.get()
    assert case.state == State.RULED
    assert (ruling.author, ruling.outcome, ruling.version) == (None, "full", 1)
    assert (ruling.remedies, ruling.amount) == (["RM-FULL"], Decimal("50.00"))
    finding = ruling.findings[0]
    assert finding["rule"] == "L-01"
    silence = case.events.get(name="escalate")
    assert finding["citations"] == [f"D-{silence.number}"]
    assert "L-01" in ruling.reasons


@pytest.mark.parametrize("amount", ["50.01", "2000.00"])
def test_up_to_two_thousand_the_goods_go_back_for_the_money(case_in, amount):
    case = let_time_pass(claiming(case_in, amount))

    ruling = Ruling.objects.get()
    assert case.state == State.RULED
    assert (ruling.remedies, ruling.amount) == (["RM-RETURN"], Decimal(amount))
    # Nobody asked to send anything back, so the buyer may appeal as well.
    assert ruling.outcome == "part"
    windows = case.deadlines.open().filter(kind="appeal_window").order_by("party")
    assert list(windows.values_list("party", flat=True)) == ["buyer", "merchant"]


def test_above_two_thousand_a_person_decides(case_in, arbitrator, now):
    case = let_time_pass(claiming(case_in, "2000.01"))

    assert case.state == State.QUEUED
    assert list(Ruling.objects.all()) == []
    assert claim_next(by=arbitrator, now=now + timedelta(days=9)) == case


def test_while_no_evidence_can_be_read_the_clock_waits_and_then_goes_on(case_in):
    case = claiming(case_in, "50.00")
    pulse.note_store(case.due_at, away=True)
    assert let_time_pass(case).state == State.QUEUED

    pulse.note_store(case.due_at, away=False)
    sweep.run(case.due_at + timedelta(hours=2))

    assert Case.objects.get(pk=case.pk).state == State.RULED


@pytest.mark.parametrize("category", ["counterfeit", "buyer_abuse", "service"])
def test_where_the_rule_wants_people_the_clock_decides_nothing(case_in, category):
    case = let_time_pass(claiming(case_in, "30.00", category=category))

    assert case.state == State.QUEUED
    assert list(Ruling.objects.all()) == []


def test_a_shop_of_the_platforms_own_is_never_judged_by_the_clock(case_in, merchant):
    own = make_shop("自营店", merchant, is_self_operated=True)

    assert let_time_pass(claiming(case_in, "30.00", shop=own)).state == State.QUEUED


def test_nothing_is_decided_while_a_file_is_not_what_was_sealed(case_in, now):
    case = claiming(case_in, "30.00")
    Case.objects.filter(pk=case.pk).update(integrity_failed_at=now)

    assert let_time_pass(case).state == State.QUEUED
    assert list(Ruling.objects.all()) == []


def test_no_more_is_given_than_is_left_of_what_was_paid(case_in):
    case = claiming(case_in, "40.00", paid=Decimal("60.00"))
    Case.objects.filter(pk=case.pk).update(refunded=Decimal("35.00"))

    let_time_pass(case)

    assert Ruling.objects.get().amount == Decimal("25.00")


def test_the_ruling_waits_for_the_grace_and_nobody_is_offered_the_case_meanwhile(
    case_in, arbitrator
):
    case = claiming(case_in, "30.00")
    escalated = case.due_at + SECOND
    sweep.run(escalated)

    assert claim_next(by=arbitrator, now=escalated) is None
    assert sweep.run(escalated + GRACE)["decide_by_default"] == 0
    assert sweep.run(escalated + GRACE + SECOND)["decide_by_default"] == 1
    assert sweep.run(escalated + GRACE + SECOND)["decide_by_default"] == 0


def test_an_answer_that_was_in_time_but_overtaken_brings_a_person_in(case_in, merchant):
    case = claiming(case_in, "30.00")
    due = case.due_at
    sweep.run(due + SECOND)

    respond(Case.objects.get(pk=case.pk), by=merchant, text="在途", now=due)
    sweep.run(due + GRACE + timedelta(hours=1))

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.defaulted_at, stored.default_at) == (State.QUEUED, None, None)
    assert list(Ruling.objects.all()) == []
    assert [row.kind for row in case.deadlines.open()] == ["ruling_target"]


def test_a_late_answer_within_the_grace_is_marked_late_and_read_by_a_person(case_in, merchant):
    case = claiming(case_in, "30.00")
    due = case.due_at
    sweep.run(due + SECOND)

    respond(Case.objects.get(pk=case.pk), by=merchant, text="晚了", now=due + 2 * SECOND)
    sweep.run(due + GRACE + timedelta(hours=1))

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answer_is_late) == (State.QUEUED, True)
    assert stored.defaulted_at == due + SECOND


def test_who_takes_the_case_before_the_clock_decides_it_alone(case_in, arbitrator):
    case = claiming(case_in, "30.00")
    due = case.due_at
    sweep.run(due + SECOND)

    claim(Case.objects.get(pk=case.pk), by=arbitrator, now=due + 2 * SECOND)
    sweep.run(due + GRACE + timedelta(hours=1))

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.holder) == (State.REVIEWING, arbitrator)
    assert [row.kind for row in case.deadlines.open()] == ["ruling_target"]


def test_it_can_be_appealed_by_the_side_that_lost_and_ends_like_any_other(case_in):
    case = let_time_pass(claiming(case_in, "30.00"))

    window = case.deadlines.open().get()
    assert (window.kind, window.party) == ("appeal_window", "merchant")
    assert {n.name for n in Notice.objects.filter(case=case)} >= {"escalate", "decide_by_default"}
    assert sweep.run(window.due_at + SECOND)["finalize"] == 1
    assert next(docket.verify([Case.objects.get(pk=case.pk)]))[2] is None


def test_one_in_twenty_is_drawn_by_the_hash_of_its_text():
    contents = [f"{number:08x}" + "0" * 56 for number in range(2000)]

    assert sum(map(is_drawn, contents)) == 2000 // ONE_IN


def test_a_drawn_ruling_is_looked_at_once_and_by_a_supervisor(case_in, supervisor, auditor, now):
    case = let_time_pass(claiming(case_in, "30.00"))
    Ruling.objects.update(is_drawn=True)
    ruling = Ruling.objects.get()

    with pytest.raises(PermissionDenied):
        audit_ruling(ruling, by=auditor, agrees=True, note="", now=now)
    audit_ruling(ruling, by=supervisor, agrees=False, note="Wrong tier", now=now)
    with pytest.raises(Refused):
        audit_ruling(ruling, by=supervisor, agrees=True, note="", now=now)

    stored = Ruling.objects.get()
    assert (stored.audited_by, stored.audit_agrees) == (supervisor, False)
    assert stored.audit_note == "Wrong tier"
    assert case.events.last().name == "audit"
    assert case.events.last().facts == {"agrees": False, "note": "Wrong tier"}
