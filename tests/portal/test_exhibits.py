"""Files coming in through the pages and going out again. Row numbers are those of the bad-input table."""

import json
import stat
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.lifecycle import State
from evidence import intake
from evidence.darkroom import Undeveloped
from evidence.intake import Submission, submit_exhibit, withdraw_exhibit
from evidence.models import Exhibit, sealed

JSON = {"HTTP_ACCEPT": "application/json"}
CHAT = "买家A (2026-03-08 10:00:00):\n<script>alert(1)</script> 破了\n\n店铺客服 (2026-03-08 10:01:00):\n抱歉\n"


def photo(colour="teal", size=(64, 48), **options):
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", **options)
    return file.getvalue()


def upload(content, name="photo.jpg", content_type="image/jpeg"):
    return SimpleUploadedFile(name, content, content_type)


def send(client, case, *files, field="files", **headers):
    return client.post(reverse("exhibits", args=[case.reference]), {field: list(files)}, **headers)


def address(exhibit, name="exhibit_preview"):
    return reverse(name, args=[exhibit.case.reference, exhibit.number])


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


@pytest.fixture
def exhibit(case, merchant):
    return submit_exhibit(
        case, Submission(photo(), "杯子 正面.jpg"), by=merchant, now=timezone.now()
    ).exhibit


@pytest.fixture
def log(case, buyer):
    return submit_exhibit(
        case, Submission(CHAT.encode(), "chat.txt", is_confirmed=True), by=buyer, now=timezone.now()
    ).exhibit


# --- In ------------------------------------------------------------------------------------------


def test_a_script_is_told_what_its_file_became(case, merchant, signed_in):
    response = send(signed_in(merchant), case, upload(photo()), field="files:E-PACKVID", **JSON)

    assert response.status_code == 201
    assert response.json() == {
        "label": "E-01",
        "status": "accepted",
        "name": "photo.jpg",
        "reason": "",
        "duplicate": False,
        "late": False,
        "began": "",
        "confirm": "",
    }
    stored = Exhibit.objects.get(case=case)
    assert (stored.side, stored.evidence_type) == ("merchant", "E-PACKVID")


def test_the_same_file_again_is_the_exhibit_it_already_is(case, merchant, signed_in):  # row 35
    client = signed_in(merchant)
    send(client, case, upload(photo()), **JSON)

    response = send(client, case, upload(photo(), "again.jpg"), **JSON)

    assert response.status_code == 200
    assert (response.json()["label"], response.json()["duplicate"]) == ("E-01", True)
    assert Exhibit.objects.filter(case=case).count() == 1


def test_both_sides_may_send_the_same_file(case, merchant, buyer, signed_in):  # row 35
    send(signed_in(merchant), case, upload(photo()), **JSON)
    response = send(signed_in(buyer), case, upload(photo()), **JSON)

    assert (response.status_code, response.json()["label"]) == (201, "E-02")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.jpg"),  # row 1
        (photo()[:200], "half.jpg"),  # row 4
        (b"<html><script>alert(1)</script></html>", "page.jpg"),  # row 26
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "drawing.png"),  # row 27
        (b"%PDF-1.7", "scan.jpg"),  # row 28
        (b"[1,]", "chat.json"),  # row 50
        (b'{"messages": [{"sent_at": NaN}]}', "chat.json"),  # row 51
        (b"[" * 100_000, "chat.json"),  # row 53
        (b"PK\x03\x04rest", "chat.csv"),  # row 67
    ],
)
def test_a_file_that_cannot_be_evidence_is_refused_in_words(
    case, merchant, signed_in, content, name
):
    response = send(signed_in(merchant), case, upload(content, name), **JSON)

    assert response.status_code == 400
    answer = response.json()
    assert (answer["status"], answer["name"], bool(answer["reason"])) == ("refused", name, True)
    assert not Exhibit.objects.filter(case=case).exists()


def test_a_file_past_the_limit_is_cut_and_refused(case, merchant, signed_in):  # rows 2 and 3
    huge = upload(photo() + b"\0" * (settings.UPLOAD_MAX_BYTES + 500_000))

    response = send(signed_in(merchant), case, huge, **JSON)

    assert response.status_code == 413
    assert "20 MB" in response.json()["reason"]
    assert not Exhibit.objects.filter(case=case).exists()


def test_thirty_files_with_a_bad_one_keep_the_rest(case, merchant, signed_in):  # row 39
    files = [upload(photo((number * 8, 90, 90)), f"{number}.jpg") for number in range(30)]
    files[16] = upload(b"not a photo", "seventeenth.jpg")
    client = signed_in(merchant)

    response = send(client, case, *files)

    assert response.status_code == 302
    assert Exhibit.objects.filter(case=case).count() == 29
    told = [str(message) for message in client.get(response.url).context["messages"]]
    assert [sentence.partition(":")[0] for sentence in told if "seventeenth" in sentence] == [
        "seventeenth.jpg"
    ]


