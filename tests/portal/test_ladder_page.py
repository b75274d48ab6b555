from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import ladder, sweep
from cases.lifecycle import State
from cases.models import Case, Deadline, Ruling

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def late(case_in):
    """A case under review that has used twice its time."""
    case = case_in(State.REVIEWING, now=timezone.now() - timedelta(days=60))
    for _rung in range(2):
        ladder.climb(timezone.now())
    return case


@pytest.fixture
def drawn(case_in) -> Ruling:
    began = timezone.now() - timedelta(days=3)
    asked = {"requested_amount": Decimal("30.00"), "paid": Decimal("50.00")}
    case = case_in(State.AWAITING_MERCHANT, now=began, **asked)
    sweep.run(case.due_at + SECOND)
    sweep.run(case.due_at + timedelta(minutes=10) + 2 * SECOND)
    Ruling.objects.update(is_drawn=True)
    return Ruling.objects.get(case=case)


@pytest.fixture
def desk(signed_in, supervisor):
    client = signed_in(supervisor)
    client.cookies["django_language"] = "en"
    return client


def test_the_page_shows_the_rung_and_how_much_is_used(desk, late):
    response = desk.get(reverse("ladder"))

    row = response.context["rows"][0]
    assert (row.deadline.case, row.deadline.rung) == (late, 2)
    assert row.used > 200
    assert row.width == 200
    assert "top of the queue, lead told" in response.content.decode()


def test_an_empty_ladder_says_so(desk):
    text = desk.get(reverse("ladder")).content.decode()

    assert "No deadline of the desk has used three quarters of its time." in text
    assert "None waits to be looked at." in text


def test_a_drawn_ruling_is_looked_at_with_one_press(desk, drawn, supervisor):
    response = desk.post(reverse("drawn_ruling"), {"ruling": drawn.pk, "agrees": "yes"})

    assert response.status_code == 302
    stored = Ruling.objects.get()
    assert (stored.audited_by, stored.audit_agrees) == (supervisor, True)
    assert Case.objects.get().state == State.RULED


def test_a_wrong_one_needs_words_and_those_typed_are_kept(desk, drawn):
    empty = desk.post(reverse("drawn_ruling"), {"ruling": drawn.pk, "agrees": "no"})
    words = {"ruling": drawn.pk, "agrees": "no", "note": "The tier is wrong"}
    told = desk.post(reverse("drawn_ruling"), words)

    assert empty.status_code == 400
    assert "Say what is wrong with it." in empty.content.decode()
    assert told.status_code == 302
    assert Ruling.objects.get().audit_note == "The tier is wrong"


def test_a_ruling_nobody_drew_cannot_be_chosen(desk, drawn):
    Ruling.objects.update(is_drawn=False)

    response = desk.post(reverse("drawn_ruling"), {"ruling": drawn.pk, "agrees": "yes"})

    assert response.status_code == 400
    assert Ruling.objects.get().audited_at is None


def test_the_page_asks_as_much_for_twenty_as_for_one(
    desk, case_in, late, django_assert_num_queries
):
    with django_assert_num_queries(9):
        desk.get(reverse("ladder"))
    for _ in range(19):
        case_in(State.REVIEWING, now=timezone.now() - timedelta(days=60))
    Deadline.objects.filter(kind="ruling_target").update(rung=2)

    with django_assert_num_queries(9):
        desk.get(reverse("ladder"))
