"""Disputes from their beginning to their end, and a change of the rules, by the hands of all who take part."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases import cashier
from cases.ledger import LedgerEntry, Measure
from cases.lifecycle import State
from cases.models import Recovery
from cases.versions import RulebookLine, RulebookVersion
from evidence.intake import Submission, submit_exhibit
from tests.browser.conftest import photo, wait_for_preview
from tests.browser.test_composing import drag
from tests.browser.walking import PHONE, docket_of, fresh, time_passes
from tests.factories import ABOVE_EVERY_TIER, end_hold

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


def write_ruling(page, outcome: str, *, finding: str, reasons: str) -> None:
    page.check(f"#ruling-form [name=outcome][value={outcome}]", force=True)
    page.fill("#ruling-form [name=finding_1]", finding)
    page.fill("#ruling-form [name=reasons]", reasons)


def send_out(walk) -> None:
    """Past the preview, by its key."""
    walk.page.keyboard.press("Control+Enter")
    wait_for_preview(walk.page)
    with walk.page.expect_navigation():
        walk.page.keyboard.press("Control+Enter")


def test_settled(walk, case_in, buyer, merchant, page):
    """An offer, a counter-offer, agreement, and the money is given back."""
    page.set_viewport_size(PHONE)
    case = case_in(State.NEGOTIATING, now=timezone.now() - HOUR)
    reference = case.reference

    walk.enters(merchant, "merchant_case", reference)
    page.locator("[name=step][value=offer]").check(force=True)
    page.select_option("#answer [name=remedy]", "RM-PART")
    page.fill("#answer [name=amount]", "100")
    page.fill("#answer [name=note]", "只碎了一只，退一半多一点。")
    walk.presses(".send button.solid")

    walk.enters(buyer, "buyer_case", reference)
    walk.shows("offer")
    page.locator("#offer details summary").click()
    page.select_option("#offer [name=remedy]", "RM-PART")
    page.fill("#offer [name=amount]", "150")
    walk.presses("#offer button[value=counter]")

    walk.enters(merchant, "merchant_case", reference)
    walk.shows("counter-offer")
    expect(page.locator("#offer")).to_contain_text("¥150.00")
    walk.presses("#offer button[value=accept]")
    walk.shows("duties")
    walk.presses("#duties button[value=refund]")
    cashier.relay(timezone.now())

    walk.enters(buyer, "buyer_case", reference)
    walk.shows("closed")
    case = fresh(case)
    assert (case.state, case.refunded) == (State.CLOSED, Decimal("150.00"))
    assert [(each.side, each.outcome) for each in case.offers.order_by("number")] == [
        ("merchant", "countered"),
        ("buyer", "accepted"),
    ]
    assert docket_of(case) == "file offer counter accept refund settled complete settled"


def test_ruled_and_executed(walk, answered_case, arbitrator, buyer, merchant, page):
    """A photo's region is cited, the goods go back, and the money with them."""
    type(answered_case).objects.filter(pk=answered_case.pk).update(requested_remedy="return_refund")
    case, reference = answered_case, answered_case.reference

    walk.enters(arbitrator, "queue")
    with page.expect_navigation():
        page.keyboard.press("n")
    page.keyboard.press("m")
    drag(page, (0.2, 0.5), (0.3, 0.7))
    page.keyboard.press("a")
    page.keyboard.press("]")
    write_ruling(page, "full", finding="外箱塌角，杯子破碎。", reasons="照片可见破碎，退货退款。")
    for code in ("RM-FULL", "RM-PART"):
        page.uncheck(f"[name=remedies][value={code}]", force=True)
    page.check("[name=remedies][value=RM-RETURN]", force=True)
    page.fill("[name=amount]", "280")
    page.locator("[name=reasons]").blur()
    expect(page.locator("#draft-status")).to_contain_text("已保存")
    walk.shows("composer", again=lambda: page.locator("[data-followed] a").first.click())
    page.locator("[name=reasons]").focus()
    send_out(walk)
    walk.shows("hold")
    assert fresh(case).ruling.findings[0]["citations"] == ["E-01@20,30,30,40"]
    end_hold(case)
    walk.enters(buyer, "ruling", reference)
    walk.shows("ruling")
    time_passes(case, "appeal_window")

    page.set_viewport_size(PHONE)
    walk.enters(merchant, "merchant_case", reference)
    walk.shows("duties")
    page.fill("#duties [name=address]", "上海市静安区 1 号，青瓷小店收")
    walk.presses("#duties button[value=give_address]")
    walk.enters(buyer, "buyer_case", reference)
    walk.shows("return")
    page.fill("#duties [name=carrier]", "顺丰")
    page.fill("#duties [name=tracking]", "SF1234567890")
    walk.presses("#duties button[value=send_return]")
    walk.enters(merchant, "merchant_case", reference)
    walk.presses("#duties button[value=confirm_receipt]")
    walk.presses("#duties button[value=refund]")
    cashier.relay(timezone.now())

    walk.enters(buyer, "buyer_case", reference)
    walk.shows("closed")
    case = fresh(case)
    assert (case.state, case.refunded) == (State.CLOSED, Decimal("280.00"))
    assert set(case.duties.values_list("outcome", flat=True)) == {"done"}
    assert docket_of(case) == (
        "file request_intervention exhibit exhibit exhibit respond claim issue "
        "finalize give_address send_return confirm_receipt refund settled "
        "complete settled"
    )


