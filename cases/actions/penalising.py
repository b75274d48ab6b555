"""Points: whoever decides a case only proposes them, and somebody else says yes or no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from cases import deadlines, docket, notices
from cases.actions.hearing import is_close_to
from cases.actions.passage import Refused, lock
from cases.actions.posting import cancel, shop_before
from cases.lifecycle import Side, State, its_holder, respondent
from cases.models import Case, Deadline, DeadlineKind
from cases.points import AGAINST_SHOPS, year_of
from cases.proceedings import Appeal, Penalty, PenaltyAppeal, PenaltyApproval
from cases.rulebook import Rule

OPEN_TO_PENALTY = (State.RULED, State.APPEALED, State.EXECUTING)
BEFORE_THE_END_OF_APPEALS = (State.RULED, State.APPEALED)
KIND = DeadlineKind.PENALTY_APPROVAL
# Lines of the docket that make nobody a decider of the case: reading it, and deciding about points.
NOT_DECIDING = (
    *docket.READING,
    *("integrity_failed", "integrity_restored"),
    *("penalty_seconded", "penalty_approved", "penalty_refused"),
    *("penalty_upheld", "penalty_cancelled"),
)
SILENCE = gettext_noop("The shop did not answer in time.")


def points_allowed(case: Case, cited: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Kind → the fewest and the most points of it the case's rule, or one cited, puts on a shop."""
    found: dict[str, tuple[int, int]] = {}
    for rule in _rules(case, cited):
        for kind, (least, most) in rule.points.items():
            if kind in AGAINST_SHOPS and most:
                before = found.get(kind, (most, most))
                found[kind] = min(before[0], max(least, 1)), max(before[1], most)
    return found


def cited_in(case: Case) -> tuple[str, ...]:
    """The rules that the findings of the ruling in force rest on."""
    ruling = case.ruling
    return tuple(finding["rule"] for finding in ruling.findings) if ruling else ()


def why_not_these(
    case: Case, kind: str, points: int, reason: str, *, cited: Iterable[str]
) -> str | None:
    """The sentence that says why these points cannot be proposed; None when they can."""
    if _rule_for(case, cited, kind, points) is None:
        return _("The rule does not allow these points.")
    return None if reason.strip() else _("Say what the points are for.")


def _rules(case: Case, cited: Iterable[str]) -> list[Rule]:
    known = case.book.rules
    return [known[code] for code in dict.fromkeys([case.rule, *cited]) if code in known]


def _rule_for(case: Case, cited: Iterable[str], kind: str, points: int) -> str | None:
    """The rule that puts so many points of that kind on a shop: the case's own, or else one cited."""
    if kind not in AGAINST_SHOPS:
        return None
    for rule in _rules(case, cited):
        least, most = rule.points.get(kind, (1, 0))
        if max(least, 1) <= points <= most:
            return rule.code
    return None


def propose_penalty(
    case: Case, *, by: User, kind: str, points: int, reason: str, now: datetime
) -> Penalty:
    """The holder proposes points of a rule the ruling rests on; the penalty officer's clock starts."""
    if not its_holder(case, by):
        raise PermissionDenied
    return _propose(case, by=by, kind=kind, points=points, reason=reason, now=now)


def _propose(
    case: Case, *, by: User, kind: str, points: int, reason: str, now: datetime
) -> Penalty:
    if case.state not in OPEN_TO_PENALTY:
        raise Refused(_("A penalty is proposed once the ruling is out."))
    cited = cited_in(case)
    refusal = why_not_these(case, kind, points, reason, cited=cited)
    if refusal is not None:
        raise Refused(refusal)
    with transaction.atomic():
        lock(case)
        if case.penalties.filter(decided_at=None).exists():
            raise Refused(_("A penalty already waits for a decision."))
        if points + points_so_far(case, kind) > points_allowed(case, cited)[kind][1]:
            raise Refused(
                _("With the points this case has brought already the rule allows no more.")
            )
        penalty: Penalty = Penalty.objects.create(
            case=case,
            shop_id=case.shop_id,
            rule=_rule_for(case, cited, kind, points) or case.rule,
            kind=kind,
            points=points,
            reason=reason,
            proposed_by=by,
            proposed_at=now,
        )
        docket.append(
            case, "propose_penalty", actor=by, at=now, kind=kind, points=points, reason=reason
        )
        open_clock(penalty, case, now=now)
    return penalty


def points_so_far(case: Case, kind: str) -> int:
    """What officers have approved of that kind in this case and no appeal has taken off again."""
    approved = case.penalties.filter(kind=kind, outcome=Penalty.Outcome.APPROVED)
    standing = approved.exclude(proposed_by=None).exclude(
        appeal__outcome=PenaltyAppeal.Outcome.CANCELLED
    )
    total: int = standing.aggregate(total=Sum("points"))["total"] or 0
    return total


def propose_with_ruling(
    case: Case, facts: Mapping[str, Any], *, by: User, now: datetime
) -> Penalty | None:
    """Propose what the ruling that goes out comes with: kind, points and reason, or nothing.

    `by` is whoever decided, who after an appeal is not the case's holder.
    """
    return _propose(case, by=by, now=now, **facts) if facts else None


