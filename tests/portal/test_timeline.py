"""The timeline tab, the two logs beside each other, and the conversation woven from both."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from PIL.ExifTags import Base

from cases.lifecycle import State
from evidence.contradictions import BEIJING
from evidence.intake import Submission, submit_exhibit
from portal import casefile, logs
from portal.casefile import REEL, CaseFile, Line, case_file
from portal.timeline import ORDER, SENTENCES
from tests.evidence.test_contradictions import FIRES

TALK = (
    ("林小满", "2026-03-08 10:00:05", "杯子碎了，怎么办"),
    ("青瓷小店", "2026-03-08 10:01:09", "抱歉，运费凭证全报"),
    ("林小满", "2026-03-08 10:02:30", "好的，等您"),
    ("青瓷小店", "2026-03-08 10:05:00", "收到"),
)


def log(talk):
    return "\n\n".join(f"{who} ({at}):\n{text}" for who, at, text in talk).encode()


def dated(moment, software=""):
    exif = Image.Exif()
    exif[Base.DateTime] = f"{moment:%Y:%m:%d %H:%M:%S}"
    if software:
        exif[Base.Software] = software
    file = BytesIO()
    Image.radial_gradient("L").save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.fixture
def case(case_in, buyer, merchant):
    """Both sides send the conversation; the merchant's log has one answer changed and one line left out."""
    now = timezone.now()
    case = case_in(State.REVIEWING, now=now - timedelta(hours=1))
    theirs = [TALK[0], ("青瓷小店", TALK[1][1], "抱歉，运费报十元"), TALK[3]]
    submit_exhibit(case, Submission(log(TALK), "a.txt", is_confirmed=True), by=buyer, now=now)
    submit_exhibit(case, Submission(log(theirs), "b.txt", is_confirmed=True), by=merchant, now=now)
    return case


def page(client, case):
    client.cookies["django_language"] = "en"
    return client.get(reverse("case", args=[case.reference])).content.decode()


def test_the_conversation_shows_once_what_both_logs_say_and_marks_what_they_do_not(
    case, arbitrator, signed_in
):  # row 66
    shown = page(signed_in(arbitrator), case)

    assert shown.count("杯子碎了，怎么办</span></p>") == 1
    assert "C-1 = C-5" in shown
    assert 'id="C-5"' in shown
    assert "differs from C-6" in shown
    assert "differs from C-2" in shown
    assert "not in E-02" in shown
    assert "2 messages differ." in shown


def test_photos_stand_in_the_conversation_at_the_time_they_came(case, arbitrator, buyer, signed_in):
    submit_exhibit(case, Submission(dated(timezone.now()), "cup.jpg"), by=buyer, now=timezone.now())

    shown = page(signed_in(arbitrator), case)

    thumb = reverse("exhibit_thumb", args=[case.reference, 3])
    assert f'<a href="#E-03" data-shot="E-03"><img src="{thumb}"' in shown
    assert shown.index('id="C-4"') < shown.index('data-shot="E-03"')


def test_days_of_the_conversation_change_at_midnight_in_beijing(case_in, buyer):
    said = (("a", "2026-03-08 23:59:00", "晚安"), ("b", "2026-03-09 07:00:00", "早"))
    case = case_in(State.REVIEWING, now=timezone.now())
    submit_exhibit(
        case, Submission(log(said), "a.txt", is_confirmed=True), by=buyer, now=timezone.now()
    )

    lines = case_file(case, buyer).lines

    spoken = [line.kind for line in lines if line.kind in ("say", "day")]
    assert "".join(kind[0] for kind in spoken).count("dsds") == 1


def test_a_long_conversation_is_given_in_portions_without_gap_or_overlap():
    lines = [Line("act", timezone.now(), words=str(number)) for number in range(REEL * 23 + 1)]
    file, given, start = CaseFile(lines=lines), [], 0

    while True:
        talk = file.stretch(start)
        given += [line for reel in talk.reels for line in reel]
        start = talk.rest
        if not start:
            break

    assert given == lines


