"""The lifecycle as one table: state, step, and exactly who may take it. It doubles as documentation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from accounts.models import Role, User
from cases import rulebook
from cases.actions import Refused, advance
from cases.lifecycle import ENDED, STEPS, TRANSITIONS, State, may_take, why_not
from cases.models import Case, Event
from tests.factories import NOW

BUYER, SHOP, HOLDER, DESK, CLOCK = "buyer", "merchant", "holder", "desk", "clock"
SENIORS = "another senior"
SUPERVISOR = "supervisor"
NOT_THEN = "nobody in a plain case"  # a guard wants more; see the tests below the table

TABLE: dict[tuple[str, str], set[str]] = {
    ("negotiating", "request_intervention"): {BUYER, CLOCK},
    ("negotiating", "concede"): {SHOP},
    ("negotiating", "offer"): {BUYER, SHOP},
    ("negotiating", "counter"): {NOT_THEN},
    ("negotiating", "accept"): {NOT_THEN},
    ("negotiating", "decline"): {NOT_THEN},
    ("negotiating", "withdraw"): {BUYER},
    ("awaiting_merchant", "respond"): {SHOP},
    ("awaiting_merchant", "concede"): {SHOP},
    ("awaiting_merchant", "escalate"): {CLOCK},
    ("awaiting_merchant", "offer"): {BUYER, SHOP},
    ("awaiting_merchant", "counter"): {NOT_THEN},
    ("awaiting_merchant", "accept"): {NOT_THEN},
    ("awaiting_merchant", "decline"): {NOT_THEN},
    ("awaiting_merchant", "withdraw"): {BUYER},
    ("awaiting_merchant", "reject"): {HOLDER, DESK},
    ("awaiting_evidence", "supply_evidence"): {BUYER, SHOP},
    ("awaiting_evidence", "lapse_evidence"): {CLOCK},
    ("awaiting_evidence", "reassign"): {SUPERVISOR},
    ("awaiting_evidence", "withdraw"): {BUYER},
    ("queued", "claim"): {HOLDER, DESK},
    ("queued", "decide_by_default"): {NOT_THEN},
    ("queued", "withdraw"): {BUYER},
    ("queued", "reject"): {HOLDER, DESK},
    ("reviewing", "release"): {HOLDER, SUPERVISOR},
    ("reviewing", "reassign"): {SUPERVISOR},
    ("reviewing", "take_back"): {CLOCK},
    ("reviewing", "request_evidence"): {HOLDER},
    ("reviewing", "issue"): {HOLDER},
    ("reviewing", "reject"): {HOLDER},
    ("reviewing", "withdraw"): {BUYER},
    ("reviewing", "propose"): {HOLDER},
    ("reviewing", "submit_for_approval"): {HOLDER},
    ("mediating", "concede"): {SHOP},
    ("mediating", "withdraw"): {BUYER},
    ("mediating", "counter"): {BUYER, SHOP},
    ("mediating", "accept"): {BUYER, SHOP},
    ("mediating", "decline"): {BUYER, SHOP, CLOCK},
    ("awaiting_approval", "withdraw"): {BUYER},
    ("awaiting_approval", "approve"): {SENIORS, SUPERVISOR},
    ("awaiting_approval", "send_back"): {SENIORS, SUPERVISOR},
    ("awaiting_approval", "take_over"): {SENIORS},
    ("awaiting_approval", "retract"): {HOLDER},
    ("ruled", "finalize"): {CLOCK},
    ("ruled", "appeal"): {BUYER, SHOP},
    # … and of these only whoever decided, while nobody is told: see test_recalling
    ("ruled", "recall"): {HOLDER, DESK, SUPERVISOR},
    ("appealed", "appeal"): {BUYER, SHOP},
    ("appealed", "uphold"): {SENIORS},
    ("appealed", "overturn"): {SENIORS},
    ("executing", "refund"): {SHOP},
    ("executing", "ship"): {SHOP},
    ("executing", "fulfil"): {SHOP, HOLDER, SUPERVISOR},
    ("executing", "confirm_delivery"): {NOT_THEN},
    ("executing", "complete"): {NOT_THEN},
    ("executing", "enforce"): {CLOCK},
    ("executing", "give_address"): {SHOP},
    ("executing", "send_return"): {NOT_THEN},
    ("executing", "confirm_receipt"): {NOT_THEN},
    ("executing", "forfeit_return"): {CLOCK},
}
BEFORE_A_CLAIM = {"negotiating", "awaiting_merchant", "queued"}

PEOPLE = {
    BUYER: User(pk=1, role=Role.BUYER),
    "rival buyer": User(pk=2, role=Role.BUYER),
    SHOP: User(pk=3, role=Role.MERCHANT),
    "rival merchant": User(pk=4, role=Role.MERCHANT),
    HOLDER: User(pk=5, role=Role.ARBITRATOR),
    DESK: User(pk=6, role=Role.ARBITRATOR),
    SENIORS: User(pk=7, role=Role.SENIOR),
    SUPERVISOR: User(pk=8, role=Role.SUPERVISOR),
    "auditor": User(pk=9, role=Role.AUDITOR),
    "penalty officer": User(pk=10, role=Role.PENALTY_OFFICER),
    "administrator": User(pk=11, role=Role.ADMIN, is_superuser=True, is_staff=True),
}
SHOP_ID = 70
PEOPLE[SHOP]._shop_ids = frozenset({SHOP_ID})
PEOPLE["rival merchant"]._shop_ids = frozenset({SHOP_ID + 1})


def expected(state: str, step: str) -> set[str]:
    who = TABLE.get((state, step), set()) - {NOT_THEN}
    # A senior is one more arbitrator of the desk as far as claiming and refusing go.
    return who | ({SENIORS} if DESK in who else set())


@pytest.mark.parametrize("step", TRANSITIONS)
@pytest.mark.parametrize("state", State.values)
def test_who_may_take_which_step(state, step):
    case = Case(
        rulebook_version=1,
        state=state,
        buyer_id=PEOPLE[BUYER].pk,
        shop_id=SHOP_ID,
        holder_id=None if state in BEFORE_A_CLAIM else PEOPLE[HOLDER].pk,
        evidence_asked_of="buyer,merchant",
        offered_by="platform" if state == State.MEDIATING else None,
    )

    assert takers(case, step) == expected(state, step)


def takers(case: Case, step: str) -> set[str]:
    """Who may take the step, if its guards let anybody."""
    may = {who for who, person in PEOPLE.items() if may_take(case, step, person)}
    here = STEPS.get((step, case.state))
    if here is not None and here.clock:
        may.add(CLOCK)
    return may if why_not(case, step) is None else set()


@pytest.mark.parametrize(
    ("facts", "state", "step", "who"),
    [
        *(
            ({"offered_by": "merchant"}, state, step, who)
            for state in ("negotiating", "awaiting_merchant")
            for step, who in {
                "offer": set(),
                "counter": {BUYER, SHOP},
                "accept": {BUYER, SHOP},
                "decline": {BUYER, SHOP, CLOCK},
            }.items()
        ),
        ({"defaulted_at": NOW}, "queued", "decide_by_default", {CLOCK}),
        ({"defaulted_at": NOW, "answered_at": NOW}, "queued", "decide_by_default", set()),
        ({"return_address": "上海"}, "executing", "give_address", set()),
        ({"return_address": "上海"}, "executing", "send_return", {BUYER}),
        ({"return_address": "上海", "returned_at": NOW}, "executing", "send_return", set()),
        ({"returned_at": NOW}, "executing", "confirm_receipt", {SHOP, CLOCK}),
        ({"returned_at": NOW, "received_at": NOW}, "executing", "confirm_receipt", set()),
        ({"returned_at": NOW}, "executing", "forfeit_return", set()),
        ({"goods_sent_at": NOW}, "executing", "confirm_delivery", {BUYER, CLOCK}),
        (
            {"goods_sent_at": NOW, "goods_arrived_at": NOW},
            *("executing", "confirm_delivery", set()),
        ),
        ({"carried_out_at": NOW}, "executing", "complete", {CLOCK}),
    ],
)
def test_a_guard_opens_and_shuts_these_steps(facts, state, step, who):
    case = Case(state=state, buyer_id=PEOPLE[BUYER].pk, shop_id=SHOP_ID, **facts)

    assert takers(case, step) == who


def test_the_table_names_every_arrow_and_no_other():
    assert {(step.source.value, step.name) for step in STEPS.values()} == set(TABLE)


def test_nothing_leaves_an_end():
    assert [step for step in STEPS.values() if step.source in ENDED] == []


def test_every_state_but_the_first_can_be_arrived_at():
    arrows = {step.target for step in STEPS.values() if step.target != step.source}
    assert arrows == set(State) - {State.NEGOTIATING}


def test_a_side_not_asked_cannot_say_that_everything_is_sent():
    case = Case(
        state="awaiting_evidence", buyer_id=1, shop_id=SHOP_ID, evidence_asked_of="merchant"
    )

    assert may_take(case, "supply_evidence", PEOPLE[SHOP])
    assert not may_take(case, "supply_evidence", PEOPLE[BUYER])


def test_a_round_of_evidence_more_than_the_rules_allow_is_refused_with_a_sentence(monkeypatch):
    case = Case(state="reviewing", holder_id=5, evidence_round=2, rulebook_version=1)

    with translation.override("en"):
        sentence = why_not(case, "request_evidence")

    assert sentence == (
        "Evidence was already requested as often as the rules allow; decide on what is on file."
    )

    book = rulebook.load()
    patient = replace(book, windows=replace(book.windows, supplement_rounds=3))
    monkeypatch.setattr(rulebook, "read", {1: patient}.get)
    assert why_not(case, "request_evidence") is None


@pytest.mark.parametrize("state", State.values)
def test_row_70_every_step_that_is_not_in_the_table_is_refused_and_changes_nothing(
    case_in,
    state,
    buyer,
    rival_buyer,
    merchant,
    rival_merchant,
    arbitrator,
    other_arbitrator,
    senior,
    supervisor,
    auditor,
    penalty_officer,
    administrator,
):
    case = case_in(state)
    before = Case.objects.values().get(pk=case.pk)
    lines = Event.objects.count()
    desk = HOLDER if state not in BEFORE_A_CLAIM and case.holder_id else DESK
    cast = {
        buyer: BUYER,
        rival_buyer: "rival buyer",
        merchant: SHOP,
        rival_merchant: "rival merchant",
        arbitrator: desk,
        other_arbitrator: DESK,
        senior: SENIORS,
        supervisor: SUPERVISOR,
        auditor: "auditor",
        penalty_officer: "penalty officer",
        administrator: "administrator",
        None: CLOCK,
    }

    refused = 0
    for step in TRANSITIONS:
        for person, who in cast.items():
            asked_but_not_asked_of = (step, who, state) == (
                "supply_evidence",
                SHOP,
                "awaiting_evidence",
            )
            if who in expected(state, step) and not asked_but_not_asked_of:
                continue
            with pytest.raises((Refused, PermissionDenied)):
                advance(case, step, by=person, now=NOW)
            refused += 1

    assert refused > 200
    assert Case.objects.values().get(pk=case.pk) == before
    assert Event.objects.count() == lines
