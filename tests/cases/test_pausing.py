"""A platform pause moves every clock of its scope by exactly its length, once, and can be ended early."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Shop
from cases import deadlines, docket, expiry, sweep
from cases.actions import Refused, claim, pausing, request_intervention
from cases.actions.pausing import Moved, declare_pause, end_pause_early, preview_pause
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, DeadlinePause, Notice, PlatformPause
from tests.factories import NOW

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
MIN = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def festival(began_at=NOW, length=3 * DAY, **scope) -> PlatformPause:
    return PlatformPause(
        began_at=began_at,
        ends_at=began_at + length,
        reason_zh="春节期间快递停运",
        reason_en="Parcels do not move during Spring Festival",
        **scope,
    )


def clock_of(case: Case, kind: str = DeadlineKind.MERCHANT_RESPONSE) -> Deadline:
    return Deadline.objects.get(case=case, kind=kind)


def queries_of(act) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


# --- Declaring -----------------------------------------------------------------------------------


def test_every_open_clock_of_a_party_moves_by_the_length_of_the_pause(case_in, supervisor, now):
    waiting, asked = case_in(State.AWAITING_MERCHANT), case_in(State.AWAITING_EVIDENCE)
    before = [clock.due_at for clock in (clock_of(waiting), clock_of(asked, "evidence_supplement"))]

    moved = declare_pause(festival(), by=supervisor, now=now)

    clocks = [clock_of(waiting), clock_of(asked, "evidence_supplement")]
    assert moved == Moved(2, left=0)
    assert [clock.due_at for clock in clocks] == [due + 3 * DAY for due in before]
    assert [Case.objects.get(pk=case.pk).due_at for case in (waiting, asked)] == [
        clock.due_at for clock in clocks
    ]
    assert PlatformPause.objects.get().is_applied


def test_the_staff_s_clocks_run_on_unless_they_are_named(case_in, supervisor, now):
    case = case_in(State.REVIEWING)
    due = clock_of(case, DeadlineKind.RULING_TARGET).due_at

    assert declare_pause(festival(), by=supervisor, now=now).cases == 0
    assert declare_pause(festival(kinds=["ruling_target"]), by=supervisor, now=now).cases == 1

    assert clock_of(case, DeadlineKind.RULING_TARGET).due_at > due


def test_only_the_scope_moves(case_in, supervisor, rival_merchant, now):
    rival = Shop.objects.get(memberships__user=rival_merchant)
    here, fresh = (
        case_in(State.AWAITING_MERCHANT),
        case_in(State.AWAITING_MERCHANT, category="fresh"),
    )
    there = case_in(State.AWAITING_MERCHANT, shop=rival)
    dues = {case.pk: clock_of(case).due_at for case in (here, fresh, there)}

    declare_pause(festival(shop=rival), by=supervisor, now=now)
    declare_pause(festival(categories=["fresh"]), by=supervisor, now=now)
    declare_pause(festival(kinds=["appeal_window"]), by=supervisor, now=now)

    moved = [clock_of(case).due_at != dues[case.pk] for case in (here, fresh, there)]
    assert moved == [False, True, True]


def test_a_case_gets_one_docket_line_whose_chain_holds_and_both_sides_are_told(
    case_in, supervisor, buyer, shop, now
):
    case = case_in(State.AWAITING_EVIDENCE, sides=(Side.BUYER, Side.MERCHANT))
    pause = festival()

    assert declare_pause(pause, by=supervisor, now=now).cases == 1

    [line] = case.events.filter(name="platform_pause")
    assert (line.actor, line.at) == (supervisor, now)
    assert line.facts == {
        "pause": pause.pk,
        "from": now.isoformat(),
        "to": (now + 3 * DAY).isoformat(),
        "reason_zh": "春节期间快递停运",
        "reason_en": "Parcels do not move during Spring Festival",
    }
    stored = Case.objects.get(pk=case.pk)
    assert next(docket.verify([stored]))[2] is None
    told = Notice.objects.filter(case=case, name="platform_pause")
    assert {(notice.user, notice.shop) for notice in told} == {(buyer, None), (None, shop)}
    assert {notice.facts["due"] for notice in told} == {stored.due_at.isoformat()}
    assert case.deadlines.open().filter(pauses__platform_pause=pause).count() == 2


def test_the_preview_counts_exactly_what_declaring_moves(case_in, supervisor, now):
    for state in (State.AWAITING_MERCHANT, State.NEGOTIATING, State.REVIEWING, State.RULED):
        case_in(state)
    case_in(State.AWAITING_EVIDENCE, sides=(Side.BUYER, Side.MERCHANT))

    reach = preview_pause(festival())

    assert (reach.deadlines, reach.cases) == (6, 4)
    assert dict(reach.kinds) == {
        "appeal_window": 2,
        "evidence_supplement": 2,
        "negotiation": 1,
        "merchant_response": 1,
    }
    assert declare_pause(festival(), by=supervisor, now=now).cases == reach.cases
    assert DeadlinePause.objects.filter(platform_pause__isnull=False).count() == reach.deadlines


def test_what_ends_before_the_pause_begins_stays(case_in, supervisor, now):
    case = case_in(State.AWAITING_MERCHANT)
    due = clock_of(case).due_at

    assert declare_pause(festival(began_at=due), by=supervisor, now=now).cases == 0
    assert declare_pause(festival(began_at=due - SECOND), by=supervisor, now=now).cases == 1

    assert clock_of(case).due_at == due + 3 * DAY


def test_two_pauses_at_once_count_once(case_in, supervisor, now):
    case = case_in(State.AWAITING_MERCHANT)
    due = clock_of(case).due_at

    declare_pause(festival(now, 3 * DAY), by=supervisor, now=now)
    declare_pause(festival(now + DAY, 3 * DAY), by=supervisor, now=now)

    assert clock_of(case).due_at == due + 4 * DAY


def test_an_outage_that_has_begun_saves_whoever_is_not_expired_yet(case_in, supervisor, now):
    expired, open_still = case_in(State.AWAITING_MERCHANT), case_in(State.AWAITING_MERCHANT)
    due = clock_of(expired).due_at
    Deadline.objects.filter(case=open_still).update(due_at=due + HOUR, window=49 * HOUR)
    sweep.run(due + SECOND)

    moved = declare_pause(festival(due - HOUR, 8 * HOUR), by=supervisor, now=due + 2 * HOUR)

    assert moved == Moved(1, left=0)
    assert (clock_of(expired).due_at, clock_of(expired).outcome) == (due, "expired")
    assert clock_of(open_still).due_at == due + 9 * HOUR


def test_the_sweep_expires_nothing_inside_the_pause_and_everything_after_it(
    case_in, supervisor, now
):
    case = case_in(State.AWAITING_MERCHANT)
    due = clock_of(case).due_at
    declare_pause(festival(), by=supervisor, now=now)

    assert sweep.run(due + DAY)["escalate"] == 0
    assert sweep.run(due + 3 * DAY + SECOND)["escalate"] == 1
    assert Case.objects.get(pk=case.pk).state == State.QUEUED


def test_declaring_costs_the_same_number_of_statements_for_one_case_and_for_many(
    case_in, supervisor, now
):
    case_in(State.AWAITING_MERCHANT)
    one = queries_of(lambda: declare_pause(festival(), by=supervisor, now=now))
    for _ in range(9):
        case_in(State.AWAITING_MERCHANT)

    many = queries_of(lambda: declare_pause(festival(length=DAY), by=supervisor, now=now))

    assert Case.objects.filter(events__name="platform_pause").distinct().count() == 10
    assert many == one


@pytest.mark.parametrize(
    ("pause", "sentence"),
    [
        (festival(length=-HOUR), "A pause ends after it begins."),
        (festival(NOW - 2 * DAY, DAY), "This period is already over."),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(supervisor, now, pause, sentence):
    with translation.override("en"), pytest.raises(Refused, match=sentence):
        declare_pause(pause, by=supervisor, now=now)

    assert PlatformPause.objects.count() == 0


def test_a_pause_needs_its_reason_in_both_languages(supervisor, now):
    pause = festival()
    pause.reason_en = " "

    with translation.override("en"), pytest.raises(Refused, match="in both languages"):
        declare_pause(pause, by=supervisor, now=now)


def test_the_same_pause_is_declared_once(case_in, supervisor, now):
    case = case_in(State.AWAITING_MERCHANT)
    declare_pause(festival(), by=supervisor, now=now)

    with translation.override("en"), pytest.raises(Refused, match="already declared"):
        declare_pause(festival(), by=supervisor, now=now + SECOND)

    assert case.events.filter(name="platform_pause").count() == 1


@pytest.mark.parametrize("who", ["senior", "auditor", "merchant", "administrator"])
def test_only_a_supervisor_declares_and_ends(request, case_in, supervisor, now, who):
    person = request.getfixturevalue(who)
    pause = festival()
    declare_pause(pause, by=supervisor, now=now)

    with pytest.raises(PermissionDenied):
        declare_pause(festival(length=DAY), by=person, now=now)
    with pytest.raises(PermissionDenied):
        end_pause_early(pause, by=person, now=now)

    assert PlatformPause.objects.get().ended_at is None


# --- Clocks that meet it later -------------------------------------------------------------------


def test_a_clock_opened_during_the_pause_or_before_it_joins_it(case_in, buyer, supervisor, now):
    negotiating = case_in(State.NEGOTIATING)
    declare_pause(festival(now + DAY), by=supervisor, now=now)

    request_intervention(negotiating, by=buyer, now=now)

    clock = clock_of(negotiating)
    assert clock.due_at == now + 48 * HOUR + 3 * DAY
    assert Case.objects.get(pk=negotiating.pk).due_at == clock.due_at
    assert [pause.platform_pause for pause in clock.pauses.all()] == [PlatformPause.objects.get()]


def test_a_clock_of_another_scope_or_after_the_pause_does_not_join(case_in, buyer, supervisor, now):
    other, later = case_in(State.NEGOTIATING), case_in(State.NEGOTIATING)
    declare_pause(festival(categories=["fresh"]), by=supervisor, now=now)
    declare_pause(festival(length=HOUR), by=supervisor, now=now)

    request_intervention(other, by=buyer, now=now + HOUR)
    request_intervention(later, by=buyer, now=now + 5 * DAY)

    assert DeadlinePause.objects.filter(deadline__kind="merchant_response").count() == 0


def test_clocks_the_sweep_opens_together_join_it_too(case_in, supervisor, now):
    silent = [case_in(State.AWAITING_MERCHANT) for _ in range(3)]
    late = silent[0].due_at + SECOND
    declare_pause(
        festival(late - HOUR, 10 * DAY, kinds=["ruling_target"]), by=supervisor, now=late - HOUR
    )

    one_by_one = deadlines.open_deadline(
        case_in(State.NEGOTIATING), "ruling_target", Side.PLATFORM, now=late
    )
    assert expiry.expire(late, 10) == 3

    clocks = [clock_of(case, DeadlineKind.RULING_TARGET) for case in silent]
    assert {clock.due_at for clock in clocks} == {one_by_one.due_at}
    assert [clock.pauses.count() for clock in clocks] == [1, 1, 1]


def test_a_step_on_a_case_read_before_the_pause_keeps_the_new_time(
    case_in, arbitrator, supervisor, now
):
    case = case_in(State.QUEUED)
    declare_pause(festival(kinds=["ruling_target"]), by=supervisor, now=now)

    claim(case, by=arbitrator, now=now)

    assert Case.objects.get(pk=case.pk).due_at == clock_of(case, "ruling_target").due_at


def test_a_clock_that_stood_still_joins_when_it_goes_on(case_in, buyer, supervisor, now):
    """The ruling waits for evidence beyond the pause's beginning; the pause counts once."""
    case = case_in(State.AWAITING_EVIDENCE)
    declare_pause(festival(kinds=["ruling_target"]), by=supervisor, now=now)

    deadlines.resume(case, DeadlineKind.RULING_TARGET, now=now + DAY)

    clock = clock_of(case, DeadlineKind.RULING_TARGET)
    stood = sorted(pause.reason for pause in clock.pauses.all())
    assert stood == ["platform", "request_evidence"]
    assert (
        clock.due_at == deadlines.reckon(case, clock, now=now, pauses=[festival().interval]).due_at
    )


