"""The relay of the money outbox: tells the gateway what the acts have ordered, at least once.

Any number may run. A command is leased and stamped as sent before the gateway is asked, and its answer is
stored in one transaction with what follows from it: killed anywhere, the next one asks again under the
same id, and the gateway, which has done it or not, answers as it would have.
"""

from __future__ import annotations

import logging
from datetime import datetime
from time import monotonic

from django.db import InterfaceError, OperationalError
from django.db.models import F

from cases import gateway, leases, pulse
from cases.actions.paying import note_failure, settle
from cases.execution import MoneyCommand
from cases.gateway import Gateway, PaymentRefused

log = logging.getLogger(__name__)

HEARTBEAT = "cashier"
SECONDS, BATCH = 6.0, 50
FAILURES_IN_A_ROW = 3  # then the gateway is left alone until the next run


def relay(now: datetime, *, through: Gateway | None = None, seconds: float = SECONDS) -> int:
    """Send what waits, for about so many seconds; returns how many payments were settled."""
    until, desk = monotonic() + seconds, through or gateway.configured()
    settled, in_a_row = 0, 0
    while in_a_row < FAILURES_IN_A_ROW and monotonic() < until:
        waiting = MoneyCommand.objects.to_send(now).select_related(
            "case__buyer", "case__shop", "duty"
        )
        held = leases.take(waiting, now, BATCH)
        if not held:
            break
        for place, command in enumerate(held):
            if in_a_row == FAILURES_IN_A_ROW or monotonic() >= until:
                untouched = [each.pk for each in held[place:]]
                MoneyCommand.objects.under_way().filter(pk__in=untouched).update(next_try_at=now)
                break
            went = _send(command, desk, now)
            settled, in_a_row = settled + went, 0 if went else in_a_row + 1
    pulse.beat(HEARTBEAT, now, done=settled)
    return settled


def _send(command: MoneyCommand, desk: Gateway, now: datetime) -> bool:
    mine = MoneyCommand.objects.under_way().filter(pk=command.pk)
    if not mine.update(state=MoneyCommand.State.SENT, tries=F("tries") + 1):
        return False
    command.state = MoneyCommand.State.SENT
    try:
        reference = desk.pay(gateway.order_of(command))
        settle(command, reference=reference, now=now)
    except (OperationalError, InterfaceError):
        raise  # ours, not the gateway's: what it did is asked for again once the lease is over
    except Exception as error:
        log.warning("payment %s of %s failed: %s", command.pk, command.case, error)
        note_failure(command, error, final=isinstance(error, PaymentRefused), now=now)
        return False
    return True
