from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Role, ShopMember
from cases.actions import (
    claim,
    claim_next,
    extend_deadline,
    let_clock_run,
    reassign,
    reject,
    release,
    request_evidence,
    stop_clock,
    supply_evidence,
)
from cases.actions.hearing import skip
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, Notice

HOUR = timedelta(hours=1)


def test_claiming_makes_the_claimer_the_holder(case_in, arbitrator, now):
    case = case_in(State.QUEUED)

    claim(case, by=arbitrator, now=now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.holder) == (State.REVIEWING, arbitrator)
    assert case.events.last().name == "claim"


def test_who_comes_second_is_told_who_has_the_case(case_in, other_arbitrator, arbitrator, now):
    read_before = case_in(State.QUEUED)
    claim(Case.objects.get(pk=read_before.pk), by=other_arbitrator, now=now)

    for stale_or_fresh in (read_before, Case.objects.get(pk=read_before.pk)):
        with translation.override("en"), pytest.raises(Refused) as refusal:
            claim(stale_or_fresh, by=arbitrator, now=now)
        assert str(refusal.value) == "陈立 has already taken this case."

    stored = Case.objects.get(pk=read_before.pk)
    assert stored.holder == other_arbitrator
    assert case_lines(stored, "claim") == 1


def case_lines(case: Case, name: str) -> int:
    return case.events.filter(name=name).count()


@pytest.mark.parametrize("who", ["buyer", "merchant", "supervisor", "auditor", "administrator"])
def test_only_the_desk_claims(case_in, now, who, request):
    case = case_in(State.QUEUED)

    with pytest.raises(PermissionDenied):
        claim(case, by=request.getfixturevalue(who), now=now)


def test_the_most_urgent_case_comes_next(case_in, arbitrator, now):
    plain = case_in(State.QUEUED, now=now - HOUR)
    silent = case_in(State.QUEUED, silent=True)
    sooner = case_in(State.QUEUED, now=now - 2 * HOUR)

    order = [claim_next(by=arbitrator, now=now) for _ in range(4)]

    assert order == [silent, sooner, plain, None]


def test_nobody_hears_a_case_of_a_shop_they_belonged_to(case_in, arbitrator, shop, now):
    case = case_in(State.QUEUED)
    ShopMember.objects.create(shop=shop, user=arbitrator)

    with pytest.raises(Refused):
        claim(case, by=arbitrator, now=now)

    assert claim_next(by=arbitrator, now=now) is None
    assert Case.objects.get(pk=case.pk).holder is None


def test_a_conflict_a_supervisor_releases_a_case_for_is_its_holders(
    case_in, arbitrator, supervisor, now
):
    case = case_in(State.REVIEWING)

    release(case, by=supervisor, reason="worked_for_shop", now=now)

    assert [each.user for each in case.recusals.all()] == [arbitrator]
    with pytest.raises(Refused):
        claim(Case.objects.get(pk=case.pk), by=arbitrator, now=now)


@pytest.mark.parametrize("let_go", [release, skip])
def test_after_a_declared_conflict_a_case_is_never_offered_again(
    case_in, arbitrator, other_arbitrator, senior, supervisor, now, let_go
):
    case = case_in(State.REVIEWING if let_go is release else State.QUEUED)

    let_go(case, by=arbitrator, reason="worked_for_shop", now=now)

    much_later = now + timedelta(days=30)
    assert claim_next(by=arbitrator, now=much_later) is None
    with pytest.raises(Refused):
        claim(Case.objects.get(pk=case.pk), by=arbitrator, now=much_later)
    claim(Case.objects.get(pk=case.pk), by=other_arbitrator, now=much_later)
    held = Case.objects.get(pk=case.pk)
    with pytest.raises(Refused):
        reassign(held, by=supervisor, to=arbitrator, reason="load", now=much_later)
    assert case.recusals.get().reason == "worked_for_shop"
    assert case.events.get(name=let_go.__name__).facts["reason"] == "worked_for_shop"


def test_who_left_a_shop_neither_acts_for_it_nor_judges_it(
    case_in, arbitrator, merchant, shop, now
):
    case = case_in(State.QUEUED)
    shop.memberships.update(ended_at=now)
    ShopMember.objects.create(shop=shop, user=arbitrator, ended_at=now)

    assert not Case.objects.visible_to(merchant).exists()
    assert not type(merchant).objects.get(pk=merchant.pk).belongs_to(shop.pk)
    assert claim_next(by=arbitrator, now=now) is None
    with pytest.raises(Refused):
        claim(case, by=arbitrator, now=now)


ANSWER = {"kind": "merchant_response", "party": "merchant"}


