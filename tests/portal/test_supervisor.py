from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from cases.lifecycle import State
from cases.models import Deadline, Heartbeat
from tests.factories import falls_due, make_person

HOUR = timedelta(hours=1)
RULING_TARGET = 48 * HOUR  # of the rule the cases of these tests are judged by
pytestmark = pytest.mark.django_db


@pytest.fixture
def due_in(case_in):
    """A case under review whose ruling falls due after this time, by the real clock the page reads."""

    def make(left: timedelta, state: str = State.REVIEWING, **facts):
        now = timezone.now()
        return falls_due(case_in(state, now=now + left - RULING_TARGET, **facts), now + left)

    return make


@pytest.fixture
def look(signed_in, supervisor):
    client = signed_in(supervisor)
    client.cookies["django_language"] = "en"
    return lambda **query: client.get(reverse("supervisor", query=query))


def counts(response) -> dict[str, int]:
    return {tally.code: tally.count for tally in response.context["tallies"]}


def listed(response) -> list[str]:
    return [row.case.reference for row in response.context["rows"]]


def test_an_empty_portal_says_so(look):
    response = look()

    assert counts(response) == {"late": 0, "hour": 0, "soon": 0, "today": 0}
    assert "Nothing is late" in response.content.decode()


def test_cases_are_counted_where_they_belong_and_the_count_leads_to_them(look, due_in):
    late, hour, soon = due_in(-2 * HOUR), due_in(HOUR / 2), due_in(3 * HOUR)
    due_in(30 * HOUR)

    response = look()

    found = counts(response)
    assert (found["late"], found["hour"], found["soon"]) == (1, 1, 1)
    assert response.context["tallies"][0].note == "the longest by 2 h 00 min"
    assert listed(look(due="late")) == [late.reference]
    assert listed(look(due="hour")) == [hour.reference]
    assert listed(look(due="soon")) == [soon.reference]
    assert listed(response)[0] == late.reference


def test_ended_cases_are_not_late(look, due_in):
    due_in(-2 * HOUR, State.CLOSED)

    assert counts(look())["late"] == 0


def test_a_row_tells_holder_state_and_clock(look, due_in, arbitrator):
    case = due_in(-2 * HOUR)

    text = look(due="late").content.decode()

    assert f'href="{reverse("case", args=[case.reference])}"' in text
    assert str(arbitrator) in text
    assert "2 h 00 min late" in text
    assert "¥280.00" in text


def test_everybody_of_the_desk_is_shown_with_what_they_hold(look, due_in, arbitrator, senior):
    for left in (-HOUR, 2 * HOUR, 40 * HOUR):
        due_in(left)
    gone = make_person(Role.ARBITRATOR, "gone", is_active=False)

    loads = {load.person: load for load in look().context["loads"]}

    mine = loads[arbitrator]
    assert (mine.held, mine.late, mine.soon, mine.rest) == (3, 1, 1, 1)
    assert (loads[senior].held, loads[senior].rest_width) == (0, 0)
    assert gone not in loads


def test_what_was_set_aside_is_counted_and_the_engines_page_is_one_click_away(look, case_in):
    case = case_in(State.AWAITING_MERCHANT)
    Deadline.objects.filter(case=case).update(failures=3, retry_at=timezone.now())

    response = look()

    assert response.context["set_aside"] == 1
    assert f'href="{reverse("engine")}"' in response.content.decode()


def test_a_silent_clock_is_an_alarm(look):
    Heartbeat.objects.create(name="sweep", at=timezone.now() - timedelta(minutes=10))

    assert 'role="alert"' in look().content.decode()


@pytest.mark.parametrize("page", ["-1", "0", "99999", "abc", "1e9"])
def test_an_impossible_page_is_the_nearest_one(look, due_in, page):
    case = due_in(-HOUR)

    assert listed(look(page=page)) == [case.reference]


def test_an_unknown_filter_is_no_filter(look, due_in):
    case = due_in(-HOUR)

    assert listed(look(due="holder__password")) == [case.reference]


def test_the_page_costs_the_same_for_one_case_and_for_ten(look, due_in, django_assert_num_queries):
    due_in(-HOUR)
    look()
    queries = 18

    with django_assert_num_queries(queries):
        look()
    for number in range(9):
        due_in(-HOUR, holder=make_person(Role.ARBITRATOR, f"desk_{number}"))
    with django_assert_num_queries(queries):
        assert len(listed(look())) == 10


def test_it_changes_nothing(signed_in, supervisor, auditor):
    for person in (supervisor, auditor):
        assert signed_in(person).post(reverse("supervisor")).status_code == 405
