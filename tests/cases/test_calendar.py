from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.calendar import (
    STAFF_HOURS,
    WORKING_DAY,
    Pause,
    due_at,
    instant_at,
    is_working_day,
    next_reminder,
    remaining,
    reminder_instants,
    spent,
    spent_fraction,
    working_days,
)
from tests.factories import NOW

BEIJING = ZoneInfo("Asia/Shanghai")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST, LAST = datetime(2020, 1, 1), datetime(2040, 1, 1)  # noqa: DTZ001  hypothesis adds the zone
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
spans = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=60))
windows = st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=10))
offsets = st.timedeltas(min_value=timedelta(), max_value=timedelta(days=30))
calendars = st.sampled_from([None, STAFF_HOURS])


def beijing(month: int, day: int, hour: int = 0, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING)


@st.composite
def pauses_after(draw, opened: datetime) -> list[Pause]:
    """Some pauses with a known end, in any order, many of them overlapping."""
    found = draw(st.lists(st.tuples(offsets, offsets), max_size=4))
    return [Pause(opened + at, opened + at + length) for at, length in found]


# --- Natural hours -------------------------------------------------------------------------------


def test_a_window_of_48_hours_closes_48_hours_later():
    assert due_at(NOW, 48 * HOUR) == NOW + 48 * HOUR


def test_an_ended_pause_moves_the_end_by_its_length():
    assert due_at(NOW, 48 * HOUR, [Pause(NOW + HOUR, NOW + 4 * HOUR)]) == NOW + 51 * HOUR


def test_two_pauses_at_once_do_not_count_twice():
    pauses = [Pause(NOW + 2 * HOUR, NOW + 6 * HOUR), Pause(NOW + HOUR, NOW + 4 * HOUR)]

    assert due_at(NOW, 48 * HOUR, pauses) == NOW + 53 * HOUR


def test_a_pause_to_come_moves_the_end_only_if_it_begins_before_it():
    festival = Pause(NOW + 40 * HOUR, NOW + 50 * HOUR)

    assert due_at(NOW, 48 * HOUR, [festival]) == NOW + 58 * HOUR
    assert due_at(NOW, 40 * HOUR, [festival]) == NOW + 40 * HOUR
    assert due_at(NOW, 24 * HOUR, [festival]) == NOW + 24 * HOUR


def test_a_window_opened_in_a_pause_begins_with_its_end():
    assert due_at(NOW, HOUR, [Pause(NOW - DAY, NOW + DAY)]) == NOW + DAY + HOUR


def test_a_pause_before_the_window_or_without_length_changes_nothing():
    pauses = [Pause(NOW - DAY, NOW - HOUR), Pause(NOW + HOUR, NOW + HOUR)]

    assert due_at(NOW, 48 * HOUR, pauses) == NOW + 48 * HOUR


def test_while_a_pause_runs_what_is_left_stands_still():
    pauses = [Pause(NOW + 10 * HOUR)]

    assert remaining(NOW, 48 * HOUR, NOW + 11 * HOUR, pauses) == 38 * HOUR
    assert remaining(NOW, 48 * HOUR, NOW + 99 * HOUR, pauses) == 38 * HOUR
    assert due_at(NOW, 48 * HOUR, pauses) == NOW + 48 * HOUR


def test_the_ladder_stands_at_fractions_of_the_window():
    pauses = [Pause(NOW + 10 * HOUR, NOW + 20 * HOUR)]

    steps = [instant_at(NOW, 48 * HOUR, part, pauses) for part in (0.75, 1.0, 1.5, 2.0)]

    assert steps == [NOW + hours * HOUR for hours in (46, 58, 82, 106)]
    assert [spent_fraction(NOW, 48 * HOUR, at, pauses) for at in steps] == [0.75, 1.0, 1.5, 2.0]