def test_appealed_and_overturned(walk, case_in, buyer, merchant, senior, photo_files, page):
    """The other side is heard, somebody else decides, and both versions stay readable."""
    case = end_hold(case_in(State.RULED, now=timezone.now() - HOUR))
    reference = case.reference

    page.set_viewport_size(PHONE)
    walk.enters(buyer, "buyer_case", reference)
    page.locator("#appeal details summary").click()
    walk.shows("appeal", again=lambda: page.locator("#appeal details summary").click())
    page.check("#appeal [name=ground][value=new]")
    page.fill("#appeal [name=text]", "快递员当场拍了照片，两个杯子都碎了。")
    page.set_input_files("#appeal [name=files]", photo_files(1))
    walk.presses("#appeal button[value=appeal]")
    walk.enters(merchant, "merchant_case", reference)
    walk.shows("answer")
    page.fill("#answer-appeal [name=text]", "照片里只有一个碎了。")
    page.check("#answer-appeal [name=waives]")
    walk.presses("#answer-appeal button[value=answer_appeal]")

    walk.enters(senior, "appeals")
    walk.shows("appeals")
    walk.presses(f"a[href*='{reference}']")
    page.click("[data-cite-photo]")
    write_ruling(page, "full", finding="两只杯子都碎了。", reasons="新照片可见两只均碎，全额退款。")
    page.uncheck("[name=remedies][value=RM-PART]", force=True)
    page.check("[name=remedies][value=RM-FULL]", force=True)
    page.fill("[name=amount]", "280")
    walk.presses("[data-submit-key]")
    walk.shows("preview")
    walk.presses("[data-submit-key]")

    for person in (buyer, merchant):
        walk.enters(person, "ruling", reference)
        expect(page.locator(".paper")).to_contain_text("¥280.00")
        page.goto(f"{page.url}?version=1")
        expect(page.locator(".paper")).to_contain_text("¥150.00")
    walk.shows("earlier-version")
    case = fresh(case)
    first, second = case.rulings.order_by("version")
    assert (first.amount, second.amount) == (Decimal("150.00"), Decimal("280.00"))
    assert (case.appeals.get().outcome, second.author) == ("overturned", senior)
    assert (case.state, case.ruling) == (State.EXECUTING, second)
    assert docket_of(case) == (
        "file request_intervention respond claim issue appeal exhibit answer_appeal overturn"
    )


def test_defaulted(walk, case_in, buyer, merchant, supervisor, page):
    """Nobody answers, the clock decides, nobody pays, and the platform pays first."""
    page.set_viewport_size(PHONE)
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - HOUR)
    reference = case.reference
    submit_exhibit(case, Submission(photo("broken"), "broken.jpg"), by=buyer, now=timezone.now())

    walk.enters(merchant, "merchant_case", reference)
    walk.shows("waiting")
    time_passes(case, "merchant_response")
    time_passes(case, "default_decision")
    walk.enters(buyer, "buyer_case", reference)
    walk.shows("decided")
    time_passes(case, "appeal_window")
    walk.enters(merchant, "merchant_case", reference)
    walk.shows("to-pay")
    time_passes(case, "return_address")

    walk.enters(buyer, "buyer_case", reference)
    walk.shows("closed")
    walk.enters(supervisor, "recoveries")
    walk.shows("recovery")
    case = fresh(case)
    assert (case.state, case.refunded) == (State.CLOSED, case.ruling.amount)
    assert (case.ruling.author, case.answered_at) == (None, None)
    assert Recovery.objects.get(case=case).amount == case.refunded
    expect(page.locator("main")).to_contain_text(reference)
    assert docket_of(case) == (
        "file request_intervention exhibit escalate decide_by_default finalize record_silence "
        "penalty_posted enforce settled complete"
    )


