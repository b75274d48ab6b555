"""What is stored stays what was sealed: who changes, swaps or loses a file is noticed, and nothing is ruled."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import PIL
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django_fsm import ConcurrentTransition

from cases import docket, pulse
from cases.actions import Refused, issue_ruling, obstacles
from cases.lifecycle import STEPS, State, intact
from cases.models import Case, Notice
from evidence import custody
from evidence.confirming import confirm_chat_log
from evidence.custody import NotWhole, check_exhibit, scrub, seal_older
from evidence.export import export_case
from evidence.intake import Submission, admit_late, open_original, submit_exhibit
from evidence.models import Exhibit, SealedFile, labels_of, sealed
from tests.evidence.test_intake import photo
from tests.factories import draft
from tests.stored import Kept

DAY = timedelta(days=1)


@pytest.fixture
def case(case_in):
    return case_in(State.REVIEWING)


@pytest.fixture
def exhibit(case, buyer, now):
    return submit_exhibit(
        case, Submission(photo(), "cup.jpg", claimed_type="image/png"), by=buyer, now=now
    ).exhibit


def on_disk(exhibit, role="original"):
    return Kept(getattr(exhibit, role).name)


def change_a_byte(exhibit, role="original"):
    file = on_disk(exhibit, role)
    content = file.read_bytes()
    file.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    return content


def stored(case):
    return Case.objects.get(pk=case.pk)


def lines(case, *names):
    return list(case.events.filter(name__in=names).order_by("number"))


def states(exhibit):
    return dict(exhibit.files.values_list("role", "state"))


def test_every_stored_file_has_its_hash_and_says_how_it_was_made(exhibit, now):
    files = {file.role: file for file in exhibit.files.all()}

    assert set(files) == {"original", "preview", "thumbnail"}
    for role, file in files.items():
        content = on_disk(exhibit, role).read_bytes()
        assert (file.sha256, file.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (files["original"].tool, files["original"].parameters) == ("", {})
    assert (files["thumbnail"].tool, files["thumbnail"].version) == ("Pillow", PIL.__version__)
    assert files["thumbnail"].parameters["longest side at most"] == 320
    assert files["preview"].sealed_at == now


def test_a_refused_file_leaves_no_record(case, buyer, now):
    with pytest.raises(Refused):
        submit_exhibit(case, Submission(b"\xff\xd8\xff no photo", "a.jpg"), by=buyer, now=now)

    assert not SealedFile.objects.exists()


@pytest.mark.parametrize("role", ["original", "preview", "thumbnail"])
def test_one_changed_byte_is_found_by_the_scrub_within_a_day(case, exhibit, now, role):
    change_a_byte(exhibit, role)

    assert scrub(now + DAY) == 3

    assert states(exhibit)[role] == "changed"
    [line] = lines(case, "integrity_failed")
    assert (line.actor, line.facts) == (None, {"label": "E-01", "file": role, "found": "changed"})
    assert stored(case).integrity_failed_at == now + DAY


def test_two_swapped_files_are_both_found(case, exhibit, buyer, now):
    other = submit_exhibit(case, Submission(photo("navy"), "b.jpg"), by=buyer, now=now).exhibit
    one, two = on_disk(exhibit), on_disk(other)
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)

    scrub(now + DAY)

    assert [line.facts["label"] for line in lines(case, "integrity_failed")] == ["E-01", "E-02"]


def test_a_missing_file_is_found(case, exhibit, now):
    on_disk(exhibit).unlink()

    scrub(now + DAY)

    assert states(exhibit)["original"] == "missing"


def test_a_changed_original_is_found_when_it_is_opened_and_not_handed_out(
    case, exhibit, arbitrator, now
):
    change_a_byte(exhibit)

    with pytest.raises(NotWhole):
        open_original(exhibit, by=arbitrator, now=now)

    assert [line.name for line in lines(case, "open_original", "integrity_failed")] == [
        "open_original",
        "integrity_failed",
    ]


@pytest.fixture
def chat(case, merchant, now):
    words = "林小满 (2026-03-08 10:00:05):\n杯子碎了".encode()
    return submit_exhibit(case, Submission(words, "chat.txt"), by=merchant, now=now).exhibit


def test_a_changed_chat_log_is_found_when_its_sender_confirms_how_it_reads(
    case, chat, merchant, now
):
    change_a_byte(chat)

    with pytest.raises(NotWhole):
        confirm_chat_log(chat, by=merchant, encoding="utf-8", zone="Asia/Shanghai", now=now)

    assert [line.facts["label"] for line in lines(case, "integrity_failed")] == ["E-01"]
    assert not chat.messages.exists()


def test_a_changed_chat_log_is_found_when_its_messages_are_opened(
    case, chat, merchant, supervisor, signed_in, now
):
    confirm_chat_log(chat, by=merchant, encoding="utf-8", zone="Asia/Shanghai", now=now)
    change_a_byte(chat)

    answer = signed_in(supervisor).get(reverse("exhibit_preview", args=[case.reference, 1]))

    assert answer.status_code == 409
    assert len(lines(case, "integrity_failed")) == 1


@pytest.mark.parametrize("what", ["changed", "missing"])
def test_what_an_export_finds_is_on_the_docket_it_takes_along(case, exhibit, supervisor, now, what):
    if what == "changed":
        change_a_byte(exhibit)
    else:
        on_disk(exhibit).unlink()
    packed = io.BytesIO()

    export_case(case, packed, by=supervisor, now=now)

    with zipfile.ZipFile(packed) as bundle:
        taken = json.loads(bundle.read("docket.json"))["lines"]
        [record] = json.loads(bundle.read("manifest.json"))["exhibits"]
    assert (taken[-1]["name"], taken[-1]["facts"]["found"]) == ("integrity_failed", what)
    assert record["is_as_sealed"] is False
    assert stored(case).integrity_failed_at == now


def test_found_once_it_is_told_once_to_the_supervisors_and_the_holder(
    case, exhibit, supervisor, arbitrator, buyer, now
):
    change_a_byte(exhibit)

    for hours in (24, 25, 26):
        scrub(now + timedelta(hours=hours))

    assert len(lines(case, "integrity_failed")) == 1
    told = Notice.objects.filter(name="integrity_failed").values_list("user", flat=True)
    assert sorted(told) == sorted([supervisor.pk, arbitrator.pk])


def test_nothing_is_ruled_while_a_file_is_not_what_was_sealed(case, exhibit, arbitrator, now):
    change_a_byte(exhibit)
    before = stored(case)
    scrub(now + DAY)

    assert "no longer what was sealed" in obstacles(stored(case), draft())[0].sentence
    with pytest.raises(Refused):
        issue_ruling(stored(case), by=arbitrator, draft=draft(), now=now + DAY)
    with pytest.raises(ConcurrentTransition):  # whoever had the page open before
        issue_ruling(before, by=arbitrator, draft=draft(), now=now + DAY)
    assert stored(case).state == State.REVIEWING


def test_every_step_that_decides_wants_the_files_to_be_whole():
    deciding = {"issue", "approve", "decide_by_default", "uphold", "overturn"}

    assert {step.name for step in STEPS.values() if intact in step.conditions} == deciding


def test_a_restored_file_clears_itself_and_the_case_can_be_ruled(
    case, exhibit, arbitrator, supervisor, now
):
    content = change_a_byte(exhibit)
    scrub(now + DAY)
    on_disk(exhibit).write_bytes(content)

    scrub(now + DAY + timedelta(minutes=11))

    assert set(states(exhibit).values()) == {"whole"}
    [line] = lines(case, "integrity_restored")
    assert line.facts == {"label": "E-01", "file": "original"}
    assert stored(case).integrity_failed_at is None
    assert Notice.objects.filter(name="integrity_restored", user=supervisor).count() == 1
    issue_ruling(stored(case), by=arbitrator, draft=draft(), now=now + DAY)
    assert next(docket.verify([case]))[2] is None


def test_one_restored_file_of_two_does_not_clear_the_case(case, exhibit, supervisor, now):
    content = change_a_byte(exhibit)
    change_a_byte(exhibit, "preview")
    scrub(now + DAY)
    on_disk(exhibit).write_bytes(content)

    assert check_exhibit(exhibit, by=supervisor, now=now + DAY) is False

    assert states(exhibit)["original"] == "whole"
    assert stored(case).integrity_failed_at is not None
    assert lines(case, "integrity_restored")[0].actor == supervisor


def test_what_was_longest_not_looked_at_comes_first(case, exhibit, now):
    SealedFile.objects.filter(role="preview").update(checked_at=now - DAY)

    assert scrub(now + timedelta(hours=1)) == 1

    assert exhibit.files.get(role="preview").checked_at == now + timedelta(hours=1)
    assert exhibit.files.get(role="original").checked_at == now


def test_a_slice_ends_with_its_time_and_the_next_goes_on(exhibit, now):
    assert [scrub(now + DAY, seconds=0) for _slice in range(4)] == [1, 1, 1, 0]


def test_a_store_that_is_away_accuses_nobody(case, exhibit, now, monkeypatch, settings):
    monkeypatch.setattr(custody, "MANY", 3)
    for role in ("original", "preview", "thumbnail"):
        on_disk(exhibit, role).unlink()

    assert scrub(now + DAY) == 0

    assert lines(case, "integrity_failed") == []


def test_while_the_store_is_away_nobody_decides_and_the_engine_says_so(
    case, exhibit, arbitrator, supervisor, signed_in, monkeypatch
):
    now = timezone.now()
    monkeypatch.setattr(custody, "MANY", 3)
    files = {role: on_disk(exhibit, role) for role in ("original", "preview", "thumbnail")}
    contents = {role: file.read_bytes() for role, file in files.items()}
    for file in files.values():
        file.unlink()
    scrub(now + DAY)
    scrub(now + DAY, seconds=0)  # a slow store: one file is tried, and still not there
    client = signed_in(supervisor)
    client.cookies["django_language"] = "en"

    assert lines(case, "integrity_failed") == []
    with pytest.raises(Refused, match="cannot be read at the moment"):
        issue_ruling(stored(case), by=arbitrator, draft=draft(), now=now + DAY)
    assert "The evidence store is away" in client.get(reverse("engine")).content.decode()
    assert client.get(reverse("healthz")).json()["store_away_seconds"] is not None

    for role, file in files.items():
        file.write_bytes(contents[role])
    scrub(now + DAY)

    assert client.get(reverse("healthz")).json()["store_away_seconds"] is None
    issue_ruling(stored(case), by=arbitrator, draft=draft(), now=now + DAY)


def test_a_store_that_hangs_accuses_nobody_either(case, exhibit, now, monkeypatch):
    """It uses up a slice's time with the first file, which is no reason to call that one damaged."""

    def hangs(name, mode="rb"):
        raise OSError("timed out")

    monkeypatch.setattr(custody, "MANY", 3)
    monkeypatch.setattr(sealed(), "_open", hangs)

    assert scrub(now + DAY, seconds=0) == 0

    assert pulse.store_is_away()
    assert states(exhibit) == {"original": "whole", "preview": "whole", "thumbnail": "whole"}
    assert stored(case).integrity_failed_at is None


