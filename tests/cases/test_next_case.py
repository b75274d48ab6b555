"""The quick way to the next case and the long one lead to the same case and leave the same rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import ShopMember
from cases import docket, lifecycle
from cases.actions import claim, next_case, release
from cases.actions.hearing import skip
from cases.lifecycle import State
from cases.models import Case, Deadline, Event, Notice
from tests.factories import make_shop

pytestmark = pytest.mark.postgres
WAYS = (next_case.take, next_case.take_the_long_way)
NEVER = lifecycle.refuses("Not in this test.")(lambda case: False)


def stored(case):
    """All that is stored of a case, but for the keys of its lines."""
    rows = {
        model: list(model.objects.filter(case=case).order_by("pk").values())
        for model in (Deadline, Event, Notice)
    }
    for line in rows[Event]:
        del line["id"]
    return rows, Case.objects.filter(pk=case.pk).values().get()


def taken(way, person, now):
    """The case taken that way and all that is left of it, which is undone."""
    with transaction.atomic():
        mark = transaction.savepoint()
        case = way(person, now)
        left = case and stored(case)
        transaction.savepoint_rollback(mark)
    return case, left


def test_both_ways_leave_the_same_rows(case_in, arbitrator, now):
    case_in(State.QUEUED, now=now - timedelta(hours=2))
    case_in(State.QUEUED, silent=True)
    release(case_in(State.REVIEWING, holder=arbitrator), by=arbitrator, reason="x", now=now)

    quick, long = (taken(way, arbitrator, now) for way in WAYS)

    assert quick[0] is not None
    assert quick == long


def test_both_ways_pass_over_the_same_cases(
    case_in, arbitrator, other_arbitrator, rival_merchant, buyer, now
):
    own = make_shop("旧东家", rival_merchant)
    for hours in range(9, 1, -1):
        case_in(State.QUEUED, now=now - timedelta(hours=hours))
    case_in(State.QUEUED, now=now - timedelta(hours=30), shop=own)
    ShopMember.objects.create(shop=own, user=arbitrator)
    first, second = Case.objects.waiting()[1:3]
    skip(first, by=arbitrator, reason="language", now=now)
    skip(Case.objects.waiting()[3], by=arbitrator, reason="knows_a_party", now=now)
    claim(second, by=arbitrator, now=now)
    release(Case.objects.get(pk=second.pk), by=arbitrator, reason="x", now=now)

    for person in (arbitrator, other_arbitrator):
        for later in (timedelta(0), timedelta(hours=2)):
            order = [next_case.waiting_for(person, now + later).first()]
            order += [taken(way, person, now + later)[0] for way in WAYS]
            assert order[0] is not None
            assert len(set(order)) == 1


def test_the_line_of_the_quick_way_continues_the_chain(case_in, arbitrator, now):
    case = case_in(State.QUEUED)

    assert next_case.take(arbitrator, now) == case

    [(_case, lines, bad)] = docket.verify([Case.objects.get(pk=case.pk)])
    assert (lines, bad) == (4, None)


def test_what_the_quick_way_did_not_read_is_read_when_asked_for(case_in, arbitrator, now):
    case_in(State.QUEUED, paid=Decimal("299.00"))

    case = next_case.take(arbitrator, now)

    assert (case.holder, case.paid) == (arbitrator, Decimal("299.00"))
    release(case, by=arbitrator, reason="shift_ends", now=now)
    assert Case.objects.get(pk=case.pk).state == State.QUEUED


@pytest.mark.parametrize("way", WAYS)
def test_only_who_hears_cases_takes_one(case_in, supervisor, way, now):
    case_in(State.QUEUED)

    with pytest.raises(PermissionDenied):
        way(supervisor, now)


def test_a_guard_added_to_the_lifecycle_is_obeyed(case_in, arbitrator, monkeypatch, now):
    assert next_case.is_plain()
    guarded = replace(next_case.CLAIM, conditions=(NEVER,))
    monkeypatch.setattr(next_case, "CLAIM", guarded)

    assert not next_case.is_plain()


def test_a_button_pressed_twice_takes_one_case_and_later_another(case_in, arbitrator, now):
    [first, second] = [case_in(State.QUEUED) for _ in range(2)]

    pressed = [next_case.press_next(by=arbitrator, now=now) for _ in range(2)]
    later = next_case.press_next(by=arbitrator, now=now + next_case.DOUBLE_PRESS)

    assert (pressed, later) == ([first, first], second)
