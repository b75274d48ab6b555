"""What `make bench` compares must do the same work, or its ratios say nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from bench import doors, lateness, sweeps
from bench.servers import Answer, per_second, percentile
from cases.models import ON_THE_WAY

DUE = 8


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("way", [sweeps.one_statement, sweeps.ours, sweeps.naive])
def test_every_way_of_sweeping_writes_the_same_rows(way):
    call_command("seed_cases", cases=20, due=DUE, verbosity=0)
    now = timezone.now()

    with transaction.atomic():
        assert way(now) == DUE

    assert sweeps.work_done(now) == sweeps.work_of(DUE)


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_instant_of_so_many_due_is_exact():
    call_command("seed_cases", cases=20, due=DUE, verbosity=0)

    assert sweeps.ours(sweeps.instant_here(5)) == 5


@pytest.mark.parametrize(("share", "value"), [(50, 50), (99, 99), (99.5, 100), (100, 100), (0, 1)])
def test_a_percentile_is_a_value_that_was_measured(share, value):
    assert percentile(list(range(100, 0, -1)), share) == value


def test_the_percentile_of_one_value_is_that_value():
    assert percentile([7.0], 99) == 7.0


def test_a_rate_runs_to_the_last_answer_not_to_the_last_question():
    answers = [Answer(at=0.0, seconds=1.0, status=200), Answer(at=1.0, seconds=3.0, status=200)]

    assert per_second(answers) == 0.5


def test_only_the_last_table_of_a_page_is_the_list():
    page = (
        "A-2026-000009 <tbody>A-2026-000001</tbody><tbody>A-2026-000002 A-2026-000001 A-2026-000002"
    )

    assert doors.references(page) == ["A-2026-000002", "A-2026-000001"]


def test_the_pages_before_the_second_and_from_it_on_are_told_apart(now):
    at_rest = [Answer(now.timestamp() - 1, 0.1, 200)]
    meanwhile = [Answer(now.timestamp() + second, 0.3, 200) for second in range(3)]

    result = lateness.of_the_web([*at_rest, *meanwhile], now)

    assert (round(result.ours), round(result.limit)) == (300, 100)
    assert result.unit == "ms, 3 pages, 0 lost"


def test_a_page_that_did_not_come_is_no_benchmark(now):
    with pytest.raises(RuntimeError, match=r"\[0\]"):
        lateness.of_the_web([Answer(now.timestamp(), 60.0, 0)], now)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postponed_deadlines_fall_due_within_one_second():
    call_command("seed_cases", cases=20, due=DUE, verbosity=0)

    at = lateness.postpone(DUE)

    assert lateness.overdue(at) == 0
    assert lateness.overdue(at + timedelta(seconds=1) + ON_THE_WAY) == DUE
