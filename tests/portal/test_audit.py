"""What auditors see: whether all is whole, who did what, and copies that can be checked elsewhere."""

from __future__ import annotations

import base64
import csv
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import anchor_folder, anchors, audits
from cases.actions import release
from cases.lifecycle import State
from cases.models import Case, Event, Verification
from evidence.export import CHECKER
from evidence.intake import Submission, submit_exhibit
from evidence.models import sealed
from tests.cases import tampering
from tests.evidence.test_intake import photo

HOUR = timedelta(hours=1)


@pytest.fixture
def case(case_in):
    return case_in(State.REVIEWING)


@pytest.fixture
def reader(auditor, signed_in):
    client = signed_in(auditor)
    client.cookies["django_language"] = "en"
    return client


def page(client, **search):
    return client.get(reverse("audit"), search).content.decode()


def one_line(text):
    return " ".join(text.split())


def test_the_state_of_everything_is_one_sentence(case, reader):
    anchors.take(timezone.now())

    reader.post(reverse("audit_verify"))

    text = one_line(page(reader))
    assert "4 lines in 1 chains, all whole; last anchor" in text
    assert "signature valid" in text
    check = Verification.objects.get()
    assert (check.lines, check.chains, check.found, check.anchor) == (4, 1, 0, 1)


def test_what_is_wrong_is_named_with_its_case_and_line(case, reader):
    anchors.take(timezone.now())
    tampering.disarm()
    tampering.cut(case, 2)

    reader.post(reverse("audit_verify"))

    text = one_line(page(reader))
    assert "1 not what it was" in text
    assert f"{case.reference}</a><span>from line 3: lines 3 to 4 are missing" in text


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "anchors.jsonl").unlink(), "no anchor yet"),
        (
            lambda folder: (folder / "anchors.jsonl").write_text(
                (folder / "anchors.jsonl").read_text().replace('"lines":4', '"lines":5')
            ),
            "its signature is not valid",
        ),
    ],
)
def test_an_anchor_that_is_gone_or_forged_is_said(case, reader, anchor_dir, spoil, words):
    anchors.take(timezone.now())
    spoil(anchor_dir)

    assert words in page(reader)


def test_an_overdue_anchor_is_said(case, reader):
    anchors.take(timezone.now() - 3 * HOUR)

    assert "the next one is overdue" in page(reader)


def test_anchors_that_end_before_one_an_earlier_check_knew_are_found(case, reader, anchor_dir, now):
    anchors.take(now)
    first = (anchor_dir / "anchors.jsonl").read_text()
    anchors.take(now + HOUR)
    reader.post(reverse("audit_verify"))

    (anchor_dir / "anchors.jsonl").write_text(first)
    reader.post(reverse("audit_verify"))

    assert "the anchors end before number 2" in page(reader)


def test_much_to_check_is_checked_in_the_background_and_asked_for_once(
    case, reader, monkeypatch, now
):
    monkeypatch.setattr(audits, "AT_ONCE", 3)

    reader.post(reverse("audit_verify"))
    reader.post(reverse("audit_verify"))

    [waiting] = Verification.objects.all()
    assert waiting.ended_at is None
    assert "is under way" in page(reader)
    assert audits.run_next(now).lines == 4
    assert audits.run_next(now) is None


def test_everything_is_checked_once_a_day_without_anybody_asking(case, now):
    audits.run_next(now)
    audits.run_next(now + 23 * HOUR)
    audits.run_next(now + 25 * HOUR)

    assert list(Verification.objects.values_list("asked_by", flat=True)) == [None, None]


# Search ------------------------------------------------------------------------------------------


def found(client, **search):
    answer = client.get(reverse("audit"), search)
    return [(event.case.reference, event.number) for event, _line in answer.context["lines"]]


def test_lines_are_found_by_case_person_act_and_time(case, case_in, reader, now):
    later = case_in(State.NEGOTIATING, now=now + timedelta(days=2))

    assert len(found(reader)) == 5
    assert found(reader, case=later.reference) == [(later.reference, 1)]
    assert found(reader, person="王敏") == [(case.reference, 4)]
    assert found(reader, act="respond") == [(case.reference, 3)]
    assert found(reader, since="2026-03-12") == [(later.reference, 1)]
    assert len(found(reader, until="2026-03-11")) == 4
    assert found(reader, person="nobody") == []


