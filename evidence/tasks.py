"""The clock's door for Celery: looking again at what is stored, and for what nobody has looked for."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from evidence import custody, matching


@shared_task(ignore_result=True)
def scrub() -> None:
    custody.scrub(timezone.now())


@shared_task(ignore_result=True)
def compare() -> None:
    matching.catch_up(timezone.now())
