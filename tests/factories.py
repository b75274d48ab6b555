"""Cases and people as tests want them: made with the real verbs, plain values filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import Role, Shop, ShopMember, User
from cases import actions, cashier, duties, rulebook, sweep
from cases.actions import Filing, Finding, RulingDraft
from cases.actions.obstacles import second_look
from cases.lifecycle import Side, State
from cases.models import Case, Ruling

NOW = datetime(2026, 3, 10, 6, 2, tzinfo=UTC)  # Tuesday, 14:02 in Beijing
PASSWORD = "a long pass phrase"
CATEGORY = "damaged"  # rule L-01: 48 hours to answer, 48 for further evidence, one reviewer
ORDER_TIME = timedelta(days=5)
HOLD = timedelta(seconds=60)  # between a ruling and its reaching the parties

# A silent merchant's case of this size is decided by a person, not by the clock.
ABOVE_EVERY_TIER: dict[str, Any] = {
    "paid": Decimal("2600.00"),
    "requested_amount": Decimal("2580.00"),
}

numbers = count(1)


def make_person(role: str, username: str, display_name: str = "", **fields: Any) -> User:
    return User.objects.create_user(
        username=username,
        email=f"{username}@example.org",
        password=PASSWORD,
        role=role,
        display_name=display_name or username.replace("_", " ").title(),
        **fields,
    )


def make_shop(name: str, *owners: User, is_self_operated: bool = False) -> Shop:
    shop = Shop.objects.create(
        name=name,
        source="tests",
        external_id=f"shop-{next(numbers)}",
        is_self_operated=is_self_operated,
    )
    for owner in owners:
        ShopMember.objects.create(shop=shop, user=owner, role=ShopMember.Role.OWNER)
    return shop


def filing(buyer: User, shop: Shop, **facts: Any) -> Filing:
    number = next(numbers)
    values: dict[str, Any] = {
        "source": "tests",
        "external_id": f"dispute-{number}",
        "category": CATEGORY,
        "buyer": buyer,
        "shop": shop,
        "order_number": f"2603{number:08d}",
        "items": [{"title": "瓷杯", "kind": "tableware", "quantity": 2, "unit_price": "140.00"}],
        "paid": Decimal("300.00"),
        "freight": Decimal("20.00"),
        "placed_at": NOW - ORDER_TIME,
        "shipped_at": NOW - timedelta(days=4),
        "delivered_at": NOW - timedelta(days=2),
        "carrier": "SF",
        "tracking_number": f"SF{number:010d}",
        "requested_remedy": "refund_only",
        "requested_amount": Decimal("280.00"),
        "statement": "两个杯子都碎了。",
    }
    return Filing(**(values | facts))


def draft(**parts: Any) -> RulingDraft:
    values: dict[str, Any] = {
        "outcome": "part",
        "remedies": ("RM-PART",),
        "amount": Decimal("150.00"),
        "freight": "FR-M",
        "freight_reason": "The merchant packed them badly.",
        "findings": (Finding("One of two cups arrived broken.", "L-01", ("E-01",)),),
        "reasons": "The photos show one broken cup.",
        "internal_note": "The buyer wrote politely.",
    }
    return RulingDraft(**(values | parts))


def ruling_for_the_merchant() -> RulingDraft:
    return draft(outcome="none", remedies=("RM-REJECT",), amount=Decimal(0), freight="FR-B")


def hear(case: Case, now: datetime) -> Case:
    """Let the other side of each appeal answer it and not appeal itself; the case as it stands then."""
    for each in case.appeals.filter(answered_at=None):
        answering = case.buyer if each.side == Side.MERCHANT else case.shop.members.first()
        assert answering is not None
        actions.answer_appeal(
            Case.objects.get(pk=case.pk), by=answering, text="不同意。", waives=True, now=now
        )
    return Case.objects.get(pk=case.pk)


def too_late_to_answer(category: str) -> timedelta:
    book = rulebook.load()
    rule = book.rules[book.category(category).rule]
    return timedelta(hours=rule.response_hours, seconds=1)


def falls_due(case: Case, due_at: datetime) -> Case:
    """The case with its running clock moved, for pages that read the real time whatever the day is."""
    began = due_at - timedelta(hours=48)
    if not case.deadlines.running().update(opened_at=began, due_at=due_at):
        return case
    Case.objects.filter(pk=case.pk).update(due_at=due_at)
    case.due_at = due_at
    return case


def rule(case: Case, *, by: User, draft: RulingDraft, now: datetime) -> Ruling:
    """Let the ruling out, past a senior of its own where two people must look."""
    if not second_look(case, draft):
        return actions.issue_ruling(case, by=by, draft=draft, now=now)
    sent = actions.submit_for_approval(case, by=by, draft=draft, now=now)
    second = make_person(Role.SENIOR, f"second_person_{next(numbers)}")
    case = Case.objects.get(pk=case.pk)
    return actions.approve(case, by=second, content=sent.content_hash, now=now)


def end_hold(case: Case) -> Case:
    """The case as if the parties had been told at once, for pages that read the real time."""
    at = Case.objects.get(pk=case.pk).ruled_at
    case.rulings.update(told_at=at)
    case.notices.filter(created_at__gt=at).update(created_at=at)
    Case.objects.filter(pk=case.pk).update(told_at=at)
    return Case.objects.get(pk=case.pk)


def amount_to_refund(case: Case) -> Decimal:
    """The money the buyer gets by what was settled on, ruled, or asked where the merchant agreed."""
    return sum((share.amount for share in duties.shares(case)), Decimal(0))


PARCEL = {"carrier": "顺丰", "tracking": "SF1"}


def carry_out(case: Case, *, by: User, now: datetime) -> Case:
    """Everybody does what the decision asks of them, one step after the other, until the case closes.

    `by` speaks for the shop.
    """
    steps: dict[str, Callable[[Case], object]] = {
        "address": lambda at: actions.give_address(at, by=by, address="上海", now=now),
        "return": lambda at: actions.send_return(at, by=at.buyer, **PARCEL, now=now),
        "receipt": lambda at: actions.confirm_receipt(at, by=by, now=now),
        "payment": lambda at: actions.refund(at, by=by, now=now),
        "shipment": lambda at: actions.ship(at, by=by, **PARCEL, now=now),
        "delivery": lambda at: actions.confirm_delivery(at, by=at.buyer, now=now),
        "deed": lambda at: actions.fulfil(
            at, by=by, duty=at.duties.now_due().get(step="deed").number, note="办好了", now=now
        ),
    }
    while (case := Case.objects.get(pk=case.pk)).state == State.EXECUTING:
        steps[case.duties.now_due().order_by("number")[0].step](case)
        cashier.relay(now)
    cashier.relay(now)
    return Case.objects.get(pk=case.pk)


class Docket:
    """Brings cases to a state by the verbs a real case would go through, all at one instant."""

    def __init__(self, buyer: User, merchant: User, shop: Shop, arbitrator: User) -> None:
        self.buyer, self.merchant, self.shop, self.arbitrator = buyer, merchant, shop, arbitrator

    def case_in(
        self,
        state: str,
        *,
        now: datetime = NOW,
        holder: User | None = None,
        silent: bool = False,
        sides: tuple[str, ...] = (Side.BUYER,),
        ruling: RulingDraft | None = None,
        **facts: Any,
    ) -> Case:
        """A case that stands at `state` at `now`.

        `silent`: the merchant let its time pass (the case was escalated at `now`, and claims too much for
        the clock to decide). `ruling`: what is
        issued; with it EXECUTING and CLOSED are reached by the ruling, without it by agreement. The parties
        are told of it at `now`. An APPEALED one was appealed by the buyer, and the merchant has been heard.
        Other keywords are facts of the filing.
        """
        holder = holder or self.arbitrator
        last = now
        after_agreement = ruling is None and state in (State.EXECUTING, State.CLOSED)
        if state in (State.RULED, State.APPEALED, State.EXECUTING, State.CLOSED) and (
            not after_agreement
        ):
            now -= HOLD
        began = now - too_late_to_answer(facts.get("category", CATEGORY)) if silent else now
        filer = facts.pop("buyer", self.buyer)
        if silent:
            facts = ABOVE_EVERY_TIER | facts
        case = actions.file_case(
            filing(filer, facts.pop("shop", self.shop), **facts), by=filer, now=began
        )
        merchant = self.merchant
        if not merchant.belongs_to(case.shop_id):
            merchant = case.shop.members.first() or merchant
        steps: dict[str, Callable[[], object]] = {
            "intervene": lambda: actions.request_intervention(case, by=filer, now=began),
            "answer": lambda: (
                sweep.run(now)
                if silent
                else actions.respond(case, by=merchant, text="发货时完好。", now=now)
            ),
            "claim": lambda: actions.claim(case, by=holder, now=now),
            "ask": lambda: actions.request_evidence(
                case,
                by=holder,
                sides=sides,
                evidence_types=["E-PHOTO-WHOLE"],
                note="",
                now=now,
            ),
            "issue": lambda: rule(case, by=holder, draft=ruling or draft(), now=now),
            "propose": lambda: actions.propose(
                case, by=holder, remedy="RM-PART", amount=Decimal("100.00"), now=now
            ),
            "submit": lambda: actions.submit_for_approval(
                case, by=holder, draft=ruling or draft(), now=now
            ),
            "appeal": lambda: actions.appeal(
                case, by=filer, ground="mistake", text="两个杯子都碎了，不是一个。", now=last
            ),
            "hear": lambda: hear(case, last),
            "finalize": lambda: actions.advance(case, "finalize", by=None, now=last),
            "concede": lambda: actions.concede(case, by=merchant, now=now),
            "carry out": lambda: carry_out(case, by=merchant, now=last),
            "withdraw": lambda: actions.withdraw(case, by=filer, reason="settled", now=now),
            "reject": lambda: actions.reject(case, by=holder, reason="duplicate", note="", now=now),
        }
        carried_out = (
            ("intervene", "answer", "claim", "issue", "finalize")
            if ruling is not None
            else ("intervene", "concede")
        )
        ways: dict[str, tuple[str, ...]] = {
            State.NEGOTIATING: (),
            State.AWAITING_MERCHANT: ("intervene",),
            State.QUEUED: ("intervene", "answer"),
            State.REVIEWING: ("intervene", "answer", "claim"),
            State.AWAITING_EVIDENCE: ("intervene", "answer", "claim", "ask"),
            State.MEDIATING: ("intervene", "answer", "claim", "propose"),
            State.AWAITING_APPROVAL: ("intervene", "answer", "claim", "submit"),
            State.RULED: ("intervene", "answer", "claim", "issue"),
            State.APPEALED: ("intervene", "answer", "claim", "issue", "appeal", "hear"),
            State.EXECUTING: carried_out,
            State.CLOSED: (*carried_out, "carry out"),
            State.WITHDRAWN: ("intervene", "withdraw"),
            State.REJECTED: ("intervene", "reject"),
        }
        for step in ways[state]:
            steps[step]()
            case = Case.objects.get(pk=case.pk)
        assert case.state == state
        return case
