"""A photo used twice is found, in both cases, and judged by a person."""

from __future__ import annotations

import random
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import DatabaseError
from PIL import Image

from cases.actions import Refused
from cases.lifecycle import State
from evidence import matching
from evidence.intake import Submission, submit_exhibit
from evidence.likeness import FURTHEST, Way, distance, signed
from evidence.matching import catch_up, mark_match, near, remember
from evidence.models import Exhibit, Fingerprint, ListingImage, Match
from portal.demo.build import PICTURES

TODAY = date(2026, 3, 10)
MINUTE = timedelta(minutes=1)


def jpeg(picture: Image.Image, quality: int = 85, **options: object) -> bytes:
    file = BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    picture = Image.open(BytesIO(PICTURES["crushed_box"].draw(TODAY))).convert("RGB")
    picture.thumbnail((480, 480))
    return picture


@pytest.fixture
def case(case_in):
    return case_in(State.REVIEWING)


@pytest.fixture
def other_case(case_in, rival_buyer):
    return case_in(State.AWAITING_MERCHANT, buyer=rival_buyer)


def sent(case, by, original, now, **facts):
    return submit_exhibit(case, Submission(original, "photo.jpg", **facts), by=by, now=now).exhibit


def test_a_photo_from_another_case_is_found_in_both(
    case, other_case, buyer, rival_buyer, scene, now
):
    earlier = sent(other_case, rival_buyer, jpeg(scene), now)
    later = sent(case, buyer, jpeg(scene.resize((300, 225)), 40), now + timedelta(hours=1))

    matches = Match.objects.order_by("exhibit_id")
    assert [(m.exhibit, m.other, m.way, m.is_same_file, m.mark) for m in matches] == [
        (earlier, later, Way.UPRIGHT, False, ""),
        (later, earlier, Way.UPRIGHT, False, ""),
    ]
    assert all(m.distance <= FURTHEST and m.found_at == later.received_at for m in matches)


@pytest.mark.parametrize(
    ("edit", "way", "back"),
    [
        (Image.Transpose.FLIP_LEFT_RIGHT, Way.MIRRORED, Way.MIRRORED),
        (Image.Transpose.ROTATE_270, Way.TURNED_90, Way.TURNED_270),
        (Image.Transpose.ROTATE_180, Way.TURNED_180, Way.TURNED_180),
    ],
)
def test_it_is_said_how_the_copy_was_held(
    case, other_case, buyer, rival_buyer, scene, now, edit, way, back
):
    earlier = sent(other_case, rival_buyer, jpeg(scene), now)
    later = sent(case, buyer, jpeg(scene.transpose(edit)), now)

    assert later.matches.get().way == way
    assert earlier.matches.get().way == back


