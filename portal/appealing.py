"""What a party's page shows of the appeals in a case: their words, what is brought, and what can still be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cases.actions.appealing import takes_appeal_evidence, why_no_appeal
from cases.lifecycle import State, other_side
from cases.models import Case, Deadline, DeadlineKind
from cases.proceedings import Appeal
from evidence.models import Exhibit
from portal.clocks import span
from portal.exhibits import tell
from portal.forms.appealing import LONGEST_APPEAL, AnswerAppeal, MakeAppeal
from portal.forms.parties import Step
from portal.forms.uploads import deliver

APPEAL_STEPS = frozenset({"appeal", "answer_appeal"})
OPEN_TO_APPEAL = (State.RULED, State.APPEALED)


@dataclass(frozen=True)
class Lodged:
    """One appeal as this side reads it."""

    appeal: Appeal
    is_own: bool
    brought: list[Exhibit]
    answer_brought: list[Exhibit]


@dataclass(frozen=True)
class AppealBox:
    """`until`: how long this side may still appeal; `answer_until`: answer the other side's appeal.

    `why_not`: why it cannot appeal, where somebody might expect that it could.
    """

    lodged: list[Lodged]
    own_brought: list[Exhibit]
    until: datetime | None
    left: str
    answer_until: datetime | None
    takes_evidence: bool
    why_not: str
    form: MakeAppeal
    answer_form: AnswerAppeal
    unsent: str  # what was typed into a form that is no longer there
    longest: int = LONGEST_APPEAL


def appeal_box(
    case: Case,
    side: str,
    deadlines: Sequence[Deadline],
    shown: Sequence[Exhibit],
    *,
    now: datetime,
    tried: Step | None = None,
) -> AppealBox | None:
    """For one side, None before a ruling; `deadlines` are the open ones, `shown` what the side may look at."""
    if case.ruled_at is None:
        return None
    until = own_clock(deadlines, DeadlineKind.APPEAL_WINDOW, side, now)
    answer_until = own_clock(deadlines, DeadlineKind.APPEAL_ANSWER, side, now)
    brought = [exhibit for exhibit in shown if exhibit.with_appeal]
    is_open = case.state in OPEN_TO_APPEAL
    if not is_open:
        until = None
    return AppealBox(
        lodged=[
            Lodged(
                each,
                each.side == side,
                [exhibit for exhibit in brought if exhibit.side == each.side],
                [exhibit for exhibit in brought if exhibit.side == other_side(each.side)],
            )
            for each in case.appeals.order_by("made_at", "pk")
        ],
        own_brought=[exhibit for exhibit in brought if exhibit.side == side],
        until=until,
        left=span(until - now) if until else "",
        answer_until=answer_until,
        takes_evidence=takes_appeal_evidence(case, state=case.state, now=now),
        why_not=(why_no_appeal(case, side, now=now) or "") if is_open and not until else "",
        form=tried if isinstance(tried, MakeAppeal) else MakeAppeal(),
        answer_form=tried if isinstance(tried, AnswerAppeal) else AnswerAppeal(),
        unsent=unsent_of(tried, until, answer_until),
    )


def unsent_of(tried: Step | None, until: datetime | None, answer_until: datetime | None) -> str:
    lost = (isinstance(tried, MakeAppeal) and until is None) or (
        isinstance(tried, AnswerAppeal) and answer_until is None
    )
    return str(tried.data.get("text", "")) if tried is not None and lost else ""


def own_clock(
    deadlines: Sequence[Deadline], kind: str, side: str, now: datetime
) -> datetime | None:
    """When the side's clock of that kind runs out, if it still runs."""
    mine = (each for each in deadlines if each.kind == kind and each.party == side)
    return next((each.due_at for each in mine if now <= each.due_at), None)


def bring(request: HttpRequest, case: Case, *, now: datetime) -> None:
    """Keep the files sent along with an appeal that was just made, and say what became of them."""
    if request.FILES:
        tell(request, deliver(request, case, now=now))


def done(step: str) -> str:
    if step == "appeal":
        return _("Your appeal is in. The other side is heard, then somebody else decides.")
    return _("Your answer to the appeal is in.")
