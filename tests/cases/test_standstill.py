"""A deadline the desk lets stand still for a while, and no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from cases import docket, sweep
from cases.actions import Refused, extend_deadline, let_clock_run, stop_clock
from cases.lifecycle import State
from cases.models import Case, DeadlinePause, Notice

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ANSWER = {"kind": "merchant_response", "party": "merchant"}
CLARIFY = {**ANSWER, "ground": "clarification", "note": "Which cup?"}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_it_stands_still_as_long_as_the_rulebook_says_and_goes_on_by_itself(
    case_in, arbitrator, now
):
    case = case_in(State.AWAITING_MERCHANT)
    due = case.due_at

    stop_clock(case, **CLARIFY, by=arbitrator, now=now + HOUR)

    assert fresh(case).due_at == due + 48 * HOUR
    assert DeadlinePause.objects.get().ended_at == now + 49 * HOUR
    assert sweep.run(due + SECOND)["escalate"] == 0
    assert sweep.run(due + 48 * HOUR)["escalate"] == 0
    assert sweep.run(due + 48 * HOUR + SECOND)["escalate"] == 1
    assert Notice.objects.filter(name="stop_clock").count() == 2
    assert next(docket.verify([fresh(case)]))[2] is None


def test_it_goes_on_sooner_when_what_was_awaited_is_here(case_in, arbitrator, now):
    case = case_in(State.AWAITING_MERCHANT)
    due = case.due_at
    stop_clock(case, **CLARIFY, by=arbitrator, now=now)

    let_clock_run(fresh(case), **ANSWER, by=arbitrator, now=now + 5 * HOUR)

    assert fresh(case).due_at == due + 5 * HOUR
    with pytest.raises(Refused):
        let_clock_run(fresh(case), **ANSWER, by=arbitrator, now=now + 5 * HOUR)


def test_stopping_and_extending_add_up_in_any_order(case_in, arbitrator, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    due = case.due_at

    extend_deadline(case, kind="merchant_response", by=merchant, reason="…", now=now)
    stop_clock(fresh(case), **CLARIFY, by=arbitrator, now=now + HOUR)

    assert fresh(case).due_at == due + 24 * HOUR + 48 * HOUR


@pytest.mark.parametrize("ground", ["appraisal", "", "holiday"])
def test_only_for_a_reason_the_deadline_has(case_in, arbitrator, now, ground):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(Refused):
        stop_clock(case, **{**CLARIFY, "ground": ground}, by=arbitrator, now=now)

    assert list(DeadlinePause.objects.all()) == []


@pytest.mark.parametrize("who", ["buyer", "merchant", "rival_merchant", "auditor", "administrator"])
def test_parties_and_readers_stop_nothing(case_in, request, now, who):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(PermissionDenied):
        stop_clock(case, **CLARIFY, by=request.getfixturevalue(who), now=now)


def test_twice_is_refused_and_so_is_too_late(case_in, arbitrator, now):
    case, late = case_in(State.AWAITING_MERCHANT), case_in(State.AWAITING_MERCHANT)
    stop_clock(case, **CLARIFY, by=arbitrator, now=now)

    with pytest.raises(Refused):
        stop_clock(fresh(case), **CLARIFY, by=arbitrator, now=now + HOUR)
    with pytest.raises(Refused):
        stop_clock(late, **CLARIFY, by=arbitrator, now=late.due_at + SECOND)


def test_of_two_presses_the_one_accepted_first_may_come_through_last(case_in, arbitrator, now):
    """The database may let the later request through first; what it did is not done again."""
    case = case_in(State.AWAITING_MERCHANT)
    stop_clock(case, **CLARIFY, by=arbitrator, now=now + SECOND)
    with pytest.raises(Refused):
        stop_clock(fresh(case), **CLARIFY, by=arbitrator, now=now)

    let_clock_run(fresh(case), **ANSWER, by=arbitrator, now=now + HOUR)
    with pytest.raises(Refused):
        let_clock_run(fresh(case), **ANSWER, by=arbitrator, now=now + HOUR - SECOND)

    names = case.events.order_by("number").values_list("name", flat=True)
    assert list(names)[-2:] == ["stop_clock", "let_clock_run"]


def test_the_workspace_offers_it_and_both_sides_read_why(case_in, signed_in, arbitrator, merchant):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    desk, shop = signed_in(arbitrator), signed_in(merchant)
    for client in (desk, shop):
        client.cookies["django_language"] = "en"
    page = reverse("case", args=[case.reference])

    before = desk.get(page).content.decode()
    answer = desk.post(reverse("standstill", args=[case.reference]), {"step": "stop", **CLARIFY})
    told = shop.get(reverse("merchant_case", args=[case.reference])).content.decode()
    after = desk.get(page).content.decode()

    assert "Let it stand still: Merchant" in before
    assert answer["Location"] == page
    assert "The buyer is asked to clarify" in told
    assert "Let it go on: Merchant" in after


def test_a_form_without_a_reason_stops_nothing(case_in, signed_in, arbitrator):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now())

    signed_in(arbitrator).post(
        reverse("standstill", args=[case.reference]), {"step": "stop", **ANSWER}
    )

    assert list(DeadlinePause.objects.all()) == []