# --- Ending early --------------------------------------------------------------------------------


def test_ended_early_it_gives_only_what_it_lasted(case_in, supervisor, now):
    case = case_in(State.AWAITING_MERCHANT)
    due = clock_of(case).due_at
    declare_pause(festival(), by=supervisor, now=now)

    moved = end_pause_early(PlatformPause.objects.get(), by=supervisor, now=now + DAY)

    assert moved == Moved(1, left=0)
    stored = Case.objects.get(pk=case.pk)
    assert clock_of(case).due_at == stored.due_at == due + DAY
    assert clock_of(case).pauses.get().ended_at == now + DAY
    [line] = case.events.filter(name="end_platform_pause")
    assert (line.actor, line.facts["to"]) == (supervisor, (now + DAY).isoformat())
    assert next(docket.verify([stored]))[2] is None
    assert Notice.objects.filter(case=case, name="end_platform_pause").count() == 2


def test_called_off_before_it_began_it_gives_nothing(case_in, supervisor, now):
    case = case_in(State.AWAITING_MERCHANT)
    due = clock_of(case).due_at
    declare_pause(festival(now + DAY), by=supervisor, now=now)

    end_pause_early(PlatformPause.objects.get(), by=supervisor, now=now + HOUR)

    assert clock_of(case).due_at == due


