"""What was noticed about a file is said where the file is looked at."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.lifecycle import State
from evidence.intake import Submission, submit_exhibit

LOG = "买家\u202e (2026-03-04 20:05:00):\n箱子塌了\n\n平台小二 (2030-03-04 20:09:00):\n同意退款\n"


def test_the_desk_reads_what_is_odd_about_a_chat_log(case_in, buyer, arbitrator, signed_in, now):
    case = case_in(State.REVIEWING)
    submit_exhibit(
        case,
        Submission(LOG.encode("gb18030"), "chat.txt", "chat_log", is_confirmed=True),
        by=buyer,
        now=now,
    )
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    page = client.get(reverse("case", args=[case.reference])).content.decode()

    assert "As the buyer submitted it; not verified." in page
    assert "encoding guessed; check that the text reads right" in page
    assert "zone assumed" in page
    assert "hidden characters, shown as marks" in page


def test_more_files_than_a_request_may_hold_are_refused_with_the_number(
    case_in, merchant, signed_in
):
    case = case_in(State.AWAITING_MERCHANT)
    client = signed_in(merchant)
    client.cookies["django_language"] = "en"
    files = [SimpleUploadedFile(f"{number}.jpg", b"x") for number in range(101)]

    answer = client.post(reverse("exhibits", args=[case.reference]), {"files": files})

    assert answer.status_code == 400
    assert "At most 100 files at once" in answer.content.decode()
    assert case.exhibits.count() == 0
