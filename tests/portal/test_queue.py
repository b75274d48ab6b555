"""The arbitrator's queue: what waits, in which order, and taking the next case."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from itertools import chain

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import actions
from cases.lifecycle import State
from cases.models import Case, Deadline, Event
from evidence.intake import Submission, submit_exhibit
from evidence.models import Viewing
from portal import arbitrators
from tests.factories import falls_due, make_person, make_shop
from tests.portal.test_exhibits import photo

QUEUE = "/queue/"
QUERIES = 11  # session, person, next, mine and page each with their clocks, counts, total, tally


def fresh(case):
    return Case.objects.get(pk=case.pk)


def references(response):
    return [row.case.reference for row in response.context["rows"]]


def counts(response):
    return {each.code: each.count for each in response.context["filters"]}


@pytest.fixture
def desk(signed_in, arbitrator):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def waiting(case_in):
    """`waiting(hours=3)`: a case that reached the desk that long ago."""

    def make(*, hours=0, **facts):
        reached = timezone.now() - timedelta(hours=hours)
        case = case_in(State.QUEUED, now=reached, **facts)
        return falls_due(case, reached + timedelta(hours=48))

    return make


def test_the_most_urgent_case_is_named_and_one_press_takes_it(desk, arbitrator, waiting):
    waiting(hours=1)
    urgent = waiting(hours=5)

    upcoming = desk.get(QUEUE).context["upcoming"]
    response = desk.post(reverse("next_case"))

    assert upcoming.row.case == urgent
    assert upcoming.reasons[0] == "Among its equals its ruling is due first."
    assert response["Location"] == reverse("case", args=[urgent.reference])
    assert fresh(urgent).holder == arbitrator


def test_a_case_the_merchant_left_unanswered_comes_first_and_says_so(desk, waiting):
    waiting(hours=9)
    silent = waiting(silent=True)

    response = desk.get(QUEUE)

    assert references(response)[0] == silent.reference
    assert response.context["upcoming"].reasons[0].startswith("The merchant did not answer")
    assert "you can decide on what is on file" in response.content.decode()


def test_with_nothing_waiting_the_button_says_so(desk):
    response = desk.post(reverse("next_case"), follow=True)

    assert "Nothing waits for you." in response.content.decode()


def test_a_skipped_case_is_offered_to_others_only(desk, signed_in, other_arbitrator, waiting):
    case = waiting()

    response = desk.post(
        reverse("skip_case", args=[case.reference]), {"reason": "needs_expertise"}, follow=True
    )

    assert response.context["upcoming"] is None
    assert f"{case.reference} is not offered to you for an hour." in response.content.decode()
    assert Event.objects.get(case=case, name="skip").facts == {"reason": "needs_expertise"}
    others = signed_in(other_arbitrator).get(QUEUE)
    assert others.context["upcoming"].row.case == case


@pytest.mark.parametrize("reason", ["", "because"])
def test_skipping_needs_one_of_the_reasons(desk, waiting, reason):
    case = waiting()

    desk.post(reverse("skip_case", args=[case.reference]), {"reason": reason})

    assert not Event.objects.filter(case=case, name="skip").exists()


def test_a_case_that_no_longer_waits_cannot_be_skipped(desk, case_in):
    case = case_in(State.REVIEWING, now=timezone.now())

    response = desk.post(reverse("skip_case", args=[case.reference]), {"reason": "language"})

    assert response.status_code == 409


def test_what_i_hold_is_listed_apart_and_nobody_elses(desk, case_in, other_arbitrator):
    mine = case_in(State.REVIEWING, now=timezone.now())
    theirs = case_in(State.REVIEWING, now=timezone.now(), holder=other_arbitrator)

    response = desk.get(QUEUE)

    assert [row.case for row in response.context["mine"]] == [mine]
    assert theirs.reference not in response.content.decode()


def test_the_filters_count_and_narrow_what_waits(desk, buyer, waiting):
    overdue = waiting(hours=24 * 20)
    silent = waiting(silent=True)
    with_photo = waiting(hours=1)
    submit_exhibit(with_photo, Submission(photo(), "p.jpg"), by=buyer, now=timezone.now())

    assert counts(desk.get(QUEUE)) == {
        "waiting": 3,
        "overdue": 1,
        "soon": 0,
        "defaulted": 1,
        "new_evidence": 1,
    }
    for view, case in [
        ("overdue", overdue),
        ("defaulted", silent),
        ("new_evidence", with_photo),
    ]:
        assert references(desk.get(QUEUE, {"view": view})) == [case.reference]


def test_evidence_is_new_until_looked_at(desk, arbitrator, buyer, waiting):
    case = waiting(hours=1)
    now = timezone.now()
    exhibit = submit_exhibit(case, Submission(photo(), "p.jpg"), by=buyer, now=now).exhibit
    assert desk.get(QUEUE).context["rows"][0].unseen == 1

    Viewing.objects.create(exhibit=exhibit, user=arbitrator, at=now)

    assert desk.get(QUEUE).context["rows"][0].unseen == 0


def test_category_and_amounts_narrow_the_list(desk, waiting):
    small = waiting(requested_amount=Decimal("50.00"))
    large = waiting(requested_amount=Decimal("250.00"))
    wrong = waiting(category="wrong_item", requested_amount=Decimal("99.50"))

    assert references(desk.get(QUEUE, {"category": "wrong_item"})) == [wrong.reference]
    assert references(desk.get(QUEUE, {"least": "100"})) == [large.reference]
    assert references(desk.get(QUEUE, {"most": "５０"})) == [small.reference]
    turned_round = desk.get(QUEUE, {"least": "99.5", "most": "60"})
    assert references(turned_round) == [wrong.reference]


@pytest.mark.parametrize(
    "filters",
    [
        {"view": "everything"},
        {"category": "' OR 1=1 --"},
        {"least": "1e3", "most": "-1"},
        {"least": "NaN"},
        {"page": "-3"},
        {"page": "9999999999999999999"},
        {"page": "two"},
        {"q": "\x00"},
        {"q": " " * 300},
    ],
)
def test_a_value_nobody_knows_filters_nothing(desk, waiting, filters):
    case = waiting()

    response = desk.get(QUEUE, filters)

    assert response.status_code == 200
    assert references(response) == [case.reference]


def test_search_finds_by_reference_number_order_and_shop(desk, merchant, waiting, case_in):
    waiting()
    other_shop = make_shop("北岭数码", merchant)
    wanted = case_in(State.CLOSED, now=timezone.now(), shop=other_shop, order_number="99887766")
    number = str(int(wanted.reference.rsplit("-", 1)[1]))

    for words in (
        wanted.reference,
        wanted.reference.lower(),
        number,
        "998877",
        "北岭",
        "Ａ-2026" + wanted.reference[6:],
    ):
        assert wanted.reference in references(desk.get(QUEUE, {"q": words})), words


def test_search_never_shows_a_case_somebody_else_holds(desk, case_in, other_arbitrator):
    theirs = case_in(State.REVIEWING, now=timezone.now(), holder=other_arbitrator)

    assert references(desk.get(QUEUE, {"q": theirs.reference})) == []


def test_what_was_searched_for_is_shown_as_text(desk):
    page = desk.get(QUEUE, {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.fixture
def rows_of_two(monkeypatch):
    monkeypatch.setattr(arbitrators, "ROWS", 2)


@pytest.fixture
def long_queue(waiting, rows_of_two):
    """Seven cases as the queue shows them: urgent and plain ones, some due together, one without a clock."""
    cases = [waiting(hours=hours) for hours in (5, 5, 5, 3, 2)]
    cases += [waiting(silent=True), waiting(silent=True)]
    Deadline.objects.filter(case=cases[4]).update(is_paused=True)
    Case.objects.filter(pk=cases[4].pk).update(due_at=None)
    return [case.reference for case in (*cases[5:], *cases[:5])]


def link(response, rel):
    """Where the link to the neighbour of that name leads."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
    return unescape(found[1]) if found else None


