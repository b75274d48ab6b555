"""How a case stands, in a party's words: what is happening, who acts next, by when, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from cases import calendar
from cases.actions.defaulting import amount_of, default_of
from cases.lifecycle import Side, State, other_side
from cases.models import OFFER_OPEN, Case, Deadline, DeadlineKind, DeadlinePause, Ground
from cases.terms import TERMS, working
from evidence.disclosure import veil
from portal.clocks import Clock, Lengthening, Rest, clock, length_in_words
from portal.paging import number_in
from portal.templatetags.portal import BEIJING, money

# State → what the buyer reads, what the merchant reads.
SENTENCES: dict[str, tuple[str, str]] = {
    State.NEGOTIATING: (
        _("You and the shop are still talking it over."),
        _("The buyer has not called in the platform yet. You can still settle it directly."),
    ),
    State.AWAITING_MERCHANT: (
        _("The merchant has been asked to answer your claim."),
        _("You are asked to answer the buyer's claim."),
    ),
    State.AWAITING_EVIDENCE: (
        _("The arbitrator waits for further evidence from the merchant."),
        _("The arbitrator waits for further evidence from the buyer."),
    ),
    State.QUEUED: (
        _("Everything is in. The next free arbitrator takes your case."),
        _("Your answer is in. The next free arbitrator takes the case."),
    ),
    State.REVIEWING: (
        _("An arbitrator is going through what both sides sent."),
        _("An arbitrator is going through what both sides sent."),
    ),
    State.MEDIATING: (
        _("A settlement is on the table."),
        _("A settlement is on the table."),
    ),
    State.AWAITING_APPROVAL: (
        _("The ruling is written; a second person checks it."),
        _("The ruling is written; a second person checks it."),
    ),
    State.RULED: (_("The ruling is out."), _("The ruling is out.")),
    State.APPEALED: (
        _("Somebody who has not seen the case before checks the ruling."),
        _("Somebody who has not seen the case before checks the ruling."),
    ),
    State.EXECUTING: (
        _("The merchant now carries out what was decided."),
        _("Carry out what was decided, then confirm it here."),
    ),
    State.CLOSED: (
        _("It has been carried out. The case is closed."),
        _("It has been carried out. The case is closed."),
    ),
    State.WITHDRAWN: (_("You have withdrawn this case."), _("The buyer has withdrawn this case.")),
    State.REJECTED: (
        _("The platform does not take this case up."),
        _("The platform does not take this case up."),
    ),
}
APPEALED_AGAINST = _("The other side has appealed. You are asked what you say to it.")
HEARD_FIRST = _("Your appeal is in. The other side is asked what it says to it.")
ASKED_OF_YOU = _("The arbitrator asks you for further evidence.")
DEFAULTED = (
    _("The merchant did not answer in time. The next free arbitrator takes your case."),
    _("You did not answer in time. An arbitrator decides on what is on file."),
)
SILENT = (
    _("The merchant did not answer in time. The case is about to be decided by default."),
    _("You did not answer in time. The case is about to be decided by default."),
)
HELD_BACK = _("A decision was made. You can read it here from %(at)s, Beijing time.")
AGREED = (
    _("It is settled between you. The merchant now carries it out."),
    _("It is settled between you. Carry it out, then confirm it here."),
)
# By whose offer is on the table before the desk has the case.
OFFERED: dict[str | None, tuple[str, str]] = {
    Side.MERCHANT: (
        _("The merchant offers to settle for another amount and waits for your answer."),
        _("Your offer waits for the buyer's answer."),
    ),
    Side.BUYER: (
        _("Your offer waits for the merchant's answer."),
        _("The buyer offers to settle for another amount and waits for your answer."),
    ),
}

NEXT: dict[str, tuple[str, ...]] = {
    State.NEGOTIATING: (Side.BUYER, Side.MERCHANT),
    State.AWAITING_MERCHANT: (Side.MERCHANT,),
    State.QUEUED: (Side.PLATFORM,),
    State.REVIEWING: (Side.PLATFORM,),
    State.MEDIATING: (Side.BUYER, Side.MERCHANT),
    State.AWAITING_APPROVAL: (Side.PLATFORM,),
    State.APPEALED: (Side.PLATFORM,),
    State.EXECUTING: (Side.MERCHANT,),
}

# Kind of clock → its heading for the side it runs against, and for the other side.
TITLES: dict[str, tuple[str, str]] = {
    DeadlineKind.MERCHANT_RESPONSE: (_("Your answer is due"), _("The merchant answers by")),
    DeadlineKind.EVIDENCE_SUPPLEMENT: (
        _("Your further evidence is due"),
        _("The other side sends further evidence by"),
    ),
    DeadlineKind.NEGOTIATION: (_("Settle it with the buyer by"), _("The shop answers you by")),
    DeadlineKind.DEFAULT_DECISION: (_("Decided by default at"), _("Decided by default at")),
    DeadlineKind.OFFER_ANSWER: (_("Answer the offer by"), _("The other side answers the offer by")),
    DeadlineKind.RULING_TARGET: (_("Ruling due"), _("The platform rules by")),
    DeadlineKind.APPROVAL: (_("Approval due"), _("The second look is done by")),
    DeadlineKind.APPEAL_ANSWER: (
        _("Answer the appeal by"),
        _("The other side answers the appeal by"),
    ),
    DeadlineKind.APPEAL_DECISION: (_("Decision due"), _("The appeal is decided by")),
    DeadlineKind.BUYER_RETURN: (
        _("Send the goods back by"),
        _("The buyer sends the goods back by"),
    ),
    DeadlineKind.MERCHANT_RECEIPT: (
        _("Confirm the receipt by"),
        _("The merchant confirms the receipt by"),
    ),
    DeadlineKind.RETURN_ADDRESS: (
        _("Give the return address by"),
        _("The merchant gives the return address by"),
    ),
    DeadlineKind.EXECUTION: (_("Pay the buyer by"), _("The merchant pays by")),
    DeadlineKind.SHIPMENT: (_("Send the goods by"), _("The merchant sends the goods by")),
    DeadlineKind.BUYER_RECEIPT: (
        _("Confirm the delivery by"),
        _("The buyer confirms the delivery by"),
    ),
    DeadlineKind.FULFILMENT: (_("Do it and report it by"), _("The merchant does it by")),
    DeadlineKind.GOODS_REPORT: (
        _("Decide on the goods reported by"),
        _("The platform decides on the goods reported by"),
    ),
    DeadlineKind.PENALTY_APPROVAL: (_("Penalty to approve by"), _("The penalty is decided by")),
    DeadlineKind.APPEAL_WINDOW: (
        _("An appeal is possible until"),
        _("An appeal is possible until"),
    ),
}
AT_ZERO: dict[str, str] = {
    DeadlineKind.EVIDENCE_SUPPLEMENT: _(
        "After that the review goes on with what is on file; a gap may count against whoever was asked."
    ),
    DeadlineKind.NEGOTIATION: _("Unless it is settled by then, the platform steps in by itself."),
    DeadlineKind.DEFAULT_DECISION: _(
        "The rulebook's line for silence is then applied as a ruling. Either side may still appeal."
    ),
    DeadlineKind.OFFER_ANSWER: _("Without an answer the offer lapses and the review goes on."),
    DeadlineKind.APPROVAL: _("If it takes longer, the lead of the desk is told."),
    DeadlineKind.APPEAL_ANSWER: _("After that the appeal is decided with what is on file."),
    DeadlineKind.APPEAL_DECISION: _("If it takes longer, the head of the desk is told."),
    DeadlineKind.BUYER_RETURN: _(
        "After that nothing is owed for the goods, and the money held for them goes to the merchant."
    ),
    DeadlineKind.RETURN_ADDRESS: _(
        "After that the platform pays the buyer first, who keeps the goods, and takes the amount back "
        "from the shop."
    ),
    DeadlineKind.SHIPMENT: _(
        "After that the platform pays the buyer the value instead and takes it back from the shop."
    ),
    DeadlineKind.FULFILMENT: _(
        "After that the platform pays the buyer the value instead and takes it back from the shop."
    ),
    DeadlineKind.BUYER_RECEIPT: _("After that the goods count as delivered."),
    DeadlineKind.MERCHANT_RECEIPT: _("After that the goods count as received."),
    DeadlineKind.EXECUTION: _(
        "After that the platform pays first and takes the amount back from the shop."
    ),
    DeadlineKind.GOODS_REPORT: _("If it takes longer, the head of the desk is told."),
    DeadlineKind.PENALTY_APPROVAL: _("After that the proposal lapses, which is recorded."),
    DeadlineKind.RULING_TARGET: _("If it takes longer, the case moves to the top of the queue."),
    DeadlineKind.APPEAL_WINDOW: _("After that the ruling is final and is carried out."),
}

UNTOLD = frozenset({DeadlineKind.PENALTY_APPROVAL})


@dataclass(frozen=True)
class Standing:
    """`next_sides`: who acts next, nobody when the case rests or has ended."""

    sentence: str
    next_sides: tuple[str, ...]
    is_yours: bool
    deadline: Deadline | None
    clock: Clock | None


@dataclass(frozen=True)
class Stage:
    """`status` is done, current or todo."""

    name: str
    date: datetime | None
    note: str
    status: str


def standing(case: Case, side: str, deadlines: Iterable[Deadline], *, now: datetime) -> Standing:
    """How the case stands for one side; `deadlines` are its open ones.

    Until the parties may read a ruling, who may appeal would tell them what it says.
    """
    if side != Side.PLATFORM and case.told_at is not None and case.is_held_back(now):
        at = f"{case.told_at.astimezone(BEIJING):%H:%M:%S}"
        return Standing(gettext(HELD_BACK) % {"at": at}, (), False, None, None)
    # Points concern the shop; the buyer is not told of a proposal.
    running = [each for each in deadlines if side != Side.BUYER or each.kind not in UNTOLD]
    deadline = pressing(running, side)
    answering = tuple(each.party for each in running if each.kind == DeadlineKind.APPEAL_ANSWER)
    offered_to = tuple(each.party for each in running if each.kind == DeadlineKind.OFFER_ANSWER)
    sides = answering or offered_to or next_sides(case, running)
    return Standing(
        sentence=sentence(case, side, answering),
        next_sides=sides,
        is_yours=side in sides,
        deadline=deadline,
        clock=clock_of(case, deadline, side, now=now) if deadline else None,
    )


def sentence(case: Case, side: str, answering: Sequence[str] = ()) -> str:
    """`answering`: the sides whose answer to an appeal is awaited."""
    pair = SENTENCES[case.state]
    if side in answering:
        pair = (APPEALED_AGAINST, APPEALED_AGAINST)
    elif other_side(side) in answering:
        pair = (HEARD_FIRST, HEARD_FIRST)
    elif case.state == State.AWAITING_EVIDENCE and side in case.evidence_asked_of.split(","):
        pair = (ASKED_OF_YOU, ASKED_OF_YOU)
    elif case.offered_by in OFFERED:
        pair = OFFERED[case.offered_by]
    elif case.default_at is not None:
        pair = SILENT
    elif case.state == State.QUEUED and case.defaulted_at and not case.answered_at:
        pair = DEFAULTED
    elif case.state == State.EXECUTING and not case.ruled_at:
        pair = AGREED
    return gettext(pair[0] if side == Side.BUYER else pair[1])


def next_sides(case: Case, deadlines: Iterable[Deadline] | None = None) -> tuple[str, ...]:
    if case.state == State.AWAITING_EVIDENCE:
        return tuple(case.evidence_asked_of.split(","))
    if (
        case.state == State.EXECUTING and deadlines is not None
    ):  # nobody's clock runs while the gateway is paying
        running = (each.party for each in deadlines if not each.is_paused)
        return tuple(dict.fromkeys(running)) or (Side.PLATFORM,)
    return NEXT.get(case.state, ())


def pressing(deadlines: Iterable[Deadline], side: str) -> Deadline | None:
    """The side's own nearest clock, or else the nearest of all."""
    by_time = sorted(deadlines, key=lambda deadline: deadline.due_at)
    own = [deadline for deadline in by_time if deadline.party == side]
    return next(iter([*own, *by_time]), None)


