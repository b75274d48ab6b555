"""Photos that are odd and honest all the same: taken, and shown as they should look."""

import time
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import EpsImagePlugin, Image, ImageChops, ImageCms, ImageStat

from cases.models import Case
from evidence.darkroom import Darkroom
from evidence.models import Exhibit, Match
from evidence.photos import PhotoRefused, read_photo
from tests.bad.pictures import (
    EICAR,
    SCRIPT,
    black_png,
    cmyk_jpeg,
    deep_png,
    drawing,
    header_only,
    held,
    png,
    saved,
    several,
    tagged,
    with_texts,
)

SAME = 6  # of 255, on average: what compressing anew does to the drawing
LAB = ImageCms.buildTransform(
    ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
)


def shown(stored):
    return Image.open(BytesIO(stored.read()), formats=["JPEG"])


def difference(stored, expected):
    picture = shown(stored).convert("RGB")
    assert picture.size == expected.size
    return max(ImageStat.Stat(ImageChops.difference(picture, expected.convert("RGB"))).mean)


def delta_e(picture, expected):
    """How far apart two colours look, at the middle of each corner (CIE 1976)."""
    places = [(60, 40), (180, 40), (60, 120), (180, 120)]
    pair = [ImageCms.applyTransform(each.convert("RGB"), LAB) for each in (picture, expected)]

    def lab(image, place):
        lightness, a, b = image.getpixel(place)
        return lightness / 2.55, a - 256 * (a > 127), b - 256 * (b > 127)

    return max(
        sum((one - other) ** 2 for one, other in zip(*(lab(i, p) for i in pair), strict=True))
        ** 0.5
        for p in places
    )


def test_row_06_a_header_alone_costs_nothing():
    began = time.process_time()
    with pytest.raises(PhotoRefused):
        read_photo(header_only())

    assert time.process_time() - began < 0.05


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_row_07_pixels_never_unpacked_take_no_memory():
    room = Darkroom(at_once=1)
    try:
        room.develop(saved(drawing()))
        [child] = room.idle
        before = peak(child)
        with pytest.raises(PhotoRefused):
            room.develop(black_png(13000, 13000))
        assert peak(child) - before < 20_000
    finally:
        room.close()


