"""More time: for whom, how often, how much, and why not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from cases import docket, sweep
from cases.actions import Finding, Refused, extend_deadline, give_address
from cases.lifecycle import State
from cases.models import Case, Extension, Notice
from tests.factories import draft

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
RESPONSE = "merchant_response"


def due_of(case: Case, kind: str):
    return case.deadlines.open().get(kind=kind).due_at


def test_the_merchant_gets_a_day_once_and_everybody_reads_why(case_in, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    before = case.due_at

    extend_deadline(case, kind=RESPONSE, by=merchant, reason="仓库盘点", now=now + HOUR)

    assert due_of(case, RESPONSE) == before + 24 * HOUR
    stored = Case.objects.get(pk=case.pk)
    assert stored.due_at == before + 24 * HOUR
    asked = Extension.objects.get()
    assert (asked.by, asked.side, asked.reason) == (merchant, "merchant", "仓库盘点")
    assert (asked.due_before, asked.due_after) == (before, before + 24 * HOUR)
    line = case.events.last()
    assert (line.name, line.actor, line.facts["reason"]) == ("extend", merchant, "仓库盘点")
    assert Notice.objects.filter(name="extend").count() == 2
    assert next(docket.verify([stored]))[2] is None


def test_a_second_extension_is_refused_with_the_reason(case_in, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    extend_deadline(case, kind=RESPONSE, by=merchant, reason="…", now=now)

    with translation.override("en"), pytest.raises(Refused) as refusal:
        extend_deadline(case, kind=RESPONSE, by=merchant, reason="…", now=now)

    assert str(refusal.value) == (
        "This deadline was already lengthened once; the rule allows no more."
    )
    assert Extension.objects.count() == 1


def test_the_arbitrator_gives_one_more_day_after_the_merchants_own(
    case_in, merchant, arbitrator, other_arbitrator, now
):
    case = case_in(State.AWAITING_MERCHANT)
    before = case.due_at
    extend_deadline(case, kind=RESPONSE, by=merchant, reason="…", now=now)

    extend_deadline(case, kind=RESPONSE, by=arbitrator, reason="Festival", now=now)
    with pytest.raises(Refused):
        extend_deadline(case, kind=RESPONSE, by=other_arbitrator, reason="…", now=now)

    assert due_of(case, RESPONSE) == before + 48 * HOUR


def test_the_extended_deadline_is_enforced_at_its_new_instant(case_in, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    before = case.due_at
    extend_deadline(case, kind=RESPONSE, by=merchant, reason="…", now=now)

    assert sweep.run(before + SECOND)["escalate"] == 0
    assert sweep.run(before + 24 * HOUR)["escalate"] == 0
    assert sweep.run(before + 24 * HOUR + SECOND)["escalate"] == 1


def test_a_second_late_is_too_late_to_ask(case_in, merchant):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(Refused):
        extend_deadline(case, kind=RESPONSE, by=merchant, reason="…", now=case.due_at + SECOND)

    assert list(Extension.objects.all()) == []


@pytest.mark.parametrize(
    ("who", "state", "kind"),
    [
        ("buyer", State.AWAITING_MERCHANT, RESPONSE),
        ("rival_merchant", State.AWAITING_MERCHANT, RESPONSE),
        ("auditor", State.AWAITING_MERCHANT, RESPONSE),
        ("merchant", State.QUEUED, "ruling_target"),
        ("arbitrator", State.REVIEWING, "ruling_target"),
        ("buyer", State.AWAITING_EVIDENCE, "evidence_supplement"),
        ("other_arbitrator", State.AWAITING_EVIDENCE, "evidence_supplement"),
        ("buyer", State.RULED, "appeal_window"),
        ("supervisor", State.RULED, "appeal_window"),
    ],
)
def test_nobody_else_lengthens_anything(case_in, now, request, who, state, kind):
    case = case_in(state)
    before = case.due_at

    with pytest.raises(PermissionDenied):
        extend_deadline(case, kind=kind, by=request.getfixturevalue(who), reason="…", now=now)

    assert Case.objects.get(pk=case.pk).due_at == before


def test_the_holder_gives_a_party_more_time_for_evidence(case_in, arbitrator, now):
    case = case_in(State.AWAITING_EVIDENCE)
    before = case.due_at

    extend_deadline(case, kind="evidence_supplement", by=arbitrator, reason="…", now=now)

    assert Case.objects.get(pk=case.pk).due_at == before + 24 * HOUR


RETURNING = {"category": "quality", "requested_remedy": "return_refund"}


@pytest.mark.parametrize("who", ["arbitrator", "senior", "supervisor"])
def test_the_time_to_send_back_is_lengthened_where_no_holder_ever_was(
    case_in, merchant, request, now, who
):
    case = case_in(State.EXECUTING, **RETURNING)
    give_address(case, by=merchant, address="上海", now=now)
    case = Case.objects.get(pk=case.pk)
    due = case.due_at
    facts = {"kind": "buyer_return", "by": request.getfixturevalue(who), "reason": "A typhoon"}

    extend_deadline(case, **facts, now=now)

    assert case.holder is None
    assert Case.objects.get(pk=case.pk).due_at == due + 72 * HOUR
    with pytest.raises(Refused):
        extend_deadline(case, **facts, now=now)


def test_the_time_to_send_back_in_a_held_case_is_the_holders_or_a_supervisors_to_lengthen(
    case_in, merchant, other_arbitrator, supervisor, now
):
    ruling = draft(
        remedies=("RM-RETURN",), findings=(Finding("It is not what was sold.", "Q-01", ("E-01",)),)
    )
    case = case_in(State.EXECUTING, category="quality", ruling=ruling)
    give_address(case, by=merchant, address="上海", now=now)
    facts = {"kind": "buyer_return", "reason": "A typhoon", "now": now}

    with pytest.raises(PermissionDenied):
        extend_deadline(Case.objects.get(pk=case.pk), by=other_arbitrator, **facts)
    extend_deadline(Case.objects.get(pk=case.pk), by=supervisor, **facts)

    assert Extension.objects.get().side == "platform"


def test_a_supervisor_lengthens_the_staffs_target_even_when_it_is_over(case_in, supervisor):
    case = case_in(State.REVIEWING)
    late = case.due_at + HOUR

    extend_deadline(case, kind="ruling_target", by=supervisor, reason="Appraisal", now=late)

    assert due_of(case, "ruling_target") > late


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_there_is_no_time(case_in, merchant, now, reason):
    case = case_in(State.AWAITING_MERCHANT)

    with pytest.raises(Refused):
        extend_deadline(case, kind=RESPONSE, by=merchant, reason=reason, now=now)


def test_a_deadline_that_does_not_run_cannot_be_lengthened(case_in, merchant, now):
    case = case_in(State.QUEUED)

    with pytest.raises(Refused):
        extend_deadline(case, kind=RESPONSE, by=merchant, reason="…", now=now)
