"""What somebody with SQL does to an exhibit or its messages is told by the docket, which entered them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from cases.lifecycle import State
from cases.models import Case
from cases.verification import verify
from evidence import attested
from evidence.confirming import confirm_chat_log
from evidence.custody import NotWhole, insist_whole, scrub
from evidence.intake import Submission, submit_exhibit, withdraw_exhibit
from evidence.models import SealedFile
from tests.cases.tampering import execute
from tests.evidence.test_custody import on_disk, states
from tests.evidence.test_intake import photo

DAY = timedelta(days=1)
LOG = (
    "林小满 (2026-03-08 10:00:05):\n杯子碎了\n\n青瓷小店 (2026-03-08 10:01:09):\n运费全报".encode()
)


@pytest.fixture
def case(case_in):
    return case_in(State.REVIEWING)


@pytest.fixture
def exhibit(case, buyer, now):
    return submit_exhibit(case, Submission(photo(), "cup.jpg"), by=buyer, now=now).exhibit


@pytest.fixture
def chat(case, merchant, now):
    sent = Submission(LOG, "chat.txt", is_confirmed=True)
    return submit_exhibit(case, sent, by=merchant, now=now).exhibit


def test_what_comes_in_while_the_dockets_are_read_is_no_fault(
    case, exhibit, buyer, now, monkeypatch
):
    stored, came = attested._stored, []

    def one_more_comes_first(cases):
        if not came:
            sent = Submission(photo() + b"1", "other.jpg")
            came.append(submit_exhibit(case, sent, by=buyer, now=now))
        return stored(cases)

    monkeypatch.setattr(attested, "_stored", one_more_comes_first)

    assert list(attested.differing()) == []
    assert came


def faults():
    return [fault.reason for fault in verify().bad]


def test_what_nobody_touched_is_as_it_was_entered(exhibit, chat, buyer, now):
    withdraw_exhibit(exhibit, by=buyer, now=now)

    assert faults() == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE evidence_exhibit SET side = 'merchant' WHERE number = 1", "side"),
        ("UPDATE evidence_exhibit SET is_late = true WHERE number = 1", "late"),
        ("UPDATE evidence_exhibit SET withdrawn_at = received_at WHERE number = 1", "withdrawn"),
        ("UPDATE evidence_exhibit SET admission = 'admitted' WHERE number = 1", "admission"),
        ("UPDATE evidence_sealedfile SET sha256 = 'x' WHERE role = 'preview'", "preview"),
        ("DELETE FROM evidence_sealedfile WHERE role = 'thumbnail'", "thumbnail"),
    ],
)
def test_an_exhibit_changed_past_the_portal_is_named_by_the_check(exhibit, change, what):
    execute(change)

    assert faults() == [f"E-01 is not stored as it was entered: {what}"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evidence_message SET text = '杯子没碎' WHERE number = 1",
        "UPDATE evidence_message SET side = 'buyer' WHERE number = 2",
        "UPDATE evidence_message SET sent_at = '2026-03-01 00:00:00' WHERE number = 2",
        "UPDATE evidence_message SET number = 17 WHERE number = 2",
        "DELETE FROM evidence_message WHERE number = 2",
    ],
)
def test_a_message_changed_past_the_portal_is_named_and_stops_the_case(case, chat, now, change):
    execute(change)

    assert faults() == ["E-01 is not stored as it was entered: messages"]
    scrub(now + DAY)
    assert states(chat) == {"original": "changed"}
    assert Case.objects.get(pk=case.pk).integrity_failed_at is not None


def test_a_log_confirmed_later_is_held_to_what_was_confirmed(case, merchant, now):
    pending = submit_exhibit(case, Submission(LOG, "chat.txt"), by=merchant, now=now).exhibit
    confirm_chat_log(pending, by=merchant, encoding="utf-8", zone="Asia/Shanghai", now=now)
    assert faults() == []

    execute("UPDATE evidence_message SET text = 'x' WHERE number = 1")

    assert faults() == ["E-01 is not stored as it was entered: messages"]


def test_an_exhibit_no_line_entered_and_a_line_without_its_exhibit_are_named(exhibit):
    execute("UPDATE evidence_exhibit SET number = 7")

    assert faults() == [
        "E-01 is not stored as it was entered: exhibit",
        "E-07 is not stored as it was entered: line",
    ]


@pytest.mark.parametrize("role", ["original", "preview"])
def test_a_forged_file_is_found_though_every_table_has_its_hash(exhibit, now, role):
    forged = photo("navy")
    digest = hashlib.sha256(forged).hexdigest()
    on_disk(exhibit, role).write_bytes(forged)
    execute(f"UPDATE evidence_sealedfile SET sha256 = '{digest}' WHERE role = '{role}'")
    execute(f"UPDATE evidence_exhibit SET sha256 = '{digest}'")

    with pytest.raises(NotWhole):
        insist_whole(exhibit, role, now=now)
    assert states(exhibit)[role] == "changed"


def test_records_taken_away_are_made_again_from_the_docket_not_from_what_is_there(exhibit, now):
    sealed = {file.role: file.sha256 for file in exhibit.files.all()}
    on_disk(exhibit, "preview").write_bytes(photo("navy"))
    SealedFile.objects.all().delete()

    scrub(now + DAY)

    assert {file.role: file.sha256 for file in exhibit.files.all()} == sealed
    assert states(exhibit) == {"original": "whole", "preview": "changed", "thumbnail": "whole"}