def test_a_part_of_a_photo_and_the_whole_of_it_find_each_other(
    case, other_case, buyer, merchant, rival_buyer, scene, now
):
    width, height = scene.size
    part = scene.crop((width // 25, height // 25, width - width // 25, height - height // 25))
    whole = sent(other_case, rival_buyer, jpeg(scene), now)

    cut = sent(case, buyer, jpeg(part), now)
    again = sent(case, merchant, jpeg(scene, 60), now)

    assert {m.other for m in cut.matches.all()} == {whole}
    assert {m.other for m in again.matches.all()} == {whole, cut}


def test_both_sides_sending_the_same_file_is_one_line_and_the_same_side_none(
    case, buyer, merchant, scene, now
):  # row 35
    first = sent(case, buyer, jpeg(scene), now)
    sent(case, buyer, jpeg(scene, 60), now)
    second = sent(case, merchant, jpeg(scene), now)

    exact = Match.objects.get(other=first)
    assert (exact.exhibit, exact.is_same_file, exact.distance) == (second, True, 0)
    assert not Match.objects.filter(exhibit__side="buyer").exists()


def test_the_same_buyer_using_a_photo_in_two_cases_is_found(
    case, case_in, buyer, scene, now
):  # row 36
    again = case_in(State.AWAITING_MERCHANT)
    first = sent(case, buyer, jpeg(scene), now)
    second = sent(again, buyer, jpeg(scene), now)

    assert second.matches.get().other == first
    assert second.matches.get().is_same_file


def test_a_blank_picture_is_matched_by_its_bytes_only(case, other_case, buyer, rival_buyer, now):
    blank = Image.new("RGB", (200, 150), "white")
    sent(other_case, rival_buyer, jpeg(blank), now)
    sent(case, buyer, jpeg(blank, 40), now)
    same = sent(case, buyer, jpeg(blank), now)

    assert list(Fingerprint.objects.all()) == []
    assert [m.exhibit for m in Match.objects.filter(exhibit__case=case)] == [same]


def test_the_shops_own_listing_picture_is_named_and_not_matched(
    case, other_case, buyer, rival_buyer, scene, now, tmp_path, shop
):
    path = tmp_path / "listing.png"
    scene.save(path)
    for _twice in range(2):
        call_command("add_listing_images", shop.external_id, str(path), source=shop.source)
    sent(other_case, rival_buyer, jpeg(scene), now)

    listed = sent(case, buyer, jpeg(scene, 50), now)

    assert ListingImage.objects.count() == 1
    assert listed.notes == ["listing_picture"]
    assert list(Match.objects.all()) == []


def test_a_listing_picture_of_another_shop_says_nothing(case, buyer, scene, now, rival_merchant):
    rival = rival_merchant.shops.get()
    matching.add_listing_images(rival, [("a.jpg", "0" * 64, jpeg(scene))], now=now)

    assert sent(case, buyer, jpeg(scene), now).notes == []


def raising(hash):
    raise DatabaseError


def test_a_failing_search_never_loses_the_upload(case, buyer, scene, now, monkeypatch):
    monkeypatch.setattr(matching, "near", raising)

    exhibit = sent(case, buyer, jpeg(scene), now)

    assert Exhibit.objects.get(pk=exhibit.pk).status == "accepted"
    assert exhibit.fingerprints.count() == len(Way)


def test_what_an_upload_could_not_look_for_is_found_later(
    case, other_case, buyer, rival_buyer, scene, now, monkeypatch
):
    earlier = sent(other_case, rival_buyer, jpeg(scene), now)
    with monkeypatch.context() as broken:
        broken.setattr(matching, "near", raising)
        later = sent(case, buyer, jpeg(scene.resize((300, 225)), 40), now)
        assert catch_up(now + MINUTE) == 1  # in vain
    assert not Match.objects.exists()

    assert catch_up(now) == 0  # an upload of this minute looks for itself
    assert [catch_up(now + MINUTE), catch_up(now + MINUTE)] == [1, 0]

    pairs = set(Match.objects.values_list("exhibit", "other"))
    assert pairs == {(earlier.pk, later.pk), (later.pk, earlier.pk)}


def test_catching_up_leaves_the_line_of_one_case_with_the_later_exhibit(
    case, buyer, merchant, scene, now
):
    earlier = sent(case, buyer, jpeg(scene), now)
    later = sent(case, merchant, jpeg(scene, 60), now)
    Exhibit.objects.update(is_compared=False)

    catch_up(now + MINUTE)

    assert list(Match.objects.values_list("exhibit", "other")) == [(later.pk, earlier.pk)]


def test_the_search_finds_exactly_what_counting_every_bit_finds(case, buyer, scene, now):
    chance = random.Random(7)
    exhibit = sent(case, buyer, jpeg(scene), now)
    Fingerprint.objects.all().delete()
    base = [signed(chance.getrandbits(64)) for _ in range(300)]
    kept = []
    for way in Way:
        hash = base[0]
        for bit in chance.sample(range(64), way + 1):
            hash ^= signed(1 << bit)
        kept.append(hash)
    remember(exhibit, dict(zip(Way, kept, strict=True)))

    for wanted in (*base[:2], *kept, -1, 0, 2**63 - 1, -(2**63)):
        expected = {
            (way, distance(hash, wanted))
            for way, hash in enumerate(kept)
            if distance(hash, wanted) <= FURTHEST
        }
        assert {(hit.way, hit.distance) for hit in near(wanted)} == expected


@pytest.fixture
def match(case, other_case, buyer, rival_buyer, scene, now):
    sent(other_case, rival_buyer, jpeg(scene), now)
    return sent(case, buyer, jpeg(scene), now).matches.get()


def test_the_holder_marks_a_match_and_the_docket_keeps_it(match, case, arbitrator, now):
    mark_match(match, by=arbitrator, mark="confirmed", note="同一张照片", now=now)

    kept = Match.objects.get(pk=match.pk)
    assert (kept.mark, kept.note, kept.marked_by, kept.marked_at) == (
        "confirmed",
        "同一张照片",
        arbitrator,
        now,
    )
    line = case.events.order_by("-number").first()
    assert (line.name, line.actor, line.facts["label"]) == ("match_confirmed", arbitrator, "E-01")
    assert line.facts["other_case"] == match.other.case.reference
    assert Match.objects.get(exhibit=match.other).mark == ""  # the other case's to say


def test_a_match_judged_twice_alike_is_judged_once(match, case, arbitrator, now):
    for mark in ("confirmed", "confirmed", "coincidence"):
        mark_match(match, by=arbitrator, mark=mark, note="同一张照片", now=now)

    lines = case.events.filter(name__startswith="match_").order_by("number")
    assert [line.name for line in lines] == ["match_confirmed", "match_coincidence"]


def test_nobody_else_marks_a_match(match, other_arbitrator, buyer, supervisor, now):
    for person in (other_arbitrator, buyer, supervisor):
        with pytest.raises(PermissionDenied):
            mark_match(match, by=person, mark="confirmed", note="", now=now)

    assert Match.objects.get(pk=match.pk).mark == ""


def test_a_mark_says_something(match, arbitrator, now):
    with pytest.raises(Refused):
        mark_match(match, by=arbitrator, mark="", note="", now=now)
