"""What is typed of a ruling is never lost: another window, another holder, another day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.actions import reassign, save_draft
from cases.lifecycle import State
from cases.models import Case
from cases.proceedings import Draft


@pytest.fixture
def held(case_in):
    return case_in(State.REVIEWING, now=timezone.now() - timedelta(hours=1))


@pytest.fixture
def type_in(held, signed_in):
    """Save a text as the page of that window and revision would."""

    def type_in(person, words, *, window="", revision="0"):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        address = reverse("ruling_draft", args=[held.reference])
        typed = {"reasons": words, "window": window, "revision": revision}
        return client.post(address, typed, headers={"Accept": "application/json"})

    return type_in


def page(client, case):
    client.cookies["django_language"] = "en"
    return client.get(reverse("case", args=[case.reference]))


def choose(client, case, **choice):
    return client.post(reverse("draft_choice", args=[case.reference]), choice)


def test_one_window_saves_as_often_as_it_likes(held, arbitrator, type_in):
    for words in ("One", "One two", "One two three"):
        assert type_in(arbitrator, words, window="a").status_code == 200

    kept = Draft.objects.get()
    assert (kept.fields["reasons"], kept.other, kept.revision) == ("One two three", None, 3)


def test_two_windows_of_one_ruling_keep_both_texts_and_show_them(  # row 85
    held, arbitrator, type_in, signed_in
):
    type_in(arbitrator, "From the first window", window="a")
    answer = type_in(arbitrator, "From the second window", window="b")

    assert answer.status_code == 409
    assert "Both texts are kept" in answer.json()["reason"]
    shown = page(signed_in(arbitrator), held)
    text = shown.content.decode()
    assert shown.context["ruling_form"]["reasons"].value() == "From the first window"
    assert "From the first window" in text
    assert "From the second window" in text


@pytest.mark.parametrize(
    ("choice", "words"), [("take", "From the second window"), ("leave", "From the first window")]
)
def test_one_of_two_texts_is_chosen_and_the_notice_goes(
    held, arbitrator, type_in, signed_in, choice, words
):
    type_in(arbitrator, "From the first window", window="a")
    type_in(arbitrator, "From the second window", window="b")

    client = signed_in(arbitrator)
    choose(client, held, **{choice: "other"})

    shown = page(client, held)
    assert shown.context["ruling_form"]["reasons"].value() == words
    assert shown.context["writing"].beside == []


def test_a_page_that_was_loaded_later_goes_on_where_the_first_one_stopped(
    held, arbitrator, type_in, signed_in
):
    type_in(arbitrator, "One", window="a")
    now_shown = page(signed_in(arbitrator), held).context["writing"].revision

    answer = type_in(arbitrator, "One two", window="b", revision=str(now_shown))

    assert answer.status_code == 200
    assert Draft.objects.get().fields["reasons"] == "One two"


def test_the_next_holder_is_offered_what_the_one_before_wrote(
    held, arbitrator, other_arbitrator, supervisor, type_in, signed_in
):
    type_in(arbitrator, "Written by the first", window="a")
    case = Case.objects.get(pk=held.pk)
    reassign(case, by=supervisor, to=other_arbitrator, reason="Ill", now=timezone.now())
    client = signed_in(other_arbitrator)

    shown = page(client, held)
    [left] = shown.context["writing"].beside
    assert left.author == str(arbitrator)
    assert "Written by the first" in shown.content.decode()
    assert shown.context["ruling_form"]["reasons"].value() in (None, "")

    choose(client, held, take=left.key)
    shown = page(client, held)
    assert shown.context["ruling_form"]["reasons"].value() == "Written by the first"
    assert shown.context["writing"].beside == []
    assert Draft.objects.get(author=arbitrator).fields["reasons"] == "Written by the first"


def test_what_the_one_before_wrote_can_be_left(
    held, arbitrator, other_arbitrator, supervisor, type_in, signed_in
):
    type_in(arbitrator, "Written by the first", window="a")
    case = Case.objects.get(pk=held.pk)
    reassign(case, by=supervisor, to=other_arbitrator, reason="Ill", now=timezone.now())
    client = signed_in(other_arbitrator)
    [left] = page(client, held).context["writing"].beside

    choose(client, held, leave=left.key)

    shown = page(client, held)
    assert shown.context["writing"].beside == []
    assert shown.context["ruling_form"]["reasons"].value() in (None, "")


@pytest.mark.parametrize("text", ["", "0", "other", "99999999", "1e3", "x"])
def test_choosing_what_is_not_there_changes_nothing(held, arbitrator, signed_in, now, text):
    save_draft(held, by=arbitrator, draft={"reasons": "Mine"}, now=now)

    answer = choose(signed_in(arbitrator), held, take=text)

    assert answer.status_code == 302
    assert Draft.objects.get().fields == {"reasons": "Mine"}


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(held, client):  # row 86
    sent_from = reverse("case", args=[held.reference])

    answer = client.post(
        reverse("ruling_preview", args=[held.reference]),
        {"reasons": "…"},
        headers={"Referer": f"http://testserver{sent_from}"},
    )
    foreign = client.post(
        reverse("ruling_preview", args=[held.reference]),
        headers={"Referer": "http://elsewhere.test/cases/"},
    )

    assert answer["Location"] == f"{reverse('login')}?next={sent_from}"
    assert foreign["Location"] == f"{reverse('login')}?next={reverse('home')}"