def test_it_ends_early_once_and_not_after_its_time(supervisor, now):
    declare_pause(festival(), by=supervisor, now=now)
    declare_pause(festival(length=DAY), by=supervisor, now=now)
    over, running = sorted(PlatformPause.objects.all(), key=lambda pause: pause.ends_at)
    end_pause_early(running, by=supervisor, now=now + DAY)

    for pause in (over, running):
        with translation.override("en"), pytest.raises(Refused, match="already over"):
            end_pause_early(pause, by=supervisor, now=now + 2 * DAY)


# --- Killed in between ---------------------------------------------------------------------------


def test_what_a_killed_process_left_the_sweep_finishes_before_it_expires_anything(
    case_in, supervisor, now, monkeypatch
):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(5)]
    monkeypatch.setattr(pausing, "BATCH", 2)
    monkeypatch.setattr(pausing, "_move", killed_after(2, pausing._move))
    with pytest.raises(KeyboardInterrupt):
        declare_pause(festival(), by=supervisor, now=now)
    monkeypatch.undo()
    assert DeadlinePause.objects.count() == 4

    done = sweep.run(cases[0].due_at + SECOND)

    assert done["escalate"] == 0
    assert [case.events.filter(name="platform_pause").count() for case in cases] == [1] * 5
    assert {clock_of(case).due_at for case in cases} == {cases[0].due_at + 3 * DAY}
    assert PlatformPause.objects.get().is_applied


