"""Photos good, bad and hostile. Row numbers are those of the bad-input table."""

import os
import struct
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat, PngImagePlugin

from evidence.photos import REASONS, PhotoLimits, PhotoRefused, explain, read_photo

SCRIPT = b"<script>alert(1)</script>"
GPS, EXIF = 0x8825, 0x8769


def drawing(size=(240, 160)):
    """Four corners of four colours, so that every turn and mirroring shows."""
    width, height = size
    picture = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width // 2, height // 2), fill="red")
    pen.rectangle((width // 2, 0, width, height // 2), fill="green")
    pen.rectangle((0, height // 2, width // 2, height), fill="blue")
    return picture


def saved(picture, format_name="JPEG", **options):
    file = BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()


def exif(**tags):
    written = Image.Exif()
    if "orientation" in tags:
        written[0x0112] = tags["orientation"]
    if "description" in tags:
        written[0x010E] = tags["description"]
    if "gps" in tags:
        written.get_ifd(GPS).update({1: "N", 2: (31.0, 14.0, 2.0), 3: "E", 4: (121.0, 29.0, 1.0)})
    if "taken" in tags:
        written.get_ifd(EXIF)[0x9003] = tags["taken"]
    if "offset" in tags:
        written.get_ifd(EXIF)[0x9011] = tags["offset"]
    return written


def chunk(name, content):
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(width, height, *chunks, bits=1, colour=0):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def black_png(width, height):
    lines = zlib.compressobj(9)
    line = b"\0" * (1 + (width + 7) // 8)
    packed = b"".join(lines.compress(line) for _line in range(height)) + lines.flush()
    return png(width, height, chunk(b"IDAT", packed))


def opened(jpeg):
    return Image.open(BytesIO(jpeg), formats=["JPEG"])


def refusal(original, **options):
    with pytest.raises(PhotoRefused) as caught:
        read_photo(original, **options)
    return caught.value


def looks_like(jpeg, expected, tolerance=6):
    difference = ImageChops.difference(opened(jpeg).convert("RGB"), expected.convert("RGB"))
    return max(ImageStat.Stat(difference).mean) < tolerance


@pytest.mark.parametrize(
    ("format_name", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("HEIF", "image/heic"),  # row 30
    ],
)
def test_each_format_is_read_and_shown_as_jpeg(format_name, mime):
    original = saved(drawing(), format_name)

    photo = read_photo(original)

    assert (photo.format, photo.mime) == (format_name, mime)
    assert (photo.width, photo.height) == (240, 160)
    assert (photo.has_location, photo.taken_at, photo.notes) == (False, None, ())
    assert looks_like(photo.preview, drawing())


def test_a_photo_of_twelve_megapixels_is_shown_at_half_its_size():
    photo = read_photo(saved(drawing((4000, 3000))))

    assert (photo.width, photo.height) == (4000, 3000)
    assert opened(photo.preview).size == (2000, 1500)
    assert opened(photo.thumbnail).size == (320, 240)


def test_a_small_photo_is_not_enlarged():
    photo = read_photo(saved(drawing((50, 100))))

    assert opened(photo.preview).size == (50, 100)
    assert opened(photo.thumbnail).size == (50, 100)


def test_row_01_an_empty_file_is_refused():
    assert refusal(b"").code == "empty"


def test_rows_02_and_03_a_file_over_20_mb_is_refused_unread():
    refused = refusal(b"\xff\xd8\xff" + bytes(20_000_000))

    assert refused.code == "too_many_bytes"
    assert "20 MB" in refused.message


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "HEIF"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9], ids=["row 4: 2%", "row 4: 50%", "row 4: 90%"])
def test_a_photo_cut_off_is_refused_as_incomplete(format_name, kept):
    original = saved(Image.effect_noise((300, 200), 90).convert("RGB"), format_name)

    assert refusal(original[: int(len(original) * kept)]).code == "incomplete"


@pytest.mark.parametrize("progressive", [False, True])
def test_row_04_a_large_jpeg_cut_off_is_noticed_though_read_at_half_size(progressive):
    original = saved(Image.effect_noise((4000, 3000), 20), progressive=progressive, quality=40)

    assert refusal(original[: len(original) * 3 // 4]).code == "incomplete"


def test_row_05_a_jpeg_without_its_last_two_bytes_is_refused_as_incomplete():
    assert refusal(saved(drawing())[:-2]).code == "incomplete"


def test_row_06_a_header_of_65535_by_65535_is_refused():
    assert refusal(png(65535, 65535)).code == "too_many_pixels"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_row_07_a_small_file_of_169_megapixels_is_refused():
    original = black_png(13000, 13000)

    refused = refusal(original)

    assert len(original) < 30_000
    assert refused.code == "too_many_pixels"
    assert "40 million" in refused.message


def test_row_07_a_bomb_warning_made_an_error_is_refused_too():
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)

        assert refusal(png(10000, 10000)).code == "too_many_pixels"


def test_row_08_just_under_40_megapixels_is_accepted():
    photo = read_photo(black_png(6300, 6300))

    assert (photo.width, photo.height) == (6300, 6300)


def test_row_09_a_strip_is_refused_for_its_side():
    assert refusal(png(100_000, 1)).code == "side_too_long"


def test_row_10_a_single_pixel_is_accepted_as_tiny():
    photo = read_photo(saved(Image.new("RGB", (1, 1)), "PNG"))

    assert photo.notes == ("tiny",)
    assert opened(photo.thumbnail).size == (1, 1)


def test_the_thinnest_strip_allowed_can_be_shown():
    photo = read_photo(saved(Image.new("RGB", (12_000, 1))))

    assert opened(photo.preview).size == (2048, 1)


@pytest.mark.parametrize(
    "bomb",
    [
        chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(80_000_000))),
        chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(80_000_000))),
        chunk(b"iTXt", b"x\0\1\0\0\0" + zlib.compress(bytes(80_000_000))),
    ],
    ids=["row 11: a colour profile", "row 12: a text", "row 12: an international text"],
)
def test_metadata_that_unpacks_without_end_is_refused(bomb):
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))

    assert refusal(png(1, 1, bomb, pixels)).code == "incomplete"


