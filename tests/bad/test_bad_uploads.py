"""Names, headers and whole requests as no form of ours sends them (rows 3 and 38 to 49)."""

import stat
import time
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from evidence.models import Exhibit, sealed
from tests.bad.pictures import drawing, saved

JSON = {"HTTP_ACCEPT": "application/json"}
EDGE = "an-edge"
PARTS = f"multipart/form-data; boundary={EDGE}"


def part(content, name="photo.jpg", headers=""):
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n{headers}\r\n'
    return head.encode() + content + f"\r\n--{EDGE}--\r\n".encode()


@pytest.fixture
def post(case, buyer, signed_in):
    """Send a body as it is."""
    place = reverse("exhibits", args=[case.reference])

    def posted(body, content_type=PARTS, **headers):
        began = time.process_time()
        answer = signed_in(buyer).generic("POST", place, body, content_type, **JSON, **headers)
        answer.cpu_seconds = time.process_time() - began
        return answer

    return posted


def test_row_03_a_length_that_lies_cuts_the_body(post, case):
    body = part(saved(drawing()) + bytes(30_000_000))

    assert post(body, CONTENT_LENGTH="1000").status_code == 400
    assert post(body, CONTENT_LENGTH="").status_code == 400
    assert not Exhibit.objects.filter(case=case).exists()


def test_row_03_beyond_the_limit_nothing_is_read_into_memory(post, case):
    body = part(saved(drawing()) + bytes(settings.UPLOAD_MAX_BYTES + 10_000_000))

    assert post(body).status_code == 413
    assert not Exhibit.objects.filter(case=case).exists()


def photos(count):
    return [
        SimpleUploadedFile(f"{number}.jpg", saved(Image.new("RGB", (9, 9), (number * 8, 9, 9))))
        for number in range(count)
    ]


def test_row_38_of_31_files_the_first_30_remain(case, buyer, signed_in):
    place = reverse("buyer_case", args=[case.reference])

    page = signed_in(buyer).post(place, {"files": photos(31)}, HTTP_ACCEPT_LANGUAGE="en")

    assert page.status_code == 400
    assert "Each side may submit 30 files" in page.content.decode()
    assert Exhibit.objects.filter(case=case).count() == 30


def test_row_38_of_101_files_none_is_read(case, buyer, signed_in):
    files = [SimpleUploadedFile(f"{number}.jpg", b"x") for number in range(101)]

    page = signed_in(buyer).post(
        reverse("buyer_case", args=[case.reference]), {"files": files}, HTTP_ACCEPT_LANGUAGE="en"
    )

    assert page.status_code == 400
    assert "At most 100 files" in page.content.decode()


def test_row_39_of_30_files_with_a_bad_one_29_remain_and_it_is_named(case, buyer, signed_in):
    files = photos(30)
    files[16] = SimpleUploadedFile("the-seventeenth.jpg", b"not a photo")

    page = signed_in(buyer).post(
        reverse("buyer_case", args=[case.reference]), {"files": files}, HTTP_ACCEPT_LANGUAGE="en"
    )

    assert Exhibit.objects.filter(case=case).count() == 29
    assert page.content.decode().count("the-seventeenth.jpg") == 1
    assert "29 other files are kept" in page.content.decode()


