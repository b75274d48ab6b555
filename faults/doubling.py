"""Every button pressed twice and ten times at once: it must do what one press does, and say so each time."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cases.execution import Duty, MoneyCommand, Repayment
from cases.gaps import RemedyOverride, RuleGap
from cases.models import (
    Breaker,
    Deadline,
    DeadlinePause,
    Delivery,
    EvidenceRequest,
    Extension,
    PlatformPause,
    Ruling,
)
from cases.proceedings import (
    Appeal,
    Correction,
    Offer,
    Penalty,
    PenaltyAppeal,
    PenaltyApproval,
    Submission,
)
from cases.versions import RulebookVersion
from evidence.models import Exhibit
from faults import ledger
from faults.buttons import BUTTONS, Press
from faults.lab import Verdict
from faults.visitors import Answer, together

COUNTED: tuple[type[Any], ...] = (
    *(Exhibit, EvidenceRequest, Ruling, Correction, RuleGap, RemedyOverride, RulebookVersion),
    *(Offer, Submission, Appeal, Duty, MoneyCommand, Repayment),
    *(Penalty, PenaltyApproval, PenaltyAppeal, Extension, DeadlinePause, PlatformPause),
)


def pressed_again(address: str, *, times: tuple[int, ...] = (2, 10)) -> Verdict:
    verdict = Verdict()
    acts = 0
    answers: Counter[int] = Counter()
    for name, ready in BUTTONS.items():
        once, _ = effect(ready(address), 1)
        verdict.insists(once != {} or name == "ruling_draft", f"{name}: one press does nothing")
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
    return ledger.rows() | {
        "rows": Counter(counts),
        "messages": ledger.counted(Delivery.objects.values_list("state")),
        "resumed": ledger.counted(Breaker.objects.exclude(resumed_at=None).values_list("cause")),
        "tried": ledger.counted(Deadline.objects.filter(failures__gt=0).values_list("retry_at")),
    }
