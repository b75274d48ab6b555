"""What the ruling form starts from, before anybody typed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.utils import translation

from cases import sweep
from cases.actions import supply_evidence
from cases.lifecycle import State
from cases.models import Case
from portal.drafting import effects, helped, starting_point
from portal.paper import paper_of
from portal.wording import offered, put_in
from tests.factories import draft


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def test_an_answered_case_starts_from_the_claim_and_leaves_the_outcome_open(case_in):
    start = starting_point(case_in(State.REVIEWING))

    assert start["amount"] == Decimal("280.00")
    assert start["remedies"] == ["RM-FULL"]
    assert not {"outcome", "reasons", "finding_1"} & set(start)


@pytest.mark.parametrize(
    ("category", "paid", "asked", "outcome", "remedies"),
    [
        ("damaged", "300", "30", "full", ["RM-FULL"]),
        ("damaged", "300", "280", "part", ["RM-RETURN"]),  # no return was asked for
        ("not_received", "300", "280", "full", ["RM-FULL"]),  # nothing there to send back
        ("wrong_item", "300", "280", "part", ["RM-RETURN"]),
        ("damaged", "5000", "4000", None, ["RM-FULL"]),  # too much for silence to decide
    ],
)
def test_silence_brings_what_the_rulebook_says_it_brings(
    case_in, category, paid, asked, outcome, remedies
):
    case = case_in(
        State.REVIEWING,
        silent=True,
        category=category,
        paid=Decimal(paid),
        requested_amount=Decimal(asked),
    )

    start = starting_point(case)

    assert start.get("outcome") == outcome
    assert start["remedies"] == remedies
    assert "did not answer" in start["reasons"]
    assert ("is supported" in start["reasons"]) == (outcome is not None)


@pytest.mark.parametrize(
    ("category", "outcome", "remedies"),
    [("damaged", "none", ["RM-REJECT"]), ("not_received", None, ["RM-FULL"])],
)
def test_a_buyers_silence_never_decides_but_is_what_the_form_starts_from(
    case_in, now, category, outcome, remedies
):
    case = case_in(State.AWAITING_EVIDENCE, category=category)
    sweep.run(now + timedelta(hours=73))
    case = Case.objects.get(pk=case.pk)
    line = case.events.get(name="lapse_evidence").number

    start = starting_point(case)

    assert case.state == State.REVIEWING
    assert (start.get("outcome"), start["remedies"]) == (outcome, remedies)
    assert (start["held_against"], start["citations_1"]) == (["buyer"], f"D-{line}")
    assert start["finding_1"] == ("The buyer was asked for further evidence and sent none in time.")


def test_a_buyer_who_sent_what_was_asked_for_is_not_held_to_silence(case_in, buyer, now):
    case = case_in(State.AWAITING_EVIDENCE)
    supply_evidence(case, by=buyer, now=now)

    assert "held_against" not in starting_point(Case.objects.get(pk=case.pk))


def test_templates_are_offered_in_both_languages_filled_with_the_facts(case_in):
    case = case_in(State.REVIEWING)

    english, chinese = (
        next(each for each in offered(case) if each.key == f"in_part.{language}")
        for language in ("en", "zh-hans")
    )

    assert english.text == (
        f"In case {case.reference} the buyer asked on 2026-03-10 for: Refund without return ¥280.00; "
        "¥300.00 was paid. The merchant contested this on 2026-03-10. The evidence on file makes out a "
        "part of it, and under rule L-01 (Damaged or leaking on arrival) {amount} is granted."
    )
    assert chinese.text.startswith(f"案件 {case.reference}：买家于 2026-03-10 提出“仅退款 ¥280.00”")
    assert [each.language for each in offered(case)][:1] == ["English"]


def test_words_of_a_template_go_after_what_was_typed_and_never_over_it(case_in):
    case = case_in(State.REVIEWING)
    typed = QueryDict("insert=1&template=dismissed.en&reasons=My+own+words.&amount=120")

    start = helped(typed, case)

    assert start is not None
    assert start["reasons"].startswith("My own words.\n\nIn case ")
    assert put_in(case, "unknown.en", "My own words.", "¥1") == "My own words."
    assert put_in(case, "dismissed.xx", "My own words.", "¥1") == "My own words."


def test_the_amount_of_a_template_is_the_one_that_stands_in_the_form(case_in):
    typed = QueryDict("insert=1&template=granted.en&amount=120.50")

    start = helped(typed, case_in(State.REVIEWING))

    assert start is not None
    assert "¥120.50 is granted" in start["reasons"]


def test_words_for_silence_are_offered_only_where_there_was_silence(case_in):
    answered, silent = case_in(State.REVIEWING), case_in(State.REVIEWING, silent=True)

    assert not any(each.key.startswith("silent") for each in offered(answered))
    assert offered(silent)[0].key == "silent_file.en"


OUTSIDE = "The return freight is settled with the carrier, outside the portal."


@pytest.mark.parametrize(
    ("remedies", "is_said"),
    [(("RM-RETURN",), True), (("RM-RETURN", "RM-FRT"), False), (("RM-PART",), False)],
)
def test_a_ruling_with_goods_to_send_back_says_how_their_freight_is_paid(
    case_in, remedies, is_said
):
    case = case_in(State.REVIEWING, category="wrong_item")
    decided = draft(remedies=remedies, freight="FR-M")

    paper = paper_of(case, decided, exhibits=(), messages=())

    assert (OUTSIDE in effects(case, decided), OUTSIDE in paper.return_freight) == (is_said,) * 2