def row_clock(deadline: Deadline | None, now: datetime) -> Clock | None:
    """The clock of a row in a list: its instant and what is left, nothing else."""
    if deadline is None:
        return None
    return clock(deadline.due_at, opened_at=deadline.opened_at, party=deadline.party, now=now)


def clock_of(case: Case, deadline: Deadline, side: str, *, now: datetime) -> Clock:
    own, other = TITLES[deadline.kind]
    rests = rests_of(deadline, now)
    return clock(
        deadline.due_at,
        opened_at=deadline.opened_at,
        party=deadline.party,
        now=now,
        paused=deadline.is_paused,
        left=left_of(case, deadline, rests, now),
        title=gettext(own if deadline.party == side else other),
        zero=at_zero(case, deadline.kind),
        rests=rests,
        lengthenings=lengthenings_of(case, deadline),
    )


def left_of(
    case: Case, deadline: Deadline, rests: Iterable[Rest], now: datetime
) -> timedelta | None:
    """What is left of a deadline that stands still, in its own hours; None while it runs."""
    if not deadline.is_paused and not any(rest.began_at <= now for rest in rests):
        return None
    hours = working(case, deadline.kind)
    return calendar.remaining(deadline.opened_at, deadline.window, now, deadline.intervals(), hours)


def lengthenings_of(case: Case, deadline: Deadline) -> list[Lengthening]:
    """Both sides read why, so nothing in it tells who or where a person is."""
    of_the_desk = TERMS[deadline.kind].in_desk_hours
    return [
        Lengthening(
            each.side,
            length_in_words(each.length, of_the_desk=of_the_desk),
            each.due_before,
            veil(case)(each.reason),
        )
        for each in deadline.extensions.all()
        if each.granted_at is not None
    ]


