"""The clock: each due row acted on once, whatever else happens."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError

from cases import careful, cashier, docket, ladder, notices, sweep, tallies
from cases.actions import Refused, appeal, concede, pausing, posting, supply_evidence
from cases.lifecycle import MoneyState, State
from cases.models import Case, Deadline, Event, Heartbeat, Notice
from tests.factories import NOW, ruling_for_the_merchant

SECOND = timedelta(seconds=1)


def states(cases: list[Case]) -> list[str]:
    return [Case.objects.get(pk=case.pk).state for case in cases]


def stumbling_over(
    poison: Case, monkeypatch, module, name: str, error: Exception | None = None
) -> None:
    """Let this function, which takes a case first, raise for this case alone."""
    act = getattr(module, name)

    def stumble(case, *args, **kwargs):
        if case.pk == poison.pk:
            raise error or ZeroDivisionError("a bad row")
        return act(case, *args, **kwargs)

    monkeypatch.setattr(module, name, stumble)


def test_a_second_sweep_finds_nothing_left_to_do(case_in):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(3)]
    late = cases[0].due_at + SECOND

    first, second = sweep.run(late), sweep.run(late)

    assert (first["escalate"], second["escalate"]) == (3, 0)
    assert Event.objects.filter(name="escalate").count() == 3
    assert Notice.objects.filter(name="escalate").count() == 6
    assert states(cases) == [State.QUEUED] * 3


def test_batches_smaller_than_the_work_still_do_all_of_it(case_in):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(5)]

    done = sweep.run(cases[0].due_at + SECOND, batch=2)

    assert done["escalate"] == 5
    assert states(cases) == [State.QUEUED] * 5


@pytest.mark.parametrize(
    ("state", "act"),
    [
        (
            State.AWAITING_MERCHANT,
            lambda case, now: concede(case, by=case.shop.members.get(), now=now),
        ),
        (State.AWAITING_EVIDENCE, lambda case, now: supply_evidence(case, by=case.buyer, now=now)),
        (
            State.RULED,
            lambda case, now: appeal(case, by=case.buyer, ground="new", text="照片", now=now),
        ),
    ],
    ids=["concede", "supply_evidence", "appeal"],
)
def test_what_was_accepted_in_time_is_not_overtaken_by_a_sweep_right_after(case_in, state, act):
    case = case_in(state)
    moment = timedelta(milliseconds=5)

    early = sweep.run(case.due_at + moment)
    act(Case.objects.get(pk=case.pk), case.due_at - moment)

    assert early == {}
    assert Case.objects.get(pk=case.pk).state != state
    assert sweep.run(case.due_at + SECOND) == {}


def test_the_moment_left_for_requests_makes_nobody_in_time_who_was_late(case_in, merchant):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(Refused):
        concede(case, by=merchant, now=case.due_at + timedelta(milliseconds=5))


def test_the_docket_tells_what_was_due_when_and_that_nobody_did_it(case_in):
    case = case_in(State.AWAITING_MERCHANT)
    late = case.due_at + timedelta(minutes=30)

    sweep.run(late)

    line = case.events.get(name="escalate")
    assert (line.actor, line.at) == (None, late)
    assert line.facts == {"due_at": case.due_at.isoformat()}
    assert next(docket.verify([Case.objects.get(pk=case.pk)]))[2] is None


def test_one_case_that_raises_is_set_aside_and_the_others_are_done(case_in, monkeypatch):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(4)]
    poison = cases[1]
    stumbling_over(poison, monkeypatch, sweep, "escalate")
    late = poison.due_at + SECOND

    first, second = sweep.run(late), sweep.run(late + SECOND)

    assert (first["escalate"], first["set_aside"]) == (3, 1)
    assert second == {}
    row = Deadline.objects.open().get(case=poison)
    assert (row.failures, row.last_error) == (1, "ZeroDivisionError: a bad row")
    assert row.retry_at == late + timedelta(minutes=1)

    monkeypatch.undo()
    third = sweep.run(row.retry_at)

    assert third["escalate"] == 1
    assert states(cases) == [State.QUEUED] * 4


@pytest.mark.parametrize("error", [ZeroDivisionError("again"), ValueError("a \0 and half \ud83d")])
def test_a_row_that_never_stops_failing_stops_nobody_else(case_in, monkeypatch, error):
    stubborn, other = [case_in(State.AWAITING_MERCHANT) for _ in range(2)]
    stumbling_over(stubborn, monkeypatch, sweep, "escalate", error)
    late = stubborn.due_at + SECOND
    Deadline.objects.filter(case=stubborn).update(failures=100)

    done = sweep.run(late)

    assert (done["escalate"], done["set_aside"]) == (1, 1)
    assert states([stubborn, other]) == [State.AWAITING_MERCHANT, State.QUEUED]
    row = Deadline.objects.open().get(case=stubborn)
    assert (row.failures, row.retry_at) == (101, late + timedelta(hours=1))
    assert row.last_error.startswith(type(error).__name__)
    assert Heartbeat.objects.get().at == late


def test_a_reminder_that_cannot_be_written_keeps_nobody_else_waiting(case_in, monkeypatch, now):
    poison, other = [case_in(State.AWAITING_MERCHANT) for _ in range(2)]
    late = case_in(State.AWAITING_MERCHANT, now=now - timedelta(hours=30))
    halfway = now + (poison.due_at - now) / 2
    stumbling_over(poison, monkeypatch, notices, "queue")

    first, again = sweep.run(halfway), sweep.run(halfway + SECOND)

    assert (first["reminded"], first["escalate"]) == (1, 1)
    assert again == {}
    assert Notice.objects.get(name="reminder").case == other
    row = Deadline.objects.open().get(case=poison)
    assert (row.failures, row.last_error) == (1, "ZeroDivisionError: a bad row")
    assert Case.objects.get(pk=late.pk).state == State.QUEUED
    assert Heartbeat.objects.get().at == halfway + SECOND

    monkeypatch.undo()
    assert sweep.run(row.retry_at)["reminded"] == 1
    healed = Deadline.objects.open().get(case=poison)
    assert (healed.failures, healed.retry_at, healed.last_error) == (0, None, "")


def test_a_reminder_that_failed_does_not_make_the_deadline_late(case_in, monkeypatch):
    case = case_in(State.AWAITING_MERCHANT)
    stumbling_over(case, monkeypatch, notices, "queue")
    Deadline.objects.filter(case=case).update(failures=100)

    sweep.run(case.due_at - timedelta(minutes=1))
    monkeypatch.undo()

    assert Deadline.objects.open().get(case=case).retry_at == case.due_at
    assert sweep.run(case.due_at + SECOND)["escalate"] == 1


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (pausing, "finish"),
        (sweep, "remind"),
        (ladder, "climb"),
        (posting, "tick"),
        (tallies, "fold"),
    ],
)
def test_work_that_fails_as_a_whole_leaves_the_rest_of_the_round(
    case_in, monkeypatch, now, module, name
):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(module, name, fail)
    silent = case_in(State.AWAITING_MERCHANT)
    reminded = case_in(State.AWAITING_MERCHANT, now=now + timedelta(hours=24))
    climbs = case_in(State.REVIEWING)
    Deadline.objects.filter(case=climbs).update(rung_at=now, remind_at=None)
    Deadline.objects.filter(case=silent).update(remind_at=None)

    done = sweep.run(silent.due_at + SECOND)

    wanted = {"escalate": 1, "reminded": 1, "climbed": 1, "failed": 1}
    wanted.pop({"finish": "escalate", "remind": "reminded", "climb": "climbed"}.get(name, ""), 0)
    assert done == wanted
    assert Case.objects.get(pk=reminded.pk).state == State.AWAITING_MERCHANT
    assert Heartbeat.objects.get().at == silent.due_at + SECOND


def test_a_round_reminds_of_all_that_is_due_not_of_one_batch(case_in, monkeypatch, now):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(5)]
    halfway = now + (cases[0].due_at - now) / 2

    assert sweep.remind(halfway, batch=2) == 5
    assert Notice.objects.filter(name="reminder").count() == 5


def test_reminding_does_not_keep_the_rest_of_the_clock_waiting_for_ever(case_in, monkeypatch, now):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(5)]
    halfway = now + (cases[0].due_at - now) / 2
    monkeypatch.setattr(careful, "PATIENCE_SECONDS", 0)

    assert [sweep.remind(halfway, batch=2) for _ in range(3)] == [2, 2, 1]


def test_a_database_that_goes_away_sets_no_case_aside(case_in, monkeypatch):
    """It is no fault of the case at hand, which must not be left alone for minutes because of it."""
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(2)]
    late = cases[0].due_at + SECOND

    def gone(*args, **kwargs):
        raise OperationalError("terminating connection due to administrator command")

    with monkeypatch.context() as outage:
        outage.setattr(sweep, "escalate", gone)
        with pytest.raises(OperationalError):
            sweep.run(late)

    assert Deadline.objects.filter(failures__gt=0).count() == 0
    assert sweep.run(late)["escalate"] == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("the connection is lost"), "the database does not answer"),
        (OverflowError("date value out of range"), "the round ended early"),
    ],
)
def test_the_loop_outlives_a_round_that_fails(db, monkeypatch, error, said):
    rounds = []

    def come_round(pendulum, now):
        rounds.append(now)
        if len(rounds) == 1:
            raise error
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep, "tick", come_round)
    out = StringIO()

    with pytest.raises(KeyboardInterrupt):
        call_command("sweep_deadlines", loop=True, interval=0, stdout=out)

    assert len(rounds) == 2
    assert f"{said}, tried again in 0 s: {error}" in out.getvalue()


def test_each_reminder_is_queued_once_and_to_whom_it_concerns(case_in, shop):
    case = case_in(State.AWAITING_MERCHANT)
    halfway = NOW + (case.due_at - NOW) / 2

    early = sweep.run(halfway - SECOND)
    first, again = sweep.run(halfway), sweep.run(halfway + SECOND)

    assert (early["reminded"], first["reminded"], again["reminded"]) == (0, 1, 0)
    notice = Notice.objects.get(name="reminder")
    assert (notice.shop, notice.user) == (shop, None)
    assert notice.facts == {"due": case.due_at.isoformat()}


def test_a_sweep_after_a_long_silence_reminds_once_not_once_per_missed_reminder(case_in):
    case = case_in(State.AWAITING_MERCHANT)

    done = sweep.run(case.due_at - timedelta(minutes=1))

    assert done["reminded"] == 1
    assert Deadline.objects.open().get(case=case).remind_at is None


def test_a_ruling_nobody_appealed_becomes_final(case_in):
    case = case_in(State.RULED)

    done = sweep.run(case.due_at + SECOND)

    assert done["finalize"] == 1
    assert Case.objects.get(pk=case.pk).state == State.EXECUTING


def test_a_final_ruling_that_moves_no_money_closes_at_once(case_in):
    case = case_in(State.RULED, ruling=ruling_for_the_merchant())

    done = sweep.run(case.due_at + SECOND)
    cashier.relay(case.due_at + SECOND)

    stored = Case.objects.get(pk=case.pk)
    assert (done["finalize"], done["complete"]) == (1, 1)
    assert (stored.state, stored.money_state) == (State.CLOSED, MoneyState.RELEASED)


def test_two_sides_letting_their_time_pass_move_the_case_once(case_in):
    case = case_in(State.AWAITING_EVIDENCE, sides=("buyer", "merchant"))

    done = sweep.run(case.due_at + SECOND)

    assert done["lapse_evidence"] == 1
    assert Case.objects.get(pk=case.pk).state == State.REVIEWING
    assert case.events.filter(name="lapse_evidence").count() == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.REVIEWING])
def test_the_staffs_own_lateness_ends_no_deadline(case_in, state):
    case = case_in(state)

    done = sweep.run(case.due_at + SECOND)

    assert set(done) == {"climbed"}
    assert Case.objects.get(pk=case.pk).state == state
    assert Deadline.objects.open().get(case=case).kind == "ruling_target"


def test_every_round_leaves_a_heartbeat(db):
    sweep.run(NOW)
    sweep.run(NOW + SECOND)

    assert list(Heartbeat.objects.values_list("name", "at")) == [("sweep", NOW + SECOND)]
