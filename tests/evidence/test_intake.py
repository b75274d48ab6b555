"""The one way in for evidence: what is stored, what is refused, and what a refusal leaves behind."""

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django_fsm import ConcurrentTransition
from PIL import Image

from cases import docket
from cases.actions import Refused, issue_ruling
from cases.lifecycle import Side, State
from cases.models import Case
from evidence import intake
from evidence.intake import (
    MOST_PER_SIDE,
    ExhibitRefused,
    Submission,
    open_original,
    submit_exhibit,
    withdraw_exhibit,
)
from evidence.models import Exhibit, Message, labels_of
from tests.factories import draft
from tests.stored import everything

WANGWANG = (
    "林小满 (2026-03-08 10:00:00):\n杯子碎了\n\n青瓷小店 (2026-03-08 10:01:00):\n抱歉，请发照片\n"
)


def photo(colour="teal", **options):
    file = BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG", **options)
    return file.getvalue()


def stored_files():
    return everything()


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT)


def test_a_photo_is_sealed_and_what_is_shown_is_drawn_anew(case, buyer, now):
    original = photo()

    receipt = submit_exhibit(case, Submission(original, "杯子.jpg"), by=buyer, now=now)

    exhibit = Exhibit.objects.get(pk=receipt.exhibit.pk)
    assert (exhibit.label, exhibit.side, exhibit.kind, exhibit.status) == (
        "E-01",
        "buyer",
        "photo",
        "accepted",
    )
    assert (exhibit.sha256, exhibit.size) == (hashlib.sha256(original).hexdigest(), len(original))
    assert (exhibit.width, exhibit.height, exhibit.found_type) == (64, 48, "image/jpeg")
    assert (exhibit.uploader, exhibit.received_at) == (buyer, now)
    assert exhibit.original.read() == original
    assert Image.open(exhibit.preview).format == "JPEG"
    assert [event.name for event in case.events.filter(name="exhibit")] == ["exhibit"]


def test_a_chat_log_becomes_numbered_messages_with_sides_by_the_names_on_the_order(
    case, buyer, now
):
    submit_exhibit(
        case,
        Submission(WANGWANG.encode("gb18030"), "chat.txt", is_confirmed=True),
        by=buyer,
        now=now,
    )
    submit_exhibit(
        case,
        Submission(WANGWANG.replace("碎", "裂").encode(), "more.txt", is_confirmed=True),
        by=buyer,
        now=now,
    )

    messages = Message.objects.filter(case=case).order_by("number")
    assert [(message.label, message.side) for message in messages] == [
        ("C-1", "buyer"),
        ("C-2", "merchant"),
        ("C-3", "buyer"),
        ("C-4", "merchant"),
    ]
    assert messages[0].time_assumed
    assert labels_of(case) == {"E-01", "E-02", "C-1", "C-2", "C-3", "C-4"}


@pytest.mark.parametrize(
    ("original", "name", "kind"),
    [
        (photo(), "scan.txt", "photo"),  # the bytes outrank the name
        (WANGWANG.encode(), "CHAT.TXT", "chat_log"),
        (b"sent_at,sender,role,message\n2026-03-08 10:00,a,buyer,hi\n", "log.csv", "chat_log"),
    ],
)
def test_the_kind_is_told_by_the_bytes_then_by_the_name(case, buyer, now, original, name, kind):
    receipt = submit_exhibit(case, Submission(original, name), by=buyer, now=now)

    assert receipt.exhibit.kind == kind


def test_the_same_bytes_from_the_same_side_are_one_exhibit(case, buyer, merchant, now):
    first = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now)
    again = submit_exhibit(case, Submission(photo(), "b.jpg"), by=buyer, now=now)
    other = submit_exhibit(case, Submission(photo(), "a.jpg"), by=merchant, now=now)

    assert (again.is_duplicate, again.exhibit) == (True, first.exhibit)
    assert (other.is_duplicate, other.exhibit.label) == (False, "E-02")
    assert case.events.filter(name="exhibit").count() == 2


def test_a_request_that_was_overtaken_by_the_same_file_gets_the_exhibit_it_became(
    case, buyer, now, monkeypatch
):
    read = intake.read

    def overtaken(case, submission, *, now):
        monkeypatch.setattr(intake, "read", read)
        submit_exhibit(case, submission, by=buyer, now=now)
        return read(case, submission, now=now)

    monkeypatch.setattr(intake, "read", overtaken)
    before = stored_files()

    receipt = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now)

    assert receipt.is_duplicate
    assert Exhibit.objects.filter(case=case).count() == 1
    assert len(stored_files() - before) == 3


