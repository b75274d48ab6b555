"""An upload that began before the deadline, seen from the pages: with a script, and without one."""

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases import sweep
from cases.lifecycle import State
from cases.models import Case
from evidence.models import Exhibit, UploadTicket
from evidence.tickets import MOST_PER_PERSON, open_ticket

JSON = {"HTTP_ACCEPT": "application/json"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
MINUTE = timedelta(minutes=1)


def photo():
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    return SimpleUploadedFile("photo.jpg", file.getvalue(), "image/jpeg")


@pytest.fixture
def due():
    """The deadline, two minutes ago."""
    return timezone.now() - 2 * MINUTE


@pytest.fixture
def case(case_in, due):
    opened = due - timedelta(hours=48)
    case = case_in(State.AWAITING_MERCHANT, now=opened)
    assert case.deadlines.open().get().due_at == due
    sweep.run(timezone.now())
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def began_three_minutes_ago(monkeypatch, due):
    clock = SimpleNamespace(now=lambda: due - MINUTE)
    monkeypatch.setattr("arbitration.middleware.timezone", clock)


def test_a_script_takes_a_ticket_and_its_file_counts_from_then(case, merchant, due, signed_in):
    client = signed_in(merchant)
    answer = client.post(reverse("upload_ticket", args=[case.reference]), **JSON)
    UploadTicket.objects.update(opened_at=due - MINUTE)  # the upload then took three minutes

    response = client.post(
        reverse("exhibits", args=[case.reference]),
        {"files": photo(), "ticket": answer.json()["ticket"]},
        **JSON,
        **ENGLISH,
    )

    began = f"{timezone.localtime(due - MINUTE):%H:%M}"
    assert (answer.status_code, response.status_code) == (201, 201)
    assert (response.json()["late"], response.json()["began"]) == (
        False,
        f"Started {began}, counted in time",
    )


def test_without_a_script_the_requests_own_beginning_counts(
    case, merchant, due, signed_in, began_three_minutes_ago
):
    signed_in(merchant).post(reverse("exhibits", args=[case.reference]), {"files": photo()})

    kept = Exhibit.objects.get(case=case)
    assert (kept.is_late, kept.began_at) == (False, due - MINUTE)


def test_an_answer_sent_with_its_files_counts_from_its_beginning(
    case, merchant, signed_in, began_three_minutes_ago
):
    signed_in(merchant).post(
        reverse("merchant_case", args=[case.reference]),
        {"step": "respond", "text": "发货时完好。", "files": photo()},
    )

    stored = Case.objects.get(pk=case.pk)
    assert (stored.answer, stored.answer_is_late, stored.defaulted_at) == (
        "发货时完好。",
        False,
        None,
    )


def test_an_answer_without_files_has_no_grace(case, merchant, signed_in, began_three_minutes_ago):
    signed_in(merchant).post(
        reverse("merchant_case", args=[case.reference]), {"step": "respond", "text": "晚了。"}
    )

    assert Case.objects.get(pk=case.pk).answer_is_late


@pytest.mark.parametrize(
    ("behind_proxy", "spent", "is_late"),
    [
        (True, "240.000", False),
        (False, "240.000", True),
        (True, "", True),
        (True, "1e9", True),
        (True, "-240.000", True),
    ],
)
def test_what_our_proxy_kept_until_it_was_whole_counts_from_its_first_byte(
    case, merchant, signed_in, settings, behind_proxy, spent, is_late
):
    """The proxy's word is taken only where there is one: anybody could send that header."""
    settings.BEHIND_PROXY = behind_proxy

    signed_in(merchant).post(
        reverse("exhibits", args=[case.reference]), {"files": photo()}, HTTP_X_REQUEST_TIME=spent
    )

    assert Exhibit.objects.get(case=case).is_late is is_late


def test_an_answer_a_script_sends_after_its_files_counts_from_when_they_began(
    case, merchant, due, signed_in
):
    client = signed_in(merchant)
    answer = client.post(reverse("upload_ticket", args=[case.reference]), **JSON)
    UploadTicket.objects.update(opened_at=due - MINUTE)
    files = {"files": photo(), "ticket": answer.json()["ticket"]}
    client.post(reverse("exhibits", args=[case.reference]), files, **JSON)

    page = reverse("merchant_case", args=[case.reference])
    client.post(page, {"step": "respond", "text": "发货时完好。"})

    stored = Case.objects.get(pk=case.pk)
    assert (stored.answer_is_late, stored.defaulted_at) == (False, None)
    assert [exhibit.is_late for exhibit in stored.exhibits.all()] == [False]


def test_a_ticket_that_brought_no_file_or_another_side_s_gives_no_grace(
    case, merchant, buyer, due, signed_in
):
    for person, used_at in ((merchant, None), (buyer, due)):
        ticket = open_ticket(case, by=person, now=due - MINUTE)
        UploadTicket.objects.filter(pk=ticket.pk).update(used_at=used_at)

    page = reverse("merchant_case", args=[case.reference])
    signed_in(merchant).post(page, {"step": "respond", "text": "晚了。"})

    assert Case.objects.get(pk=case.pk).answer_is_late


def test_both_sides_and_the_desk_read_when_it_started(
    case, merchant, buyer, arbitrator, due, signed_in, began_three_minutes_ago, monkeypatch
):
    signed_in(merchant).post(reverse("exhibits", args=[case.reference]), {"files": photo()})
    Case.objects.filter(pk=case.pk).update(holder=arbitrator, state=State.REVIEWING)
    pages = [("merchant_case", merchant), ("buyer_case", buyer), ("case", arbitrator)]

    shown = [
        signed_in(reader).get(reverse(name, args=[case.reference]), **ENGLISH).content.decode()
        for name, reader in pages
    ]

    at = f"{timezone.localtime(due - MINUTE):%H:%M}"
    for page in shown:
        text = page.replace("</time>", "").partition('class="flag">Started ')[2]
        assert text.partition(">")[2].startswith(f"{at}, counted in time")


def test_whoever_sends_without_end_is_told_to_wait(case, merchant, signed_in):
    for _upload in range(MOST_PER_PERSON):
        open_ticket(case, by=merchant, now=timezone.now())
    client = signed_in(merchant)

    ticket = client.post(reverse("upload_ticket", args=[case.reference]), **JSON)
    file = client.post(reverse("exhibits", args=[case.reference]), {"files": photo()}, **JSON)

    assert (ticket.status_code, ticket["Retry-After"], file.status_code) == (429, "600", 429)
    assert not Exhibit.objects.filter(case=case).exists()