def test_the_thirty_first_file_is_refused_and_thirty_stay(case, merchant, signed_in):  # row 38
    files = [upload(photo((number * 8, 9, 9)), f"{number}.jpg") for number in range(31)]

    send(signed_in(merchant), case, *files)

    assert Exhibit.objects.filter(case=case).count() == 30


def test_more_files_than_a_request_may_carry_are_refused(case, merchant, signed_in):  # row 38
    files = [upload(b"x", f"{number}.jpg") for number in range(101)]

    assert send(signed_in(merchant), case, *files).status_code == 400


def test_no_file_and_two_files_at_once_are_refused_for_a_script(case, merchant, signed_in):
    client = signed_in(merchant)

    assert send(client, case, **JSON).status_code == 400
    assert send(client, case, upload(b"a"), upload(b"b"), **JSON).status_code == 400


@pytest.mark.parametrize("content_type", ["text/html", "", "image/svg+xml"])
def test_the_bytes_decide_not_the_claimed_type(case, merchant, signed_in, content_type):  # row 47
    response = send(signed_in(merchant), case, upload(photo(), "x.php", content_type), **JSON)

    assert response.status_code == 201
    assert Exhibit.objects.get(case=case).found_type == "image/jpeg"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("..\\..\\win.ini.jpg", "win.ini.jpg"),  # row 40
        ("photo\u202egpj.exe", "photogpj.exe"),  # row 42
        (".htaccess", "htaccess"),  # row 43
        ("发票 证据.jpg", "发票 证据.jpg"),  # row 45
    ],
)
def test_names_are_cleaned_for_showing(case, merchant, signed_in, name, shown):
    response = send(signed_in(merchant), case, upload(photo(), name), **JSON)

    assert response.json()["name"] == shown


def test_an_unknown_kind_of_evidence_is_dropped_not_stored(case, merchant, signed_in):
    send(signed_in(merchant), case, upload(photo()), field="files:E-'--", **JSON)

    assert Exhibit.objects.get(case=case).evidence_type == ""


def test_a_file_after_the_sides_time_is_kept_and_marked_late(case_in, merchant, signed_in):
    case = case_in(State.QUEUED, silent=True, now=timezone.now())

    response = send(signed_in(merchant), case, upload(photo()), **JSON)

    assert (response.status_code, response.json()["late"]) == (201, True)


@pytest.mark.parametrize("state", [State.RULED, State.CLOSED, State.WITHDRAWN, State.REJECTED])
def test_a_decided_case_takes_no_file(case_in, merchant, signed_in, state):  # row 80
    case = case_in(state, now=timezone.now())

    response = send(signed_in(merchant), case, upload(photo()), **JSON)

    assert response.status_code == 400
    assert not Exhibit.objects.filter(case=case).exists()


@pytest.mark.parametrize("stranger", ["rival_merchant", "rival_buyer"])
def test_strangers_cannot_send_and_are_not_told_that_the_case_exists(
    case, signed_in, request, stranger
):
    client = signed_in(request.getfixturevalue(stranger))

    assert send(client, case, upload(photo())).status_code == 404
    assert not Exhibit.objects.filter(case=case).exists()


def test_staff_cannot_send(case, arbitrator, signed_in):
    assert send(signed_in(arbitrator), case, upload(photo())).status_code == 403


def test_a_script_that_is_signed_out_is_told_so(case, client):
    response = send(client, case, upload(photo()), **JSON)

    assert (response.status_code, list(response.json())) == (401, ["reason"])


def test_a_broken_multipart_body_is_a_bad_request(case, merchant, signed_in):  # row 48
    client = signed_in(merchant)
    place = reverse("exhibits", args=[case.reference])

    for content_type in ("multipart/form-data", f"multipart/form-data; boundary={'b' * 1000}"):
        assert client.post(place, b"--x\r\n", content_type=content_type).status_code in (302, 400)


# --- Out -----------------------------------------------------------------------------------------


def test_what_would_be_refused_is_not_offered(
    case_in, exhibit, merchant, arbitrator, penalty_officer, auditor, signed_in
):
    """Neither to an arbitrator while nobody holds the case, nor to an officer of points."""
    waiting = case_in(State.QUEUED)
    Exhibit.objects.filter(pk=exhibit.pk).update(case=waiting)
    exhibit.case = waiting
    original, check = (address(exhibit, name) for name in ("exhibit_original", "exhibit_check"))

    for reader, offered in (
        (arbitrator, {check}),
        (penalty_officer, set()),
        (auditor, {original, check}),
    ):
        client = signed_in(reader)
        custody = client.get(address(exhibit, "exhibit_custody")).content.decode()
        desk = client.get(reverse("case", args=[waiting.reference])).content.decode()

        assert {each for each in (original, check) if f'"{each}"' in custody} == offered
        assert (f'"{original}"' in desk) == (original in offered)
        assert client.get(original).status_code == (200 if original in offered else 403)
        assert client.post(check).status_code == (302 if check in offered else 403)


