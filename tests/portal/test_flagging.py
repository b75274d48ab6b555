"""A photo that is hard to look at: one colleague flags it, and it comes blurred to all."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from cases.lifecycle import State
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit


@pytest.fixture
def exhibit(case_in, arbitrator, buyer, now):
    case = case_in(State.REVIEWING, holder=arbitrator)
    Image.new("RGB", (400, 300), "maroon").save(picture := BytesIO(), "JPEG")
    return submit_exhibit(case, Submission(picture.getvalue(), "a.jpg"), by=buyer, now=now).exhibit


def flag(client, exhibit, **said):
    address = reverse("exhibit_flag", args=[exhibit.case.reference, exhibit.number])
    return client.post(address, said)


def page(client, exhibit):
    return client.get(reverse("case", args=[exhibit.case.reference])).content.decode()


def test_a_flagged_photo_meets_every_colleague_blurred(exhibit, arbitrator, supervisor, signed_in):
    flag(signed_in(arbitrator), exhibit, flagged="1")

    flagged = Exhibit.objects.get()
    assert (flagged.flagged_by, flagged.sha256) == (arbitrator, exhibit.sha256)
    assert "data-flagged data-blurred" in page(signed_in(supervisor), exhibit)


def test_it_is_blurred_in_the_conversation_too_that_which_is_fetched_later_and_without_scripts(
    exhibit, arbitrator, signed_in
):
    client = signed_in(arbitrator)
    flag(client, exhibit, flagged="1")
    talk = client.get(reverse("case_talk", args=[exhibit.case.reference])).content.decode()

    for shown in (page(client, exhibit), talk):
        assert f'data-shot="{exhibit.label}" data-blurred' in shown


def test_the_flag_can_be_taken_away_again(exhibit, arbitrator, signed_in):
    client = signed_in(arbitrator)
    flag(client, exhibit, flagged="1")
    flag(client, exhibit)

    assert Exhibit.objects.get().flagged_at is None
    assert "data-flagged" not in page(client, exhibit).replace("data-blur-flagged", "")


def test_a_house_that_blurs_nothing_says_only_that_it_is_flagged(
    exhibit, arbitrator, signed_in, settings
):
    settings.BLUR_FLAGGED = False
    client = signed_in(arbitrator)
    flag(client, exhibit, flagged="1")

    assert " data-flagged data-caption" in page(client, exhibit)


def test_a_supervisor_looks_but_flags_nothing(exhibit, supervisor, signed_in):
    assert flag(signed_in(supervisor), exhibit, flagged="1").status_code == 403
    assert Exhibit.objects.get().flagged_at is None
