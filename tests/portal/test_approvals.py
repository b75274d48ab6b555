"""The second look in the browser: the list, the page, two keys, and what stands in the way."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShopMember
from cases.actions import (
    Finding,
    note_exhibit,
    retract,
    save_draft,
    send_back,
    submit_for_approval,
)
from cases.lifecycle import State
from cases.models import Case
from portal.changes import Piece, pieces
from tests.factories import draft, make_shop

LARGE = draft(amount=Decimal("600.00"), reasons="Both cups were broken.")


@pytest.fixture
def sent(case_in, arbitrator):
    case = case_in(State.REVIEWING, now=timezone.now() - timedelta(hours=1), paid=Decimal(900))
    save_draft(case, by=arbitrator, draft={"reasons": LARGE.reasons}, now=timezone.now())
    return submit_for_approval(case, by=arbitrator, draft=LARGE, now=timezone.now())


@pytest.fixture
def client_of(signed_in):
    def client_of(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return client_of


def address(submission):
    return reverse("approval", args=[submission.case.reference])


def fresh(submission):
    return Case.objects.get(pk=submission.case_id)


def words(answer):
    return re.sub(r"<(ins|del|/ins|/del)>", "", answer.content.decode())


@pytest.mark.parametrize("who", ["senior", "supervisor"])
def test_the_list_says_what_waits_and_the_rail_how_many(sent, client_of, request, who):
    page = client_of(request.getfixturevalue(who)).get(reverse("approvals")).content.decode()

    assert f'href="{address(sent)}" autofocus' in page
    assert "¥600.00" in page
    assert '<data class="n" value="1">' in page


@pytest.mark.parametrize(
    ("who", "status"),
    [("arbitrator", 403), ("auditor", 403), ("buyer", 404), ("merchant", 404)],
)
def test_nobody_else_sees_list_or_page(sent, client_of, request, who, status):
    client = client_of(request.getfixturevalue(who))

    assert client.get(reverse("approvals")).status_code == status
    assert client.get(address(sent)).status_code == status


def test_the_page_shows_the_text_what_follows_and_why_two_people_look(sent, client_of, senior):
    page = client_of(senior).get(address(sent)).content.decode()

    for said in (
        "Both cups were broken.",
        "Above ¥500.00 a second person approves the ruling.",
        "¥600.00 goes back to the buyer once the ruling is final.",
        "Its author looked at 0 of 0 photos",
        "The buyer wrote politely.",  # the internal note
        sent.content_hash,
    ):
        assert said in page, said


def test_points_proposed_with_it_are_shown_with_their_reason(
    case_in, arbitrator, client_of, senior
):
    case = case_in(
        State.REVIEWING, category="not_as_described", now=timezone.now(), paid=Decimal(900)
    )
    points = {"kind": "general", "points": 4, "reason": "The page was not corrected."}
    with_points = draft(
        amount=Decimal("600.00"),
        findings=(Finding("Another colour.", "D-01", ("E-01",)),),
        penalty=points,
    )
    sent = submit_for_approval(case, by=arbitrator, draft=with_points, now=timezone.now())

    page = client_of(senior).get(address(sent)).content.decode()

    assert "Penalty proposed with it" in page
    assert "<b>4 general points</b>" in page
    assert "The page was not corrected." in page


def test_one_press_approves_and_the_page_counts_down_with_a_recall(sent, client_of, senior):
    client = client_of(senior)

    answer = client.post(
        address(sent), {"decision": "approve", "content": sent.content_hash}, follow=True
    )

    assert answer.redirect_chain == [(reverse("case", args=[sent.case.reference]), 302)]
    assert fresh(sent).ruling.approved_by == senior
    assert "Nobody has been told yet." in answer.content.decode()
    assert 'data-key="u"' in answer.content.decode()
    sheet = client.get(reverse("ruling", args=[sent.case.reference])).content.decode()
    assert f"Approved by</dt><dd>{senior.masked_name}" in sheet


def test_a_supervisor_who_approved_may_recall(sent, client_of, supervisor):
    client = client_of(supervisor)
    client.post(address(sent), {"decision": "approve", "content": sent.content_hash})

    client.post(reverse("act", args=[sent.case.reference, "recall"]))

    assert fresh(sent).state == State.REVIEWING


def test_the_author_reads_why_they_give_no_word_on_their_own(case_in, senior, client_of):
    case = case_in(State.REVIEWING, holder=senior, now=timezone.now(), paid=Decimal(900))
    own = submit_for_approval(case, by=senior, draft=LARGE, now=timezone.now())
    client = client_of(senior)

    assert "You wrote it; somebody else approves." in client.get(address(own)).content.decode()
    assert 'data-key="a"' not in client.get(address(own)).content.decode()
    answer = client.post(address(own), {"decision": "approve", "content": own.content_hash})
    assert (answer.status_code, fresh(own).state) == (403, State.AWAITING_APPROVAL)


def test_a_text_changed_since_it_was_read_comes_back_with_the_difference(
    sent, client_of, senior, arbitrator
):
    retract(fresh(sent), by=arbitrator, now=timezone.now())
    again = draft(amount=Decimal("650.00"), reasons="Both cups were smashed.")
    submit_for_approval(fresh(sent), by=arbitrator, draft=again, now=timezone.now())

    answer = client_of(senior).post(
        address(sent), {"decision": "approve", "content": sent.content_hash}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The text has changed since you read it." in page
    assert "<del>broken.</del><ins>smashed.</ins>" in page
    assert "<del>600.00</del><ins>650.00</ins>" in page
    assert fresh(sent).state == State.AWAITING_APPROVAL


def test_evidence_that_came_in_meanwhile_is_named_and_stops_the_approval(
    sent, client_of, senior, buyer
):
    note_exhibit(
        fresh(sent),
        by=buyer,
        side="buyer",
        label="E-01",
        kind="photo",
        sha256="0" * 64,
        status="accepted",
        now=timezone.now(),
    )
    client = client_of(senior)

    assert 'data-key="a"' not in client.get(address(sent)).content.decode()
    answer = client.post(address(sent), {"decision": "approve", "content": sent.content_hash})

    assert answer.status_code == 409
    assert "submitted E-01" in answer.content.decode()
    assert fresh(sent).state == State.AWAITING_APPROVAL


def test_a_return_needs_words_and_keeps_them_for_its_author(sent, client_of, senior, arbitrator):
    client = client_of(senior)

    assert client.post(address(sent), {"decision": "return"}).status_code == 409
    answer = client.post(address(sent), {"decision": "return", "comments": "Cite the photo."})

    assert answer["Location"] == reverse("approvals")
    own = client_of(arbitrator).get(reverse("case", args=[sent.case.reference])).content.decode()
    assert "Cite the photo." in own
    assert f"{LARGE.reasons}</textarea>" in own


def test_the_next_look_shows_what_was_changed_since_the_return(sent, client_of, senior, arbitrator):
    send_back(fresh(sent), by=senior, comments="Cite the photo.", now=timezone.now())
    better = draft(amount=Decimal("600.00"), reasons="Both cups were broken, see E-01.")
    second = submit_for_approval(fresh(sent), by=arbitrator, draft=better, now=timezone.now())

    page = client_of(senior).get(address(second)).content.decode()

    assert "Cite the photo." in page
    assert "<ins>" in page
    assert "see E-01." in words(client_of(senior).get(address(second)))


def test_taking_it_over_opens_the_case_with_the_draft(sent, client_of, senior):
    answer = client_of(senior).post(address(sent), {"decision": "take_over"}, follow=True)

    assert fresh(sent).holder == senior
    assert f"{LARGE.reasons}</textarea>" in answer.content.decode()


def test_its_author_takes_it_back_on_the_case_page(sent, client_of, arbitrator):
    client = client_of(arbitrator)
    page = client.get(reverse("case", args=[sent.case.reference])).content.decode()
    assert "waits for a second person" in page

    answer = client.post(reverse("act", args=[sent.case.reference, "retract"]), follow=True)

    assert fresh(sent).state == State.REVIEWING
    assert f"{LARGE.reasons}</textarea>" in answer.content.decode()


def test_past_rulings_under_the_same_rule_stand_beside_it_nearest_first(
    sent, client_of, senior, case_in
):
    near, far, other = (
        case_in(State.RULED, ruling=draft(amount=Decimal(amount))) for amount in (290, 10, 200)
    )

    page = client_of(senior).get(address(sent)).content.decode()

    assert near.reference in page
    assert other.reference in page
    assert far.reference not in page


def test_when_nothing_waits_any_more_the_page_says_so(sent, client_of, senior, arbitrator):
    retract(fresh(sent), by=arbitrator, now=timezone.now())
    client = client_of(senior)

    for answer in (
        client.get(address(sent)),
        client.post(address(sent), {"decision": "approve", "content": sent.content_hash}),
    ):
        assert answer.status_code == 409
        assert "No ruling waits for approval here any more." in answer.content.decode()


@pytest.mark.parametrize(
    "typed", [{}, {"decision": "yes"}, {"decision": "return", "comments": "x" * 2001}]
)
def test_a_bad_form_changes_nothing(sent, client_of, senior, typed):
    answer = client_of(senior).post(address(sent), typed)

    assert answer.status_code == 400
    assert fresh(sent).state == State.AWAITING_APPROVAL


def test_the_list_says_which_rulings_this_reader_gives_no_word_on(
    case_in, client_of, senior, arbitrator, shop, merchant
):
    now = timezone.now()
    other, begun, close = (
        case_in(State.AWAITING_APPROVAL, now=now, shop=each)
        for each in (shop, shop, make_shop("旧东家", merchant))
    )
    begun.drafts.create(author=senior, fields={"reasons": "…"}, revision=1, saved_at=now)
    ShopMember.objects.create(shop=close.shop, user=senior, ended_at=now)

    rows = client_of(senior).get(reverse("approvals")).context["rows"]

    assert {row.case: bool(row.why_not) for row in rows} == {
        other: False,
        begun: True,
        close: True,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_for_three(
    case_in, arbitrator, client_of, senior, django_assert_num_queries, count
):
    for _ in range(count):
        submit_for_approval(
            case_in(State.REVIEWING, now=timezone.now()),
            by=arbitrator,
            draft=draft(),
            now=timezone.now(),
        )
    client = client_of(senior)

    # Session, person, rulings, clocks, those one wrote on or is too close to, two numbers of the rail.
    with django_assert_num_queries(8):
        client.get(reverse("approvals"))


def test_texts_are_compared_by_the_word_and_chinese_by_the_character():
    assert pieces("支付¥600.00元。", "支付¥650.00元。") == [
        Piece("same", "支付¥"),
        Piece("gone", "600.00"),
        Piece("new", "650.00"),
        Piece("same", "元。"),
    ]
    assert pieces("", "New.") == [Piece("new", "New.")]
    assert pieces("a " * 9000, "b") == [Piece("gone", "a " * 9000), Piece("new", "b")]


def test_the_preview_of_a_large_ruling_is_sent_and_not_issued(case_in, arbitrator, client_of):
    case = case_in(State.REVIEWING, now=timezone.now(), paid=Decimal(900))
    case.exhibits.create(
        number=1,
        side="buyer",
        kind="photo",
        received_at=timezone.now(),
        status="accepted",
        sha256="1" * 64,
        size=4,
        name="cup.jpg",
    )
    typed = {
        "outcome": "part",
        "remedies": ["RM-PART"],
        "amount": "600",
        "freight": "FR-M",
        "freight_reason": "The merchant packed them badly.",
        "finding_1": "Both cups were broken.",
        "rule_1": "L-01",
        "citations_1": "E-01",
        "reasons": "Both cups were broken.",
        "without": "E-01",
    }
    client = client_of(arbitrator)

    preview = client.post(reverse("ruling_preview", args=[case.reference]), typed).content.decode()
    refused = client.post(reverse("act", args=[case.reference, "issue"]), typed)
    client.post(reverse("act", args=[case.reference, "submit_for_approval"]), typed)

    assert "Send for approval" in preview
    assert "Above ¥500.00" in preview
    assert refused.status_code == 409
    stored = Case.objects.get(pk=case.pk)
    assert stored.state == State.AWAITING_APPROVAL
    assert stored.submissions.get().draft["amount"] == "600.00"


def test_what_changed_beside_the_text_is_shown_before_anybody_approves_it(
    sent, client_of, arbitrator, senior
):
    retract(fresh(sent), by=arbitrator, now=timezone.now())
    noted = replace(LARGE, internal_note="Look at his other cases.")
    submit_for_approval(fresh(sent), by=arbitrator, draft=noted, now=timezone.now())

    page = client_of(senior).post(
        address(sent), {"decision": "approve", "content": sent.content_hash, "sent": sent.pk}
    )

    assert page.status_code == 409
    assert [change.part for change in page.context["changes"]] == ["Internal note"]
    assert fresh(sent).state == State.AWAITING_APPROVAL
