"""The minute after a ruling on every page: the desk may take it back, the parties know that there is one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import issue_ruling, recall, save_draft
from cases.actions.recalling import LAST_MOMENT
from cases.lifecycle import State
from cases.models import Case
from portal.templatetags.portal import BEIJING
from tests.factories import HOLD, draft, end_hold

REASONS = "The photos show one broken cup."


@pytest.fixture
def issued(case_in, arbitrator) -> Case:
    case = case_in(State.REVIEWING, now=timezone.now() - timedelta(hours=1))
    save_draft(case, by=arbitrator, draft={"reasons": REASONS}, now=timezone.now())
    issue_ruling(case, by=arbitrator, draft=draft(reasons=REASONS), now=timezone.now())
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def told(issued) -> Case:
    """The same with its hold over."""
    return end_hold(issued)


@pytest.fixture
def read(signed_in):
    def read_as(person, name, *args):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client.get(reverse(name, args=args)).content.decode()

    return read_as


PARTIES = [("buyer", "buyer_case", "buyer_home"), ("merchant", "merchant_case", "merchant_home")]


@pytest.mark.parametrize(("who", "page", "home"), PARTIES)
def test_until_then_a_party_reads_that_there_is_a_decision_and_from_when(
    issued, read, request, who, page, home
):
    person = request.getfixturevalue(who)
    at = f"{issued.told_at.astimezone(BEIJING):%H:%M:%S}"

    for text in (
        read(person, page, issued.reference),
        read(person, home),
        read(person, "ruling", issued.reference),
    ):
        assert "decision was made" in text
        assert at in text
        for secret in (REASONS, "In part", "¥150.00", "An appeal is possible", "E-01"):
            assert secret not in text, secret


@pytest.mark.parametrize(("who", "page", "home"), PARTIES)
def test_from_then_on_both_read_it(told, read, request, who, page, home):
    person = request.getfixturevalue(who)

    assert "In part" in read(person, page, told.reference)
    assert REASONS in read(person, "ruling", told.reference)
    assert "An appeal is possible" in read(person, page, told.reference)


def test_the_notice_is_in_the_inbox_when_the_hold_is_over(issued, buyer, read, request):
    assert "the ruling is out" not in read(buyer, "notices")

    request.getfixturevalue("told")

    assert "the ruling is out" in read(buyer, "notices")


def test_the_desk_reads_it_at_once_and_its_author_can_take_it_back(
    issued, read, arbitrator, senior
):
    text = read(arbitrator, "case", issued.reference)

    assert REASONS in text
    assert "Nobody has been told yet." in text
    assert 'data-key="u"' in text
    assert REASONS in read(senior, "case", issued.reference)
    assert 'data-key="u"' not in read(senior, "case", issued.reference)


def test_when_the_hold_is_over_there_is_no_button(told, read, arbitrator):
    assert 'data-key="u"' not in read(arbitrator, "case", told.reference)


def test_in_its_last_moment_there_is_no_button_either(issued, read, arbitrator):
    soon = timezone.now() + LAST_MOMENT - timedelta(milliseconds=1)
    Case.objects.filter(pk=issued.pk).update(told_at=soon + timedelta(hours=1))
    issued.rulings.update(issued_at=soon - HOLD, told_at=soon)

    text = read(arbitrator, "case", issued.reference)

    assert "Nobody has been told yet." in text
    assert "data-until=" not in text


@pytest.fixture
def taken_back(issued, arbitrator) -> Case:
    recall(issued, by=arbitrator, now=timezone.now())
    return Case.objects.get(pk=issued.pk)


@pytest.mark.parametrize("who", ["arbitrator", "senior", "auditor"])
def test_a_recalled_ruling_stays_on_the_page_of_the_case_for_the_staff(
    taken_back, read, request, signed_in, who
):
    person, recalled = request.getfixturevalue(who), taken_back.rulings.get()
    address = f"{reverse('ruling', args=[taken_back.reference])}?recalled={recalled.pk}"

    assert f'href="{address}"' in read(person, "case", taken_back.reference)
    client = signed_in(person)
    client.cookies["django_language"] = "en"
    sheet = client.get(address).content.decode()
    assert REASONS in sheet
    assert "It was never in force." in sheet
    assert client.get(reverse("ruling", args=[taken_back.reference])).status_code == 404


@pytest.mark.parametrize("who", ["buyer", "merchant", "rival_buyer"])
def test_to_the_parties_a_recalled_ruling_never_was(taken_back, request, signed_in, who):
    client, recalled = signed_in(request.getfixturevalue(who)), taken_back.rulings.get()
    address = reverse("ruling", args=[taken_back.reference])

    assert client.get(address, {"recalled": recalled.pk}).status_code == 404


@pytest.mark.parametrize("typed", ["", "0", "one", "\x00"])
def test_a_recalled_ruling_that_never_was_is_not_found(taken_back, signed_in, senior, typed):
    address = reverse("ruling", args=[taken_back.reference])

    assert signed_in(senior).get(address, {"recalled": typed}).status_code == 404


def test_one_press_takes_it_back_with_the_text_as_it_was(issued, arbitrator, signed_in):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    answer = client.post(reverse("act", args=[issued.reference, "recall"]), follow=True)

    assert answer.redirect_chain == [(reverse("case", args=[issued.reference]), 302)]
    assert Case.objects.get(pk=issued.pk).state == State.REVIEWING
    assert f"{REASONS}</textarea>" in answer.content.decode()
    assert "took the ruling back before the parties were told" in answer.content.decode()


def test_a_press_too_late_says_so(told, arbitrator, signed_in):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    answer = client.post(reverse("act", args=[told.reference, "recall"]))

    assert answer.status_code == 409
    assert "cannot be taken back any more" in answer.content.decode()
    assert Case.objects.get(pk=told.pk).state == State.RULED


@pytest.mark.parametrize(
    ("who", "status"),
    [("senior", 403), ("supervisor", 403), ("merchant", 403), ("rival_merchant", 404)],
)
def test_nobody_else_takes_it_back(issued, request, signed_in, who, status):
    client = signed_in(request.getfixturevalue(who))

    answer = client.post(reverse("act", args=[issued.reference, "recall"]))

    assert answer.status_code == status
    assert Case.objects.get(pk=issued.pk).state == State.RULED
