"""The quick ones of `make faults`, smaller: the same code, on the test's own PostgreSQL."""

from __future__ import annotations

import pytest

from faults import doubling, pressing, sweeping

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda: sweeping.killed_in_mid_sweep(kills=5, due=300), id="F1"),
        pytest.param(sweeping.killed_between_two_statements, id="F2"),
        pytest.param(lambda: pressing.at_the_same_instant(40), id="F14"),
        pytest.param(lambda: pressing.ruled_and_given_up(20), id="F18"),
        pytest.param(lambda: sweeping.broken_row(due=120), id="F20"),
    ],
)
def test_a_fault_is_survived(fault):
    assert fault().wrong == []


def test_every_button_pressed_twice_does_what_one_press_does(live_server):
    assert doubling.pressed_again(live_server.url, times=(2,)).wrong == []
