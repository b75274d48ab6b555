"""The outbox: written with the act, sent once, kept when the post is down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import User
from cases import notices
from cases.actions import withdraw
from cases.lifecycle import STEPS, State
from cases.models import Notice


@pytest.fixture
def notice(case_in) -> Notice:
    """One unsent notice: the merchant is told that the platform has stepped in."""
    case_in(State.AWAITING_MERCHANT)
    Notice.objects.exclude(shop=None).get()
    Notice.objects.filter(shop=None).delete()
    return Notice.objects.get()


def test_a_notice_is_written_with_the_act_and_not_without_it(case_in, buyer, shop, now):
    case = case_in(State.AWAITING_MERCHANT)

    assert {(row.name, row.user, row.shop) for row in case.notices.all()} == {
        ("request_intervention", buyer, None),
        ("request_intervention", None, shop),
    }

    withdraw(case, by=buyer, reason="settled", now=now)

    assert case.notices.get(name="withdraw").shop == shop


def test_a_notice_is_sent_once_however_often_the_relay_comes_round(notice, merchant, now):
    counts = [notices.relay(now) for _ in range(3)]

    assert counts == [1, 0, 0]
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([merchant.email], notice.case.reference)
    assert letter.extra_headers["Message-ID"] == f"<{notice.pk}@portal>"
    assert Notice.objects.get().sent_at == now


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "arbitrator"}])
def test_who_no_longer_speaks_for_the_shop_is_told_nothing(notice, merchant, now, change):
    User.objects.filter(pk=merchant.pk).update(**change)

    notices.relay(now)

    assert mail.outbox == []
    if "role" in change:
        assert not notices.addressed_to(User.objects.get(pk=merchant.pk)).exists()


def test_the_letter_tells_the_instant_in_the_readers_zone(notice, now, settings):
    settings.LANGUAGE_CODE = "en"

    notices.relay(now)

    assert "2026" in mail.outbox[0].body
    assert "Beijing time" in mail.outbox[0].body
    assert "+00:00" not in mail.outbox[0].body


def test_while_the_post_is_down_nothing_is_lost_and_pauses_grow(notice, now, monkeypatch):
    def refuse(self, messages):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)

    assert notices.relay(now) == 0
    assert notices.relay(now + timedelta(seconds=30)) == 0
    assert Notice.objects.get().failures == 1
    assert notices.relay(now + timedelta(minutes=1)) == 0
    assert Notice.objects.get().retry_at == now + timedelta(minutes=3)

    monkeypatch.undo()
    assert notices.relay(now + timedelta(hours=6)) == 1
    assert len(mail.outbox) == 1


def test_six_hours_without_post_are_survived(notice, now, monkeypatch):
    def refuse(self, messages):
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    for minute in range(6 * 60):
        notices.relay(now + timedelta(minutes=minute))
    monkeypatch.undo()

    assert notices.relay(now + timedelta(hours=7, minutes=30)) == 1


def test_a_notice_leased_by_another_relay_is_left_alone(notice, now):
    Notice.objects.update(retry_at=now + timedelta(minutes=1))

    assert notices.relay(now) == 0
    assert mail.outbox == []


def test_somebody_without_an_address_reads_it_in_the_portal(notice, merchant, now):
    merchant.email = ""
    merchant.save()

    assert notices.relay(now) == 1
    assert mail.outbox == []


def test_every_notice_that_can_be_queued_has_a_sentence():
    queued = {name for name, sides in notices.TOLD.items() if sides}

    assert queued <= set(notices.SENTENCES)
    assert set(notices.TOLD) <= {step.name for step in STEPS.values()} | {"late_answer"}
