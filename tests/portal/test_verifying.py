"""The code printed on a ruling: how it stands, to whoever may read it, and one sentence to all others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import correct_ruling, issue_ruling, recall
from cases.actions.correcting import Wording
from cases.lifecycle import State
from cases.models import Case, Ruling
from tests.factories import HOLD, draft

HOUR = timedelta(hours=1)
NOTHING = "No ruling you may read bears this code."
IN_FORCE = "This version is in force."


@pytest.fixture
def ruled(case_in, arbitrator) -> Case:
    now = timezone.now()
    case = case_in(State.REVIEWING, now=now - HOUR)
    issue_ruling(case, by=arbitrator, draft=draft(), now=now - HOLD)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def verified(signed_in):
    def verify_as(person, code):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        answer = client.get(reverse("verify"), {"code": code})
        assert answer.status_code == 200
        return answer.content.decode()

    return verify_as


@pytest.mark.parametrize(
    "who", ["buyer", "merchant", "arbitrator", "senior", "supervisor", "auditor", "penalty_officer"]
)
def test_whoever_may_see_the_case_learns_how_its_ruling_stands(ruled, verified, request, who):
    page = verified(request.getfixturevalue(who), ruled.ruling.verification_code)

    for said in (
        IN_FORCE,
        ruled.reference,
        f"{ruled.ruling.content_hash[:32]}…",
        "In part · ¥150.00",
        f'href="{reverse("ruling", args=[ruled.reference])}?version=1"',
    ):
        assert said in page, said


@pytest.mark.parametrize("who", ["rival_buyer", "rival_merchant", "other_arbitrator"])
def test_a_stranger_reads_what_everybody_reads_of_a_wrong_code(ruled, verified, request, who):
    stranger, code = request.getfixturevalue(who), ruled.ruling.verification_code

    page = verified(stranger, code)

    assert NOTHING in page
    assert ruled.reference not in page
    wrong = "0000-1111-2222-3333"
    assert body(page) == body(verified(stranger, wrong)).replace(wrong, code)


def body(page: str) -> str:
    """Without the time of day, which the frame bears."""
    return page[page.index("<main") :]


@pytest.mark.parametrize(
    "typed", ["0", "x" * 16, "1" * 17, "1" * 400, "%", "'; --", "\x00" * 16, "١" * 16, "²" * 16]
)
def test_what_is_no_code_finds_nothing_and_comes_back_as_typed(ruled, verified, senior, typed):
    assert NOTHING in verified(senior, typed)


def test_the_code_may_be_typed_by_hand(ruled, verified, buyer):
    code = ruled.ruling.verification_code

    for typed in (code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} ", wide(code)):
        assert IN_FORCE in verified(buyer, typed), typed


def wide(code: str) -> str:
    """As a Chinese input method types it."""
    return "".join(chr(ord(each) + 0xFEE0) for each in code)


def test_nobody_verifies_without_signing_in(client, ruled):
    answer = client.get(reverse("verify"), {"code": ruled.ruling.verification_code})

    assert answer.status_code == 302
    assert reverse("login") in answer["Location"]


def test_a_version_put_right_says_which_one_took_its_place(ruled, verified, buyer, senior):
    old = ruled.ruling
    wording = [Wording(each["text"], tuple(each["citations"])) for each in old.findings]
    correct_ruling(
        ruled,
        by=senior,
        version=1,
        findings=wording,
        reasons="Put right.",
        why="A slip.",
        now=timezone.now(),
    )

    assert "version 2 took its place" in verified(buyer, old.verification_code)
    assert IN_FORCE in verified(buyer, Case.objects.get(pk=ruled.pk).ruling.verification_code)


def test_until_the_parties_are_told_the_code_is_the_staffs_alone(
    case_in, arbitrator, buyer, verified
):
    case = case_in(State.REVIEWING, now=timezone.now() - HOUR)
    ruling = issue_ruling(case, by=arbitrator, draft=draft(), now=timezone.now())

    assert NOTHING in verified(buyer, ruling.verification_code)
    assert IN_FORCE in verified(arbitrator, ruling.verification_code)


def test_a_recalled_ruling_is_none_to_the_parties_and_marked_to_the_staff(
    case_in, arbitrator, buyer, verified
):
    now = timezone.now()
    case = case_in(State.REVIEWING, now=now - HOUR)
    ruling = issue_ruling(case, by=arbitrator, draft=draft(), now=now - HOUR)
    recall(case, by=arbitrator, now=now - HOUR)

    assert NOTHING in verified(buyer, ruling.verification_code)
    page = verified(arbitrator, ruling.verification_code)
    assert "It was never in force." in page
    assert f"?recalled={ruling.pk}" in page

    issue_ruling(Case.objects.get(pk=case.pk), by=arbitrator, draft=draft(), now=now - 2 * HOLD)
    assert Ruling.objects.filter(content_hash=ruling.content_hash).count() == 2
    assert IN_FORCE in verified(buyer, ruling.verification_code)


def test_the_sheet_leads_there_and_names_the_address_for_print(ruled, signed_in, buyer):
    sheet = signed_in(buyer).get(reverse("ruling", args=[ruled.reference])).content.decode()

    assert f'href="{reverse("verify")}?code={ruled.ruling.verification_code}"' in sheet
    assert f"http://testserver{reverse('verify')}" in sheet