def test_a_portion_of_the_conversation_is_masked_and_marked_like_the_page(
    case_in, arbitrator, buyer, signed_in
):
    said = (("林小满", "2026-03-08 10:00:05", "电话13812345678，碎了[图片]"),)
    case = case_in(State.REVIEWING, now=timezone.now())
    submit_exhibit(
        case, Submission(log(said), "a.txt", is_confirmed=True), by=buyer, now=timezone.now()
    )
    place = reverse("case_talk", args=[case.reference])

    portion = signed_in(arbitrator).get(place, {"q": "碎了", "from": "0"}).content.decode()

    assert "<mark>碎了</mark>" in portion
    assert "data-pictured" in portion
    assert "13812345678" not in portion
    for odd in ("9" * 5000, "-1", "x", ""):
        assert signed_in(arbitrator).get(place, {"from": odd}).status_code == 200


def test_the_parcels_way_stands_on_the_axis_and_in_the_conversation(case_in, arbitrator, signed_in):
    scans = [
        {"at": "2026-03-07T23:00:00+00:00", "words": "快件已揽收"},
        {"at": "2026-03-08T01:00:00+00:00", "words": "派件员13812345678正在派送"},
    ]
    case = case_in(State.REVIEWING, scans=scans)

    shown = page(signed_in(arbitrator), case)

    # as a mark of the axis, in the list below it, and between the messages
    assert shown.count("派件员138****5678正在派送") == 3
    assert "13812345678" not in shown
    axis = shown.partition('class="history axis-list"')[2].partition("</ol>")[0]
    between = axis.partition("快件已揽收")[2].partition("派件员")[0]
    assert "head" not in between  # one day in Beijing, one heading


def test_what_differs_is_on_the_timeline(case, arbitrator, signed_in):
    shown = page(signed_in(arbitrator), case)

    assert "C-2 reads differently in the other side&#x27;s log: C-6." in shown
    assert "C-3 is missing in the other side&#x27;s log, E-02." in shown
    assert 'data-worst="high"' in shown


def test_the_two_logs_stand_beside_each_other(case, arbitrator, signed_in):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"
    address = reverse("log_diff", args=[case.reference, 1])

    whole = client.get(address, {"with": 2}).content.decode()
    only = client.get(address, {"with": 2, "only": "differences"}).content.decode()

    assert "<mark>" in whole
    assert whole.count("data-kind=") == 4
    assert only.count("data-kind=") == 2
    assert "杯子碎了" not in only


def long_talk(count, *, changed):
    """A message a minute, one of them with other words."""
    began = datetime(2026, 2, 1, 8, 0, 5, tzinfo=BEIJING)
    return [
        (
            TALK[number % 2][0],
            f"{began + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}",
            "运费凭证全报" if number == changed else f"第{number}句",
        )
        for number in range(count)
    ]


@pytest.fixture
def send_talk(case_in, buyer, merchant):
    """Have each side send a log of so many messages; they differ in the last but one."""

    def send(count, *, times=1):
        now = timezone.now()
        case = case_in(State.REVIEWING, now=now - timedelta(hours=1))
        for extra in range(times):
            theirs = long_talk(count + extra, changed=None)
            sent = Submission(log(theirs), f"{extra}.txt", is_confirmed=True)
            submit_exhibit(case, sent, by=merchant, now=now)
        ours = Submission(log(long_talk(count, changed=count - 2)), "a.txt", is_confirmed=True)
        submit_exhibit(case, ours, by=buyer, now=now)
        return case

    return send


def test_what_differs_at_the_end_of_two_long_logs_is_found_by_search_and_comparison(
    send_talk, arbitrator, signed_in
):
    case, client = send_talk(6_001), signed_in(arbitrator)
    client.cookies["django_language"] = "en"
    beside = reverse("log_diff", args=[case.reference, 1])

    shown = client.get(reverse("case", args=[case.reference]), {"q": "运费凭证"})
    page = shown.content.decode()
    whole = client.get(beside, {"with": 2, "page": 6})
    only = client.get(beside, {"with": 2, "only": "differences"}).content.decode()

    assert shown.context["file"].hits == 1
    assert "1 message differs." in page
    assert "C-6000 reads differently in the other side&#x27;s log: C-12001." in page
    assert "They agree." not in page
    assert [row.pair.kind for row in whole.context["rows"]][-2:] == ["same", "changed"]
    assert only.count("data-kind=") == 1


