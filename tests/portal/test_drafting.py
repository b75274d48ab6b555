"""What the ruling form starts from, before anybody typed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from cases.lifecycle import State
from portal.drafting import starting_point


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
        ("damaged", "300", "280", "full", ["RM-RETURN"]),
        ("not_received", "300", "280", "full", ["RM-FULL"]),  # nothing there to send back
        ("wrong_item", "300", "280", "full", ["RM-RETURN"]),
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
    assert ("is supported" in start["reasons"]) == (outcome == "full")
