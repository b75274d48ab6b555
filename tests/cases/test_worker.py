"""The clock as it really runs: rows in PostgreSQL, a bell through the broker, a worker that acts."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.actions import request_intervention
from cases.lifecycle import State
from cases.models import ON_THE_WAY, Case, Deadline, Heartbeat
from cases.tasks import sweep

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
PATIENCE = 20  # seconds a slow machine may take


def wait_until(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "the worker did not act"
        time.sleep(0.1)


def test_a_real_deadline_passes_and_a_real_worker_escalates_once(case_in, buyer, celery_worker):
    case = case_in(State.NEGOTIATING)
    request_intervention(case, by=buyer, now=timezone.now())
    now = timezone.now()
    Deadline.objects.filter(case=case).update(
        opened_at=now - timedelta(hours=1), due_at=now + timedelta(seconds=1)
    )

    over = now + timedelta(seconds=1) + ON_THE_WAY
    while timezone.now() < over + timedelta(seconds=0.1):
        sweep.delay()
        assert (
            Case.objects.get(pk=case.pk).state == State.AWAITING_MERCHANT or timezone.now() > over
        )
        time.sleep(0.2)
    for _bell in range(5):
        sweep.delay()
    wait_until(lambda: Case.objects.get(pk=case.pk).state == State.QUEUED)
    wait_until(lambda: Heartbeat.objects.filter(name="sweep", at__gt=now).exists())

    escalations = case.events.filter(name="escalate")
    assert [event.actor for event in escalations] == [None]
    assert escalations.get().at > over