def rests_of(deadline: Deadline, now: datetime) -> list[Rest]:
    """The pauses with a known end that the deadline stands in or still runs into, with the public reason."""
    language = get_language() or "en"
    return [
        Rest(pause.began_at, pause.ended_at, reason_of(pause, language))
        for pause in deadline.pauses.all()
        if pause.ended_at is not None
        and (pause.platform_pause is not None or pause.reason in (*Ground.values, OFFER_OPEN))
        if max(now, pause.began_at) < pause.ended_at and pause.began_at < deadline.due_at
    ]


def reason_of(pause: DeadlinePause, language: str) -> str:
    if pause.platform_pause is not None:
        return pause.platform_pause.reason.in_language(language)
    if pause.reason == OFFER_OPEN:
        return gettext("the buyer has an offer to answer")
    return str(Ground(pause.reason).label)


def at_zero(case: Case, kind: str) -> str:
    """What happens when the time is over."""
    if kind == DeadlineKind.OFFER_ANSWER and case.state != State.MEDIATING:
        return gettext("Without an answer the offer lapses and the case goes on where it was.")
    if kind != DeadlineKind.MERCHANT_RESPONSE:
        return gettext(AT_ZERO[kind])
    language = get_language() or ""
    default = default_of(case)
    if default is None:
        return gettext("Without an answer an arbitrator decides on what is on file.")
    return gettext(
        "Without an answer the case is decided by the rulebook's line for silence: %(default)s, %(amount)s."
    ) % {"default": default.title.in_language(language), "amount": money(amount_of(case))}


