"""Which step opens, closes, pauses and resumes which clock. Called by the verbs, inside their transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from cases import calendar, pauses
from cases.calendar import Pause
from cases.lifecycle import Side, other_side
from cases.models import OFFER_OPEN, Case, Deadline, DeadlineKind, DeadlinePause
from cases.terms import TERMS, window_of, working

Outcome = Deadline.Outcome
Opening = tuple[str, str]  # a kind and the side it runs against

# Parts of a staff window at which the ladder goes one rung up.
RUNGS = (0.75, 1.0, 1.5, 2.0)
NO_ADDRESS = "no_return_address"


@dataclass(frozen=True)
class Move:
    """What a step does to the clocks, in this order."""

    met: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    cancels_the_rest: bool = False
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    reopens: tuple[str, ...] = ()
    opens: Callable[[Case], Iterable[Opening]] = lambda case: ()
    waits_for_the_buyer: bool = False


def opening(*pairs: Opening) -> Callable[[Case], Iterable[Opening]]:
    return lambda case: pairs


def asked_sides(case: Case) -> Iterable[Opening]:
    for side in case.evidence_asked_of.split(","):
        yield DeadlineKind.EVIDENCE_SUPPLEMENT, side


def desk_and_default(case: Case) -> Iterable[Opening]:
    """The staff's target runs in any case: whatever keeps the clock from deciding, a person does."""
    yield DeadlineKind.RULING_TARGET, Side.PLATFORM
    if case.default_at is not None:
        yield DeadlineKind.DEFAULT_DECISION, Side.PLATFORM


def appealing_sides(case: Case) -> Iterable[Opening]:
    """Whoever did not get all they asked for, by what is granted and not by what it is called."""
    ruling = case.ruling
    full = ruling is not None and ruling.grants_the_claim
    none = ruling is not None and ruling.outcome == ruling.Outcome.NONE
    if not full:
        yield DeadlineKind.APPEAL_WINDOW, Side.BUYER
    if not none:
        yield DeadlineKind.APPEAL_WINDOW, Side.MERCHANT


def hearing_of_the_appeal(case: Case) -> Iterable[Opening]:
    """The other side is asked what it says; of two appeals there is one decision."""
    newest = case.appeals.order_by("-made_at", "-pk")[0]
    yield DeadlineKind.APPEAL_ANSWER, other_side(newest.side)
    if open_of(case, DeadlineKind.APPEAL_DECISION) is None:
        yield DeadlineKind.APPEAL_DECISION, Side.PLATFORM


def asked_about_the_offer(case: Case) -> Iterable[Opening]:
    """Everybody but whoever made it."""
    for side in (Side.BUYER, Side.MERCHANT):
        if side != case.offered_by:
            yield DeadlineKind.OFFER_ANSWER, side


CLOCKS_GO_ON = ("claim", "release", "reassign", "take_back")
K = DeadlineKind
MERCHANTS_OWN = (K.NEGOTIATION, K.MERCHANT_RESPONSE)
TO_THE_DESK = opening((K.RULING_TARGET, Side.PLATFORM))

APPEAL_DECIDED = Move(
    met=(K.APPEAL_DECISION,),
    expired=(K.APPEAL_ANSWER, K.APPEAL_WINDOW),
    resumes=(K.PENALTY_APPROVAL,),
)

