"""What people wrote of themselves is masked for the other side, and for the staff until they say why."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from cases.actions import Finding, Wording, correct_ruling, extend_deadline, issue_ruling, offer
from cases.docket import append
from cases.lifecycle import State
from cases.models import Case, DeadlineKind
from cases.proceedings import Offer, Penalty
from evidence.disclosure import disclose, is_disclosed
from evidence.intake import Submission, submit_exhibit
from evidence.models import Message
from tests.factories import HOLD, draft, end_hold
from tests.portal.test_exhibits import photo

TALK = (
    "林小满 (2026-03-08 10:00:05):\n我叫林小满，电话13812345521，杭州市余杭区文一西路969号3幢\n\n"
    "青瓷小店 (2026-03-08 10:01:00):\n珐琅杯马上补发\n"
)


@pytest.fixture
def case(case_in, buyer, merchant):
    now = timezone.now()
    case = case_in(
        State.REVIEWING, now=now - timedelta(hours=1), statement="请打13812345521找林小满"
    )
    log = Submission(TALK.encode(), "a.txt", is_confirmed=True)
    submit_exhibit(case, log, by=buyer, now=now)
    return case


def messages_page(client, case):
    return client.get(reverse("exhibit_preview", args=[case.reference, 1])).content.decode()


def test_the_other_side_reads_it_masked_and_its_own_side_as_it_is(case, buyer, merchant, signed_in):
    theirs, own = (messages_page(signed_in(each), case) for each in (merchant, buyer))

    assert "138****5521" in theirs
    assert "13812345521" not in theirs
    assert "林小满" not in theirs
    assert "文一西路" not in theirs
    assert "13812345521" in own
    assert "文一西路969号" in own


def test_the_statement_is_masked_for_the_merchant(case, merchant, signed_in):
    page = signed_in(merchant).get(reverse("merchant_case", args=[case.reference]))

    assert "138****5521" in page.content.decode()
    assert "13812345521" not in page.content.decode()


def test_names_and_captions_of_photos_are_masked_for_the_other_side_and_the_staff(
    case, buyer, merchant, arbitrator, signed_in
):
    sent = Submission(photo(), "林小满13812345521.png", caption="寄给林小满，电话13812345521")
    number = submit_exhibit(case, sent, by=buyer, now=timezone.now()).exhibit.number
    client = signed_in(merchant)

    desk = signed_in(arbitrator).get(reverse("case", args=[case.reference])).content.decode()
    assert "寄给林**，电话138****5521" in desk
    assert "13812345521" not in desk

    page = client.get(reverse("merchant_case", args=[case.reference])).content.decode()
    picture = client.get(reverse("exhibit_thumb", args=[case.reference, number]))
    window = client.get(reverse("exhibit_window", args=[case.reference, number])).content.decode()

    assert "寄给林**，电话138****5521" in page
    assert "13812345521" not in page
    assert "13812345521" not in picture["Content-Disposition"]
    assert "138****5521" in window
    assert "13812345521" not in window
    own = signed_in(buyer).get(reverse("exhibit_thumb", args=[case.reference, number]))
    assert "13812345521" in own["Content-Disposition"]


def test_what_a_ruling_quotes_is_masked_on_the_sheet_and_on_the_buyers_page(
    case, arbitrator, buyer, merchant, signed_in
):
    quoted = "林小满写道：电话13812345521。"
    findings = (Finding(quoted, "L-01", ("C-1",)),)
    written = draft(findings=findings, reasons=quoted)
    issue_ruling(case, by=arbitrator, draft=written, now=timezone.now() - HOLD)

    sheet = reverse("ruling", args=[case.reference])
    own = reverse("buyer_case", args=[case.reference])
    for reader, address in ((merchant, sheet), (buyer, sheet), (buyer, own), (arbitrator, sheet)):
        page = signed_in(reader).get(address).content.decode()
        assert page.count("林**写道：电话138****5521。") == 2
        assert quoted not in page
    assert case.rulings.get().reasons == quoted


def test_two_logs_beside_each_other_are_masked_until_a_reason_is_given(
    case, arbitrator, merchant, signed_in
):
    altered = Submission(
        TALK.replace("13812345521", "13899995521").encode(), "b.txt", is_confirmed=True
    )
    submit_exhibit(case, altered, by=merchant, now=timezone.now())
    client = signed_in(arbitrator)
    address = reverse("log_diff", args=[case.reference, 1])

    masked = client.get(address, {"with": 2})
    client.post(reverse("unmask", args=[case.reference]), {"reason": "核对电话"})
    shown = client.get(address, {"with": 2}).content.decode()

    assert "13812345521" not in masked.content.decode()
    assert "文一西路" not in masked.content.decode()
    assert [row.pair.kind for row in masked.context["rows"]] == ["changed", "same"]
    assert "<mark>我叫林**" in masked.content.decode()  # they differ in what is struck out
    assert "文一西路969号" in shown
    assert "<mark>" in shown


def test_what_differs_only_in_what_is_masked_is_still_told_in_the_case(
    case, arbitrator, buyer, merchant, signed_in
):
    for side, talk in ((buyer, TALK), (merchant, TALK.replace("13812345521", "13899995521"))):
        longer = f"{talk}\n林小满 (2026-03-08 10:02:00):\n好的，谢谢\n"
        log = Submission(longer.encode(), "b.txt", is_confirmed=True)
        submit_exhibit(case, log, by=side, now=timezone.now())
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    page = client.get(reverse("case", args=[case.reference])).content.decode()

    assert "differs from C-" in page
    assert "13812345521" not in page


def test_the_staff_unmask_for_a_reason_that_is_a_docket_line(case, arbitrator, signed_in):
    client, address = signed_in(arbitrator), reverse("case", args=[case.reference])
    before = client.get(address).content.decode()

    answer = client.post(reverse("unmask", args=[case.reference]), {"reason": "核对收货地址"})

    after = client.get(address).content.decode()
    assert answer.status_code == 302
    assert "13812345521" not in before
    assert "文一西路" not in before
    assert "文一西路969号" in after
    line = case.events.order_by("-number").first()
    assert (line.name, line.actor, line.facts["reason"]) == ("unmask", arbitrator, "核对收货地址")


def test_the_buyers_name_and_what_was_typed_are_masked_on_every_page_of_the_staff_until_then(
    case, buyer, arbitrator, senior, auditor, signed_in
):
    sent = Submission(photo(), "林小满13812345521.png", caption="林小满的杯子")
    number = submit_exhibit(case, sent, by=buyer, now=timezone.now()).exhibit.number
    words = {"note": "林小满改号13812345521"}
    append(case, "offer", actor=buyer, at=timezone.now(), **words)
    scan = {"at": timezone.now().isoformat(), "words": "签收人：林小满 13812345521"}
    Case.objects.filter(pk=case.pk).update(scans=[scan])
    addresses = [
        reverse("case", args=[case.reference]),
        reverse("exhibit_custody", args=[case.reference, number]),
    ]

    for reader in (arbitrator, auditor):
        client = signed_in(reader)
        theirs = [
            *addresses,
            *([reverse("audit_case", args=[case.reference])] * (reader == auditor)),
        ]
        for address in theirs:
            page = client.get(address).content.decode()
            assert "林*" in page, address
            assert "林小满" not in page, address
            assert "13812345521" not in page, address
    client = signed_in(arbitrator)
    client.post(reverse("unmask", args=[case.reference]), {"reason": "核对收货人"})
    desk, custody = (client.get(address).content.decode() for address in addresses)
    assert "签收人：林小满 13812345521" in desk
    assert "林小满改号13812345521" in desk
    assert "林小满13812345521.png" in custody


def test_why_more_time_is_taken_and_what_shows_that_a_duty_is_done_are_masked_for_the_other_side(
    case_in, buyer, merchant, signed_in
):
    now, told = timezone.now(), "林小满出差，电话13812345521。"
    case = case_in(State.AWAITING_MERCHANT, now=now - timedelta(hours=1))
    extend_deadline(case, kind=DeadlineKind.MERCHANT_RESPONSE, by=merchant, reason=told, now=now)
    lengthened = signed_in(buyer).get(reverse("buyer_case", args=[case.reference]))
    offer(case, by=merchant, remedy="RM-PART", amount=Decimal("9.00"), note="", now=now)
    extend_deadline(case, kind=DeadlineKind.OFFER_ANSWER, by=buyer, reason=told, now=now)
    asked = signed_in(merchant).get(reverse("merchant_case", args=[case.reference]))
    case = case_in(State.EXECUTING, now=now)
    case.duties.update(evidence={"note": told}, done_at=now, outcome="done")
    done = signed_in(merchant).get(reverse("merchant_case", args=[case.reference]))

    for page in (lengthened, asked, done):
        shown = page.content.decode()
        assert "林**出差，电话138****5521。" in shown
        assert told not in shown


def test_without_a_reason_nothing_is_shown(case, arbitrator, signed_in):
    answer = signed_in(arbitrator).post(reverse("unmask", args=[case.reference]), {"reason": " "})

    assert answer.status_code == 409
    assert not case.events.filter(name="unmask").exists()


def test_it_is_shown_to_that_person_for_an_hour(case, arbitrator, senior, buyer):
    now = timezone.now()
    disclose(case, by=arbitrator, reason="核对", now=now)

    assert is_disclosed(case, arbitrator, now + timedelta(minutes=59))
    assert not is_disclosed(case, arbitrator, now + timedelta(hours=1))
    assert not is_disclosed(case, senior, now)
    with pytest.raises(PermissionDenied):
        disclose(case, by=buyer, reason="好奇", now=now)


def test_a_phrase_is_found_in_the_cases_one_may_see_and_only_there(
    case, case_in, arbitrator, other_arbitrator, senior, signed_in
):
    address = reverse("chat_search")

    def found(person, phrase):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client.get(address, {"q": phrase}).content.decode()

    assert "<mark>珐琅</mark>" in found(arbitrator, "珐琅")
    assert case.reference in found(senior, "珐琅杯")
    assert case.reference not in found(other_arbitrator, "珐琅")
    assert "13812345521" not in found(senior, "电话").replace('value="13812345521"', "")
    assert "at least two" in found(senior, "珐")


def test_what_was_taken_back_is_not_found(case, senior, signed_in):
    case.exhibits.update(withdrawn_at=timezone.now())

    page = signed_in(senior).get(reverse("chat_search"), {"q": "珐琅"}).content.decode()

    assert case.reference not in page


@pytest.mark.parametrize(
    "phrase", ["珐琅", "珐琅杯马", "补发", "0%", '"', "\\", "_", "{a,b}", "杯"]
)
def test_the_index_finds_what_reading_everything_finds(case, buyer, phrase):
    odd = '林小满 (2026-03-08 11:00:00):\n退50% "原价" \\{a,b}_好\n'
    log = Submission(odd.encode(), "b.txt", is_confirmed=True)
    submit_exhibit(case, log, by=buyer, now=timezone.now())

    expected = [m.pk for m in Message.objects.newest() if phrase in m.text]
    assert [m.pk for m in Message.objects.saying(phrase).newest()] == expected


def test_what_the_desk_writes_of_points_corrections_and_offers_is_masked_for_both_sides(
    case, buyer, merchant, arbitrator, supervisor, signed_in
):
    told = "林小满's number is 13700001111."
    finding = Finding("It is not the cup that was shown.", "L-01", ("E-01",))
    issue_ruling(case, by=arbitrator, draft=draft(findings=(finding,)), now=timezone.now())
    case = end_hold(case)
    correct_ruling(
        case,
        by=supervisor,
        version=1,
        findings=[Wording("It is not that cup.", ("E-01",))],
        reasons="So it is.",
        why=told,
        now=timezone.now(),
    )
    facts = {"case": case, "shop": case.shop, "rule": case.rule, "proposed_at": timezone.now()}
    Penalty.objects.create(**facts, proposed_by=arbitrator, kind="general", points=1, reason=told)
    offered = {"side": "platform", "by": arbitrator, "remedy": "RM-PART", "made_at": timezone.now()}
    ended = {"ended_at": timezone.now(), "outcome": "lapsed"}
    Offer.objects.create(case=case, number=1, amount=5, note=told, **offered, **ended)

    for who, names in (
        (buyer, ("buyer_case", "ruling")),
        (merchant, ("merchant_case", "ruling", "merchant_ledger")),
    ):
        for name in names:
            address = reverse(name, args=[case.reference] if name != "merchant_ledger" else [])
            page = signed_in(who).get(address).content.decode()
            assert "137****1111" in page, name
            assert "13700001111" not in page, name
            assert told[:6] not in page, name
