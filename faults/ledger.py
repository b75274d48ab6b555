"""What must be exactly so in the database, whatever was killed: counted after every fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Min, QuerySet

from cases import docket, notices
from cases.lifecycle import State
from cases.models import Case, Deadline, DeadlineKind, Event, Notice
from faults.lab import Verdict

TOLD_OF_ESCALATION = len(notices.TOLD["escalate"])


def rows() -> dict[str, Counter[Any]]:
    """Every kind of row a step leaves, counted; two runs that did the same work agree in all of them."""
    return {
        "states": counted(Case.objects.values_list("state")),
        "docket": counted(Event.objects.values_list("name", "to_state")),
        "clocks": counted(Deadline.objects.values_list("kind", "outcome")),
        "notices": counted(Notice.objects.values_list("name")),
    }


def counted(groups: QuerySet[Any, Any]) -> Counter[Any]:
    found = groups.order_by().annotate(count=Count("pk"))
    return Counter({tuple(group): count for *group, count in found})


def escalated_once(verdict: Verdict, due: int) -> None:
    """Each of `due` silent merchants' cases was escalated, once, with its line, its clock and its notices."""
    lines = Event.objects.filter(name="escalate")
    done, cases = lines.count(), lines.values("case").distinct().count()
    told = Notice.objects.filter(name="escalate").count()
    expired = Deadline.objects.filter(
        kind=DeadlineKind.MERCHANT_RESPONSE, outcome=Deadline.Outcome.EXPIRED
    ).count()
    lost, twice = due - cases, done - cases
    verdict.says(f"{due:,} due", f"{cases:,} escalated", f"{lost:,} lost", f"{twice:,} duplicated")
    verdict.insists(lost == 0, f"{lost} deadlines without an escalation")
    verdict.insists(twice == 0, f"{twice} escalations too many")
    verdict.insists(expired == due, f"{expired} deadlines expired, not {due}")
    verdict.insists(
        told == due * TOLD_OF_ESCALATION, f"{told} notices, not {due * TOLD_OF_ESCALATION}"
    )


def adds_up(verdict: Verdict) -> None:
    """No case is half moved, and every chain can be recomputed."""
    # The clock and the cashier may go on meanwhile, between two of the reads; what is wrong stays wrong.
    wrong = set(half_done())
    lasting = [complaint for complaint in half_done() if complaint in wrong] if wrong else []
    for complaint in (*lasting, *broken_chains(Case.objects.all())):
        verdict.insists(False, complaint)


def half_done() -> list[str]:
    """Moves without their line, lines without their move, clocks that outlive their case."""
    moves = Event.objects.exclude(to_state="").order_by("case", "number")
    last = dict(moves.values_list("case", "to_state"))
    lines = dict(Event.objects.values_list("case").annotate(Count("pk")))
    running = dict(Deadline.objects.running().values_list("case").annotate(Min("due_at")))
    wrong = []
    for case in Case.objects.only("reference", "state", "docket_length", "due_at"):
        if last.get(case.pk) != case.state:
            wrong.append(f"{case} stands at {case.state}, its docket says {last.get(case.pk)}")
        if lines.get(case.pk, 0) != case.docket_length:
            wrong.append(f"{case} counts {case.docket_length} lines, has {lines.get(case.pk)}")
        if running.get(case.pk) != case.due_at:
            wrong.append(f"{case} is due {case.due_at}, its clocks say {running.get(case.pk)}")
    silent = Deadline.objects.open().filter(kind=DeadlineKind.MERCHANT_RESPONSE)
    unheard = silent.exclude(case__state=State.AWAITING_MERCHANT).count()
    if unheard:
        wrong.append(f"{unheard} merchants' clocks run in cases that have moved on")
    return wrong


def broken_chains(cases: Iterable[Case]) -> list[str]:
    return [
        f"{bad.reference}/{bad.number}: {bad.reason}" for _, _, bad in docket.verify(cases) if bad
    ]
