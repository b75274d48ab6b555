"""Approvers, the author and the parties at the same instant: what goes out was read, and once."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.models import Role
from cases import docket
from cases.actions import (
    approve,
    note_exhibit,
    retract,
    send_back,
    submit_for_approval,
    take_over,
    withdraw,
)
from cases.lifecycle import State
from cases.models import Case, Ruling
from tests.cases.test_sweep_race import together
from tests.factories import draft, make_person

TRIALS = 25
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def pressing(by, submission, now):
    """The press of a button on a page that was read before."""
    pk, content = submission.case_id, submission.content_hash
    return lambda: approve(Case.objects.get(pk=pk), by=by, content=content, now=now)


@pytest.fixture
def sent(case_in, arbitrator, now):
    def send():
        return submit_for_approval(case_in(State.REVIEWING), by=arbitrator, draft=draft(), now=now)

    return send


@pytest.fixture
def other_senior(db):
    return make_person(Role.SENIOR, "other_senior")


def test_an_approval_while_the_author_writes_on_lets_no_unread_text_out(
    sent, arbitrator, senior, now
):
    for _ in range(TRIALS):
        submission = sent()
        pk, read = submission.case_id, submission.content_hash

        def write_on(pk=pk):
            retract(Case.objects.get(pk=pk), by=arbitrator, now=now)
            submit_for_approval(
                Case.objects.get(pk=pk), by=arbitrator, draft=draft(reasons="Another."), now=now
            )

        together(write_on, *[pressing(senior, submission, now)] * 2)

        assert {ruling.content_hash for ruling in Ruling.objects.filter(case=pk)} <= {read}
        assert Case.objects.get(pk=pk).state in (State.RULED, State.AWAITING_APPROVAL)
        assert next(docket.verify([Case.objects.get(pk=pk)]))[2] is None


def test_two_who_approve_at_once_approve_it_once(sent, senior, other_senior, now):
    for _ in range(TRIALS):
        submission = sent()

        raised = together(*[pressing(by, submission, now) for by in (senior, other_senior)])

        assert len(raised) == 1
        assert Ruling.objects.filter(case=submission.case_id).count() == 1


def test_of_an_approval_a_return_and_a_takeover_at_once_one_counts(
    sent, senior, other_senior, supervisor, now
):
    for _ in range(TRIALS):
        submission = sent()
        pk = submission.case_id

        raised = together(
            pressing(senior, submission, now),
            lambda pk=pk: send_back(
                Case.objects.get(pk=pk), by=supervisor, comments="Cite it", now=now
            ),
            lambda pk=pk: take_over(Case.objects.get(pk=pk), by=other_senior, now=now),
        )

        stored = Case.objects.get(pk=pk)
        assert len(raised) == 2
        assert stored.submissions.get().outcome in ("approved", "returned", "taken_over")
        assert (stored.ruling is None) == (stored.state == State.REVIEWING)


def test_an_approval_and_a_photo_at_once_never_rule_past_the_photo(sent, senior, buyer, now):
    """Either the photo was there first and stops the approval, or it arrives after the ruling and is late."""
    for number in range(TRIALS):
        submission = sent()
        pk = submission.case_id

        together(
            pressing(senior, submission, now),
            lambda pk=pk, number=number: transaction.atomic(note_exhibit)(
                Case.objects.get(pk=pk),
                by=buyer,
                side="buyer",
                label="E-01",
                kind="photo",
                sha256=f"{number:064d}",
                status="accepted",
                now=now,
            ),
        )

        names = list(
            Case.objects.get(pk=pk).events.order_by("number").values_list("name", flat=True)
        )
        assert "exhibit" in names
        if "approve" in names:
            assert names.index("approve") < names.index("exhibit")


def test_an_approval_and_a_withdrawal_at_once_leave_one_end(sent, senior, buyer, now):
    for _ in range(TRIALS):
        submission = sent()
        pk = submission.case_id

        raised = together(
            pressing(senior, submission, now),
            lambda pk=pk: withdraw(Case.objects.get(pk=pk), by=buyer, reason="settled", now=now),
        )

        stored = Case.objects.get(pk=pk)
        assert len(raised) == 1
        assert (stored.state, stored.rulings.count()) in (
            (State.RULED, 1),
            (State.WITHDRAWN, 0),
        )
