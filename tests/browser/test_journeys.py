"""The main job, done by hand in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases import sweep
from cases.lifecycle import State
from cases.models import Case, Deadline
from evidence.models import Exhibit
from tests.browser.conftest import PREVIEW, wait_for_preview
from tests.factories import end_hold

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_arbitrator_takes_the_next_case_and_rules_it_with_the_keyboard_alone(
    answered_case, arbitrator, sign_in, hand
):
    page = sign_in(arbitrator)
    expect(page).to_have_url(re.compile("/queue/"))

    hand.press("n")
    page.wait_for_url(f"**/cases/{answered_case.reference}/")
    hand.press("]")  # the second photo
    hand.press("x")  # both side by side
    hand.press("a")  # the photo on the right goes into the ruling
    hand.press("r")
    hand.press("ArrowRight")  # from "for the buyer" to "in part"
    page.fill("[name=amount]", "150")
    page.fill("[name=finding_1]", "外箱塌角，杯子破碎。")
    page.fill("[name=reasons]", "买家在签收当天提出，照片可见破碎，支持部分退款。")
    hand.press("Control+Enter")
    wait_for_preview(page)
    expect(page.locator(".paper")).to_contain_text("¥150.00")
    with page.expect_navigation():
        hand.press("Control+Enter")

    case = Case.objects.get(pk=answered_case.pk)
    ruling = case.rulings.get()
    assert case.state == State.RULED
    assert str(ruling.amount) == "150.00"
    assert ruling.findings[0]["citations"] == ["E-01"]
    assert ruling.remedies == ["RM-PART"]
    assert hand.keys == 8
    assert hand.clicks == 0


def test_the_same_by_mouse_takes_ten_clicks(answered_case, arbitrator, sign_in, hand):
    page = sign_in(arbitrator)

    hand.click("form[action='/queue/next/'] button")
    page.wait_for_url(f"**/cases/{answered_case.reference}/")
    hand.click("[data-act=next]")
    hand.click("[data-act=compare]")
    hand.click("[data-cite-photo]")
    hand.click("#f-outcome label:has([value=part])")
    hand.click("[data-percent='50']")
    hand.click("[name=finding_1]")
    page.keyboard.type("外箱塌角，杯子破碎。")
    hand.click("[name=reasons]")
    page.keyboard.type("支持一半。")
    hand.click("[data-submit-key]")
    wait_for_preview(page)
    with page.expect_navigation():
        hand.click(f"{PREVIEW} [data-submit-key]")

    ruling = Case.objects.get(pk=answered_case.pk).rulings.get()
    assert (str(ruling.amount), ruling.outcome, ruling.remedies) == ("150.00", "part", ["RM-PART"])
    assert hand.clicks == 10


def test_both_sides_read_the_ruling_and_its_reasons(
    answered_case, arbitrator, buyer, merchant, sign_in
):
    page = sign_in(arbitrator)
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{answered_case.reference}/")
    page.click("[data-cite-photo]")
    page.click("[data-act=next]")
    page.check("[name=outcome][value=full]", force=True)
    page.fill("[name=finding_1]", "杯子破碎。")
    page.fill("[name=reasons]", "照片可见破碎，支持买家。")
    page.click("[data-submit-key]")
    wait_for_preview(page)
    with page.expect_navigation():
        page.click(f"{PREVIEW} [data-submit-key]")

    end_hold(answered_case)

    for person, home in ((buyer, "buyer"), (merchant, "merchant")):
        page = sign_in(person)
        page.goto(page.url.split(f"/{home}/")[0] + f"/cases/{answered_case.reference}/ruling/")
        expect(page.locator(".paper")).to_contain_text("照片可见破碎，支持买家。")
        expect(page.locator(".paper")).to_contain_text("E-01")


def test_a_merchant_answers_on_a_phone_with_two_photos(
    case_in, merchant, sign_in, photo_files, page
):
    page.set_viewport_size({"width": 390, "height": 844})
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - timedelta(hours=3))
    page = sign_in(merchant)
    page.click(f"a[href*='{case.reference}']")

    page.locator("input[type=file][multiple]").first.set_input_files(photo_files(2))
    expect(page.locator("[data-received^='E-']")).to_have_count(2)
    page.locator("[name=step][value=respond]").check(force=True)
    page.fill("[name=text]", "出库前已检查，箱体完好。")
    page.click(".send button.solid")
    expect(page.locator("#receipt")).to_be_visible()

    case = Case.objects.get(pk=case.pk)
    assert case.state == State.QUEUED
    assert case.answer == "出库前已检查，箱体完好。"
    assert [exhibit.side for exhibit in Exhibit.objects.filter(case=case)] == ["merchant"] * 2
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_broken_file_says_why_and_the_others_are_kept(
    case_in, merchant, sign_in, photo_files, tmp_path, page
):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - timedelta(hours=3))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo_files(1)[0].read_bytes()[:3000])
    page = sign_in(merchant)
    page.click(f"a[href*='{case.reference}']")

    page.locator("input[type=file][multiple]").first.set_input_files([broken, *photo_files(1)])
    expect(page.locator("[data-received^='E-']")).to_have_count(1)
    expect(page.locator(".files .err")).to_contain_text("不完整")

    assert Exhibit.objects.filter(case=case).count() == 1


def test_a_case_nobody_answers_escalates_before_the_arbitrators_eyes(
    case_in, arbitrator, sign_in, page
):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - timedelta(hours=47))
    page = sign_in(arbitrator)
    expect(page.locator("body")).not_to_contain_text(case.reference)

    Deadline.objects.filter(case=case).update(due_at=timezone.now() - timedelta(seconds=1))
    sweep.run(timezone.now())
    page.reload()

    expect(page.locator("[data-list]").first).to_contain_text(case.reference)
    expect(page.locator("[data-list]").first).to_contain_text("未答复")


def test_what_is_typed_into_a_ruling_is_there_again_after_signing_out(
    held_case, arbitrator, sign_in, live_server
):
    page = sign_in(arbitrator)
    page.goto(f"{live_server.url}/cases/{held_case.reference}/")
    page.fill("[name=reasons]", "写到一半的理由")
    page.locator("[name=reasons]").blur()
    expect(page.locator("#draft-status")).to_contain_text("已保存")

    page = sign_in(arbitrator)
    page.goto(f"{live_server.url}/cases/{held_case.reference}/")

    expect(page.locator("[name=reasons]")).to_have_value("写到一半的理由")


def test_letters_typed_while_composing_chinese_press_no_button(
    held_case, arbitrator, sign_in, live_server
):
    page = sign_in(arbitrator)
    page.goto(f"{live_server.url}/cases/{held_case.reference}/")

    page.locator("[name=reasons]").focus()
    page.keyboard.type("ncxo")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'n', keyCode: 229, bubbles: true, isComposing: true}))"
    )

    expect(page).to_have_url(re.compile(f"/cases/{held_case.reference}/$"))
    expect(page.locator("[name=reasons]")).to_have_value("ncxo")


def test_the_whole_job_is_done_without_javascript(answered_case, arbitrator, browser, live_server):
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=username]", arbitrator.username)
    page.fill("[name=password]", "a long pass phrase")
    page.click("#sign-in button.solid")

    page.click("form[action='/queue/next/'] button")
    page.check("[name=outcome][value=part]", force=True)
    page.uncheck("[name=remedies][value=RM-FULL]")
    page.check("[name=remedies][value=RM-PART]")
    page.fill("[name=amount]", "100")
    page.fill("[name=finding_1]", "杯子破碎。")
    page.fill("[name=citations_1]", "E-01, c2")
    page.fill("[name=reasons]", "支持部分退款。")
    page.check("[name=without]")
    page.click("[data-submit-key]")
    page.click("[data-submit-key]")
    context.close()

    ruling = Case.objects.get(pk=answered_case.pk).rulings.get()
    assert ruling.findings[0]["citations"] == ["E-01", "C-2"]
