"""Chat logs that are odd and readable all the same: taken, with everything odd about them in sight."""

import csv as reader
import json
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from evidence.models import Exhibit
from tests.bad.logs import AT, csv, log
from tests.bad.pictures import SCRIPT

ZONE = {"encoding": "utf-8", "zone": "Asia/Shanghai"}
WANGWANG = "林小满 (2026-03-08 10:00:00):\n杯子碎了\n"


@pytest.fixture
def read(case, buyer, signed_in):
    """The page of a log, as the buyer who sent it reads it."""

    def page(exhibit):
        address = reverse("exhibit_preview", args=[case.reference, exhibit.number])
        return signed_in(buyer).get(address, HTTP_ACCEPT_LANGUAGE="en").content.decode()

    return page


def said(exhibit):
    return exhibit.messages.order_by("number").first()


def test_row_55_half_a_character_is_replaced_and_flagged(send):
    message = said(
        send(b'[{"sent_at": "%s", "sender": "a", "text": "x\\ud800"}]' % AT.encode(), "c.json")
    )

    assert (message.text, message.flags) == ("x\ufffd", ["broken_characters"])


@pytest.mark.parametrize("content", [log(text="a\0b"), csv(f"{AT},a,a\0b")], ids=["JSON", "CSV"])
def test_row_56_zero_bytes_are_stripped_and_flagged(send, content):
    message = said(send(content, "c.json" if content.startswith(b"[") else "c.csv"))

    assert (message.text, message.flags) == ("ab", ["control_characters"])


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_row_58_a_formula_is_kept_as_the_text_it_is(send, text):
    rows = StringIO()
    reader.writer(rows).writerow([AT, "a", text])

    assert said(send(csv(rows.getvalue().strip("\r\n")), "c.csv")).text == text


@pytest.mark.parametrize("mark", [";", "\t"])
def test_row_59_another_separator_is_found_out(send, mark):
    exhibit = send(
        csv(f'{AT}{mark}a{mark}"in\r\ntwo lines"', heading=f"sent_at{mark}sender{mark}message\n"),
        "c.csv",
    )

    assert said(exhibit).text == "in\ntwo lines"


ENCODINGS = [
    ("gb18030", b"", "gb18030"),
    ("gbk", b"", "gb18030"),
    ("utf-8-sig", b"", "utf-8"),
    ("utf-16-le", b"\xff\xfe", "utf-16-le"),
    ("utf-16-be", b"\xfe\xff", "utf-16-be"),
    ("utf-16-le", b"", "utf-16-le"),
    ("utf-16-be", b"", "utf-16-be"),
]


@pytest.mark.parametrize(("written", "mark", "guess"), ENCODINGS)
def test_row_60_the_guess_is_shown_before_anything_is_saved(
    send, case, buyer, signed_in, written, mark, guess
):
    original = mark + WANGWANG.encode(written)
    exhibit = send(original, "c.txt")
    place = reverse("exhibit_confirm", args=[case.reference, exhibit.number])
    client = signed_in(buyer)

    page = client.get(place).content.decode()

    assert (exhibit.status, exhibit.messages.count()) == ("pending", 0)
    assert "杯子碎了" in page
    assert f'<option value="{guess}" selected>' in page
    client.post(place, {"encoding": guess, "zone": "Asia/Shanghai"})
    assert said(exhibit).text == "杯子碎了"
    assert Exhibit.objects.get(pk=exhibit.pk).original.read() == original


@pytest.mark.parametrize(
    ("text", "written"), [("杯子碎了，請退款", "big5"), ("カップが割れました", "shift_jis")]
)
def test_row_60_a_wrong_guess_is_put_right_by_its_sender(
    send, case, buyer, signed_in, text, written
):
    exhibit = send(f"a (2026-03-08 10:00:00):\n{text}\n".encode(written), "c.txt")
    place = reverse("exhibit_confirm", args=[case.reference, exhibit.number])
    client = signed_in(buyer)

    assert text not in client.get(place).content.decode()
    choice = {"encoding": written, "zone": "Asia/Shanghai"}
    assert text in client.get(place, choice).content.decode()
    client.post(place, choice)

    assert said(exhibit).text == text


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT.decode(),
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "{{7*7}}",
        "![](https://evil.example/beacon.png)",
    ],
)
def test_row_61_markup_is_shown_as_text(send, read, text):
    page = read(send(log(text=text), "c.json"))

    escaped = text.replace("<", "&lt;").replace(">", "&gt;")
    assert escaped in page
    assert 'href="javascript' not in page
    assert "src=x onerror" not in page.replace("&lt;img src=x onerror", "")
    assert 'src="https://' not in page


