"""Pages asked for and left in odd ways (rows 83 to 87 of the table).

A ruling without scripts is written in tests/browser/test_journeys.py."""

import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.lifecycle import State
from cases.models import Case
from evidence.models import Exhibit
from tests.bad.pictures import drawing, saved
from tests.bad.plainly import Visitor
from tests.factories import end_hold

HOUR = timedelta(hours=1)
ODD_PAGES = ("-1", "0", "1000000000", "abc", "%00", "1e9")
ODD_WORDS = ("q" * 10_000, "%_\\", "' OR 1=1 --", "\x00", "(((((a+)+)+)+)+$")


def fresh(case):
    return Case.objects.get(pk=case.pk)


@pytest.mark.parametrize("page", ODD_PAGES, ids=lambda page: f"row 83: page {page}")
@pytest.mark.parametrize("name", ["queue", "supervisor", "buyer_home"])
def test_a_page_that_is_none_is_the_first_or_the_last(
    case_in, arbitrator, supervisor, buyer, signed_in, name, page
):
    case_in(State.QUEUED, now=timezone.now())
    who = {"queue": arbitrator, "supervisor": supervisor, "buyer_home": buyer}[name]

    assert signed_in(who).get(f"{reverse(name)}?page={page}").status_code == 200


@pytest.mark.parametrize("words", ODD_WORDS, ids=lambda words: f"row 83: {words[:9]!r}")
@pytest.mark.parametrize("name", ["queue", "chat_search"])
def test_odd_words_are_no_fault_and_take_no_time(case_in, arbitrator, signed_in, name, words):
    case_in(State.QUEUED, now=timezone.now())
    client = signed_in(arbitrator)
    client.get(reverse(name))
    began = time.process_time()

    answer = client.get(reverse(name), {"q": words})

    assert answer.status_code == 200
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize("language", ["../../x", "xx", "e" * 4000])
def test_row_84_a_language_nobody_speaks_is_the_default(client, language):
    client.cookies["django_language"] = language

    assert client.get(reverse("login"))["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("zone", ["Mars/Phobos", "../../etc/localtime", "UTC"])
def test_row_84_times_are_beijings_whatever_zone_is_asked_for(case, buyer, signed_in, zone):
    client = signed_in(buyer)
    place = reverse("buyer_case", args=[case.reference])
    client.cookies["django_timezone"] = client.cookies["tz"] = zone
    due = timezone.localtime(case.due_at)

    page = client.get(place, {"tz": zone}).content.decode()

    assert f"{due:%H:%M}" in page
    assert "+08:00" in page


@pytest.fixture
def held(case_in, arbitrator):
    return case_in(State.REVIEWING, now=timezone.now() - HOUR)


def test_row_86_what_was_typed_before_the_session_ended_is_there_after_signing_in(
    held, arbitrator, signed_in
):
    client, place = signed_in(arbitrator), reverse("ruling_draft", args=[held.reference])
    page = client.get(reverse("case", args=[held.reference])).content.decode()
    assert "写到一半的理由" not in page
    client.post(place, {"reasons": "写到一半的理由"}, HTTP_ACCEPT="application/json")
    client.logout()

    answer = client.post(place, {"reasons": "更多"}, HTTP_ACCEPT="application/json")

    assert answer.status_code == 401
    assert answer.json()["reason"]
    again = signed_in(arbitrator).get(reverse("case", args=[held.reference]))
    assert "写到一半的理由" in again.content.decode()


# --- 87: without scripts --------------------------------------------------------------------------


def photo():
    return SimpleUploadedFile("photo.jpg", saved(drawing()), "image/jpeg")


def test_row_87_a_merchant_answers_with_a_photo(case, merchant, signed_in):
    visitor = Visitor(signed_in(merchant)).visit(reverse("merchant_case", args=[case.reference]))

    visitor.send(step="respond", text="出库完好。", files=photo())

    assert fresh(case).state == State.QUEUED
    assert Exhibit.objects.get(case=case).side == "merchant"


def test_row_87_a_buyer_appeals(case_in, buyer, signed_in):
    case = end_hold(case_in(State.RULED, now=timezone.now() - HOUR))
    visitor = Visitor(signed_in(buyer)).visit(reverse("buyer_case", args=[case.reference]))

    visitor.send(ground="mistake", text="两个杯子都碎了，不是一个。")

    assert fresh(case).state == State.APPEALED


def test_row_87_a_case_is_claimed_from_its_page(case_in, other_arbitrator, signed_in):
    case = case_in(State.QUEUED, now=timezone.now())
    visitor = Visitor(signed_in(other_arbitrator)).visit(reverse("case", args=[case.reference]))

    visitor.send(to="/claim/")

    assert fresh(case).holder == other_arbitrator