def test_what_cannot_be_read_stops_its_case_and_not_the_round(
    case, exhibit, supervisor, signed_in, now, monkeypatch
):
    store = sealed()
    opened = store._open

    def locked_away(name, mode="rb"):
        if name == exhibit.original.name:
            raise PermissionError(name)
        return opened(name, mode)

    with monkeypatch.context() as locked:
        locked.setattr(store, "_open", locked_away)

        assert scrub(now + DAY) == 3

        assert states(exhibit) == {"original": "unread", "preview": "whole", "thumbnail": "whole"}
        assert stored(case).integrity_failed_at is not None
        answer = signed_in(supervisor).get(reverse("exhibit_original", args=[case.reference, 1]))
        assert answer.status_code == 409

    scrub(now + 2 * DAY)
    assert stored(case).integrity_failed_at is None


def test_exhibits_from_before_the_records_get_theirs(exhibit, now):
    before = set(exhibit.files.values_list("role", "sha256"))
    SealedFile.objects.all().delete()

    assert (seal_older(now), seal_older(now)) == (1, 0)

    assert set(exhibit.files.values_list("role", "sha256")) == before
    assert set(exhibit.files.values_list("tool", flat=True)) == {""}


# What came late ----------------------------------------------------------------------------------


@pytest.fixture
def late(exhibit):
    Exhibit.objects.filter(pk=exhibit.pk).update(is_late=True)
    return Exhibit.objects.select_related("case").get(pk=exhibit.pk)