def test_the_links_lead_through_all_pages_and_back(desk, long_queue):
    pages = [desk.get(QUEUE)]
    while onward := link(pages[-1], "next"):
        pages.append(desk.get(QUEUE + onward))
    back = [pages[-1]]
    while backward := link(back[-1], "prev"):
        back.append(desk.get(QUEUE + backward))

    shown = [references(page) for page in pages]
    assert [len(rows) for rows in shown] == [2, 2, 2, 1]
    assert [*chain(*shown)] == long_queue
    assert [references(page) for page in reversed(back)] == shown
    assert [page.context["page"].number for page in pages] == [1, 2, 3, 4]


def test_a_page_is_found_by_its_number_alone(desk, long_queue):
    by_number = [references(desk.get(QUEUE, {"page": number})) for number in (1, 2, 3, 4)]

    assert [*chain(*by_number)] == long_queue
    assert references(desk.get(QUEUE, {"page": 99})) == by_number[-1]


def test_what_is_claimed_meanwhile_makes_no_row_appear_twice_or_never(desk, long_queue):
    first = desk.get(QUEUE)
    for _press in range(2):
        desk.post(reverse("next_case"))

    assert references(desk.get(QUEUE + link(first, "next"))) == long_queue[2:4]


def test_a_filter_and_its_pages_go_together(desk, long_queue, waiting):
    more = [waiting(silent=True).reference for _number in range(2)]

    first = desk.get(QUEUE, {"view": "defaulted"})
    second = desk.get(QUEUE + link(first, "next"))

    assert references(first) + references(second) == [*long_queue[:2], *more]
    assert second.context["page"].pages == 2