def test_row_13_thousands_of_text_chunks_are_refused():
    texts = chunk(b"tEXt", b"x\0y") * 200_000

    assert refusal(png(1, 1, texts)).code == "overloaded"


@pytest.mark.parametrize("damage", ["checksum", "no pixels", "no end"])
def test_row_14_a_broken_png_is_refused(damage):
    original = saved(drawing(), "PNG")
    pixels, end = original.index(b"IDAT") - 4, original.index(b"IEND") - 4
    broken = {
        "checksum": original[: end - 4] + b"\0\0\0\0" + original[end:],
        "no pixels": original[:pixels] + original[end:],
        "no end": original[:end],
    }

    assert refusal(broken[damage]).code == "incomplete"


def test_row_15_an_animated_gif_is_refused():
    frames = [Image.new("L", (2, 2), shade) for shade in range(100)]

    assert refusal(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])).code == (
        "unsupported"
    )


@pytest.mark.parametrize("format_name", ["PNG", "WEBP"])
def test_row_16_an_animation_shows_its_first_frame(format_name):
    frames = [drawing(), Image.new("RGB", (240, 160), "black")]

    photo = read_photo(saved(frames[0], format_name, save_all=True, append_images=frames[1:]))

    assert photo.notes == ("animated",)
    assert looks_like(photo.preview, drawing())


def test_row_16_the_pixels_of_all_frames_count():
    frames = [Image.new("RGB", (100, 100), (shade * 5, 0, 0)) for shade in range(50)]
    original = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)

    assert refusal(original, limits=PhotoLimits(max_pixels=499_999)).code == "too_many_pixels"
    assert read_photo(original, limits=PhotoLimits(max_pixels=500_000)).notes == ("animated",)


