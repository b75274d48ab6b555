"""What the payment gateway's answers do to a case: the one writer of where its money is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Role, User
from cases import deadlines, docket, duties, leases, notices
from cases.actions.passage import Refused, close_if_carried_out
from cases.execution import Duty, MoneyCommand
from cases.lifecycle import MoneyState, Side
from cases.models import Case, DeadlineKind, DeadlinePause, Ground, Recovery

State, Kind = MoneyCommand.State, MoneyCommand.Kind
UNDER_WAY = "payment"  # why a clock stands still until the gateway has answered


def settle(command: MoneyCommand, *, reference: str, now: datetime) -> bool:
    """The gateway has done it. Answered twice, it counts once; returns whether this was the first time."""
    with transaction.atomic():
        case = held_case(command)
        answered = MoneyCommand.objects.unsettled().filter(pk=command.pk)
        if not answered.update(state=State.SETTLED, ended_at=now, reference=reference):
            return False
        moved = {"refunded": F("refunded") + command.amount} if command.of_price else {}
        Case.objects.filter(pk=case.pk).update(
            money_state=state_after(case, command), version=F("version") + 1, **moved
        )
        _enter(case, "settled", command, now, reference=reference)
        if command.kind != Kind.RELEASE:
            notices.queue(case, "settled", (Side.BUYER,), now=now)
        if command.kind == Kind.ADVANCE:
            Recovery.objects.create(
                case=case,
                command=command,
                shop_id=case.shop_id,
                amount=command.amount,
                booked_at=now,
            )
        if command.duty is not None:
            is_advance = command.kind == Kind.ADVANCE
            outcome = Duty.Outcome.ADVANCED if is_advance else Duty.Outcome.DONE
            duties.finish(command.duty, by=None, outcome=outcome, now=now)
        close_if_carried_out(Case.objects.get(pk=case.pk), now=now)
    return True


def state_after(case: Case, command: MoneyCommand) -> str:
    """Where the money is once this has been done. An advance is remembered, whatever else moves."""
    if command.kind == Kind.ADVANCE or case.money_state == MoneyState.ADVANCED:
        return MoneyState.ADVANCED
    if command.kind == Kind.REFUND:
        return MoneyState.REFUNDED
    released = command.kind == Kind.RELEASE and case.money_state == MoneyState.HELD
    return MoneyState.RELEASED if released else case.money_state


def note_failure(command: MoneyCommand, error: Exception, *, final: bool, now: datetime) -> None:
    """It did not work, or nobody knows: the merchant's clock stands still meanwhile, and supervisors see it."""
    with transaction.atomic():
        case = held_case(command)
        tries = MoneyCommand.objects.values_list("tries", flat=True).get(pk=command.pk)
        is_over = final or tries >= leases.MAX_FAILURES
        facts = {"state": State.FAILED, "ended_at": now} if is_over else {"state": command.state}
        mine = MoneyCommand.objects.under_way().filter(pk=command.pk)
        if not mine.update(
            **facts, next_try_at=leases.next_try(tries, now), last_error=leases.in_words(error)
        ):
            return
        if tries == 1 or is_over:
            _enter(case, "payment_failed", command, now, error=leases.in_words(error))
        if command.duty is not None and command.duty.deadline_id is not None:
            _rest(case, command.duty.deadline_id, now)


def pay_again(command: UUID, *, by: User, now: datetime) -> MoneyCommand:
    """A supervisor has a failed payment tried again, under the id it had."""
    if by.role != Role.SUPERVISOR:
        raise PermissionDenied
    with transaction.atomic():
        failed = MoneyCommand.objects.failed().filter(pk=command)
        if not failed.update(state=State.WAITING, ended_at=None, tries=0, next_try_at=now):
            raise Refused(_("This payment does not wait for a decision any more."))
        found: MoneyCommand = MoneyCommand.objects.select_related("case").get(pk=command)
        _enter(found.case, "pay_again", found, now, by=by)
    return found


def stand_still(case: Case, *, now: datetime) -> None:
    """Until the gateway has answered, the merchant's time to pay does not run."""
    deadlines.pause(case, DeadlineKind.EXECUTION, reason=UNDER_WAY, now=now)


def held_case(command: MoneyCommand) -> Case:
    case: Case = Case.objects.select_for_update(no_key=True).get(pk=command.case_id)
    return case


def _rest(case: Case, deadline: int, now: datetime) -> None:
    """The pause that began with the order goes on under its true reason."""
    under_way = DeadlinePause.objects.filter(deadline=deadline, ended_at=None, reason=UNDER_WAY)
    if under_way.update(ended_at=now):
        DeadlinePause.objects.create(
            deadline_id=deadline, began_at=now, reason=Ground.PAYMENT_FAILED
        )


def _enter(
    case: Case,
    name: str,
    command: MoneyCommand,
    now: datetime,
    by: User | None = None,
    **facts: str,
) -> None:
    docket.append(
        case,
        name,
        actor=by,
        at=now,
        payment=str(command.pk),
        kind=command.kind,
        amount=f"{command.amount:.2f}",
        **facts,
    )