@pytest.mark.parametrize(
    "key",
    [
        "",
        "~",
        "0~~",
        "x~y~z",
        "0~2026-13-45T00:00:00+00:00~1",
        "0~2026-03-10T06:02~1",
        "0~~٣",
        "9" * 99,
    ],
)
def test_a_key_nobody_gave_is_no_key(desk, long_queue, key):
    assert references(desk.get(QUEUE, {"page": 2, "after": key})) == long_queue[2:4]


def test_the_end_reached_by_an_old_link_is_the_nearest_page_there_is(desk, long_queue):
    last = desk.get(QUEUE, {"page": 4})
    gone = Case.objects.get(reference=long_queue[-1])
    key = f"0~{'' if gone.due_at is None else gone.due_at.isoformat()}~{gone.pk}"

    assert references(last) == long_queue[-1:]
    assert references(desk.get(QUEUE, {"page": 4, "after": key})) == long_queue[:2]


@pytest.mark.parametrize("rows", [1, 50])
def test_queries_do_not_grow_with_the_rows(
    desk, buyer, waiting, case_in, rows, django_assert_num_queries
):
    for _number in range(rows):
        case = waiting()
        submit_exhibit(case, Submission(photo(), "p.jpg"), by=buyer, now=timezone.now())
        case_in(State.REVIEWING, now=timezone.now())

    with django_assert_num_queries(QUERIES):
        desk.get(QUEUE)


def test_the_tally_counts_what_i_decided_today(desk, case_in, arbitrator, other_arbitrator):
    now = timezone.now()
    case_in(State.RULED, now=now)
    case_in(State.RULED, now=now - timedelta(days=2))
    case_in(State.RULED, now=now, holder=other_arbitrator)
    actions.reject(
        case_in(State.REVIEWING, now=now), by=arbitrator, reason="duplicate", note="", now=now
    )

    tally = desk.get(QUEUE).context["tally"]

    assert (tally.decided, tally.pace) == (2, "0 min")


def test_a_case_two_people_must_look_at_is_marked(desk, signed_in, senior, merchant, case_in):
    platforms_own = make_shop("平台自营", merchant, is_self_operated=True)
    case_in(State.QUEUED, now=timezone.now(), shop=platforms_own)

    assert desk.get(QUEUE).context["rows"][0].wants_two
    assert signed_in(senior).get(QUEUE).context["rows"][0].wants_two


@pytest.mark.parametrize("role", ["buyer", "merchant"])
def test_the_parties_have_no_queue(db, signed_in, role):
    client = signed_in(make_person(role, f"some_{role}"))

    assert client.get(QUEUE).status_code == 404
    assert client.post(reverse("next_case")).status_code == 404


@pytest.mark.parametrize("role", ["supervisor", "auditor", "penalty_officer"])
def test_those_who_do_not_hear_cases_may_not_take_one(signed_in, role, waiting):
    case = waiting()
    client = signed_in(make_person(role, f"some_{role}"))

    assert client.post(reverse("next_case")).status_code == 403
    assert fresh(case).state == State.QUEUED
