from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from cases import cashier, notices
from cases.actions import refund, reject, withdraw
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case
from tests.factories import draft

BEFORE_THE_RULING = [
    State.NEGOTIATING,
    State.AWAITING_MERCHANT,
    State.AWAITING_EVIDENCE,
    State.QUEUED,
    State.REVIEWING,
]
AFTER_THE_RULING = [State.RULED, State.EXECUTING, State.CLOSED, State.WITHDRAWN, State.REJECTED]


@pytest.mark.parametrize(
    ("ruling", "refunded"), [(None, Decimal("280.00")), (draft(), Decimal("150.00"))]
)
def test_carrying_it_out_books_what_was_agreed_or_ruled(case_in, merchant, now, ruling, refunded):
    case = case_in(State.EXECUTING, ruling=ruling)

    refund(case, by=merchant, now=now)
    cashier.relay(now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.money_state) == (State.CLOSED, "refunded")
    assert (stored.refunded, stored.ended_at) == (refunded, now)


def test_carrying_it_out_twice_pays_once(case_in, merchant, now):
    case = case_in(State.CLOSED)

    with pytest.raises(Refused):
        refund(case, by=merchant, now=now)

    assert Case.objects.get(pk=case.pk).refunded == Decimal("280.00")


def test_a_rival_merchant_cannot_confirm(case_in, rival_merchant, now):
    case = case_in(State.EXECUTING)

    with pytest.raises(PermissionDenied):
        refund(case, by=rival_merchant, now=now)

    assert Case.objects.get(pk=case.pk).state == State.EXECUTING


def test_only_a_senior_turns_a_case_of_the_platforms_own_shop_away(
    case_in, shop, arbitrator, senior, signed_in, now
):
    type(shop).objects.filter(pk=shop.pk).update(is_self_operated=True)
    case = case_in(State.QUEUED)
    refusal = "The shop is the platform's own: only a senior turns its cases away."

    with translation.override("en"), pytest.raises(Refused, match=refusal):
        reject(case, by=arbitrator, reason="duplicate", note="", now=now)
    for person, told in ((arbitrator, True), (senior, False)):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        page = client.get(reverse("case", args=[case.reference])).content.decode()
        assert (escape(refusal) in page) == told
    reject(Case.objects.get(pk=case.pk), by=senior, reason="duplicate", note="", now=now)

    assert Case.objects.get(pk=case.pk).state == State.REJECTED


@pytest.mark.parametrize("state", BEFORE_THE_RULING)
def test_the_buyer_gives_a_case_up_any_time_before_the_ruling(case_in, buyer, now, state):
    case = case_in(state)

    withdraw(case, by=buyer, reason="settled", now=now)
    cashier.relay(now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.money_state) == (State.WITHDRAWN, "released")
    assert (stored.ended_at, stored.due_at) == (now, None)
    assert list(stored.deadlines.open()) == []


@pytest.mark.parametrize("state", AFTER_THE_RULING)
def test_after_the_ruling_a_case_cannot_be_given_up(case_in, buyer, now, state):
    case = case_in(state)

    with pytest.raises(Refused):
        withdraw(case, by=buyer, reason="settled", now=now)


@pytest.mark.parametrize("who", ["rival_buyer", "merchant", "arbitrator"])
def test_nobody_else_gives_a_case_up(case_in, now, who, request):
    case = case_in(State.QUEUED)

    with pytest.raises(PermissionDenied):
        withdraw(case, by=request.getfixturevalue(who), reason="settled", now=now)


def test_a_case_out_of_scope_is_not_accepted_and_says_why(case_in, arbitrator, now):
    case = case_in(State.QUEUED)

    reject(case, by=arbitrator, reason="duplicate", note="A-2026-000001", now=now)
    cashier.relay(now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.money_state) == (State.REJECTED, "released")
    line = case.events.get(name="reject")
    assert line.facts == {"reason": "duplicate", "note": "A-2026-000001"}


def test_both_sides_are_told_why_a_case_is_not_accepted_and_where_else_to_turn(
    case_in, arbitrator, now
):
    case = case_in(State.QUEUED)

    reject(case, by=arbitrator, reason="duplicate", note="", now=now)

    told = list(case.notices.filter(name="reject"))
    with translation.override("en"):
        sentences = {notices.sentence(each, due="") for each in told}
    assert len(told) == 2
    assert sentences == {
        f"{case.reference}: the platform does not accept this case. The same matter is already "
        "before us. Go on in the case that is open already, and send new evidence there."
    }


def test_not_accepting_wants_a_reason_of_the_rulebook(case_in, arbitrator, now):
    case = case_in(State.QUEUED)

    with pytest.raises(Refused):
        reject(case, by=arbitrator, reason="too hard", note="", now=now)

    assert Case.objects.get(pk=case.pk).state == State.QUEUED


def test_a_case_somebody_holds_is_not_refused_over_their_head(case_in, other_arbitrator, now):
    case = case_in(State.REVIEWING)

    with pytest.raises(PermissionDenied):
        reject(case, by=other_arbitrator, reason="duplicate", note="", now=now)