@pytest.mark.parametrize("name", ["exhibit_preview", "exhibit_thumb"])
@pytest.mark.parametrize("reader", ["merchant", "buyer", "arbitrator", "auditor"])
def test_those_concerned_see_a_clean_picture(exhibit, signed_in, request, reader, name):
    response = signed_in(request.getfixturevalue(reader)).get(address(exhibit, name))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Disposition"] == (
        "inline; filename*=UTF-8''%E6%9D%AF%E5%AD%90%20%E6%AD%A3%E9%9D%A2.jpg"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, max-age=600"
    assert Image.open(BytesIO(response.content)).format == "JPEG"


@pytest.mark.parametrize("reader", ["merchant", "buyer", "arbitrator", "auditor"])
def test_a_photo_has_a_window_of_its_own_that_needs_no_script(exhibit, signed_in, request, reader):
    page = signed_in(request.getfixturevalue(reader)).get(address(exhibit, "exhibit_window"))

    assert page.status_code == 200
    assert (
        f'<figure class="photo stage-photo"><img src="{address(exhibit)}"' in page.content.decode()
    )


def test_the_window_leaves_out_what_its_reader_may_not_see(
    case, exhibit, merchant, buyer, signed_in
):
    taken_back = submit_exhibit(
        case, Submission(photo("red"), "b.jpg"), by=merchant, now=timezone.now()
    ).exhibit
    withdraw_exhibit(taken_back, by=merchant, now=timezone.now())

    pages = {
        who: signed_in(who).get(address(exhibit, "exhibit_window")).content.decode()
        for who in (buyer, merchant)
    }

    assert [taken_back.label in page for page in pages.values()] == [False, True]
    assert signed_in(buyer).get(address(taken_back, "exhibit_window")).status_code == 404


def test_a_chat_log_has_no_window_of_photos(log, arbitrator, signed_in):
    assert signed_in(arbitrator).get(address(log, "exhibit_window")).status_code == 404


def test_a_head_request_gives_the_headers_alone(exhibit, merchant, signed_in):
    response = signed_in(merchant).head(address(exhibit))

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Type"] == "image/jpeg"


def test_what_is_served_carries_nothing_hidden(case, merchant, signed_in):  # rows 21, 24, 25
    written = Image.Exif()
    written[0x010E] = "<script>alert(1)</script>"
    written.get_ifd(0x8825).update({1: "N", 2: (31.0, 14.0, 2.0)})
    original = photo(exif=written, comment=b"<script>alert(2)</script>") + b"PK\x03\x04<?php"
    send(signed_in(merchant), case, upload(original), **JSON)
    stored = Exhibit.objects.get(case=case)

    served = signed_in(merchant).get(address(stored)).content

    assert stored.has_location
    assert not Image.open(BytesIO(served)).getexif()
    assert not [scrap for scrap in (b"<script", b"<?php", b"PK\x03\x04") if scrap in served]


@pytest.mark.parametrize("name", ["exhibit_preview", "exhibit_thumb"])
@pytest.mark.parametrize("stranger", ["rival_merchant", "rival_buyer", "administrator"])
def test_strangers_see_no_picture(exhibit, signed_in, request, stranger, name):
    client = signed_in(request.getfixturevalue(stranger))

    assert client.get(address(exhibit, name)).status_code in (403, 404)


def test_the_number_of_another_case_leads_nowhere(exhibit, case_in, merchant, signed_in):  # row 72
    other = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    client = signed_in(merchant)

    for name in ("exhibit_preview", "exhibit_thumb"):
        assert client.get(reverse(name, args=[other.reference, 1])).status_code == 404


def test_a_withdrawn_exhibit_is_hidden_from_the_other_side_only(
    exhibit, merchant, buyer, arbitrator, signed_in
):
    place = address(exhibit, "exhibit_withdraw")

    why = {f"reason:{exhibit.number}": "拍错了\0"}
    assert signed_in(merchant).post(place, why).status_code == 302
    assert signed_in(merchant).post(place).status_code == 302  # twice changes nothing

    assert exhibit.case.events.get(name="withdraw_exhibit").facts["reason"] == "拍错了"
    custody = signed_in(arbitrator).get(address(exhibit, "exhibit_custody")).content.decode()
    assert "拍错了" in custody
    seen = [signed_in(person).get(address(exhibit)).status_code for person in (merchant, buyer)]
    assert seen == [200, 404]
    assert signed_in(arbitrator).get(address(exhibit)).status_code == 200


