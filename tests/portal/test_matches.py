"""The match card: both pictures, how they differ, whose the other is, and the arbitrator's judgement."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from cases.lifecycle import State
from evidence.flagging import flag_exhibit
from evidence.intake import Submission, submit_exhibit
from evidence.models import Match, Viewing
from portal.demo.build import PICTURES


@pytest.fixture(scope="module")
def scene() -> bytes:
    return PICTURES["crushed_box"].draw(date(2026, 3, 10))


@pytest.fixture
def held(case_in, rival_buyer, buyer, other_arbitrator, arbitrator, scene, now):
    """A case whose photo is, mirrored, in a case of somebody else that another arbitrator holds."""
    other = case_in(State.REVIEWING, buyer=rival_buyer, holder=other_arbitrator)
    submit_exhibit(other, Submission(scene, "a.jpg"), by=rival_buyer, now=now)
    case = case_in(State.REVIEWING, holder=arbitrator)
    mirrored = BytesIO()
    Image.open(BytesIO(scene)).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(mirrored, "JPEG")
    submit_exhibit(case, Submission(mirrored.getvalue(), "b.jpg"), by=buyer, now=now)
    return case


@pytest.fixture
def find(held):
    return Match.objects.select_related("exhibit", "other__case").get(exhibit__case=held)


def page(client, case):
    client.cookies["django_language"] = "en"
    return client.get(reverse("case", args=[case.reference])).content.decode()


def mark(client, find, **said):
    address = reverse("match_mark", args=[find.exhibit.case.reference, find.exhibit.number])
    return client.post(address, {"match": find.pk, **said})


def alike(find):
    address = reverse("match_picture", args=[find.exhibit.case.reference, find.exhibit.number])
    return f"{address}?match={find.pk}"


def test_the_card_shows_both_photos_and_hides_a_case_the_reader_may_not_open(
    held, find, arbitrator, rival_buyer, signed_in
):
    client = signed_in(arbitrator)

    shown = page(client, held)
    other, own = client.get(alike(find)), client.get(f"{alike(find)}&own")

    assert f'src="{alike(find)}"' in shown
    assert b"".join(other) == find.other.preview.read()
    assert b"".join(own) == find.exhibit.preview.read()
    assert "a.jpg" not in other["Content-Disposition"]
    assert not Viewing.objects.exists()  # a lead is no look at the evidence
    original = reverse("exhibit_original", args=[find.other.case.reference, 1])
    assert client.get(original).status_code == 403

    assert "mirrored" in shown
    assert "In a case you may not open." in shown
    assert find.other.case.reference not in shown
    assert rival_buyer.display_name not in shown
    assert rival_buyer.masked_name in shown
    assert "1 photo looks like another one" in shown


def test_the_other_photo_is_served_to_the_staff_of_this_case_and_through_its_own_find_only(
    held, find, arbitrator, other_arbitrator, buyer, rival_buyer, signed_in
):
    for person, status in ((other_arbitrator, 403), (buyer, 404), (rival_buyer, 404)):
        assert signed_in(person).get(alike(find)).status_code == status
    elsewhere = Match.objects.get(exhibit=find.other)
    client = signed_in(arbitrator)
    for wrong in (str(elsewhere.pk), "", "x", "9" * 30):
        address = alike(find).partition("=")[0]
        assert client.get(f"{address}={wrong}").status_code == 404


def test_a_flagged_photo_is_blurred_on_the_card_too(held, find, arbitrator, senior, signed_in, now):
    flag_exhibit(find.other, by=senior, flagged=True, now=now)

    assert page(signed_in(arbitrator), held).count('<figure class="photo" data-blurred>') == 1


def test_who_may_open_both_cases_sees_both_pictures(held, find, senior, signed_in):
    shown = page(signed_in(senior), held)

    assert reverse("exhibit_preview", args=[find.other.case.reference, 1]) in shown
    assert "Used twice" not in shown  # only the holder judges


def test_the_holder_judges_and_the_page_keeps_it(held, find, arbitrator, signed_in):
    client = signed_in(arbitrator)

    answer = mark(client, find, mark="confirmed", note="左右颠倒")

    assert answer["Location"].endswith(f"#match-{find.pk}")
    assert Match.objects.get(pk=find.pk).marked_by == arbitrator
    shown = page(client, held)
    assert "左右颠倒" in shown
    assert "confirmed that E-01 is the photo in another case" in shown
    assert "waits for your judgement" not in shown


@pytest.mark.parametrize("said", [{}, {"mark": "maybe"}, {"mark": "confirmed", "match": "x"}])
def test_a_judgement_that_says_nothing_is_refused(held, find, arbitrator, signed_in, said):
    assert mark(signed_in(arbitrator), find, **said).status_code == 409
    assert Match.objects.get(pk=find.pk).mark == ""


def test_a_find_of_another_case_cannot_be_judged_from_here(held, find, arbitrator, signed_in):
    elsewhere = Match.objects.get(exhibit=find.other)

    answer = mark(signed_in(arbitrator), find, mark="confirmed", match=elsewhere.pk)

    assert answer.status_code == 404
    assert not Match.objects.exclude(mark="").exists()


def test_the_parties_learn_nothing_of_it(held, buyer, signed_in):
    client = signed_in(buyer)
    client.cookies["django_language"] = "en"

    shown = client.get(reverse("buyer_case", args=[held.reference])).content.decode()

    assert "another case" not in shown
    assert "mirrored" not in shown
