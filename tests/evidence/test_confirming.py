"""A chat log in which something was guessed waits until its sender has seen how it reads (rows 60 and 64)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from cases import docket
from cases.actions import Refused, appeal
from cases.lifecycle import Side, State
from cases.models import Case, DeadlineKind
from evidence.attested import SAID, digest_of
from evidence.confirming import confirm_chat_log, read_as
from evidence.intake import ExhibitRefused, Submission, submit_exhibit, withdraw_exhibit
from evidence.models import Exhibit, Message, labels_of

WANGWANG = (
    "林小满 (2026-03-08 10:00:00):\n杯子碎了\n\n青瓷小店 (2026-03-08 10:01:00):\n抱歉，请发照片\n"
)
TRADITIONAL = "林小滿 (2026-03-08 10:00:00):\n杯子碎了，請退款\n"
INVOICE = {"category": "invoice", "requested_remedy": "fulfilment"}
WITH_ZONE = "sent_at,sender,message\n2026-03-08T10:00:00+08:00,林小满,杯子碎了\n"


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT)


def sent(case, by, now, content, name="chat.txt", **options):
    return submit_exhibit(case, Submission(content, name, **options), by=by, now=now).exhibit


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        pytest.param(WANGWANG.encode(), "chat.txt", "pending", id="no zone"),
        pytest.param(WITH_ZONE.encode("gb18030"), "chat.csv", "pending", id="encoding guessed"),
        pytest.param(WITH_ZONE.encode(), "chat.csv", "accepted", id="nothing guessed"),
    ],
)
def test_what_was_guessed_waits_for_its_sender(case, buyer, now, content, name, status):
    exhibit = sent(case, buyer, now, content, name)

    assert exhibit.status == status
    assert Message.objects.filter(exhibit=exhibit).exists() == (status == "accepted")
    assert exhibit.original.read() == content
    assert case.events.get(name="exhibit").facts["status"] == status


def test_until_then_it_is_no_evidence_and_only_its_own_side_sees_it(
    case, buyer, merchant, arbitrator, now
):
    exhibit = sent(case, buyer, now, WANGWANG.encode())

    assert labels_of(case) == set()
    assert list(Exhibit.objects.visible_to(buyer)) == [exhibit]
    assert list(Exhibit.objects.visible_to(merchant)) == []


def test_confirming_reads_the_log_as_chosen_and_counts_from_the_upload(case, merchant, now):
    due = case.deadlines.get(kind=DeadlineKind.MERCHANT_RESPONSE).due_at
    exhibit = sent(case, merchant, due, WANGWANG.encode("gb18030"))
    later = due + timedelta(days=1)

    confirm_chat_log(exhibit, by=merchant, encoding="gb18030", zone="Asia/Tokyo", now=later)

    stored = Exhibit.objects.get(pk=exhibit.pk)
    assert (stored.status, stored.zone, stored.is_late) == ("accepted", "Asia/Tokyo", False)
    assert (stored.received_at, stored.notes) == (due, [])
    first = stored.messages.order_by("number").first()
    assert (first.text, first.sent_at) == ("杯子碎了", datetime(2026, 3, 8, 1, tzinfo=UTC))
    assert (first.time_assumed, first.side) == (True, "buyer")
    assert case.events.get(name="confirm_chat_log").facts == {
        "label": "E-01",
        "encoding": "gb18030",
        "zone": "Asia/Tokyo",
        "messages": digest_of(stored.messages.order_by("number").values_list(*SAID)),
    }
    assert labels_of(case) == {"E-01", "C-1", "C-2"}
    assert [bad for _case, _lines, bad in docket.verify([Case.objects.get(pk=case.pk)])] == [None]


def test_a_wrong_guess_is_put_right_and_the_bytes_stay(case, buyer, now):
    exhibit = sent(case, buyer, now, TRADITIONAL.encode("big5"))

    [guessed] = read_as(exhibit, encoding="gb18030", zone="Asia/Shanghai", now=now).messages
    confirm_chat_log(exhibit, by=buyer, encoding="big5", zone="Asia/Shanghai", now=now)

    assert guessed.text != "杯子碎了，請退款"
    assert [message.text for message in exhibit.messages.all()] == ["杯子碎了，請退款"]
    assert exhibit.original.open("rb").read() == TRADITIONAL.encode("big5")


def test_what_does_not_read_so_is_refused_and_waits_on(case, buyer, now):
    exhibit = sent(case, buyer, now, WANGWANG.encode("gb18030"))

    with pytest.raises(ExhibitRefused):
        confirm_chat_log(exhibit, by=buyer, encoding="utf-8", zone="Asia/Shanghai", now=now)

    assert Exhibit.objects.get(pk=exhibit.pk).status == "pending"


def test_confirming_twice_changes_nothing(case, buyer, now):
    exhibit = sent(case, buyer, now, WANGWANG.encode())

    for zone in ("Asia/Shanghai", "UTC"):
        confirm_chat_log(exhibit, by=buyer, encoding="utf-8", zone=zone, now=now)

    assert Exhibit.objects.get(pk=exhibit.pk).zone == "Asia/Shanghai"
    assert exhibit.messages.count() == 2
    assert case.events.filter(name="confirm_chat_log").count() == 1


@pytest.mark.parametrize("stranger", ["merchant", "rival_buyer", "arbitrator"])
def test_nobody_confirms_for_another(case, buyer, now, request, stranger):
    exhibit = sent(case, buyer, now, WANGWANG.encode())

    with pytest.raises(PermissionDenied):
        confirm_chat_log(
            exhibit,
            by=request.getfixturevalue(stranger),
            encoding="utf-8",
            zone="Asia/Shanghai",
            now=now,
        )


def test_after_the_ruling_or_taken_back_nothing_is_confirmed(case, buyer, now):
    exhibit = sent(case, buyer, now, WANGWANG.encode())
    other = sent(case, buyer, now, WANGWANG.encode("gb18030"))
    withdraw_exhibit(other, by=buyer, now=now)
    confirm_chat_log(other, by=buyer, encoding="gb18030", zone="Asia/Shanghai", now=now)
    Case.objects.filter(pk=case.pk).update(state=State.RULED)

    with pytest.raises(Refused):
        confirm_chat_log(exhibit, by=buyer, encoding="utf-8", zone="Asia/Shanghai", now=now)

    assert set(Exhibit.objects.values_list("status", flat=True)) == {"pending"}
    assert not Message.objects.exists()


def test_a_log_brought_with_an_appeal_may_be_confirmed_while_it_is_heard(case_in, buyer, now):
    case = case_in(State.RULED, now=now)
    appeal(case, by=buyer, ground="new", text="新证据。", now=now + timedelta(hours=1))
    exhibit = sent(case, buyer, now + timedelta(hours=1), WANGWANG.encode())
    much_later = now + timedelta(days=9)  # the other side's time to answer is over

    confirm_chat_log(exhibit, by=buyer, encoding="utf-8", zone="Asia/Shanghai", now=much_later)

    assert labels_of(case) == {"E-01", "C-1", "C-2"}


def test_a_log_that_shows_a_deed_may_be_confirmed(case_in, merchant, now):
    case = case_in(State.EXECUTING, now=now, **INVOICE)
    exhibit = sent(case, merchant, now, WANGWANG.encode())

    confirm_chat_log(exhibit, by=merchant, encoding="utf-8", zone="Asia/Shanghai", now=now)

    assert exhibit.messages.count() == 2


def test_a_log_the_marketplace_hands_over_asks_nobody(case, now):
    receipt = submit_exhibit(
        case, Submission(WANGWANG.encode(), "chat.txt"), by=None, side=Side.BUYER, now=now
    )

    assert receipt.exhibit.status == "accepted"
    assert all(message.time_assumed for message in receipt.exhibit.messages.all())
