"""Appeals on the parties' pages: making one with new evidence, answering the other side's, and reading the end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import answer_appeal, appeal, overturn, uphold
from cases.lifecycle import State
from cases.models import Case
from evidence.models import Exhibit
from tests.factories import draft, ruling_for_the_merchant
from tests.portal.test_exhibits import CHAT, photo, upload

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
APPEAL = {"step": "appeal", "ground": "new", "text": "The courier took a photo."}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def buyer_page(case: Case) -> str:
    return reverse("buyer_case", args=[case.reference])


def shop_page(case: Case) -> str:
    return reverse("merchant_case", args=[case.reference])


@pytest.fixture
def english(signed_in):
    def sign_in(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def ruled(case_in):
    return case_in(State.RULED, now=timezone.now() - DAY)


@pytest.fixture
def appealed(ruled, buyer):
    appeal(ruled, by=buyer, ground="new", text="The courier's photo", now=timezone.now())
    return fresh(ruled)


def test_both_sides_see_what_an_appeal_is_and_how_long_they_have(english, buyer, merchant, ruled):
    for person, page in ((buyer, buyer_page(ruled)), (merchant, shop_page(ruled))):
        shown = english(person).get(page).content.decode()

        assert "5 d 23 h left" in shown
        assert "A senior arbitrator who had nothing to do with the case before decides." in shown
        assert "outcome, remedy, amount and freight can change" in shown
        assert "Make the appeal" in shown


def test_an_appeal_brings_its_evidence_and_the_other_side_sees_both(
    english, buyer, merchant, ruled
):
    response = english(buyer).post(
        buyer_page(ruled), APPEAL | {"files": [upload(photo("blue"), "courier.jpg")]}, follow=True
    )

    assert response.status_code == 200
    assert "Your appeal is in." in response.content.decode()
    assert fresh(ruled).state == State.APPEALED
    brought = Exhibit.objects.get(case=ruled)
    assert (brought.with_appeal, brought.is_late, brought.side) == (True, False, "buyer")
    read = english(merchant).get(shop_page(ruled)).content.decode()
    assert "The courier took a photo." in read
    assert "Brought with the appeal" in read
    assert "Send the answer" in read
    assert "<dd>Your appeal" not in read  # the receipt is for what the shop itself sent


def test_a_bad_file_does_not_cost_the_appeal(english, buyer, ruled):
    files = [upload(photo(), "good.jpg"), upload(b"<html>", "bad.jpg")]

    response = english(buyer).post(buyer_page(ruled), APPEAL | {"files": files}, follow=True)

    shown = response.content.decode()
    assert fresh(ruled).appeals.count() == 1
    assert Exhibit.objects.filter(case=ruled).count() == 1
    assert "bad.jpg:" in shown
    assert "More evidence for the appeal" in shown


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"ground": ""}, "Say whether there is something new or a mistake."),
        ({"ground": "anger"}, "Say whether there is something new or a mistake."),
        ({"text": " "}, "Name what is new, or what the mistake is."),
        ({"text": "x" * 2001}, "At most 2000 characters; these are 2001."),
    ],
)
def test_an_appeal_that_lacks_something_comes_back_with_the_words(
    english, buyer, ruled, typed, sentence
):
    response = english(buyer).post(buyer_page(ruled), APPEAL | typed)

    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert (APPEAL | typed)["text"].strip() in response.content.decode()
    assert fresh(ruled).state == State.RULED


def test_what_is_posted_besides_decides_nothing(english, buyer, ruled):
    """Nobody appeals as the other side, or later than the clock says, by saying so."""
    english(buyer).post(
        buyer_page(ruled), APPEAL | {"side": "merchant", "due_at": "2099", "state": "closed"}
    )

    assert fresh(ruled).appeals.get().side == "buyer"


def test_twice_late_or_by_a_stranger_it_is_refused(
    english, buyer, merchant, rival_merchant, rival_buyer, case_in, appealed
):
    again = english(buyer).post(buyer_page(appealed), APPEAL)
    late = case_in(State.RULED, now=timezone.now() - 8 * DAY)
    too_late = english(buyer).post(buyer_page(late), APPEAL)
    strangers = [
        english(rival_merchant).post(shop_page(appealed), APPEAL).status_code,
        english(rival_buyer).post(buyer_page(appealed), APPEAL).status_code,
        english(buyer).post(shop_page(appealed), APPEAL).status_code,
    ]

    assert (again.status_code, too_late.status_code) == (409, 409)
    assert "You have already appealed in this case." in again.content.decode()
    assert "The time to appeal is over." in too_late.content.decode()
    assert "The courier took a photo." in too_late.content.decode()
    assert strangers == [404, 404, 404]
    assert appealed.appeals.count() == 1


def test_who_won_reads_why_there_is_nothing_to_appeal(english, merchant, case_in):
    case = case_in(State.RULED, now=timezone.now(), ruling=ruling_for_the_merchant())

    shown = english(merchant).get(shop_page(case)).content.decode()

    assert "You got what you asked for; there is nothing to appeal." in shown
    assert "Make the appeal" not in shown


def test_the_other_side_answers_with_a_photo_and_its_own_words(english, buyer, merchant, appealed):
    page = english(merchant)

    empty = page.post(shop_page(appealed), {"step": "answer_appeal", "text": " "})
    given = page.post(
        shop_page(appealed),
        {"step": "answer_appeal", "text": "Not our parcel", "files": [upload(photo(), "p.jpg")]},
    )

    assert empty.status_code == 400
    assert "Say what you think of the appeal." in empty.content.decode()
    assert given.status_code == 302
    assert fresh(appealed).appeals.get().answer == "Not our parcel"
    assert Exhibit.objects.get(case=appealed).with_appeal
    read = english(buyer).get(buyer_page(appealed)).content.decode()
    assert "Not our parcel" in read
    assert "More evidence for the appeal" not in read


def test_who_has_answered_may_still_appeal_unless_it_said_otherwise(
    english, merchant, appealed, case_in, buyer
):
    shown = english(merchant).get(shop_page(appealed)).content.decode()
    assert "I do not appeal myself" in shown
    assert "Make the appeal" in shown

    english(merchant).post(
        shop_page(appealed), {"step": "answer_appeal", "text": "No", "waives": "on"}
    )

    assert "Make the appeal" not in english(merchant).get(shop_page(appealed)).content.decode()
    assert fresh(appealed).deadlines.open().count() == 1


def test_after_the_hearing_no_evidence_comes_in(english, buyer, merchant, appealed):
    answer_appeal(appealed, by=merchant, text="No", now=timezone.now())

    response = english(buyer).post(
        reverse("exhibits", args=[appealed.reference]),
        {"files": upload(photo(), "late.jpg")},
        headers={"Accept": "application/json"},
    )

    assert response.status_code == 400
    assert response.json()["reason"] == "This case no longer takes evidence."


def test_before_an_appeal_a_ruled_case_takes_no_evidence(english, buyer, ruled):
    response = english(buyer).post(
        reverse("exhibits", args=[ruled.reference]),
        {"files": upload(photo(), "late.jpg")},
        headers={"Accept": "application/json"},
    )

    assert response.status_code == 400
    assert list(Exhibit.objects.all()) == []


def test_a_chat_log_brought_with_an_appeal_is_confirmed_like_any_other(english, buyer, appealed):
    english(buyer).post(
        reverse("exhibits", args=[appealed.reference]),
        {"files": upload(CHAT.encode(), "chat.txt", "text/plain")},
    )
    log = Exhibit.objects.get(case=appealed)

    english(buyer).post(
        reverse("exhibit_confirm", args=[appealed.reference, log.number]),
        {"encoding": "utf-8", "zone": "Asia/Shanghai"},
    )

    assert Exhibit.objects.get(pk=log.pk).status == Exhibit.Status.ACCEPTED


def test_both_sides_read_the_end_of_an_appeal(english, buyer, merchant, senior, appealed):
    now = timezone.now()
    answer_appeal(appealed, by=merchant, text="No", waives=True, now=now)
    uphold(fresh(appealed), by=senior, reasons="The photo shows another parcel.", now=now)

    for person, page in ((buyer, buyer_page(appealed)), (merchant, shop_page(appealed))):
        shown = english(person).get(page).content.decode()
        assert "The ruling stands." in shown
        assert "The photo shows another parcel." in shown
        assert "Make the appeal" not in shown


def test_both_sides_read_the_new_version_beside_the_old_one(
    english, buyer, merchant, senior, appealed
):
    now = timezone.now()
    answer_appeal(appealed, by=merchant, text="No", waives=True, now=now)
    overturn(fresh(appealed), by=senior, draft=draft(amount=Decimal("200.00")), now=now)

    for person, page in ((buyer, buyer_page(appealed)), (merchant, shop_page(appealed))):
        shown = english(person).get(page).content.decode()
        assert "The ruling was replaced by a new one." in shown
        assert "¥200.00" in shown
        for version in (1, 2):
            assert f"?version={version}" in shown
