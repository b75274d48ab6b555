"""Clerical corrections: other words, the same decision, every version readable, no clock moved."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import translation

from cases import docket
from cases.actions import Refused, Wording, appeal, correct_ruling, issue_ruling, overturn
from cases.lifecycle import State
from cases.models import Case, Notice, Ruling
from cases.proceedings import Correction
from tests.factories import HOLD, draft, hear

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SLIP = Wording("One of three cups arrived broken.", ("E-01",))
AS_IT_WAS = Wording("One of two cups arrived broken.", ("E-01",))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def correct(case: Case, **changed: Any) -> Ruling:
    facts: dict[str, Any] = {
        "version": 1,
        "findings": [SLIP],
        "reasons": "The photos show one broken cup.",
        "why": "Three cups, not two.",
    }
    return correct_ruling(fresh(case), **facts | changed)


@pytest.fixture
def ruled(case_in) -> Case:
    return case_in(State.RULED)


def test_only_words_differ_and_the_old_version_stays(ruled, supervisor, now):
    clocks = list(ruled.deadlines.order_by("pk").values())

    corrected = correct(ruled, by=supervisor, now=now + HOUR)

    old, new = ruled.rulings.order_by("version")
    assert new == corrected
    own = {"id", "version", "issued_at", "told_at", "findings", "content_hash"}
    same = [field.attname for field in Ruling._meta.concrete_fields if field.attname not in own]
    assert [getattr(new, name) for name in same] == [getattr(old, name) for name in same]
    assert old.findings[0]["text"] == AS_IT_WAS.text
    assert new.findings[0] | {"text": AS_IT_WAS.text} == old.findings[0]
    assert new.verification_code != old.verification_code
    assert fresh(ruled).ruling == new
    assert list(ruled.deadlines.order_by("pk").values()) == clocks


def test_the_docket_has_both_codes_and_both_sides_are_told(ruled, supervisor, now):
    correct(ruled, by=supervisor, now=now + HOUR)

    old, new = ruled.rulings.order_by("version")
    line = ruled.events.order_by("number").last()
    assert (line.name, line.actor, line.at) == ("correct_ruling", supervisor, now + HOUR)
    assert line.facts == {
        "version": 2,
        "reason": "Three cups, not two.",
        "content": new.content_hash,
        "code": new.verification_code,
        "old_code": old.verification_code,
    }
    told = Notice.objects.filter(name="correct_ruling")
    assert {bool(each.user_id) for each in told} == {True, False}
    assert next(docket.verify([fresh(ruled)]))[2] is None
    stored = Correction.objects.get()
    assert (stored.ruling, stored.corrects, stored.by) == (new, old, supervisor)


def test_a_correction_can_be_corrected(ruled, supervisor, senior, now):
    correct(ruled, by=supervisor, now=now + HOUR)

    correct(ruled, by=senior, version=2, findings=[AS_IT_WAS], now=now + 2 * HOUR)

    assert list(ruled.rulings.values_list("version", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize("state", [State.EXECUTING, State.CLOSED])
def test_it_is_possible_as_long_as_the_ruling_is_read(case_in, supervisor, now, state):
    case = case_in(state, ruling=draft())

    correct(case, by=supervisor, now=now + HOUR)

    assert (fresh(case).state, case.rulings.count()) == (state, 2)


@pytest.mark.parametrize(
    "who", ["buyer", "merchant", "arbitrator", "other_arbitrator", "auditor", "penalty_officer"]
)
def test_only_seniors_and_supervisors_correct(ruled, request, who, now):
    with pytest.raises(PermissionDenied):
        correct(ruled, by=request.getfixturevalue(who), now=now + HOUR)

    assert ruled.rulings.count() == 1


def test_nobody_corrects_their_own_ruling(case_in, senior, supervisor, now):
    case = case_in(State.RULED, holder=senior)

    with pytest.raises(Refused, match="second person"):
        correct(case, by=senior, now=now + HOUR)
    correct(case, by=supervisor, now=now + HOUR)

    assert case.rulings.count() == 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"findings": [AS_IT_WAS]}, "Nothing is changed"),
        ({"findings": []}, "neither adds nor takes away"),
        ({"findings": [SLIP, SLIP]}, "neither adds nor takes away"),
        ({"findings": [Wording(" ", ("E-01",))]}, "has no words"),
        ({"findings": [Wording("x", ())]}, "cites no exhibit"),
        ({"reasons": " "}, "reasons"),
        ({"why": " "}, "what the error was"),
        ({"version": 2}, "changed since you read it"),
    ],
)
def test_what_is_no_correction_is_refused(ruled, supervisor, now, changed, sentence):
    with pytest.raises(Refused, match=sentence):
        correct(ruled, by=supervisor, now=now + HOUR, **changed)

    assert ruled.rulings.count() == 1
    assert not Correction.objects.exists()


@pytest.mark.parametrize(
    "state", [State.QUEUED, State.REVIEWING, State.EXECUTING, State.CLOSED, State.WITHDRAWN]
)
def test_where_there_is_no_ruling_there_is_nothing_to_correct(case_in, supervisor, now, state):
    with pytest.raises(Refused, match="no ruling"):
        correct(case_in(state), by=supervisor, now=now + HOUR)


def test_while_an_appeal_is_decided_its_text_stays(case_in, supervisor, now):
    case = case_in(State.APPEALED)

    with pytest.raises(Refused, match="appeal"):
        correct(case, by=supervisor, now=now + HOUR)

    assert case.rulings.count() == 1


def test_until_the_parties_are_told_it_is_recalled_and_not_corrected(
    case_in, arbitrator, supervisor, now
):
    case = case_in(State.REVIEWING)
    issue_ruling(case, by=arbitrator, draft=draft(), now=now)

    with pytest.raises(Refused, match="take it back"):
        correct(case, by=supervisor, now=now + HOLD - SECOND)
    correct(case, by=supervisor, now=now + HOLD)

    assert case.rulings.count() == 2


def test_the_twice_pressed_button_corrects_once(ruled, supervisor, now):
    correct(ruled, by=supervisor, now=now + HOUR)

    with pytest.raises(Refused):
        correct(ruled, by=supervisor, now=now + HOUR)

    assert ruled.rulings.count() == 2


def test_the_database_lets_a_version_be_corrected_once(ruled, supervisor, now):
    corrected = correct(ruled, by=supervisor, now=now + HOUR)
    first = ruled.rulings.get(version=1)

    for pair in ((corrected, first), (first, first)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Correction.objects.create(
                ruling=pair[0], corrects=pair[1], by=supervisor, reason="x", made_at=now
            )


def test_an_appeal_after_a_correction_overturns_what_is_in_force(
    ruled, buyer, senior, supervisor, now
):
    correct(ruled, by=supervisor, now=now + HOUR)
    appeal(fresh(ruled), by=buyer, ground="new", text="…", now=now + HOUR)
    overturn(
        hear(ruled, now + HOUR),
        by=senior,
        draft=draft(amount=Decimal("200.00")),
        now=now + 2 * HOUR,
    )

    assert list(ruled.rulings.values_list("version", "amount")) == [
        (1, Decimal("150.00")),
        (2, Decimal("150.00")),
        (3, Decimal("200.00")),
    ]