def test_a_search_that_is_none_is_answered_with_a_sentence(reader):
    assert reader.get(reverse("audit"), {"since": "yesterday"}).status_code == 200
    assert reader.get(reverse("audit"), {"before": "9" * 40, "act": "x"}).status_code == 200


def test_older_lines_follow_page_by_page(case, reader, monkeypatch):
    monkeypatch.setattr("portal.audit.ROWS", 3)

    first = reader.get(reverse("audit"))
    second = reader.get(reverse("audit"), {"before": first.context["older"]})

    assert [event.number for event, _line in first.context["lines"]] == [4, 3, 2]
    assert [event.number for event, _line in second.context["lines"]] == [1]
    assert second.context["older"] is None


@pytest.mark.parametrize("cases", [1, 3])
def test_the_page_asks_as_much_for_one_case_as_for_three(
    case_in, reader, cases, django_assert_num_queries
):
    for _number in range(cases):
        case_in(State.REVIEWING)
    page(reader)

    with django_assert_num_queries(4):  # session, person, lines, checks
        page(reader)


def test_a_spreadsheet_takes_nothing_for_a_formula(case, arbitrator, reader):
    arbitrator.display_name = "=HYPERLINK(1)"
    arbitrator.save()

    answer = reader.get(reverse("audit_lines"), {"act": "claim"})

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][1:5] == [case.reference, "4", "claim", "'=HYPERLINK(1)"]


# One case ----------------------------------------------------------------------------------------


def test_a_docket_shows_up_to_where_it_is_anchored(case, reader, now):
    anchors.take(now)

    text = reader.get(reverse("audit_case", args=[case.reference])).content.decode()

    assert "4 lines, all whole" in text
    assert "anchored up to line 4" in text


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (lambda case: tampering.edit(case, 2), "its content does not match its hash"),
        (lambda case: tampering.rewrite(case, 2), "this docket was rewritten or cut"),
        (lambda case: tampering.cut(case, 2), "this docket was rewritten or cut"),
    ],
    ids=["edited", "rewritten", "cut"],
)
def test_a_docket_that_is_not_what_it_was_says_so(case, reader, now, tamper, words):
    anchors.take(now)
    tampering.disarm()
    tamper(case)

    assert words in reader.get(reverse("audit_case", args=[case.reference])).content.decode()


# Copies ------------------------------------------------------------------------------------------


