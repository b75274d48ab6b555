"""The clock's door for Celery. A task is a hint: losing one loses nothing, the next finds the rows."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cases import notices
from cases import sweep as clock


@shared_task(ignore_result=True)
def sweep() -> None:
    clock.run(timezone.now())


@shared_task(ignore_result=True)
def relay_notices() -> None:
    notices.relay(timezone.now())
