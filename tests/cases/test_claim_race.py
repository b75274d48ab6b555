"""A hundred people press the button of one case at the same instant, each in a process of their own."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

import pytest
from django.db import connections
from django.utils import translation

from accounts.models import Role, User
from cases import docket
from cases.actions import Refused, claim, claim_next
from cases.lifecycle import State
from cases.models import Case
from tests.factories import NOW, make_person

RIVALS = 100
PATIENCE_SECONDS = 60

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def press_claim(case_pk: int, person_pk: int, gate: Barrier, told: Queue) -> None:
    case, person = Case.objects.get(pk=case_pk), User.objects.get(pk=person_pk)
    gate.wait(PATIENCE_SECONDS)
    try:
        with translation.override("en"):
            claim(case, by=person, now=NOW)
    except Refused as refusal:
        told.put(str(refusal))
    except Exception as error:
        told.put(repr(error))
    else:
        told.put(f"won by {person}")


def press_next(_case_pk: int, person_pk: int, gate: Barrier, told: Queue) -> None:
    person = User.objects.get(pk=person_pk)
    gate.wait(PATIENCE_SECONDS)
    try:
        told.put(claim_next(by=person, now=NOW).reference)
    except Exception as error:
        told.put(repr(error))


def all_at_once(press, case_pk: int, people: list[int]) -> Counter[str]:
    """What each was told, when all of them press in the same instant."""
    connections.close_all()  # or the processes would share this one's
    fork = multiprocessing.get_context("fork")
    gate, told = fork.Barrier(len(people)), fork.Queue()
    processes = [fork.Process(target=press, args=(case_pk, pk, gate, told)) for pk in people]
    for process in processes:
        process.start()
    try:
        return Counter(told.get(timeout=PATIENCE_SECONDS) for _ in people)
    finally:
        for process in processes:
            process.join(5)
            process.kill()


def test_of_a_hundred_claims_one_wins_and_the_others_are_told_who(case_in):
    case = case_in(State.QUEUED)
    desk = [make_person(Role.ARBITRATOR, f"desk_{number}").pk for number in range(RIVALS)]

    told = all_at_once(press_claim, case.pk, desk)

    stored = Case.objects.get(pk=case.pk)
    assert told == {
        f"won by {stored.holder}": 1,
        f"{stored.holder} has already taken this case.": RIVALS - 1,
    }
    assert stored.state == State.REVIEWING
    assert stored.events.filter(name="claim").count() == 1
    assert next(docket.verify([stored]))[2] is None


def test_thirty_people_asking_for_the_next_case_get_thirty_different_ones(case_in):
    cases = [case_in(State.QUEUED) for _ in range(30)]
    desk = [make_person(Role.ARBITRATOR, f"desk_{number}").pk for number in range(30)]

    told = all_at_once(press_next, cases[0].pk, desk)

    assert told == Counter(case.reference for case in cases)
