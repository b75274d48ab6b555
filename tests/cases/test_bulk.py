"""Rows written past the models arrive as they were, whatever characters are in them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from cases import bulk
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, Event, Notice
from tests.factories import NOW

WORDS = (
    *(
        "",
        "plain",
        "商家没有回答",
        "tab\there",
        "line\nbreak",
        "return\r",
        "back\\slash",
        r"\N",
        "NULL",
    ),
    *('"quoted"', "{a,b}", "it's", "100%", "a, b", " spaces "),
)
LINE = ("case_id", "number", "at", "name", "facts", "previous_hash")


@pytest.mark.parametrize("words", WORDS)
def test_a_row_arrives_as_it_was(case_in, words):
    case = case_in(State.NEGOTIATING)
    facts = {"said": words, "number": 3, "list": [None, True]}

    bulk.insert(Event, LINE, [(case.pk, 90, NOW, "test", facts, words)], hash="same")

    line = Event.objects.get(case=case, number=90)
    assert (line.at, line.facts, line.previous_hash) == (NOW, facts, words)
    assert (line.hash, line.actor_id, line.from_state) == ("same", None, "")


@pytest.mark.parametrize("words", WORDS)
def test_a_row_is_changed_to_what_was_given(case_in, words):
    case = case_in(State.QUEUED)
    changes = [(case.pk, words, None, NOW + timedelta(days=1), words, case.version)]
    Case.objects.filter(pk=case.pk).update(carrier=words)

    changed = bulk.update(
        Case,
        ("answer", "answered_at", "due_at"),
        changes,
        unmoved=("carrier", "version"),
        priority=7,
    )

    case = Case.objects.get(pk=case.pk)
    assert changed == 1
    assert (case.answer, case.answered_at, case.due_at) == (words, None, NOW + timedelta(days=1))
    assert case.priority == 7


def test_a_row_that_moved_meanwhile_is_neither_changed_nor_counted(case_in):
    moved, other = case_in(State.QUEUED), case_in(State.QUEUED)
    rows = [(moved.pk, "new", moved.version - 1), (other.pk, "new", other.version)]

    assert bulk.update(Case, ("answer",), rows, unmoved=("version",)) == 1

    assert Case.objects.get(pk=moved.pk).answer != "new"
    assert Case.objects.get(pk=other.pk).answer == "new"


def test_more_rows_than_one_portion_arrive_in_order(case_in):
    case = case_in(State.NEGOTIATING)
    many = 2 * bulk.PORTION + 1
    rows = ((case.pk, 1000 + at, NOW, "test", {"at": at}, "") for at in range(many))

    bulk.insert(Event, LINE, rows, hash="")

    lines = Event.objects.filter(case=case, name="test").order_by("number")
    assert [line.facts["at"] for line in lines] == list(range(many))


@pytest.mark.parametrize(
    "window", [timedelta(hours=48), timedelta(days=3, seconds=7, microseconds=5), timedelta(0)]
)
def test_lengths_of_time_and_instants_arrive_exactly(case_in, window):
    case = case_in(State.NEGOTIATING)
    opened = datetime(2026, 3, 10, 6, 2, 3, 450, tzinfo=UTC)
    row = (case.pk, window, opened, opened + window)

    bulk.insert(
        Deadline,
        ("case_id", "window", "opened_at", "due_at"),
        [row],
        kind=DeadlineKind.RULING_TARGET,
        party=Side.PLATFORM,
    )

    clock = Deadline.objects.get(case=case, kind=DeadlineKind.RULING_TARGET)
    assert (clock.case_id, clock.window, clock.opened_at, clock.due_at) == row
    assert (clock.closed_at, clock.is_paused, clock.sweep) == (None, False, None)


def test_ids_made_together_are_random_ones(case_in):
    case = case_in(State.NEGOTIATING)
    ids = list(bulk.random_ids(100))

    bulk.insert(
        Notice,
        ("id", "case_id", "user_id"),
        [(key, case.pk, case.buyer_id) for key in ids],
        name="test",
        created_at=NOW,
    )

    assert len(set(ids)) == 100
    assert {(key.version, key.variant) for key in ids} == {(4, uuid.RFC_4122)}
    assert set(Notice.objects.filter(name="test").values_list("pk", flat=True)) == set(ids)
