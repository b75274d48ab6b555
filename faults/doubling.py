"""Every button pressed twice and ten times at once: it must do what one press does, and say so each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from cases.actions import issue_ruling
from cases.execution import Duty, MoneyCommand
from cases.lifecycle import Side, State
from cases.models import Case, EvidenceRequest, Ruling
from cases.proceedings import Appeal, Offer, Submission
from evidence.intake import Submission as Sent
from evidence.intake import submit_exhibit
from evidence.models import Exhibit
from faults import ledger
from faults.lab import Verdict
from faults.people import Docket, cast, photo
from faults.visitors import Answer, Visitor, together
from tests.factories import draft, make_person

Press = Callable[[], Answer]
COUNTED: tuple[type[Any], ...] = (
    *(Exhibit, EvidenceRequest, Ruling),
    *(Offer, Submission, Appeal, Duty, MoneyCommand),
)
TERMS = {"remedy": "RM-PART", "amount": "50.00"}
RULING = {
    "outcome": "part",
    "remedies": "RM-PART",
    "amount": "150.00",
    "freight": "FR-C",
    "reasons": "The photos show one broken cup.",
    "finding_1": "One of two cups arrived broken.",
    "rule_1": "L-01",
    "citations_1": "E-01",
    "without": "E-01",
}


def pressed_again(address: str, *, times: tuple[int, ...] = (2, 10)) -> Verdict:
    verdict = Verdict()
    acts = 0
    answers: Counter[int] = Counter()
    for name, ready in BUTTONS.items():
        once, _ = effect(ready(address), 1)
        verdict.insists(once != {} or name == "draft", f"{name}: one press does nothing")
        for count in times:
            again, told = effect(ready(address), count)
            answers.update(answer.status for answer in told)
            verdict.insists(again == once, f"{name} ×{count}: {again}, once: {once}")
            places = {answer.place for answer in told if answer.status == 302}
            odd = {answer.status for answer in told} - {200, 201, 302, 409}
            verdict.insists(not odd, f"{name} ×{count}: answers {odd}")
            verdict.insists(len(places) <= 1, f"{name} ×{count}: leads to {places}")
            acts += 1
    listed = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    verdict.says(f"{len(BUTTONS)} buttons, × {' and × '.join(map(str, times))}", "one effect each")
    verdict.says(f"answers {listed}")
    ledger.adds_up(verdict)
    return verdict


def effect(press: Press, count: int) -> tuple[dict[str, Counter[Any]], list[Answer]]:
    """What so many presses at once add to the database, and what they were answered."""
    before = everything()
    told = together([press] * count)
    after = everything()
    added = {kind: after[kind] - before[kind] for kind in after}
    return {kind: rows for kind, rows in added.items() if rows}, told


def everything() -> dict[str, Counter[Any]]:
    counts = {model.__name__: model.objects.count() for model in COUNTED}
    return ledger.rows() | {"rows": Counter(counts)}


# What is pressed: each makes a fresh case and returns the press.


def case_of(people: Docket, state: str, **facts: Any) -> Case:
    return people.case_in(state, now=timezone.now(), **facts)


def on_the_desk(name: str, state: str, **typed: str) -> Callable[[str], Press]:
    def ready(address: str) -> Press:
        people = cast()
        path = f"/cases/{case_of(people, state).reference}/{name}/"
        return partial(Visitor(address, people.arbitrator).post, path, **typed)

    return ready


def by_a_party(side: str, name: str, state: str, **typed: str) -> Callable[[str], Press]:
    def ready(address: str) -> Press:
        people = cast()
        person: User = people.buyer if side == Side.BUYER else people.merchant
        path = f"/{side}/cases/{case_of(people, state).reference}/"
        return partial(Visitor(address, person).post, path, step=name, **typed)

    return ready


def answer_with_a_photo(address: str) -> Press:
    people = cast()
    path = f"/merchant/cases/{case_of(people, State.AWAITING_MERCHANT).reference}/"
    visitor, sent = Visitor(address, people.merchant), photo_to_send()
    return partial(visitor.post, path, files=sent, step="respond", text="发货时完好。")


def upload(address: str) -> Press:
    people = cast()
    path = f"/cases/{case_of(people, State.AWAITING_MERCHANT).reference}/exhibits/"
    sent = photo_to_send()
    return partial(Visitor(address, people.buyer).post, path, files=sent, accept="application/json")


def take_back_a_photo(address: str) -> Press:
    people = cast()
    case = case_of(people, State.AWAITING_MERCHANT)
    submit_exhibit(case, Sent(photo(), "cup.png"), by=people.buyer, now=timezone.now())
    return partial(
        Visitor(address, people.buyer).post, f"/cases/{case.reference}/exhibits/1/withdraw/"
    )


def rule(address: str) -> Press:
    people = cast()
    case = case_of(people, State.REVIEWING)
    submit_exhibit(case, Sent(photo(), "cup.png"), by=people.buyer, now=timezone.now())
    path = f"/cases/{case.reference}/issue/"
    return partial(Visitor(address, people.arbitrator).post, path, **RULING)


def recall(address: str) -> Press:
    people = cast()
    case = case_of(people, State.REVIEWING)
    issue_ruling(case, by=people.arbitrator, draft=draft(), now=timezone.now())
    return partial(Visitor(address, people.arbitrator).post, f"/cases/{case.reference}/recall/")


def second_look(**typed: str) -> Callable[[str], Press]:
    def ready(address: str) -> Press:
        case = case_of(cast(), State.AWAITING_APPROVAL)
        content = case.submissions.get().content_hash
        path = f"/approvals/{case.reference}/"
        return partial(senior_for(address, case).post, path, content=content, **typed)

    return ready


def uphold(address: str) -> Press:
    case = case_of(cast(), State.APPEALED)
    path = f"/cases/{case.reference}/uphold/"
    return partial(senior_for(address, case).post, path, reasons="裁决依据充分。")


def senior_for(address: str, case: Case) -> Visitor:
    return Visitor(address, make_person(Role.SENIOR, f"senior_of_{case.reference}"))


def next_case(address: str) -> Press:
    people = cast()
    for _ in range(2):
        case_of(people, State.QUEUED)
    return partial(Visitor(address, people.arbitrator).post, "/queue/next/")


def photo_to_send() -> dict[str, Any]:
    return {"files": ("photo.png", photo(), "image/png")}


BUTTONS: dict[str, Callable[[str], Press]] = {
    "request_intervention": by_a_party("buyer", "request_intervention", State.NEGOTIATING),
    "supply_evidence": by_a_party("buyer", "supply_evidence", State.AWAITING_EVIDENCE),
    "withdraw": by_a_party("buyer", "withdraw", State.QUEUED, reason="settled"),
    "upload": upload,
    "take back": take_back_a_photo,
    "respond": answer_with_a_photo,
    "concede": by_a_party("merchant", "concede", State.AWAITING_MERCHANT, confirm="on"),
    "refund": by_a_party("merchant", "refund", State.EXECUTING),
    "claim": on_the_desk("claim", State.QUEUED),
    "next case": next_case,
    "skip": on_the_desk("skip", State.QUEUED, reason="language"),
    "release": on_the_desk("release", State.REVIEWING, reason="language"),
    "request_evidence": on_the_desk(
        "request_evidence", State.REVIEWING, sides="buyer", note="一张清楚的照片"
    ),
    "reject": on_the_desk("reject", State.QUEUED, reason="duplicate"),
    "draft": on_the_desk("ruling/draft", State.REVIEWING, reasons="…"),
    "issue": rule,
    "recall": recall,
    "offer": by_a_party("merchant", "offer", State.AWAITING_MERCHANT, **TERMS),
    "propose": on_the_desk("propose", State.REVIEWING, **TERMS),
    "counter": by_a_party("buyer", "counter", State.MEDIATING, number="1", **TERMS),
    "accept": by_a_party("merchant", "accept", State.MEDIATING, number="1"),
    "decline": by_a_party("buyer", "decline", State.MEDIATING, number="1"),
    "approve": second_look(decision="approve"),
    "send back": second_look(decision="return", comments="再看一眼。"),
    "appeal": by_a_party("buyer", "appeal", State.RULED, ground="mistake", text="两个都碎了。"),
    "uphold": uphold,
}
