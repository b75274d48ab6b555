"""The clock's door for Celery. A task is a hint: losing one loses nothing, the next finds the rows."""

from __future__ import annotations

import logging
from threading import Lock

from celery import shared_task
from django.utils import timezone

from cases import anchors, audits, breaker, cashier, outbox
from cases import sweep as clock
from cases.anchor_folder import AnchorFailed

log = logging.getLogger(__name__)

relaying, cashing = Lock(), Lock()
pendulum = breaker.Pendulum()  # of this process: it remembers the round before


@shared_task(ignore_result=True)
def sweep() -> None:
    clock.tick(pendulum, timezone.now())


@shared_task(ignore_result=True)
def relay_notices() -> None:
    """One at a time in a process: with a mail server that dawdles, the threads are left to the sweep."""
    if relaying.acquire(blocking=False):
        try:
            outbox.relay(timezone.now())
        finally:
            relaying.release()


@shared_task(ignore_result=True)
def relay_money() -> None:
    """One at a time in a process, like the notices: a gateway may dawdle too."""
    if cashing.acquire(blocking=False):
        try:
            cashier.relay(timezone.now())
        finally:
            cashing.release()


@shared_task(ignore_result=True)
def anchor_docket() -> None:
    try:
        anchor = anchors.take_if_due(timezone.now())
    except AnchorFailed as failure:
        log.error("no anchor was taken: %s", failure)
        return
    if anchor:
        # In the log too: whoever keeps logs elsewhere keeps this head there.
        log.info("docket anchor %s of %s lines: %s", anchor.number, anchor.lines, anchor.hash)


@shared_task(ignore_result=True)
def verify_docket() -> None:
    audits.run_next(timezone.now())