NAMES = [
    (40, "../../etc/passwd", "passwd"),
    (40, "..\\..\\win.ini", "win.ini"),
    (41, "a%00.jpg", "a.jpg"),
    (41, "a\0.jpg", "a.jpg"),
    (42, "photo\u202egpj.exe", "photogpj.exe"),
    (43, "n" * 300 + ".jpg", "n" * 95 + "….jpg"),
    (43, "", "file-1"),
    (43, ".", "file-1"),
    (43, "..", "file-1"),
    (43, ".htaccess", "htaccess"),
    (43, "CON.jpg", "CON.jpg"),
    (43, " -rf.jpg", "rf.jpg"),
    (43, "😀", "😀"),
    (44, "<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
    (44, '";x=".jpg', "%22;x=%22.jpg"),
    (44, "a\r\nSet-Cookie: x=1.jpg", "aSet-Cookie: x=1.jpg"),
    (45, "发票 证据.jpg", "发票 证据.jpg"),
    (45, "cafe\u0301.jpg", "caf\u00e9.jpg"),
    (45, "Ａ１.jpg", "Ａ１.jpg"),
    (46, "evil.php.jpg", "evil.php.jpg"),
    (46, "evil.jpg.", "evil.jpg"),
    (46, "evil.jpg::$DATA", "evil.jpg::$DATA"),
]


@pytest.mark.parametrize(
    ("name", "kept"), [pytest.param(n, k, id=f"row {r}: {n[:20]!r}") for r, n, k in NAMES]
)
def test_any_name_is_for_showing_only(post, case, buyer, signed_in, name, kept):
    # As browsers write it: what would end the header is percent-encoded.
    wire = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

    answer = post(part(saved(drawing()), wire))

    if name in ("", ".", ".."):  # no file at all, for Django
        assert answer.status_code == 400
        return
    assert answer.status_code == 201
    client, exhibit = signed_in(buyer), Exhibit.objects.get(case=case)
    assert exhibit.name == answer.json()["name"] == kept
    path = Path(sealed().path(exhibit.original.name))
    assert path.parent.parent == Path(sealed().location)
    assert path.name.removesuffix(".original").isalnum()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    served = client.get(reverse("exhibit_preview", args=[case.reference, exhibit.number]))
    assert served["Content-Disposition"].startswith("inline; filename*=UTF-8''")
    assert served["Content-Disposition"].isascii()
    page = client.get(reverse("buyer_case", args=[case.reference])).content.decode()
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: text/html\r\n",
        "",
        "Content-Type: text/html\r\nContent-Type: image/png\r\n",
    ],
    ids=["row 47: HTML", "row 47: none", "row 47: two"],
)
def test_the_bytes_decide_on_the_type(post, case, headers):
    assert post(part(saved(drawing()), headers=headers)).status_code == 201
    assert Exhibit.objects.get(case=case).found_type == "image/jpeg"


FIELD = f'--{EDGE}\r\nContent-Disposition: form-data; name="x%d"\r\n\r\n1\r\n'
MANY = "".join(FIELD % number for number in range(1001)).encode() + f"--{EDGE}--\r\n".encode()
NESTED = (
    f"--{EDGE}\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\n--inner--\r\n"
)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"--x\r\n", "multipart/form-data", id="row 48: no boundary"),
        pytest.param(b"x", f"multipart/form-data; boundary={'b' * 1_000_000}", id="row 48: 1 MB"),
        pytest.param(NESTED.encode(), PARTS, id="row 48: nested"),
        pytest.param(MANY, PARTS, id="row 48: 1001 fields"),
        pytest.param(
            part(b"x", headers="X-Long: " + "x" * 10_000_000 + "\r\n"),
            PARTS,
            id="row 48: 10 MB header",
        ),
        pytest.param(FIELD.encode().replace(b"x%d", b"_charset_"), PARTS, id="row 48: _charset_"),
        pytest.param((FIELD % 1 * 2).encode(), PARTS, id="row 48: a field twice"),
    ],
)
def test_a_body_that_is_none_of_ours_is_refused_at_once(post, case, body, content_type):
    answer = post(body, content_type)

    assert answer.status_code == 400
    assert answer.cpu_seconds < 0.2
    assert not Exhibit.objects.filter(case=case).exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"HTTP_HOST": "evil.example"}, 400, id="row 49: host"),
        pytest.param({"HTTP_X_FORWARDED_HOST": "evil.example"}, 200, id="row 49: forwarded host"),
        pytest.param({"HTTP_X_FORWARDED_FOR": "1.2.3.4"}, 200, id="row 49: forwarded for"),
        pytest.param({"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"}, 200, id="row 49: method"),
        pytest.param({"HTTP_RANGE": "bytes=" + "0-," * 1000 + "0-"}, 200, id="row 49: ranges"),
        pytest.param({"HTTP_COOKIE": "a=" + "x" * 100_000}, 302, id="row 49: cookie"),
    ],
)
def test_a_header_of_somebody_elses_changes_nothing(send, case, buyer, signed_in, headers, status):
    exhibit = send(saved(drawing()))
    place = reverse("exhibit_preview", args=[case.reference, exhibit.number])

    answer = signed_in(buyer).get(place, **headers)

    assert answer.status_code == status
    assert "evil" not in answer.get("Location", "")
    if status == 200:
        assert Image.open(BytesIO(answer.content)).size == (240, 160)


@pytest.mark.parametrize("path", ["/\xff\xfe/", "//evil.example", "/cases/\xff/exhibits/1/"])
def test_row_49_a_path_that_is_none_leads_nowhere(buyer, signed_in, path):
    assert signed_in(buyer).get("/", PATH_INFO=path).status_code == 404


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_row_49_signing_in_never_leads_elsewhere(client, buyer, wanted):
    answer = client.post(
        f"{reverse('login')}?next={wanted}",
        {"username": "buyer", "password": "a long pass phrase", "next": wanted},
    )

    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
