"""Invented cases must be indistinguishable from real ones to everything that reads them."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cases import docket, sweep
from cases.lifecycle import ENDED, State
from cases.models import Case, Deadline, Notice

pytestmark = pytest.mark.django_db


def seed(**options):
    call_command("seed_cases", verbosity=0, **options)


def test_as_many_are_due_open_and_ended_as_asked():
    seed(cases=100, due=15, open=40)

    now = timezone.now()
    assert Case.objects.filter(state__in=ENDED).count() == 45
    assert Case.objects.open().count() == 55
    assert Deadline.objects.due(now).count() == 15
    assert Deadline.objects.to_remind(now).count() == 0


def test_open_cases_stand_in_every_state_the_desk_knows():
    seed(cases=200, open=200)

    assert set(Case.objects.values_list("state", flat=True)) == {
        State.NEGOTIATING,
        State.AWAITING_MERCHANT,
        State.QUEUED,
        State.REVIEWING,
        State.AWAITING_EVIDENCE,
        State.RULED,
        State.EXECUTING,
    }


def test_every_docket_verifies():
    seed(cases=60, due=10, open=30)

    assert [bad for _case, _lines, bad in docket.verify(Case.objects.all()) if bad] == []


def test_the_sweep_takes_exactly_what_is_due():
    seed(cases=30, due=12, open=10)

    assert sweep.run(timezone.now()) == Counter(escalate=12)
    assert Notice.objects.filter(name="escalate").count() == 24


def test_a_second_run_adds_to_the_first():
    seed(cases=20, due=5)
    seed(cases=20, due=5)

    assert Case.objects.count() == 40
    assert Deadline.objects.due(timezone.now()).count() == 10


def test_numbers_go_on_where_the_seed_stopped(case_in):
    seed(cases=20, due=20)

    assert case_in(State.NEGOTIATING, now=timezone.now()).reference not in set(
        Case.objects.filter(source="seed").values_list("reference", flat=True)
    )


def test_it_keeps_away_from_real_cases_unless_forced(case_in):
    case_in(State.NEGOTIATING)

    with pytest.raises(CommandError, match="--force"):
        seed(cases=1)
    assert Case.objects.count() == 1

    seed(cases=1, force=True)
    assert Case.objects.count() == 2


def test_parts_larger_than_the_whole_are_refused():
    with pytest.raises(CommandError, match="parts"):
        seed(cases=10, due=8, open=3)
