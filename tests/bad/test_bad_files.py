"""The bad-input table, rows 1 to 68, as files of a party: what is refused, in words, and what is taken all the same.

Rows about more than one file are in test_bad_uploads.py; tests/bad/conftest.py counts the rows.
"""

from dataclasses import dataclass

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evidence.models import Exhibit
from tests.bad.logs import AT, HEADING, ROW, csv, log, zipped
from tests.bad.pictures import (
    animated_png,
    animated_webp,
    black_png,
    broken_heic,
    broken_png,
    chunk,
    drawing,
    gif_of_frames,
    header_only,
    many_scans,
    png,
    saved,
    with_metadata_bomb,
)

DEEP = b"[" * 100_000
WANGWANG = "林小满 (2026-03-08 10:00:00):\n在吗\n"


@dataclass(frozen=True)
class Bad:
    """`make` builds the file when its turn comes; `said` is part of what the sender reads."""

    row: int
    what: str
    make: object
    name: str
    said: str = ""
    status: int = 400


def photo(row, what, make, said="", name="photo.jpg", **more):
    return Bad(row, what, make, name, said, **more)


NOT_A_PHOTO = "not a photo we can read"
INCOMPLETE = "arrived incomplete"
REFUSED = [
    photo(1, "0 bytes", lambda: b"", "file is empty"),
    photo(2, "100 MB", lambda: saved(drawing()) + bytes(100_000_000), "20 MB", status=413),
    photo(4, "a JPEG cut in half", lambda: saved(drawing())[:900], INCOMPLETE),
    photo(5, "a JPEG without its last two bytes", lambda: saved(drawing())[:-2], INCOMPLETE),
    photo(6, "a header of 65535 × 65535", header_only, "million pixels"),
    photo(7, "13000 × 13000 in 20 kB", lambda: black_png(13000, 13000), "40 million pixels"),
    photo(9, "a strip of 100000 × 1", lambda: png(100_000, 1), "longer than 12000"),
    photo(11, "200 MB of colour profile", lambda: with_metadata_bomb(b"iCCP"), INCOMPLETE),
    photo(12, "200 MB of text", lambda: with_metadata_bomb(b"zTXt"), INCOMPLETE),
    photo(12, "200 MB of other text", lambda: with_metadata_bomb(b"iTXt"), INCOMPLETE),
    photo(13, "200,000 texts", lambda: png(1, 1, chunk(b"tEXt", b"x\0y") * 200_000), "hidden data"),
    photo(14, "a PNG of a wrong checksum", lambda: broken_png("CRC"), INCOMPLETE),
    photo(14, "a PNG without pixels", lambda: broken_png("IDAT"), INCOMPLETE),
    photo(14, "a PNG without end", lambda: broken_png("IEND"), INCOMPLETE),
    photo(15, "a GIF of 10,000 frames", lambda: gif_of_frames(10_000), NOT_A_PHOTO),
    photo(16, "an APNG of 100 × 4000²", lambda: animated_png(100, 4000), "million pixels"),
    photo(16, "a WebP of 100 × 4000²", lambda: animated_webp(100, 4000), "million pixels"),
    photo(25, "a GIF with a program behind it", lambda: gif_of_frames(1) + b"PK\3\4", NOT_A_PHOTO),
    photo(26, "HTML", lambda: b"<!doctype html><script>alert(1)</script>", NOT_A_PHOTO),
    photo(27, "SVG named PNG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', name="a.png"),
    photo(27, "SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', name="a.svg"),
    photo(27, "packed SVG", lambda: b"\x1f\x8b\x08\0packed", name="a.svgz"),
    photo(28, "EPS", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", NOT_A_PHOTO),
    photo(28, "PostScript", lambda: b"%!PS\nshowpage\n", NOT_A_PHOTO),
    photo(28, "PDF", lambda: b"%PDF-1.7\n", NOT_A_PHOTO),
    photo(28, "TIFF", lambda: saved(drawing(), "TIFF"), NOT_A_PHOTO),
    photo(28, "BMP", lambda: saved(drawing(), "BMP"), NOT_A_PHOTO),
    photo(28, "ICO", lambda: saved(drawing(), "ICO"), NOT_A_PHOTO),
    photo(28, "PSD", lambda: b"8BPS\0\1" + bytes(40), NOT_A_PHOTO),
    photo(28, "FITS", lambda: b"SIMPLE  =                    T", NOT_A_PHOTO),
    photo(28, "GD", lambda: b"\xff\xfe\0\x10\0\x10" + bytes(300), NOT_A_PHOTO),
    photo(30, "a broken HEIC", broken_heic, INCOMPLETE, name="a.heic"),
    photo(31, "AVIF", lambda: saved(drawing(), "AVIF"), NOT_A_PHOTO, name="a.avif"),
    photo(32, "a JPEG of 10,000 scans", lambda: many_scans(10_000), "hidden data"),
    photo(33, "JPEG 2000", lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), NOT_A_PHOTO),
    photo(33, "JPEG XL", lambda: b"\xff\x0a" + bytes(40), NOT_A_PHOTO),
    Bad(50, "malformed JSON", lambda: b"[\n{]", "c.json", "line 2, column 2"),
    Bad(50, "a comma too many", lambda: log()[:-1] + b",]", "c.json", "column"),
    Bad(50, "truncated JSON", lambda: log()[:-3], "c.json", "column"),
    Bad(51, "NaN", lambda: b'[{"sent_at": NaN}]', "c.json", "number"),
    Bad(51, "Infinity", lambda: b'[{"sent_at": -Infinity}]', "c.json", "number"),
    Bad(52, "a key given twice", lambda: b'[{"text": "a", "text": "b"}]', "c.json", "twice"),
    Bad(53, "nested 100,000 deep", lambda: DEEP, "c.json", "nested"),
    Bad(54, "an integer of 5,000 digits", lambda: b"[%s]" % (b"9" * 5000), "c.json", "number"),
    Bad(
        57, "a field over 131,072 characters", lambda: csv(f"{AT},a,{'x' * 131_073}"), "c.csv", "2"
    ),
    Bad(57, "one line of 5 MB", lambda: b"x" * 4_900_000, "c.txt"),
    Bad(59, "unbalanced quotes", lambda: csv(f'{AT},a,"open'), "c.csv", "line 2"),
    Bad(59, "a missing column", lambda: csv("a,b", heading="sender,message\n"), "c.csv", "sent_at"),
    Bad(59, "a field too many", lambda: csv(f"{AT},a,b,c"), "c.csv", "line 2"),
    Bad(60, "two encodings", lambda: WANGWANG.encode() + b"\xff\xff\xff", "c.txt", "line 3"),
    Bad(63, "the year 1", lambda: log(sent_at="0001-01-01T00:00:00+08:00"), "c.json", "date"),
    Bad(63, "9999 beyond", lambda: log(sent_at="9999-12-31T23:59:59-14:00"), "c.json", "date"),
    Bad(63, "30 February", lambda: csv("2026-02-30 10:00,a,b"), "c.csv", "line 2"),
    Bad(63, "seconds since 1970", lambda: log(sent_at=1794360600), "c.json", "sent_at"),
    Bad(63, "milliseconds", lambda: log(sent_at="1794360600000"), "c.json", "date"),
    Bad(67, "20,001 messages", lambda: (HEADING + ROW * 20_001).encode(), "c.csv", "20000"),
    Bad(67, "an empty file", lambda: b"", "c.csv", "empty"),
    Bad(67, "only a heading", lambda: HEADING.encode(), "c.csv", "no message"),
    Bad(67, "a binary file", lambda: bytes(range(256)) * 40, "c.txt"),
    Bad(67, "a workbook named CSV", lambda: zipped("xl/workbook.xml", b"<w/>"), "c.csv", "text"),
    Bad(67, "a packed gigabyte", lambda: zipped("a", bytes(50_000_000)), "c.zip", NOT_A_PHOTO),
]


def name_of(bad):
    return f"row {bad.row:02}: {bad.what}"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("bad", REFUSED, ids=name_of)
def test_is_refused_in_words_and_leaves_nothing(bad, case, buyer, signed_in):
    answer = signed_in(buyer).post(
        reverse("exhibits", args=[case.reference]),
        {"files": SimpleUploadedFile(bad.name, bad.make())},
        HTTP_ACCEPT="application/json",
        HTTP_ACCEPT_LANGUAGE="en",
    )

    assert answer.status_code == bad.status
    assert bad.said in answer.json()["reason"]
    assert answer.json()["reason"].endswith((".", ")"))
    assert not Exhibit.objects.filter(case=case).exists()


def test_the_page_of_a_plain_form_says_it_too_and_keeps_what_was_typed(case, merchant, signed_in):
    page = signed_in(merchant).post(
        reverse("merchant_case", args=[case.reference]),
        {"step": "respond", "text": "出库完好。", "files": SimpleUploadedFile("a.jpg", b"<html>")},
        HTTP_ACCEPT_LANGUAGE="en",
    )

    assert page.status_code == 400
    assert NOT_A_PHOTO in page.content.decode()
    assert "出库完好。" in page.content.decode()
