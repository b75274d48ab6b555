"""Random legal histories: whoever may act, does, in any order, and what must hold holds after every step.

HISTORIES=500 plays so many of them, each time others, and looks for the shortest one that fails; without
it always the same few.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django_fsm import ConcurrentTransition
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Role, Shop, User
from cases import actions, cashier, sweep
from cases.actions import Refused
from cases.lifecycle import OPEN_TO_EVIDENCE, TRANSITIONS, State, may_take, why_not
from cases.models import Case, Deadline, Event, Notice
from evidence.intake import Submission, submit_exhibit
from tests.factories import NOW, Docket, make_person, make_shop
from tests.histories.invariants import INVARIANTS, STATEMENT, nothing_leaks
from tests.histories.plays import ACTS, OF_THE_CLOCK, RASH, STEP_PLAYS

WANTED = int(os.environ.get("HISTORIES", "0"))
FEW, STEPS_EACH = 25, 25
REFUSALS = (Refused, PermissionDenied, ConcurrentTransition)
SECOND = timedelta(seconds=1)
BEGINNINGS = (
    *(State.NEGOTIATING, State.AWAITING_MERCHANT, State.AWAITING_EVIDENCE, State.QUEUED),
    *(State.REVIEWING, State.REVIEWING, State.RULED, State.EXECUTING),
)
# For cases that begin before their ruling: one reviewer, two, fresh food, nothing to send back, no money.
CATEGORIES = ("damaged", "counterfeit", "fresh", "not_received", "wrong_item", "invoice", "service")
LOG = (
    f"林小满 (2026-03-04 20:05:00):\n{STATEMENT}\n\n店铺客服 (2026-03-04 20:09:00):\n发货前检查过\n"
)


class History(RuleBasedStateMachine):
    """One case from its filing on, in everybody's hands, with the clock running."""

    people: ClassVar[dict[str, User]]
    shops: ClassVar[dict[str, Shop]]
    taken: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()

    def teardown(self) -> None:
        try:
            if hasattr(self, "reference"):
                with patch.object(timezone, "now", return_value=self.now):
                    buyer, merchant = self.people["buyer"], self.people["merchant"]
                    nothing_leaks(self.case, buyer, merchant, self.now)
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @property
    def case(self) -> Case:
        return Case.objects.select_related("shop").get(reference=self.reference)

    @initialize(data=st.data())
    def a_case_is_filed(self, data: st.DataObject) -> None:
        state = data.draw(st.sampled_from(BEGINNINGS), "state")
        self.now = NOW + timedelta(hours=data.draw(st.integers(0, 200)))
        facts: dict[str, Any] = {}
        if state in OPEN_TO_EVIDENCE:
            paid = Decimal(data.draw(st.integers(100, 300_000), "paid")) / 100
            facts = {
                "category": data.draw(st.sampled_from(CATEGORIES)),
                "paid": paid,
                "requested_amount": paid * data.draw(st.sampled_from((0, 1, 1))),
                "shop": self.shops[data.draw(st.sampled_from(("own", "own", "self-operated")))],
            }
        buyer, merchant = self.people["buyer"], self.people["merchant"]
        docket = Docket(buyer, merchant, self.shops["own"], self.people["arbitrator"])
        case = docket.case_in(state, now=self.now, statement=STATEMENT, **facts)
        self.reference = case.reference
        if state in OPEN_TO_EVIDENCE:
            log = Submission(LOG.encode(), "chat.txt", "chat_log", is_confirmed=True)
            submit_exhibit(case, log, by=buyer, now=self.now)

    @rule(data=st.data(), often=st.integers(1, 4))
    def somebody_acts(self, data: st.DataObject, often: int) -> None:
        for _time in range(often):
            self.what_must_hold_holds()
            self.act(data)

    def act(self, data: st.DataObject) -> None:
        case, is_rash = self.case, data.draw(st.integers(0, 7)) == 7
        names = [
            name
            for name, act in ACTS.items()
            if (is_rash or name not in RASH)
            and any(act.may(case, person) for person in self.people.values())
        ]
        if not names:
            return
        name = data.draw(st.sampled_from(names), "act")
        able = [who for who, person in self.people.items() if ACTS[name].may(case, person)]
        who = data.draw(st.sampled_from(able), "who")
        before = self.stands()
        try:
            ACTS[name].play(case, self.people[who], self.now, data.draw)
            self.taken[name] += 1
        except REFUSALS:
            self.taken[f"{name} refused"] += 1
            assert self.stands() == before

    @rule(data=st.data())
    def somebody_tries_what_is_not_theirs(self, data: st.DataObject) -> None:
        case = self.case
        name = data.draw(st.sampled_from(TRANSITIONS), "step")
        who = data.draw(st.sampled_from(sorted(self.people)), "who")
        person, before = self.people[who], self.stands()
        if may_take(case, name, person) and why_not(case, name) is None:
            return
        with pytest.raises((Refused, PermissionDenied)):
            actions.advance(case, name, by=person, now=self.now)
        assert self.stands() == before

    @rule(hours=st.integers(1, 60))
    def hours_pass(self, hours: int) -> None:
        self.until(self.now + timedelta(hours=hours))

    @rule(late=st.sampled_from((timedelta(), SECOND)))
    @precondition(lambda self: self.upcoming() is not None)
    def the_next_deadline_comes(self, late: timedelta) -> None:
        """Its last second, or the one after it."""
        due_at = self.upcoming()
        assert due_at is not None
        self.until(max(self.now, due_at + late))

    def until(self, now: datetime) -> None:
        """The clock acts on what is due, once: going round again it finds nothing to do."""
        self.now = now
        cashier.relay(now)
        done = sweep.run(now)
        assert not done["set_aside"], list(Deadline.objects.values_list("last_error", flat=True))
        self.taken += done
        # Rungs and reminders that were passed over follow round by round; no step does.
        assert set(sweep.run(now)) <= {"climbed", "reminded"}

    def upcoming(self) -> datetime | None:
        rows = Deadline.objects.running().filter(due_at__gte=self.now)
        return rows.order_by("due_at").values_list("due_at", flat=True).first()

    def stands(self) -> tuple[object, ...]:
        """All a refusal must leave as it was."""
        return (
            Case.objects.values().get(reference=self.reference),
            list(Deadline.objects.order_by("pk").values()),
            Event.objects.count(),
            Notice.objects.count(),
        )

    @invariant()
    def what_must_hold_holds(self) -> None:
        if hasattr(self, "reference"):
            case = self.case
            for holds in INVARIANTS:
                holds(case)


