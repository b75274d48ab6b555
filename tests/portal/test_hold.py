"""The minute after a ruling on every page: the desk may take it back, the parties know that there is one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import issue_ruling, save_draft
from cases.lifecycle import State
from cases.models import Case
from portal.templatetags.portal import BEIJING
from tests.factories import draft, end_hold

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