def test_row_17_a_photo_for_print_keeps_its_colours():
    photo = read_photo(saved(drawing().convert("CMYK")))

    assert looks_like(photo.preview, drawing())


def test_a_jpeg_that_stores_red_green_and_blue_keeps_its_colours():
    assert looks_like(read_photo(saved(drawing(), keep_rgb=True)).preview, drawing())


@pytest.mark.parametrize("shade", [1000, 30_000, 60_000])
def test_row_18_a_photo_of_16_bits_does_not_turn_white(shade):
    photo = read_photo(saved(Image.new("I;16", (64, 64), shade), "PNG"))

    [mean] = ImageStat.Stat(opened(photo.preview).convert("L")).mean
    assert mean == pytest.approx(shade / 257, abs=2)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L"])
def test_row_19_transparency_becomes_white(mode):
    picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": 0} if mode in ("P", "1", "L") else {}

    photo = read_photo(saved(picture, "PNG", **options))

    assert looks_like(photo.preview, Image.new("RGB", (100, 100), "white"))


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_row_20_a_photo_held_any_way_is_shown_upright(orientation, format_name):
    stored_as = {
        1: drawing(),
        2: drawing().transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: drawing().transpose(Image.Transpose.ROTATE_180),
        4: drawing().transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: drawing().transpose(Image.Transpose.TRANSPOSE),
        6: drawing().transpose(Image.Transpose.ROTATE_90),
        7: drawing().transpose(Image.Transpose.TRANSVERSE),
        8: drawing().transpose(Image.Transpose.ROTATE_270),
    }
    original = saved(stored_as[orientation], format_name, exif=exif(orientation=orientation))

    photo = read_photo(original)

    assert (photo.width, photo.height) == (240, 160)
    assert looks_like(photo.preview, drawing())
    assert looks_like(photo.thumbnail, drawing())


def test_rows_21_22_and_24_nothing_but_pixels_is_shown():
    tags = exif(gps=True, description=SCRIPT.decode(), taken="2026:11:11 09:30:00")
    original = saved(drawing(), exif=tags, comment=SCRIPT, xmp=SCRIPT, icc_profile=SCRIPT)

    photo = read_photo(original)

    assert SCRIPT in original
    assert photo.has_location
    for shown in (photo.preview, photo.thumbnail):
        assert SCRIPT not in shown
        assert b"Exif" not in shown
        assert set(opened(shown).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_row_22_texts_of_a_png_are_not_shown():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SCRIPT.decode())

    photo = read_photo(saved(drawing(), "PNG", pnginfo=texts))

    assert SCRIPT not in photo.preview


@pytest.mark.parametrize(
    ("tags", "taken_at"),
    [
        ({"taken": "2026:11:11 09:30:00"}, "2026-11-11T09:30:00"),
        ({"taken": "2026:11:11 09:30:00", "offset": "+08:00"}, "2026-11-11T09:30:00+08:00"),
        ({"taken": "2026:11:11 09:30:00", "offset": "noon"}, "2026-11-11T09:30:00"),
        ({"taken": "0000:00:00 00:00:00"}, None),
        ({"taken": "yesterday"}, None),
    ],
)
def test_the_time_the_camera_claims_is_told_if_it_is_one(tags, taken_at):
    assert read_photo(saved(drawing(), exif=exif(**tags))).taken_at == taken_at


@pytest.mark.parametrize(
    "tags",
    [
        b"Exif\0\0" + b"\xff" * 60_000,
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x01" * 200,
        # Its only entry points to the table it stands in, as the place of the GPS tags.
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
        b"Exif\0\0MM",
    ],
    ids=["noise", "endless table", "a table in a circle", "cut off"],
)
def test_row_23_corrupt_camera_tags_never_refuse_a_photo(tags):
    photo = read_photo(saved(drawing(), exif=tags))

    assert not photo.has_location
    assert photo.taken_at is None
    assert looks_like(photo.preview, drawing())


