"""Lists of the staff and the parties ask the database the same few questions for one row and for fifty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.gaps import RemedyOverride, RuleGap
from cases.ledger import LedgerEntry
from cases.lifecycle import State
from cases.models import Case, Notice, PlatformPause, Recovery
from cases.proceedings import Penalty
from tests.factories import make_shop

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db
Fill = Callable[[Case, int], object]


@pytest.fixture
def case(case_in, arbitrator, supervisor) -> Case:
    return case_in(State.EXECUTING, now=timezone.now())


def notices(case: Case, count: int) -> object:
    now = timezone.now() - DAY
    facts = {"case": case, "name": "respond", "user": case.buyer, "created_at": now}
    return Notice.objects.bulk_create(Notice(**facts) for _ in range(count))


def pauses(case: Case, count: int) -> object:
    facts = {"shop": case.shop, "declared_by": case.buyer, "declared_at": timezone.now()}
    words = {"reason_zh": "故障", "reason_en": "Failure"}
    return PlatformPause.objects.bulk_create(
        PlatformPause(
            began_at=timezone.now() + number * DAY,
            ends_at=timezone.now() + (number + 1) * DAY,
            **facts,
            **words,
        )
        for number in range(count)
    )


def gaps(case: Case, count: int) -> object:
    now = timezone.now()
    told = {"case": case, "rule": case.rule, "flagged_by": case.buyer, "flagged_at": now}
    closed = {"closed_by": case.buyer, "closed_at": now, "answer": "A set is one item."}
    RuleGap.objects.bulk_create(RuleGap(text="Sets.", **told) for _ in range(count))
    RuleGap.objects.bulk_create(RuleGap(text="Sets.", **told, **closed) for _ in range(count))
    asked = {"case": case, "remedy": "RM-REPAIR", "asked_by": case.buyer, "asked_at": now}
    refused = {"is_granted": False, "answer": "No.", "decided_at": now}
    judge = case.shop.members.first()
    return RemedyOverride.objects.bulk_create(
        RemedyOverride(reason="…", decided_by=judge, **asked, **refused) for _ in range(count)
    )


def points(case: Case, count: int) -> object:
    now = timezone.now() - DAY
    facts = {"kind": "general", "points": 3}
    decided = {"reason": "…", "decided_at": now, "proposed_at": now, "outcome": "refused"}
    shops = [make_shop(f"Shop {number}") for number in range(count)]
    made = Penalty.objects.bulk_create(
        Penalty(case=case, shop=shop, proposed_by=case.buyer, **facts, **decided) for shop in shops
    )
    return LedgerEntry.objects.bulk_create(
        LedgerEntry(
            shop=penalty.shop, case=case, penalty=penalty, year=now.year, posted_at=now, **facts
        )
        for penalty in made
    )


def debts(case: Case, count: int) -> object:
    facts = {"case": case, "amount": Decimal("10.00"), "booked_at": timezone.now()}
    shops = [make_shop(f"Shop {number}") for number in range(count)]
    return Recovery.objects.bulk_create(Recovery(shop=shop, **facts) for shop in shops)


@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize(
    ("who", "name", "fill", "queries"),
    [
        ("buyer", "notices", notices, 4),
        ("supervisor", "pauses", pauses, 4),
        ("senior", "rule_gaps", gaps, 9),
        ("supervisor", "ledgers", points, 9),
        ("supervisor", "recoveries", debts, 9),
    ],
)
def test_a_list_costs_as_many_queries_for_one_row_as_for_fifty(
    request, signed_in, case, who, name, fill: Fill, queries, rows, django_assert_num_queries
):
    client = signed_in(request.getfixturevalue(who))
    fill(case, rows)
    client.get(reverse(name))

    with django_assert_num_queries(queries):
        assert client.get(reverse(name)).status_code == 200
