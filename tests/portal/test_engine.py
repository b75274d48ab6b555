"""The engine's page: health in plain words, and a person's decisions about what was too much for it."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from cases import breaker, outbox
from cases.lifecycle import State
from cases.models import Deadline, Delivery, Heartbeat, Notice, WorkHour
from portal import engine
from tests.factories import make_person, make_shop

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, supervisor):
    client = signed_in(supervisor)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def look(client):
    return lambda **query: client.get(reverse("engine", query=query))


@pytest.fixture
def alive():
    """Clock and post came round a moment ago."""
    for name in ("sweep", "relay"):
        Heartbeat.objects.create(name=name, at=timezone.now() - 6 * SECOND)


def words(response) -> str:
    return " ".join(response.content.decode().split())


def figures(response) -> dict[str, tuple[str, str, str]]:
    return {
        vital.title: (vital.value, vital.note, vital.state) for vital in response.context["vitals"]
    }


def give_up(count: int = 1) -> list[int]:
    outbox.dispatch(timezone.now(), ["mail"])
    chosen = list(Delivery.objects.values_list("pk", flat=True)[:count])
    Delivery.objects.filter(pk__in=chosen).update(
        state="dead", ended_at=timezone.now(), failures=16, last_error="OSError: <b>no</b>"
    )
    return chosen


def acted(case_in, late: timedelta, ago: timedelta) -> None:
    """The clock acted on a deadline that much after its instant, that long ago."""
    case = case_in(State.AWAITING_MERCHANT)
    at = timezone.now() - ago
    case.deadlines.filter(kind="merchant_response").update(
        closed_at=at, due_at=at - late, opened_at=at - 48 * HOUR, outcome="expired", sweep=case.pk
    )


def test_an_engine_that_runs_says_so_and_asks_for_nothing(look, alive):
    response = look()

    assert "The engine runs. Nothing waits for you here." in words(response)
    assert {state for _value, _note, state in figures(response).values()} == {"ok"}
    value, note, _state = figures(response)["Last round of the clock"]
    assert (value[-6:], note) == (" s ago", "on time")
    assert "No message was given up." in words(response)
    assert "Nothing is set aside." in words(response)
    assert 'role="alert"' not in words(response)


def test_a_silent_clock_is_the_first_thing_said(look):
    Heartbeat.objects.create(name="sweep", at=timezone.now() - 4 * MINUTE)

    response = look()

    assert "The clock is silent." in words(response)
    assert figures(response)["Last round of the clock"] == ("4 min ago", "late", "bad")


def test_a_broker_that_is_away_delays_and_loses_nothing(look, alive, monkeypatch):
    monkeypatch.setattr(engine, "broker_answers", lambda: False)

    assert "Background jobs are delayed: the broker does not answer." in words(look())


def test_what_is_overdue_and_what_waits_is_shown_with_its_oldest(look, alive, case_in):
    case_in(State.AWAITING_MERCHANT, now=timezone.now() - 48 * HOUR - 3 * MINUTE)
    Notice.objects.update(created_at=timezone.now() - 2 * MINUTE)

    found = figures(look())

    assert found["Deadlines to act on"] == ("1", "the oldest by 3 min", "soon")
    assert found["Messages not sent yet"][:2] == ("2", "the oldest for 2 min")


def test_a_machine_whose_clock_is_off_the_databases_is_told(look, alive, monkeypatch):
    ahead = SimpleNamespace(now=lambda: timezone.now() + 5 * MINUTE + 20 * SECOND)
    monkeypatch.setattr("portal.engine.timezone", ahead)
    Heartbeat.objects.update(at=ahead.now())

    page = look()

    title = "This machine's clock against the database's"
    assert figures(page)[title] == ("5 min", "apart", "soon")
    assert re.search(r"clock is 3[12]\d s off the database", words(page))


def test_how_late_the_clock_acts_is_the_median_the_99th_and_the_worst(look, alive, case_in):
    for late in (4, 6, 8):
        acted(case_in, late * SECOND, ago=10 * MINUTE)
    acted(case_in, 7 * MINUTE, ago=5 * HOUR)
    acted(case_in, 7 * HOUR, ago=30 * HOUR)

    hour, day = look().context["lateness"]

    assert (hour.count, hour.median, hour.almost_all, hour.longest) == (3, "6 s", "8 s", "8 s")
    assert (day.count, day.median, day.longest) == (4, "6 s", "7 min")
    assert [share.count for share in look().context["shares"]] == [3, 0, 0, 0, 1, 0]


def test_a_deadline_somebody_met_is_not_the_clocks(look, alive, case_in):
    case_in(State.QUEUED, now=timezone.now())

    assert look().context["lateness"][1].count == 0


def test_the_rounds_of_a_day_are_bars_and_a_poor_hour_stands_out(look, alive):
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for back, rounds in ((0, 12), (1, 360), (2, 90), (30, 360)):
        WorkHour.objects.create(
            name="sweep", began_at=this_hour - back * HOUR, rounds=rounds, done=back
        )

    rounds = look().context["rounds"]

    assert [(bar.count, bar.kind) for bar in rounds[-4:]] == [
        (0, "fsoon"),
        (90, "fsoon"),
        (360, "fe"),
        (12, "fb"),
    ]
    assert [bar.height for bar in rounds[-4:]] == [0, 15, 60, 2]
    assert [bar.count for bar in look().context["acts"][-3:]] == [2, 1, 0]


def test_messages_given_up_are_listed_with_their_error_and_sent_again(client, look, alive, case_in):
    case = case_in(State.AWAITING_MERCHANT)
    [chosen, other] = give_up(2)

    page = words(look())
    assert case.reference in page
    assert "OSError: &lt;b&gt;no&lt;/b&gt;" in page
    assert "The engine runs. Something waits for a person below." in page
    response = client.post(
        reverse("engine_messages"), {"messages": [chosen], "decision": "send_again"}, follow=True
    )

    assert "1 message goes out again." in words(response)
    assert Delivery.objects.get(pk=chosen).state == "waiting"
    assert Delivery.objects.get(pk=other).state == "dead"


def test_a_message_is_set_aside_with_a_reason_only(client, alive, case_in):
    case_in(State.AWAITING_MERCHANT)
    [chosen] = give_up()
    fields = {"messages": [chosen], "decision": "put_aside"}

    refused = client.post(reverse("engine_messages"), fields, follow=True)
    assert "Say why the message is not sent." in words(refused)
    assert Delivery.objects.get(pk=chosen).state == "dead"

    client.post(reverse("engine_messages"), fields | {"reason": "told by telephone"})

    aside = Delivery.objects.get(pk=chosen)
    assert (aside.state, aside.reason) == ("set_aside", "told by telephone")


@pytest.mark.parametrize(
    "fields",
    [{"decision": "send_again"}, {"messages": ["9999"], "decision": "send_again"}, {}],
)
def test_a_decision_about_nothing_changes_nothing(client, case_in, fields):
    case_in(State.AWAITING_MERCHANT)
    [chosen] = give_up()

    response = client.post(reverse("engine_messages"), fields, follow=True)

    assert response.status_code == 200
    assert Delivery.objects.get(pk=chosen).state == "dead"


def test_all_can_be_ticked_without_a_script(look, case_in):
    case_in(State.AWAITING_MERCHANT)
    give_up(2)

    assert (
        look(tick="all").content.decode().count(" checked")
        == look().content.decode().count(" checked") + 2
    )


def test_a_message_whose_words_are_the_trouble_is_shown_all_the_same(look, case_in):
    case_in(State.AWAITING_MERCHANT)
    give_up()
    Notice.objects.update(name="no_such_sentence")

    assert "no_such_sentence" in words(look())


def test_a_deadline_set_aside_is_shown_and_tried_now(client, look, alive, case_in):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    clock = case.deadlines.open().get()
    Deadline.objects.filter(pk=clock.pk).update(
        failures=3, retry_at=timezone.now() + HOUR, last_error="KeyError: <script>"
    )

    page = words(look())
    assert "KeyError: &lt;script&gt;" in page
    assert case.reference in page
    response = client.post(reverse("engine_try"), {"deadline": clock.pk}, follow=True)

    assert "The clock tries it again at its next round." in words(response)
    assert Deadline.objects.get(pk=clock.pk).retry_at is None
    Deadline.objects.filter(pk=clock.pk).update(failures=0)
    assert client.post(reverse("engine_try"), {"deadline": clock.pk}).status_code == 409


def test_an_auditor_looks_and_cannot_act(signed_in, auditor, alive, case_in):
    case = case_in(State.AWAITING_MERCHANT)
    [chosen] = give_up()
    Deadline.objects.filter(case=case).update(failures=3)
    client = signed_in(auditor)

    page = client.get(reverse("engine")).content.decode()

    assert case.reference in page
    assert reverse("engine_messages") not in page
    for name in ("engine_messages", "engine_try"):
        assert client.post(reverse(name), {"messages": [chosen]}).status_code == 403


def test_the_page_costs_the_same_for_one_and_for_ten(look, alive, case_in):
    def more(count: int) -> None:
        for _ in range(count):
            owner = make_person(Role.MERCHANT, f"owner_{Notice.objects.count()}")
            case = case_in(State.AWAITING_MERCHANT, now=timezone.now(), shop=make_shop("店", owner))
            Deadline.objects.filter(case=case).update(failures=2, retry_at=timezone.now() + HOUR)
        give_up(Notice.objects.count())

    more(1)
    look()
    with CaptureQueriesContext(connection) as one:
        look()
    more(9)
    with CaptureQueriesContext(connection) as ten:
        assert len(look().context["letters"]) == 20
    assert (len(one), len(ten)) == (23, 23)


def test_a_clock_that_stopped_itself_says_why_and_goes_on_by_one_press(client, look, alive):
    at = timezone.now()
    breaker.trip("flood", at, due=900, running=1000, gap=30 * HOUR)
    Heartbeat.objects.filter(name="sweep").update(at=at - HOUR)

    page = words(look())
    assert "The clock has stopped itself." in page
    assert "900 of 1000 running deadlines" in page
    assert "1 d 6 h" in page
    response = client.post(reverse("engine_resume"), follow=True)

    assert "The clock goes on at its next round." in words(response)
    assert breaker.tripped() is None
    assert "The engine runs." in words(look())


def test_an_auditor_reads_why_the_clock_stopped_and_cannot_let_it_go_on(signed_in, auditor):
    breaker.trip("jump", timezone.now())
    client = signed_in(auditor)

    assert reverse("engine_resume") not in client.get(reverse("engine")).content.decode()
    assert client.post(reverse("engine_resume")).status_code == 403
    assert breaker.tripped() is not None
