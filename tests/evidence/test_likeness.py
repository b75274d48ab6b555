"""The hash outlives what people do to photos; it does not see photos in blank paper."""

from __future__ import annotations

import os
import random
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from evidence.likeness import FURTHEST, HELD, Way, bands, distance, hashes, probes, signed
from evidence.photos import PhotoRefused, read_photo
from portal.demo.build import PICTURES

TODAY = date(2026, 3, 10)


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    file = BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    return Image.open(BytesIO(PICTURES["crushed_box"].draw(TODAY))).convert("RGB")


def cropped(picture, share):
    width, height = picture.size
    return picture.crop(
        tuple(
            int(at)
            for at in (width * share, height * share, width * (1 - share), height * (1 - share))
        )
    )


def marked(picture):
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    draw.rectangle((width * 0.6, height * 0.88, width * 0.98, height * 0.97), fill=(235, 235, 235))
    draw.text((width * 0.62, height * 0.9), "SHOP", fill=(20, 20, 20))
    return picture


@pytest.mark.parametrize(
    ("edit", "way"),
    [
        (lambda p: p, Way.UPRIGHT),
        (lambda p: p.resize((p.width // 4, p.height // 4)), Way.UPRIGHT),
        (lambda p: ImageEnhance.Brightness(p).enhance(1.25), Way.UPRIGHT),
        (lambda p: ImageEnhance.Brightness(p).enhance(0.7), Way.UPRIGHT),
        (lambda p: ImageEnhance.Contrast(p).enhance(1.3), Way.UPRIGHT),
        (lambda p: p.convert("L"), Way.UPRIGHT),
        (marked, Way.UPRIGHT),
        (lambda p: cropped(p, 0.02), Way.UPRIGHT),
        (lambda p: cropped(p, 0.04), Way.CROPPED),
        (lambda p: cropped(p, 0.08), Way.CROPPED_MORE),
        (lambda p: p.crop((int(p.width * 0.05), 0, p.width, p.height)), Way.CUT_LEFT),
        (lambda p: p.crop((0, 0, p.width, int(p.height * 0.94))), Way.CUT_BOTTOM),
    ],
    ids=[
        "recompressed",
        "small",
        "brighter",
        "darker",
        "contrast",
        "grey",
        "watermark",
        "crop2",
        "crop4",
        "crop8",
        "left5",
        "bottom6",
    ],
)
def test_an_edited_copy_stays_within_reach(scene, edit, way):
    original, copy = hashes(jpeg(scene)), hashes(jpeg(edit(scene), quality=30))

    assert distance(original[way], copy[Way.UPRIGHT]) <= FURTHEST


@pytest.mark.parametrize("way", HELD)
def test_a_turned_or_mirrored_copy_is_found_by_the_hash_kept_for_it(scene, way):
    copy = hashes(jpeg(scene.transpose(HELD[way])))

    assert distance(hashes(jpeg(scene))[way], copy[Way.UPRIGHT]) <= 2
    assert distance(hashes(jpeg(scene))[Way.UPRIGHT], copy[Way.UPRIGHT]) > FURTHEST


def on_white(seed: int) -> Image.Image:
    """Goods on a white ground, as catalogues show them."""
    chance = random.Random(seed)  # only a drawing
    picture = Image.new("RGB", (600, 600), "white")
    draw = ImageDraw.Draw(picture)
    half = chance.randrange(110, 200)
    colour = tuple(chance.randrange(20, 200) for _ in range(3))
    draw.ellipse((300 - half, 300 - half, 300 + half, 300 + half), fill=colour)
    draw.rectangle((300 - half // 2, 260, 300 + half // 2, 340), fill=colour[::-1])
    return picture


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (400, 300), "white"),
        Image.new("RGB", (400, 300), "black"),
        Image.effect_noise((400, 300), 4),
        Image.linear_gradient("L"),
        *(on_white(seed) for seed in range(6)),
    ],
)
def test_a_picture_with_little_in_it_has_no_hash(picture):
    assert hashes(jpeg(picture)) == {}


def test_a_form_on_paper_has_no_hash():
    assert hashes(jpeg(Image.open(BytesIO(PICTURES["order"].draw(TODAY))))) == {}


def test_numbers_are_signed_and_fall_into_four_quarters():
    assert (signed(2**64 - 1), signed(2**63), signed(5)) == (-1, -(2**63), 5)
    assert bands(-1) == (-1, -1, -1, -1)
    assert bands(0x7FFF_8000_0001_FFFF) == (-1, 1, -32768, 32767)
    assert distance(-1, 0) == 64
    assert distance(-(2**63), 2**62) == 2


def test_a_quarter_is_asked_for_as_it_is_and_with_each_bit_turned():
    found = list(probes(-1))

    assert len(set(found)) == 17
    assert all((value ^ -1).bit_count() <= 16 for value in found)
    assert {(value ^ -1) & 0xFFFF for value in found} == {0, *(1 << bit for bit in range(16))}


@pytest.mark.skipif("SAMPLES" not in os.environ, reason="SAMPLES names no folder of photos")
def test_real_photos_are_far_from_each_other():
    found = {}
    for path in sorted(Path(os.environ["SAMPLES"]).rglob("photos/*")):
        try:
            found[path] = hashes(read_photo(path.read_bytes()).thumbnail)
        except PhotoRefused:
            continue

    close = [
        (one, other)
        for one in found
        for other in found
        if one < other and found[one] and found[other]
        for hash in found[other].values()
        if distance(found[one][Way.UPRIGHT], hash) <= FURTHEST
    ]
    assert close == []
