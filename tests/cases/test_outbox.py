"""The relay: at least once under one id, each channel for itself, in order, and nothing lost."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from accounts.models import Role, User
from cases import leases, outbox
from cases.actions import concede, withdraw
from cases.lifecycle import State
from cases.models import Case, Delivery, Heartbeat, Notice, WorkHour
from tests.factories import make_person, make_shop

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Refusing:
    name = "mail"

    def __init__(self) -> None:
        self.asked = 0

    def send(self, message):
        self.asked += 1
        raise ConnectionRefusedError("nobody listens")

    def close(self):
        pass


@pytest.fixture
def notice(case_in) -> Notice:
    """One new notice: the merchant is told that the platform has stepped in."""
    case_in(State.AWAITING_MERCHANT)
    Notice.objects.filter(shop=None).delete()
    return Notice.objects.get()


@pytest.fixture
def post_is_down(monkeypatch):
    def refuse(self, messages):
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    return monkeypatch.undo


def remind(case: Case, at, side: str = "shop", due=None) -> Notice:
    recipient = {"shop": case.shop} if side == "shop" else {"user": case.buyer}
    return Notice.objects.create(
        case=case,
        name="reminder",
        number=2,
        facts={"due": (due or at + 2 * HOUR).isoformat()},
        created_at=at,
        **recipient,
    )


def subjects() -> list[str]:
    return [letter.subject for letter in mail.outbox]


def test_a_notice_is_sent_once_however_often_the_relay_comes_round(notice, merchant, now):
    counts = [outbox.relay(now) for _ in range(3)]

    assert counts == [1, 0, 0]
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([merchant.email], notice.case.reference)
    assert letter.extra_headers["Message-ID"] == f"<{notice.pk}@portal>"
    assert Notice.objects.get().dispatched_at == now
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.ended_at, delivery.failures) == ("sent", now, 0)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "arbitrator"}, {"email": ""}])
def test_who_cannot_be_written_to_any_more_is_told_nothing_and_that_is_kept(
    notice, merchant, now, change
):
    User.objects.filter(pk=merchant.pk).update(**change)

    assert outbox.relay(now) == 0

    assert mail.outbox == []
    assert Delivery.objects.get().state == "unaddressed"


def test_the_letter_tells_the_instant_in_the_readers_zone(notice, now, settings):
    settings.LANGUAGE_CODE = "en"

    outbox.relay(now)

    assert "2026" in mail.outbox[0].body
    assert "Beijing time" in mail.outbox[0].body
    assert "+00:00" not in mail.outbox[0].body


def test_while_the_post_is_down_nothing_is_lost_and_pauses_grow_up_to_an_hour(
    notice, now, post_is_down
):
    pauses = []
    at = now
    for _try in range(9):
        assert outbox.relay(at) == 0
        upcoming = Delivery.objects.get().next_try_at
        pauses.append((upcoming - at) // MINUTE)
        assert outbox.relay(upcoming - timedelta(seconds=1)) == 0
        at = upcoming

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert Delivery.objects.get().failures == 9
    assert Delivery.objects.get().last_error == "ConnectionRefusedError: nobody listens"

    post_is_down()
    assert outbox.relay(at) == 1
    assert len(mail.outbox) == 1


def test_six_hours_without_post_are_survived_and_then_it_all_goes_at_once(
    case_in, now, post_is_down
):
    for _ in range(5):
        case_in(State.AWAITING_MERCHANT)
    for minute in range(0, 6 * 60, 10):
        outbox.relay(now + minute * MINUTE)
    post_is_down()

    outbox.relay(now + 7 * HOUR)

    assert len(mail.outbox) == 10
    assert not Delivery.objects.waiting().exists()


def test_a_channel_that_fails_thrice_in_a_row_is_left_alone_until_the_next_run(case_in, now):
    for _ in range(5):
        case_in(State.AWAITING_MERCHANT)
    outbox.dispatch(now, ["mail"])
    down = Refusing()

    outbox.deliver(down, now, until=float("inf"))

    assert down.asked == 3
    assert Delivery.objects.filter(failures=1).count() == 3
    assert Delivery.objects.filter(failures=0, next_try_at=now).count() == 7


def test_what_is_tried_too_often_is_given_up_and_kept_with_its_last_error(
    notice, now, post_is_down
):
    outbox.relay(now)
    Delivery.objects.update(failures=leases.MAX_FAILURES - 1)

    outbox.relay(now + HOUR)
    outbox.relay(now + 2 * HOUR)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.ended_at) == ("dead", now + HOUR)
    assert delivery.failures == leases.MAX_FAILURES
    assert delivery.last_error.startswith("ConnectionRefusedError")


def test_one_that_cannot_be_written_does_not_hold_up_the_others(case_in, now):
    for _ in range(3):
        case_in(State.AWAITING_MERCHANT)
    broken = Notice.objects.order_by("pk").first()
    Notice.objects.filter(pk=broken.pk).update(name="no such sentence")

    assert outbox.relay(now) == 5

    [delivery] = Delivery.objects.waiting()
    assert (delivery.notice_id, delivery.failures) == (broken.pk, 1)
    assert delivery.last_error.startswith("KeyError")


def test_what_another_relay_holds_is_left_alone_until_its_lease_runs_out(notice, now):
    outbox.dispatch(now, ["mail"])
    held = outbox.take("mail", now)

    assert len(held) == 1
    assert outbox.relay(now) == 0
    assert outbox.relay(now + leases.LEASE - timedelta(seconds=1)) == 0
    assert outbox.relay(now + leases.LEASE) == 1


def test_a_relay_that_dies_between_sending_and_stamping_leaves_it_to_be_sent_again(
    notice, now, monkeypatch
):
    def die(*args):
        raise SystemExit

    monkeypatch.setattr(outbox, "_end", die)
    with pytest.raises(SystemExit):
        outbox.relay(now)
    monkeypatch.undo()

    outbox.relay(now + leases.LEASE)
    outbox.relay(now + 2 * leases.LEASE)

    ids = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
    assert ids == [f"<{notice.pk}@portal>"] * 2


def test_of_one_case_a_recipient_is_told_in_order(case_in, merchant, buyer, now, monkeypatch):
    """What comes first fails once; what comes later waits for it, other cases do not."""
    case = case_in(State.AWAITING_MERCHANT)
    outbox.dispatch(now, ["mail"])
    Delivery.objects.filter(notice__user=buyer).update(next_try_at=now + HOUR, failures=1)
    concede(case, by=merchant, now=now)
    other = case_in(State.AWAITING_MERCHANT)

    outbox.relay(now + MINUTE)

    to_the_buyer = [letter.subject for letter in mail.outbox if buyer.email in letter.to]
    assert to_the_buyer == [other.reference]

    outbox.relay(now + HOUR)

    bodies = [letter.body for letter in mail.outbox if case.reference in letter.body]
    ids = [letter.extra_headers["Message-ID"] for letter in mail.outbox if buyer.email in letter.to]
    told = Notice.objects.filter(case=case, user=buyer).order_by("number")
    assert ids[1:] == [f"<{row.pk}@portal>" for row in told]
    assert len(bodies) == 3


def test_what_was_given_up_holds_nothing_up(case_in, merchant, buyer, now):
    case = case_in(State.AWAITING_MERCHANT)
    outbox.dispatch(now, ["mail"])
    Delivery.objects.update(state="dead", ended_at=now)
    concede(case, by=merchant, now=now)

    assert outbox.relay(now) == 1
    assert mail.outbox[0].to == [buyer.email]


def test_two_acts_of_the_same_instant_are_told_in_the_order_of_the_docket(case_in, shop, now):
    case = case_in(State.AWAITING_MERCHANT)
    withdraw(case, by=case.buyer, reason="settled", now=now)
    Notice.objects.update(created_at=now)

    outbox.relay(now)

    told = [
        Notice.objects.get(pk=letter.extra_headers["Message-ID"][1:-8]).name
        for letter in mail.outbox
        if letter.to == ["merchant@example.org"]
    ]
    assert told == ["request_intervention", "withdraw"]


# --- Reminders -------------------------------------------------------------------------------------


def test_the_reminders_of_a_shop_are_one_message_an_hour(case_in, merchant, now):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(3)]
    outbox.relay(now)
    mail.outbox.clear()
    early = [remind(case, now) for case in cases[:2]]

    assert outbox.relay(now + MINUTE) == 0  # it waits for the others of its round
    assert outbox.relay(now + 2 * MINUTE) == 1

    [letter] = mail.outbox
    assert letter.to == [merchant.email]
    assert all(case.reference in letter.body for case in cases[:2])
    assert len(letter.body.splitlines()) == 2
    assert letter.extra_headers["Message-ID"] in [f"<{notice.pk}@portal>" for notice in early]

    remind(cases[2], now + 10 * MINUTE)
    remind(cases[0], now + 20 * MINUTE)
    assert outbox.relay(now + 61 * MINUTE) == 0
    assert outbox.relay(now + 62 * MINUTE) == 1

    assert len(mail.outbox) == 2
    assert len(mail.outbox[1].body.splitlines()) == 2
    assert Notice.objects.filter(name="reminder", dispatched_at=None).count() == 0


def test_each_recipient_has_a_digest_of_their_own(case_in, buyer, merchant, now):
    case = case_in(State.AWAITING_MERCHANT)
    outbox.relay(now)
    mail.outbox.clear()
    remind(case, now)
    remind(case, now, side="buyer")

    assert outbox.relay(now + 2 * MINUTE) == 2
    assert {tuple(letter.to) for letter in mail.outbox} == {(buyer.email,), (merchant.email,)}
    assert subjects() == [case.reference] * 2


def test_a_digest_that_failed_is_sent_whole_under_the_same_id(case_in, now, post_is_down):
    cases = [case_in(State.AWAITING_MERCHANT) for _ in range(2)]
    Notice.objects.all().delete()
    for case in cases:
        remind(case, now)
    outbox.relay(now + 2 * MINUTE)
    delivery = Delivery.objects.get()
    post_is_down()

    remind(cases[0], now + 3 * MINUTE)
    outbox.relay(now + 4 * MINUTE)

    [letter] = mail.outbox
    assert len(letter.body.splitlines()) == 2
    assert letter.extra_headers["Message-ID"] == f"<{delivery.notice_id}@portal>"


def test_a_reminder_does_not_overtake_what_it_reminds_of_and_holds_nothing_up(
    case_in, merchant, buyer, now
):
    case = case_in(State.AWAITING_MERCHANT)
    outbox.dispatch(now, ["mail"])
    Delivery.objects.update(next_try_at=now + HOUR)
    remind(case, now)

    assert outbox.relay(now + 5 * MINUTE) == 0
    assert outbox.relay(now + HOUR) == 2  # what came first
    assert outbox.relay(now + HOUR + MINUTE) == 1

    remind(case, now + HOUR + MINUTE)
    withdraw(case, by=buyer, reason="settled", now=now + HOUR + 2 * MINUTE)
    assert outbox.relay(now + HOUR + 3 * MINUTE) == 1


# --- In bulk ---------------------------------------------------------------------------------------


def test_the_relay_leaves_a_sign_of_life_and_what_it_did_that_hour(notice, now):
    outbox.relay(now)
    outbox.relay(now + MINUTE)

    assert Heartbeat.objects.get(name="relay").at == now + MINUTE
    hour = WorkHour.objects.get(name="relay")
    assert (hour.rounds, hour.done, hour.began_at.minute) == (2, 1, 0)


def test_a_run_ends_when_its_time_is_up_and_gives_back_what_it_did_not_try(case_in, now):
    for _ in range(4):
        case_in(State.AWAITING_MERCHANT)

    assert outbox.relay(now, seconds=0) == 0

    assert Delivery.objects.waiting().filter(next_try_at=now).count() == 8
    assert outbox.relay(now) == 8


def test_a_run_uses_one_connection_and_few_queries_for_many(
    case_in, now, monkeypatch, django_assert_max_num_queries
):
    for number in range(30):
        owner = make_person(Role.MERCHANT, f"owner_{number}")
        case_in(State.AWAITING_MERCHANT, shop=make_shop(f"店{number}", owner))
    opened = []
    monkeypatch.setattr(EmailBackend, "open", lambda self: opened.append(id(self)))

    with django_assert_max_num_queries(30):
        assert outbox.relay(now) == 60

    assert len(set(opened)) == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_four_relays_at_once_share_the_work_and_send_each_message_once(case_in, now, monkeypatch):
    for _ in range(40):
        case_in(State.AWAITING_MERCHANT)
    monkeypatch.setattr(outbox, "BATCH", 7)
    monkeypatch.setattr(outbox, "DISPATCHED", 11)
    gate, counts = Barrier(4), []

    def relay() -> None:
        gate.wait(10)
        counts.append(outbox.relay(now))
        connection.close()

    threads = [Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 80
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 80
    assert len(mail.outbox) == 80
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
