from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from cases.actions import AlreadyFiled, file_case, request_intervention
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, Event, ReferenceCounter
from tests.factories import filing, make_shop


def test_a_filing_becomes_a_case_under_the_rulebook_in_force(buyer, shop, now):
    case = file_case(filing(buyer, shop, category="damaged"), by=buyer, now=now)

    stored = Case.objects.get()
    assert (stored.pk, stored.reference, stored.state) == (case.pk, "A-2026-000001", "negotiating")
    assert (stored.rule, stored.rulebook_version) == ("L-01", 1)
    assert (stored.filed_at, stored.due_at) == (now, now + timedelta(hours=48))
    line = Event.objects.get()
    assert (line.name, line.actor, line.to_state) == ("file", buyer, State.NEGOTIATING)
    assert line.facts["amount"] == "280.00"


def test_references_count_up_within_a_beijing_year(buyer, shop, now):
    before_midnight = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    midnight = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)

    references = [
        file_case(filing(buyer, shop), by=None, now=at).reference
        for at in (now, before_midnight, midnight)
    ]

    assert references == ["A-2026-000001", "A-2026-000002", "A-2027-000001"]


def test_the_same_dispute_filed_twice_stays_one_case(buyer, shop, now):
    dispute = filing(buyer, shop)
    case = file_case(dispute, by=buyer, now=now)

    with pytest.raises(AlreadyFiled) as refusal:
        file_case(dispute, by=buyer, now=now)

    assert refusal.value.case == case
    assert case.reference in str(refusal.value)
    assert (Case.objects.count(), Event.objects.count()) == (1, 1)
    assert ReferenceCounter.objects.get().last == 1


def test_a_filing_that_loses_the_race_to_its_twin_is_told_so(buyer, shop, now, monkeypatch):
    dispute = filing(buyer, shop)
    case = file_case(dispute, by=None, now=now)
    nothing_yet = Case.objects.none()
    answers = iter([nothing_yet, nothing_yet, Case.objects.filter(pk=case.pk)])
    monkeypatch.setattr(type(Case.objects), "filter", lambda self, *args, **kwargs: next(answers))

    with pytest.raises(AlreadyFiled) as refusal:
        file_case(dispute, by=None, now=now)

    monkeypatch.undo()
    assert refusal.value.case == case
    assert Case.objects.count() == 1


ORDER = "26030001"


def test_one_order_is_disputed_in_one_case_at_a_time(case_in, buyer, shop, now):
    running = case_in(State.NEGOTIATING, order_number=ORDER)

    with translation.override("en"), pytest.raises(Refused) as refusal:
        file_case(filing(buyer, shop, order_number=ORDER), by=buyer, now=now)

    assert str(refusal.value) == (
        f"Case {running.reference} about this order is still open; file again once it has ended."
    )
    assert (Case.objects.count(), Event.objects.filter(name="file").count()) == (1, 1)


def test_an_order_can_be_disputed_again_once_its_case_has_ended(case_in, buyer, shop, now):
    case_in(State.WITHDRAWN, order_number=ORDER)

    again = file_case(filing(buyer, shop, order_number=ORDER), by=buyer, now=now)

    assert again.refunded == 0


def test_another_shops_order_of_the_same_number_is_another_order(case_in, buyer, now):
    case_in(State.NEGOTIATING, order_number=ORDER)

    other = file_case(filing(buyer, make_shop("邻家杂货"), order_number=ORDER), by=buyer, now=now)

    assert other.state == State.NEGOTIATING


@pytest.mark.parametrize(("known", "counted"), [("0", "280"), ("280", "280"), ("290", "290")])
def test_what_an_earlier_case_of_the_order_gave_back_is_counted(
    case_in, buyer, shop, now, known, counted
):
    case_in(State.CLOSED, order_number=ORDER)

    facts = {"refunded": Decimal(known), "requested_amount": Decimal("10")}
    again = file_case(filing(buyer, shop, order_number=ORDER, **facts), by=buyer, now=now)

    assert Case.objects.get(pk=again.pk).refunded == Decimal(counted)


def test_what_an_earlier_case_gave_back_cannot_be_asked_for_again(case_in, buyer, shop, now):
    case_in(State.CLOSED, order_number=ORDER)

    with translation.override("en"), pytest.raises(Refused) as refusal:
        file_case(filing(buyer, shop, order_number=ORDER), by=buyer, now=now)

    assert str(refusal.value) == "The amount asked is more than what was paid and not yet refunded."


def test_nobody_files_in_another_persons_name(buyer, rival_buyer, shop, now):
    with pytest.raises(PermissionDenied):
        file_case(filing(buyer, shop), by=rival_buyer, now=now)

    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"paid": Decimal("-0.01")}, "An amount cannot be negative."),
        ({"freight": Decimal("-1")}, "An amount cannot be negative."),
        ({"refunded": Decimal("-1")}, "An amount cannot be negative."),
        ({"requested_amount": Decimal("-1")}, "An amount cannot be negative."),
        (
            {"requested_amount": Decimal("300.01")},
            "The amount asked is more than what was paid and not yet refunded.",
        ),
        (
            {"refunded": Decimal("20.01")},
            "The amount asked is more than what was paid and not yet refunded.",
        ),
        ({"category": "haunted"}, "No such category: haunted."),
        ({"requested_remedy": "revenge"}, "No such remedy: revenge."),
    ],
)
def test_facts_that_cannot_be_are_refused(buyer, shop, now, facts, sentence):
    with translation.override("en"), pytest.raises(Refused) as refusal:
        file_case(filing(buyer, shop, **facts), by=buyer, now=now)

    assert str(refusal.value) == sentence
    assert (Case.objects.count(), Event.objects.count()) == (0, 0)


def test_asking_the_platform_to_step_in_starts_the_merchants_clock(case_in, buyer, now):
    case = case_in(State.NEGOTIATING)

    request_intervention(case, by=buyer, now=now)

    stored = Case.objects.get(pk=case.pk)
    clock = stored.deadlines.open().get()
    assert stored.state == State.AWAITING_MERCHANT
    assert (clock.party, (clock.due_at - now).total_seconds()) == ("merchant", 48 * 3600)
