from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases import breaker, sweep
from cases.lifecycle import State
from cases.models import Breaker, Deadline, Heartbeat
from portal import health


def beat(age: timedelta, name: str = "sweep") -> None:
    Heartbeat.objects.create(name=name, at=timezone.now() - age)


def ask(client):
    response = client.get(reverse("healthz"))
    return response.status_code, response.json()


def test_a_portal_whose_clock_goes_round_is_well(client, db):
    beat(timedelta(seconds=21))

    status, facts = ask(client)

    assert (status, facts["status"]) == (200, "ok")
    assert set(facts) == {
        "status",
        "database",
        "broker",
        "halted",
        "sweep_age_seconds",
        "relay_age_seconds",
        "overdue",
        "outbox_backlog",
        "outbox_age_seconds",
        "store_away_seconds",
        "drift_seconds",
    }
    assert abs(facts["drift_seconds"]) < 30
    assert 21 <= facts["sweep_age_seconds"] < 120


@pytest.mark.parametrize(("seconds", "status"), [(175, 200), (182, 503)])
def test_a_clock_silent_for_three_minutes_is_an_alarm(client, db, seconds, status):
    beat(timedelta(seconds=seconds))

    assert ask(client)[0] == status


def test_before_the_first_round_it_is_starting(client, db):
    status, facts = ask(client)

    assert (status, facts["status"], facts["sweep_age_seconds"]) == (200, "starting", None)


def test_no_first_round_while_something_is_overdue_is_an_alarm(client, case_in):
    case_in(State.AWAITING_MERCHANT)  # due long ago by now's reckoning

    status, facts = ask(client)

    assert (status, facts["status"], facts["overdue"]) == (503, "late", 1)


def test_the_staffs_own_deadlines_are_not_the_clocks(client, case_in):
    case_in(State.REVIEWING)
    beat(timedelta())

    assert ask(client)[1]["overdue"] == 0


def test_what_waits_to_be_sent_is_counted(client, case_in):
    case_in(State.AWAITING_MERCHANT)
    beat(timedelta())

    assert ask(client)[1]["outbox_backlog"] == 2


def test_a_clock_that_stopped_itself_is_an_alarm(client, db):
    beat(timedelta())
    breaker.trip("jump", timezone.now())

    status, facts = ask(client)

    assert (status, facts["status"], facts["halted"]) == (503, "halted", True)


def test_a_beat_from_the_future_is_no_sign_of_life(client, db):
    beat(timedelta(days=-400))

    assert ask(client)[0] == 503


@pytest.mark.parametrize("seconds", [60, -60])
def test_a_machine_whose_clock_is_off_the_databases_says_so(client, db, monkeypatch, seconds):
    beat(timedelta())
    shifted = SimpleNamespace(now=lambda: timezone.now() + timedelta(seconds=seconds))
    monkeypatch.setattr(health, "timezone", shifted)

    code, facts = ask(client)

    assert (code, facts["status"]) == (200, "degraded")
    assert abs(facts["drift_seconds"] - seconds) < 30


def test_a_silent_relay_makes_it_worse_off(client, db):
    beat(timedelta())
    beat(timedelta(minutes=4), "relay")

    status, facts = ask(client)

    assert (status, facts["status"], facts["relay_age_seconds"]) == (200, "degraded", 240)


def test_a_relay_that_never_came_while_something_waits_makes_it_worse_off(client, case_in):
    case_in(State.AWAITING_MERCHANT)  # told long ago by now's reckoning
    Deadline.objects.all().delete()
    beat(timedelta())

    assert ask(client)[1]["status"] == "degraded"


def test_without_a_broker_the_portal_is_worse_off_but_not_down(client, db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    beat(timedelta())

    status, facts = ask(client)

    assert (status, facts["status"], facts["broker"]) == (200, "degraded", "down")


def test_without_a_database_it_is_down(client, db, monkeypatch):
    def gone(now):
        raise OperationalError("gone")

    monkeypatch.setattr(health, "pulse", gone)

    status, facts = ask(client)

    assert (status, facts["status"], facts["database"]) == (503, "down", "down")
    assert facts["overdue"] is None


def test_it_costs_six_queries_and_no_session(client, db, django_assert_num_queries):
    beat(timedelta())

    with django_assert_num_queries(6):
        response = client.get(reverse("healthz"))

    assert "sessionid" not in response.cookies


BANNER = "Background jobs are delayed: the clock is silent."


@pytest.fixture
def page(signed_in, monkeypatch):
    def look(reader, name: str = "home") -> str:
        monkeypatch.setattr(health.watch, "look_at", 0.0)
        browser = signed_in(reader)
        browser.cookies["django_language"] = "en"
        return browser.get(reverse(name), follow=True).content.decode()

    return look


def test_every_page_of_the_staff_says_that_the_clock_is_silent(
    page, arbitrator, supervisor, merchant, shop
):
    beat(timedelta(seconds=5))
    assert BANNER not in page(arbitrator)

    Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=70))

    assert BANNER in page(arbitrator)
    assert BANNER in page(supervisor, "ladder")
    assert BANNER not in page(merchant)  # their time does not depend on it
    Heartbeat.objects.update(at=timezone.now())
    assert BANNER not in page(arbitrator)


def test_a_clock_that_stopped_itself_is_silent_too(page, arbitrator):
    long_ago = timezone.now() - timedelta(minutes=5)
    beat(timedelta(minutes=5))
    breaker.trip(Breaker.Cause.JUMP, long_ago)

    sweep.run(timezone.now())

    assert BANNER in page(arbitrator)


def test_a_page_asks_after_the_clock_once_in_a_while(
    signed_in, arbitrator, monkeypatch, django_assert_num_queries
):
    browser = signed_in(arbitrator)
    browser.get(reverse("queue"))
    with CaptureQueriesContext(connection) as usual:
        browser.get(reverse("queue"))
    monkeypatch.setattr(health.watch, "look_at", 0.0)
    monkeypatch.setattr(health, "LOOK_AGAIN_SECONDS", 600.0)

    for more in (1, 0):
        with django_assert_num_queries(len(usual) + more):
            browser.get(reverse("queue"))
