"""A clock that jumps must not end what is not over: the sweep stops itself and waits for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from cases import breaker, sweep
from cases.lifecycle import State
from cases.models import Breaker, Case, Heartbeat
from tests.factories import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def few_suffice(settings):
    settings.BREAKER_LEAST = 3


@pytest.fixture
def waiting(case_in, few_suffice):
    sweep.run(NOW)
    return [case_in(State.AWAITING_MERCHANT) for _ in range(4)]


def states(cases: list[Case]) -> set[str]:
    return set(Case.objects.filter(pk__in=[c.pk for c in cases]).values_list("state", flat=True))


def test_four_hundred_days_at_once_halt_the_clock(waiting):
    done = sweep.run(NOW + 400 * DAY)

    assert done == {"halted": 1}
    assert states(waiting) == {State.AWAITING_MERCHANT}
    row = Breaker.objects.get()
    assert (row.cause, row.due, row.running) == ("flood", 4, 4)
    assert (row.tripped_at, row.gap) == (NOW + 400 * DAY, 400 * DAY)


def test_a_halted_clock_stays_halted_even_when_the_time_is_right_again(waiting):
    sweep.run(NOW + 400 * DAY)

    assert sweep.run(NOW + MINUTE) == {"halted": 1}
    assert sweep.run(NOW + 3 * DAY) == {"halted": 1}
    assert Breaker.objects.count() == 1


def test_one_click_lets_it_go_on_and_it_does_not_stop_again_for_the_same(waiting, supervisor):
    jumped = NOW + 400 * DAY
    sweep.run(jumped)

    breaker.resume_clock(by=supervisor, now=jumped + MINUTE)

    assert sweep.run(jumped + 2 * MINUTE)["escalate"] == 4
    row = Breaker.objects.get()
    assert (row.resumed_by, row.resumed_at) == (supervisor, jumped + MINUTE)
    assert breaker.tripped() is None


@pytest.mark.parametrize("who", ["buyer", "merchant", "arbitrator", "senior", "auditor"])
def test_nobody_else_lets_the_clock_go_on(waiting, request, who):
    sweep.run(NOW + 400 * DAY)

    with pytest.raises(PermissionDenied):
        breaker.resume_clock(by=request.getfixturevalue(who), now=NOW)

    assert breaker.tripped() is not None


def test_many_due_in_one_second_are_no_jump_while_the_clock_ticks(waiting):
    due = waiting[0].due_at
    Heartbeat.objects.update(at=due)

    assert sweep.run(due + timedelta(seconds=1))["escalate"] == 4


def test_a_few_after_a_long_silence_are_no_jump(waiting, settings):
    settings.BREAKER_LEAST = 5

    assert sweep.run(NOW + 400 * DAY)["escalate"] == 4


def test_a_small_part_after_a_long_silence_is_no_jump(case_in, few_suffice):
    sweep.run(NOW)
    early = [case_in(State.AWAITING_MERCHANT) for _ in range(3)]
    for _ in range(4):
        case_in(State.AWAITING_MERCHANT, now=NOW + 2 * DAY)

    assert sweep.run(NOW + 2 * DAY + HOUR)["escalate"] == 3
    assert states(early) == {State.QUEUED}


def test_an_hour_of_outage_is_no_jump(waiting):
    due = waiting[0].due_at
    Heartbeat.objects.update(at=due - MINUTE)

    assert sweep.run(due + HOUR)["escalate"] == 4


def test_a_clock_set_back_escalates_nobody_a_second_time(waiting):
    due = waiting[0].due_at
    Heartbeat.objects.update(at=due)
    assert sweep.run(due + MINUTE)["escalate"] == 4

    assert sweep.run(due - 2 * HOUR)["escalate"] == 0
    assert sweep.run(due + 2 * MINUTE)["escalate"] == 0


def test_the_pendulum_tells_a_jump_from_time_that_passed():
    pendulum = breaker.Pendulum()

    assert pendulum.jumped(NOW, 100.0) is None
    assert pendulum.jumped(NOW + 10 * MINUTE, 700.0) is None  # ten minutes both ways
    assert pendulum.jumped(NOW + 2 * HOUR, 710.0) == 110 * MINUTE - timedelta(seconds=10)
    assert pendulum.jumped(NOW + HOUR, 720.0) is None  # back: nobody becomes late by that


def test_a_clock_that_runs_two_hours_ahead_of_time_halts_the_round(waiting, monkeypatch):
    passed = iter([100.0, 110.0])
    monkeypatch.setattr(breaker, "seconds_passed", lambda: next(passed))
    monkeypatch.setattr(breaker, "database_now", lambda host_now: host_now)
    due = waiting[0].due_at
    Heartbeat.objects.update(at=due - HOUR)
    pendulum = breaker.Pendulum()
    sweep.tick(pendulum, due - HOUR)

    assert sweep.tick(pendulum, due + HOUR) == {"halted": 1}

    assert Breaker.objects.get().cause == "jump"
    assert states(waiting) == {State.AWAITING_MERCHANT}