def open_clock(penalty: Penalty, case: Case, *, now: datetime) -> None:
    """The officer's time runs; during an appeal, and before a shop is expelled until appeals are over, it rests."""
    deadlines.open_deadline(case, KIND, Side.PLATFORM, now=now)
    waits = case.state in BEFORE_THE_END_OF_APPEALS and would_expel(penalty, now=now)
    if case.state == State.APPEALED or waits:
        deadlines.pause(case, KIND, reason="appeal", now=now)
    deadlines.keep_earliest(case)


def would_expel(penalty: Penalty, *, now: datetime) -> bool:
    before = shop_before(penalty, year=year_of(now))
    terms = penalty.case.book.penalties
    return terms.expels(penalty.kind, before, before + penalty.points)


def approvals_needed(penalty: Penalty, *, now: datetime) -> int:
    """How many officers must say yes: in parts it takes as many as at once."""
    before = 0 if penalty.decided_at else points_so_far(penalty.case, penalty.kind)
    is_heavy = before + penalty.points >= penalty.case.book.penalties.two_officers_from
    return 2 if is_heavy or would_expel(penalty, now=now) else 1


def why_not_decide(penalty: Penalty, by: User, *, now: datetime) -> str | None:
    """The sentence that says why this officer may not decide now; None when they may."""
    case = penalty.case
    if penalty.decided_at is not None:
        return _("Somebody has already decided about this penalty.")
    if took_part(case, by) or by.pk == penalty.proposed_by_id:
        return _("You took part in this case; another officer decides about the points.")
    if is_close_to(case, by):
        return _("You are too close to a party of this case; another officer decides.")
    if penalty.approvals.filter(by=by).exists():
        return _("You have said yes already; a second officer has to look.")
    due = due_of(penalty)
    if due is not None and now > due.due_at and not due.is_paused:
        return _("The time to decide is over; the proposal lapses.")
    if case.state in BEFORE_THE_END_OF_APPEALS and would_expel(penalty, now=now):
        return _("These points would expel the shop: they are decided once the appeal is over.")
    return None


def took_part(case: Case, by: User) -> bool:
    """Whether this person had a hand in the case, in whatever role they had then."""
    acts = case.events.filter(actor=by).exclude(name__in=NOT_DECIDING)
    return case.holder_id == by.pk or case.taken_from_id == by.pk or acts.exists()


def due_of(penalty: Penalty) -> Deadline | None:
    """The officers' clock, as it stands; when the case has ended, as it stood then."""
    found: Deadline | None = (
        penalty.case.deadlines.filter(kind=KIND, opened_at__gte=penalty.proposed_at)
        .order_by("-opened_at", "-pk")
        .first()
    )
    if found is not None and penalty.lapses_at is not None:
        found.due_at = penalty.lapses_at
    return found


def decide_penalty(
    penalty: Penalty, *, by: User, approves: bool, reason: str = "", now: datetime
) -> bool:
    """A penalty officer says yes or no. True when that decides it, False while a second yes is awaited."""
    if by.role != Role.PENALTY_OFFICER or penalty.proposed_by_id == by.pk:
        raise PermissionDenied
    case = penalty.case
    if not approves and not reason.strip():
        raise Refused(_("Say why the points are refused."))
    with transaction.atomic():
        lock(case)
        penalty = Penalty.objects.select_related("case", "case__shop").get(pk=penalty.pk)
        refusal = why_not_decide(penalty, by, now=now)
        if refusal is not None:
            raise Refused(refusal)
        facts: dict[str, Any] = {
            "points": penalty.points,
            "kind": penalty.kind,
            "reason": reason.strip(),
        }
        if approves:
            PenaltyApproval.objects.create(penalty=penalty, by=by, at=now)
            if penalty.approvals.count() < approvals_needed(penalty, now=now):
                docket.append(case, "penalty_seconded", actor=by, at=now, **facts)
                return False
        outcome = Penalty.Outcome.APPROVED if approves else Penalty.Outcome.REFUSED
        end(case, outcome, now, by, remark=reason.strip())
        docket.append(case, f"penalty_{outcome}", actor=by, at=now, **facts)
        deadlines.close(case, KIND, outcome=Deadline.Outcome.MET, now=now)
        deadlines.keep_earliest(case)
    return True


def lapse_penalty(case: Case, *, now: datetime, entry: dict[str, str]) -> bool:
    """The time to decide is over: the proposal lapses, which is recorded."""
    with transaction.atomic():
        lapsed = end(case, Penalty.Outcome.LAPSED, now, None)
        if lapsed:
            docket.append(case, "penalty_lapsed", actor=None, at=now, **entry)
        deadlines.keep_earliest(case)
    return lapsed


