"""Invented cases in every state, as many as asked: what `manage.py seed_cases` writes.

Rows, docket chains and clocks are what the verbs would have left; only the way there is shorter.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction
from django.db.models import Max

from accounts.models import Role, Shop, ShopMember, User
from cases import bulk, calendar, docket, rulebook, versions
from cases.actions.drafts import Finding, RulingDraft
from cases.actions.filing import BEIJING
from cases.actions.ruling import amounts_of, content_hash
from cases.lifecycle import DEFAULTED_PRIORITY, MoneyState, Side, State
from cases.models import (
    Case,
    Deadline,
    DeadlineKind,
    DeadlinePause,
    Event,
    EvidenceRequest,
    Notice,
    ReferenceCounter,
    Ruling,
)

SOURCE = "seed"
CHUNK = 10_000
BUYERS, SHOPS, ARBITRATORS = 1_000, 200, 50
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
OLDEST, NEWEST_END = 300 * DAY, 10 * DAY

GOODS = (
    ("保温杯", "tableware", "89.00"),
    ("羊毛围巾", "clothing", "168.00"),
    ("蓝牙耳机", "electronics", "299.00"),
    ("进口樱桃", "fresh", "128.00"),
    ("儿童积木", "toys", "59.90"),
    ("运动跑鞋", "shoes", "459.00"),
    ("空气炸锅", "appliances", "379.00"),
    ("洗面奶", "cosmetics", "45.00"),
)
STATEMENTS = (
    "收到时外箱已经变形，里面的东西碎了，联系客服两天没有回复。",
    "实物和页面描述的颜色、材质都不一样，要求退货退款。",
    "物流显示已签收，但我和家人都没有收到，快递柜里也没有。",
    "用了不到一周就无法开机，客服让我自己寄修，运费自理。",
    "少发了一件，客服说仓库已全部发出，不肯补发。",
)
ANSWERS = (
    "发货前已拍照检查，包装完好，请买家提供开箱视频。",
    "页面已注明色差，商品与描述一致，不同意仅退款。",
    "底单与称重记录显示数量齐全，已附发货凭证。",
)

CASE = (
    *("id", "reference", "source", "external_id", "category", "rule", "rulebook_version"),
    *("order_number", "items", "paid", "freight", "refunded", "placed_at", "shipped_at"),
    *("delivered_at", "carrier", "tracking_number", "buyer_id", "shop_id", "requested_remedy"),
    *("requested_amount", "statement", "filed_at"),
    *("state", "money_state", "holder_id", "priority", "version", "answer", "answered_at"),
    *("defaulted_at", "evidence_round", "evidence_asked_of", "ruled_at", "ended_at"),
    *("due_at", "docket_length", "docket_head"),
)
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Case: CASE,
    Deadline: (
        *("id", "case_id", "kind", "party", "opened_at", "window", "due_at"),
        *("is_paused", "remind_at", "closed_at", "outcome"),
    ),
    DeadlinePause: ("deadline_id", "began_at", "reason"),
    Event: (
        *("case_id", "number", "at", "actor_id", "name", "from_state", "to_state"),
        *("facts", "previous_hash", "hash"),
    ),
    EvidenceRequest: ("case_id", "round", "side", "evidence_types", "note", "asked_at"),
    Ruling: (
        *("case_id", "version", "author_id", "issued_at", "told_at", "outcome", "remedies"),
        *("amount", "cap", "amounts", "freight", "findings", "reasons", "rulebook_version"),
        "content_hash",
    ),
    Notice: ("id", "case_id", "name", "facts", "user_id", "shop_id", "created_at", "dispatched_at"),
}


class Cast:
    def __init__(self, buyers: list[int], shops: list[tuple[int, int]], staff: list[int]) -> None:
        self.buyers, self.shops, self.staff = buyers, shops, staff  # shops: (shop, its owner)


def cast() -> Cast:
    """The invented people, made on the first run. Nobody can sign in as one of them."""
    people = [
        *_people(Role.BUYER, BUYERS),
        *_people(Role.MERCHANT, SHOPS),
        *_people(Role.ARBITRATOR, ARBITRATORS),
    ]
    with transaction.atomic():
        User.objects.bulk_create(people, ignore_conflicts=True)
        Shop.objects.bulk_create(
            (
                Shop(name=f"种子店铺 {number}", source=SOURCE, external_id=f"shop-{number}")
                for number in range(1, SHOPS + 1)
            ),
            ignore_conflicts=True,
        )
        by_role = {
            role: list(
                User.objects.filter(source=SOURCE, role=role)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            for role in (Role.BUYER, Role.MERCHANT, Role.ARBITRATOR)
        }
        shops = list(Shop.objects.filter(source=SOURCE).order_by("pk").values_list("pk", flat=True))
        owned = list(zip(shops, by_role[Role.MERCHANT], strict=True))
        ShopMember.objects.bulk_create(
            (
                ShopMember(shop_id=shop, user_id=owner, role=ShopMember.Role.OWNER)
                for shop, owner in owned
            ),
            ignore_conflicts=True,
        )
    return Cast(by_role[Role.BUYER], owned, by_role[Role.ARBITRATOR])


def _people(role: Role, count: int) -> Iterator[User]:
    for number in range(1, count + 1):
        name = f"seed-{role}-{number}"
        yield User(
            username=name,
            display_name=f"{role.label} {number}",
            password=make_password(None),
            role=role,
            source=SOURCE,
            external_id=name,
        )


class Story:
    """One case from its filing on, told step by step; it writes down the rows each step leaves."""

    def __init__(self, writer: Writer, pk: int) -> None:
        chance = writer.chance
        self.writer, self.rows, self.now, self.pk = writer, writer.rows, writer.now, pk
        self.buyer = chance.choice(writer.cast.buyers)
        self.shop, self.owner = chance.choice(writer.cast.shops)
        self.arbitrator = chance.choice(writer.cast.staff)
        self.category = chance.choice(writer.categories)
        self.rule = writer.book.rules[self.category.rule]
        title, kind, price = chance.choice(GOODS)
        quantity = chance.randint(1, 4)
        self.items = [{"title": title, "kind": kind, "quantity": quantity, "unit_price": price}]
        self.paid = Decimal(price) * quantity
        self.amount = self.paid if chance.random() < 0.7 else self.paid / 2
        self.refunded = Decimal("0.00")
        self.reference, self.state, self.money_state = "", "", str(MoneyState.HELD)
        self.holder: int | None = None
        self.priority = self.evidence_round = self.length = 0
        self.answer = self.asked_of = self.head = ""
        self.answered_at: datetime | None = None
        self.defaulted_at: datetime | None = None
        self.ruled_at: datetime | None = None
        self.ended_at: datetime | None = None
        self.clocks: dict[str, list[Any]] = {}

    def tell(self, way: Way, last: datetime) -> None:
        """Go the whole way, its last step at `last` and the others the due time before it."""
        times = [last]
        for step in reversed(way):
            times.append(times[-1] - self.time_before(step))
        times.reverse()
        self.filed_at = times[0]
        self.reference = self.writer.next_reference(self.filed_at)
        self.file(self.filed_at)
        for step, at in zip(way, times[1:], strict=True):
            step(self, at)
        self.finish()

    def time_before(self, step: Callable[[Story, datetime], None]) -> timedelta:
        if step is Story.escalate:
            return self.rule.response_hours * HOUR + 4 * SECOND
        if step is Story.finalize:
            return self.writer.book.windows.appeal_days * DAY + 4 * SECOND
        return self.writer.chance.uniform(0.1, 1) * HOUR

    def step(self, name: str, to: str, at: datetime, actor: int | None, **facts: Any) -> None:
        self.length += 1
        line = docket.line_hash(
            previous=self.head,
            reference=self.reference,
            number=self.length,
            at=at,
            actor_id=actor,
            name=name,
            from_state=self.state,
            to_state=to,
            facts=facts,
        )
        self.rows[Event].append(
            (self.pk, self.length, at, actor, name, self.state, to, facts, self.head, line)
        )
        self.state, self.head = to, line

    def open(self, kind: DeadlineKind, party: Side, at: datetime, window: timedelta) -> None:
        self.clocks[kind] = [
            *(0, self.pk, str(kind), str(party), at, window),
            *(at + window, False, None, None, ""),
        ]

    def close(self, kind: DeadlineKind, at: datetime, outcome: Deadline.Outcome) -> None:
        self.clocks[kind][-2:] = at, str(outcome)

    def finish(self) -> None:
        """Write the case itself, and its clocks with the reminders still to come.

        Notices are written for open cases only, as if those of the others had been cleared away.
        """
        running = []
        for clock in self.clocks.values():
            _, _, _, _, opened_at, _, due, is_paused, _, closed_at, _ = clock
            if closed_at is None and not is_paused:
                running.append(due)
                book = self.writer.book.reminders
                left = [hours * HOUR for hours in book.hours_left]
                instants = calendar.reminder_instants(opened_at, due, book.fractions_left, left)
                clock[8] = calendar.next_reminder(instants, self.now)
            self.rows[Deadline].append(clock)
        asked = self.clocks.get(DeadlineKind.MERCHANT_RESPONSE)
        if asked is not None and self.ended_at is None:
            at, facts = asked[4], {"due": asked[6].isoformat()}
            for recipient in ((self.buyer, None), (None, self.shop)):
                self.rows[Notice].append(
                    (uuid4(), self.pk, "request_intervention", facts, *recipient, at, at)
                )
        shipped = self.filed_at - 3 * DAY
        self.rows[Case].append(
            (
                *(self.pk, self.reference, SOURCE, self.reference, self.category.code),
                *(self.rule.code, self.writer.book.version, f"26{self.pk:010d}", self.items),
                *(self.paid, Decimal("0.00"), self.refunded, shipped - DAY, shipped),
                *(shipped + 2 * DAY, "SF", f"SF{self.pk:012d}", self.buyer, self.shop),
                *("refund_only", self.amount, STATEMENTS[self.pk % len(STATEMENTS)]),
                *(self.filed_at, self.state, self.money_state, self.holder, self.priority),
                *(self.length - 1, self.answer, self.answered_at, self.defaulted_at),
                *(self.evidence_round, self.asked_of, self.ruled_at, self.ended_at),
                *(min(running, default=None), self.length, self.head),
            )
        )

    # The steps, as the verbs take them.

    def file(self, at: datetime) -> None:
        facts = {"source": SOURCE, "external_id": self.reference, "rule": self.rule.code}
        facts |= {"remedy": "refund_only", "amount": f"{self.amount:.2f}"}
        version = self.writer.book.version
        self.step("file", State.NEGOTIATING, at, self.buyer, **facts, rulebook=version)

    def intervene(self, at: datetime) -> None:
        self.step("request_intervention", State.AWAITING_MERCHANT, at, self.buyer)
        window = self.rule.response_hours * HOUR
        self.open(DeadlineKind.MERCHANT_RESPONSE, Side.MERCHANT, at, window)

    def respond(self, at: datetime) -> None:
        self.answer, self.answered_at = self.writer.chance.choice(ANSWERS), at
        self.step("respond", State.QUEUED, at, self.owner, text=self.answer)
        self.close(DeadlineKind.MERCHANT_RESPONSE, at, Deadline.Outcome.MET)
        self._heard_by(at)

    def escalate(self, at: datetime) -> None:
        self.defaulted_at, self.priority = at, DEFAULTED_PRIORITY
        due = self.clocks[DeadlineKind.MERCHANT_RESPONSE][6]
        self.step("escalate", State.QUEUED, at, None, due_at=due.isoformat())
        self.close(DeadlineKind.MERCHANT_RESPONSE, at, Deadline.Outcome.EXPIRED)
        self._heard_by(at)

    def _heard_by(self, at: datetime) -> None:
        target = self.writer.book.windows.ruling_target_hours[self.rule.complexity] * HOUR
        self.open(DeadlineKind.RULING_TARGET, Side.PLATFORM, at, target)

    def claim(self, at: datetime) -> None:
        self.holder = self.arbitrator
        self.step("claim", State.REVIEWING, at, self.arbitrator)

    def request_evidence(self, at: datetime) -> None:
        self.evidence_round, self.asked_of = 1, str(Side.BUYER)
        types, note = list(self.rule.buyer_evidence[:1]), "请补充能看清问题部位的照片。"
        facts = {"sides": [self.asked_of], "types": types, "note": note}
        self.step("request_evidence", State.AWAITING_EVIDENCE, at, self.arbitrator, **facts)
        self.rows[EvidenceRequest].append((self.pk, 1, self.asked_of, types, note, at))
        target = self.clocks[DeadlineKind.RULING_TARGET]
        target[7] = True
        self.rows[DeadlinePause].append((target, at, "request_evidence"))
        window = self.rule.supplement_hours * HOUR
        self.open(DeadlineKind.EVIDENCE_SUPPLEMENT, Side.BUYER, at, window)

    def issue(self, at: datetime) -> None:
        draft = RulingDraft(
            outcome=Ruling.Outcome.PART,
            remedies=("RM-PART",),
            amount=self.amount / 2,
            freight="FR-M",
            findings=(Finding("商品到手时已有损坏。", self.rule.code, ("E-01",)),),
            reasons="买家的照片清楚显示问题，商家没有提出相反证据。",
        )
        like = Case(reference=self.reference, rulebook_version=self.writer.book.version)
        ruled = content_hash(like, draft, 1)
        self.rows[Ruling].append(
            (
                *(self.pk, 1, self.arbitrator, at, at, str(draft.outcome), list(draft.remedies)),
                *(draft.amount, self.paid, amounts_of(like, draft), draft.freight),
                *([asdict(f) for f in draft.findings], draft.reasons),
                *(self.writer.book.version, ruled),
            )
        )
        self.ruled_at = at
        self.step(
            "issue",
            State.RULED,
            at,
            self.arbitrator,
            version=1,
            outcome=str(draft.outcome),
            amount=f"{draft.amount:.2f}",
            content=ruled,
        )
        self.close(DeadlineKind.RULING_TARGET, at, Deadline.Outcome.MET)
        self.open(
            DeadlineKind.APPEAL_WINDOW,
            Side.MERCHANT,
            at,
            self.writer.book.windows.appeal_days * DAY,
        )

    def finalize(self, at: datetime) -> None:
        self.step("finalize", State.EXECUTING, at, None)
        self.close(DeadlineKind.APPEAL_WINDOW, at, Deadline.Outcome.EXPIRED)

    def concede(self, at: datetime) -> None:
        self.answered_at = at
        self.step("concede", State.EXECUTING, at, self.owner, amount=f"{self.amount:.2f}")
        self.close(DeadlineKind.MERCHANT_RESPONSE, at, Deadline.Outcome.MET)

    def complete(self, at: datetime) -> None:
        amount = self.amount if self.ruled_at is None else self.amount / 2
        self.step("complete", State.CLOSED, at, self.owner, amount=f"{amount:.2f}")
        self.ended_at, self.refunded, self.money_state = at, amount, str(MoneyState.REFUNDED)

    def withdraw(self, at: datetime) -> None:
        self.step("withdraw", State.WITHDRAWN, at, self.buyer, reason="settled")
        self._dropped(at)

    def reject(self, at: datetime) -> None:
        facts = {"reason": "duplicate", "note": ""}
        self.step("reject", State.REJECTED, at, self.arbitrator, **facts)
        self._dropped(at)

    def _dropped(self, at: datetime) -> None:
        self.close(DeadlineKind.MERCHANT_RESPONSE, at, Deadline.Outcome.CANCELLED)
        self.ended_at, self.money_state = at, str(MoneyState.RELEASED)


# How often of a hundred, and the steps after the filing.
Way = tuple[Callable[[Story, datetime], None], ...]
ANSWERED: Way = (Story.intervene, Story.respond)
HEARD: Way = (*ANSWERED, Story.claim)
ENDED_WAYS: tuple[tuple[int, Way], ...] = (
    (62, (Story.intervene, Story.concede, Story.complete)),
    (25, (Story.intervene, Story.withdraw)),
    (3, (Story.intervene, Story.reject)),
    (10, (*HEARD, Story.issue, Story.finalize, Story.complete)),
)
OPEN_WAYS: tuple[tuple[int, Way], ...] = (
    (6, ()),
    (24, (Story.intervene,)),
    (28, ANSWERED),
    (12, (Story.intervene, Story.escalate)),
    (12, HEARD),
    (6, (*HEARD, Story.request_evidence)),
    (9, (*HEARD, Story.issue)),
    (3, (Story.intervene, Story.concede)),
)
# A way, and when its last step was taken under the rule the case falls under.
Plan = tuple[Way, Callable[[rulebook.Rule], datetime]]


# Writing it down ------------------------------------------------------------------------------------


class Writer:
    """Tells stories and stores their rows, a chunk and a transaction at a time."""

    def __init__(self, now: datetime) -> None:
        self.now, self.cast, self.book = now, cast(), versions.in_force(now)
        self.categories = [
            category
            for category in self.book.categories.values()
            if category.filed_by in ("buyer", "either")
        ]
        self.chance = random.Random(20260101)  # noqa: S311  # the same cases every time
        self.rows: dict[type[models.Model], list[Any]] = defaultdict(list)
        self.last_number: dict[int, int] = {}

    @transaction.atomic
    def write(self, plans: list[Plan]) -> None:
        self.rows.clear()
        self.last_number.clear()
        for (way, when), pk in zip(plans, keys(Case, len(plans)), strict=True):
            story = Story(self, pk)
            story.tell(way, when(story.rule))
        clocks = self.rows[Deadline]
        for clock, pk in zip(clocks, keys(Deadline, len(clocks)), strict=True):
            clock[0] = pk
        self.rows[DeadlinePause] = [(row[0][0], *row[1:]) for row in self.rows[DeadlinePause]]
        for model, columns in COLUMNS.items():
            bulk.insert(model, columns, self.rows[model])
        for year, last in self.last_number.items():
            ReferenceCounter.objects.filter(year=year).update(last=last)

    def next_reference(self, at: datetime) -> str:
        year = at.astimezone(BEIJING).year
        if year not in self.last_number:
            ReferenceCounter.objects.get_or_create(year=year)
            counter = ReferenceCounter.objects.select_for_update().get(year=year)
            self.last_number[year] = counter.last
        self.last_number[year] += 1
        return f"A-{year}-{self.last_number[year]:06d}"


def keys(model: type[models.Model], count: int) -> list[int]:
    """That many keys nobody else gets: from the sequence, or above the highest under SQLite's one lock."""
    if connection.vendor != "postgresql":
        highest = model._default_manager.aggregate(highest=Max("pk"))["highest"] or 0
        return list(range(highest + 1, highest + 1 + count))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def fill(*, ended: int, open: int, due: int, now: datetime) -> Iterator[int]:
    """Add the cases, yielding after each chunk how many there are by now."""
    writer = Writer(now)
    plans = planned(writer, ended=ended, others=open, due=due)
    done = 0
    while chunk := list(islice(plans, CHUNK)):
        writer.write(chunk)
        done += len(chunk)
        yield done


def planned(writer: Writer, *, ended: int, others: int, due: int) -> Iterator[Plan]:
    """One plan after the other: the ended over the year, then what is open, then what is due."""
    chance, now = writer.chance, writer.now

    def still_open(rule: rulebook.Rule) -> datetime:
        target = writer.book.windows.ruling_target_hours[rule.complexity]
        shortest = min(rule.response_hours, rule.supplement_hours, target - 2)
        return now - chance.uniform(0, 0.8) * shortest * HOUR

    def overdue(rule: rulebook.Rule) -> datetime:
        return now - rule.response_hours * HOUR - chance.uniform(1, 3600) * SECOND

    for number in range(ended):
        last = now - OLDEST + (OLDEST - NEWEST_END) * (number / ended)
        yield pick(chance, ENDED_WAYS), partial(long_ago, last)
    for _number in range(others):
        yield pick(chance, OPEN_WAYS), still_open
    for _number in range(due):
        yield (Story.intervene,), overdue


def long_ago(last: datetime, rule: rulebook.Rule) -> datetime:
    return last


def pick(chance: random.Random, ways: tuple[tuple[int, Way], ...]) -> Way:
    return chance.choices([way for _, way in ways], [share for share, _ in ways])[0]
