"""Officers, postings and rounds of the clock in the same instant: everything acts once."""

from __future__ import annotations

from collections import Counter

import pytest

from accounts.models import Role
from cases import docket
from cases.actions import Finding, decide_penalty, posting, propose_penalty
from cases.actions.passage import Refused, advance
from cases.ledger import LedgerEntry, Measure
from cases.lifecycle import State
from cases.models import Case, Event, Notice
from cases.proceedings import Penalty, PenaltyApproval
from tests.cases.test_sweep_race import together
from tests.factories import NOW, draft, make_person

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def officers(db):
    return [make_person(Role.PENALTY_OFFICER, f"officer_{number}") for number in range(3)]


@pytest.fixture
def proposed(case_in, arbitrator):
    def make(points: int) -> Penalty:
        case = case_in(
            State.RULED,
            category="false_advertising",
            ruling=draft(
                remedies=("RM-RETURN",), findings=(Finding("So it is.", "D-02", ("E-01",)),)
            ),
        )
        return propose_penalty(
            case, by=arbitrator, kind="serious", points=points, reason="Again", now=NOW
        )

    return make


def ready(penalty: Penalty, officers) -> Penalty:
    """Approved, and its ruling final: only the posting is left."""
    for officer in officers[: 2 if penalty.points >= 12 else 1]:
        decide_penalty(Penalty.objects.get(pk=penalty.pk), by=officer, approves=True, now=NOW)
    advance(Case.objects.get(pk=penalty.case_id), "finalize", by=None, now=NOW)
    return penalty


def test_two_officers_at_once_make_two_approvals_and_one_decision(proposed, officers):
    for _ in range(10):
        penalty = proposed(12)

        raised = together(
            *(
                lambda officer=officer, key=penalty.pk: decide_penalty(
                    Penalty.objects.get(pk=key), by=officer, approves=True, now=NOW
                )
                for officer in officers[:2]
            )
        )

        assert raised == []
        assert Penalty.objects.get(pk=penalty.pk).outcome == "approved"
        assert penalty.approvals.count() == 2
        names = Counter(Event.objects.filter(case=penalty.case).values_list("name", flat=True))
        assert (names["penalty_seconded"], names["penalty_approved"]) == (1, 1)


def test_one_officer_pressing_twice_at_once_says_yes_once(proposed, officers):
    for _ in range(10):
        penalty = proposed(12)
        press = lambda key=penalty.pk: decide_penalty(  # noqa: E731
            Penalty.objects.get(pk=key), by=officers[0], approves=True, now=NOW
        )

        raised = together(press, press)

        assert [type(each) for each in raised] == [Refused]
        assert PenaltyApproval.objects.filter(penalty=penalty).count() == 1
        assert Penalty.objects.get(pk=penalty.pk).outcome == ""


def test_four_rounds_at_once_post_each_penalty_once_and_bring_a_measure_once(proposed, officers):
    penalties = [ready(proposed(6), officers) for _ in range(6)]

    raised = together(*[lambda: posting.tick(NOW)] * 4)
    posting.tick(NOW)

    assert raised == []
    assert LedgerEntry.objects.count() == 6
    assert Event.objects.filter(name="penalty_posted").count() == 6
    assert Notice.objects.filter(name="penalty_posted").count() == 6
    assert Counter(Measure.objects.values_list("threshold", flat=True)) == {12: 2, 24: 3, 36: 1}
    dockets = docket.verify([Case.objects.get(pk=each.case_id) for each in penalties])
    assert [found for _case, _lines, found in dockets] == [None] * 6


def test_four_rounds_at_once_end_a_measure_once(proposed, officers):
    ready(proposed(12), officers)
    posting.tick(NOW)
    over = max(Measure.objects.values_list("until_at", flat=True)).replace(year=2027)

    raised = together(*[lambda: posting.tick(over)] * 4)

    assert raised == []
    assert Event.objects.filter(name="measure_ended").count() == 2
    assert Notice.objects.filter(name="measure_ended").count() == 2
