"""What each remedy pays: refunds out of the price, compensation by its own bound, freight by what it cost."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import actions, cashier
from cases.actions import Finding, Refused, advance, issue_ruling, obstacles
from cases.lifecycle import State
from cases.models import Case, Ruling
from tests import factories
from tests.cases.test_sweep_race import together
from tests.factories import NOW, draft

TRIALS = 30
EXPIRED = Finding("The date had passed.", "F-01", ("E-01",))
CLAIM = {"paid": Decimal("120.00"), "requested_amount": Decimal("100.00"), "category": "expired"}


def yuan(**amounts: str) -> dict[str, str]:
    return {f"RM-{code}": each for code, each in amounts.items()}


def award(amount: str, **amounts: str):
    """A full ruling under the rule for expired food, each remedy with its amount."""
    return draft(
        outcome="full",
        remedies=tuple(yuan(**amounts)),
        amount=Decimal(amount),
        amounts=yuan(**amounts),
        freight="FR-M",
        findings=(EXPIRED,),
    )


def test_the_whole_amount_belongs_to_the_first_remedy_that_pays(case_in, arbitrator, now):
    ruling = issue_ruling(case_in(State.REVIEWING), by=arbitrator, draft=draft(), now=now)

    assert ruling.amounts == {"RM-PART": "150.00"}
    assert ruling.shares == {"RM-PART": Decimal("150.00")}
    assert (ruling.refund, ruling.compensation) == (Decimal(150), 0)


def test_compensation_is_paid_beside_the_refund_and_may_exceed_the_price(
    case_in, arbitrator, merchant, senior, now
):
    case = case_in(State.REVIEWING, holder=senior, **CLAIM)

    ruling = factories.rule(
        case, by=senior, draft=award("1120.00", FULL="120.00", **{"10X": "1000.00"}), now=now
    )

    assert ruling.amounts == {"RM-FULL": "120.00", "RM-10X": "1000.00"}
    assert (ruling.refund, ruling.compensation) == (Decimal("120.00"), Decimal("1000.00"))
    case = Case.objects.get(pk=case.pk)
    advance(case, "finalize", by=None, now=now)
    actions.refund(Case.objects.get(pk=case.pk), by=merchant, now=now)
    cashier.relay(now)
    assert Case.objects.get(pk=case.pk).refunded == Decimal("120.00")


@pytest.mark.parametrize(
    ("amount", "amounts", "fields"),
    [
        ("120.00", {"FULL": "120.00"}, []),
        ("120.01", {"FULL": "120.01"}, ["amount"]),
        # Ten times the price without freight is as much as the law's least: 1,000.00.
        ("1000.00", {"10X": "1000.00"}, []),
        ("1000.01", {"10X": "1000.01"}, ["pay_RM-10X"]),
        ("120.00", {"FULL": "120.00", "10X": "0.00"}, ["pay_RM-10X"]),
        ("120.00", {"COMP": "120.00"}, []),
        ("120.01", {"COMP": "120.01"}, ["pay_RM-COMP"]),
        ("100.00", {"FULL": "110.00"}, ["amount"]),
    ],
)
def test_every_remedy_stays_within_its_own_bound(case_in, senior, amount, amounts, fields):
    case = case_in(State.REVIEWING, holder=senior, **CLAIM)

    assert [o.field for o in obstacles(case, award(amount, **amounts))] == fields


def test_an_amount_beside_a_remedy_that_does_not_pay_is_an_obstacle(case_in, arbitrator):
    case = case_in(State.REVIEWING)
    sent_again = draft(remedies=("RM-RESHIP",), amount=Decimal(10))
    stray = draft(amounts={"RM-FULL": "150.00"})

    assert [o.field for o in obstacles(case, sent_again)] == ["remedies"]
    assert [o.field for o in obstacles(case, stray)] == ["remedies"]


def test_the_database_refuses_a_refund_beyond_the_price_and_compensation_beyond_the_amount(
    case_in, arbitrator, now
):
    ruling = issue_ruling(case_in(State.REVIEWING), by=arbitrator, draft=draft(), now=now)

    for change in ({"amount": Decimal("300.01")}, {"compensation": Decimal("150.01")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ruling.objects.filter(pk=ruling.pk).update(**change)


def test_a_refund_that_went_out_meanwhile_stops_the_ruling(case_in, arbitrator, now):
    read_before = case_in(State.REVIEWING)
    Case.objects.filter(pk=read_before.pk).update(refunded=Decimal("160.00"))

    with pytest.raises(Refused, match=r"¥140\.00"):
        issue_ruling(read_before, by=arbitrator, draft=draft(), now=now)

    assert Ruling.objects.count() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_rulings_and_a_refund_at_one_instant_never_give_back_more_than_was_paid(
    case_in, arbitrator, merchant
):
    for _trial in range(TRIALS):
        case = case_in(State.REVIEWING)
        at_once(rule, rule, refund, on=case, by=arbitrator)

        stored = Case.objects.get(pk=case.pk)
        rulings = list(stored.rulings.all())
        assert len(rulings) <= 1
        assert all(ruling.refund <= ruling.cap for ruling in rulings)
        if rulings and stored.remaining_paid >= rulings[0].refund:
            advance(stored, "finalize", by=None, now=NOW)
            actions.refund(Case.objects.get(pk=case.pk), by=merchant, now=NOW)
            cashier.relay(NOW)
        assert Case.objects.get(pk=case.pk).refunded <= stored.paid


def rule(case: Case, by: User) -> None:
    issue_ruling(case, by=by, draft=draft(amount=Decimal(200)), now=NOW)


def refund(case: Case, by: User) -> None:
    Case.objects.filter(pk=case.pk).update(refunded=F("refunded") + Decimal(200))


def at_once(*acts, on: Case, by: User) -> None:
    """Each in a thread and a connection of its own, on a copy read before; the refused give up."""
    raised = together(*(partial(act, Case.objects.get(pk=on.pk), by) for act in acts))
    assert all(isinstance(e, Refused | ConcurrentTransition | IntegrityError) for e in raised)
