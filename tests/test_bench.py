"""What `make bench` compares must do the same work, or its ratios say nothing."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from bench import sweeps

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
DUE = 8


@pytest.mark.parametrize("way", [sweeps.one_statement, sweeps.ours, sweeps.naive])
def test_every_way_of_sweeping_writes_the_same_rows(way):
    call_command("seed_cases", cases=20, due=DUE, verbosity=0)
    now = timezone.now()

    with transaction.atomic():
        assert way(now) == DUE

    assert sweeps.work_done(now) == sweeps.work_of(DUE)


def test_the_instant_of_so_many_due_is_exact():
    call_command("seed_cases", cases=20, due=DUE, verbosity=0)

    assert sweeps.ours(sweeps.instant_here(5)) == 5
