"""More time on the pages: offered with its consequence, had once, explained to both sides."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import declare_pause, extend_deadline, offer
from cases.lifecycle import State
from cases.models import Case, DeadlineKind, Extension
from tests.cases.test_pausing import clock_of, festival

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFER = DeadlineKind.OFFER_ANSWER
RESPONSE, TARGET = DeadlineKind.MERCHANT_RESPONSE, DeadlineKind.RULING_TARGET
pytestmark = pytest.mark.django_db


@pytest.fixture
def case(case_in) -> Case:
    return case_in(State.AWAITING_MERCHANT, now=timezone.now() - HOUR)


@pytest.fixture
def shop_desk(signed_in, merchant):
    client = signed_in(merchant)
    client.cookies["django_language"] = "en"
    return client


def ask(client, case: Case, **facts):
    typed = {"step": "extend", "kind": RESPONSE, "party": "merchant", "reason": "Stocktaking"}
    return client.post(reverse("merchant_case", args=[case]), as_shown(case, typed | facts))


def give(client, case: Case, **facts):
    typed = {"kind": RESPONSE, "party": "merchant", "reason": "The flood in Foshan"}
    return client.post(reverse("extend", args=[case]), as_shown(case, typed | facts))


def as_shown(case: Case, typed):
    """With the instant the page shows beside the button."""
    clock = case.deadlines.filter(kind=typed["kind"]).order_by("-opened_at").first()
    due = clock.due_at if clock is not None else timezone.now()
    return {"due_before": due.isoformat()} | typed


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def in_english(client):
    client.cookies["django_language"] = "en"
    return client


def test_before_pressing_the_merchant_reads_how_much_how_often_and_until_when(shop_desk, case):
    response = shop_desk.get(reverse("merchant_case", args=[case]))

    [offered] = response.context["more_time"]
    assert offered.due_at == clock_of(case).due_at + 24 * HOUR
    text = text_of(response)
    assert "Ask for 24 hours more" in text
    assert "This is possible once." in text
    assert offered.due_at.isoformat()[:10] in text


def test_the_merchant_gets_a_day_and_everybody_reads_why(shop_desk, signed_in, case, buyer, senior):
    due = clock_of(case).due_at

    assert ask(shop_desk, case).status_code == 302

    assert clock_of(case).due_at == due + 24 * HOUR
    pages = (
        shop_desk.get(reverse("merchant_case", args=[case])),
        in_english(signed_in(buyer)).get(reverse("buyer_case", args=[case])),
        in_english(signed_in(senior)).get(reverse("case", args=[case])),
    )
    for page in pages:
        [given] = page.context["standing"].clock.lengthenings
        assert (given.side, given.due_before, given.reason) == ("merchant", due, "Stocktaking")
        assert "Stocktaking" in text_of(page)


def test_asked_for_twice_the_page_says_why_not(shop_desk, case):
    ask(shop_desk, case)

    again = ask(shop_desk, case, reason="Once more")
    page = shop_desk.get(reverse("merchant_case", args=[case]))

    assert again.status_code == 409
    assert Extension.objects.count() == 1
    for response in (again, page):
        assert "already lengthened once; the rule allows no more." in text_of(response)


def test_without_a_reason_nothing_is_given_and_the_form_stays_open(shop_desk, case):
    response = ask(shop_desk, case, reason=" ")

    assert response.status_code == 400
    assert Extension.objects.count() == 0
    assert '<details class="more" open>' in text_of(response)
    assert "Say why more time is needed." in text_of(response)


def test_after_the_deadline_it_cannot_be_had(shop_desk, case_in):
    late = case_in(State.AWAITING_MERCHANT, now=timezone.now() - 49 * HOUR)

    response = ask(shop_desk, late)

    assert response.status_code == 409
    assert "The time is over; it can no longer be lengthened." in text_of(response)


def test_the_instant_shown_counts_a_pause_the_deadline_then_runs_into(shop_desk, case, supervisor):
    """The festival begins after the deadline but before its extension ends."""
    due, now = clock_of(case).due_at, timezone.now()
    declare_pause(festival(due + HOUR), by=supervisor, now=now)

    [offered] = shop_desk.get(reverse("merchant_case", args=[case])).context["more_time"]
    ask(shop_desk, case)

    assert offered.due_at == due + 24 * HOUR + 3 * DAY
    assert clock_of(case).due_at == offered.due_at


def test_an_arbitrator_gives_once_more_after_the_merchant_s_own(
    shop_desk, signed_in, case, arbitrator, senior
):
    due = clock_of(case).due_at
    ask(shop_desk, case)
    client = in_english(signed_in(arbitrator))

    assert "Give 24 hours more" in text_of(client.get(reverse("case", args=[case])))
    assert give(client, case).status_code == 302
    again = give(in_english(signed_in(senior)), case)

    assert clock_of(case).due_at == due + 48 * HOUR
    assert again.status_code == 409
    assert "the rule allows no more" in text_of(again)


def test_a_supervisor_moves_the_ruling_target_and_the_parties_read_why(
    signed_in, case_in, supervisor, buyer
):
    case = case_in(State.REVIEWING, now=timezone.now())
    due = clock_of(case, TARGET).due_at
    client = in_english(signed_in(supervisor))

    page = text_of(client.get(reverse("case", args=[case])))
    given = give(client, case, kind=TARGET, party="platform")

    assert "Give 12 working hours more: Ruling due" in page
    assert given.status_code == 302
    assert clock_of(case, TARGET).due_at > due
    seen = in_english(signed_in(buyer)).get(reverse("buyer_case", args=[case]))
    assert "The flood in Foshan" in text_of(seen)


def test_what_may_be_given_three_times_is_given_once_by_two_presses_of_one_page(
    signed_in, case_in, supervisor
):
    case = case_in(State.REVIEWING, now=timezone.now())
    client = in_english(signed_in(supervisor))
    shown = clock_of(case, TARGET).due_at.isoformat()
    page = text_of(client.get(reverse("case", args=[case])))
    facts = {"kind": TARGET, "party": "platform", "due_before": shown}

    assert f'name="due_before" value="{shown}"' in page
    assert give(client, case, **facts).status_code == 302
    again = give(client, case, **facts)

    assert again.status_code == 409
    assert "The deadline has moved since you saw it; look at it again." in text_of(again)
    assert Extension.objects.count() == 1
    assert case.events.filter(name="extend").count() == 1
    assert give(client, case, kind=TARGET, party="platform").status_code == 302


def test_a_form_that_does_not_say_what_was_seen_gives_nothing(signed_in, case, arbitrator):
    response = give(in_english(signed_in(arbitrator)), case, due_before="")

    assert response.status_code == 400
    assert "The deadline has moved since you saw it; look at it again." in text_of(response)
    assert Extension.objects.count() == 0


def test_a_form_without_a_reason_comes_back_to_the_desk(signed_in, case, arbitrator):
    response = give(in_english(signed_in(arbitrator)), case, reason="")

    assert response.status_code == 400
    assert "Say why more time is needed." in text_of(response)
    assert Extension.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "kind", "party"),
    [
        ("supervisor", RESPONSE, "merchant"),
        ("arbitrator", TARGET, "platform"),
        ("senior", TARGET, "platform"),
    ],
)
def test_nobody_gives_what_is_not_theirs_to_give(request, signed_in, case_in, who, kind, party):
    case = case_in(State.AWAITING_MERCHANT if kind == RESPONSE else State.QUEUED)

    response = give(signed_in(request.getfixturevalue(who)), case, kind=kind, party=party)

    assert response.status_code == 403
    assert Extension.objects.count() == 0


def test_the_merchant_cannot_lengthen_the_time_of_others(shop_desk, case_in):
    case = case_in(State.RULED)

    response = ask(shop_desk, case, kind="appeal_window", party="buyer")

    assert response.status_code == 403
    assert "more_time" in shop_desk.get(reverse("merchant_case", args=[case])).context
    assert Extension.objects.count() == 0


def test_the_docket_tells_who_and_why(signed_in, case, merchant, senior):
    extend_deadline(case, kind=RESPONSE, by=merchant, reason="盘点", now=timezone.now())

    text = text_of(in_english(signed_in(senior)).get(reverse("case", args=[case])))

    assert "gave more time" in text
    assert "盘点" in text


def test_more_time_for_an_offer_is_asked_by_one_side_and_agreed_to_by_the_other(
    shop_desk, signed_in, case, buyer
):
    offer(case, by=buyer, remedy="RM-PART", amount=Decimal("90.00"), note="", now=timezone.now())
    buyer_desk = in_english(signed_in(buyer))
    shop_page, buyer_page = (reverse(f"{side}_case", args=[case]) for side in ("merchant", "buyer"))
    due = case.deadlines.get(kind=OFFER, closed_at=None).due_at
    typed = as_shown(
        case, {"step": "extend", "kind": OFFER, "party": "merchant", "reason": "Stocktaking"}
    )

    assert buyer_desk.get(buyer_page).context["more_time"] == []
    shop_desk.post(shop_page, typed)

    assert "It counts once the other side agrees." in text_of(shop_desk.get(shop_page))
    asked = text_of(buyer_desk.get(buyer_page))
    assert "Agree to 24 hours more for the offer" in asked
    assert "Stocktaking" in asked

    buyer_desk.post(buyer_page, typed | {"reason": "Agreed."})

    assert case.deadlines.get(kind=OFFER, closed_at=None).due_at == due + 24 * HOUR
    assert buyer_desk.get(buyer_page).context["more_time"] == []