MOVES: dict[str, Move] = {
    "request_intervention": Move(
        cancels_the_rest=True, opens=opening((K.MERCHANT_RESPONSE, Side.MERCHANT))
    ),
    "respond": Move(met=(K.MERCHANT_RESPONSE,), cancels=(K.OFFER_ANSWER,), opens=TO_THE_DESK),
    "escalate": Move(
        expired=(K.MERCHANT_RESPONSE,), cancels=(K.OFFER_ANSWER,), opens=desk_and_default
    ),
    "decide_by_default": Move(cancels_the_rest=True, opens=appealing_sides),
    "concede": Move(
        met=(K.NEGOTIATION, K.MERCHANT_RESPONSE, K.OFFER_ANSWER), cancels_the_rest=True
    ),
    "request_evidence": Move(pauses=(K.RULING_TARGET,), opens=asked_sides),
    "supply_evidence": Move(met=(K.EVIDENCE_SUPPLEMENT,), resumes=(K.RULING_TARGET,)),
    "lapse_evidence": Move(expired=(K.EVIDENCE_SUPPLEMENT,), resumes=(K.RULING_TARGET,)),
    "offer": Move(opens=asked_about_the_offer, waits_for_the_buyer=True),
    "propose": Move(pauses=(K.RULING_TARGET,), opens=asked_about_the_offer),
    "counter": Move(met=(K.OFFER_ANSWER,), opens=asked_about_the_offer, waits_for_the_buyer=True),
    "accept": Move(met=(K.OFFER_ANSWER, *MERCHANTS_OWN), cancels_the_rest=True),
    "decline": Move(met=(K.OFFER_ANSWER,), resumes=(K.RULING_TARGET,), waits_for_the_buyer=True),
    "submit_for_approval": Move(opens=opening((K.APPROVAL, Side.PLATFORM))),
    "send_back": Move(met=(K.APPROVAL,)),
    "take_over": Move(met=(K.APPROVAL,)),
    "retract": Move(cancels=(K.APPROVAL,)),
    "approve": Move(met=(K.APPROVAL, K.RULING_TARGET), opens=appealing_sides),
    "appeal": Move(pauses=(K.PENALTY_APPROVAL,), opens=hearing_of_the_appeal),
    "uphold": APPEAL_DECIDED,
    "overturn": APPEAL_DECIDED,
    "issue": Move(met=(K.RULING_TARGET,), opens=appealing_sides),
    "recall": Move(cancels_the_rest=True, reopens=(K.RULING_TARGET,)),
    "finalize": Move(expired=(K.APPEAL_WINDOW,), resumes=(K.PENALTY_APPROVAL,)),
    # What a decision asks of each side has clocks of its own: see `duties`.
    "give_address": Move(resumes=(K.BUYER_RETURN,)),
}


def after(case: Case, transition: str, *, now: datetime, window: timedelta | None = None) -> None:
    """Bring the case's clocks in line with the step about to be stored, and note the earliest on it.

    `window` is for the clock that opens where it is not the rule's.
    """
    if transition in CLOCKS_GO_ON:
        return
    move = MOVES.get(transition, Move(cancels_the_rest=case.has_ended))
    if move.met:
        close(case, *move.met, outcome=Outcome.MET, now=now)
    if move.expired:
        close(case, *move.expired, outcome=Outcome.EXPIRED, now=now)
    if move.cancels:
        close(case, *move.cancels, outcome=Outcome.CANCELLED, now=now)
    if move.cancels_the_rest:
        close(case, outcome=Outcome.CANCELLED, now=now)
    for kind in move.pauses:
        pause(case, kind, reason=transition, now=now)
    for kind in move.resumes:
        resume(case, kind, now=now)
    for kind in move.reopens:
        reopen(case, kind, now=now)
    for kind, side in move.opens(case):
        open_deadline(case, kind, side, now=case.heard_at(now), window=window)
    if move.waits_for_the_buyer:
        wait_for_the_buyer(case, now=now)
    find_earliest(case)


def open_deadline(
    case: Case, kind: str, party: str, *, now: datetime, window: timedelta | None = None
) -> Deadline:
    length = window if window is not None else window_of(case, kind)
    met = pauses.met_by(case, kind, party, now=now)
    stands_still = [each.interval for each in met]
    at = instants(case, kind, now, length, after=now, pauses=stands_still)
    deadline = Deadline.objects.create(
        case=case,
        kind=kind,
        party=party,
        opened_at=now,
        window=length,
        **asdict(at),
    )
    if met:
        pauses.join(deadline, met)
    return deadline


def wait_for_the_buyer(case: Case, *, now: datetime) -> None:
    """The merchant's time to answer stands still exactly while the buyer's own time to answer an offer runs.

    An offer therefore costs the merchant nothing and gains it nothing: the buyer can end the wait by
    one word, the clock goes on by itself when the buyer stays silent, and while it is the merchant's
    turn it runs. The exchange as a whole is bounded by the rulebook.
    """
    asked = open_of(case, K.OFFER_ANSWER, Side.BUYER)
    for deadline in case.deadlines.open().filter(kind__in=MERCHANTS_OWN):
        waiting = deadline.pauses.filter(reason=OFFER_OPEN, ended_at__gt=now)
        waiting.update(ended_at=now)
        if asked is not None:
            DeadlinePause.objects.create(
                deadline=deadline, began_at=now, ended_at=asked.due_at, reason=OFFER_OPEN
            )
        at = reckon(case, deadline, now=now)
        Deadline.objects.filter(pk=deadline.pk).update(**asdict(at))