def stages(case: Case) -> Sequence[Stage]:
    """The way of the case from filing to its end, with the stage it stands at."""
    note = gettext("no answer in time") if case.defaulted_at and not case.answered_at else ""
    filed = Stage(gettext("Filed"), case.filed_at, "", "done")
    answer = (gettext("Merchant's answer"), case.answered_at or case.defaulted_at, note)
    ruling = (gettext("Ruling"), case.ruled_at, "")
    carried_out = (gettext("Carried out"), case.ended_at, "")
    if case.state in (State.WITHDRAWN, State.REJECTED):
        steps = [answer] if answer[1] else []
        way = [*steps, (str(State(case.state).label), case.ended_at, "")]
    elif case.state in (State.EXECUTING, State.CLOSED) and not case.ruled_at:
        way = [answer, carried_out]  # agreed: there was nothing to review
    else:
        way = [answer, (gettext("Review"), case.ruled_at, ""), ruling, carried_out]
    current = len(way) - 1 if case.state == State.EXECUTING else STAGE_OF.get(case.state, len(way))
    return [
        filed,
        *(
            Stage(name, date, remark, status_of(number, current))
            for number, (name, date, remark) in enumerate(way)
        ),
    ]


def status_of(number: int, current: int) -> str:
    if number == current:
        return "current"
    return "done" if number < current else "todo"


