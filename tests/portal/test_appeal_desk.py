"""The desk's side of an appeal: the list, the decision beside the facts, and clerical corrections."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import appeal, correct_ruling, issue_ruling
from cases.actions.correcting import Wording
from cases.lifecycle import State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from tests.factories import draft, end_hold, hear
from tests.portal.test_exhibits import photo

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
RULING = {
    "outcome": "part",
    "remedies": "RM-PART",
    "amount": "200.00",
    "freight": "FR-M",
    "freight_reason": "The parcel was badly packed.",
    "finding_1": "Both cups arrived broken.",
    "rule_1": "L-01",
    "citations_1": "E-01",
    "reasons": "The new photo shows both.",
    "without": "E-01",
}


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def page(name: str, case: Case) -> str:
    return reverse(name, args=[case.reference])


@pytest.fixture
def english(signed_in):
    def sign_in(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.fixture
def ruled(case_in, arbitrator, buyer):
    """Ruled upon a photo, and read by the parties."""
    now = timezone.now() - DAY
    case = case_in(State.REVIEWING, now=now)
    submit_exhibit(case, Submission(photo(), "cups.jpg"), by=buyer, now=now)
    issue_ruling(fresh(case), by=arbitrator, draft=draft(), now=now)
    return end_hold(case)


@pytest.fixture
def appealed(case_in, buyer, merchant, ruled):
    appeal(ruled, by=buyer, ground="new", text="The courier's photo", now=timezone.now())
    return hear(ruled, timezone.now())


# --- The list --------------------------------------------------------------------------------------


def test_a_senior_finds_what_is_theirs_to_decide_with_a_count(english, senior, appealed):
    shown = english(senior).get(reverse("appeals")).content.decode()

    assert appealed.reference in shown
    assert "Yours to decide" in shown
    assert '<data class="n" value="1">1</data>' in shown


def test_a_senior_who_took_part_is_told_why_not(english, case_in, senior):
    case_in(State.APPEALED, holder=senior, now=timezone.now())

    shown = english(senior).get(reverse("appeals")).content.decode()

    assert "A colleague decides: you took part or know a party" in shown
    assert "Yours to decide" not in shown
    assert '<data class="n"' not in shown


def test_an_appeal_that_is_still_heard_waits(english, buyer, senior, ruled):
    appeal(ruled, by=buyer, ground="new", text="…", now=timezone.now())

    assert "A side is still being heard" in english(senior).get(reverse("appeals")).content.decode()


def test_the_list_asks_the_same_few_questions_for_any_number(
    english, senior, case_in, django_assert_num_queries
):
    client = english(senior)
    for _ in range(2):
        case_in(State.APPEALED, now=timezone.now())
        with django_assert_num_queries(9):
            client.get(reverse("appeals"))


def test_next_case_leads_to_an_appeal_when_the_queue_is_empty(english, senior, appealed):
    response = english(senior).post(reverse("next_case"))

    assert response.url == f"{page('case', appealed)}#ruling"
    assert fresh(appealed).state == State.APPEALED


# --- Deciding --------------------------------------------------------------------------------------


def test_the_case_page_shows_the_appeal_the_answer_and_the_ruling_beside_the_draft(
    english, senior, appealed
):
    shown = english(senior).get(page("case", appealed)).content.decode()

    for words in (
        "The courier&#x27;s photo",
        "不同意。",
        "The ruling as it stands",
        "The photos show one broken cup.",
        "Uphold, for good",
        page("overturn_preview", appealed),
    ):
        assert words in shown
    assert 'value="150.00"' in shown  # the draft starts from what stands
    assert page("overturn_draft", appealed) in shown


def test_who_took_part_sees_the_appeal_and_why_somebody_else_decides(
    english, arbitrator, case_in, senior
):
    own = case_in(State.APPEALED, holder=senior, now=timezone.now())
    theirs = case_in(State.APPEALED, now=timezone.now())

    assert "Uphold, for good" not in english(senior).get(page("case", own)).content.decode()
    shown = english(arbitrator).get(page("case", theirs)).content.decode()
    assert "A senior arbitrator who had nothing to do with the case decides" in shown
    assert "Uphold, for good" not in shown


def test_a_senior_upholds_with_reasons(english, senior, buyer, appealed):
    client = english(senior)

    empty = client.post(reverse("act", args=[appealed.reference, "uphold"]), {"reasons": " "})
    done = client.post(
        reverse("act", args=[appealed.reference, "uphold"]), {"reasons": "Another parcel."}
    )

    assert empty.status_code == 400
    assert "Give the parties reasons in words." in empty.content.decode()
    assert done.status_code == 302
    assert fresh(appealed).state == State.EXECUTING
    read = english(buyer).get(page("buyer_case", appealed)).content.decode()
    assert "Another parcel." in read


def test_a_senior_reads_both_versions_and_overturns(english, senior, merchant, appealed):
    client = english(senior)

    preview = client.post(page("overturn_preview", appealed), RULING)
    done = client.post(page("overturn", appealed), RULING)

    shown = preview.content.decode()
    assert preview.status_code == 200
    assert "As it stands" in shown
    assert "In its place" in shown
    assert "¥150.00" in shown
    assert "¥200.00" in shown
    assert "there is no further appeal" in shown
    assert fresh(appealed).rulings.count() == 2
    assert done.url == reverse("appeals")
    paper = english(merchant).get(page("ruling", appealed)).content.decode()
    assert "After an appeal, in place of the one before" in paper
    assert "in force" in paper
    old = english(merchant).get(page("ruling", appealed), {"version": 1}).content.decode()
    assert "This is an earlier version." in old


def test_a_ruling_that_cannot_go_out_comes_back_with_what_was_typed(english, senior, appealed):
    response = english(senior).post(
        page("overturn_preview", appealed), RULING | {"citations_1": "", "amount": "999999"}
    )

    assert response.status_code == 400
    assert "Finding 1 cites no exhibit or message." in response.content.decode()
    assert "Both cups arrived broken." in response.content.decode()
    assert fresh(appealed).state == State.APPEALED


def test_what_a_senior_types_is_kept_and_is_there_again(
    english, senior, arbitrator, buyer, appealed
):
    client = english(senior)

    kept = client.post(page("overturn_draft", appealed), RULING | {"reasons": "Half typed"})

    assert kept.json()["revision"] == 1
    assert "Half typed" in client.get(page("case", appealed)).content.decode()
    assert "Half typed" not in english(arbitrator).get(page("case", appealed)).content.decode()
    for person, status in ((arbitrator, 403), (buyer, 404)):
        response = english(person).post(page("overturn_draft", appealed), RULING)
        assert response.status_code == status


def test_room_for_another_finding_needs_no_script(english, senior, appealed):
    response = english(senior).post(page("overturn_preview", appealed), RULING | {"more": "1"})

    assert response.status_code == 200
    assert "Both cups arrived broken." in response.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("arbitrator", 403), ("supervisor", 403), ("buyer", 404), ("merchant", 404)],
)
def test_nobody_else_overturns(english, appealed, request, who, status):
    client = english(request.getfixturevalue(who))

    assert client.post(page("overturn", appealed), RULING).status_code == status
    assert fresh(appealed).state == State.APPEALED


def test_twice_is_once(english, senior, appealed):
    client = english(senior)
    client.post(page("overturn", appealed), RULING)

    assert client.post(page("overturn", appealed), RULING).status_code == 409
    assert fresh(appealed).rulings.count() == 2


# --- Clerical corrections --------------------------------------------------------------------------


def words(**changed: str) -> dict[str, str]:
    return {
        "version": "1",
        "text_1": "One of two cups arrived broken.",
        "citations_1": "E-01",
        "reasons": "The photos show one broken cup.",
        "why": "A typing error.",
    } | changed


def test_a_supervisor_puts_a_slip_right_and_both_versions_stay(english, supervisor, buyer, ruled):
    client = english(supervisor)
    assert page("correct_ruling", ruled) in client.get(page("ruling", ruled)).content.decode()

    response = client.post(
        page("correct_ruling", ruled), words(text_1="One of three cups arrived broken.")
    )

    assert response.status_code == 302
    old, new = ruled.rulings.order_by("version")
    paper = english(buyer).get(page("ruling", ruled)).content.decode()
    assert "corrected version" in paper
    assert "A typing error." in paper
    assert old.verification_code in paper
    assert new.verification_code in paper
    assert "One of three cups arrived broken." in paper
    before = english(buyer).get(page("ruling", ruled), {"version": 1}).content.decode()
    assert "One of two cups arrived broken." in before
    assert "corrected version" not in before


def test_what_was_decided_has_no_field(english, supervisor, ruled):
    english(supervisor).post(
        page("correct_ruling", ruled),
        words(reasons="In other words.") | {"amount": "1.00", "outcome": "none", "freight": "FR-B"},
    )

    old, new = ruled.rulings.order_by("version")
    assert (new.amount, new.outcome, new.freight) == (old.amount, old.outcome, old.freight)
    assert new.amount == Decimal("150.00")


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"why": " "}, 400, "Say what the error was: both sides read it."),
        ({"text_1": ""}, 400, "This field is required."),
        ({"citations_1": "E-77"}, 400, "There is no E-77 in this case."),
        ({}, 409, "Nothing is changed."),
        ({"reasons": "Other.", "version": "7"}, 409, "The ruling has changed since you read it"),
        ({"reasons": "Other.", "version": "x"}, 400, "Enter a whole number."),
    ],
)
def test_a_correction_that_cannot_be_made_says_why_and_keeps_the_words(
    english, supervisor, ruled, typed, status, sentence
):
    response = english(supervisor).post(page("correct_ruling", ruled), words(**typed))

    assert response.status_code == status
    assert sentence in response.content.decode()
    assert ruled.rulings.count() == 1


def test_during_an_appeal_nothing_is_corrected(english, supervisor, appealed):
    shown = english(supervisor).get(page("correct_ruling", appealed)).content.decode()
    response = english(supervisor).post(
        page("correct_ruling", appealed), words(reasons="In other words.")
    )

    assert "An appeal is being decided on these very words" in shown
    assert response.status_code == 409
    assert appealed.rulings.count() == 1


def test_the_senior_who_wrote_it_sees_that_a_second_person_corrects_it(english, case_in, senior):
    own = end_hold(case_in(State.RULED, holder=senior, now=timezone.now()))

    response = english(senior).post(page("correct_ruling", own), words(reasons="Other."))

    assert response.status_code == 409
    assert "You wrote this ruling; a second person corrects it." in response.content.decode()


def test_a_corrected_ruling_is_read_in_the_workspace_too(english, arbitrator, supervisor, ruled):
    correct_ruling(
        ruled,
        by=supervisor,
        version=1,
        findings=[Wording("One of three cups.", ("E-01",))],
        reasons="The photos show one broken cup.",
        why="Three, not two.",
        now=timezone.now(),
    )

    shown = english(arbitrator).get(page("case", ruled)).content.decode()

    assert "Clerical correction: the same decision in other words" in shown
    assert "Three, not two." in shown
