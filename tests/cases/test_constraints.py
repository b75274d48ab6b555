"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cases import deadlines
from cases.lifecycle import State
from cases.models import Case, Deadline, Notice, Ruling


def refuses(act) -> str:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        act()
    return str(refusal.value)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "limbo"}, "case_state_is_known"),
        ({"money_state": "gone"}, "case_money_state_is_known"),
        ({"paid": Decimal("-1"), "requested_amount": 0}, "case_"),
        ({"freight": Decimal("-1")}, "case_freight_is_not_negative"),
        ({"requested_amount": Decimal("-1")}, "case_claim_is_within_paid"),
        ({"requested_amount": Decimal("300.01")}, "case_claim_is_within_paid"),
        ({"refunded": Decimal("300.01")}, "case_refund_is_within_paid"),
    ],
)
def test_a_case_that_cannot_be(case_in, change, constraint):
    case = case_in(State.NEGOTIATING)

    assert constraint in refuses(lambda: Case.objects.filter(pk=case.pk).update(**change))


def test_two_open_cases_of_one_order(case_in):
    running, other = case_in(State.NEGOTIATING), case_in(State.NEGOTIATING)

    message = refuses(
        lambda: Case.objects.filter(pk=other.pk).update(order_number=running.order_number)
    )

    assert "order_has_one_open_case" in message or "cases_case.order_number" in message


def test_two_open_deadlines_of_one_kind_for_one_party(case_in, now):
    case = case_in(State.AWAITING_MERCHANT)

    message = refuses(
        lambda: deadlines.open_deadline(case, "merchant_response", "merchant", now=now)
    )

    assert "deadline_is_open_once" in message or "cases_deadline.case_id" in message


def test_a_closed_deadline_without_an_outcome(case_in, now):
    case = case_in(State.AWAITING_MERCHANT)

    message = refuses(lambda: case.deadlines.update(closed_at=now))

    assert "deadline_closed_has_an_outcome" in message


def test_a_deadline_that_ends_before_it_begins(case_in, now):
    case = case_in(State.NEGOTIATING)

    message = refuses(
        lambda: deadlines.open_deadline(
            case, "merchant_response", "merchant", now=now, window=-timedelta(seconds=1)
        )
    )

    assert "deadline_ends_after_it_began" in message


@pytest.mark.parametrize("end", ["closed", "withdrawn", "rejected"])
def test_an_ended_case_with_an_open_deadline(case_in, end):
    case = case_in(State.AWAITING_MERCHANT)

    message = refuses(lambda: Case.objects.filter(pk=case.pk).update(state=end, due_at=None))

    assert "an ended case has no open deadline" in message


def test_a_deadline_opened_or_reopened_after_the_end(case_in, now):
    case = case_in(State.WITHDRAWN)

    for act in (
        lambda: deadlines.open_deadline(case, "appeal_window", "buyer", now=now),
        lambda: Deadline.objects.filter(case=case).update(closed_at=None, outcome=""),
    ):
        assert "an ended case has no open deadline" in refuses(act)


def test_a_ruling_above_its_cap(case_in):
    case = case_in(State.RULED)

    message = refuses(lambda: Ruling.objects.filter(case=case).update(amount=Decimal("300.01")))

    assert "ruling_amount_is_within_cap" in message


@pytest.mark.parametrize("both", [True, False])
def test_a_notice_to_nobody_or_to_two(case_in, buyer, shop, now, both):
    case = case_in(State.NEGOTIATING)
    recipients = {"user": buyer, "shop": shop} if both else {}

    message = refuses(
        lambda: Notice.objects.create(case=case, name="claim", created_at=now, **recipients)
    )

    assert "notice_has_one_recipient" in message