@pytest.mark.parametrize(
    ("act", "facts"),
    [
        (reject, {"reason": "duplicate", "note": ""}),
        (extend_deadline, {"kind": "merchant_response", "reason": "They are old friends."}),
        (stop_clock, {**ANSWER, "ground": "clarification", "note": ""}),
        (let_clock_run, ANSWER),
    ],
)
def test_who_left_a_shop_neither_ends_its_case_nor_moves_its_clock(
    case_in, arbitrator, other_arbitrator, shop, now, act, facts
):
    case = case_in(State.AWAITING_MERCHANT)
    if act is let_clock_run:
        stop_clock(case, **ANSWER, ground="clarification", note="", by=other_arbitrator, now=now)
    ShopMember.objects.create(shop=shop, user=arbitrator, ended_at=now)
    before = Case.objects.get(pk=case.pk)

    with pytest.raises(Refused, match="too close"), translation.override("en"):
        act(before, **facts, by=arbitrator, now=now)

    after = Case.objects.get(pk=case.pk)
    assert (after.state, after.due_at, after.docket_length) == (
        before.state,
        before.due_at,
        before.docket_length,
    )


def test_who_left_a_shop_finds_no_button_in_its_cases(
    case_in, arbitrator, other_arbitrator, shop, signed_in
):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    waiting = case_in(State.QUEUED, now=timezone.now())
    ShopMember.objects.create(shop=shop, user=arbitrator, ended_at=timezone.now())

    def buttons(person, of):
        page = signed_in(person).get(reverse("case", args=[of.reference])).content.decode()
        return [
            reverse(name, args=[of.reference, *rest]) in page
            for name, *rest in (["act", "reject"], ["extend"], ["standstill"], ["act", "claim"])
        ]

    assert buttons(other_arbitrator, case) == [True, True, True, False]
    assert buttons(other_arbitrator, waiting) == [True, False, True, True]
    assert buttons(arbitrator, case) == buttons(arbitrator, waiting) == [False] * 4


def test_nobody_hears_the_case_they_once_filed(case_in, buyer, now):
    case = case_in(State.QUEUED)
    buyer.role = Role.ARBITRATOR
    buyer.save()

    with pytest.raises(Refused):
        claim(case, by=buyer, now=now)

    assert claim_next(by=buyer, now=now) is None


@pytest.mark.parametrize("let_go", ["release", "skip"])
def test_a_case_let_go_is_not_offered_again_within_the_hour(
    case_in, arbitrator, other_arbitrator, now, let_go
):
    case = case_in(State.QUEUED)
    if let_go == "release":
        claim(case, by=arbitrator, now=now)
        release(case, by=arbitrator, reason="shift_ends", now=now)
    else:
        skip(case, by=arbitrator, reason="needs_expertise", now=now)

    within = claim_next(by=arbitrator, now=now + HOUR - timedelta(seconds=1))
    stored = Case.objects.get(pk=case.pk)
    assert (within, stored.state, stored.holder) == (None, State.QUEUED, None)

    assert claim_next(by=arbitrator, now=now + HOUR) == case


def test_a_case_let_go_is_offered_to_everybody_else_at_once(
    case_in, arbitrator, other_arbitrator, now
):
    case = case_in(State.REVIEWING)
    release(case, by=arbitrator, reason="shift_ends", now=now)

    assert claim_next(by=other_arbitrator, now=now) == case


def test_only_its_holder_releases_a_case(case_in, other_arbitrator, senior, now):
    case = case_in(State.REVIEWING)

    for person in (other_arbitrator, senior):
        with pytest.raises(PermissionDenied):
            release(case, by=person, reason="shift_ends", now=now)


def test_asking_for_evidence_tells_and_times_the_side_asked(case_in, arbitrator, buyer, now):
    case = case_in(State.REVIEWING)

    request_evidence(
        case,
        by=arbitrator,
        sides=["buyer"],
        evidence_types=["E-PHOTO-WHOLE"],
        note="箱底",
        now=now,
    )

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.evidence_round) == (State.AWAITING_EVIDENCE, 1)
    asked = stored.evidence_requests.get()
    assert (asked.side, asked.evidence_types, asked.note) == ("buyer", ["E-PHOTO-WHOLE"], "箱底")
    notice = Notice.objects.get(name="request_evidence")
    assert (notice.user, notice.facts["due"]) == (buyer, stored.due_at.isoformat())


@pytest.mark.parametrize(
    ("sides", "types", "note"),
    [([], ["E-SIGN"], ""), (["platform"], ["E-SIGN"], ""), (["buyer"], [], "  ")],
)
def test_asking_nobody_or_for_nothing_is_refused(case_in, arbitrator, now, sides, types, note):
    case = case_in(State.REVIEWING)

    with pytest.raises(Refused):
        request_evidence(case, by=arbitrator, sides=sides, evidence_types=types, note=note, now=now)

    assert Case.objects.get(pk=case.pk).state == State.REVIEWING


def test_there_is_no_third_round(case_in, arbitrator, buyer, now):
    case = case_in(State.REVIEWING)
    ask = {"by": arbitrator, "sides": ["buyer"], "evidence_types": [], "note": "more", "now": now}
    for _round in range(2):
        request_evidence(case, **ask)
        supply_evidence(case, by=buyer, now=now)

    with pytest.raises(Refused):
        request_evidence(case, **ask)

    assert Case.objects.get(pk=case.pk).evidence_round == 2


def test_passing_over_a_case_twice_is_one_line_until_it_is_offered_again(case_in, arbitrator, now):
    case = case_in(State.QUEUED)

    for at in (now, now, now + HOUR):
        skip(case, by=arbitrator, reason="language", now=at)

    assert case.events.filter(name="skip").count() == 2
