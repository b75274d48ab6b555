"""What a supervisor does to the engine itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from cases import outbox, sweep
from cases.actions import Refused, put_aside, send_again, try_now
from cases.lifecycle import State
from cases.models import Case, Deadline, Delivery
from tests.factories import too_late_to_answer

HOUR = timedelta(hours=1)


@pytest.fixture
def given_up(case_in, now) -> list[int]:
    """The two messages of an intervention, both given up."""
    case_in(State.AWAITING_MERCHANT)
    outbox.dispatch(now, ["mail"])
    Delivery.objects.update(
        state="dead", ended_at=now, failures=16, last_error="ConnectionRefusedError: down"
    )
    return list(Delivery.objects.values_list("pk", flat=True))


def test_what_was_given_up_is_sent_again(given_up, supervisor, now):
    assert send_again(given_up[:1], by=supervisor, now=now + HOUR) == 1
    outbox.relay(now + HOUR)

    sent = Delivery.objects.get(pk=given_up[0])
    assert (sent.state, sent.failures, sent.decided_by) == ("sent", 0, supervisor)
    assert len(mail.outbox) == 1
    assert Delivery.objects.get(pk=given_up[1]).state == "dead"


def test_what_was_given_up_is_set_aside_with_a_reason_and_kept(given_up, supervisor, now):
    put_aside(given_up, by=supervisor, reason="  told by telephone ", now=now + HOUR)
    outbox.relay(now + 2 * HOUR)

    assert mail.outbox == []
    assert set(Delivery.objects.values_list("state", "reason", "ended_at", "last_error")) == {
        ("set_aside", "told by telephone", now + HOUR, "ConnectionRefusedError: down")
    }


def test_nothing_is_set_aside_without_a_reason(given_up, supervisor, now):
    with pytest.raises(Refused):
        put_aside(given_up, by=supervisor, reason=" ", now=now)

    assert Delivery.objects.dead().count() == 2


def test_of_two_decisions_the_second_is_refused(given_up, supervisor, now):
    put_aside(given_up, by=supervisor, reason="told by telephone", now=now)

    with pytest.raises(Refused):
        send_again(given_up, by=supervisor, now=now)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"set_aside"}


def test_a_message_on_its_way_is_nobodys_to_decide_about(case_in, supervisor, now):
    case_in(State.AWAITING_MERCHANT)
    outbox.dispatch(now, ["mail"])

    with pytest.raises(Refused):
        send_again(list(Delivery.objects.values_list("pk", flat=True)), by=supervisor, now=now)


def test_a_deadline_set_aside_is_tried_at_the_next_round(case_in, supervisor, now):
    case = case_in(State.AWAITING_MERCHANT, now=now - too_late_to_answer("damaged"))
    clock = Deadline.objects.open().get(case=case)
    Deadline.objects.update(failures=3, retry_at=now + HOUR, last_error="KeyError: 'L-99'")
    sweep.run(now)
    assert Case.objects.get().state == State.AWAITING_MERCHANT

    try_now(clock.pk, by=supervisor)
    sweep.run(now)

    assert Case.objects.get().state == State.QUEUED
    with pytest.raises(Refused):
        try_now(clock.pk, by=supervisor)


@pytest.mark.parametrize("role", ["auditor", "senior", "arbitrator", "administrator", "merchant"])
def test_nobody_else_touches_the_engine(given_up, case_in, now, request, role):
    person = request.getfixturevalue(role)

    for act in (
        lambda: send_again(given_up, by=person, now=now),
        lambda: put_aside(given_up, by=person, reason="no", now=now),
        lambda: try_now(Deadline.objects.open().get().pk, by=person),
    ):
        with pytest.raises(PermissionDenied):
            act()

    assert Delivery.objects.dead().count() == 2