def test_a_case_decided_while_the_file_was_read_takes_it_no_more(case, buyer, now, monkeypatch):
    read = intake.read

    def slow(asked, submission, *, now):
        Case.objects.filter(pk=asked.pk).update(state=State.RULED)
        return read(asked, submission, now=now)

    monkeypatch.setattr(intake, "read", slow)

    with pytest.raises(ExhibitRefused) as refused:
        submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now)

    assert refused.value.code == "closed"
    assert not Exhibit.objects.filter(case=case).exists()


def test_a_refused_file_leaves_nothing_behind(case, buyer, now):
    before, length = stored_files(), case.events.count()

    with pytest.raises(ExhibitRefused) as refused:
        submit_exhibit(case, Submission(b"<html>", "page.jpg"), by=buyer, now=now)

    assert (refused.value.code, str(refused.value) != "") == ("unsupported", True)
    assert (stored_files(), case.events.count()) == (before, length)


def test_a_failure_after_the_files_were_written_clears_them_up(case, buyer, now, monkeypatch):
    before = stored_files()

    def fails(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(intake, "note_exhibit", fails)

    with pytest.raises(OSError, match="disk full"):
        submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now)

    assert stored_files() == before
    assert not Exhibit.objects.filter(case=case).exists()


def test_a_chat_log_is_refused_with_its_line(case, buyer, now):
    log = b"sent_at,sender,role,message\n2026-03-08 10:00,a,buyer,hi\n2026-02-30 10:00,a,buyer,hi\n"

    with pytest.raises(ExhibitRefused) as refused:
        submit_exhibit(case, Submission(log, "log.csv"), by=buyer, now=now)

    assert "3" in str(refused.value)


def test_each_side_has_its_own_quota(case, buyer, merchant, now):  # row 38
    for number in range(MOST_PER_SIDE):
        submit_exhibit(case, Submission(photo((number * 8, 0, 0)), "a.jpg"), by=buyer, now=now)

    with pytest.raises(ExhibitRefused) as refused:
        submit_exhibit(case, Submission(photo("white"), "a.jpg"), by=buyer, now=now)
    other = submit_exhibit(case, Submission(photo("white"), "a.jpg"), by=merchant, now=now)

    assert refused.value.code == "quota"
    assert other.exhibit.number == MOST_PER_SIDE + 1


@pytest.mark.parametrize("name", ["", "..", "\0", "../../etc/passwd", "a" * 300 + ".jpg", "😀"])
def test_any_name_gets_a_safe_one(case, buyer, now, name):  # rows 40, 41, 43
    exhibit = submit_exhibit(case, Submission(photo(), name), by=buyer, now=now).exhibit

    assert exhibit.name
    assert len(exhibit.name) <= 100
    assert not set("/\\\0") & set(exhibit.name)


@pytest.mark.parametrize("stranger", ["rival_buyer", "rival_merchant", "arbitrator", "auditor"])
def test_only_the_two_parties_may_submit(case, now, request, stranger):
    with pytest.raises(PermissionDenied):
        submit_exhibit(
            case, Submission(photo(), "a.jpg"), by=request.getfixturevalue(stranger), now=now
        )


def test_late_is_a_second_after_the_sides_own_clock(case, buyer, merchant, now):
    due = case.deadlines.open().get(party=Side.MERCHANT).due_at
    later = due + timedelta(seconds=1)

    marks = [
        submit_exhibit(case, Submission(photo(colour), "a.jpg"), by=by, now=at).exhibit.is_late
        for colour, by, at in [
            ("red", merchant, due),
            ("green", merchant, later),
            ("blue", buyer, later),  # no clock runs against the buyer
        ]
    ]

    assert marks == [False, True, False]