# Where a case stands among the stages after its filing.
STAGE_OF: dict[str, int] = {
    State.NEGOTIATING: 0,
    State.AWAITING_MERCHANT: 0,
    State.QUEUED: 1,
    State.REVIEWING: 1,
    State.AWAITING_EVIDENCE: 1,
    State.MEDIATING: 1,
    State.AWAITING_APPROVAL: 1,
    State.RULED: 2,
    State.APPEALED: 2,
}


@dataclass(frozen=True)
class Row:
    case: Case
    title: str
    standing: Standing


@dataclass(frozen=True)
class Shelf:
    """A party's cases: theirs to act on, somebody else's, ended; in each the nearest clock first.

    `previous` and `next`: the numbers of the pages beside this one, where there are any.
    """

    yours: list[Row]
    others: list[Row]
    ended: list[Row]
    previous: int | None
    next: int | None


LISTED = 300


def shelf(user: User, side: str, asked: QueryDict, *, now: datetime) -> Shelf:
    """One page of a party's cases, in four queries: what is open comes first, by its nearest clock."""
    listed, number = Case.objects.visible_to(user).with_parties().open_first(), number_in(asked)
    begin = (number - 1) * LISTED
    cases = list(listed[begin : begin + LISTED + 1])
    if number > 1 and not cases:  # there is no such page, or not any more
        number, cases = 1, list(listed[: LISTED + 1])
    has_more, cases = len(cases) > LISTED, cases[:LISTED]
    clocks: dict[int, list[Deadline]] = {}
    of_cases = Deadline.objects.open().filter(case__in=[case.pk for case in cases])
    for deadline in of_cases.with_pauses().with_extensions():
        clocks.setdefault(deadline.case_id, []).append(deadline)
    rows = [
        Row(case, title_of(case), standing(case, side, clocks.get(case.pk, ()), now=now))
        for case in cases
    ]
    going = sorted((row for row in rows if not row.case.has_ended), key=urgency)
    return Shelf(
        yours=[row for row in going if row.standing.is_yours],
        others=[row for row in going if not row.standing.is_yours],
        ended=[row for row in rows if row.case.has_ended],
        previous=number - 1 if number > 1 else None,
        next=number + 1 if has_more else None,
    )


def title_of(case: Case) -> str:
    """The claim in a line: what it is about and how much is asked."""
    category = case.book.categories[case.category].title.in_language(get_language() or "")
    return f"{category} · {money(case.requested_amount)}" if case.requested_amount else category


def urgency(row: Row) -> tuple[bool, datetime]:
    deadline = row.standing.deadline
    return (deadline is None, deadline.due_at if deadline else row.case.filed_at)