def test_nobody_withdraws_what_the_other_side_sent(exhibit, buyer, rival_merchant, signed_in):
    place = address(exhibit, "exhibit_withdraw")

    assert signed_in(buyer).post(place).status_code == 403
    assert signed_in(rival_merchant).post(place).status_code == 404
    assert Exhibit.objects.get(pk=exhibit.pk).withdrawn_at is None


def test_after_the_ruling_nothing_is_withdrawn(case_in, merchant, arbitrator, signed_in):
    case = case_in(State.REVIEWING, now=timezone.now())
    kept = submit_exhibit(case, Submission(photo(), "a.jpg"), by=merchant, now=timezone.now())
    type(case).objects.filter(pk=case.pk).update(state=State.RULED)

    assert signed_in(merchant).post(address(kept.exhibit, "exhibit_withdraw")).status_code == 409


def test_the_holder_gets_the_original_as_a_download_and_it_is_recorded(
    case_in, merchant, arbitrator, signed_in
):
    case = case_in(State.REVIEWING, now=timezone.now())
    kept = submit_exhibit(case, Submission(photo(), 'a";x=".jpg'), by=merchant, now=timezone.now())

    response = signed_in(arbitrator).get(address(kept.exhibit, "exhibit_original"))

    assert response.content == photo()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == "attachment; filename*=UTF-8''a%22%3Bx%3D%22.jpg"
    assert response["Content-Security-Policy"].startswith("sandbox")
    event = case.events.get(name="open_original")
    assert (event.actor, event.facts) == (arbitrator, {"label": "E-01"})


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("merchant", 404),
        ("buyer", 404),
        ("arbitrator", 403),
        ("penalty_officer", 403),
        ("auditor", 200),
    ],
)
def test_the_original_is_for_the_holder_and_the_auditor(
    exhibit, signed_in, request, person, status
):
    client = signed_in(request.getfixturevalue(person))

    assert client.get(address(exhibit, "exhibit_original")).status_code == status


def test_a_file_lost_from_the_disk_is_said_to_be_and_noted(exhibit, merchant, signed_in):
    sealed().delete(exhibit.preview.name)

    assert signed_in(merchant).get(address(exhibit)).status_code == 409

    assert exhibit.files.get(role="preview").state == "missing"
    assert exhibit.case.events.latest("number").name == "integrity_failed"


def test_a_chat_log_is_a_page_of_escaped_messages(log, merchant, signed_in):  # row 61
    response = signed_in(merchant).get(address(log))

    page = response.content.decode()
    assert response.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 破了" in page
    assert "<script>alert(1)" not in page
    assert signed_in(merchant).get(address(log, "exhibit_thumb")).status_code == 404


def test_the_stored_files_are_private_and_under_names_of_our_own(exhibit):  # row 46
    path = sealed().path(exhibit.original.name)

    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert "杯子" not in path


def test_an_exhibit_is_on_the_docket(exhibit, case):
    event = case.events.get(name="exhibit")

    assert json.loads(json.dumps(event.facts)) == {
        "side": "merchant",
        "label": "E-01",
        "kind": "photo",
        "sha256": exhibit.sha256,
        "status": "accepted",
        "late": False,
        "files": {
            file.role: file.sha256 for file in exhibit.files.all() if file.role != "original"
        },
    }


def test_received_at_the_deadline_is_in_time_and_a_second_later_is_not(case, merchant):
    due = case.deadlines.open().get().due_at

    on_time = submit_exhibit(case, Submission(photo(), "a.jpg"), by=merchant, now=due)
    late = submit_exhibit(
        case, Submission(photo("red"), "b.jpg"), by=merchant, now=due + timedelta(seconds=1)
    )

    assert (on_time.exhibit.is_late, late.exhibit.is_late) == (False, True)


def test_a_photo_that_could_not_be_processed_is_kept_and_said_to_be_so(  # fault 21
    case, merchant, buyer, arbitrator, signed_in, monkeypatch
):
    class Dark:
        def develop(self, original):
            raise Undeveloped

    monkeypatch.setattr(intake, "darkroom", Dark())
    response = send(signed_in(merchant), case, upload(photo()), HTTP_ACCEPT_LANGUAGE="en", **JSON)
    type(case).objects.filter(pk=case.pk).update(holder=arbitrator, state=State.REVIEWING)

    said = "Could not be processed, original kept"
    assert (response.status_code, response.json()["status"]) == (201, "rejected")
    assert (response.json()["label"], response.json()["reason"]) == ("E-01", said)
    for name, reader in [("merchant_case", merchant), ("buyer_case", buyer), ("case", arbitrator)]:
        page = signed_in(reader).get(
            reverse(name, args=[case.reference]), HTTP_ACCEPT_LANGUAGE="en"
        )
        assert said in page.content.decode()
        assert "/thumb/" not in page.content.decode()