def checked(path, *arguments):
    """What the stand-alone program says, run by a Python that knows nothing of the portal."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", CHECKER, path, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout.splitlines(), ended.stderr


@pytest.fixture
def taken(case, arbitrator, reader, tmp_path, now):
    """The docket of a case as a file: six lines, five of them anchored by two anchors."""
    anchors.take(now)
    release(Case.objects.get(pk=case.pk), by=arbitrator, reason="later", now=now)
    anchors.take(now + HOUR)
    answer = reader.post(reverse("audit_docket", args=[case.reference]))
    file = tmp_path / "docket.json"
    file.write_bytes(answer.content)
    return file


def test_a_docket_taken_away_is_checked_without_the_portal(case, taken, auditor):
    key = base64.b64encode(anchor_folder.raw(anchor_folder.signing_key().public_key())).decode()

    code, said, wrong = checked(taken, "--key", key)

    assert (code, said, wrong) == (
        0,
        [f"{case.reference}: 6 lines, 5 of them anchored", "everything fits"],
        "",
    )
    last = Event.objects.filter(case=case).latest("number")
    assert (last.name, last.actor) == ("export_docket", auditor)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (
            lambda d: d["lines"][1]["facts"].update(a=1),
            "line 2: its content does not match its hash",
        ),
        (lambda d: d["lines"].pop(1), "line 2 is missing"),
        (lambda d: d["lines"].__delitem__(slice(3, None)), "line 5 is missing or was rewritten"),
        (lambda d: d["anchors"][0]["anchor"].update(lines=9), "its signature is not valid"),
        (lambda d: d["anchors"][1].update(path=["L" + "0" * 64]), "does not belong to it"),
    ],
    ids=["edited", "deleted", "cut", "anchor", "path"],
)
def test_a_docket_changed_after_it_was_taken_is_found_out(taken, change, fault):
    docket = json.loads(taken.read_text())
    change(docket)
    taken.write_text(json.dumps(docket, ensure_ascii=False))

    code, said, _wrong = checked(taken)

    assert code == 1
    assert any(fault in line for line in said), said


def test_a_docket_signed_by_somebody_else_is_found_out(taken):
    code, said, _wrong = checked(taken, "--key", base64.b64encode(bytes(32)).decode())

    assert code == 1
    assert any("signed by an unknown key" in line for line in said)


@pytest.fixture
def packed(case, buyer, supervisor, signed_in, tmp_path, now):
    submit_exhibit(case, Submission(photo(), "杯子.jpg"), by=buyer, now=now)
    anchors.take(now)
    answer = signed_in(supervisor).post(reverse("case_export", args=[case.reference]))
    file = tmp_path / "case.zip"
    file.write_bytes(b"".join(answer.streaming_content))
    return file


def test_a_case_is_taken_away_with_files_hashes_docket_and_what_checks_them(
    case, packed, supervisor
):
    with zipfile.ZipFile(packed) as bundle:
        assert sorted(bundle.namelist()) == [
            *("README.txt", "case.json", "docket.json", "exhibits/E-01.jpg", "manifest.json"),
            "verify_docket.py",
        ]
        manifest = json.loads(bundle.read("manifest.json"))
        assert bundle.read("exhibits/E-01.jpg") == photo()
        assert json.loads(bundle.read("docket.json"))["lines"][-1]["name"] == "export_case"
    [exhibit] = manifest["exhibits"]
    assert (exhibit["claimed_name"], exhibit["is_as_sealed"]) == ("杯子.jpg", True)
    assert [file["role"] for file in exhibit["files"]] == ["original", "preview", "thumbnail"]
    assert case.events.latest("number").actor == supervisor
    assert checked(packed)[0] == 0


def test_a_file_changed_in_the_bundle_is_found_out(packed, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(packed) as bundle:
        bundle.extractall(folder)
    (folder / "exhibits/E-01.jpg").write_bytes(photo("navy"))

    code, said, _wrong = checked(folder)

    assert code == 1
    assert "exhibits/E-01.jpg is not the file that was exported" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE evidence_exhibit SET side = 'merchant'", "not what was entered: side"),
        ("UPDATE evidence_message SET text = '没碎'", "its messages are not what was entered"),
    ],
)
def test_rows_changed_before_the_export_are_found_out_by_its_docket(
    case, buyer, supervisor, signed_in, tmp_path, now, change, said
):
    chat = "林小满 (2026-03-08 10:00:05):\n杯子碎了".encode()
    submit_exhibit(case, Submission(chat, "a.txt", is_confirmed=True), by=buyer, now=now)
    tampering.execute(change)
    answer = signed_in(supervisor).post(reverse("case_export", args=[case.reference]))
    file = tmp_path / "case.zip"
    file.write_bytes(b"".join(answer.streaming_content))

    code, faults, _wrong = checked(file)

    assert code == 1
    assert any(said in fault for fault in faults), faults


def test_a_case_with_a_lost_original_is_exported_and_says_so(case, packed, supervisor, signed_in):
    exhibit = case.exhibits.get()
    Path(sealed().path(exhibit.original.name)).unlink()

    answer = signed_in(supervisor).post(reverse("case_export", args=[case.reference]))

    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as bundle:
        [record] = json.loads(bundle.read("manifest.json"))["exhibits"]
    assert (record["path"], record["is_as_sealed"]) == (None, False)


def test_the_program_is_on_the_page(reader):
    answer = reader.get(reverse("audit_script"))

    assert answer.content == CHECKER.read_bytes()
    assert "attachment" in answer["Content-Disposition"]