def void_penalties(case: Case, *, by: User | None, now: datetime) -> int:
    """The ruling they rest on is gone: what is not posted yet falls with it. Call it inside its transaction."""
    voided = 0
    for penalty in case.penalties.filter(
        outcome__in=("", Penalty.Outcome.APPROVED), posted_at=None
    ):
        Penalty.objects.filter(pk=penalty.pk).update(
            outcome=Penalty.Outcome.VOIDED, decided_at=penalty.decided_at or now
        )
        docket.append(case, "penalty_voided", actor=by, at=now, points=penalty.points)
        voided += 1
    if voided:
        deadlines.close(case, KIND, outcome=Deadline.Outcome.CANCELLED, now=now)
        deadlines.keep_earliest(case)
    return voided


def record_silence(case: Case, *, now: datetime) -> Penalty | None:
    """What the rulebook puts on a shop that did not answer in time, once what follows for it is final.

    Not where the shop's own appeal succeeded: that is where a good reason is put forward.
    """
    silence = case.book.penalties.silence
    excused = case.appeals.filter(side=Side.MERCHANT, outcome=Appeal.Outcome.OVERTURNED).exists()
    if case.defaulted_at is None or excused or not silence.points:
        return None
    if case.penalties.filter(proposed_by=None).exists():
        return None
    penalty: Penalty = Penalty.objects.create(
        case=case,
        shop_id=case.shop_id,
        rule=silence.rule,
        kind=silence.kind,
        points=silence.points,
        reason=SILENCE,
        proposed_at=now,
        decided_at=now,
        outcome=Penalty.Outcome.APPROVED,
    )
    facts: dict[str, Any] = {"kind": silence.kind, "points": silence.points, "rule": silence.rule}
    docket.append(case, "record_silence", actor=None, at=now, **facts)
    return penalty


def appeal_until(penalty: Penalty) -> datetime | None:
    """Until when the shop may appeal; None before the points are posted."""
    if penalty.posted_at is None:
        return None
    return penalty.posted_at + timedelta(days=penalty.case.book.penalties.appeal_days)


def why_no_appeal(penalty: Penalty, *, now: datetime) -> str | None:
    until = appeal_until(penalty)
    if until is None:
        return _("These points do not stand against the shop.")
    if getattr(penalty, "appeal", None) is not None:
        return _("The shop has already appealed against these points.")
    return _("The time to appeal is over.") if now > until else None


def appeal_penalty(penalty: Penalty, *, by: User, text: str, now: datetime) -> PenaltyAppeal:
    """The shop asks, once and in time, for a different officer to look again. The points stand meanwhile."""
    case = penalty.case
    if not respondent(case, by):
        raise PermissionDenied
    if not text.strip():
        raise Refused(_("Say why the points are wrong."))
    with transaction.atomic():
        lock(case)
        refusal = why_no_appeal(penalty, now=now)
        if refusal is not None:
            raise Refused(refusal)
        made: PenaltyAppeal = PenaltyAppeal.objects.create(
            penalty=penalty, by=by, text=text.strip(), made_at=now
        )
        docket.append(case, "appeal_penalty", actor=by, at=now, text=text.strip())
    return made


def why_not_hear(penalty: Penalty, by: User) -> str | None:
    """The sentence that says why this officer may not decide the shop's appeal; None when they may."""
    case, waiting = penalty.case, PenaltyAppeal.objects.filter(decided_at=None)
    if not waiting.filter(penalty=penalty).exists():
        return _("No appeal against these points waits for a decision.")
    if penalty.decided_by_id == by.pk or penalty.approvals.filter(by=by).exists():
        return _("You approved these points; a different officer decides the appeal.")
    if took_part(case, by) or penalty.proposed_by_id == by.pk:
        return _("You took part in this case; another officer decides about the points.")
    if is_close_to(case, by):
        return _("You are too close to a party of this case; another officer decides.")
    return None


def decide_penalty_appeal(
    penalty: Penalty, *, by: User, cancels: bool, reasons: str, now: datetime
) -> None:
    """A different officer keeps the points, or takes them off again by a counter-entry."""
    if by.role != Role.PENALTY_OFFICER:
        raise PermissionDenied
    if not reasons.strip():
        raise Refused(_("Give the shop the reasons."))
    case = penalty.case
    with transaction.atomic():
        lock(case)
        refusal = why_not_hear(penalty, by)
        if refusal is not None:
            raise Refused(refusal)
        outcome = PenaltyAppeal.Outcome.CANCELLED if cancels else PenaltyAppeal.Outcome.UPHELD
        PenaltyAppeal.objects.filter(penalty=penalty, decided_at=None).update(
            decided_at=now, decided_by=by, outcome=outcome, reasons=reasons.strip()
        )
        name = f"penalty_{outcome}"
        docket.append(case, name, actor=by, at=now, points=penalty.points, note=reasons.strip())
        notices.queue(case, name, (Side.MERCHANT,), now=now, due=None, points=penalty.points)
        if cancels:
            cancel(penalty, now=now)


def end(case: Case, outcome: str, now: datetime, by: User | None, *, remark: str = "") -> bool:
    """Decide what waits, if anything does."""
    waiting = case.penalties.filter(decided_at=None)
    return bool(waiting.update(decided_at=now, decided_by=by, outcome=outcome, remark=remark))
