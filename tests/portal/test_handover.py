"""A supervisor hands cases over from the overview, or one from its own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from cases.lifecycle import State
from cases.models import Case, Event
from tests.factories import make_person

REASON = "On leave until Friday."
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(signed_in, supervisor):
    client = signed_in(supervisor)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def held(case_in):
    """`held(3)`: so many cases under review, due long after today."""
    return lambda count, **facts: [
        case_in(State.REVIEWING, now=timezone.now(), **facts) for _ in range(count)
    ]


def order(client, cases, to, reason=REASON):
    fields = {"cases": [case.reference for case in cases], "to": to, "reason": reason}
    return client.post(reverse("hand_over"), fields, follow=True)


def words(response) -> str:
    return " ".join(response.content.decode().split())


def listed(response) -> list[str]:
    return [row.case.reference for row in response.context["rows"]]


def test_ten_cases_are_handed_over_at_once(client, held, arbitrator, other_arbitrator):
    cases = held(10)

    response = order(client, cases, other_arbitrator.pk)

    assert "10 of 10 changed hands." in words(response)
    assert words(response).count(f"now with {other_arbitrator}") == 10
    assert set(Case.objects.values_list("holder", flat=True)) == {other_arbitrator.pk}
    assert Event.objects.filter(name="reassign").count() == 10


def test_each_that_stays_says_why(client, case_in, held, other_arbitrator):
    [fine] = held(1)
    [already] = held(1, holder=other_arbitrator)
    queued = case_in(State.QUEUED)

    response = order(client, [fine, already, queued], other_arbitrator.pk)

    assert "1 of 3 changed hands." in words(response)
    assert f"{other_arbitrator} holds this case already." in words(response)
    assert "Not while the case stands at “Queued”." in words(response)


def test_cases_go_back_to_the_queue(client, held):
    cases = held(2)

    response = order(client, cases, "queue")

    assert "2 of 2 changed hands." in words(response)
    assert set(Case.objects.values_list("state", "holder")) == {(State.QUEUED, None)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cases": []}, "Tick the cases you mean."),
        ({"cases": ["A-1999-000001"]}, "There is no such case."),
        ({"to": ""}, "Choose who takes them."),
        ({"to": "9999"}, "Choose somebody of the desk."),
        ({"reason": " "}, "Say why the case changes hands."),
    ],
)
def test_half_an_order_changes_nothing(client, held, other_arbitrator, change, sentence):
    [case] = held(1)
    fields = {"cases": [case.reference], "to": other_arbitrator.pk, "reason": REASON} | change

    response = client.post(reverse("hand_over"), fields, follow=True)

    assert sentence in words(response)
    assert not Event.objects.filter(name__in=("reassign", "release")).exists()


def test_who_left_or_hears_no_cases_cannot_be_chosen(client, held, auditor):
    [case] = held(1)
    left = make_person(Role.ARBITRATOR, "left", is_active=False)

    for person in (auditor, left):
        assert "Choose somebody of the desk." in words(order(client, [case], person.pk))


def test_the_cases_of_one_person_are_one_click_away_and_all_ticked(
    client, held, arbitrator, senior
):
    mine, others = held(2), held(1, holder=senior)
    overview = client.get(reverse("supervisor")).content.decode()
    assert f'href="?holder={arbitrator.pk}&amp;tick=all"' in overview

    response = client.get(reverse("supervisor"), {"holder": arbitrator.pk, "tick": "all"})

    assert set(listed(response)) == {case.reference for case in mine}
    assert others[0].reference not in listed(response)
    assert response.content.decode().count('name="cases"') == 2
    assert words(response).count(" checked aria-label") == 2
    assert f"In the hands of {arbitrator}" in words(response)


def test_cases_of_people_who_left_are_announced_listed_and_freed(
    client, held, arbitrator, senior, other_arbitrator
):
    stranded = held(2)
    held(1, holder=other_arbitrator)
    arbitrator.is_active = False
    arbitrator.save()

    overview = client.get(reverse("supervisor"))
    assert "2 cases are held by people who have left." in words(overview)
    assert "has left" in words(overview)
    response = client.get(reverse("supervisor"), {"holder": "left", "tick": "all"})
    assert set(listed(response)) == {case.reference for case in stranded}

    order(client, stranded, senior.pk)

    assert "who have left" not in words(client.get(reverse("supervisor")))


def test_who_changed_roles_counts_as_gone(client, held, arbitrator):
    held(1)
    arbitrator.role = Role.SUPERVISOR
    arbitrator.save()

    assert "1 case is held by somebody who has left." in words(client.get(reverse("supervisor")))


@pytest.mark.parametrize("holder", ["abc", "-1", "9" * 30, "٣", ""])
def test_an_impossible_holder_is_no_error(client, held, holder):
    held(1)

    assert client.get(reverse("supervisor"), {"holder": holder}).status_code == 200


def test_an_auditor_sees_whose_they_are_and_hands_over_nothing(
    signed_in, auditor, held, other_arbitrator
):
    [case] = held(1)
    client = signed_in(auditor)

    page = client.get(reverse("supervisor"), {"holder": case.holder_id, "tick": "all"})

    assert listed(page) == [case.reference]
    assert reverse("hand_over") not in page.content.decode()
    assert order(client, [case], other_arbitrator.pk).status_code == 403


def test_one_case_is_handed_over_from_its_own_page(
    client, signed_in, auditor, held, other_arbitrator
):
    [case] = held(1)
    address = reverse("case", args=[case.reference])

    assert reverse("hand_over") in client.get(address).content.decode()
    order(client, [case], other_arbitrator.pk)

    history = words(client.get(address))
    assert f"gave the case to {other_arbitrator}" in history
    assert REASON in history
    assert reverse("hand_over") not in signed_in(auditor).get(address).content.decode()


def test_a_case_that_cannot_change_hands_has_no_box(client, case_in):
    case_in(State.AWAITING_MERCHANT)
    case = case_in(State.REVIEWING)
    Case.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    page = client.get(reverse("supervisor"))

    assert len(listed(page)) == 2
    assert page.content.decode().count('name="cases"') == 1
    assert f'value="{case.reference}"' in page.content.decode()
