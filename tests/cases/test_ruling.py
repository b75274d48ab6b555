from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django_fsm import ConcurrentTransition

from cases.actions import Finding, issue_ruling, obstacles, save_draft, withdraw
from cases.actions.passage import Refused
from cases.lifecycle import State
from cases.models import Case, Ruling
from tests.factories import draft, ruling_for_the_merchant

FINDING = Finding("One cup was broken.", "L-01", ("E-01",))


def test_a_sound_draft_meets_no_obstacle(case_in, arbitrator):
    assert obstacles(case_in(State.REVIEWING), draft()) == []


def test_issuing_stores_the_ruling_as_written(case_in, arbitrator, now):
    case = case_in(State.REVIEWING)

    issue_ruling(case, by=arbitrator, draft=draft(), now=now)

    stored = Case.objects.get(pk=case.pk)
    ruling = stored.rulings.get()
    assert (stored.state, stored.ruled_at) == (State.RULED, now)
    assert (ruling.version, ruling.author, ruling.issued_at) == (1, arbitrator, now)
    assert (ruling.outcome, ruling.amount, ruling.cap) == ("part", Decimal(150), Decimal(300))
    assert ruling.findings[0]["citations"] == ["E-01"]
    line = case.events.last()
    assert (line.name, line.facts["content"]) == ("issue", ruling.content_hash)


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"findings": ()}, "findings"),
        ({"findings": (Finding("Broken.", "L-01", ()),)}, "findings"),
        ({"findings": (FINDING, Finding(" ", "L-01", ("E-01",)))}, "findings"),
        ({"findings": (FINDING, Finding("Broken.", "Z-99", ("E-01",)))}, "findings"),
        ({"reasons": " \n"}, "reasons"),
        ({"outcome": "maybe"}, "outcome"),
        ({"remedies": ()}, "remedies"),
        ({"remedies": ("RM-10X",)}, "remedies"),
        ({"remedies": ("RM-NONSENSE",)}, "remedies"),
        ({"freight": "FR-X"}, "freight"),
        ({"amount": Decimal("-0.01")}, "amount"),
        ({"amount": Decimal("300.01")}, "amount"),
        ({"amount": Decimal(0)}, "amount"),
        ({"outcome": "none", "remedies": ("RM-REJECT",)}, "amount"),
        ({"outcome": "none", "remedies": ("RM-FULL",), "amount": Decimal(0)}, "remedies"),
        ({"outcome": "part", "remedies": ("RM-FULL",), "amount": Decimal(280)}, "remedies"),
        ({"outcome": "full", "remedies": ("RM-REJECT",)}, "remedies"),
        ({"outcome": "full", "remedies": ("RM-FULL",), "amount": Decimal("279.99")}, "amount"),
        ({"outcome": "full", "amount": Decimal("279.99")}, "outcome"),
        ({"outcome": "full", "remedies": ("RM-RETURN",), "amount": Decimal(280)}, "outcome"),
        ({"outcome": "full", "remedies": ("RM-RESHIP",), "amount": Decimal(0)}, "outcome"),
    ],
)
def test_each_flaw_is_one_obstacle_at_its_field_and_stops_the_ruling(
    case_in, arbitrator, now, parts, field
):
    case = case_in(State.REVIEWING)

    found = obstacles(case, draft(**parts))

    assert [obstacle.field for obstacle in found] == [field]
    with pytest.raises(Refused, match=r".+"):
        issue_ruling(case, by=arbitrator, draft=draft(**parts), now=now)
    assert Case.objects.get(pk=case.pk).state == State.REVIEWING
    assert Ruling.objects.count() == 0


@pytest.mark.parametrize(
    ("asked", "remedies", "amount"),
    [
        ("refund_only", ("RM-FULL",), "280.00"),
        ("refund_only", ("RM-PART",), "280.00"),
        ("return_refund", ("RM-RETURN",), "280.00"),
        ("return_refund", ("RM-FULL",), "280.00"),  # and nothing has to be sent back
        ("reship", ("RM-RESHIP",), "0.00"),
        ("reship", ("RM-FULL",), "280.00"),  # everything back is no ruling in part
    ],
)
def test_for_the_buyer_is_what_was_asked_or_everything_back(case_in, asked, remedies, amount):
    case = case_in(State.REVIEWING, requested_remedy=asked)

    ruling = draft(outcome="full", remedies=remedies, amount=Decimal(amount))

    assert obstacles(case, ruling) == []


def test_what_was_refunded_before_lowers_the_most_a_ruling_can_give(case_in, arbitrator):
    case = case_in(State.REVIEWING, refunded=Decimal(200), requested_amount=Decimal(100))

    assert obstacles(case, draft(amount=Decimal(100))) == []
    assert [o.field for o in obstacles(case, draft(amount=Decimal("100.01")))] == ["amount"]


@pytest.mark.parametrize("who", ["other_arbitrator", "senior", "buyer", "merchant", "supervisor"])
def test_only_its_holder_rules(case_in, now, who, request):
    case = case_in(State.REVIEWING)

    with pytest.raises(PermissionDenied):
        issue_ruling(case, by=request.getfixturevalue(who), draft=draft(), now=now)

    assert Ruling.objects.count() == 0


def test_a_ruling_is_issued_once(case_in, arbitrator, now):
    read_before = case_in(State.REVIEWING)
    issue_ruling(Case.objects.get(pk=read_before.pk), by=arbitrator, draft=draft(), now=now)

    with pytest.raises(ConcurrentTransition):
        issue_ruling(read_before, by=arbitrator, draft=draft(), now=now)
    with pytest.raises(Refused):
        issue_ruling(Case.objects.get(pk=read_before.pk), by=arbitrator, draft=draft(), now=now)

    assert Ruling.objects.count() == 1
    assert read_before.events.filter(name="issue").count() == 1


def test_a_ruling_that_loses_to_a_withdrawal_leaves_nothing_behind(case_in, arbitrator, buyer, now):
    read_before = case_in(State.REVIEWING)
    withdraw(Case.objects.get(pk=read_before.pk), by=buyer, reason="settled", now=now)

    with pytest.raises(ConcurrentTransition):
        issue_ruling(read_before, by=arbitrator, draft=draft(), now=now)

    assert Case.objects.get(pk=read_before.pk).state == State.WITHDRAWN
    assert Ruling.objects.count() == 0


def test_the_internal_note_is_no_part_of_what_the_parties_can_verify(case_in, arbitrator, now):
    one = issue_ruling(case_in(State.REVIEWING), by=arbitrator, draft=draft(), now=now)
    other_case = case_in(State.REVIEWING)
    other_case.reference = one.case.reference

    other = issue_ruling(other_case, by=arbitrator, draft=draft(internal_note="…"), now=now)

    assert other.content_hash == one.content_hash


def test_a_draft_is_kept_for_its_holder_and_refused_to_others(
    case_in, arbitrator, other_arbitrator, now
):
    case = case_in(State.REVIEWING)

    save_draft(case, by=arbitrator, draft={"reasons": "so far"}, now=now)
    with pytest.raises(Refused):
        save_draft(case, by=other_arbitrator, draft={"reasons": "mine"}, now=now)

    stored = Case.objects.get(pk=case.pk)
    [kept] = stored.drafts.all()
    assert (kept.author, kept.fields) == (arbitrator, {"reasons": "so far"})
    assert (stored.draft_saved_at, stored.version) == (now, case.version)


def test_a_ruling_for_the_merchant_gives_nothing_back(case_in):
    case = case_in(State.CLOSED, ruling=ruling_for_the_merchant())

    assert (case.refunded, case.money_state) == (Decimal(0), "released")
