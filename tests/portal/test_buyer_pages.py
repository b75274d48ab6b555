"""What a buyer reads and does, and the notices both parties are given."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import cashier
from cases.lifecycle import MoneyState, Side, State
from cases.models import Case, Notice
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit
from tests.factories import draft
from tests.portal.test_exhibits import photo, upload


def page(case):
    return reverse("buyer_case", args=[case.reference])


def fresh(case):
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def english(signed_in):
    def sign_in(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


@pytest.mark.parametrize(
    ("state", "sentence", "next_sides"),
    [
        (State.NEGOTIATING, "You and the shop are still talking it over.", ("buyer", "merchant")),
        (
            State.AWAITING_MERCHANT,
            "The merchant has been asked to answer your claim.",
            ("merchant",),
        ),
        (
            State.QUEUED,
            "Everything is in. The next free arbitrator takes your case.",
            ("platform",),
        ),
        (
            State.REVIEWING,
            "An arbitrator is going through what both sides sent.",
            ("platform",),
        ),
        (
            State.AWAITING_EVIDENCE,
            "The arbitrator asks you for further evidence.",
            ("buyer",),
        ),
        (State.RULED, "The ruling is out.", ()),
        (
            State.EXECUTING,
            "It is settled between you. The merchant now carries it out.",
            ("merchant",),
        ),
        (State.CLOSED, "It has been carried out. The case is closed.", ()),
        (State.WITHDRAWN, "You have withdrawn this case.", ()),
        (State.REJECTED, "The platform does not take this case up.", ()),
    ],
)
def test_each_state_is_said_in_plain_words_with_who_acts_next(
    case_in, buyer, english, state, sentence, next_sides
):
    case = case_in(state, now=timezone.now())

    response = english(buyer).get(page(case))

    standing = response.context["standing"]
    assert (standing.sentence, standing.next_sides) == (sentence, next_sides)


@pytest.mark.parametrize("state", [State.AWAITING_MERCHANT, State.RULED, State.REJECTED])
def test_the_page_is_there_in_chinese_too(case_in, buyer, signed_in, state):
    assert signed_in(buyer).get(page(case_in(state, now=timezone.now()))).status_code == 200


def test_a_silent_merchant_is_named_as_such(case_in, buyer, english):
    case = case_in(State.QUEUED, silent=True, now=timezone.now())

    text = english(buyer).get(page(case)).content.decode()

    assert "The merchant did not answer in time." in text
    assert "no answer in time" in text


def test_calling_in_the_platform_starts_the_merchants_clock(case_in, buyer, english):
    case = case_in(State.NEGOTIATING, now=timezone.now())
    client = english(buyer)

    assert client.post(page(case), {"step": "request_intervention"}).status_code == 302
    assert client.post(page(case), {"step": "request_intervention"}).status_code == 409

    assert fresh(case).state == State.AWAITING_MERCHANT
    assert case.deadlines.open().get().party == Side.MERCHANT


def test_withdrawing_needs_a_reason_and_happens_once(case_in, buyer, english):
    case = case_in(State.QUEUED, now=timezone.now())
    client = english(buyer)

    empty = client.post(page(case), {"step": "withdraw", "reason": " "})
    assert empty.status_code == 400
    assert "Say in a few words why you withdraw." in empty.content.decode()

    assert client.post(page(case), {"step": "withdraw", "reason": "Settled"}).status_code == 302
    assert client.post(page(case), {"step": "withdraw", "reason": "Again"}).status_code == 409
    cashier.relay(timezone.now())
    assert (fresh(case).state, fresh(case).money_state) == (State.WITHDRAWN, MoneyState.RELEASED)
    assert case.events.get(name="withdraw").facts["reason"] == "Settled"


def test_after_the_ruling_the_page_says_why_nothing_can_be_withdrawn(case_in, buyer, english):
    case = case_in(State.RULED, now=timezone.now())
    client = english(buyer)

    response = client.get(page(case))
    assert response.context["why_not_withdraw"] in response.content.decode().replace("&#x27;", "'")
    assert client.post(page(case), {"step": "withdraw", "reason": "x"}).status_code == 409
    assert fresh(case).state == State.RULED


def test_the_ruling_is_read_with_its_reasons_and_citations(case_in, buyer, merchant, english):
    case = case_in(State.RULED, now=timezone.now(), ruling=draft())

    response = english(buyer).get(page(case))

    text = response.content.decode()
    assert "The photos show one broken cup." in text
    assert "One of two cups arrived broken." in text
    assert "The buyer wrote politely." not in text  # the internal note
    assert response.context["findings"][0]["citations"] == [{"label": "E-01", "url": ""}]


def test_evidence_asked_for_is_sent_and_ended_by_a_button(case_in, buyer, english):
    case = case_in(State.AWAITING_EVIDENCE, sides=(Side.BUYER,), now=timezone.now())

    response = english(buyer).post(
        page(case), {"step": "supply_evidence", "files:E-PHOTO-WHOLE": upload(photo())}
    )

    assert (response.status_code, fresh(case).state) == (302, State.REVIEWING)
    assert Exhibit.objects.get(case=case).evidence_type == "E-PHOTO-WHOLE"


def test_files_alone_are_kept_and_bad_ones_named(case_in, buyer, english):  # row 39
    case = case_in(State.QUEUED, now=timezone.now())
    client = english(buyer)

    good = client.post(page(case), {"files": upload(photo())})
    mixed = client.post(page(case), {"files": [upload(photo("red")), upload(b"x", "bad.jpg")]})
    none = client.post(page(case), {})

    assert [answer.status_code for answer in (good, mixed, none)] == [302, 400, 400]
    assert "bad.jpg" in mixed.content.decode()
    assert Exhibit.objects.filter(case=case, side="buyer").count() == 2


def test_what_the_merchant_withdrew_is_not_shown(case_in, buyer, merchant, english):
    case = case_in(State.QUEUED, now=timezone.now())
    receipt = submit_exhibit(case, Submission(photo(), "a.jpg"), by=merchant, now=timezone.now())
    Exhibit.objects.filter(pk=receipt.exhibit.pk).update(withdrawn_at=timezone.now())

    assert english(buyer).get(page(case)).context["theirs"] == []


def test_the_refusal_to_take_a_case_up_is_explained(case_in, buyer, english):
    case = case_in(State.REJECTED, now=timezone.now())

    assert "already before us" in english(buyer).get(page(case)).content.decode()


def test_other_buyers_and_merchants_find_nothing(case_in, rival_buyer, merchant, signed_in):
    case = case_in(State.QUEUED, now=timezone.now())

    for stranger in (rival_buyer, merchant):
        client = signed_in(stranger)
        assert client.get(page(case)).status_code == 404
        assert client.post(page(case), {"step": "withdraw", "reason": "x"}).status_code == 404
    assert fresh(case).state == State.QUEUED


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_few_questions(
    case_in, buyer, signed_in, django_assert_num_queries, count
):
    for _number in range(count):
        case_in(State.AWAITING_MERCHANT, now=timezone.now())
    client = signed_in(buyer)

    with django_assert_num_queries(
        7
    ):  # session, person, notices, cases, clocks, their pauses and extensions
        client.get(reverse("buyer_home"))


def test_an_empty_list_says_so(buyer, english):
    assert "You have no open case" in english(buyer).get(reverse("buyer_home")).content.decode()


def test_a_claim_without_money_is_shown_without_an_amount(case_in, buyer, merchant, english):
    case = case_in(
        State.AWAITING_MERCHANT,
        now=timezone.now(),
        requested_remedy="exchange",
        requested_amount=Decimal(0),
    )

    assert "¥0.00" not in english(buyer).get(page(case)).content.decode()
    shop_page = reverse("merchant_case", args=[case.reference])
    assert "Agree to what is asked" in english(merchant).get(shop_page).content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_notices_are_told_to_both_sides_and_can_be_marked_read(
    case_in, buyer, merchant, rival_merchant, signed_in, language
):
    case = case_in(State.RULED, now=timezone.now())
    for person in (buyer, merchant):
        client = signed_in(person)
        client.cookies["django_language"] = language
        told = client.get(reverse("notices")).context["told"]
        assert told
        assert all(case.reference in item.sentence for item in told)
        assert client.get(told[0].address).status_code == 200

    assert signed_in(buyer).post(reverse("notices")).status_code == 302
    assert not Notice.objects.filter(user=buyer, read_at=None).exists()
    assert Notice.objects.filter(shop=case.shop, read_at=None).exists()
    assert signed_in(rival_merchant).get(reverse("notices")).context["told"] == []


# --- The sufficiency meter --------------------------------------------------------------------------


def test_the_meter_says_what_is_here_and_what_is_missing(case_in, buyer, english):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now(), category="wrong_item")
    sent = Submission(photo(), "cup.png", evidence_type="E-PHOTO-WHOLE")
    submit_exhibit(case, sent, by=buyer, now=timezone.now())

    text = english(buyer).get(page(case)).content.decode()

    assert "1 of 3 kept" in text
    assert '<meter min="0" max="3" value="1"' in text
    assert '<a href="#need-E-VIDEO-UNBOX">Unboxing video</a>' in text
    assert '<a href="#need-E-PHOTO-WHOLE">' not in text
    assert "It is for you to prove your side" in text


def test_what_a_photo_shows_is_chosen_anew_on_the_page(case_in, buyer, english):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now(), category="wrong_item")
    submit_exhibit(case, Submission(photo(), "cup.png"), by=buyer, now=timezone.now())
    client = english(buyer)
    assert 'name="shows:1"' in client.get(page(case)).content.decode()

    answer = client.post(
        reverse("exhibit_retype", args=[case.reference, 1]), {"shows:1": "E-PHOTO-WHOLE"}
    )

    assert answer["Location"] == page(case)
    assert Exhibit.objects.get(case=case).evidence_type == "E-PHOTO-WHOLE"
    assert "1 of 3 kept" in client.get(page(case)).content.decode()


@pytest.mark.parametrize("side", ["buyer", "merchant"])
def test_a_case_not_taken_up_says_to_both_sides_why_and_where_to_turn(
    case_in, signed_in, request, side
):
    case = case_in(State.REJECTED)
    client = signed_in(request.getfixturevalue(side))
    client.cookies["django_language"] = "en"

    shown = client.get(reverse(f"{side}_case", args=[case.reference])).content.decode()

    assert "The same matter is already before us" in shown
    assert "Go on in the case that is open already, and send new evidence there." in shown


@pytest.mark.parametrize("person", ["buyer", "merchant"])
def test_every_page_of_a_party_leads_to_its_notices_and_says_how_many_are_new(
    request, case_in, signed_in, person
):
    case_in(State.AWAITING_MERCHANT, now=timezone.now())
    client = signed_in(request.getfixturevalue(person))
    home, notices = reverse(f"{person}_home"), reverse("notices")

    before = client.get(home).content.decode()
    client.post(notices)
    after = client.get(home).content.decode()

    assert f'href="{notices}"' in before
    assert '<b class="count">' in before
    assert '<b class="count">' not in after
    assert f'href="{reverse("home")}"' in client.get(notices).content.decode()
