"""How many presses the usual jobs take. HAND_COUNTS names a file the counts are written to, for `make bench`.

Typed sentences are not counted, as they take everybody the same; numbers and every other key are.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from cases.actions import respond, submit_for_approval
from cases.lifecycle import State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit
from tests.browser.conftest import PREVIEW, photo, wait_for_preview
from tests.factories import draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOUR = timedelta(hours=1)
ADDED = "两只杯子中一只无法使用。"


def count(**counts: int) -> None:
    kept = os.environ.get("HAND_COUNTS")
    if kept:
        file = Path(kept)
        known = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(known | counts))


@pytest.fixture
def standard_case(docket, buyer, merchant) -> Case:
    """Six photos and forty messages, answered: what an arbitrator meets on most days."""
    now = timezone.now()
    case = docket.case_in(State.AWAITING_MERCHANT, now=now - 20 * HOUR)
    for side, number in (
        (buyer, 1),
        (buyer, 2),
        (buyer, 3),
        (merchant, 4),
        (merchant, 5),
        (merchant, 6),
    ):
        sent = Submission(photo(f"{side.username} {number}"), f"photo-{number}.jpg")
        submit_exhibit(case, sent, by=side, now=now - 19 * HOUR)
    said = [
        f"{'林小满' if number % 2 else '青瓷小店:糖糖'} (2026-03-04 20:{number:02d}:00):\n"
        + ("杯子碎了一只" if number in (7, 9) else f"第{number}句话")
        for number in range(40)
    ]
    log = Submission("\n\n".join(said).encode(), "chat.txt", "chat_log", is_confirmed=True)
    submit_exhibit(case, log, by=buyer, now=now - 19 * HOUR)
    respond(case, by=merchant, text="出库完好，不同意退款。", now=now - 2 * HOUR)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def loads(page: Page) -> list[str]:
    """The addresses of whole pages that were loaded."""
    seen: list[str] = []
    page.on("load", lambda loaded: seen.append(loaded.url))
    return seen


def ruled_as_meant(case: Case) -> None:
    ruling = Case.objects.get(pk=case.pk).rulings.get()
    assert (str(ruling.amount), ruling.outcome, ruling.remedies) == ("150.00", "part", ["RM-PART"])
    assert ruling.findings[0]["citations"] == ["C-8", "C-10"]
    assert ruling.findings[0]["rule"] == "L-01"
    assert ADDED in ruling.reasons
    assert ruling.unseen == []


def test_the_standard_case_by_keyboard(standard_case, arbitrator, sign_in, hand, loads):
    page = sign_in(arbitrator)
    loads.clear()

    hand.press("n")
    page.wait_for_url(f"**/cases/{standard_case.reference}/")
    for _photo in range(5):
        hand.press("]")
    hand.press("o")  # turn it
    hand.press("x")  # two side by side
    hand.press("c")
    hand.press("/")
    page.keyboard.type("碎了")
    hand.press("Enter")
    expect(page.locator("[data-hit-number]")).to_have_text("1/2")
    expect(page.locator("[data-cited]")).to_contain_text("C-8")
    hand.press("q")
    hand.press(">")
    expect(page.locator("[data-cited]")).to_contain_text("C-10")
    hand.press("q")
    hand.press("r")
    hand.press("ArrowRight")  # in part
    hand.press("5")  # half of it
    hand.press("y")  # the template's words
    page.keyboard.type(ADDED)
    hand.press("Control+Enter")
    wait_for_preview(page)
    assert len(loads) == 1
    with page.expect_navigation():
        hand.press("Control+Enter")

    ruled_as_meant(standard_case)
    count(keys_keyboard=hand.keys)
    assert (hand.keys, hand.clicks) == (20, 0)
    assert hand.keys <= 25


def test_the_standard_case_by_mouse(standard_case, arbitrator, sign_in, hand, loads):
    page = sign_in(arbitrator)
    loads.clear()

    hand.click("form[action='/queue/next/'] button")
    page.wait_for_url(f"**/cases/{standard_case.reference}/")
    for _photo in range(5):
        hand.click("[data-act=next]")
    hand.click("[data-act=rotate]")
    hand.click("[data-act=compare]")
    hand.click(".tabs a[href='#chat']")
    hand.click("[data-cite='C-8']")
    hand.click("[data-cite='C-10']")
    hand.click("[name=finding_1]")
    page.keyboard.type("买卖双方都提到杯子碎了一只。")
    hand.click("#f-outcome label:has([value=part])")
    hand.click("[data-percent='50']")
    hand.click("[data-insert]")
    page.keyboard.type(ADDED)
    hand.click("[data-submit-key]")
    wait_for_preview(page)
    assert len(loads) == 1
    with page.expect_navigation():
        hand.click(f"{PREVIEW} [data-submit-key]")

    ruled_as_meant(standard_case)
    count(clicks_mouse=hand.clicks)
    assert hand.clicks == 17
    assert hand.clicks <= 24


def test_a_silent_merchants_case_is_sent_on_with_three_keys(
    case_in, buyer, arbitrator, sign_in, hand
):
    """One that the clock leaves to people, because two of them must look."""
    case = case_in(
        State.QUEUED,
        silent=True,
        now=timezone.now(),
        category="counterfeit",
        paid=Decimal("300.00"),
        requested_amount=Decimal("280.00"),
    )
    submit_exhibit(case, Submission(photo("label"), "label.jpg"), by=buyer, now=timezone.now())
    page = sign_in(arbitrator)

    hand.press("n")
    page.wait_for_url(f"**/cases/{case.reference}/")
    hand.press("Control+Enter")
    wait_for_preview(page)
    with page.expect_navigation():
        hand.press("Control+Enter")

    assert Case.objects.get(pk=case.pk).state == State.AWAITING_APPROVAL
    count(default_keys=hand.keys)
    assert hand.keys == 3
    assert hand.keys <= 4


def test_a_ruling_is_approved_with_two_keys(
    case_in, arbitrator, senior, sign_in, hand, live_server
):
    case = case_in(State.REVIEWING, now=timezone.now() - HOUR)
    submit_for_approval(case, by=arbitrator, draft=draft(), now=timezone.now())
    page = sign_in(senior)
    page.goto(f"{live_server.url}/approvals/")

    hand.press("Enter")
    page.wait_for_url(f"**/approvals/{case.reference}/")
    hand.press("a")
    page.wait_for_url(lambda address: not address.endswith(f"/approvals/{case.reference}/"))

    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.rulings.get().approved_by) == (State.RULED, senior)
    count(approval_keys=hand.keys)
    assert (hand.keys, hand.clicks) == (2, 0)


def test_a_merchant_answers_with_three_photos_in_eight_taps(
    case_in, merchant, sign_in, photo_files, hand, page
):
    page.set_viewport_size({"width": 390, "height": 844})
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - 3 * HOUR)
    page = sign_in(merchant)

    hand.click(f"a[href*='{case.reference}']")
    with page.expect_file_chooser() as chooser:
        hand.click("label:has(input[type=file][multiple])")
    chooser.value.set_files(photo_files(3))
    hand.clicks += 4  # three photos in the telephone's own window, and its "done"
    expect(page.locator("[data-received^='E-']")).to_have_count(3)
    hand.click("[name=text]")
    page.keyboard.type("出库前已检查，箱体完好。")
    hand.click(".send button.solid")
    expect(page.locator("#receipt")).to_be_visible()

    assert Case.objects.get(pk=case.pk).state == State.QUEUED
    assert Exhibit.objects.filter(case=case, side="merchant").count() == 3
    count(merchant_taps=hand.clicks)
    assert hand.clicks == 8
    assert hand.clicks <= 9
