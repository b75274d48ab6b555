"""Clocks and people at the same instant: whoever comes first, nothing happens twice and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django_fsm import ConcurrentTransition

from cases import docket, sweep
from cases.actions import issue_ruling, respond, supply_evidence, withdraw
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, Deadline, Event, Notice
from tests.factories import draft

SECOND = timedelta(seconds=1)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*acts) -> list[Exception]:
    """Run these in threads that start in the same instant; what they raised."""
    gate, raised = Barrier(len(acts)), []

    def run(act) -> None:
        gate.wait(10)
        try:
            act()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_four_sweeps_at_once_escalate_each_case_once(case_in):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(40)]
    late = cases[0].due_at + SECOND

    raised = together(*[lambda: sweep.run(late, batch=7)] * 4)
    sweep.run(late)

    assert raised == []
    assert Case.objects.filter(state=State.QUEUED).count() == 40
    assert Event.objects.filter(name="escalate").count() == 40
    assert Notice.objects.filter(name="escalate").count() == 80


def test_an_answer_in_time_and_the_sweep_at_once_never_lose_the_answer(case_in, merchant):
    for _ in range(15):
        case = case_in(State.AWAITING_MERCHANT)
        in_time = case.due_at

        raised = together(
            lambda case=case, at=in_time: respond(case, by=merchant, text="In time", now=at),
            lambda at=in_time: sweep.run(at + SECOND),
        )

        stored = Case.objects.get(pk=case.pk)
        assert raised == []
        assert (stored.state, stored.answer) == (State.QUEUED, "In time")
        assert (stored.answer_is_late, stored.defaulted_at) == (False, None)
        assert next(docket.verify([stored]))[2] is None


def test_both_sides_supplying_at_once_do_not_wait_for_each_other_for_ever(
    case_in, buyer, merchant, now
):
    for _ in range(15):
        case = case_in(State.AWAITING_EVIDENCE, sides=("buyer", "merchant"))

        raised = together(
            lambda pk=case.pk: supply_evidence(Case.objects.get(pk=pk), by=buyer, now=now),
            lambda pk=case.pk: supply_evidence(Case.objects.get(pk=pk), by=merchant, now=now),
        )

        assert raised == []
        assert Case.objects.get(pk=case.pk).state == State.REVIEWING


def test_the_same_case_given_up_twice_at_once_ends_once(case_in, buyer, now):
    case = case_in(State.QUEUED)

    raised = together(
        *[lambda: withdraw(Case.objects.get(pk=case.pk), by=buyer, reason="x", now=now)] * 2
    )

    [error] = raised
    assert isinstance(error, ConcurrentTransition | Refused)
    assert case.events.filter(name="withdraw").count() == 1


def test_one_ruling_issued_twice_at_once_goes_out_once(case_in, arbitrator, now):
    for _ in range(10):
        case = case_in(State.REVIEWING)
        seen = [Case.objects.get(pk=case.pk) for _ in range(2)]

        raised = together(
            *[
                lambda one=one: issue_ruling(one, by=arbitrator, draft=draft(), now=now)
                for one in seen
            ]
        )

        [error] = raised
        assert isinstance(error, ConcurrentTransition | Refused)
        assert case.rulings.count() == 1


def test_a_case_that_is_busy_is_reminded_next_time(case_in, merchant, now):
    """The reminder does not touch the deadline of a case that somebody is moving: both would wait."""
    case = case_in(State.AWAITING_MERCHANT)
    remind_at = Deadline.objects.get(case=case, closed_at=None).remind_at
    reminded: list[int] = []

    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        raised = together(lambda: reminded.append(sweep.remind(remind_at)))
    later = sweep.remind(remind_at)

    assert (raised, reminded, later) == ([], [0], 1)


def test_two_rounds_at_once_share_the_reminders(case_in):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(40)]
    halfway = cases[0].due_at - timedelta(hours=24)
    reminded: list[int] = []

    raised = together(*[lambda: reminded.append(sweep.remind(halfway, batch=7))] * 2)

    assert raised == []
    assert sum(reminded) + sweep.remind(halfway) == 40
    assert Notice.objects.filter(name="reminder").count() == 40
