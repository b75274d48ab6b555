"""Whoever changes the docket behind the portal's back is found, even if every hash is made to fit."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cases import anchor_folder, anchors, docket, merkle
from cases.actions import claim, release
from cases.anchor_folder import AnchorFailed
from cases.lifecycle import State
from cases.models import Case, Event
from cases.verification import verify
from tests.cases import tampering

HOUR = timedelta(hours=1)


@pytest.fixture
def cases(case_in, now):
    """Three cases of four lines each, anchored."""
    three = [case_in(State.REVIEWING) for _number in range(3)]
    anchors.take(now)
    tampering.disarm()
    return three


def let_go(case, arbitrator, now):
    """One more line in this docket."""
    release(Case.objects.get(pk=case.pk), by=arbitrator, reason="later", now=now)


def found():
    return [(line.reference, line.number, line.code) for line in verify().bad]


def test_untouched_dockets_are_whole(cases):
    report = verify()

    assert (report.chains, report.lines, report.is_whole) == (3, 12, True)
    assert (report.anchored.last.chains, report.anchored.last.lines) == (3, 12)


def test_an_edited_line_is_found_and_named(cases):
    tampering.edit(cases[1], 3)

    assert found() == [(cases[1].reference, 3, "changed")]


def test_a_deleted_line_is_found_and_named(cases):
    tampering.execute("DELETE FROM cases_event WHERE case_id = %s AND number = 2", cases[1].pk)

    assert found() == [(cases[1].reference, 2, "missing")]


def test_reordered_lines_are_found_and_named(cases):
    tampering.swap(cases[1], 2, 3)

    assert found() == [(cases[1].reference, 2, "order")]


def test_a_cut_tail_is_found_though_the_case_agrees(cases):
    tampering.cut(cases[1], 2)

    [line] = verify().bad
    assert (line.reference, line.number, line.code) == (cases[1].reference, 3, "lost")
    assert (line.facts["first"], line.facts["last"]) == (3, 4)


def test_a_full_rewrite_is_found_though_every_hash_fits(cases, arbitrator, now):
    let_go(cases[1], arbitrator, now)
    anchors.take(now + HOUR)

    tampering.rewrite(cases[1], 3)

    assert [chain.bad for chain in docket.chains(Case.objects.all())] == [None] * 3
    [line] = verify().bad
    assert (line.reference, line.code, line.facts["last"]) == (cases[1].reference, "rewritten", 4)


def test_what_was_rewritten_is_narrowed_to_the_lines_between_two_anchors(cases, arbitrator, now):
    let_go(cases[1], arbitrator, now)
    anchors.take(now + HOUR)
    claim(Case.objects.get(pk=cases[1].pk), by=arbitrator, now=now)
    anchors.take(now + 2 * HOUR)

    tampering.rewrite(cases[1], 5)

    [line] = verify().bad
    assert (line.number, line.facts["first"], line.facts["last"]) == (5, 5, 5)
    assert line.facts["at"] == (now + HOUR).isoformat()


def test_a_case_that_is_gone_with_all_its_lines_is_named(cases):
    for table in ("cases_event", "cases_deadline", "cases_notice"):
        tampering.execute(f"DELETE FROM {table} WHERE case_id = %s", cases[2].pk)
    tampering.execute("DELETE FROM cases_case WHERE id = %s", cases[2].pk)

    assert found() == [(cases[2].reference, 1, "gone")]


def test_a_database_restored_from_a_backup_lacks_exactly_the_lines_since(
    cases, case_in, arbitrator, now
):
    """Restored here by a savepoint: what came after it never was."""
    backup = transaction.savepoint()
    let_go(cases[0], arbitrator, now)
    claim(Case.objects.get(pk=cases[0].pk), by=arbitrator, now=now)
    late = case_in(State.QUEUED)
    anchors.take(now + HOUR)
    assert found() == []

    transaction.savepoint_rollback(backup)

    lines = verify().bad
    assert [(line.reference, line.code) for line in lines] == [
        (cases[0].reference, "lost"),
        (late.reference, "gone"),
    ]
    assert [line.facts["last"] - line.number + 1 for line in lines] == [2, 3]


def test_after_a_restore_anchors_wait_for_a_reason_and_keep_it(cases, arbitrator, now):
    backup = transaction.savepoint()
    let_go(cases[0], arbitrator, now)
    anchors.take(now + HOUR)
    transaction.savepoint_rollback(backup)

    with pytest.raises(AnchorFailed, match="restored from a backup"):
        anchors.take(now + 2 * HOUR)
    let_go(cases[0], arbitrator, now + HOUR)
    anchor = anchors.take(now + 2 * HOUR, after_restore="The disk failed at noon.")

    report = verify()
    assert (report.is_whole, anchor.lines) == (True, 13)
    assert [each.note for each in report.anchored.restored] == ["The disk failed at noon."]


# The anchors themselves --------------------------------------------------------------------------


def rows(folder):
    return (folder / "anchors.jsonl").read_text().splitlines()


def put(folder, lines):
    (folder / "anchors.jsonl").write_text("".join(f"{line}\n" for line in lines))


def test_an_anchor_lists_only_what_moved(cases, arbitrator, now):
    let_go(cases[1], arbitrator, now)

    anchor = anchors.take(now + HOUR)

    moved = Case.objects.get(pk=cases[1].pk)
    assert [str(entry) for entry in anchor_folder.Folder().entries(anchor)] == [
        f"{moved.reference}\t4\t5\t{moved.docket_head}"
    ]
    assert (anchor.chains, anchor.lines, anchor.changed) == (3, 13, 1)
    assert anchors.take(now + 2 * HOUR).segment == ""


def test_an_anchor_costs_the_same_however_many_cases_rest(cases, now, django_assert_num_queries):
    with django_assert_num_queries(2):  # is it a continuation; what moved
        anchors.take(now + HOUR)


def test_a_line_that_became_visible_late_is_anchored_with_the_next(cases, arbitrator, now):
    """Its transaction took its id before another's, and was committed after that was anchored."""
    early, late = cases[0], cases[1]
    ahead = Event.objects.latest("pk").pk + 1000
    for case, pk, hour in ((early, ahead, 1), (late, ahead - 1, 2)):
        let_go(case, arbitrator, now)
        tampering.execute(
            "UPDATE cases_event SET id = %s WHERE case_id = %s AND number = 5", pk, case.pk
        )
        anchor = anchors.take(now + hour * HOUR)

    assert [entry.reference for entry in anchor_folder.Folder().entries(anchor)] == [late.reference]
    assert (anchor.lines, verify().is_whole) == (14, True)


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (lambda lines: [lines[0].replace('"lines":12', '"lines":11'), *lines[1:]], 2),
        (lambda lines: [lines[0], *lines[2:]], 1),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 3),
    ],
    ids=["edited", "left out", "reordered"],
)
def test_a_changed_anchor_is_found(cases, anchor_dir, now, change, faults):
    for hours in (1, 2):
        anchors.take(now + hours * HOUR)

    put(anchor_dir, change(rows(anchor_dir)))

    assert len(verify().anchored.faults) >= faults


