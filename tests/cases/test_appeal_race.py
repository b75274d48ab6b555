"""Appeals at the same instant as the clock, as another senior and as each other: one thing happens, and only one."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django_fsm import ConcurrentTransition

from accounts.models import Role, User
from cases import docket, sweep
from cases.actions import (
    Refused,
    Wording,
    answer_appeal,
    appeal,
    correct_ruling,
    overturn,
    uphold,
)
from cases.lifecycle import State
from cases.models import Case
from tests.cases.test_sweep_race import together
from tests.factories import draft, make_person

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
MORE = draft(amount=Decimal("200.00"), reasons="Both cups are broken.")
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


def ask(case: Case, by: User, now: datetime) -> None:
    appeal(fresh(case), by=by, ground="mistake", text="…", now=now)


def count(case: Case, name: str) -> int:
    return case.events.filter(name=name).count()


def lost(raised: list[Exception]) -> bool:
    [error] = raised
    return isinstance(error, ConcurrentTransition | Refused)


@pytest.fixture
def seniors(senior):
    return senior, make_person(Role.SENIOR, "second_senior")


def test_upheld_or_overturned_but_never_both(case_in, seniors, now):
    one, other = seniors
    for _ in range(15):
        case = case_in(State.APPEALED)

        raised = together(
            lambda case=case: uphold(fresh(case), by=one, reasons="It stands.", now=now),
            lambda case=case: overturn(fresh(case), by=other, draft=MORE, now=now),
        )

        assert lost(raised)
        outcome = case.appeals.get().outcome
        assert count(case, "uphold") + count(case, "overturn") == 1
        assert case.rulings.count() == (2 if outcome == "overturned" else 1)
        assert whole(case)


def test_two_seniors_overturning_at_once_write_one_new_version(case_in, seniors, now):
    for _ in range(15):
        case = case_in(State.APPEALED)

        raised = together(
            *[
                lambda case=case, by=by: overturn(fresh(case), by=by, draft=MORE, now=now)
                for by in seniors
            ]
        )

        assert lost(raised)
        assert case.rulings.count() == 2
        assert case.deadlines.open().filter(kind="execution").count() == 1


def test_an_appeal_at_the_last_instant_and_the_sweep_agree_on_one_end(case_in, buyer):
    for _ in range(15):
        case = case_in(State.RULED)
        due = case.due_at

        raised = together(
            lambda case=case, at=due: appeal(
                fresh(case), by=buyer, ground="new", text="In time", now=at
            ),
            lambda at=due: sweep.run(at + SECOND),
        )

        stored = fresh(case)
        if stored.state == State.APPEALED:
            assert raised == []
            assert count(case, "finalize") == 0
        else:
            assert lost(raised)
            assert (stored.state, case.appeals.count()) == (State.EXECUTING, 0)
        assert whole(case)


def test_one_side_appealing_twice_at_once_appeals_once(case_in, buyer, now):
    for _ in range(15):
        case = case_in(State.RULED)

        raised = together(*[lambda case=case: ask(case, buyer, now)] * 2)

        assert lost(raised)
        assert (case.appeals.count(), count(case, "appeal")) == (1, 1)


def test_both_sides_appealing_at_once_are_both_heard(case_in, buyer, merchant, now):
    for _ in range(15):
        case = case_in(State.RULED)

        raised = together(
            lambda case=case: ask(case, buyer, now),
            lambda case=case: ask(case, merchant, now),
        )

        # Whoever was second by a hair reads that somebody moved the case, and presses again.
        for error in raised:
            assert isinstance(error, ConcurrentTransition)
            missing = merchant if case.appeals.filter(side="buyer").exists() else buyer
            ask(case, missing, now)
        assert case.appeals.count() == 2
        assert case.deadlines.open().filter(kind="appeal_answer").count() == 2
        assert case.deadlines.open().filter(kind="appeal_decision").count() == 1
        assert whole(case)


def test_an_answer_at_the_last_instant_is_not_lost_to_the_sweep(case_in, buyer, merchant, now):
    for _ in range(15):
        case = case_in(State.RULED)
        appeal(case, by=buyer, ground="new", text="…", now=now)
        due = fresh(case).due_at

        raised = together(
            lambda case=case, at=due: answer_appeal(fresh(case), by=merchant, text="No", now=at),
            lambda at=due: sweep.run(at + SECOND),
        )

        assert raised == []
        assert case.appeals.get().answer == "No"
        assert whole(case)


def test_two_corrections_at_once_make_one_version(case_in, seniors, supervisor, now):
    for _ in range(15):
        case = case_in(State.RULED)

        raised = together(
            *[
                lambda case=case, by=by: correct_ruling(
                    fresh(case),
                    by=by,
                    version=1,
                    findings=[Wording(f"One of three cups, says {by}.", ("E-01",))],
                    reasons="The photos show one broken cup.",
                    why="Three, not two.",
                    now=now + HOUR,
                )
                for by in (seniors[0], supervisor)
            ]
        )

        assert lost(raised)
        assert (case.rulings.count(), count(case, "correct_ruling")) == (2, 1)
        assert whole(case)


def test_a_correction_and_an_appeal_at_once_leave_one_text_under_appeal(
    case_in, buyer, supervisor, now
):
    for _ in range(15):
        case = case_in(State.RULED)

        together(
            lambda case=case: appeal(fresh(case), by=buyer, ground="new", text="…", now=now),
            lambda case=case: correct_ruling(
                fresh(case),
                by=supervisor,
                version=1,
                findings=[Wording("One of three cups.", ("E-01",))],
                reasons="The photos show one broken cup.",
                why="Three, not two.",
                now=now,
            ),
        )

        names = list(case.events.order_by("number").values_list("name", flat=True))
        if "correct_ruling" in names and "appeal" in names:
            assert names.index("correct_ruling") < names.index("appeal")
        assert whole(case)