# --- Working hours -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opened", "window", "due"),
    [
        # Tuesday afternoon, within the day and over the night.
        (beijing(3, 10, 14), 3 * HOUR, beijing(3, 10, 17)),
        (beijing(3, 10, 14), 12 * HOUR, beijing(3, 11, 17)),
        # A working day ends where it ends, and does not begin the next one.
        (beijing(3, 10, 9), working_days(1), beijing(3, 10, 18)),
        # Before opening, after closing, over the weekend.
        (beijing(3, 10, 6), HOUR, beijing(3, 10, 10)),
        (beijing(3, 10, 22), HOUR, beijing(3, 11, 10)),
        (beijing(3, 13, 17), working_days(1), beijing(3, 16, 17)),
        (beijing(3, 10, 14), working_days(5), beijing(3, 17, 14)),
        # National Day 2026: 1–7 October off, Saturday 10 October worked.
        (beijing(9, 30, 17), 2 * HOUR, beijing(10, 8, 10)),
        (beijing(9, 30, 17), working_days(3), beijing(10, 10, 17)),
        # The Sunday before Mid-Autumn 2026 is worked.
        (beijing(9, 19, 12), HOUR, beijing(9, 20, 10)),
        # Spring Festival 2026: off from Sunday 15 to Monday 23 February, both Saturdays around worked.
        (beijing(2, 14, 17), 2 * HOUR, beijing(2, 24, 10)),
        (beijing(2, 27, 17), 2 * HOUR, beijing(2, 28, 10)),
    ],
)
def test_the_staff_works_from_nine_to_six_on_working_days(opened, window, due):
    assert due_at(opened, window, working=STAFF_HOURS) == due


def test_a_year_the_holiday_calendar_does_not_know_is_worked_monday_to_friday():
    assert [is_working_day(date(2039, 10, day)) for day in (1, 2, 3)] == [False, False, True]
    assert due_at(beijing(10, 1, 17, year=2039), HOUR, working=STAFF_HOURS) == beijing(
        10, 3, 10, year=2039
    )


def test_what_is_left_for_the_staff_is_working_time():
    opened = beijing(3, 13, 15)  # Friday

    assert remaining(opened, 12 * HOUR, beijing(3, 15, 12), working=STAFF_HOURS) == 9 * HOUR
    assert remaining(opened, 12 * HOUR, beijing(3, 17, 11), working=STAFF_HOURS) == -2 * HOUR


def test_a_pause_of_the_staff_s_clock_counts_in_working_time_too():
    weekend_and_monday_morning = Pause(beijing(3, 13, 18), beijing(3, 16, 12))

    due = due_at(beijing(3, 13, 15), 12 * HOUR, [weekend_and_monday_morning], STAFF_HOURS)

    assert due == beijing(3, 17, 12)


# --- Time neither vanishes nor appears -----------------------------------------------------------


@given(opened=instants, window=windows, gaps=st.lists(st.tuples(spans, spans), max_size=4))
def test_pauses_that_follow_each_other_add_up_exactly(opened, window, gaps):
    pauses, at = [], opened
    for gap, length in gaps:
        pauses.append(Pause(at + gap, at + gap + length))
        at += gap + length
    counted, in_time = timedelta(), timedelta()
    for gap, length in gaps:
        counted += gap
        in_time += length if counted < window else timedelta()

    assert due_at(opened, window, pauses) - opened == window + in_time


@given(data=st.data(), opened=instants, window=windows, working=calendars)
def test_nothing_is_left_at_the_very_instant_a_window_closes(data, opened, window, working):
    pauses = data.draw(pauses_after(opened))

    due = due_at(opened, window, pauses, working)

    assert remaining(opened, window, due, pauses, working) == timedelta()
    assert remaining(opened, window, due - timedelta(microseconds=1), pauses, working) > timedelta()


@given(data=st.data(), opened=instants, window=windows, working=calendars)
def test_the_order_in_which_pauses_are_known_and_their_overlaps_do_not_matter(
    data, opened, window, working
):
    pauses = data.draw(pauses_after(opened))
    shuffled = data.draw(st.permutations(pauses))
    split = [
        Pause(begin, end)
        for pause in pauses
        for begin, end in (
            (pause.began_at, pause.began_at + (pause.ended_at - pause.began_at) / 2),
            (pause.began_at + (pause.ended_at - pause.began_at) / 2, pause.ended_at),
        )
    ]

    due = due_at(opened, window, pauses, working)

    assert due_at(opened, window, shuffled, working) == due
    assert due_at(opened, window, pauses + pauses, working) == due
    assert due_at(opened, window, split, working) == due


@given(data=st.data(), opened=instants, window=windows, longer=windows, working=calendars)
def test_a_longer_window_and_one_more_pause_never_close_earlier(
    data, opened, window, longer, working
):
    pauses = data.draw(pauses_after(opened))
    more = data.draw(pauses_after(opened))

    due = due_at(opened, window, pauses, working)

    assert due_at(opened, window + longer, pauses, working) > due
    assert due_at(opened, window, pauses + more, working) >= due


