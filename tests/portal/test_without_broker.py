"""The broker is a bell and nothing else: while it is away every page and every act works as ever."""

from __future__ import annotations

import pytest
from celery import Celery
from celery.app.task import Task
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import User
from cases import outbox, pulse
from cases.lifecycle import State
from cases.models import Case, Delivery, Notice
from portal.permissions import HOMES
from tests.portal.test_exhibits import photo, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch, settings):
    """Whoever asks for it is refused, as by a machine that is down."""

    def refuse(*args, **kwargs):
        raise OperationalError("nobody listens")

    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for owner, name in ((Task, "apply_async"), (Task, "delay"), (Celery, "send_task")):
        monkeypatch.setattr(owner, name, refuse)


PAGES = {
    "arbitrator": ("queue", "case", "ruling", "notices"),
    "supervisor": ("supervisor", "engine", "pauses", "case"),
    "auditor": ("supervisor", "engine", "case"),
    "merchant": ("merchant_home", "merchant_case", "notices", "ruling"),
    "buyer": ("buyer_home", "buyer_case", "notices", "ruling"),
}


@pytest.mark.parametrize("who", PAGES)
def test_every_page_opens(signed_in, case_in, request, who):
    person: User = request.getfixturevalue(who)
    client, case = signed_in(person), case_in(State.RULED)

    for name in (*PAGES[who], HOMES[person.role]):
        about_a_case = name in ("case", "ruling", "merchant_case", "buyer_case")
        address = reverse(name, args=[case.reference] if about_a_case else [])

        assert client.get(address).status_code == 200, name


def test_an_answer_a_photo_and_a_claim_succeed_and_what_is_told_waits_in_its_rows(
    signed_in, case_in, merchant, arbitrator
):
    case = case_in(State.AWAITING_MERCHANT)
    Case.objects.filter(pk=case.pk).update(due_at=None)
    case.deadlines.update(due_at="2999-01-01T00:00:00Z")

    sent = signed_in(merchant).post(
        reverse("exhibits", args=[case.reference]), {"files": upload(photo())}
    )
    answered = signed_in(merchant).post(
        reverse("act", args=[case.reference, "respond"]), {"text": "发货时完好。"}
    )
    claimed = signed_in(arbitrator).post(reverse("next_case"))

    assert [response.status_code for response in (sent, answered, claimed)] == [302] * 3
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.holder) == (State.REVIEWING, arbitrator)
    assert case.exhibits.count() == 1
    assert Notice.objects.filter(name="respond", dispatched_at=None).exists()

    outbox.relay(timezone.now())

    assert not Notice.objects.filter(dispatched_at=None).exists()
    assert not Delivery.objects.waiting().exists()


def test_the_supervisor_reads_that_jobs_are_delayed_and_the_health_check_says_degraded(
    signed_in, supervisor, client
):
    for job in ("sweep", "relay"):
        pulse.beat(job, timezone.now(), done=0)
    looker = signed_in(supervisor)
    looker.cookies["django_language"] = "en"

    assert "Background jobs are delayed" in looker.get(reverse("engine")).content.decode()
    assert client.get(reverse("healthz")).json()["status"] == "degraded"
