"""What a page shows of the appeals in a case: their words, what is brought, and what can still be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions.appeal_decision import why_not_decide
from cases.actions.appealing import takes_appeal_evidence, why_no_appeal
from cases.lifecycle import State, may_take, other_side
from cases.models import Case, Deadline, DeadlineKind
from cases.proceedings import Appeal
from evidence.disclosure import veil
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
    """One appeal as this reader reads it."""

    appeal: Appeal
    is_own: bool
    text: str
    answer: str
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
    if case.ruled_at is None or case.is_held_back(now):
        return None
    until = own_clock(deadlines, DeadlineKind.APPEAL_WINDOW, side, now)
    answer_until = own_clock(deadlines, DeadlineKind.APPEAL_ANSWER, side, now)
    is_open = case.state in OPEN_TO_APPEAL
    if not is_open:
        until = None
    return AppealBox(
        lodged=lodged_in(list(case.appeals.order_by("made_at", "pk")), shown, veil(case), side),
        own_brought=[each for each in shown if each.with_appeal and each.side == side],
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


@dataclass(frozen=True)
class AppealDesk:
    """The appeals as the desk reads them. `why_not` says why this person does not decide them now.

    `is_theirs`: whether they are this person's to decide at all.
    """

    lodged: list[Lodged]
    is_open: bool
    is_theirs: bool
    why_not: str

    @property
    def may_decide(self) -> bool:
        return self.is_theirs and not self.why_not


def appeal_desk(
    case: Case,
    user: User,
    exhibits: Sequence[Exhibit],
    *,
    veiled: Callable[[str], str],
    now: datetime,
) -> AppealDesk | None:
    """None where nobody can have appealed; one question more where nobody has."""
    if case.ruled_at is None:
        return None
    appeals = list(case.appeals.order_by("made_at", "pk"))
    if not appeals:
        return None
    is_theirs = may_take(case, "uphold", user)
    return AppealDesk(
        lodged=lodged_in(appeals, exhibits, veiled),
        is_open=case.state == State.APPEALED,
        is_theirs=is_theirs,
        why_not=(why_not_decide(case, user, now=now) or "") if is_theirs else "",
    )


def lodged_in(
    appeals: Sequence[Appeal],
    exhibits: Sequence[Exhibit],
    veiled: Callable[[str], str],
    side: str = "",
) -> list[Lodged]:
    """Each appeal with what either side brought along; `side` is the reader's, whose own words are as they are."""
    brought = [exhibit for exhibit in exhibits if exhibit.with_appeal]
    return [
        Lodged(
            each,
            each.side == side,
            each.text if each.side == side else veiled(each.text),
            each.answer if side and each.side != side else veiled(each.answer),
            [exhibit for exhibit in brought if exhibit.side == each.side],
            [exhibit for exhibit in brought if exhibit.side == other_side(each.side)],
        )
        for each in appeals
    ]


def bring(request: HttpRequest, case: Case, *, now: datetime) -> None:
    """Keep the files sent along with an appeal that was just made, and say what became of them."""
    if request.FILES:
        tell(request, deliver(request, case, now=now))


def done(step: str) -> str:
    if step == "appeal":
        return _("Your appeal is in. The other side is heard, then somebody else decides.")
    return _("Your answer to the appeal is in.")
