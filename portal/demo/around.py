"""What happens around a decision in the demo: offers, appeals, points, and what the rules have no answer to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from cases import actions
from cases.actions import overriding, publishing
from cases.lifecycle import Side
from cases.models import Case
from portal.demo.cases import Plot
from portal.demo.cast import Cast

HOUR = timedelta(hours=1)


def offer(case: Case, plot: Plot, verb: Callable[..., object], by: User, now: datetime) -> None:
    remedy, amount, note = plot.offer
    if remedy:
        verb(case, by=by, remedy=remedy, amount=Decimal(amount), note=note, now=now)


def question_the_rules(case: Case, plot: Plot, by: User, now: datetime) -> None:
    if plot.gap:
        overriding.flag_gap(case, by=by, text=plot.gap, now=now)
    remedy, reason = plot.beyond
    if remedy:
        overriding.ask_override(case, by=by, remedy=remedy, reason=reason, now=now)


def appeal(case: Case, plot: Plot, parties: dict[str, User], now: datetime) -> None:
    """A party appeals; where the plot has an answer to it, the other side has given it since."""
    side, ground, text = plot.appeal
    actions.appeal(case, by=parties[side], ground=ground, text=text, now=now)
    if plot.answer_to_appeal:
        other = Side.MERCHANT if side == Side.BUYER else Side.BUYER
        actions.answer_appeal(
            Case.objects.get(pk=case.pk),
            by=parties[other],
            text=plot.answer_to_appeal,
            waives=True,
            now=now + 5 * HOUR,
        )


def propose_points(case: Case, plot: Plot, by: User, now: datetime) -> None:
    kind, points, reason = plot.points
    if kind:
        actions.propose_penalty(case, by=by, kind=kind, points=points, reason=reason, now=now)


def approve_points(case: Case, cast: Cast, now: datetime) -> None:
    """By as many officers as it takes, none of whom can sign in to the demo."""
    for penalty in case.penalties.filter(decided_at=None):
        for name in ("meng_chuan", "bai_lu"):
            if actions.decide_penalty(penalty, by=cast.people[name], approves=True, now=now):
                break


def begin_a_version(cast: Cast, now: datetime) -> None:
    """A senior has begun the next version of the rulebook; a supervisor is still to publish it."""
    author = cast.people["zheng_wan"]
    draft = publishing.take_draft(by=author, note="调整二人复核的金额起点，见本季度复盘。", now=now)
    text = draft.text.replace('approval_threshold: "500.00"', 'approval_threshold: "800.00"')
    publishing.edit_draft(draft, by=author, text=text, revision=draft.revision, now=now)
