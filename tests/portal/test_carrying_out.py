"""Goods on their way back, on the pages of the two parties."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import give_address, send_return
from cases.lifecycle import State
from cases.models import Case

pytestmark = pytest.mark.django_db
GOODS_COME_BACK = {"category": "quality", "requested_remedy": "return_refund"}


@pytest.fixture
def case(case_in):
    return case_in(State.EXECUTING, now=timezone.now(), **GOODS_COME_BACK)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def shop_page(case: Case) -> str:
    return reverse("merchant_case", args=[case.reference])


def buyer_page(case: Case) -> str:
    return reverse("buyer_case", args=[case.reference])


def test_the_merchant_names_the_address_and_then_waits(signed_in, merchant, case):
    client = signed_in(merchant)
    client.cookies["django_language"] = "en"

    empty = client.post(shop_page(case), {"step": "give_address", "address": " "})
    given = client.post(shop_page(case), {"step": "give_address", "address": "王五 上海路 1 号"})

    assert empty.status_code == 400
    assert "Give the address the goods are to be sent to." in empty.content.decode()
    assert given.status_code == 302
    assert fresh(case).return_address == "王五 上海路 1 号"
    after = client.get(shop_page(case)).content.decode()
    assert "王五 上海路 1 号" in after
    assert "The buyer sends the goods back" in after
    assert 'value="give_address"' not in after


def test_the_buyer_sends_the_goods_and_what_was_typed_is_kept(signed_in, buyer, merchant, case):
    give_address(case, by=merchant, address="上海路 1 号", now=timezone.now())
    client = signed_in(buyer)
    client.cookies["django_language"] = "en"

    half = client.post(buyer_page(case), {"step": "send_return", "carrier": "顺丰", "tracking": ""})
    whole = client.post(
        buyer_page(case), {"step": "send_return", "carrier": "顺丰", "tracking": "SF77"}
    )

    assert half.status_code == 400
    assert 'value="顺丰"' in half.content.decode()
    assert "Give the tracking number." in half.content.decode()
    assert whole.status_code == 302
    assert (fresh(case).return_carrier, fresh(case).return_tracking) == ("顺丰", "SF77")


def test_the_merchant_confirms_the_receipt_and_only_then_the_refund(
    signed_in, buyer, merchant, case
):
    now = timezone.now()
    give_address(case, by=merchant, address="上海路 1 号", now=now)
    send_return(fresh(case), by=buyer, carrier="顺丰", tracking="SF77", now=now)
    client = signed_in(merchant)
    client.cookies["django_language"] = "en"

    before = client.get(shop_page(case)).content.decode()
    client.post(shop_page(case), {"step": "confirm_receipt"})
    after = client.get(shop_page(case)).content.decode()

    assert 'value="confirm_receipt"' in before
    assert "Pay the buyer ¥280.00" not in before
    assert "Pay the buyer ¥280.00" in after


def test_a_buyer_is_told_to_keep_the_goods_until_there_is_an_address(signed_in, buyer, case):
    client = signed_in(buyer)
    client.cookies["django_language"] = "en"

    text = client.get(buyer_page(case)).content.decode()

    assert "Keep the goods ready" in text


def test_both_sides_read_who_pays_for_the_way_back(signed_in, buyer, merchant, case):
    for person, address in ((buyer, buyer_page(case)), (merchant, shop_page(case))):
        client = signed_in(person)
        client.cookies["django_language"] = "en"

        assert (
            "Freight: The merchant pays freight both ways. "
            "The return freight is settled with the carrier, outside the portal."
        ) in client.get(address).content.decode()
