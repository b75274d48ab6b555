"""How the names that parties give their files are shown."""

import unicodedata

import pytest

from evidence.names import MAX_LENGTH, display_name

CASES = [
    ("row 40: a path of Unix", "../../etc/passwd", "passwd"),
    ("row 40: a path of Windows", "..\\..\\win.ini", "win.ini"),
    ("row 40: a folder only", "photos/", "photo-3.jpg"),
    ("row 41: an encoded zero byte", "a%00.jpg", "a.jpg"),
    ("row 41: a zero byte", "a\0.jpg", "a.jpg"),
    ("row 42: an override that turns letters round", "photo\u202egpj.exe", "photogpj.exe"),
    ("row 42: invisible letters", "in\u200bvoice\ufeff.jpg", "invoice.jpg"),
    ("row 43: nothing", "", "photo-3.jpg"),
    ("row 43: this folder", ".", "photo-3.jpg"),
    ("row 43: the folder above", "..", "photo-3.jpg"),
    ("row 43: only blanks", " \t\u3000 ", "photo-3.jpg"),
    ("row 43: a hidden file", ".htaccess", "htaccess"),
    ("row 43: a device of Windows", "CON.jpg", "CON.jpg"),
    ("row 43: what looks like an option", " -rf.jpg", "rf.jpg"),
    ("row 43: emoji only", "📦📦", "📦📦"),
    (
        "row 44: markup",
        "<img src=x onerror=alert(1)>.png",
        "<img src=x onerror=alert(1)>.png",
    ),
    ("row 44: a quotation mark", '";x="', '";x="'),
    ("row 44: a second header line", "a.jpg\r\nSet-Cookie: x=1", "a.jpgSet-Cookie: x=1"),
    ("row 45: Chinese with a blank", "发票 证据.jpg", "发票 证据.jpg"),
    ("row 45: accents apart", unicodedata.normalize("NFD", "été.jpg"), "été.jpg"),
    ("row 45: full width", "ＡＢＣ．ｊｐｇ", "ＡＢＣ．ｊｐｇ"),
    ("row 46: two endings", "evil.php.jpg", "evil.php.jpg"),
    ("row 46: a last dot", "evil.jpg.", "evil.jpg"),
    ("row 46: a stream of Windows", "evil.jpg::$DATA", "evil.jpg::$DATA"),
    ("half a character", "a\ud800.jpg", "a.jpg"),
]


@pytest.mark.parametrize(
    ("claimed", "shown"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_name_is_shown_on_one_line_without_what_cannot_be_seen(claimed, shown):
    assert display_name(claimed, fallback="photo-3.jpg") == shown


def test_row_43_a_long_name_keeps_its_ending():
    shown = display_name("证" * 300 + ".jpeg", fallback="photo-3.jpg")

    assert shown == "证" * (MAX_LENGTH - 6) + "….jpeg"
    assert len(shown) == MAX_LENGTH


def test_row_43_a_long_name_without_an_ending_is_cut():
    assert display_name("x" * 300, fallback="photo-3.jpg") == "x" * (MAX_LENGTH - 1) + "…"
