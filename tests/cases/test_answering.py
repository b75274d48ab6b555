from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django_fsm import ConcurrentTransition

from cases import sweep
from cases.actions import claim, concede, note_exhibit, respond, supply_evidence
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, EvidenceRequest, Notice

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def exhibit(case, side, now):
    return note_exhibit(
        case, by=None, side=side, label="E-01", kind="photo", sha256="0" * 64, status="x", now=now
    )


def test_an_answer_in_time_puts_the_case_in_the_queue_and_tells_the_buyer(
    case_in, merchant, buyer, now
):
    case = case_in(State.AWAITING_MERCHANT)

    respond(case, by=merchant, text="发货时完好。", now=now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answer, stored.answered_at) == ("queued", "发货时完好。", now)
    assert (stored.answer_is_late, stored.defaulted_at, stored.priority) == (False, None, 0)
    assert Notice.objects.get(name="respond").user == buyer


def test_rival_merchant_cannot_answer(case_in, rival_merchant, now):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(PermissionDenied):
        respond(case, by=rival_merchant, text="Not ours", now=now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answer) == ("awaiting_merchant", "")
    assert not case.events.filter(actor=rival_merchant).exists()


def test_a_second_answer_is_refused_and_the_first_stands(case_in, merchant, now):
    case = case_in(State.QUEUED)

    with pytest.raises(Refused):
        respond(case, by=merchant, text="On second thoughts", now=now + SECOND)

    assert Case.objects.get(pk=case.pk).answer == "发货时完好。"


def test_a_late_answer_is_kept_marked_late_and_moves_nothing(case_in, merchant, buyer, now):
    case = case_in(State.QUEUED, silent=True)

    respond(case, by=merchant, text="Sorry, we were away.", now=now + SECOND)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answer) == (State.QUEUED, "Sorry, we were away.")
    assert (stored.answer_is_late, stored.defaulted_at) == (True, now)
    assert case.events.last().name == "late_answer"
    assert Notice.objects.get(name="late_answer").user == buyer


def test_an_answer_in_time_but_overtaken_by_the_sweep_counts(case_in, merchant):
    case = case_in(State.AWAITING_MERCHANT)
    accepted_at = case.due_at
    sweep.run(case.due_at + SECOND)

    respond(Case.objects.get(pk=case.pk), by=merchant, text="In time", now=accepted_at)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.answer, stored.answer_is_late, stored.defaulted_at) == ("In time", False, None)
    assert case.events.last().name == "answer_in_time"


def test_an_answer_overtaken_between_reading_and_writing_is_not_lost(case_in, merchant):
    read_before = case_in(State.AWAITING_MERCHANT)
    sweep.run(read_before.due_at + SECOND)

    respond(read_before, by=merchant, text="In time", now=read_before.due_at)

    stored = Case.objects.get(pk=read_before.pk)
    assert (stored.state, stored.answer, stored.answer_is_late) == ("queued", "In time", False)


def test_a_late_answer_survives_a_step_by_somebody_who_read_the_case_before(
    case_in, merchant, arbitrator, now
):
    read_before = case_in(State.QUEUED, silent=True)
    respond(Case.objects.get(pk=read_before.pk), by=merchant, text="Late", now=now + SECOND)

    with pytest.raises(ConcurrentTransition):
        claim(read_before, by=arbitrator, now=now + SECOND)
    claim(Case.objects.get(pk=read_before.pk), by=arbitrator, now=now + SECOND)

    assert Case.objects.get(pk=read_before.pk).answer == "Late"


@pytest.mark.parametrize("state", [State.NEGOTIATING, State.RULED, State.CLOSED])
def test_no_answer_before_the_platform_steps_in_nor_after_the_ruling(case_in, merchant, now, state):
    case = case_in(state)

    with pytest.raises(Refused):
        respond(case, by=merchant, text="…", now=now)


@pytest.mark.parametrize("state", [State.NEGOTIATING, State.AWAITING_MERCHANT])
def test_agreeing_leaves_nothing_to_decide(case_in, merchant, buyer, now, state):
    case = case_in(state)

    concede(case, by=merchant, now=now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answered_at) == (State.EXECUTING, now)
    assert [row.kind for row in case.deadlines.open()] == ["execution"]
    assert stored.due_at == now + timedelta(hours=24)
    assert case.events.last().facts == {"amount": "280.00"}
    assert Notice.objects.get(name="concede").user == buyer


def test_rival_merchant_cannot_agree(case_in, rival_merchant, now):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(PermissionDenied):
        concede(case, by=rival_merchant, now=now)


def test_the_review_resumes_when_the_side_asked_has_sent_everything(case_in, buyer, now):
    case = case_in(State.AWAITING_EVIDENCE)

    supply_evidence(case, by=buyer, now=now + SECOND)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.evidence_asked_of) == (State.REVIEWING, "")
    assert EvidenceRequest.objects.get().answered_at == now + SECOND


def test_the_review_waits_for_both_sides_when_both_were_asked(case_in, buyer, merchant, now):
    case = case_in(State.AWAITING_EVIDENCE, sides=("buyer", "merchant"))

    first = supply_evidence(case, by=merchant, now=now + SECOND)
    waiting = Case.objects.get(pk=case.pk).state
    with pytest.raises(Refused):
        supply_evidence(Case.objects.get(pk=case.pk), by=merchant, now=now + SECOND)
    second = supply_evidence(Case.objects.get(pk=case.pk), by=buyer, now=now + 2 * SECOND)

    assert (first, waiting) == (None, State.AWAITING_EVIDENCE)
    assert second.name == "supply_evidence"
    assert Case.objects.get(pk=case.pk).state == State.REVIEWING


def test_the_side_not_asked_cannot_end_the_wait(case_in, merchant, now):
    case = case_in(State.AWAITING_EVIDENCE)

    with pytest.raises(PermissionDenied):
        supply_evidence(case, by=merchant, now=now)


@pytest.mark.parametrize(
    ("began", "pressed", "is_taken"),
    [
        (-MINUTE, MINUTE, True),
        (-MINUTE, 10 * MINUTE, True),
        (-MINUTE, 10 * MINUTE + SECOND, False),
        (SECOND, MINUTE, False),
        (None, SECOND, False),
    ],
)
def test_saying_that_all_is_sent_has_the_grace_of_the_files_it_is_said_of(
    case_in, buyer, began, pressed, is_taken
):
    case = case_in(State.AWAITING_EVIDENCE)
    due = case.due_at
    facts = {"now": due + pressed, "began_at": None if began is None else due + began}

    if is_taken:
        supply_evidence(case, by=buyer, **facts)
    else:
        with pytest.raises(Refused):
            supply_evidence(case, by=buyer, **facts)

    now_at = State.REVIEWING if is_taken else State.AWAITING_EVIDENCE
    assert Case.objects.get(pk=case.pk).state == now_at


@pytest.mark.parametrize(("offset", "late"), [(timedelta(), False), (SECOND, True)])
def test_an_exhibit_is_late_just_after_its_sides_own_clock(case_in, offset, late):
    case = case_in(State.AWAITING_MERCHANT)

    line, is_late, _began_at = exhibit(case, "merchant", case.due_at + offset)
    _line, others_is_late, _began_at = exhibit(case, "buyer", case.due_at + offset)

    assert (is_late, line.facts["late"]) == (late, late)
    assert others_is_late is False
