"""Payments that failed, what shops owe, and the list of duties, on the pages of those who see to them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from cases import cashier, sweep
from cases.actions import refund, report_goods, ship
from cases.lifecycle import State
from cases.models import Case, Recovery
from cases.simulator import Mood, Simulator
from faults.people import photo

pytestmark = pytest.mark.django_db
INVOICE = {"category": "invoice", "requested_remedy": "fulfilment"}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def english(signed_in):
    def sign_in(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def failed(case_in, merchant) -> Case:
    case = case_in(State.EXECUTING, now=timezone.now())
    refund(case, by=merchant, now=timezone.now())
    cashier.relay(timezone.now(), through=Simulator(Mood.REFUSES))
    return fresh(case)


@pytest.fixture
def owed(case_in) -> Recovery:
    case = case_in(State.EXECUTING, now=timezone.now() - timedelta(days=2))
    late = case.due_at + timedelta(seconds=1)
    sweep.run(late)
    cashier.relay(late)
    return Recovery.objects.get()


def test_a_failed_payment_is_shown_and_one_button_tries_it_again(english, supervisor, failed):
    client = english(supervisor)

    page = client.get(reverse("engine")).content.decode()
    answer = client.post(reverse("engine_payments"), {"payment": failed.money.get().pk})

    assert failed.reference in page
    assert "refuses this account" in page
    assert answer.status_code == 302
    assert cashier.relay(timezone.now()) == 2
    assert fresh(failed).state == State.CLOSED
    again = client.post(reverse("engine_payments"), {"payment": failed.money.first().pk})
    assert again.status_code == 409


@pytest.mark.parametrize("payment", ["", "x", "0" * 200, "00000000-0000-0000-0000-000000000000"])
def test_a_payment_nobody_knows_is_no_error(english, supervisor, payment):
    answer = english(supervisor).post(reverse("engine_payments"), {"payment": payment})

    assert answer.status_code in (302, 409)


def test_the_parties_read_that_the_payment_failed_and_no_time_is_lost(
    english, buyer, merchant, failed
):
    for person, name in ((merchant, "merchant_case"), (buyer, "buyer_case")):
        text = english(person).get(reverse(name, args=[failed.reference])).content.decode()
        assert "The payment did not go through." in text
        assert 'value="refund"' not in text


def test_the_ledger_says_what_each_shop_owes_and_takes_repayments(english, supervisor, owed):
    client = english(supervisor)
    entry = {"recovery": owed.pk, "amount": "80.00", "reference": "B1"}

    before = client.get(reverse("recoveries")).content.decode()
    answer = client.post(reverse("repay"), entry)
    after = client.get(reverse("recoveries"), {"shop": owed.shop_id}).content.decode()

    assert (owed.shop.name in before, "¥280.00" in before) == (True, True)
    assert answer.status_code == 302
    assert ("¥200.00" in after, "B1" in after) == (True, True)


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"amount": "1e3", "reference": "B1"}, 400, "Enter an amount in yuan"),
        ({"amount": "10", "reference": " "}, 400, "Give the reference of the repayment."),
        ({"amount": "280.01", "reference": "B1"}, 409, "still open"),
        ({"amount": "10", "reference": "B1", "recovery": "77"}, 400, "This entry does not exist."),
    ],
)
def test_a_repayment_typed_wrong_is_answered_in_a_sentence(
    english, supervisor, owed, typed, status, sentence
):
    answer = english(supervisor).post(reverse("repay"), {"recovery": owed.pk} | typed)

    assert (answer.status_code, sentence in answer.content.decode()) == (status, True)
    assert owed.repayments.count() == 0


def test_the_ledger_can_be_taken_away_and_holds_no_formula(english, auditor, supervisor, owed):
    client = english(supervisor)
    client.post(reverse("repay"), {"recovery": owed.pk, "amount": "80", "reference": "=1+1"})

    answer = english(auditor).get(reverse("recoveries_csv"))
    [head, row] = b"".join(answer).decode("utf-8-sig").splitlines()

    assert head == "booked,case,shop,amount,repaid,open,references"
    assert row.split(",")[1:] == [
        owed.case.reference,
        owed.shop.name,
        "280.00",
        "80.00",
        "200.00",
        "'=1+1",
    ]


def test_an_auditor_reads_the_ledger_and_enters_nothing(english, auditor, owed):
    client = english(auditor)

    assert 'name="reference"' not in client.get(reverse("recoveries")).content.decode()
    assert client.post(reverse("repay"), {"recovery": owed.pk}).status_code == 403


def test_a_deed_is_reported_with_a_photo_that_joins_the_record(english, merchant, case_in):
    case = case_in(State.EXECUTING, now=timezone.now(), **INVOICE)
    client, address = english(merchant), reverse("merchant_case", args=[case.reference])

    empty = client.post(address, {"step": "fulfil", "duty": "1", "note": " "})
    done = client.post(
        address,
        {
            "step": "fulfil",
            "duty": "1",
            "note": "发票已寄出",
            "files": SimpleUploadedFile("invoice.png", photo(), "image/png"),
        },
    )

    assert (empty.status_code, "Say in a few words what was done." in empty.content.decode()) == (
        400,
        True,
    )
    assert done.status_code == 302
    assert case.duties.get().evidence == {"note": "发票已寄出", "exhibit": "E-01"}
    assert case.exhibits.get().is_late is False
    assert fresh(case).state == State.CLOSED


def test_the_buyer_confirms_the_delivery_on_their_page(english, buyer, merchant, case_in):
    case = case_in(State.EXECUTING, now=timezone.now(), requested_remedy="reship")
    ship(case, by=merchant, carrier="顺丰", tracking="SF1", now=timezone.now())
    client, address = english(buyer), reverse("buyer_case", args=[case.reference])

    page = client.get(address).content.decode()
    answer = client.post(address, {"step": "confirm_delivery"})

    assert ("SF1" in page, 'value="confirm_delivery"' in page) == (True, True)
    assert answer.status_code == 302
    assert fresh(case).state == State.CLOSED


def test_goods_are_reported_with_a_photo_and_a_supervisor_decides(
    english, buyer, merchant, supervisor, case_in
):
    case = case_in(State.EXECUTING, now=timezone.now(), requested_remedy="reship")
    ship(case, by=merchant, carrier="顺丰", tracking="SF1", now=timezone.now())
    client, address = english(buyer), reverse("buyer_case", args=[case.reference])
    said = {"step": "report_goods", "duty": "2", "text": "盒子是空的，请打 13917654321。"}

    empty = client.post(address, said | {"text": " "})
    told = client.post(
        address, said | {"files": SimpleUploadedFile("box.png", photo(), "image/png")}
    )
    page = client.get(address).content.decode()
    other = english(merchant).get(reverse("merchant_case", args=[case.reference])).content.decode()
    desk = english(supervisor)
    workspace = desk.get(reverse("case", args=[case.reference])).content.decode()
    decided = desk.post(
        reverse("decide_report", args=[case.reference]),
        {"verdict": "uphold", "reason": "The weight of the parcel says so."},
    )

    assert (empty.status_code, told.status_code, decided.status_code) == (400, 302, 302)
    assert "Say in a few words what is wrong." in empty.content.decode()
    waiting = "The clock stands still until the desk has decided."
    assert (waiting in page, waiting in other) == (True, True)
    assert ("盒子是空的" in other, "13917654321" in other) == (True, False)
    assert 'value="report_goods"' not in page
    assert "The report is right" in workspace
    assert [each.of_price for each in case.money.all()] == [True]
    assert case.exhibits.get().is_late is False


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"verdict": "uphold"}, "Give the reason: both sides read it."),
        ({"reason": "The parcel weighs 40 g."}, "Say whether the report is right."),
        ({"verdict": "moon", "reason": "The parcel weighs 40 g."}, "not one of the available"),
    ],
)
def test_a_decision_on_goods_says_what_and_why_and_keeps_what_was_typed(
    english, buyer, merchant, supervisor, case_in, typed, sentence
):
    case = case_in(State.EXECUTING, now=timezone.now(), requested_remedy="reship")
    ship(case, by=merchant, carrier="顺丰", tracking="SF1", now=timezone.now())
    report_goods(fresh(case), by=buyer, duty=2, text="盒子是空的。", now=timezone.now())

    answer = english(supervisor).post(reverse("decide_report", args=[case.reference]), typed)

    assert (answer.status_code, sentence in answer.content.decode()) == (400, True)
    assert typed.get("reason", "") in answer.content.decode()
    assert case.deadlines.open().filter(kind="goods_report").exists()


def test_the_desk_reads_the_same_list_without_a_button(english, arbitrator, case_in):
    case = case_in(State.EXECUTING, now=timezone.now())

    page = english(arbitrator).get(reverse("case", args=[case.reference])).content.decode()

    assert "What is to be done" in page
    assert "Refund without return" in page or "Full refund" in page
    assert 'value="refund"' not in page
    assert Decimal("280.00") == case.duties.get().amount
