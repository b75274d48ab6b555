"""The tallies agree with the cases after whatever happened to them."""

from __future__ import annotations

import random
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Role
from cases import actions, sweep, tallies
from cases.lifecycle import STEPS, State
from cases.models import Case, Tally
from tests.factories import NOW, make_person

LATE = NOW + timedelta(days=30)


def test_every_state_is_counted(case_in):
    for state in State.values:
        case_in(state)
    case_in(State.QUEUED, silent=True)

    assert tallies.standings() == tallies.counted()
    assert tallies.standings()[State.QUEUED, False] == 1
    assert tallies.standings()[State.QUEUED, True] == 1


@pytest.mark.parametrize("seed", range(3))
def test_they_agree_after_every_act_of_a_random_history(case_in, arbitrator, merchant, seed):
    chance = random.Random(seed)
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(4)]
    acts = {
        State.AWAITING_MERCHANT: [
            lambda case: actions.respond(case, by=merchant, text="x", now=NOW),
            lambda case: actions.concede(case, by=merchant, now=NOW),
            lambda case: actions.advance(case, "escalate", by=None, now=LATE),
        ],
        State.QUEUED: [lambda case: actions.claim(case, by=arbitrator, now=NOW)],
        State.REVIEWING: [
            lambda case: actions.release(case, by=arbitrator, reason="x", now=NOW),
            lambda case: actions.reject(case, by=arbitrator, reason="duplicate", note="", now=NOW),
        ],
    }
    for _act in range(15):
        case = Case.objects.get(pk=chance.choice(cases).pk)
        if case.state in acts:
            chance.choice(acts[case.state])(case)
        if chance.random() < 0.3:
            tallies.fold(least=1)
        assert tallies.standings() == tallies.counted()


def test_the_clock_and_the_seeds_are_counted_too(case_in):
    call_command("seed_cases", cases=100, due=60, verbosity=0)
    assert tallies.standings() == tallies.counted()

    sweep.run(LATE)

    assert tallies.standings() == tallies.counted()


def test_what_is_undone_was_never_counted(case_in, arbitrator):
    case = case_in(State.QUEUED)
    before = tallies.standings()
    mark = transaction.savepoint()

    actions.claim(case, by=arbitrator, now=NOW)
    transaction.savepoint_rollback(mark)

    assert tallies.standings() == before == tallies.counted()


def test_folding_keeps_the_sums_and_leaves_a_row_for_each(case_in, arbitrator):
    for _ in range(3):
        actions.claim(case_in(State.QUEUED), by=arbitrator, now=NOW)
    before = tallies.standings()

    assert tallies.fold() == 0
    assert tallies.fold(least=1) > 3

    assert tallies.standings() == before
    assert Tally.objects.count() == len(before)


def test_nobody_holds_a_case_that_waits():
    """Or the counts of the queue would depend on who asks."""
    assert {step.name for step in STEPS.values() if step.target == State.QUEUED} == {
        "respond",  # from before anybody could claim it
        "escalate",
        "release",  # takes the holder away, like the next
        "take_back",
    }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_they_agree_when_many_claim_and_fold_at_once(case_in):
    for _ in range(24):
        case_in(State.QUEUED)
    people = [make_person(Role.ARBITRATOR, f"desk_{number}") for number in range(4)]
    gate, wrong = Barrier(len(people)), []

    def work(person):
        try:
            gate.wait(10)
            for _press in range(6):
                actions.claim_next(by=person, now=NOW)
                tallies.fold(least=1)
                with transaction.atomic():
                    connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                    if tallies.standings() != tallies.counted():
                        wrong.append(tallies.standings())
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert tallies.standings() == {(State.REVIEWING, False): 24}