@pytest.mark.parametrize(
    "tail",
    [
        SCRIPT,
        b"<?php system($_GET['c']); ?>",
        b"PK\x03\x04 a program in an archive",
        b"\0\0\0\x18ftypmp42 a film",  # row 34: a moving photo
    ],
    ids=["HTML", "PHP", "archive", "film"],
)
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_row_25_what_follows_the_picture_is_not_shown(format_name, tail):
    photo = read_photo(saved(drawing(), format_name) + tail)

    assert tail not in photo.preview
    assert tail not in photo.thumbnail
    assert looks_like(photo.preview, drawing())


@pytest.mark.parametrize(
    "original",
    [
        pytest.param(b"<!doctype html><h1>Not a photo</h1>", id="row 26: HTML"),
        pytest.param(b'<svg xmlns="http://www.w3.org/2000/svg"/>', id="row 27: SVG"),
        pytest.param(b"\x1f\x8b\x08\0 packed SVG", id="row 27: packed SVG"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="row 28: EPS"),
        pytest.param(b"%PDF-1.7\n", id="row 28: PDF"),
        pytest.param(b"8BPS\0\1", id="row 28: PSD"),
        pytest.param(b"SIMPLE  =                    T", id="row 28: FITS"),
        pytest.param(saved(drawing(), "TIFF"), id="row 28: TIFF"),
        pytest.param(saved(drawing(), "BMP"), id="row 28: BMP"),
        pytest.param(saved(drawing(), "ICO"), id="row 28: ICO"),
        pytest.param(saved(drawing(), "AVIF"), id="row 31: AVIF"),
        pytest.param(b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), id="row 33: JPEG 2000"),
        pytest.param(b"RIFF\x24\0\0\0WAVEfmt ", id="sound"),
        pytest.param(b"just a text", id="text"),
    ],
)
def test_what_is_not_one_of_four_formats_is_refused_whatever_its_name(original):
    assert refusal(original).code == "unsupported"


def test_row_29_only_the_bytes_decide_on_the_format():
    assert read_photo(saved(drawing(), "PNG")).mime == "image/png"


def test_row_30_of_several_pictures_in_one_file_the_first_is_shown():
    second = Image.new("RGB", (240, 160), "black")

    photo = read_photo(saved(drawing(), "HEIF", save_all=True, append_images=[second]))

    assert photo.notes == ("several_pictures",)
    assert looks_like(photo.preview, drawing())


def test_row_30_a_broken_heic_is_refused():
    original = bytearray(saved(drawing(), "HEIF"))
    original[40:200] = bytes(160)

    assert refusal(bytes(original)).code == "incomplete"


def test_row_32_a_jpeg_of_thousands_of_scans_is_refused():
    original = saved(drawing(), progressive=True)
    scan = original[original.index(b"\xff\xda") : -2]

    assert refusal(original[:-2] + scan * 2_000 + b"\xff\xd9").code == "overloaded"


def test_row_34_a_picture_for_both_eyes_counts_as_a_jpeg():
    other = Image.new("RGB", (240, 160), "black")

    photo = read_photo(saved(drawing(), "MPO", save_all=True, append_images=[other]))

    assert (photo.format, photo.mime, photo.notes) == ("JPEG", "image/jpeg", ("several_pictures",))
    assert looks_like(photo.preview, drawing())


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_makes_a_sentence(code):
    assert explain(code, {"limit": 20}).endswith(".")


@pytest.mark.skipif("SAMPLES" not in os.environ, reason="no samples given")
def test_every_sample_photo_is_read():
    photos = sorted(Path(os.environ["SAMPLES"]).glob("bundles/*/photos/*"))

    assert photos
    for photo in photos:
        assert read_photo(photo.read_bytes()).preview.startswith(b"\xff\xd8")
