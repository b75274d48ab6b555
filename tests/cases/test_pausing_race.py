"""A platform pause, the sweep and people at the same instant: each clock moves once or has expired."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from cases import docket, sweep
from cases.actions import file_case, request_intervention
from cases.actions.pausing import declare_pause, end_pause_early
from cases.lifecycle import State
from cases.models import Case, Deadline, DeadlinePause, PlatformPause
from tests.cases.test_pausing import clock_of, festival
from tests.cases.test_sweep_race import together
from tests.factories import NOW, filing

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_the_sweep_and_the_pause_at_once_expire_or_move_each_deadline_never_both(
    case_in, supervisor
):
    for _ in range(3):
        cases = [case_in(State.AWAITING_MERCHANT) for _ in range(40)]
        due = cases[0].due_at
        pause = festival(due - SECOND)

        raised = together(
            lambda pause=pause, at=due: declare_pause(pause, by=supervisor, now=at),
            *[lambda at=due: sweep.run(at + SECOND, batch=7)] * 2,
        )

        assert raised == []
        for case in Case.objects.filter(pk__in=[case.pk for case in cases]):
            clock = clock_of(case)
            was_moved = case.events.filter(name="platform_pause").count()
            was_expired = case.events.filter(name="escalate").count()
            assert (was_moved, was_expired) in ((1, 0), (0, 1))
            assert clock.due_at == (due + 3 * DAY if was_moved else due)
            assert clock.pauses.count() == was_moved
            assert next(docket.verify([case]))[2] is None
        PlatformPause.objects.update(ended_at=due)


def test_a_clock_opened_while_the_pause_is_declared_has_joined_it_afterwards(
    buyer, shop, supervisor
):
    for _ in range(10):
        cases = [file_case(filing(buyer, shop), by=buyer, now=NOW) for _ in range(6)]

        raised = together(
            *[lambda case=case: request_intervention(case, by=buyer, now=NOW) for case in cases],
            lambda: declare_pause(festival(), by=supervisor, now=NOW),
        )

        assert raised == []
        dues = Deadline.objects.filter(case__in=cases, kind="merchant_response")
        assert set(dues.values_list("due_at", flat=True)) == {NOW + 5 * DAY}
        assert DeadlinePause.objects.filter(deadline__in=dues).count() == 6
        PlatformPause.objects.update(ended_at=NOW)


def test_declared_or_ended_twice_at_once_it_counts_once(case_in, supervisor):
    case = case_in(State.AWAITING_MERCHANT)
    due = case.due_at

    declared = together(*[lambda: declare_pause(festival(), by=supervisor, now=NOW)] * 3)
    pause = PlatformPause.objects.get()
    ended = together(
        *[
            lambda: end_pause_early(
                PlatformPause.objects.get(pk=pause.pk),
                by=User.objects.get(pk=supervisor.pk),
                now=NOW + DAY,
            )
        ]
        * 3
    )

    assert (len(declared), len(ended)) == (2, 2)
    assert clock_of(case).due_at == due + DAY
    assert case.events.filter(name="platform_pause").count() == 1
    assert case.events.filter(name="end_platform_pause").count() == 1