def test_an_anchor_signed_by_another_key_is_found(cases, settings, tmp_path, now):
    settings.ANCHOR_KEY_FILE = tmp_path / "another.pem"
    anchor_folder.make_key(settings.ANCHOR_KEY_FILE)

    assert [fault.code for fault in verify().anchored.faults] == ["signature"]


def test_a_key_that_is_no_longer_used_is_still_trusted_when_named(cases, settings, tmp_path, now):
    old = base64.b64encode(anchor_folder.raw(anchor_folder.signing_key().public_key())).decode()
    settings.ANCHOR_KEY_FILE = tmp_path / "another.pem"
    anchor_folder.make_key(settings.ANCHOR_KEY_FILE)
    settings.ANCHOR_PUBLIC_KEYS = [old]
    anchors.take(now + HOUR)

    assert verify().is_whole


def test_a_changed_segment_is_found(cases, anchor_dir):
    [segment] = (anchor_dir / "segments").iterdir()
    segment.write_text(segment.read_text().replace("\t4\t", "\t3\t"))

    assert [fault.code for fault in verify().anchored.faults] == ["segment"]


def test_half_a_line_left_by_a_power_cut_is_stepped_over(cases, anchor_dir, now):
    with (anchor_dir / "anchors.jsonl").open("a") as file:
        file.write('{"number": 2, "at": "2026-')

    anchors.take(now + HOUR)

    assert verify().is_whole
    assert [anchor.number for anchor in anchor_folder.Folder().anchors()] == [1, 2]


def test_two_who_anchor_at_once_do_not_fork(cases, anchor_dir, now, monkeypatch):
    monkeypatch.setattr(anchors, "continues", lambda last: True)
    monkeypatch.setattr(anchors, "moved_since", lambda seen: ([], (0, "")))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda hour: anchors.take(now + hour * HOUR), range(1, 25)))

    anchored = verify().anchored
    assert ([fault.code for fault in anchored.faults], anchored.last.number) == ([], 25)


def test_an_anchor_is_due_every_hour(cases, now):
    assert anchors.take_if_due(now + HOUR - timedelta(seconds=1)) is None
    assert anchors.take_if_due(now + HOUR).number == 2


def test_without_a_key_nothing_is_anchored(cases, settings, tmp_path, now):
    settings.ANCHOR_KEY_FILE = tmp_path / "nowhere.pem"

    with pytest.raises(CommandError, match="ANCHOR_KEY_FILE"):
        call_command("anchor_docket")


def test_a_key_is_never_replaced_and_only_its_owner_reads_it(settings, tmp_path):
    call_command("anchor_docket", make_key=tmp_path / "key.pem", stdout=StringIO())

    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError):
        call_command("anchor_docket", make_key=tmp_path / "key.pem")


def test_the_command_names_what_it_finds(cases):
    tampering.cut(cases[1], 2)
    out = StringIO()

    with pytest.raises(SystemExit):
        call_command("verify_docket", stdout=out)

    first, last = out.getvalue().splitlines()
    assert first.startswith(
        f"{cases[1].reference}  line 3: lines 3 to 4 are missing; anchored 2026-"
    )
    assert last.startswith("10 lines in 3 chains, 1 broken; last anchor 1 of 2026-03-10T06:02:00")


# The table ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attempt", ["UPDATE cases_event SET name = 'x'", "DELETE FROM cases_event"]
)
def test_the_database_refuses_to_change_or_delete_a_line(case_in, attempt):
    case_in(State.QUEUED)
    tampering.arm()

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        tampering.execute(attempt)

    assert Event.objects.count() == 3


def test_the_trigger_that_forbids_editing_is_there_in_every_database(db):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger")
        assert "docket_line_is_never_updated" in {name for (name,) in cursor.fetchall()}


# Proofs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 13])
def test_every_leaf_leads_to_the_root(count):
    leaves = [merkle.leaf(str(number)) for number in range(count)]

    for at, here in enumerate(leaves):
        for step in merkle.path(leaves, at):
            here = merkle.node(step[1:], here) if step[0] == "L" else merkle.node(here, step[1:])
        assert here == merkle.root(leaves)


def test_an_anchor_is_one_line_of_json(cases, anchor_dir):
    [line] = rows(anchor_dir)

    assert json.loads(line)["lines"] == 12