def test_row_62_what_is_hidden_in_a_name_is_shown_as_a_mark(send, read):
    exhibit = send(log(sender="平台\u202e仲裁员\u200b", text="a\u202eb"), "c.json")

    assert said(exhibit).sender == "平台[U+202E]仲裁员[U+200B]"
    assert "a[U+202E]b" in read(exhibit)


def test_row_62_a_speaker_is_not_the_platform_for_saying_so(send, read):
    exhibit = send(log(sender="平台仲裁员", role="platform"), "c.json")

    assert "claims_platform" in said(exhibit).flags
    assert "As the buyer submitted it; not verified." in read(exhibit)


def test_row_62_nobody_speaks_for_the_other_side_by_the_word_of_a_file(send, read):
    exhibit = send(log(sender="somebody", role="merchant"), "c.json")

    assert said(exhibit).flags == ["side_claimed"]
    assert "only the file says whose message this is" in read(exhibit)


def test_row_63_a_time_in_the_future_is_flagged(send, read):
    exhibit = send(log(sent_at="2099-01-01T00:00:00+08:00"), "c.json")

    assert said(exhibit).flags == ["future"]
    assert "time lies in the future" in read(exhibit)


def test_row_64_a_log_without_a_zone_waits_until_one_is_chosen_and_says_so(
    send, read, case, buyer, signed_in
):
    exhibit = send(WANGWANG.encode(), "c.txt")
    place = reverse("exhibit_confirm", args=[case.reference, exhibit.number])
    client = signed_in(buyer)

    page = client.get(place).content.decode()
    client.post(place, ZONE)

    assert '<option value="Asia/Shanghai" selected>' in page
    assert (exhibit.status, said(exhibit).time_assumed) == ("pending", True)
    assert "names no time zone" in read(exhibit)


def test_row_65_out_of_order_twice_and_altered_is_all_said(send, read):
    rows = [
        ("3", "10:03", "好"),
        ("1", "10:01", "在吗"),
        ("1", "10:01", "在吗"),
        ("2", "10:02", "在"),
        ("4", "10:04", "哦"),
        ("5", "10:05", "没有碎"),
        ("5", "10:05", "碎了"),
        *((str(number), f"10:{number:02}", "嗯") for number in range(6, 20) if number != 9),
    ]
    heading = "id,sent_at,sender,message\n"
    content = csv(*(f"{i},2026-03-08T{at}:00+08:00,a,{t}" for i, at, t in rows), heading=heading)

    exhibit = send(content, "c.csv")

    assert exhibit.notes == ["out_of_order", "duplicates_merged", "ids_missing"]
    assert [message.text for message in exhibit.messages.order_by("number")[:6]] == [
        "在吗",
        "在",
        "好",
        "哦",
        "没有碎",
        "碎了",
    ]
    assert read(exhibit).count("one number, two texts") == 2


def test_row_66_what_two_logs_of_one_conversation_tell_differently_is_aligned(
    send, case, merchant, arbitrator, signed_in
):
    def told(*texts):
        return json.dumps(
            [
                {"sent_at": f"2026-03-08T10:0{n}:00+08:00", "sender": "a", "text": text}
                for n, text in enumerate(texts)
            ]
        ).encode()

    send(told("在吗", "杯子碎了", "请退款"), "c.json")
    signed_in(merchant).post(
        reverse("exhibits", args=[case.reference]),
        {"files": SimpleUploadedFile("c.json", told("在吗", "杯子没碎", "请退款", "好的"))},
    )
    type(case).objects.filter(pk=case.pk).update(holder=arbitrator, state="reviewing")

    page = signed_in(arbitrator).get(
        reverse("log_diff", args=[case.reference, 1]), {"with": 2}, HTTP_ACCEPT_LANGUAGE="en"
    )

    assert [row.pair.kind for row in page.context["rows"]] == ["same", "changed", "same", "outside"]


@pytest.mark.parametrize("text", ["[图片: 破损.jpg]", "![](https://evil.example/x.png)"])
def test_row_68_a_picture_that_is_not_here_is_text_and_never_fetched(send, read, text, monkeypatch):
    def fetched(*args, **kwargs):
        raise AssertionError("something was fetched")

    monkeypatch.setattr("socket.create_connection", fetched)
    page = read(send(log(text=text), "c.json"))

    assert text in page
    assert 'src="https://' not in page
