"""The clock's door for Celery: looking again at what is stored."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from evidence import custody


@shared_task(ignore_result=True)
def scrub() -> None:
    custody.scrub(timezone.now())
