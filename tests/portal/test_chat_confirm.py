"""The page on which a chat log's sender sees how it reads (rows 60 and 64)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases.lifecycle import State
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit

CHAT = "林小满 (2026-03-08 10:00:00):\n<script>alert(1)</script> 碎了\n\n青瓷小店 (2026-03-08 10:01:00):\n抱歉\n"
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
SHANGHAI = {"encoding": "gb18030", "zone": "Asia/Shanghai"}


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


@pytest.fixture
def exhibit(case, merchant):
    sent = Submission(CHAT.encode("gb18030"), "chat.txt")
    return submit_exhibit(case, sent, by=merchant, now=timezone.now()).exhibit


@pytest.fixture
def place(exhibit):
    return reverse("exhibit_confirm", args=[exhibit.case.reference, exhibit.number])


def test_a_script_is_told_where_to_confirm(case, merchant, signed_in):
    file = SimpleUploadedFile("chat.txt", CHAT.encode())

    answer = signed_in(merchant).post(
        reverse("exhibits", args=[case.reference]),
        {"files": file},
        HTTP_ACCEPT="application/json",
        **ENGLISH,
    )

    assert answer.status_code == 201
    told = answer.json()
    assert (told["status"], told["reason"]) == ("pending", "Waiting for confirmation")
    assert told["confirm"] == reverse("exhibit_confirm", args=[case.reference, 1])


def test_the_sender_sees_the_guess_with_beijing_time_chosen(place, merchant, signed_in):
    page = signed_in(merchant).get(place, **ENGLISH).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt; 碎了" in page
    assert '<option value="gb18030" selected>' in page
    assert '<option value="Asia/Shanghai" selected>' in page
    assert "10:01" in page


def test_another_reading_can_be_tried_before_anything_is_kept(place, merchant, exhibit, signed_in):
    client = signed_in(merchant)

    tokyo = client.get(place, {"encoding": "gb18030", "zone": "Asia/Tokyo"}, **ENGLISH)
    utf8 = client.get(place, {"encoding": "utf-8", "zone": "UTC"}, **ENGLISH)
    nonsense = client.get(place, {"encoding": "klingon", "zone": "Mars/Phobos"}, **ENGLISH)

    assert "09:01" in tokyo.content.decode()
    assert "It does not read this way." in utf8.content.decode()
    assert [page.status_code for page in (tokyo, utf8, nonsense)] == [200, 200, 200]
    assert Exhibit.objects.get(pk=exhibit.pk).status == "pending"


def test_confirmed_it_is_evidence_for_everybody(place, merchant, buyer, exhibit, signed_in):
    preview = reverse("exhibit_preview", args=[exhibit.case.reference, exhibit.number])
    before = signed_in(buyer).get(preview).status_code

    response = signed_in(merchant).post(place, SHANGHAI)

    assert (before, response.status_code) == (404, 302)
    assert "碎了" in signed_in(buyer).get(preview).content.decode()


@pytest.mark.parametrize(
    "choice",
    [{}, {"encoding": "utf-8", "zone": "UTC"}, {"encoding": "gb18030", "zone": "Mars/Phobos"}],
)
def test_a_choice_that_does_not_read_changes_nothing(place, merchant, exhibit, signed_in, choice):
    assert signed_in(merchant).post(place, choice).status_code == 400
    assert Exhibit.objects.get(pk=exhibit.pk).status == "pending"


def test_it_waits_on_the_partys_page_however_the_connection_broke(
    place, merchant, exhibit, signed_in
):
    client = signed_in(merchant)

    page = client.get(reverse("merchant_case", args=[exhibit.case.reference]), **ENGLISH)
    preview = client.get(reverse("exhibit_preview", args=[exhibit.case.reference, exhibit.number]))

    assert "Waiting for your confirmation" in page.content.decode()
    assert place in page.content.decode()
    assert (preview.status_code, preview["Location"]) == (302, place)


def test_the_other_side_finds_nothing_and_the_desk_reads_that_it_waits(
    place, buyer, auditor, exhibit, signed_in
):
    preview = reverse("exhibit_preview", args=[exhibit.case.reference, exhibit.number])

    assert signed_in(buyer).get(place).status_code == 404
    assert signed_in(buyer).post(place, SHANGHAI).status_code == 404
    assert "Not yet confirmed" in signed_in(auditor).get(preview, **ENGLISH).content.decode()


def test_what_is_settled_leads_back_to_the_case(place, merchant, exhibit, signed_in):
    client = signed_in(merchant)
    client.post(place, SHANGHAI)

    again = client.get(place)

    own = reverse("merchant_case", args=[exhibit.case.reference])
    assert (again.status_code, again["Location"]) == (302, own)