def test_approved_and_sent_back(walk, answered_case, arbitrator, senior, page):
    """A second person wants it mended, reads what has changed, and lets it go with one key."""
    type(answered_case).objects.filter(pk=answered_case.pk).update(**ABOVE_EVERY_TIER)
    case, reference = answered_case, answered_case.reference

    walk.enters(arbitrator, "queue")
    with page.expect_navigation():
        page.keyboard.press("n")
    page.click("[data-cite-photo]")
    page.keyboard.press("]")
    write_ruling(page, "full", finding="杯子破碎。", reasons="支持买家。")
    send_out(walk)
    walk.shows("sent")

    walk.enters(senior, "approvals")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    walk.shows("approval")
    page.keyboard.press("b")
    page.keyboard.type("请说明为何不采纳商家的出库照片。")
    walk.presses("[value=return]")
    assert fresh(case).state == State.REVIEWING

    walk.enters(arbitrator, "case", reference)
    expect(page.locator(".note", has_text="请说明为何不采纳")).to_be_visible()
    walk.shows("returned")
    page.fill("#ruling-form [name=reasons]", "支持买家。商家没有提交出库照片，只作了陈述。")
    send_out(walk)

    walk.enters(senior, "approvals")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[aria-labelledby=h-returned]")).to_contain_text("只作了陈述")
    walk.shows("second-approval")
    with page.expect_navigation():
        page.keyboard.press("a")

    case = fresh(case)
    ruling = case.rulings.get()
    assert (case.state, ruling.author, ruling.approved_by) == (State.RULED, arbitrator, senior)
    assert [each.outcome for each in case.submissions.order_by("submitted_at")] == [
        "returned",
        "approved",
    ]
    assert ruling.reasons == "支持买家。商家没有提交出库照片，只作了陈述。"
    assert docket_of(case) == (
        "file request_intervention exhibit exhibit exhibit respond claim "
        "submit_for_approval send_back submit_for_approval approve"
    )


def test_a_rule_is_changed(walk, case_in, senior, supervisor, forgetful, page):
    """Drafted by one, read as a difference and published by another; running cases keep theirs."""
    case = case_in(State.NEGOTIATING, now=timezone.now() - HOUR)

    walk.enters(senior, "rulebook")
    page.fill("[name=reason]", "破损案件给商家更多时间核实。")
    walk.presses("form[action$='/draft/'] button")
    walk.enters(senior, "rulebook_rule", 2, "L-01")
    page.fill("[name=response_hours]", "72")
    page.check("[name=two_reviewers]")
    walk.presses(".rule-form button.solid")
    walk.enters(supervisor, "rulebook_version", 2)
    walk.shows("difference")
    page.fill("[name=in_force_from]", f"{timezone.localtime() + HOUR:%Y-%m-%dT%H:%M}")
    page.fill("[name=reason]", "同意。")
    walk.presses("form[action$='/publish/'] button")

    version = RulebookVersion.objects.get()
    assert (version.drafted_by, version.published_by) == (senior, supervisor)
    assert [each.name for each in RulebookLine.objects.order_by("pk")] == [
        *("draft", "edit", "publish")
    ]
    assert fresh(case).rulebook_version == 1


def test_penalised(walk, case_in, arbitrator, buyer, penalty_officer, officer, merchant, page):
    """Points proposed with the ruling, two officers, posted once it is final, read by the shop."""
    claim = {"category": "false_advertising", "requested_remedy": "return_refund"}
    case = case_in(State.REVIEWING, now=timezone.now() - HOUR, **claim)
    reference = case.reference
    submit_exhibit(case, Submission(photo("label"), "label.jpg"), by=buyer, now=timezone.now())

    walk.enters(arbitrator, "case", reference)
    page.click("[data-cite-photo]")
    write_ruling(page, "full", finding="宣传的功效没有依据。", reasons="商家未能证明，退货退款。")
    page.locator("#f-penalty summary").click()
    page.select_option("[name=penalty_kind]", "serious")
    page.fill("[name=penalty_points]", "12")
    page.fill("[name=penalty_reason]", "宣称治病，且不是第一次。")
    send_out(walk)
    end_hold(case)

    walk.enters(penalty_officer, "penalties")
    walk.presses(f"a[href*='{reference}']")
    walk.presses("button[name=answer][value=yes]")
    walk.enters(officer, "case_penalty", reference)
    walk.shows("officer")
    walk.presses("button[name=answer][value=yes]")
    assert not LedgerEntry.objects.exists()
    time_passes(case, "appeal_window")

    page.set_viewport_size(PHONE)
    walk.enters(merchant, "merchant_ledger")
    walk.shows("ledger")
    expect(page.locator("main")).to_contain_text(reference)
    case = fresh(case)
    penalty, entry = case.penalties.get(), LedgerEntry.objects.get()
    assert (penalty.outcome, penalty.approvals.count(), entry.points) == ("approved", 2, 12)
    assert set(Measure.objects.values_list("kind", flat=True)) == {"demotion", "marketing_limit"}
    assert case.state == State.EXECUTING
    assert docket_of(case) == (
        "file request_intervention respond claim exhibit issue propose_penalty "
        "penalty_seconded penalty_approved finalize penalty_posted measure_begun "
        "measure_begun"
    )
