"""The minute between a ruling and its reaching the parties, in which it can be taken back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from cases import docket, outbox, sweep
from cases.actions import (
    Finding,
    Refused,
    appeal,
    approve,
    issue_ruling,
    propose_penalty,
    recall,
    submit_for_approval,
    withdraw,
)
from cases.actions.recalling import LAST_MOMENT
from cases.lifecycle import State
from cases.models import Case, Notice, Ruling
from cases.notices import addressed_to
from tests.factories import HOLD, draft

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def issued(case_in, arbitrator, now) -> Case:
    """Reviewed for an hour, and ruled at `now`."""
    case = case_in(State.REVIEWING, now=now - HOUR)
    issue_ruling(case, by=arbitrator, draft=draft(), now=now)
    return fresh(case)


def test_a_ruling_is_told_a_minute_after_it_is_issued(issued, now):
    ruling = issued.ruling

    assert (ruling.issued_at, ruling.told_at, issued.told_at) == (now, now + HOLD, now + HOLD)
    assert issued.is_held_back(now + HOLD - SECOND)
    assert not issued.is_held_back(now + HOLD)
    assert issued.told_ruling(now + HOLD - SECOND) is None
    assert issued.told_ruling(now + HOLD) == ruling


def test_the_time_to_appeal_begins_when_the_parties_can_read(issued, now):
    windows = issued.deadlines.open().filter(kind="appeal_window")

    assert {row.opened_at for row in windows} == {now + HOLD}
    assert {row.due_at for row in windows} == {now + HOLD + timedelta(days=7)}


def test_nobody_appeals_what_nobody_has_read(issued, buyer, now):
    with pytest.raises(Refused, match="once you can read"):
        appeal(issued, by=buyer, ground="new", text="…", now=now + HOLD - SECOND)

    appeal(fresh(issued), by=buyer, ground="new", text="…", now=now + HOLD)


def test_the_notices_wait_for_the_hold_in_the_inbox_and_in_the_outbox(issued, buyer, now):
    told = Notice.objects.filter(case=issued, name="issue")
    waiting = now + HOLD - SECOND

    outbox.relay(waiting)
    assert "issue" not in set(addressed_to(buyer, waiting).values_list("name", flat=True))
    assert set(told.values_list("dispatched_at", flat=True)) == {None}

    outbox.relay(now + HOLD)
    assert "issue" in set(addressed_to(buyer, now + HOLD).values_list("name", flat=True))
    assert set(told.values_list("dispatched_at", flat=True)) == {now + HOLD}


@pytest.mark.parametrize("late", [timedelta(0), SECOND, HOLD - LAST_MOMENT - SECOND])
def test_its_author_takes_it_back_within_the_minute(issued, arbitrator, now, late):
    recall(issued, by=arbitrator, now=now + late)

    stored = fresh(issued)
    assert (stored.state, stored.holder) == (State.REVIEWING, arbitrator)
    assert (stored.ruled_at, stored.told_at, stored.ruling) == (None, None, None)
    assert Ruling.objects.get().recalled_at == now + late
    assert not Notice.objects.filter(case=stored, name="issue").exists()
    line = stored.events.last()
    assert (line.name, line.actor, line.from_state) == ("recall", arbitrator, State.RULED)
    assert line.facts["content"] == Ruling.objects.get().content_hash
    assert next(docket.verify([stored]))[2] is None


@pytest.mark.parametrize("late", [HOLD - LAST_MOMENT, HOLD - SECOND, HOLD, HOLD + SECOND])
def test_once_the_parties_can_read_it_or_are_about_to_nobody_takes_it_back(
    issued, arbitrator, now, late
):
    with pytest.raises(Refused, match="reading it or about to"):
        recall(issued, by=arbitrator, now=now + late)

    assert fresh(issued).state == State.RULED
    assert Ruling.objects.get().recalled_at is None


def test_what_a_relay_with_a_faster_clock_has_sent_is_not_taken_back(issued, arbitrator, now):
    outbox.relay(now + HOLD)

    with pytest.raises(Refused):
        recall(issued, by=arbitrator, now=now + HOLD - LAST_MOMENT - SECOND)

    assert fresh(issued).state == State.RULED


def test_a_recall_that_waited_for_others_until_the_last_moment_changes_nothing(
    issued, arbitrator, now, monkeypatch
):
    ticks = iter((0.0, 1.0))
    monkeypatch.setattr("cases.actions.recalling.monotonic", lambda: next(ticks))

    with pytest.raises(Refused):
        recall(issued, by=arbitrator, now=now + HOLD - LAST_MOMENT - SECOND)

    assert fresh(issued).ruling == issued.ruling
    assert Notice.objects.filter(case=issued, name="issue").count() == 2


@pytest.mark.parametrize(
    "who", ["other_arbitrator", "senior", "supervisor", "buyer", "merchant", "auditor"]
)
def test_nobody_else_takes_it_back(issued, request, who, now):
    with pytest.raises(PermissionDenied):
        recall(issued, by=request.getfixturevalue(who), now=now + SECOND)

    assert fresh(issued).state == State.RULED


def test_whoever_lost_the_role_takes_nothing_back(issued, arbitrator, now):
    arbitrator.role = "auditor"

    with pytest.raises(PermissionDenied):
        recall(issued, by=arbitrator, now=now + SECOND)


def test_whoever_approved_it_may_take_it_back_too(case_in, arbitrator, senior, now):
    case = case_in(State.REVIEWING)
    sent = submit_for_approval(case, by=arbitrator, draft=draft(), now=now)
    ruling = approve(fresh(case), by=senior, content=sent.content_hash, now=now)
    assert (ruling.approved_by, ruling.told_at) == (senior, now + HOLD)

    recall(fresh(case), by=senior, now=now + SECOND)

    assert (fresh(case).state, fresh(case).holder) == (State.REVIEWING, arbitrator)


def test_the_staffs_time_goes_on_as_if_nothing_had_been_ruled(case_in, arbitrator, now):
    case = case_in(State.REVIEWING, now=now - HOUR)
    due_at = case.deadlines.get(kind="ruling_target").due_at
    issue_ruling(case, by=arbitrator, draft=draft(), now=now)

    recall(fresh(case), by=arbitrator, now=now + 30 * SECOND)

    target = case.deadlines.get(kind="ruling_target")
    assert (target.closed_at, target.outcome, target.is_paused) == (None, "", False)
    assert target.due_at == due_at + 30 * SECOND
    assert fresh(case).due_at == target.due_at
    assert set(case.deadlines.filter(kind="appeal_window").values_list("outcome", flat=True)) == {
        "cancelled"
    }
    assert sweep.run(now + HOLD)["finalize"] == 0


def test_what_is_ruled_afterwards_is_the_first_version_again(issued, arbitrator, buyer, now):
    recall(issued, by=arbitrator, now=now + SECOND)
    changed = draft(reasons="Both cups are broken.")

    second = issue_ruling(fresh(issued), by=arbitrator, draft=changed, now=now + HOUR)

    assert second.version == 1
    assert fresh(issued).ruling == second
    assert list(fresh(issued).rulings.told(now + 2 * HOUR)) == [second]
    assert [line.name for line in issued.events.order_by("number")][-3:] == [
        *("issue", "recall", "issue")
    ]


def test_points_proposed_with_it_fall(case_in, arbitrator, now):
    case = case_in(State.REVIEWING, category="quality")
    kind, (_least, most) = next(iter(case.ruled_by.points.items()))
    cracked = Finding("The seam is open.", case.rule, ("E-01",))
    issue_ruling(case, by=arbitrator, draft=draft(findings=(cracked,)), now=now)
    propose_penalty(fresh(case), by=arbitrator, kind=kind, points=most, reason="Stalled", now=now)

    recall(fresh(case), by=arbitrator, now=now + SECOND)

    assert case.penalties.get().outcome == "voided"
    assert list(case.deadlines.open().values_list("kind", flat=True)) == ["ruling_target"]


def test_a_case_taken_back_can_be_withdrawn_and_one_held_back_cannot(
    issued, arbitrator, buyer, now
):
    with pytest.raises(Refused):
        withdraw(issued, by=buyer, reason="…", now=now + SECOND)

    recall(fresh(issued), by=arbitrator, now=now + 2 * SECOND)
    withdraw(fresh(issued), by=buyer, reason="…", now=now + 3 * SECOND)

    assert fresh(issued).state == State.WITHDRAWN


def test_it_is_taken_back_once(issued, arbitrator, now):
    recall(fresh(issued), by=arbitrator, now=now + SECOND)

    with pytest.raises(Refused):
        recall(fresh(issued), by=arbitrator, now=now + 2 * SECOND)

    assert issued.events.filter(name="recall").count() == 1


def test_what_the_clock_decides_is_told_at_once(case_in, arbitrator, now):
    case = case_in(State.AWAITING_MERCHANT, requested_amount=Decimal("40.00"))

    sweep.run(case.due_at + SECOND)
    sweep.run(fresh(case).due_at + SECOND)

    stored = fresh(case)
    assert (stored.state, stored.ruling.author) == (State.RULED, None)
    assert stored.ruling.told_at == stored.ruling.issued_at
    with pytest.raises((Refused, PermissionDenied)):
        recall(stored, by=arbitrator, now=stored.ruling.issued_at)
