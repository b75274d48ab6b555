"""The end of the hold, a recall, a relay and a withdrawal at the same instant: told or taken back, never both."""

from __future__ import annotations

import pytest
from django_fsm import ConcurrentTransition

from cases import docket, outbox
from cases.actions import Refused, issue_ruling, recall, withdraw
from cases.lifecycle import State
from cases.models import Case, Notice
from tests.cases.test_sweep_race import together
from tests.factories import HOLD, draft

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def just_issued(case_in, arbitrator, now):
    def issue() -> Case:
        case = case_in(State.REVIEWING)
        issue_ruling(case, by=arbitrator, draft=draft(), now=now)
        return fresh(case)

    return issue


def test_a_recall_and_the_relay_at_once_tell_or_take_back_but_never_both(
    just_issued, arbitrator, now
):
    for _ in range(20):
        case = just_issued()

        raised = together(
            lambda case=case: recall(case, by=arbitrator, now=now + HOLD / 2),
            lambda: outbox.dispatch(now + HOLD, ["mail"]),
        )

        told = Notice.objects.filter(case=case, name="issue", dispatched_at__isnull=False).count()
        taken_back = fresh(case).state == State.REVIEWING
        assert (told, taken_back, len(raised)) in ((2, False, 1), (0, True, 0))
        assert next(docket.verify([fresh(case)]))[2] is None


def test_two_recalls_at_once_take_it_back_once(just_issued, arbitrator, now):
    for _ in range(20):
        case = just_issued()

        [error] = together(
            *[lambda pk=case.pk: recall(Case.objects.get(pk=pk), by=arbitrator, now=now)] * 2
        )

        assert isinstance(error, ConcurrentTransition | Refused)
        assert case.events.filter(name="recall").count() == 1
        assert case.deadlines.open().filter(kind="ruling_target").count() == 1


def test_a_recall_and_a_withdrawal_at_once_leave_one_state(just_issued, arbitrator, buyer, now):
    for _ in range(20):
        case = just_issued()

        together(
            lambda case=case: recall(case, by=arbitrator, now=now),
            lambda pk=case.pk: withdraw(
                Case.objects.get(pk=pk), by=buyer, reason="settled", now=now
            ),
        )

        stored = fresh(case)
        assert stored.state in (State.REVIEWING, State.WITHDRAWN)
        assert stored.ruling is None
        assert stored.deadlines.open().count() == (stored.state == State.REVIEWING)
        assert next(docket.verify([stored]))[2] is None
