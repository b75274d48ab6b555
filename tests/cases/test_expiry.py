"""A batch escalated together must leave exactly what escalating the same cases one by one leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread, get_ident

import pytest
from django.db import connection, transaction
from django_fsm import ConcurrentTransition

from accounts.models import Shop
from cases import actions, deadlines, docket, expiry, lifecycle, sweep
from cases.lifecycle import STEPS, Lifecycle, Side, State
from cases.models import Case, Deadline, DeadlineKind, Event, Notice
from tests.factories import NOW

SECOND = timedelta(seconds=1)
LATE = NOW + timedelta(days=30)
CATEGORIES = ("damaged", "counterfeit", "fresh", "service", "freight", "hidden_defect")
BY_CHANCE = {"id", "sweep"}
NEVER = lifecycle.refuses("Not in this test.")(lambda case: False)


def rows(model, case):
    """What is stored of a case, as plain values, without what is different in every run."""
    names = [f.attname for f in model._meta.concrete_fields if f.attname not in BY_CHANCE]
    if model is Case:
        return Case.objects.filter(pk=case.pk).values(*names).get()
    return sorted(map(repr, model.objects.filter(case=case).values(*names)))


def everything(case):
    return {model: rows(model, case) for model in (Case, Deadline, Event, Notice)}


def waiting(case_in, **facts):
    return case_in(State.AWAITING_MERCHANT, **facts)


def take(now=LATE, most=100):
    with transaction.atomic():
        return expiry.expire(now, most)


def undoing(act, cases):
    """What the act leaves of these cases, which are as before afterwards."""
    mark = transaction.savepoint()
    act()
    left = [everything(case) for case in cases]
    transaction.savepoint_rollback(mark)
    return left


def test_a_batch_leaves_field_by_field_what_the_verb_leaves(case_in, rival_merchant):
    shop = Shop.objects.get(memberships__user=rival_merchant)
    cases = [
        *(waiting(case_in, category=category) for category in CATEGORIES),
        waiting(case_in, shop=shop),
        waiting(case_in, requested_amount=0),
    ]
    Case.objects.filter(pk=cases[2].pk).update(priority=250)
    before = [everything(case) for case in cases]

    one_by_one = undoing(lambda: sweep.run(LATE), cases)
    together = undoing(lambda: take(), cases)

    assert [everything(case) for case in cases] == before
    assert {state[Case]["state"] for state in one_by_one} == {State.QUEUED}
    assert together == one_by_one


def test_guards_and_body_are_the_lifecycles_own():
    assert expiry.STEP is STEPS["escalate", State.AWAITING_MERCHANT]
    assert expiry.change is Lifecycle.escalate.__wrapped__


def test_a_guard_of_the_lifecycle_that_refuses_is_obeyed(case_in, monkeypatch):
    case = waiting(case_in)
    before = everything(case)
    monkeypatch.setattr(expiry, "STEP", replace(expiry.STEP, conditions=(NEVER,)))

    with pytest.raises(actions.Refused):
        take()

    assert everything(case) == before


@pytest.mark.parametrize("meddle", ["read", "write"])
def test_a_body_that_needs_a_column_nobody_gave_it_raises(case_in, monkeypatch, meddle):
    case = waiting(case_in)
    before = everything(case)
    bodies = {
        "read": lambda light, **given: light.answer,
        "write": lambda light, **given: setattr(light, "ended_at", NOW),
    }
    monkeypatch.setattr(expiry, "change", bodies[meddle])

    with pytest.raises(AttributeError):
        take()

    assert everything(case) == before


def test_not_at_the_instant_itself_and_not_twice(case_in):
    case = waiting(case_in)

    assert take(case.due_at) == 0
    assert take(case.due_at + SECOND) == 1
    assert take(case.due_at + SECOND) == 0
    assert case.events.filter(name="escalate").count() == 1


def test_the_chains_of_a_batch_verify(case_in):
    cases = [waiting(case_in) for _ in range(3)]

    assert take() == 3

    stored = Case.objects.filter(pk__in=[case.pk for case in cases])
    assert [bad for _case, _lines, bad in docket.verify(stored)] == [None] * 3


def test_as_many_as_asked_the_longest_overdue_first(case_in):
    later = waiting(case_in, now=NOW + timedelta(hours=1))
    first = waiting(case_in, now=NOW)

    assert take(most=1) == 1

    assert Case.objects.get(pk=first.pk).state == State.QUEUED
    assert Case.objects.get(pk=later.pk).state == State.AWAITING_MERCHANT


def test_a_case_in_which_another_clock_runs_is_left_for_the_careful_way(case_in):
    case = waiting(case_in)
    deadlines.open_deadline(case, DeadlineKind.RULING_TARGET, Side.PLATFORM, now=NOW)
    before = everything(case)

    assert take() == 0
    assert everything(case) == before


@pytest.mark.parametrize("column", ["is_paused", "retry_at"])
def test_a_clock_that_stands_still_or_is_set_aside_is_left_alone(case_in, column):
    case = waiting(case_in)
    value = True if column == "is_paused" else LATE + SECOND
    Deadline.objects.filter(case=case).update(**{column: value})

    assert take() == 0


@pytest.mark.parametrize("moved", ["case", "deadline"])
def test_what_moved_between_reading_and_writing_keeps_the_batch_out(case_in, monkeypatch, moved):
    cases = [waiting(case_in) for _ in range(3)]
    reading = expiry._lock

    def overtaken(now, most):
        found = reading(now, most)
        if moved == "case":
            Case.objects.filter(pk=cases[1].pk).update(version=9)
        else:
            Deadline.objects.filter(case=cases[1]).update(due_at=LATE + SECOND)
        return found

    monkeypatch.setattr(expiry, "_lock", overtaken)

    with pytest.raises(ConcurrentTransition):
        take()

    assert Event.objects.filter(name="escalate").count() == 0


@pytest.fixture
def few(monkeypatch):
    """A handful is many: the sweep takes them together."""
    monkeypatch.setattr(sweep, "FEW", 2)


def test_the_sweep_takes_many_together_and_says_so_alike(case_in, few, monkeypatch):
    for _ in range(6):
        waiting(case_in)
    monkeypatch.setattr(sweep, "advance", None)  # nothing is left for it

    assert sweep.run(LATE) == {"escalate": 6}
    assert sweep.run(LATE) == {}


def test_a_row_that_raises_among_many_is_set_aside_alone(case_in, few):
    cases = [waiting(case_in) for _ in range(9)]
    poison = cases[4]
    Case.objects.filter(pk=poison.pk).update(rule="gone")

    first, second = sweep.run(LATE), sweep.run(LATE)

    assert first == {"escalate": 8, "set_aside": 1}
    assert second == {}
    assert "gone" in Deadline.objects.open().get(case=poison).last_error
    assert Event.objects.filter(name="escalate").count() == 8


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_long_list_is_taken_in_two_lanes_each_case_once(case_in, few, monkeypatch):
    monkeypatch.setattr(sweep, "TOGETHER", 5)
    for _ in range(20):
        waiting(case_in)
    taking, together, lanes = expiry.expire, Barrier(2), set()

    def taken(now, most):
        if len(lanes) < 2:
            lanes.add(get_ident())
            together.wait(10)  # both have begun before either goes on
        return taking(now, most)

    monkeypatch.setattr(expiry, "expire", taken)

    assert sweep.run(LATE) == {"escalate": 20}
    assert len(lanes) == 2
    assert Event.objects.filter(name="escalate").count() == 20
    assert [bad for *_, bad in docket.verify(Case.objects.all())] == [None] * 20


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_share_a_batch_and_lose_nothing(case_in, few, monkeypatch):
    monkeypatch.setattr(sweep, "TOGETHER", 5)
    for _ in range(40):
        waiting(case_in)
    gate, raised = Barrier(4), []

    def run():
        gate.wait(10)
        try:
            sweep.run(LATE)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sweep.run(LATE)

    assert raised == []
    assert Case.objects.filter(state=State.QUEUED).count() == 40
    assert Event.objects.filter(name="escalate").count() == 40
    assert [bad for *_, bad in docket.verify(Case.objects.all())] == [None] * 40
