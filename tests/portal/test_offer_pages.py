"""Offers on the pages: both parties' phones and the desk show the same exchange, and answer it in a tap."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import sweep
from cases.actions import counter, decline, issue_ruling, offer, propose
from cases.lifecycle import State
from cases.models import Case
from tests.factories import draft, falls_due

PART = {"remedy": "RM-PART", "amount": Decimal("100.00")}
PAGES = {"buyer": "buyer_case", "merchant": "merchant_case", "arbitrator": "case"}


@pytest.fixture
def read(signed_in):
    """The page of the case as this person reads it, in English; posts to it with `typed`."""

    def page(person, case, **typed):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        address = reverse(PAGES[person.role], args=[case.reference])
        if not typed:
            return client.get(address).content.decode()
        return client.post(address, typed)

    return page


@pytest.fixture
def waiting(case_in):
    """A case that waits for the merchant, by the real clock."""
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_the_merchant_offers_another_amount_as_the_second_of_three_choices(
    read, waiting, merchant, buyer
):
    page = read(merchant, waiting)
    assert page.index("Agree and refund ¥280.00") < page.index("Offer another amount")
    assert page.index("Offer another amount") < page.index("Disagree and send evidence")

    done = read(
        merchant, waiting, step="offer", remedy="RM-PART", amount="100", note="One cup only"
    )

    assert done.status_code == 302
    assert waiting.offers.values_list("side", "amount", "note").get() == (
        "merchant",
        Decimal("100.00"),
        "One cup only",
    )
    asked = read(buyer, waiting)
    assert "The merchant offers: Partial refund, ¥100.00" in asked
    assert "“One cup only”" in asked
    assert "You get ¥100.00 of the ¥300.00 paid." in asked
    assert "Without an answer the offer lapses and the case goes on where it was." in asked
    assert "Your offer waits for the buyer&#x27;s answer." in read(merchant, waiting)


def test_the_merchants_page_says_that_its_time_stands_still(read, waiting, merchant):
    offer(waiting, by=merchant, now=timezone.now(), **PART)

    page = read(merchant, waiting)

    assert 'data-state="pause"' in page
    assert "the buyer has an offer to answer" in page
    assert "An offer is on the table already; it is answered first." in page


def test_the_buyer_accepts_in_one_tap_and_the_case_is_carried_out(read, waiting, merchant, buyer):
    offer(waiting, by=merchant, now=timezone.now(), **PART)

    done = read(buyer, waiting, step="accept", number="1")

    assert done.status_code == 302
    assert fresh(waiting).state == State.EXECUTING
    assert "It is settled between you." in read(buyer, waiting)
    assert "¥100.00" in read(merchant, waiting)


def test_the_buyer_declines_in_one_tap_and_the_case_stays_where_it_was(
    read, waiting, merchant, buyer
):
    offer(waiting, by=merchant, now=timezone.now(), **PART)

    read(buyer, waiting, step="decline", number="1")

    assert fresh(waiting).state == State.AWAITING_MERCHANT
    for person in (buyer, merchant):
        assert "Declined by the buyer" in read(person, waiting)


def test_both_sides_and_the_desk_read_the_whole_exchange(
    read, waiting, merchant, buyer, arbitrator
):
    now = timezone.now()
    offer(waiting, by=merchant, note="One cup only", now=now, **PART)
    read(
        buyer,
        waiting,
        step="counter",
        number="1",
        remedy="RM-PART",
        amount="200",
        note="Both broke",
    )

    assert "The buyer offers: Partial refund, ¥200.00" in read(merchant, waiting)
    for person in (buyer, merchant, arbitrator):
        page = read(person, waiting)
        for words in ("¥100.00", "¥200.00", "“One cup only”", "“Both broke”"):
            assert words in page
        assert "The buyer made a counter-offer" in page
    assert merchant.masked_name in read(arbitrator, waiting)


def test_an_answer_to_an_offer_that_was_replaced_meanwhile_shows_the_new_one(
    read, waiting, merchant, buyer
):
    now = timezone.now()
    offer(waiting, by=merchant, now=now, **PART)
    counter(fresh(waiting), by=buyer, now=now, **PART)
    counter(fresh(waiting), by=merchant, now=now, remedy="RM-PART", amount=Decimal("5.00"))

    refused = read(buyer, waiting, step="accept", number="1")

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "There is another offer on the table by now: read it first." in page
    assert 'name="number" value="3"' in page
    assert fresh(waiting).state == State.AWAITING_MERCHANT


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "300.01"}, "The amount is between ¥0.00 and ¥300.00."),
        ({"amount": ""}, "This remedy needs an amount."),
        ({"amount": "1e3"}, "Enter an amount in yuan with at most two decimals"),
        ({"amount": "-1"}, "Enter an amount in yuan with at most two decimals"),
        ({"amount": "10", "remedy": "RM-3X"}, "The rule does not allow this remedy."),
        ({"amount": "10", "note": "x" * 501}, "At most 500 characters; these are 501."),
    ],
)
def test_terms_that_cannot_be_are_refused_and_what_was_typed_stays(
    read, waiting, merchant, typed, sentence
):
    sent = {"step": "offer", "remedy": "RM-PART", "note": "Kept words", **typed}
    refused = read(merchant, waiting, **sent)

    page = refused.content.decode()
    assert refused.status_code == 400
    assert sentence in page
    assert sent["note"] in page
    assert not waiting.offers.exists()


@pytest.mark.parametrize("number", ["", "0", "-1", "one", "99999999999"])
def test_an_answer_that_names_no_offer_is_refused(read, waiting, merchant, buyer, number):
    offer(waiting, by=merchant, now=timezone.now(), **PART)

    assert read(buyer, waiting, step="accept", number=number).status_code == 400
    assert fresh(waiting).state == State.AWAITING_MERCHANT


def test_the_arbitrator_proposes_from_the_case_page_and_both_sides_answer(
    read, case_in, signed_in, arbitrator, buyer, merchant
):
    case = case_in(State.REVIEWING, now=timezone.now())
    assert "Propose a settlement" in read(arbitrator, case)
    client = signed_in(arbitrator)

    client.post(
        reverse("act", args=[case.reference, "propose"]),
        {"remedy": "RM-PART", "amount": "120.00", "note": "Half each"},
    )

    assert fresh(case).state == State.MEDIATING
    for person in (buyer, merchant):
        page = read(person, case)
        assert "The platform proposes: Partial refund, ¥120.00" in page
        assert "It holds once both sides have accepted." in page
    read(merchant, case, step="accept", number="1")
    assert "Accepted by the merchant; the buyer is asked" in read(buyer, case)
    read(buyer, case, step="accept", number="1")
    assert fresh(case).state == State.EXECUTING


def test_a_proposal_that_cannot_be_comes_back_with_what_was_typed(case_in, signed_in, arbitrator):
    case = case_in(State.REVIEWING, now=timezone.now())
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    refused = client.post(
        reverse("act", args=[case.reference, "propose"]),
        {"remedy": "RM-PART", "amount": "9999", "note": "Half each"},
    )

    assert refused.status_code == 400
    assert "The amount is between ¥0.00 and ¥300.00." in refused.content.decode()
    assert "Half each" in refused.content.decode()


def test_the_buyer_too_may_offer_to_settle_for_less(read, case_in, buyer, merchant):
    case = case_in(State.NEGOTIATING, now=timezone.now())
    assert "Offer to settle for another amount" in read(buyer, case)

    read(buyer, case, step="offer", remedy="RM-PART", amount="200", note="")

    assert "The buyer offers: Partial refund, ¥200.00" in read(merchant, case)
    read(merchant, case, step="accept", number="1")
    assert fresh(case).state == State.EXECUTING


@pytest.mark.parametrize("state", [State.NEGOTIATING, State.AWAITING_MERCHANT, State.MEDIATING])
def test_agreeing_is_one_tap_with_its_cost_beside_it(read, case_in, arbitrator, merchant, state):
    now = timezone.now()
    stage = State.REVIEWING if state == State.MEDIATING else state
    case = case_in(stage, now=now, category="quality")
    if state == State.MEDIATING:
        propose(case, by=arbitrator, now=now, **PART)

    page = read(merchant, case)
    for words in (
        "Agree and refund ¥280.00",
        "The buyer gets ¥280.00 of the ¥300.00 paid.",
        "Freight, by the rule: The merchant pays freight both ways.",
        "A ruling under Q-01 can bring up to",
    ):
        assert words in page
    done = read(merchant, case, step="concede", confirm="on")

    assert done.status_code == 302
    assert fresh(case).state == State.EXECUTING


@pytest.mark.parametrize("is_silent", [True, False])
def test_what_is_not_settled_moves_on_by_itself_and_the_page_said_so(
    read, case_in, buyer, merchant, is_silent
):
    case = case_in(State.NEGOTIATING, now=timezone.now())
    if not is_silent:
        offer(case, by=merchant, now=timezone.now(), **PART)
        decline(fresh(case), by=buyer, now=timezone.now())
    falls_due(case, timezone.now() + timedelta(hours=3))

    page = read(merchant, case)
    sweep.run(timezone.now() + timedelta(hours=4))

    assert "Unless it is settled by then, the platform steps in by itself." in page
    assert fresh(case).state == State.AWAITING_MERCHANT


def test_a_rival_can_neither_read_nor_answer_an_offer(
    signed_in, waiting, merchant, rival_merchant, rival_buyer
):
    offer(waiting, by=merchant, now=timezone.now(), **PART)
    for rival, page in ((rival_merchant, "merchant_case"), (rival_buyer, "buyer_case")):
        address = reverse(page, args=[waiting.reference])

        assert signed_in(rival).get(address).status_code == 404
        answer = signed_in(rival).post(address, {"step": "accept", "number": "1"})
        assert answer.status_code == 404
    assert fresh(waiting).offered_by == "merchant"


def test_a_silence_is_offered_in_the_ruling_form_and_said_on_the_paper(
    case_in, signed_in, arbitrator, buyer
):
    at = timezone.now()
    case = case_in(State.AWAITING_EVIDENCE, sides=("merchant",), now=at)
    sweep.run(case.due_at + timedelta(seconds=1))
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"
    page = reverse("case", args=[case.reference])

    assert (
        "The merchant brought none in time: hold it against them"
        in client.get(page).content.decode()
    )
    ruling = issue_ruling(
        fresh(case), by=arbitrator, draft=draft(held_against=("merchant",)), now=at
    )

    sheet = client.get(reverse("ruling", args=[case.reference])).content.decode()
    assert "The merchant was asked for further evidence and sent none in time." in sheet
    assert ruling.held_against == ["merchant"]
