"""Platform pauses on the pages: counted before they are declared, and shown wherever a clock stands still."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Shop
from cases.actions import declare_pause
from cases.lifecycle import State
from cases.models import Case, PlatformPause
from portal.templatetags.portal import BEIJING
from tests.cases.test_pausing import clock_of, festival
from tests.factories import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(signed_in, supervisor):
    client = signed_in(supervisor)
    client.cookies["django_language"] = "en"
    return client


def typed(**facts):
    """The form as a supervisor fills it in: from in an hour, Beijing time, for three days."""
    begins = (timezone.now() + HOUR).astimezone(BEIJING)
    return {
        "began_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + 3 * DAY:%Y-%m-%dT%H:%M}",
        "reason_zh": "系统故障",
        "reason_en": "The portal was out of order",
    } | facts


def send(desk, **facts):
    return desk.post(reverse("declare_pause"), typed(**facts))


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_count_comes_first_and_nothing_has_moved_by_then(desk, case_in):
    for _ in range(2):
        case_in(State.AWAITING_MERCHANT, now=timezone.now())
    case_in(State.REVIEWING, now=timezone.now())

    response = send(desk)

    assert (response.context["reach"].deadlines, response.context["reach"].cases) == (2, 2)
    assert "Declare the pause" in text_of(response)
    assert PlatformPause.objects.count() == 0


def test_what_was_counted_is_declared_in_beijing_time(desk, case_in, supervisor):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    due, facts = clock_of(case).due_at, typed()
    seal = desk.post(reverse("declare_pause"), facts).context["seal"]

    response = desk.post(reverse("declare_pause"), facts | {"seal": seal}, follow=True)

    pause = PlatformPause.objects.get()
    assert f"{pause.began_at.astimezone(BEIJING):%Y-%m-%dT%H:%M}" == facts["began_at"]
    assert (pause.declared_by, pause.reason_zh) == (supervisor, "系统故障")
    assert clock_of(case).due_at == due + 3 * DAY
    assert "Declared. 1 case is told." in text_of(response)


def test_what_was_changed_since_it_was_counted_is_counted_again(desk, case_in):
    case_in(State.AWAITING_MERCHANT, now=timezone.now())
    seal = send(desk).context["seal"]

    response = send(desk, seal=seal, categories=["fresh"])

    assert response.context["reach"].deadlines == 0
    assert PlatformPause.objects.count() == 0


def test_a_form_with_something_missing_comes_back_with_what_was_typed(desk):
    response = send(desk, reason_en="", ends_at="2020-01-01T00:00", shop="nobody's")

    assert response.status_code == 400
    text = text_of(response)
    for sentence in (
        "The parties read this; it cannot be empty.",
        "A pause ends after it begins.",
        "No shop, or more than one, has this name.",
    ):
        assert sentence.replace("'", "&#x27;") in text
    assert "系统故障" in text


def test_the_scope_is_taken_over(desk, shop: Shop):
    facts = typed(kinds=["appeal_window"], categories=["fresh", "damaged"], shop=shop.name)
    seal = desk.post(reverse("declare_pause"), facts).context["seal"]
    desk.post(reverse("declare_pause"), facts | {"seal": seal})

    pause = PlatformPause.objects.get()
    assert (pause.kinds, pause.shop) == (["appeal_window"], shop)
    assert sorted(pause.categories) == ["damaged", "fresh"]
    assert shop.name in text_of(desk.get(reverse("pauses")))


def test_the_grace_of_uploads_is_not_there_to_be_paused(desk):
    assert send(desk, kinds=["default_decision"]).status_code == 400


def test_a_refusal_of_the_verb_says_why_on_the_page(desk):
    facts = typed()
    seal = desk.post(reverse("declare_pause"), facts).context["seal"]
    for status in (302, 409):
        response = desk.post(reverse("declare_pause"), facts | {"seal": seal})
        assert response.status_code == status

    assert "This very pause is already declared." in text_of(response)


def test_a_running_pause_is_ended_with_one_press(desk, case_in, supervisor):
    now = timezone.now()
    case = case_in(State.AWAITING_MERCHANT, now=now)
    declare_pause(festival(now), by=supervisor, now=now)

    before = text_of(desk.get(reverse("pauses")))
    response = desk.post(
        reverse("end_pause"), {"pause": PlatformPause.objects.get().pk}, follow=True
    )

    assert "End now" in before
    assert "Ended early" in text_of(response)
    assert "End now" not in text_of(response)
    assert clock_of(case).due_at - now < 48 * HOUR + timedelta(minutes=5)


def test_an_auditor_reads_and_declares_nothing(signed_in, auditor, supervisor, now):
    declare_pause(festival(timezone.now()), by=supervisor, now=now)
    client = signed_in(auditor)
    client.cookies["django_language"] = "en"

    text = text_of(client.get(reverse("pauses")))

    assert "Parcels do not move" in text
    assert "<textarea" not in text
    assert "End now" not in text
    assert client.post(reverse("declare_pause"), typed()).status_code == 403
    assert client.post(reverse("end_pause"), {"pause": 1}).status_code == 403


def page_of(case: Case, who: str) -> str:
    return reverse(
        {"merchant": "merchant_case", "buyer": "buyer_case"}.get(who, "case"), args=[case]
    )


@pytest.mark.parametrize("who", ["merchant", "buyer", "senior"])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Parcels do not move during Spring Festival"), ("zh-hans", "春节期间快递停运")],
)
def test_everybody_reads_on_the_case_that_and_why_its_clock_stands_still(
    request, signed_in, case_in, supervisor, who, language, sentence
):
    now = timezone.now()
    case = case_in(State.AWAITING_MERCHANT, now=now - HOUR)
    declare_pause(festival(now - HOUR / 2), by=supervisor, now=now)
    client = signed_in(request.getfixturevalue(who))
    client.cookies["django_language"] = language

    response = client.get(page_of(case, who))

    shown = response.context["standing"].clock
    assert shown.state == "pause"
    assert [rest.reason for rest in shown.rests] == [sentence]
    assert sentence in text_of(response)


def test_while_it_rests_a_clock_shows_what_is_left_of_its_own_time(
    signed_in, case_in, merchant, supervisor
):
    now = timezone.now()
    case = case_in(State.AWAITING_MERCHANT, now=now - HOUR)
    declare_pause(festival(now - HOUR / 2), by=supervisor, now=now)
    client = signed_in(merchant)
    client.cookies["django_language"] = "en"

    for name, arguments in (("merchant_case", [case]), ("merchant_home", [])):
        assert "1 d 23 h" in text_of(client.get(reverse(name, args=arguments)))


def test_a_pause_to_come_is_announced_while_the_clock_goes_on(
    signed_in, case_in, buyer, supervisor
):
    now = timezone.now()
    case = case_in(State.AWAITING_MERCHANT, now=now)
    declare_pause(festival(now + DAY), by=supervisor, now=now)

    shown = signed_in(buyer).get(page_of(case, "buyer")).context["standing"].clock

    assert shown.state == "ok"
    assert len(shown.rests) == 1


def test_a_pause_that_is_over_or_that_it_never_reaches_is_not_mentioned(
    signed_in, case_in, buyer, supervisor
):
    now = timezone.now()
    over, not_reached = (
        case_in(State.AWAITING_MERCHANT, now=now - DAY),
        case_in(State.RULED, now=now),
    )
    declare_pause(
        festival(now - DAY, HOUR, kinds=["merchant_response"]), by=supervisor, now=now - DAY
    )
    declare_pause(festival(now + 30 * DAY), by=supervisor, now=now)

    for case in (over, not_reached):
        shown = signed_in(buyer).get(page_of(case, "buyer")).context["standing"].clock
        assert shown.rests == []


def test_the_docket_gives_the_reason_in_the_readers_language(
    signed_in, case_in, senior, supervisor
):
    case = case_in(State.AWAITING_MERCHANT)
    declare_pause(festival(), by=supervisor, now=NOW)

    text = text_of(signed_in(senior).get(reverse("case", args=[case])))

    assert "春节期间快递停运" in text