def peak(child):
    """The most memory the child ever held, in kilobytes."""
    status = Path(f"/proc/{child.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_row_08_forty_megapixels_are_taken(send):
    exhibit = send(black_png(6300, 6300), "large.png")

    assert (exhibit.width, exhibit.height, shown(exhibit.preview).size) == (
        6300,
        6300,
        (2048, 2048),
    )


def test_row_10_one_pixel_is_taken_and_flagged(send):
    assert send(saved(Image.new("RGB", (1, 1)), "PNG")).notes == ["tiny"]


def test_row_13_thousands_of_texts_take_no_second():
    texts = png(1, 1, (b"\0\0\0\3tEXtx\0y" + bytes(4)) * 200_000)
    began = time.process_time()
    with pytest.raises(PhotoRefused):
        read_photo(texts)

    assert time.process_time() - began < 1


@pytest.mark.parametrize("adobe", [True, False], ids=["Adobe's, inverted", "plain"])
def test_row_17_ink_for_print_keeps_its_colours(send, adobe):
    exhibit = send(cmyk_jpeg(adobe=adobe))

    assert delta_e(shown(exhibit.preview), drawing()) < 5


@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
@pytest.mark.parametrize("shade", [1000, 30_000, 60_000])
def test_row_18_sixteen_bits_do_not_turn_white(send, colour, shade):
    exhibit = send(deep_png(shade, colour=colour), "deep.png")

    [mean] = ImageStat.Stat(shown(exhibit.preview).convert("L")).mean
    assert mean == pytest.approx(shade / 257, abs=2)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1"])
def test_row_19_what_is_transparent_is_shown_on_white(send, mode):
    clear = Image.new("RGBA", (100, 100), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": 0} if mode in ("P", "1") else {}

    exhibit = send(saved(clear, "PNG", **options), "clear.png")

    assert difference(exhibit.preview, Image.new("RGB", (100, 100), "white")) < 1


def test_row_19_half_transparent_is_half_white(send):
    half = Image.new("RGBA", (100, 100), (0, 0, 0, 128))

    exhibit = send(saved(half, "PNG"), "half.png")

    assert difference(exhibit.preview, Image.new("RGB", (100, 100), (127, 127, 127))) < 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_row_20_all_eight_ways_of_holding_look_the_same(send, orientation):
    exhibit = send(held(orientation))

    assert (exhibit.width, exhibit.height) == (240, 160)
    assert difference(exhibit.preview, drawing()) < SAME
    assert difference(exhibit.thumbnail, drawing()) < SAME


def test_row_21_a_place_is_told_to_the_desk_alone(
    send, case, buyer, merchant, arbitrator, signed_in
):
    exhibit = send(tagged())
    Case.objects.filter(pk=case.pk).update(holder=arbitrator, state="reviewing")

    served = signed_in(buyer).get(reverse("exhibit_preview", args=[case.reference, 1])).content
    pages = {
        name: signed_in(reader)
        .get(reverse(name, args=[case.reference]), HTTP_ACCEPT_LANGUAGE="en")
        .content.decode()
        for name, reader in (
            ("buyer_case", buyer),
            ("merchant_case", merchant),
            ("case", arbitrator),
        )
    }

    assert exhibit.has_location
    assert not Image.open(BytesIO(served)).getexif()
    assert exhibit.original.read() == tagged()
    assert [name for name, page in pages.items() if "carried a location" in page] == ["case"]


@pytest.mark.parametrize(
    "make", [tagged, with_texts], ids=["row 22 and row 24: JPEG", "row 22: PNG"]
)
def test_a_script_in_the_texts_of_a_photo_is_not_served(send, case, buyer, signed_in, make):
    exhibit = send(make())

    assert SCRIPT in exhibit.original.read() or make is with_texts
    for stored in (exhibit.preview, exhibit.thumbnail):
        assert SCRIPT not in stored.open("rb").read()
    page = signed_in(buyer).get(reverse("buyer_case", args=[case.reference]))
    assert SCRIPT.decode() not in page.content.decode()


CIRCLE = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0"
MAKERS_NOTE = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x7c\x92\x07\0" + b"\xff\xff\0\0" + b"\x1a\0\0\0"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "tags",
    [CIRCLE, MAKERS_NOTE + b"\xee" * 65_400, b"Exif\0\0" + b"\xff" * 60_000, b"Exif\0\0MM"],
    ids=["a table in a circle", "64 kB of maker's note", "noise", "cut off"],
)
def test_row_23_broken_tags_never_refuse_a_photo(send, tags):
    exhibit = send(saved(drawing(), exif=tags))

    assert (exhibit.has_location, exhibit.taken_at) == (False, "")
    assert difference(exhibit.preview, drawing()) < SAME


@pytest.mark.parametrize(
    ("format_name", "tail"),
    [
        pytest.param("JPEG", SCRIPT, id="row 25: HTML"),
        pytest.param("JPEG", b"<?php system($_GET['c']); ?>", id="row 25: PHP"),
        pytest.param("JPEG", b"PK\x03\x04 META-INF/MANIFEST.MF", id="row 25: JAR"),
        pytest.param("PNG", b"alert(document.cookie)", id="row 25: JavaScript"),
        pytest.param("JPEG", b"\0\0\0\x18ftypmp42" + bytes(5000), id="row 34: a moving photo"),
        pytest.param("JPEG", EICAR, id="row 37: a virus scanner's test"),
    ],
)
def test_what_hides_behind_a_picture_stays_sealed(send, format_name, tail):
    exhibit = send(saved(drawing(), format_name) + tail)

    assert exhibit.original.read().endswith(tail)
    assert tail not in exhibit.preview.read()
    assert tail not in exhibit.thumbnail.read()
    assert difference(exhibit.preview.open("rb"), drawing()) < SAME


def test_row_28_no_program_is_started_over_a_postscript_file(monkeypatch):
    started = []
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *args: started.append(args))

    with pytest.raises(PhotoRefused):
        read_photo(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")

    assert started == []


def test_row_29_an_honest_mistake_in_the_name_is_put_right(send, case, buyer, signed_in):
    exhibit = send(saved(drawing(), "PNG"), "photo.jpg", "image/jpeg")

    served = signed_in(buyer).get(reverse("exhibit_preview", args=[case.reference, 1]))
    assert (exhibit.found_type, exhibit.claimed_type) == ("image/png", "image/jpeg")
    assert served["Content-Type"] == "image/jpeg"
    assert served["Content-Disposition"].endswith("photo.jpg")


@pytest.mark.parametrize("others", [0, 9], ids=["one picture", "ten pictures"])
def test_row_30_heic_shows_its_first_picture(send, others):
    exhibit = send(several("HEIF", others) if others else saved(drawing(), "HEIF"), "a.heic")

    assert exhibit.found_type == "image/heic"
    assert exhibit.notes == (["several_pictures"] if others else [])
    assert difference(exhibit.preview, drawing()) < SAME


def test_row_34_a_picture_for_both_eyes_shows_its_first(send):
    exhibit = send(several("MPO"))

    assert (exhibit.found_type, exhibit.notes) == ("image/jpeg", ["several_pictures"])
    assert difference(exhibit.preview, drawing()) < SAME


def grainy():
    """A photo like no other: large shapes, lighter and darker."""
    shapes = Image.effect_noise((13, 9), 200).resize((900, 600), Image.Resampling.BICUBIC)
    return saved(shapes.convert("RGB"))


def test_row_35_the_same_photo_of_both_sides_is_shown_to_the_desk(send, case, merchant, signed_in):
    original = grainy()
    first = send(original)
    client = signed_in(merchant)
    for _time in range(2):
        answer = client.post(
            reverse("exhibits", args=[case.reference]),
            {"files": BytesIO(original)},
            HTTP_ACCEPT="application/json",
        )

    assert (answer.status_code, answer.json()["duplicate"]) == (200, True)
    second = Exhibit.objects.get(case=case, side="merchant")
    assert Match.objects.filter(exhibit=second, other=first, is_same_file=True).exists()


def test_row_36_a_photo_of_another_case_of_the_same_buyer_is_found(
    send, case, case_in, buyer, signed_in
):
    original = grainy()
    other = case_in("awaiting_merchant", now=timezone.now())
    answer = signed_in(buyer).post(
        reverse("exhibits", args=[other.reference]), {"files": BytesIO(original)}
    )
    assert answer.status_code == 302
    assert Exhibit.objects.filter(case=other).exists()
    smaller = saved(Image.open(BytesIO(original)).resize((450, 300)), quality=60)

    exhibit = send(smaller)

    assert Match.objects.filter(exhibit=exhibit, other__case=other).exists()