@pytest.fixture
def cast(
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
    shop,
):
    History.people = {
        "buyer": buyer,
        "rival buyer": rival_buyer,
        "merchant": merchant,
        "rival merchant": rival_merchant,
        "arbitrator": arbitrator,
        "other arbitrator": other_arbitrator,
        "senior": senior,
        "other senior": make_person(Role.SENIOR, "other_senior", "周正"),
        "supervisor": supervisor,
        "auditor": auditor,
        "penalty officer": penalty_officer,
        "second officer": make_person(Role.PENALTY_OFFICER, "second_officer", "孟川"),
    }
    own = make_shop("平台自营超市", merchant, is_self_operated=True)
    History.shops = {"own": shop, "self-operated": own}
    History.taken = Counter()


def test_every_step_of_the_lifecycle_is_played():
    assert set(STEP_PLAYS) | OF_THE_CLOCK == set(TRANSITIONS)
    assert set(STEP_PLAYS) & OF_THE_CLOCK == set()


@pytest.mark.django_db
def test_no_history_breaks_what_must_hold(cast, capsys):
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=WANTED or FEW,
            stateful_step_count=STEPS_EACH,
            derandomize=not WANTED,
            database=None,
            phases=[Phase.generate, *([Phase.shrink] if WANTED else ())],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    acts = {name: times for name, times in History.taken.items() if "refused" not in name}
    with capsys.disabled():
        print(f"\nhistories: {WANTED or FEW}, {sum(acts.values())} acts of {len(acts)} kinds")
        if WANTED:
            print(*(f"{times:6} {name}" for name, times in sorted(History.taken.items())), sep="\n")
    if WANTED >= 10 * FEW:
        assert set(TRANSITIONS) - set(acts) == set()