def test_withdrawing_hides_and_keeps(case, buyer, merchant, now):
    exhibit = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now).exhibit

    with pytest.raises(PermissionDenied):
        withdraw_exhibit(exhibit, by=merchant, now=now)
    withdraw_exhibit(exhibit, by=buyer, now=now)
    withdraw_exhibit(exhibit, by=buyer, now=now)

    exhibit = Exhibit.objects.get(pk=exhibit.pk)
    assert exhibit.withdrawn_at == now
    assert exhibit.original.storage.exists(exhibit.original.name)
    assert list(Exhibit.objects.visible_to(merchant)) == []
    assert list(Exhibit.objects.visible_to(buyer)) == [exhibit]
    assert labels_of(case) == set()
    assert case.events.filter(name="withdraw_exhibit").count() == 1


def test_what_was_taken_back_is_not_said_to_be_there_already(case, buyer, now):
    exhibit = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now).exhibit
    withdraw_exhibit(exhibit, by=buyer, now=now)

    with pytest.raises(ExhibitRefused) as refusal:
        submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now)

    assert refusal.value.code == "withdrawn"


def test_after_the_ruling_nothing_is_withdrawn(case_in, arbitrator, buyer, now):
    """Nor by a request that looked at the case before the ruling."""
    case = case_in(State.REVIEWING)
    exhibit = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now).exhibit
    exhibit.case = Case.objects.get(pk=case.pk)
    issue_ruling(case, by=arbitrator, draft=draft(), now=now)

    with pytest.raises(Refused):
        withdraw_exhibit(exhibit, by=buyer, now=now)
    assert Exhibit.objects.get(pk=exhibit.pk).withdrawn_at is None


def test_a_ruling_does_not_go_out_on_what_was_taken_back_while_it_was_read(
    case_in, arbitrator, buyer, now
):
    case = case_in(State.REVIEWING)
    exhibit = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now).exhibit
    being_issued = Case.objects.get(pk=case.pk)
    withdraw_exhibit(exhibit, by=buyer, now=now)

    with pytest.raises(ConcurrentTransition):
        issue_ruling(being_issued, by=arbitrator, draft=draft(), now=now)
    assert case.rulings.count() == 0


@pytest.mark.parametrize(
    ("claimed", "noted"),
    [("image/jpg", False), ("application/octet-stream", False), ("", False), ("image/png", True)],
)
def test_a_file_that_is_not_what_it_was_sent_as_says_so_on_the_docket(
    case, buyer, now, claimed, noted
):
    submit_exhibit(case, Submission(photo(), "a.jpg", claimed_type=claimed), by=buyer, now=now)

    facts = case.events.get(name="exhibit").facts
    types = {name: facts[name] for name in ("claimed_type", "found_type") if name in facts}
    assert types == ({"claimed_type": "image/png", "found_type": "image/jpeg"} if noted else {})


def test_a_claimed_type_is_kept_in_what_any_database_can_hold(case, buyer, now):
    sent = Submission(photo(), "a.jpg", claimed_type="image/\0jpeg\u2028")

    exhibit = submit_exhibit(case, sent, by=buyer, now=now).exhibit

    assert Exhibit.objects.get(pk=exhibit.pk).claimed_type == "image/jpeg"


def test_opening_an_original_is_a_docket_line(case_in, arbitrator, other_arbitrator, buyer, now):
    case = case_in(State.REVIEWING)
    exhibit = submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now).exhibit

    open_original(exhibit, by=arbitrator, now=now)
    for person in (other_arbitrator, buyer):
        with pytest.raises(PermissionDenied):
            open_original(exhibit, by=person, now=now)

    assert case.events.filter(name="open_original").count() == 1
    assert [bad for _case, _lines, bad in docket.verify([Case.objects.get(pk=case.pk)])] == [None]


def test_each_side_has_a_quota_of_bytes_too(case, buyer, merchant, now, monkeypatch):
    monkeypatch.setattr(intake, "MOST_MEGABYTES_PER_SIDE", 0.001)  # a kilobyte
    first = submit_exhibit(case, Submission(photo("red"), "a.jpg"), by=buyer, now=now).exhibit
    monkeypatch.setattr(intake, "MOST_MEGABYTES_PER_SIDE", 2 * first.size / 1_000_000)

    submit_exhibit(case, Submission(photo("tan"), "b.jpg"), by=buyer, now=now)
    with pytest.raises(ExhibitRefused) as refused:
        submit_exhibit(case, Submission(photo("blue"), "c.jpg"), by=buyer, now=now)
    submit_exhibit(case, Submission(photo("blue"), "c.jpg"), by=merchant, now=now)

    assert refused.value.code == "quota"
