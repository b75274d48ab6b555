"""People who press at the same instant: the same case, the next case, the same button twice, against the clock.

Each function works on the database at hand. `address`, where one is taken, is a running web server.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone, translation
from django_fsm import ConcurrentTransition

from accounts.models import User
from cases import sweep
from cases.actions import (
    Refused,
    accept,
    appeal,
    claim,
    claim_next,
    concede,
    issue_ruling,
    offer,
    respond,
    supply_evidence,
    withdraw,
)
from cases.lifecycle import ENDED, State
from cases.models import ON_THE_WAY, Case, Deadline, DeadlineKind, Event, Ruling
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit
from faults import ledger
from faults.crowd import fork, in_processes, in_threads
from faults.lab import Verdict
from faults.people import Docket, cast, desk, photo
from faults.visitors import Visitor, together
from tests.factories import draft

MILLISECOND = timedelta(milliseconds=1)
LastWord = tuple[Case, Callable[..., Any]]  # the case, and what a party does in it at an instant
chance = random.Random(20260101)  # noqa: S311


# F12 -----------------------------------------------------------------------------------------------


def one_case_claimed(rivals: int = 100, address: str | None = None) -> Verdict:
    """By processes that call the verb and, where there is a web server, by as many browsers."""
    verdict = Verdict()
    people = cast()
    crowd = desk(rivals)
    case = people.case_in(State.QUEUED, now=timezone.now())
    began = time.monotonic()
    told = Counter(in_processes(partial(press_claim, case.pk), [each.pk for each in crowd]))
    took = time.monotonic() - began
    holder = Case.objects.get(pk=case.pk).holder
    expected = {"won": 1, f"{holder} has already taken this case.": rivals - 1}
    verdict.insists(told == expected, f"told {told}")
    verdict.says(
        f"{rivals} claims", f"{told['won']} winner", f"{rivals - 1} told by whom ({took:.1f} s)"
    )
    if address:
        case = people.case_in(State.QUEUED, now=timezone.now())
        path = f"/cases/{case.reference}/claim/"
        answers = together([partial(Visitor(address, each).post, path) for each in crowd])
        statuses = Counter(answer.status for answer in answers)
        named = sum(
            f"{Case.objects.get(pk=case.pk).holder} has already taken" in answer.text
            for answer in answers
        )
        verdict.insists(statuses == {302: 1, 409: rivals - 1}, f"answers {statuses}")
        verdict.insists(named == rivals - 1, f"{named} told by whom")
        verdict.says(
            f"in browsers: {statuses[302]} redirected, {named} told, {statuses[500]} × 500"
        )
    claims = Event.objects.filter(name="claim")
    verdict.insists(claims.count() == claims.values("case").distinct().count(), "claimed twice")
    ledger.adds_up(verdict)
    return verdict


def press_claim(case: int, person: int) -> str:
    try:
        with translation.override("en"):
            claim(Case.objects.get(pk=case), by=User.objects.get(pk=person), now=timezone.now())
    except Refused as refusal:
        return str(refusal)
    return "won"


# F13 -----------------------------------------------------------------------------------------------


def next_cases(people: int = 100) -> Verdict:
    verdict = Verdict()
    parties = cast()
    cases = {parties.case_in(State.QUEUED, now=timezone.now()).reference for _ in range(people)}
    began = time.monotonic()
    given = in_processes(press_next, [each.pk for each in desk(people)])
    took = time.monotonic() - began
    shared = len(given) - len(set(given))
    verdict.insists(set(given) == cases, f"given out: {Counter(given).most_common(3)}")
    verdict.says(f"{people} presses on {len(cases)} cases", f"{len(set(given))} distinct")
    verdict.says(f"{shared} shared", f"{given.count(None)} empty-handed ({took:.1f} s)")
    ledger.adds_up(verdict)
    return verdict


def press_next(person: int) -> str | None:
    case = claim_next(by=User.objects.get(pk=person), now=timezone.now())
    return case and case.reference


# F14 -----------------------------------------------------------------------------------------------


def at_the_same_instant(trials: int = 1_000) -> Verdict:
    """An answer, every other one with a photo, within 50 ms of the deadline that two sweeps are watching."""
    verdict = Verdict()
    people = cast()
    cases = [people.case_in(State.AWAITING_MERCHANT, now=timezone.now()).pk for _ in range(trials)]
    clocks = [fork(sweep_for_ever) for _ in range(2)]
    hands = 4
    answering = [
        fork(partial(answer_in_time_or_not, cases[at::hands], people)) for at in range(hands)
    ]
    for child in clocks:
        child.wait_until_it_begins()
    for child in answering:
        child.process.join(300)
        verdict.insists(child.process.exitcode == 0, f"a process ended: {child.process.exitcode}")
    kept_words = sum(last_word(act, people) for act in LAST_WORDS for _ in range(trials // 20))
    for child in clocks:
        verdict.insists(child.kill(), "a sweep ended")
    sweep.run(timezone.now() + ON_THE_WAY)
    in_time = late = 0
    for case in Case.objects.filter(pk__in=cases).prefetch_related("deadlines", "exhibits"):
        [clock] = [d for d in case.deadlines.all() if d.kind == DeadlineKind.MERCHANT_RESPONSE]
        accepted = case.answered_at is not None and case.answered_at <= clock.due_at
        in_time, late = in_time + accepted, late + (not accepted)
        verdict.insists(case.answered_at is not None, f"{case}: the answer was lost")
        verdict.insists(case.answer_is_late == (not accepted), f"{case}: marked wrongly")
        verdict.insists((case.defaulted_at is None) == accepted, f"{case}: both, or neither")
        for exhibit in case.exhibits.all():
            is_late = exhibit.received_at > clock.due_at
            verdict.insists(exhibit.is_late == is_late, f"{case} {exhibit}: marked wrongly")
    kept = Exhibit.objects.filter(case__in=cases).count()
    overtaken = Event.objects.filter(case__in=cases, name="answer_in_time").count()
    sent = sum(pk % 2 for pk in cases)
    verdict.insists(kept == sent, f"{kept} of {sent} photos kept")
    verdict.insists(min(in_time, late) > trials // 10, "nearly all on one side of the instant")
    verdict.says(f"{trials:,} trials", f"{in_time} in time ({overtaken} overtaken by the sweep)")
    said = len(LAST_WORDS) * (trials // 20)
    verdict.insists(kept_words == said, f"{said - kept_words} of {said} last words lost")
    verdict.says(
        f"{kept_words} agreements, appeals and 'all sent' of the last milliseconds counted"
    )
    verdict.says(f"{late} escalated, their late answers kept", f"{kept:,} photos kept")
    ledger.adds_up(verdict)
    return verdict


def sweep_for_ever() -> None:
    while True:
        sweep.run(timezone.now())


def answer_in_time_or_not(cases: list[int], people: Docket) -> None:
    """What a page does: the clock is read when the request is there, then come the files and the words."""
    for pk in cases:
        picture = Submission(photo(), "packed.png")
        due = timezone.now() + 80 * MILLISECOND
        Deadline.objects.filter(case=pk, closed_at=None).update(due_at=due)
        Case.objects.filter(pk=pk).update(due_at=due)
        instant = due + chance.uniform(-50, 50) * MILLISECOND
        while (now := timezone.now()) < instant:
            time.sleep(0.001)
        case = Case.objects.get(pk=pk)
        if pk % 2:
            submit_exhibit(case, picture, by=people.merchant, now=now)
        respond(case, by=people.merchant, text="发货时完好。", now=now)


def agreed(people: Docket) -> LastWord:
    case = people.case_in(State.AWAITING_MERCHANT, now=timezone.now())
    return case, partial(concede, case, by=people.merchant)


def all_sent(people: Docket) -> LastWord:
    case = people.case_in(State.AWAITING_EVIDENCE, now=timezone.now())
    return case, partial(supply_evidence, case, by=people.buyer)


def appealed(people: Docket) -> LastWord:
    case = people.case_in(State.RULED, now=timezone.now())
    return case, partial(appeal, case, by=people.buyer, ground="mistake", text="两个杯子都碎了。")


LAST_WORDS = (agreed, all_sent, appealed)


def last_word(prepare: Callable[[Docket], LastWord], people: Docket) -> bool:
    """Accepted milliseconds before the deadline, done milliseconds after it: whether it counted.

    Of one that a busy machine let have its turn only when the clock's moment was half over, nothing is said.
    """
    case, act = prepare(people)
    due = timezone.now() + 60 * MILLISECOND
    case.deadlines.open().filter(due_at=case.due_at).update(due_at=due)
    Case.objects.filter(pk=case.pk).update(due_at=due)
    accepted = due - 5 * MILLISECOND
    while timezone.now() < due + 20 * MILLISECOND:
        time.sleep(0.001)
    is_slow = timezone.now() > due + ON_THE_WAY / 2
    try:
        act(now=accepted)
    except (Refused, ConcurrentTransition):
        return is_slow
    return True


# F18 -----------------------------------------------------------------------------------------------


def ruled_and_given_up(trials: int = 200) -> Verdict:
    """The buyer withdraws at the instant the ruling goes out, the merchant agrees, or an offer is accepted."""
    verdict = Verdict()
    people = cast()
    ends: Counter[str] = Counter()
    for number in range(trials):
        now = timezone.now()
        prepare = (to_be_ruled, to_be_conceded, to_be_settled)[number % 3]
        pk, act = prepare(people, now)
        give_up = partial(
            withdraw, Case.objects.get(pk=pk), by=people.buyer, reason="settled", now=now
        )
        later = partial(after_a_moment, chance.uniform(0, 0.02), give_up)
        raised = [each for each in in_threads(act, later) if isinstance(each, Exception)]
        refused = all(isinstance(error, Refused | ConcurrentTransition) for error in raised)
        verdict.insists(len(raised) == 1 and refused, f"trial {number}: {raised}")
        case = Case.objects.get(pk=pk)
        ends[case.state] += 1
        rulings = Ruling.objects.filter(case=pk).count()
        decided = case.state in (State.RULED, State.EXECUTING)
        verdict.insists(decided != (case.state == State.WITHDRAWN), f"{case} ends as {case.state}")
        verdict.insists(rulings == (case.state == State.RULED), f"{case}: {rulings} rulings")
        settled = case.offers.filter(outcome="accepted").count()
        expected = prepare is to_be_settled and case.state == State.EXECUTING
        verdict.insists(settled == expected, f"{case}: {settled} offers accepted")
        open_clocks = case.deadlines.open().count()
        verdict.insists(case.state not in ENDED or not open_clocks, f"{case}: clocks go on")
    told = ", ".join(f"{count} {state}" for state, count in sorted(ends.items()))
    verdict.says(f"{trials} trials", told, "0 with two ends")
    ledger.adds_up(verdict)
    return verdict


Prepared = tuple[int, Callable[[], Any]]  # the case, and what is about to end its hearing


def to_be_ruled(people: Docket, now: datetime) -> Prepared:
    case = people.case_in(State.REVIEWING, now=now)
    return case.pk, partial(issue_ruling, case, by=people.arbitrator, draft=draft(), now=now)


def to_be_conceded(people: Docket, now: datetime) -> Prepared:
    case = people.case_in(State.AWAITING_MERCHANT, now=now)
    return case.pk, partial(concede, case, by=people.merchant, now=now)


def to_be_settled(people: Docket, now: datetime) -> Prepared:
    case = people.case_in(State.AWAITING_MERCHANT, now=now)
    offer(case, by=people.merchant, remedy="RM-PART", amount=Decimal("50.00"), now=now)
    return case.pk, partial(accept, Case.objects.get(pk=case.pk), by=people.buyer, now=now)


def after_a_moment(seconds: float, act: Callable[[], Any]) -> Any:
    time.sleep(seconds)
    return act()
