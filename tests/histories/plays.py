"""How every act is played in a random history: who may try it, and with which drawn facts.

A play may still be refused by its verb, for what depends on the clock or on another row: then nothing
may have changed. Words only the desk may read carry a secret each, so that a leak names its source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import strategies as st

from accounts.models import Role, User
from cases import actions
from cases.actions import Finding, RulingDraft, Wording
from cases.actions import hearing as desk
from cases.actions.obstacles import gives_all
from cases.actions.penalising import OPEN_TO_PENALTY
from cases.lifecycle import (
    OPEN_TO_EVIDENCE,
    STEPS,
    Side,
    State,
    either_party,
    may_take,
    why_not,
)
from cases.models import Case, Deadline, Ruling
from cases.proceedings import Appeal
from cases.terms import TERMS
from evidence.disclosure import disclose
from evidence.intake import Submission, submit_exhibit

NOTE, COMMENTS, HANDOVER = "desk-note-61f0", "desk-comments-3a77", "desk-handover-90ce"
UNMASKING, DRAFTED, AUDITED = "desk-unmasking-12bd", "desk-drafted-55aa", "desk-audited-7c41"
PENALTY, REMARK = "desk-penalty-e2d9", "desk-remark-b3f8"
PHONES = {Role.BUYER: "13917654321", Role.MERCHANT: "13600112233"}

Draw = Callable[[st.SearchStrategy[Any]], Any]
Play = Callable[[Case, User, datetime, Draw], object]


@dataclass(frozen=True)
class Act:
    may: Callable[[Case, User], bool]
    play: Play


def one_of(draw: Draw, values: Any) -> Any:
    return draw(st.sampled_from(list(values)))


def some_of(draw: Draw, values: Any) -> list[Any]:
    return draw(st.lists(st.sampled_from(list(values)), min_size=1, max_size=2, unique=True))


def amount_up_to(draw: Draw, most: Decimal) -> Decimal:
    """Mostly within what can be given back, now and then a cent beyond it."""
    cents = draw(st.integers(0, int(most * 100) + 1))
    return Decimal(cents) / 100


def typed(by: User, words: str) -> str:
    """What a party writes into a field, and with it what the other side is not to read."""
    return f"{words}{by}，电话{PHONES[Role(by.role)]}。" if by.role in PHONES else words


texts = count(1)


def drafted(case: Case, draw: Draw) -> RulingDraft:
    """A ruling that fits the rule, most of the time."""
    outcome = one_of(draw, Ruling.Outcome.values)
    rule = case.ruled_by
    if outcome == Ruling.Outcome.NONE:
        remedies, amount = ("RM-REJECT",), Decimal(0)
    else:
        remedies = (one_of(draw, rule.remedies),)
        amount = amount_up_to(draw, case.remaining_paid)
        if not any(case.book.remedies[code].moves_money for code in remedies):
            amount = Decimal(0)
        is_all = gives_all(case, remedies, case.book.shares(remedies, amount, {}))
        outcome = Ruling.Outcome.FULL if is_all else Ruling.Outcome.PART
    return RulingDraft(
        outcome=outcome,
        remedies=remedies,
        amount=amount,
        freight=one_of(draw, case.book.freight),
        findings=(Finding("照片可见破损。", rule.code, ("E-01",)),),
        reasons=f"依据照片与聊天记录认定（文稿 {next(texts)} 号）。",
        internal_note=NOTE,
    )


# --- Steps of the lifecycle ----------------------------------------------------------------------


def offering(verb: Callable[..., object]) -> Play:
    def play(case: Case, by: User, now: datetime, draw: Draw) -> object:
        remedy = one_of(draw, case.book.offerable(case.ruled_by) or ("RM-PART",))
        moves_money = case.book.remedies[remedy].moves_money
        amount = amount_up_to(draw, case.remaining_paid) if moves_money else Decimal(0)
        return verb(
            case, by=by, remedy=remedy, amount=amount, note=typed(by, "各退一步。"), now=now
        )

    return play


def approve(case: Case, by: User, now: datetime, draw: Draw) -> object:
    waiting = case.submissions.get(decided_at=None)
    content = one_of(draw, [waiting.content_hash] * 4 + ["0" * 64])
    return actions.approve(case, by=by, content=content, now=now)


def appeal(case: Case, by: User, now: datetime, draw: Draw) -> object:
    ground = one_of(draw, Appeal.Ground.values)
    return actions.appeal(case, by=by, ground=ground, text=typed(by, "新的检测报告在此。"), now=now)


def reassign(case: Case, by: User, now: datetime, draw: Draw) -> object:
    desk_people = User.objects.filter(role__in=(Role.ARBITRATOR, Role.SENIOR)).order_by("pk")
    to = one_of(draw, desk_people)
    return actions.reassign(case, by=by, to=to, reason=HANDOVER, now=now)


def request_evidence(case: Case, by: User, now: datetime, draw: Draw) -> object:
    return actions.request_evidence(
        case,
        by=by,
        sides=some_of(draw, (Side.BUYER, Side.MERCHANT)),
        evidence_types=["E-PHOTO-WHOLE"],
        note="请补充。",
        now=now,
    )


def of_step(name: str, play: Play) -> Act:
    def may(case: Case, by: User) -> bool:
        return may_take(case, name, by) and why_not(case, name) is None

    return Act(may, play)


def reasoned(verb: Callable[..., object], **facts: Any) -> Play:
    """The verb with the same words every time."""
    return lambda case, by, now, draw: verb(case, by=by, now=now, **facts)


def saying(verb: Callable[..., object], **words: str) -> Play:
    """The verb with what a party types to it."""
    return lambda case, by, now, draw: verb(
        case, by=by, now=now, **{name: typed(by, text) for name, text in words.items()}
    )


def judged(verb: Callable[..., object]) -> Play:
    return lambda case, by, now, draw: verb(case, by=by, draft=drafted(case, draw), now=now)


STEP_PLAYS: dict[str, Play] = {
    "request_intervention": reasoned(actions.request_intervention),
    "respond": saying(actions.respond, text="发货时完好。"),
    "concede": reasoned(actions.concede),
    "claim": reasoned(actions.claim),
    "release": lambda case, by, now, draw: actions.release(
        case, by=by, reason=one_of(draw, case.book.release_reasons), now=now
    ),
    "reassign": reassign,
    "request_evidence": request_evidence,
    "supply_evidence": reasoned(actions.supply_evidence),
    "offer": offering(actions.offer),
    "propose": offering(actions.propose),
    "counter": offering(actions.counter),
    "accept": reasoned(actions.accept),
    "decline": reasoned(actions.decline, entry={}),
    "submit_for_approval": judged(actions.submit_for_approval),
    "retract": reasoned(actions.retract),
    "send_back": reasoned(actions.send_back, comments=COMMENTS),
    "take_over": reasoned(actions.take_over),
    "issue": judged(actions.issue_ruling),
    "approve": approve,
    "recall": reasoned(actions.recall),
    "appeal": appeal,
    "uphold": reasoned(actions.uphold, reasons="复核后维持。"),
    "overturn": judged(actions.overturn),
    "give_address": reasoned(actions.give_address, address="杭州市余杭区仓前仓 7 门"),
    "send_return": reasoned(actions.send_return, carrier="SF", tracking="SF0099"),
    "confirm_receipt": reasoned(actions.confirm_receipt),
    "ship": reasoned(actions.ship, carrier="SF", tracking="SF0100"),
    "confirm_delivery": reasoned(actions.confirm_delivery),
    "fulfil": lambda case, by, now, draw: actions.fulfil(
        case, by=by, duty=draw(st.integers(1, 3)), note=typed(by, "已办理。"), now=now
    ),
    "refund": reasoned(actions.refund),
    "withdraw": saying(actions.withdraw, reason="已经解决。"),
    "reject": lambda case, by, now, draw: actions.reject(
        case, by=by, reason=one_of(draw, case.book.reject_reasons), note="", now=now
    ),
}
# These end nearly every case if anybody who may take them does.
RASH = frozenset({"withdraw", "reject", "concede"})


# --- Acts beside it ------------------------------------------------------------------------------


def propose_penalty(case: Case, by: User, now: datetime, draw: Draw) -> object:
    kind = one_of(draw, [*case.ruled_by.points, "A"])
    least, most = case.ruled_by.points.get(kind, (0, 1))
    points = draw(st.integers(least, most + 1))
    return actions.propose_penalty(case, by=by, kind=kind, points=points, reason=PENALTY, now=now)


def decide_penalty(case: Case, by: User, now: datetime, draw: Draw) -> object:
    penalty = case.penalties.get(decided_at=None)
    return actions.decide_penalty(
        penalty, by=by, approves=draw(st.booleans()), reason=REMARK, now=now
    )


def appeal_penalty(case: Case, by: User, now: datetime, draw: Draw) -> object:
    posted = one_of(draw, case.penalties.order_by("pk"))
    return actions.appeal_penalty(posted, by=by, text=typed(by, "当时系统故障。"), now=now)


def decide_penalty_appeal(case: Case, by: User, now: datetime, draw: Draw) -> object:
    return actions.decide_penalty_appeal(
        one_of(draw, case.penalties.order_by("pk")),
        by=by,
        cancels=draw(st.booleans()),
        reasons="复核。",
        now=now,
    )


def correct_ruling(case: Case, by: User, now: datetime, draw: Draw) -> object:
    ruling = case.ruling
    assert ruling is not None
    return actions.correct_ruling(
        case,
        by=by,
        version=ruling.version,
        findings=[Wording(each["text"], tuple(each["citations"])) for each in ruling.findings],
        reasons=f"{ruling.reasons}更正。",
        why="笔误。",
        now=now,
    )


def some_deadline(case: Case, draw: Draw) -> Deadline:
    return one_of(draw, case.deadlines.open().order_by("pk"))


def extend(case: Case, by: User, now: datetime, draw: Draw) -> object:
    deadline = some_deadline(case, draw)
    return actions.extend_deadline(
        case, kind=deadline.kind, by=by, reason=typed(by, "等快递公司回复。"), now=now
    )


def stop_clock(case: Case, by: User, now: datetime, draw: Draw) -> object:
    deadline = some_deadline(case, draw)
    ground = one_of(draw, TERMS[deadline.kind].grounds or ("appraisal",))
    return actions.stop_clock(
        case, kind=deadline.kind, party=deadline.party, ground=ground, note="", by=by, now=now
    )


def let_clock_run(case: Case, by: User, now: datetime, draw: Draw) -> object:
    deadline = some_deadline(case, draw)
    return actions.let_clock_run(case, kind=deadline.kind, party=deadline.party, by=by, now=now)


def send_a_log(case: Case, by: User, now: datetime, draw: Draw) -> object:
    second = draw(st.integers(1, 6))
    log = f"{by} (2026-03-04 20:05:0{second}):\n{typed(by, '箱子塌了。')}\n"
    name = typed(by, f"chat-{second}-") + ".txt"
    sent = Submission(log.encode(), name, is_confirmed=True, caption=typed(by, "聊天。"))
    return submit_exhibit(case, sent, by=by, now=now)


def is_clocked(case: Case) -> bool:
    return case.deadlines.open().exists()


def holds(case: Case, by: User) -> bool:
    return case.holder_id == by.pk


BESIDE: dict[str, Act] = {
    "propose_penalty": Act(
        lambda case, by: holds(case, by) and case.state in OPEN_TO_PENALTY,
        propose_penalty,
    ),
    "decide_penalty": Act(
        lambda case, by: (
            by.role == Role.PENALTY_OFFICER and case.penalties.filter(decided_at=None).exists()
        ),
        decide_penalty,
    ),
    "appeal_penalty": Act(
        lambda case, by: by.belongs_to(case.shop_id) and case.penalties.exists(), appeal_penalty
    ),
    "decide_penalty_appeal": Act(
        lambda case, by: by.role == Role.PENALTY_OFFICER and case.penalties.exists(),
        decide_penalty_appeal,
    ),
    "answer_appeal": Act(
        lambda case, by: either_party(case, by) and case.state == State.APPEALED,
        lambda case, by, now, draw: actions.answer_appeal(
            case, by=by, text=typed(by, "不同意。"), waives=draw(st.booleans()), now=now
        ),
    ),
    "correct_ruling": Act(
        lambda case, by: by.role in (Role.SENIOR, Role.SUPERVISOR) and case.ruling is not None,
        correct_ruling,
    ),
    "extend": Act(
        lambda case, by: is_clocked(case) and (by.is_case_staff or either_party(case, by)), extend
    ),
    "stop_clock": Act(lambda case, by: is_clocked(case) and by.is_arbitrating, stop_clock),
    "let_clock_run": Act(lambda case, by: is_clocked(case) and by.is_arbitrating, let_clock_run),
    "skip": Act(
        lambda case, by: case.state == State.QUEUED and by.is_arbitrating,
        reasoned(desk.skip, reason="hard"),
    ),
    "save_draft": Act(
        lambda case, by: holds(case, by) and case.state == State.REVIEWING,
        reasoned(actions.save_draft, draft={"reasons": DRAFTED, "internal_note": NOTE}),
    ),
    "send_a_log": Act(
        lambda case, by: either_party(case, by) and case.state in OPEN_TO_EVIDENCE, send_a_log
    ),
    "late_answer": Act(
        lambda case, by: by.belongs_to(case.shop_id) and case.defaulted_at is not None,
        STEP_PLAYS["respond"],
    ),
    "report_goods": Act(
        lambda case, by: either_party(case, by) and case.state == State.EXECUTING,
        lambda case, by, now, draw: actions.report_goods(
            case, by=by, duty=draw(st.integers(1, 5)), text=typed(by, "盒子是空的。"), now=now
        ),
    ),
    "decide_report": Act(
        lambda case, by: (
            case.state == State.EXECUTING and (by.is_arbitrating or by.role == Role.SUPERVISOR)
        ),
        lambda case, by, now, draw: actions.decide_report(
            case, by=by, holds=draw(st.booleans()), reason="照片属实。", now=now
        ),
    ),
    "unmask": Act(lambda case, by: holds(case, by), reasoned(disclose, reason=UNMASKING)),
}

ACTS: dict[str, Act] = {
    **{name: of_step(name, play) for name, play in STEP_PLAYS.items()},
    **BESIDE,
}
OF_THE_CLOCK = {
    step.name for step in STEPS.values() if step.clock and step.permission.__name__ == "nobody"
}