@given(data=st.data(), opened=instants, working=calendars, offset=offsets, later=offsets)
def test_time_counted_never_runs_backwards_nor_faster_than_the_clock(
    data, opened, working, offset, later
):
    pauses = data.draw(pauses_after(opened))
    now = opened + offset

    before, after = (spent(opened, at, pauses, working) for at in (now, now + later))

    assert timedelta() <= after - before <= later


ACTS = st.sampled_from(["wait", "pause", "resume", "extend", "festival", "end_early"])


@given(
    opened=instants,
    window=windows,
    working=calendars,
    acts=st.lists(st.tuples(ACTS, st.timedeltas(timedelta(), timedelta(days=4))), max_size=12),
)
def test_pausing_resuming_extending_and_reading_in_any_order_keeps_every_minute(
    opened, window, working, acts
):
    """Each act leaves what is left as it was, but for the extension; waiting costs counted time only."""
    now, pauses = opened, []
    for act, length in acts:
        before = remaining(opened, window, now, pauses, working)
        running = [pause for pause in pauses if pause.ended_at is None]
        festivals = [pause for pause in pauses if pause.ended_at and pause.ended_at > now]
        extension = timedelta()
        if act == "wait":
            at, now = now, now + length
            if running:
                assert remaining(opened, window, now, pauses, working) == before
            elif working is None and not festivals:
                assert remaining(opened, window, now, pauses, working) == before - (now - at)
            continue
        if act == "pause" and not running:
            pauses.append(Pause(now))
        elif act == "resume" and running:
            pauses[pauses.index(running[0])] = replace(running[0], ended_at=now)
        elif act == "extend":
            extension = length
            window += length
        elif act == "festival":
            pauses.append(Pause(now + length / 2, now + length))
        elif act == "end_early" and festivals:
            festival = festivals[0]
            cut = replace(festival, ended_at=max(now, festival.began_at))
            pauses[pauses.index(festival)] = cut

        assert remaining(opened, window, now, pauses, working) == before + extension
        due = due_at(opened, window, pauses, working)
        known = [pause for pause in pauses if pause.ended_at is not None]
        assert remaining(opened, window, due, known, working) == timedelta()


@given(opened=instants, window=windows, working=calendars, fraction=st.floats(0.1, 2.5))
def test_the_instant_of_a_fraction_is_where_that_fraction_is_spent(
    opened, window, working, fraction
):
    at = instant_at(opened, window, fraction, working=working)

    assert spent(opened, at, working=working) == window * fraction


@given(opened=instants, window=windows, working=calendars)
def test_only_the_instant_matters_not_the_zone_it_is_written_in(opened, window, working):
    """Berlin and New York change their clocks; what is left does not."""
    due = due_at(opened, window, working=working)

    for zone in ("Europe/Berlin", "America/New_York", "Asia/Shanghai"):
        abroad = opened.astimezone(ZoneInfo(zone))
        assert due_at(abroad, window, working=working) == due


@given(opened=instants, days=st.integers(1, 10))
def test_so_many_working_days_from_opening_time_end_at_closing_time(opened, days):
    morning = opened.astimezone(BEIJING).replace(hour=9, minute=0, second=0, microsecond=0)

    due = due_at(morning, days * WORKING_DAY, working=STAFF_HOURS).astimezone(BEIJING)

    assert (due.hour, due.minute) == (18, 0)
    assert is_working_day(due.date())
    worked = [morning.date() + n * DAY for n in range((due.date() - morning.date()).days + 1)]
    assert sum(map(is_working_day, worked)) == days


@given(opened=instants, window=spans, at=instants)
def test_what_is_left_is_negative_exactly_when_late(opened, window, at):
    left = remaining(opened, window, at)

    assert (left < timedelta()) == (at > due_at(opened, window))


# --- Reminders -----------------------------------------------------------------------------------


def test_reminders_of_a_short_window_leave_out_the_fixed_times_that_precede_it():
    due = NOW + HOUR

    assert reminder_instants(NOW, due, [0.5], [2 * HOUR]) == [NOW + HOUR / 2]
    assert next_reminder([NOW + HOUR / 2], NOW + HOUR) is None


@given(opened=instants, window=spans, fractions=st.lists(st.floats(0.01, 0.99), max_size=4))
def test_reminders_fall_within_the_window_in_order(opened, window, fractions):
    due = due_at(opened, window)

    found = reminder_instants(opened, due, fractions, [2 * HOUR, 24 * HOUR])

    assert found == sorted(found)
    assert all(opened <= instant <= due for instant in found)