def test_late_evidence_counts_once_it_is_admitted_with_a_reason(case, late, arbitrator, now):
    assert labels_of(case) == set()

    admit_late(late, admitted=True, by=arbitrator, reason="The parcel came late.", now=now)

    assert labels_of(case) == {"E-01"}
    exhibit = Exhibit.objects.get(pk=late.pk)
    assert (exhibit.admission, exhibit.admission_reason) == ("admitted", "The parcel came late.")
    [line] = lines(case, "admit_late")
    assert (line.actor, line.facts) == (
        arbitrator,
        {"label": "E-01", "reason": "The parcel came late."},
    )


def test_late_evidence_admitted_twice_is_admitted_once(case, late, arbitrator, now):
    for _press in range(2):
        admit_late(late, admitted=True, by=arbitrator, reason="The parcel came late.", now=now)
    assert len(lines(case, "admit_late")) == 1

    admit_late(late, admitted=False, by=arbitrator, reason="It did not.", now=now)
    assert len(lines(case, "leave_out_late")) == 1


def test_late_evidence_left_out_cannot_be_cited(case, late, arbitrator, now):
    admit_late(late, admitted=False, by=arbitrator, reason="No reason given.", now=now)

    assert labels_of(case) == set()
    assert [line.name for line in lines(case, "leave_out_late")] == ["leave_out_late"]


def test_only_the_holder_decides_and_only_about_what_is_late(
    case, late, exhibit, arbitrator, other_arbitrator, supervisor, merchant, now
):
    exhibit.case = late.case
    for somebody in (other_arbitrator, supervisor, merchant):
        with pytest.raises(PermissionDenied):
            admit_late(late, admitted=True, by=somebody, reason="Because.", now=now)
    with pytest.raises(Refused):
        admit_late(late, admitted=True, by=arbitrator, reason="  ", now=now)
    with pytest.raises(Refused):
        admit_late(exhibit, admitted=True, by=arbitrator, reason="Because.", now=now)

    assert lines(case, "admit_late") == []


def test_after_the_ruling_late_evidence_is_no_longer_decided(case, late, arbitrator, now):
    issue_ruling(stored(case), by=arbitrator, draft=draft(), now=now)

    with pytest.raises(Refused):
        admit_late(late, admitted=True, by=arbitrator, reason="Because.", now=now)

    assert Exhibit.objects.get(pk=late.pk).admission == ""
