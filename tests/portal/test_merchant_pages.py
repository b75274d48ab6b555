"""What a merchant reads and does, each by the page alone: no script runs here."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ShopMember
from cases import cashier, sweep
from cases.lifecycle import Side, State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit
from tests.factories import make_person, too_late_to_answer
from tests.portal.test_exhibits import photo, upload


def page(case):
    return reverse("merchant_case", args=[case.reference])


def fresh(case):
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


@pytest.fixture
def english(signed_in):
    def sign_in(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def test_the_page_says_what_is_asked_until_when_and_what_follows(case, merchant, english):
    response = english(merchant).get(page(case))

    text = response.content.decode()
    assert response.status_code == 200
    assert "Buyer 林* says: Arrived damaged or leaking," in text
    assert "Refund without return, ¥280.00." in text
    silence = "Without an answer the case is decided by the rulebook"
    assert silence in text
    assert "Return and refund, ¥280.00." in text
    assert response.context["standing"].clock.due_at == case.deadlines.open().get().due_at


def test_the_buyer_stays_masked(case, merchant, buyer, signed_in):
    text = signed_in(merchant).get(page(case)).content.decode()

    assert buyer.display_name not in text
    assert buyer.email not in text


def test_the_checklist_names_what_helps_under_the_rule(case, merchant, signed_in):
    response = signed_in(merchant).get(page(case))

    codes = [item.code for item in response.context["wanted"]]
    helpful = [code for code in case.ruled_by.merchant_evidence if code != "E-STMT"]
    assert codes == [*helpful, ""]


def test_an_answer_with_text_and_files_moves_the_case_and_gives_a_receipt(case, merchant, english):
    client = english(merchant)

    response = client.post(
        page(case),
        {
            "step": "respond",
            "text": "Packed well.\r\nSee photo.",
            "files:E-PACKVID": upload(photo()),
        },
        follow=True,
    )

    stored = fresh(case)
    assert response.redirect_chain == [(f"{page(case)}#receipt", 302)]
    assert (stored.state, stored.answer) == (State.QUEUED, "Packed well.\nSee photo.")
    assert Exhibit.objects.get(case=case).evidence_type == "E-PACKVID"
    event = case.events.get(name="respond")
    assert f"{case.reference}/{event.number}" in response.content.decode()


def test_one_bad_file_keeps_the_good_ones_and_the_text(case, merchant, english):  # row 39
    response = english(merchant).post(
        page(case),
        {
            "step": "respond",
            "text": "What I wrote",
            "files": [upload(photo(), "good.jpg"), upload(b"no photo", "bad <b>.jpg")],
        },
    )

    text = response.content.decode()
    assert response.status_code == 400
    assert "bad &lt;b&gt;.jpg" in text
    assert "What I wrote" in text
    assert [exhibit.name for exhibit in Exhibit.objects.filter(case=case)] == ["good.jpg"]
    assert fresh(case).state == State.AWAITING_MERCHANT


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "x" * 1001, "nul\0"])  # row 81
def test_an_answer_without_words_is_asked_for_again(case, merchant, signed_in, text):
    response = signed_in(merchant).post(page(case), {"step": "respond", "text": text})

    assert response.status_code == 400
    assert response.context["errors"]["text"]
    assert fresh(case).state == State.AWAITING_MERCHANT


def test_a_thousand_characters_with_line_ends_fit(case, merchant, signed_in):
    response = signed_in(merchant).post(
        page(case), {"step": "respond", "text": "字" * 499 + "\r\n" + "字" * 500}
    )

    assert response.status_code == 302


def test_an_answer_sent_twice_is_taken_once(case, merchant, signed_in):
    client = signed_in(merchant)
    client.post(page(case), {"step": "respond", "text": "First"})

    response = client.post(page(case), {"step": "respond", "text": "Second"})

    assert response.status_code == 409
    assert fresh(case).answer == "First"
    assert case.events.filter(name__in=("respond", "late_answer")).count() == 1


def test_a_second_too_late_is_kept_and_marked_late(case_in, merchant, english):
    filed = timezone.now() - too_late_to_answer("damaged")
    case = case_in(State.AWAITING_MERCHANT, now=filed)
    client = english(merchant)

    before = client.get(page(case)).content.decode()
    response = client.post(page(case), {"step": "respond", "text": "Sorry, late"}, follow=True)

    assert "Deadline passed" in before
    stored = fresh(case)
    assert (stored.answer, stored.answer_is_late) == ("Sorry, late", True)
    assert stored.state == State.AWAITING_MERCHANT  # the clock moves it, not the late answer
    assert response.status_code == 200


def test_after_the_sweep_the_page_still_takes_a_late_answer(case_in, merchant, english):
    case = case_in(State.QUEUED, silent=True, now=timezone.now())
    client = english(merchant)

    assert "marked late" in client.get(page(case)).content.decode()
    client.post(page(case), {"step": "respond", "text": "Late but here"})

    assert (fresh(case).answer_is_late, fresh(case).state) == (True, State.QUEUED)


def test_agreeing_wants_the_button_that_says_so_and_then_settles(case, merchant, english):
    client = english(merchant)

    asked = client.post(page(case), {"step": "concede"})
    assert "Confirm that you agree to the refund." in asked.content.decode()
    assert (asked.status_code, fresh(case).state) == (400, State.AWAITING_MERCHANT)

    done = client.post(page(case), {"step": "concede", "confirm": "on"})
    assert (done.status_code, fresh(case).state) == (302, State.EXECUTING)


def test_agreeing_a_second_late_is_refused_with_the_reason(case_in, merchant, english):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - too_late_to_answer("damaged"))

    response = english(merchant).post(page(case), {"step": "concede", "confirm": "on"})

    assert response.status_code == 409
    assert "The time to answer is over." in response.content.decode()
    assert fresh(case).state == State.AWAITING_MERCHANT


def test_an_offer_is_shown_with_why_it_cannot_be_made(case_in, merchant, signed_in):
    """Under a rule that knows no settlement the choice stays, with the reason."""
    case = case_in(State.AWAITING_MERCHANT, category="review_fraud")

    shown = signed_in(merchant).get(page(case)).context

    assert [(choice.step, choice.why_not is None) for choice in shown["choices"]] == [
        ("offer", False),
        ("respond", True),
    ]


@pytest.mark.parametrize("step", ["", "propose", "withdraw", "issue", "claim", "__class__"])
def test_other_steps_do_nothing_here(case, merchant, signed_in, step):  # row 69
    response = signed_in(merchant).post(
        page(case), {"step": step, "state": "closed", "due_at": "2099-01-01"}
    )

    assert response.status_code == 400
    assert fresh(case).state == State.AWAITING_MERCHANT


def test_what_the_arbitrator_asked_is_listed_and_ended_by_a_button(case_in, merchant, english, now):
    case = case_in(State.AWAITING_EVIDENCE, sides=(Side.MERCHANT,), now=timezone.now())
    client = english(merchant)

    response = client.get(page(case))
    assert response.context["task"] == "supply"
    assert [item.code for item in response.context["wanted"]] == ["E-PHOTO-WHOLE", ""]

    sent = client.post(
        page(case), {"step": "supply_evidence", "files:E-PHOTO-WHOLE": upload(photo())}
    )
    assert (sent.status_code, fresh(case).state) == (302, State.REVIEWING)
    assert Exhibit.objects.get(case=case).is_late is False

    again = client.post(page(case), {"step": "supply_evidence"})
    assert again.status_code == 409


def test_a_shop_that_was_not_asked_cannot_end_the_wait(case_in, merchant, signed_in):
    case = case_in(State.AWAITING_EVIDENCE, sides=(Side.BUYER,), now=timezone.now())

    response = signed_in(merchant).post(page(case), {"step": "supply_evidence"})

    assert (response.status_code, fresh(case).state) == (403, State.AWAITING_EVIDENCE)


def test_what_was_decided_is_confirmed_once(case_in, merchant, english):
    case = case_in(State.EXECUTING, now=timezone.now())
    client = english(merchant)

    assert "Pay the buyer ¥280.00" in client.get(page(case)).content.decode()
    assert client.post(page(case), {"step": "refund"}).status_code == 302
    assert client.post(page(case), {"step": "refund"}).status_code == 409
    cashier.relay(timezone.now())
    assert (fresh(case).state, fresh(case).refunded) == (State.CLOSED, Decimal("280.00"))


@pytest.mark.parametrize(
    "state",
    [
        State.NEGOTIATING,
        State.QUEUED,
        State.REVIEWING,
        State.AWAITING_EVIDENCE,
        State.RULED,
        State.EXECUTING,
        State.CLOSED,
        State.WITHDRAWN,
        State.REJECTED,
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_state_has_a_page(case_in, merchant, signed_in, state, language):
    case = case_in(state, now=timezone.now())
    client = signed_in(merchant)
    client.cookies["django_language"] = language

    assert client.get(page(case)).status_code == 200


def test_the_rival_shop_sees_nothing_and_changes_nothing(case, rival_merchant, signed_in):
    client = signed_in(rival_merchant)

    assert client.get(page(case)).status_code == 404
    assert client.post(page(case), {"step": "concede", "confirm": "on"}).status_code == 404
    assert fresh(case).state == State.AWAITING_MERCHANT


@pytest.mark.parametrize(("stranger", "status"), [("buyer", 404), ("arbitrator", 403)])
def test_the_page_is_for_merchants(case, signed_in, request, stranger, status):
    client = signed_in(request.getfixturevalue(stranger))

    assert client.get(page(case)).status_code == status
    assert client.get(reverse("merchant_home")).status_code == status


def test_the_list_puts_what_waits_for_the_shop_first(case_in, case, merchant, signed_in):
    now = timezone.now()
    waiting, ended = case_in(State.QUEUED, now=now), case_in(State.CLOSED, now=now)

    shelf = signed_in(merchant).get(reverse("merchant_home")).context["shelf"]

    names = [[row.case for row in rows] for rows in (shelf.yours, shelf.others, shelf.ended)]
    assert names == [[case], [waiting], [ended]]


def test_however_many_cases_came_since_the_one_whose_clock_runs_is_on_the_first_page(
    case_in, merchant, signed_in, monkeypatch
):
    """What is open comes first, by its nearest clock; what has ended can be turned to."""
    monkeypatch.setattr("portal.standing.LISTED", 2)
    now = timezone.now()
    oldest = case_in(State.AWAITING_MERCHANT, now=now - timedelta(hours=40))
    ended = [case_in(State.CLOSED, now=now - timedelta(hours=hours)) for hours in (3, 2)]
    waiting = case_in(State.QUEUED, now=now)
    client, home = signed_in(merchant), reverse("merchant_home")

    first = client.get(home)
    second = client.get(home, {"page": 2})

    shelf = first.context["shelf"]
    assert ([row.case for row in shelf.yours], [row.case for row in shelf.others]) == (
        [oldest],
        [waiting],
    )
    assert [row.case for row in second.context["shelf"].ended] == ended[::-1]
    assert 'rel="next" href="?page=2"' in first.content.decode()
    assert 'rel="prev" href="?page=1"' in second.content.decode()
    assert client.get(home, {"page": 9}).context["shelf"].yours == shelf.yours


def test_a_merchant_without_cases_is_told_what_will_come(merchant, shop, english):
    text = english(merchant).get(reverse("merchant_home")).content.decode()

    assert "Nothing waits for you" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_few_questions(
    case_in, merchant, signed_in, django_assert_num_queries, count
):
    for _number in range(count):
        case_in(State.AWAITING_MERCHANT, now=timezone.now())
    client = signed_in(merchant)
    client.get(reverse("merchant_home"))

    with django_assert_num_queries(8):  # …, notices, cases, clocks, their pauses and extensions
        client.get(reverse("merchant_home"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_the_same_few_questions(
    case, merchant, signed_in, django_assert_num_queries, count
):
    for number in range(count):
        submission = Submission(photo((number * 60, 0, 0)), f"{number}.jpg")
        submit_exhibit(case, submission, by=merchant, now=timezone.now())
    client = signed_in(merchant)
    client.get(page(case))

    with django_assert_num_queries(14):
        client.get(page(case))


def test_two_people_of_one_shop_see_one_answer(case, merchant, shop, signed_in):
    colleague = make_person("merchant", "colleague")
    ShopMember.objects.create(shop=shop, user=colleague)
    signed_in(merchant).post(page(case), {"step": "respond", "text": "Ours"})

    response = signed_in(colleague).get(page(case))

    assert response.context["receipt"].actor == merchant


def test_an_answer_in_time_counts_although_the_sweep_was_faster(case_in, merchant, signed_in):
    now = timezone.now()
    case = case_in(State.AWAITING_MERCHANT, now=now)
    sweep.run(case.deadlines.open().get().due_at + timedelta(seconds=1))

    response = signed_in(merchant).post(page(case), {"step": "respond", "text": "In time"})

    assert response.status_code == 302
    assert (fresh(case).answer_is_late, fresh(case).defaulted_at) == (False, None)


def test_the_meter_stands_before_the_deadline_and_not_after_the_ruling(case_in, merchant, english):
    open_case = case_in(State.AWAITING_MERCHANT, now=timezone.now(), category="wrong_item")
    ruled = case_in(State.RULED, now=timezone.now(), category="wrong_item")
    client = english(merchant)

    text = client.get(page(open_case)).content.decode()

    assert "0 of 3 kept" in text
    assert "It is for the other side to prove" in text
    assert "<meter" not in client.get(page(ruled)).content.decode()


def test_under_a_request_the_meter_measures_what_was_asked(case_in, merchant, english):
    case = case_in(State.AWAITING_EVIDENCE, now=timezone.now(), sides=("merchant",))

    text = english(merchant).get(page(case)).content.decode()

    assert "0 of 1 kept" in text
