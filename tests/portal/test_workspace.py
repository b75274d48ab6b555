"""The desk's case page and the address steps are posted to."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.lifecycle import State
from cases.models import Case, Shop
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit, Message, Viewing
from portal.casefile import pieces

RULING = {
    "outcome": "part",
    "remedies": ["RM-PART"],
    "amount": "100",
    "freight": "FR-M",
    "freight_reason": "商家包装不当。",
    "finding_1": "杯子破碎。",
    "rule_1": "L-01",
    "citations_1": "E-01",
    "reasons": "照片可见破碎。",
    "internal_note": "只给同事看",
    "without": "E-01",  # nobody opens the photo in these tests
}
QUERIES = 24  # of a case's page


@pytest.fixture
def photo(tmp_path) -> bytes:
    path = tmp_path / "photo.png"
    Image.new("RGB", (80, 60), "teal").save(path)
    return path.read_bytes()


@pytest.fixture
def held(case_in, buyer, photo):
    now = timezone.now()
    case = case_in(State.REVIEWING, now=now - timedelta(hours=1))
    submit_exhibit(case, Submission(photo, "cup.png"), by=buyer, now=now)
    return case


def act(case, step):
    return reverse("act", args=[case.reference, step])


def test_the_case_page_shows_claim_answer_rule_and_what_the_clock_says(held, arbitrator, signed_in):
    page = signed_in(arbitrator).get(reverse("case", args=[held.reference])).content.decode()

    assert held.statement in page
    assert held.answer in page
    assert "L-01" in page
    assert 'data-state="ok"' in page


def test_the_number_of_queries_does_not_grow_with_the_evidence(
    held, arbitrator, signed_in, django_assert_num_queries
):
    """Counted with one photo, and with 60 and 2,000 messages."""
    client = signed_in(arbitrator)
    address = reverse("case", args=[held.reference])
    with django_assert_num_queries(QUERIES):
        client.get(address)
    first = held.exhibits.get()
    more = {
        name: getattr(first, name) for name in ("side", "kind", "status", "original", "preview")
    }
    kept = {"case": held, "received_at": first.received_at, "thumbnail": first.thumbnail, "size": 1}
    numbers = range(2, 61)
    Exhibit.objects.bulk_create(
        Exhibit(**more, **kept, number=number, sha256=f"{number:064d}", name=f"{number}.png")
        for number in numbers
    )
    log = {"kind": "chat_log", "name": "a.txt", "number": 61, "sha256": "0" * 64, "thumbnail": ""}
    log = Exhibit.objects.create(**(more | kept | log))
    Message.objects.bulk_create(
        Message(
            case=held,
            exhibit=log,
            number=number,
            side=("buyer", "merchant")[number % 2],
            sender="林小满",
            sent_at=first.received_at - timedelta(minutes=2001 - number),
            text=f"第{number}句",
        )
        for number in range(1, 2001)
    )

    with django_assert_num_queries(QUERIES):
        page = client.get(address)

    assert (page.context["file"].photos, page.context["file"].messages) == (60, 2000)


def test_the_button_says_that_a_second_person_comes_next_where_the_case_asks_for_one(
    held, arbitrator, signed_in
):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"
    alone, both = ">Preview the ruling</span>", ">Preview, then send for approval</span>"

    page = client.get(reverse("case", args=[held.reference])).content.decode()
    assert alone in page
    assert both not in page

    Shop.objects.filter(pk=held.shop_id).update(is_self_operated=True)
    page = client.get(reverse("case", args=[held.reference])).content.decode()
    assert both in page
    assert alone not in page


def test_a_ruling_is_issued_as_it_was_previewed(held, arbitrator, signed_in):
    client = signed_in(arbitrator)

    preview = client.post(reverse("ruling_preview", args=[held.reference]), RULING)
    issued = client.post(act(held, "issue"), RULING)

    assert "¥100.00" in preview.content.decode()
    assert "只给同事看" not in preview.content.decode().replace('value="只给同事看"', "")
    assert issued.status_code == 302
    case = Case.objects.get(pk=held.pk)
    assert case.state == State.RULED
    assert case.rulings.get().internal_note == "只给同事看"
    assert list(case.events.values_list("name", flat=True))[-1] == "issue"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"citations_1": ""}, "cites no exhibit"),
        ({"citations_1": "E-09"}, "There is no E-09"),
        ({"amount": "1e3"}, "at most two decimals"),
        ({"amount": "９９９９９"}, "between ¥0.00 and"),
        ({"remedies": ["RM-3X"]}, "do not allow this remedy"),
        ({"outcome": "none"}, "gives nothing back"),
        ({"reasons": "  "}, "reasons in words"),
        ({"finding_1": "", "citations_1": ""}, "at least one finding"),
    ],
)
def test_what_stands_in_the_way_is_said_and_what_was_typed_is_kept(
    held, arbitrator, signed_in, change, sentence
):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    answer = client.post(act(held, "issue"), {**RULING, **change})

    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert "照片可见破碎。" in page or "reasons" in change
    assert Case.objects.get(pk=held.pk).state == State.REVIEWING


def test_a_draft_is_kept_on_the_server_and_only_for_the_holder(
    held, arbitrator, other_arbitrator, signed_in
):
    address = reverse("ruling_draft", args=[held.reference])

    kept = signed_in(arbitrator).post(address, {"reasons": "写到一半"})
    stranger = signed_in(other_arbitrator).post(
        address, {"reasons": "别人的"}, headers={"Accept": "application/json"}
    )

    assert kept.status_code == 200
    assert stranger.status_code == 409
    assert held.drafts.get().fields["reasons"] == "写到一半"


def test_a_draft_is_kept_in_what_any_database_can_hold(held, arbitrator, signed_in):  # row 81
    typed = {"reasons": "a\0b", "remedies": ["RM-\0PART"] * 500, "citations_1": "\0"}

    answer = signed_in(arbitrator).post(reverse("ruling_draft", args=[held.reference]), typed)

    draft = held.drafts.get().fields
    assert answer.status_code == 200
    assert (draft["reasons"], draft["citations_1"]) == ("ab", "")
    assert set(draft["remedies"]) == {"RM-PART"}
    assert len(draft["remedies"]) < 500


def test_a_lost_claim_names_who_was_faster(case_in, arbitrator, other_arbitrator, signed_in):
    case = case_in(State.QUEUED)
    signed_in(other_arbitrator).post(act(case, "claim"))

    answer = signed_in(arbitrator).post(act(case, "claim"))

    assert answer.status_code == 409
    assert str(other_arbitrator) in answer.content.decode()
    assert Case.objects.get(pk=case.pk).holder == other_arbitrator


def test_a_step_sent_without_what_it_needs_comes_back_and_changes_nothing(
    held, arbitrator, signed_in
):
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    answer = client.post(act(held, "propose"))

    assert answer.status_code == 400
    assert "Choose what is offered." in answer.content.decode()
    assert Case.objects.get(pk=held.pk).state == State.REVIEWING


def test_an_unknown_step_is_not_there(held, arbitrator, signed_in):
    assert signed_in(arbitrator).post(act(held, "abolish")).status_code == 404


def test_fields_nobody_asked_for_change_nothing(held, arbitrator, signed_in):
    signed_in(arbitrator).post(
        act(held, "release"),
        {"reason": "", "state": "closed", "holder": "1", "due_at": "2099-01-01", "is_staff": "1"},
    )

    case = Case.objects.get(pk=held.pk)
    assert (case.state, case.holder) == (State.REVIEWING, arbitrator)


def test_looking_at_a_photo_is_remembered_for_the_ticks(held, arbitrator, signed_in):
    client = signed_in(arbitrator)

    client.get(reverse("exhibit_preview", args=[held.reference, 1]))
    client.get(reverse("exhibit_preview", args=[held.reference, 1]))

    assert [viewing.user for viewing in Viewing.objects.all()] == [arbitrator]
    assert "data-viewed" in client.get(reverse("case", args=[held.reference])).content.decode()


@pytest.mark.parametrize(
    ("text", "find", "found"),
    [
        ("Broken CUP", "cup", [("Broken ", False), ("CUP", True)]),
        ("Straße, cup", "cup", [("Straße, ", False), ("cup", True)]),
        ("a.b", ".", [("a", False), (".", True), ("b", False)]),
        ("", "cup", [("", False)]),
    ],
)
def test_a_search_marks_exactly_what_it_found(text, find, found):
    assert pieces(text, find) == found


def test_a_search_for_what_is_everywhere_takes_no_time():
    began = monotonic()

    assert len(pieces("ab" * 200_000, "a")) == 400_000
    assert monotonic() - began < 2


def test_the_meters_of_both_sides_stand_in_the_facts_and_never_in_the_way(
    held, buyer, arbitrator, signed_in, photo
):
    shown = Submission(photo + b"0", "whole.png", evidence_type="E-PHOTO-WHOLE")
    label = submit_exhibit(held, shown, by=buyer, now=timezone.now()).exhibit.label
    unseen = {"without": f"E-01 {label}"}
    client = signed_in(arbitrator)
    client.cookies["django_language"] = "en"

    text = client.get(reverse("case", args=[held.reference])).content.decode()
    preview = client.post(reverse("ruling_preview", args=[held.reference]), RULING | unseen)

    meters = text[text.index('id="meters"') :]
    assert "1 of 3 here" in meters
    assert f'<a class="cite" href="#{label}">{label}</a>' in meters
    assert "bears the burden of proof" in meters
    assert "Ruled without:" in text
    assert preview.status_code == 200
