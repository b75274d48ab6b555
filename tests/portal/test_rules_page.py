"""The rules for everybody, without signing in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import rulebook
from cases.actions.publishing import publish, take_draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("forgetful")]


@pytest.fixture
def anybody():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def second_version(senior, supervisor):
    """Published now, in force in an hour."""
    now = timezone.now()
    draft = take_draft(by=senior, note="More.", now=now)
    publish(
        draft,
        by=supervisor,
        revision=1,
        in_force_from=now + timedelta(hours=1),
        reason="Agreed on.",
        now=now,
    )
    return draft.number


def shown(response) -> list[str]:
    return [each.code for family in response.context["families"] for each in family.clauses]


def test_anybody_reads_every_rule_in_force_with_an_anchor_of_its_own(anybody):
    page = anybody.get(reverse("rules"))

    assert page.status_code == 200
    assert shown(page) == list(rulebook.load().rules)
    text = page.content.decode()
    for rule in rulebook.load().rules.values():
        assert f'id="{rule.code}"' in text


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Fresh food spoiled"), ("zh-hans", "生鲜坏损")]
)
def test_the_rules_are_read_in_both_languages(anybody, language, words):
    anybody.cookies["django_language"] = language

    assert words in anybody.get(reverse("rules")).content.decode()


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"q": "f-03"}, ["F-03"]),
        ({"q": "Ｆ-03"}, ["F-03"]),
        ({"q": "冷链"}, ["F-04"]),
        ({"q": "Blackmail"}, ["B-03"]),
        ({"category": "counterfeit"}, ["C-01"]),
        ({"category": "counterfeit", "q": "fresh"}, []),
        ({"q": "\0<script>"}, []),
    ],
)
def test_rules_are_found_by_words_number_or_category(anybody, asked, codes):
    assert shown(anybody.get(reverse("rules"), asked)) == codes


def test_a_category_nobody_knows_narrows_nothing(anybody):
    assert len(shown(anybody.get(reverse("rules"), {"category": "moon"}))) == 30


def test_silence_is_told_by_the_size_of_the_claim(anybody):
    page = anybody.get(reverse("rules"), {"category": "damaged"})
    clause = page.context["families"][0].clauses[0]

    assert [(each.size, each.result) for each in clause.silences] == [
        ("up to ¥50", "The claim is granted"),
        ("up to ¥2,000", "Return and refund"),
        ("above ¥2,000", "Decided on the file"),
    ]
    service = anybody.get(reverse("rules"), {"category": "service"}).context["families"][0]
    assert [(each.size, each.result) for each in service.clauses[0].silences] == [
        ("", "Decided on the file")
    ]


@pytest.mark.parametrize("category", ["counterfeit", "extortion"])
def test_silence_that_the_clock_makes_no_ruling_of_is_decided_on_the_file(anybody, category):
    [family] = anybody.get(reverse("rules"), {"category": category}).context["families"]

    assert [each.result for each in family.clauses[0].silences] == ["Decided on the file"]


def test_no_rule_says_that_a_buyers_silence_ends_the_case(anybody):
    page = anybody.get(reverse("rules"))

    said = {each.buyer_silent for family in page.context["families"] for each in family.clauses}
    assert said == {
        "The review goes on; the claim may be dismissed for it",
        "The review goes on with what is on file",
    }
    assert "Closed as withdrawn" not in page.content.decode()


def test_a_version_to_come_can_be_read_and_says_that_it_is_not_in_force(anybody, second_version):
    now, to_come = anybody.get(reverse("rules")), anybody.get(reverse("rules_version", args=[2]))

    assert (now.context["version"].number, now.context["state"]) == (1, "now")
    assert (to_come.context["version"].number, to_come.context["state"]) == (2, "coming")
    assert "This version is not in force yet." in to_come.content.decode()
    assert [(each.number, when) for each, when in now.context["versions"]] == [
        (2, "coming"),
        (1, "now"),
    ]


def test_drafts_and_versions_that_never_were_are_not_found(anybody, senior):
    take_draft(by=senior, note="More.", now=timezone.now())

    for number in (0, 2, 99, 10**30):
        assert anybody.get(f"/rules/{number}/").status_code == 404


def test_the_page_asks_a_fixed_number_of_questions(
    anybody, second_version, django_assert_num_queries
):
    anybody.get(reverse("rules"))

    with django_assert_num_queries(3):
        anybody.get(reverse("rules"))
