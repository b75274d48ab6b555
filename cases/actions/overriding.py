"""Where the rules do not reach: flagging a gap, and one remedy outside the rule with a supervisor's word."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import ARBITRATING_ROLES, Role, User
from cases import docket
from cases.actions.hearing import refuse_the_close
from cases.actions.obstacles import DISMISS
from cases.actions.passage import Refused, lock
from cases.gaps import RemedyOverride, RuleGap
from cases.lifecycle import State, its_holder
from cases.models import Case
from cases.versions import RulebookVersion

MAY_FLAG = (*ARBITRATING_ROLES, Role.SUPERVISOR)


@transaction.atomic
def flag_gap(case: Case, *, by: User, text: str, now: datetime) -> RuleGap:
    """Tell the rule owners that the rules have no answer here. The case itself goes on. Twice is once."""
    if by.role not in MAY_FLAG:
        raise PermissionDenied
    lock(case)
    told: RuleGap | None = case.rule_gaps.filter(flagged_by=by, text=text, closed_at=None).first()
    if told is not None:
        return told
    gap: RuleGap = RuleGap.objects.create(
        case=case, rule=case.rule, text=text, flagged_by=by, flagged_at=now
    )
    docket.append(case, "flag_gap", actor=by, at=now, rule=case.rule, text=text)
    return gap


@transaction.atomic
def close_gap(
    gap: RuleGap, *, by: User, answer: str, draft: RulebookVersion | None, now: datetime
) -> None:
    """Answer it, or name the draft that fills it, or both."""
    if by.role != Role.SENIOR:
        raise PermissionDenied
    if not answer and draft is None:
        raise Refused(_("Give an answer, or name the draft that fills the gap."))
    lock(gap.case)
    still_open = RuleGap.objects.filter(pk=gap.pk, closed_at=None)
    if not still_open.update(closed_at=now, closed_by=by, answer=answer, draft=draft):
        raise Refused(_("Somebody has closed this already."))
    number = draft.number if draft else None
    docket.append(gap.case, "close_gap", actor=by, at=now, text=answer, draft=number)


@transaction.atomic
def ask_override(
    case: Case, *, by: User, remedy: str, reason: str, now: datetime
) -> RemedyOverride:
    """Ask for a remedy the rule of the case does not have."""
    if not its_holder(case, by):
        raise PermissionDenied
    if case.state != State.REVIEWING:
        raise Refused(_("This can be asked while the case is under review."))
    if remedy not in case.book.remedies:
        raise Refused(_("No such remedy: %(remedy)s.") % {"remedy": remedy})
    if remedy in (*case.ruled_by.remedies, DISMISS):
        raise Refused(_("The rule allows this remedy as it is."))
    lock(case)
    try:
        with transaction.atomic():
            override: RemedyOverride = RemedyOverride.objects.create(
                case=case, remedy=remedy, reason=reason, asked_by=by, asked_at=now
            )
    except IntegrityError:
        raise Refused(_("This remedy has already been asked for or allowed.")) from None
    docket.append(case, "ask_override", actor=by, at=now, remedy=remedy, reason=reason)
    return override


@transaction.atomic
def decide_override(
    override: RemedyOverride, *, by: User, grants: bool, answer: str, now: datetime
) -> None:
    """A supervisor's word. Both sides read the reason for one that is allowed, if it comes to be used."""
    if by.role != Role.SUPERVISOR or by.pk == override.asked_by_id:
        raise PermissionDenied
    refuse_the_close(override.case, by)
    lock(override.case)
    undecided = RemedyOverride.objects.filter(pk=override.pk, decided_at=None)
    if not undecided.update(decided_at=now, decided_by=by, is_granted=grants, answer=answer):
        raise Refused(_("Somebody has decided this already."))
    name = "grant_override" if grants else "refuse_override"
    docket.append(override.case, name, actor=by, at=now, remedy=override.remedy, reason=answer)
