from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.calendar import Pause, due_at, next_reminder, remaining, reminder_instants
from tests.factories import NOW

HOUR = timedelta(hours=1)
FIRST, LAST = datetime(2020, 1, 1), datetime(2040, 1, 1)  # noqa: DTZ001  hypothesis adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=60))


def test_a_window_of_48_hours_closes_48_hours_later():
    assert due_at(NOW, 48 * HOUR) == NOW + 48 * HOUR


def test_an_ended_pause_moves_the_end_by_its_length():
    assert due_at(NOW, 48 * HOUR, [Pause(NOW + HOUR, NOW + 4 * HOUR)]) == NOW + 51 * HOUR


def test_while_a_pause_runs_what_is_left_stands_still():
    pauses = [Pause(NOW + 10 * HOUR)]

    assert remaining(NOW, 48 * HOUR, NOW + 11 * HOUR, pauses) == 38 * HOUR
    assert remaining(NOW, 48 * HOUR, NOW + 99 * HOUR, pauses) == 38 * HOUR


def test_reminders_of_a_short_window_leave_out_the_fixed_times_that_precede_it():
    due = NOW + HOUR

    assert reminder_instants(NOW, due, [0.5], [2 * HOUR]) == [NOW + HOUR / 2]
    assert next_reminder([NOW + HOUR / 2], NOW + HOUR) is None


@given(opened=instants, window=spans, gaps=st.lists(st.tuples(spans, spans), max_size=4))
def test_pauses_never_shorten_a_window_and_add_up_exactly(opened, window, gaps):
    pauses, at = [], opened
    for gap, length in gaps:
        pauses.append(Pause(at + gap, at + gap + length))
        at += gap + length

    due = due_at(opened, window, pauses)

    assert due - opened == window + sum((length for _gap, length in gaps), timedelta())
    assert remaining(opened, window, opened, pauses) == due - opened


@given(opened=instants, window=spans, at=instants)
def test_what_is_left_is_negative_exactly_when_late(opened, window, at):
    left = remaining(opened, window, at)

    assert (left < timedelta()) == (at > due_at(opened, window))


@given(opened=instants, window=spans, fractions=st.lists(st.floats(0.01, 0.99), max_size=4))
def test_reminders_fall_within_the_window_in_order(opened, window, fractions):
    due = due_at(opened, window)

    found = reminder_instants(opened, due, fractions, [2 * HOUR, 24 * HOUR])

    assert found == sorted(found)
    assert all(opened <= instant <= due for instant in found)