def test_of_a_conversation_too_long_to_be_drawn_the_end_says_so_and_keeps_what_differs(
    send_talk, arbitrator, monkeypatch
):
    monkeypatch.setattr(casefile, "MOST_DRAWN", 6)
    case = send_talk(50)

    kinds = "".join(line.kind[0] for line in case_file(case, arbitrator, find="第30句").lines)

    assert "sss" + "c" + "sss" in kinds  # the hit, and the two that differ
    assert kinds.count("s") == 6


def test_a_side_that_sends_a_conversation_again_and_again_hides_nothing(
    send_talk, arbitrator, signed_in
):
    shown = page(signed_in(arbitrator), send_talk(20, times=4))

    assert "E-01 and E-05 are of one conversation. 1 message differs." in shown.replace(
        "</span>", ""
    )
    assert "E-01 and E-02, both of one side, are of one conversation." in shown
    assert "C-19 reads differently in the other side&#x27;s log" in shown
    assert shown.count("第3句</span></p>") == 1
    assert all(f'id="{label}"' in shown for label in ("C-4", "C-24", "C-45", "C-67", "C-90"))


def test_two_logs_of_one_side_that_differ_are_not_said_to_be_of_two(
    case_in, buyer, arbitrator, signed_in
):
    now = timezone.now()
    case = case_in(State.REVIEWING, now=now - timedelta(hours=1))
    for number, changed in enumerate((None, 4)):
        sent = Submission(log(long_talk(9, changed=changed)), f"{number}.txt", is_confirmed=True)
        submit_exhibit(case, sent, by=buyer, now=now)

    shown = page(signed_in(arbitrator), case)

    assert "C-5 reads differently in another log of the same side: C-14." in shown
    assert "the other side&#x27;s log" not in shown


def test_when_logs_are_left_out_it_is_said_and_those_of_two_sides_come_first(
    send_talk, arbitrator, signed_in, monkeypatch
):
    monkeypatch.setattr(logs, "MOST_WORK", 100)
    shown = page(signed_in(arbitrator), send_talk(20, times=3))

    assert "E-01 and E-04 are of one conversation." in shown
    assert "both of one side" not in shown
    for left_out in ("E-03 / E-04", "E-01 / E-02", "E-01 / E-03", "E-02 / E-03"):
        assert left_out in shown


def test_what_was_not_read_is_never_said_to_agree(send_talk, arbitrator, signed_in, monkeypatch):
    monkeypatch.setattr(casefile, "MOST_READ", 30)
    shown = page(signed_in(arbitrator), send_talk(20))

    assert "10 messages, the latest, are neither searched nor shown" in shown
    assert "nobody knows yet whether they differ" in shown
    assert "E-01 / E-02</a>" in shown
    assert "They agree." not in shown


@pytest.mark.parametrize("wanted", ["", "1", "3", "x", "99999999999"])
def test_a_log_has_something_else_beside_it(case, arbitrator, signed_in, wanted):
    address = reverse("log_diff", args=[case.reference, 1])

    assert signed_in(arbitrator).get(address, {"with": wanted}).status_code == 404


def test_a_photo_with_an_impossible_time_is_named_with_its_reason(
    case, buyer, arbitrator, signed_in
):
    too_early = (case.placed_at - timedelta(days=9)).replace(tzinfo=None)
    photo = dated(too_early, "Adobe Photoshop 25")
    submit_exhibit(case, Submission(photo, "a.jpg"), by=buyer, now=timezone.now())

    shown = page(signed_in(arbitrator), case)

    assert "before the order, by its camera&#x27;s clock" in shown
    assert "zone assumed" in shown
    assert "saved with Adobe Photoshop 25" in shown
    assert "was last saved with picture editing software" in shown


def test_a_photo_withdrawn_says_nothing_any_more(case, buyer, arbitrator, signed_in):
    photo = dated(case.placed_at - timedelta(days=9))
    receipt = submit_exhibit(case, Submission(photo, "a.jpg"), by=buyer, now=timezone.now())
    type(receipt.exhibit).objects.filter(pk=receipt.exhibit.pk).update(withdrawn_at=timezone.now())

    assert "before the order, by its camera" not in page(signed_in(arbitrator), case)


def test_every_check_has_its_sentence_and_weight():
    assert set(SENTENCES) == set(FIRES)
    assert {severity for severity, _sentence, _why in SENTENCES.values()} == set(ORDER)