def test_of_very_many_cases_the_sweep_moves_the_rest_before_anything_expires(
    case_in, supervisor, now, monkeypatch
):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(3)]
    monkeypatch.setattr(pausing, "AT_ONCE", 2)

    moved = declare_pause(festival(), by=supervisor, now=now)

    assert moved == Moved(2, left=1)
    assert not PlatformPause.objects.get().is_applied
    assert sweep.run(cases[0].due_at + SECOND)["escalate"] == 0
    assert {clock_of(case).due_at for case in cases} == {cases[0].due_at + 3 * DAY}
    assert PlatformPause.objects.get().is_applied


def test_one_case_that_cannot_be_moved_keeps_only_itself_waiting(
    case_in, supervisor, now, monkeypatch
):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(5)]
    poison, due_at = cases[3], cases[0].due_at
    outside = case_in(State.AWAITING_MERCHANT, category="fresh", requested_amount=Decimal("30"))
    move_case = pausing._move_case

    def stumble(pause, case, *args):
        if case.pk == poison.pk:
            raise ZeroDivisionError("a bad row")
        return move_case(pause, case, *args)

    monkeypatch.setattr(pausing, "_move_case", stumble)
    declare_pause(festival(categories=["damaged"]), by=supervisor, now=now)

    done = sweep.run(due_at + SECOND)

    moved = {clock_of(case).due_at for case in cases if case != poison}
    assert moved == {due_at + 3 * DAY}
    assert clock_of(poison).due_at == due_at
    assert (clock_of(poison).failures, clock_of(poison).retry_at) == (2, due_at + SECOND + 2 * MIN)
    assert Case.objects.get(pk=poison.pk).state == State.AWAITING_MERCHANT  # not over before moved
    assert Case.objects.get(pk=outside.pk).state == State.QUEUED
    assert done["escalate"] == 1
    assert not PlatformPause.objects.get().is_applied

    monkeypatch.undo()
    sweep.run(clock_of(poison).retry_at)

    assert (clock_of(poison).due_at, clock_of(poison).failures) == (due_at + 3 * DAY, 0)
    assert PlatformPause.objects.get().is_applied


def killed_after(times, act):
    left = [times]

    def run(*args, **kwargs):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return act(*args, **kwargs)

    return run


def test_the_scope_in_sql_and_in_python_is_one(case_in, supervisor, rival_merchant, now):
    rival = Shop.objects.get(memberships__user=rival_merchant)
    for facts in ({}, {"category": "fresh"}, {"shop": rival}):
        for state in (State.AWAITING_MERCHANT, State.AWAITING_EVIDENCE, State.RULED):
            case_in(state, **facts)
    scopes = [
        {},
        {"kinds": ["ruling_target", "appeal_window"]},
        {"categories": ["fresh"]},
        {"shop": rival},
        {"kinds": ["merchant_response"], "categories": ["damaged"], "shop": rival},
    ]

    for scope in scopes:
        pause = festival(**scope)
        in_python = {
            clock.pk
            for clock in Deadline.objects.open().select_related("case")
            if pause.covers(clock.kind, clock.party, clock.case)
        }
        assert set(Deadline.objects.under(pause).values_list("pk", flat=True)) == in_python