@dataclass(frozen=True)
class Instants:
    """What a deadline is known by in its indexes, by its columns. `rung_at` is None off the ladder or at its top."""

    due_at: datetime
    remind_at: datetime | None
    rung_at: datetime | None


def instants(
    case: Case,
    kind: str,
    opened_at: datetime,
    window: timedelta,
    *,
    after: datetime,
    pauses: Sequence[Pause] = (),
    rung: int = 0,
) -> Instants:
    """When a deadline is due, next reminded of (later than `after`) and next climbs a rung."""
    hours = working(case, kind)
    due = calendar.due_at(opened_at, window, pauses, hours)
    terms = TERMS[kind]
    climbs = terms.has_ladder and rung < len(RUNGS)
    return Instants(
        due,
        calendar.next_reminder(reminders(case, opened_at, due), after) if terms.reminds else None,
        calendar.instant_at(opened_at, window, RUNGS[rung], pauses, hours) if climbs else None,
    )


def reckon(
    case: Case, deadline: Deadline, *, now: datetime, pauses: Sequence[Pause] | None = None
) -> Instants:
    """The deadline's instants anew, after its window or its pauses (the stored ones by default) have changed."""
    return instants(
        case,
        deadline.kind,
        deadline.opened_at,
        deadline.window,
        after=now,
        pauses=deadline.intervals() if pauses is None else pauses,
        rung=deadline.rung,
    )


def reminders(case: Case, opened_at: datetime, due: datetime) -> list[datetime]:
    book = case.book.reminders
    left = [timedelta(hours=hours) for hours in book.hours_left]
    return calendar.reminder_instants(opened_at, due, book.fractions_left, left)


def close(case: Case, *kinds: str, outcome: str, now: datetime, party: str | None = None) -> int:
    """Close the case's open deadlines of these kinds (all when none is named)."""
    rows = case.deadlines.open()
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if party is not None:
        rows = rows.filter(party=party)
    return rows.update(closed_at=now, outcome=outcome, is_paused=False)


def pause(case: Case, kind: str, *, reason: str, now: datetime) -> None:
    for deadline in case.deadlines.running().filter(kind=kind):
        DeadlinePause.objects.create(deadline=deadline, began_at=now, reason=reason)
        Deadline.objects.filter(pk=deadline.pk).update(is_paused=True)


def resume(case: Case, kind: str, *, now: datetime) -> None:
    for deadline in case.deadlines.open().filter(kind=kind, is_paused=True):
        deadline.pauses.filter(ended_at=None).update(ended_at=now)
        pauses.join(deadline, pauses.met_by(case, kind, deadline.party, now=now))
        at = reckon(case, deadline, now=now)
        Deadline.objects.filter(pk=deadline.pk).update(is_paused=False, **asdict(at))


def reopen(case: Case, kind: str, *, now: datetime) -> None:
    """Let the deadline that was met last run on: what it was met by is undone. The time between counts for nothing."""
    met = case.deadlines.filter(kind=kind, outcome=Outcome.MET).order_by("closed_at", "pk").last()
    if met is None:
        return
    DeadlinePause.objects.create(deadline=met, began_at=met.closed_at or now, reason="recall")
    Deadline.objects.filter(pk=met.pk).update(closed_at=None, outcome="", is_paused=True)
    resume(case, kind, now=now)


def find_earliest(case: Case) -> None:
    """Note on the case the instant the queue is ordered by: the earliest running deadline, or none."""
    case.due_at = case.deadlines.running().aggregate(due=Min("due_at"))["due"]


def keep_earliest(case: Case) -> None:
    """Write that instant."""
    find_earliest(case)
    Case.objects.filter(pk=case.pk).update(due_at=case.due_at)


def open_of(case: Case, kind: str, party: str | None = None) -> Deadline | None:
    rows = case.deadlines.open().filter(kind=kind)
    if party is not None:
        rows = rows.filter(party=party)
    return rows.order_by("due_at").first()


def in_time(
    case: Case, due_at: datetime, now: datetime, *, began_at: datetime | None = None
) -> bool:
    """Here by `due_at`, or begun by then and here within the grace an upload has."""
    grace = timedelta(minutes=case.book.windows.upload_grace_minutes)
    return now <= due_at or (began_at is not None and began_at <= due_at and now <= due_at + grace)


def is_late(deadline: Deadline | None, now: datetime) -> bool:
    """In time means: accepted at or before `due_at`, whether or not the sweep has been round."""
    return deadline is None or now > deadline.due_at
