"""The pages of penalties: the officer's, the shop's, and the step on the case page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import Role
from cases.actions import (
    Finding,
    advance,
    appeal_penalty,
    approve,
    decide_penalty,
    posting,
    propose_penalty,
    submit_for_approval,
)
from cases.ledger import LedgerEntry
from cases.lifecycle import State
from cases.models import Case
from cases.proceedings import Penalty, PenaltyAppeal
from evidence.intake import Submission, submit_exhibit
from tests.factories import draft, end_hold, make_person

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    """The real time: these pages read it."""
    return timezone.now() - HOUR


@pytest.fixture
def ruled(case_in, now):
    return case_in(
        State.RULED,
        now=now,
        category="false_advertising",
        ruling=draft(
            remedies=("RM-RETURN",), findings=(Finding("It promises a cure.", "D-02", ("E-01",)),)
        ),
    )


@pytest.fixture
def proposed(ruled, now):
    """As a function of the points; each in a case of its own."""
    return propose_penalty(
        ruled, by=ruled.holder, kind="serious", points=11, reason="Not the first time", now=now
    )


@pytest.fixture
def posted(proposed, penalty_officer, now):
    decide_penalty(proposed, by=penalty_officer, approves=True, now=now)
    advance(Case.objects.get(pk=proposed.case_id), "finalize", by=None, now=now)
    posting.tick(now)
    return Penalty.objects.get(pk=proposed.pk)


def page(name: str, case: Case | None = None) -> str:
    return reverse(name, args=[case.reference] if case else [])


def english(client):
    client.cookies["django_language"] = "en"
    return client


def test_the_holder_proposes_points_from_the_case_page(signed_in, ruled, arbitrator):
    client = english(signed_in(arbitrator))
    assert "Serious points 6–12" in client.get(page("case", ruled)).content.decode()

    answer = client.post(
        page("propose_penalty", ruled), {"kind": "serious", "points": "7", "reason": "Again"}
    )

    assert (answer.status_code, answer["Location"]) == (302, page("case", ruled))
    stored = Penalty.objects.get()
    assert (stored.points, stored.rule, stored.proposed_by) == (7, "D-02", arbitrator)
    assert "waits for a penalty officer" in client.get(page("case", ruled)).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": "serious", "points": "13", "reason": "Again"}, "The rule allows 6 to 12 points."),
        ({"kind": "serious", "points": "1e9", "reason": "Again"}, "Give the points as a whole"),
        ({"kind": "general", "points": "6", "reason": "Again"}, "The rule does not allow these"),
        ({"kind": "serious", "points": "6", "reason": " "}, "Say what the points are for."),
        ({}, "Choose a kind of points."),
    ],
)
def test_wrong_points_come_back_with_a_sentence_and_what_was_typed(
    signed_in, ruled, arbitrator, typed, sentence
):
    answer = english(signed_in(arbitrator)).post(page("propose_penalty", ruled), typed)

    body = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in body
    assert typed.get("points", "") in body
    assert not Penalty.objects.exists()


def test_the_officer_sees_what_waits_and_what_it_would_bring(signed_in, proposed, penalty_officer):
    client = english(signed_in(penalty_officer))

    listed = client.get(page("penalties")).content.decode()
    shown = client.get(page("case_penalty", proposed.case)).content.decode()

    assert proposed.case.reference in listed
    assert "0 → 11" in listed
    assert "The total goes from 0 to 11; no threshold is passed." in shown
    assert "It promises a cure." in shown
    assert "At 12: Ranked lower in search for 7 days · No marketing for 30 days" in shown


def test_the_officer_approves_with_one_press_and_refuses_with_a_reason(
    signed_in, proposed, penalty_officer
):
    client = english(signed_in(penalty_officer))
    refused = client.post(
        page("decide_penalty", proposed.case), {"penalty": proposed.pk, "answer": "no"}
    )
    assert refused.status_code == 400
    assert "Say why the points are refused." in refused.content.decode()

    client.post(page("decide_penalty", proposed.case), {"penalty": proposed.pk, "answer": "yes"})
    again = client.post(
        page("decide_penalty", proposed.case), {"penalty": proposed.pk, "answer": "yes"}
    )

    assert Penalty.objects.get().outcome == "approved"
    assert again.status_code == 409
    assert "Somebody has already decided about this penalty." in again.content.decode()


def test_an_officer_who_took_part_reads_why_they_may_not_decide(
    signed_in, proposed, other_arbitrator
):
    Case.objects.filter(pk=proposed.case_id).update(taken_from=other_arbitrator)
    other_arbitrator.role = Role.PENALTY_OFFICER
    other_arbitrator.save()
    client = english(signed_in(other_arbitrator))

    body = client.get(page("case_penalty", proposed.case)).content.decode()
    answer = client.post(
        page("decide_penalty", proposed.case), {"penalty": proposed.pk, "answer": "yes"}
    )

    sentence = "You took part in this case; another officer decides about the points."
    assert sentence in body
    assert 'value="yes"' not in body
    assert (answer.status_code, sentence in answer.content.decode()) == (409, True)


def test_a_penalty_of_another_case_cannot_be_decided_here(signed_in, proposed, case_in, officer):
    other = case_in(State.REVIEWING)

    answer = signed_in(officer).post(
        page("decide_penalty", other), {"penalty": proposed.pk, "answer": "yes"}
    )

    assert answer.status_code == 400
    assert Penalty.objects.get().outcome == ""


@pytest.fixture
def officer(penalty_officer):
    return penalty_officer


def test_the_shop_reads_its_points_and_appeals_once(signed_in, posted, merchant, shop):
    client = english(signed_in(merchant))
    body = client.get(page("merchant_ledger")).content.decode()
    assert "11 serious points" in body
    assert "Not the first time" in body
    assert "At 12: Ranked lower in search for 7 days" in body

    empty = client.post(page("penalty_appeal", posted.case), {"penalty": posted.pk, "text": " "})
    sent = client.post(
        page("penalty_appeal", posted.case), {"penalty": posted.pk, "text": "The page is true."}
    )
    again = client.post(
        page("penalty_appeal", posted.case), {"penalty": posted.pk, "text": "The page is true."}
    )

    assert (empty.status_code, sent.status_code, again.status_code) == (400, 302, 409)
    assert "Say why the points are wrong." in empty.content.decode()
    assert "The shop has already appealed against these points." in again.content.decode()
    assert PenaltyAppeal.objects.get().text == "The page is true."


def test_no_other_shop_and_no_buyer_appeals_or_reads(
    signed_in, posted, rival_merchant, buyer, shop
):
    facts = {"penalty": posted.pk, "text": "…"}

    for person in (rival_merchant, buyer):
        client = signed_in(person)
        assert client.post(page("penalty_appeal", posted.case), facts).status_code == 404
        assert client.get(page("ledgers")).status_code == 404
    assert (
        posted.case.reference
        not in signed_in(rival_merchant).get(page("merchant_ledger")).content.decode()
    )
    assert not PenaltyAppeal.objects.exists()


def test_a_different_officer_hears_the_appeal_on_the_page(
    signed_in, posted, merchant, penalty_officer
):
    appeal_penalty(posted, by=merchant, text="The page is true.", now=timezone.now())
    other = make_person(Role.PENALTY_OFFICER, "other_officer")
    facts = {"penalty": posted.pk, "answer": "cancel", "reasons": "It is true."}

    first = english(signed_in(penalty_officer)).post(
        page("hear_penalty_appeal", posted.case), facts
    )
    silent = english(signed_in(other)).post(
        page("hear_penalty_appeal", posted.case), {**facts, "reasons": ""}
    )
    second = signed_in(other).post(page("hear_penalty_appeal", posted.case), facts)

    assert (first.status_code, silent.status_code, second.status_code) == (409, 400, 302)
    assert "a different officer decides the appeal" in first.content.decode()
    assert "Give the shop the reasons." in silent.content.decode()
    assert sorted(LedgerEntry.objects.values_list("points", flat=True)) == [-11, 11]
    body = english(signed_in(merchant)).get(page("merchant_ledger")).content.decode()
    assert "It is true." in body
    assert "Cancelled" in body


@pytest.mark.parametrize("role", ["supervisor", "auditor", "penalty_officer"])
def test_overseers_read_the_ledgers(signed_in, posted, shop, role):
    client = english(signed_in(make_person(role, f"reading_{role}")))

    listed = client.get(page("ledgers")).content.decode()
    shown = client.get(f"{page('ledgers')}?shop={shop.pk}").content.decode()

    assert shop.name in listed
    assert "+11" in shown
    assert posted.case.reference in shown


@pytest.mark.parametrize("wanted", ["0", "x", "99999999999999999999", "²", "-1"])
def test_a_shop_nobody_knows_is_not_found(signed_in, supervisor, wanted):
    assert signed_in(supervisor).get(page("ledgers"), {"shop": wanted}).status_code == 404


def test_the_buyer_is_not_told_of_a_proposal(signed_in, proposed, buyer):
    body = english(signed_in(buyer)).get(page("buyer_case", proposed.case)).content.decode()

    assert "penalty" not in body.lower()


def test_the_shop_does_not_learn_of_a_ruling_by_its_points_while_it_is_held_back(
    signed_in, case_in, merchant
):
    case = case_in(
        State.RULED,
        now=timezone.now() + timedelta(seconds=40),  # when the parties are told
        category="false_advertising",
        ruling=draft(
            remedies=("RM-RETURN",), findings=(Finding("It promises a cure.", "D-02", ("E-01",)),)
        ),
    )
    propose_penalty(
        case, by=case.holder, kind="serious", points=6, reason="Again", now=timezone.now()
    )

    body = signed_in(merchant).get(page("merchant_ledger")).content.decode()

    assert case.reference not in body


# --- With the ruling -------------------------------------------------------------------------------


@pytest.fixture
def composed(case_in, buyer, arbitrator, tmp_path):
    """A case under review in which a ruling can be written, and the ruling as it is typed."""
    case = case_in(State.REVIEWING, category="not_as_described", now=timezone.now())
    Image.new("RGB", (80, 60), "navy").save(tmp_path / "dress.png")
    photo = Submission((tmp_path / "dress.png").read_bytes(), "dress.png")
    submit_exhibit(case, photo, by=buyer, now=timezone.now())
    typed = {
        "outcome": "part",
        "remedies": ["RM-PART"],
        "amount": "150.00",
        "freight": "FR-M",
        "finding_1": "The dress is blue, the page shows red.",
        "rule_1": "D-01",
        "citations_1": "E-01",
        "reasons": "The colour is another one.",
        "without": "E-01",
        "penalty_kind": "general",
        "penalty_points": "4",
        "penalty_reason": "The page was not corrected.",
    }
    return case, typed


def test_points_typed_with_the_ruling_are_proposed_when_it_goes_out(
    signed_in, composed, arbitrator
):
    case, typed = composed
    client = english(signed_in(arbitrator))

    preview = client.post(page("ruling_preview", case), typed)
    kept = case.drafts.get(author=arbitrator).fields
    issued = client.post(reverse("act", args=[case.reference, "issue"]), typed)

    assert "Proposed to a penalty officer: 4 general points." in preview.content.decode()
    assert (kept["penalty_points"], kept["penalty_reason"]) == ("4", "The page was not corrected.")
    assert issued.status_code == 302
    stored = Penalty.objects.get()
    assert (stored.kind, stored.points, stored.reason, stored.proposed_by) == (
        "general",
        4,
        "The page was not corrected.",
        arbitrator,
    )
    assert list(case.events.order_by("-number").values_list("name", flat=True)[:2]) == [
        "propose_penalty",
        "issue",
    ]


def test_the_parties_never_read_the_points_in_the_ruling(signed_in, composed, arbitrator, buyer):
    case, typed = composed
    signed_in(arbitrator).post(reverse("act", args=[case.reference, "issue"]), typed)
    end_hold(case)

    paper = english(signed_in(buyer)).get(page("ruling", case)).content.decode()

    assert "The colour is another one." in paper
    assert "The page was not corrected." not in paper


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"penalty_points": "7"}, "The rule allows 3 to 6 points."),
        ({"penalty_points": ""}, "The rule allows 3 to 6 points."),
        ({"penalty_points": "x"}, "Give the points as a whole number."),
        ({"penalty_reason": " "}, "Say what the points are for."),
        ({"penalty_kind": ""}, "Choose a kind of points."),
        ({"penalty_kind": "buyer"}, "The rule does not allow these points."),
    ],
)
def test_points_outside_the_rule_keep_the_ruling_from_going_out(
    signed_in, composed, arbitrator, change, sentence
):
    case, typed = composed

    answer = english(signed_in(arbitrator)).post(page("ruling_preview", case), typed | change)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert typed["reasons"] in answer.content.decode()


def test_a_recalled_ruling_takes_its_points_back(signed_in, composed, arbitrator):
    case, typed = composed
    client = signed_in(arbitrator)
    client.post(reverse("act", args=[case.reference, "issue"]), typed)

    client.post(reverse("act", args=[case.reference, "recall"]))

    assert Case.objects.get(pk=case.pk).state == State.REVIEWING
    assert Penalty.objects.get().outcome == "voided"


def test_points_sent_for_approval_are_proposed_by_the_author_when_it_is_approved(
    composed, arbitrator, senior
):
    case, _typed = composed
    proposal = {"kind": "general", "points": 4, "reason": "Again"}
    ruling = draft(findings=(Finding("Blue.", "D-01", ("E-01",)),), penalty=proposal)
    moment = timezone.now()
    sent = submit_for_approval(
        Case.objects.get(pk=case.pk), by=arbitrator, draft=ruling, now=moment
    )
    assert not Penalty.objects.exists()

    approve(Case.objects.get(pk=case.pk), by=senior, content=sent.content_hash, now=moment)

    stored = Penalty.objects.get()
    assert (stored.points, stored.proposed_by) == (4, arbitrator)
