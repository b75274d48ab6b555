"""The ruling on paper: the same sheet for everybody who may read it, and nothing on it that is not public."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cases import actions
from cases.actions import Finding
from cases.lifecycle import State
from cases.models import Case, Ruling
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit, Message
from portal.paper import paper_of
from portal.templatetags.portal import BEIJING
from tests.factories import HOLD, draft
from tests.portal.test_exhibits import CHAT, photo

NOTE = "The buyer wrote politely."


def page(case):
    return reverse("ruling", args=[case.reference])


@pytest.fixture
def evidence(case_in, buyer):
    """A case under review with two photos and a chat log on file."""
    now = timezone.now()
    case = case_in(State.REVIEWING, now=now)
    for content, name in (
        (photo(), "杯子.jpg"),
        (photo("red"), "box.jpg"),
        (CHAT.encode(), "chat.txt"),
    ):
        submit_exhibit(case, Submission(content, name, is_confirmed=True), by=buyer, now=now)
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def written():
    return draft(
        findings=(
            Finding("One of two cups arrived broken.", "L-01", ("E-01", "C-1")),
            Finding("The box was <b>intact</b>.", "L-01", ("C-2",)),
        )
    )


@pytest.fixture
def ruled(evidence, arbitrator, written):
    actions.issue_ruling(evidence, by=arbitrator, draft=written, now=timezone.now() - HOLD)
    return Case.objects.get(pk=evidence.pk)


@pytest.fixture
def read(signed_in):
    def read_as(person, case, **query):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client.get(page(case), query)

    return read_as


@pytest.mark.parametrize(
    "reader",
    ["buyer", "merchant", "arbitrator", "senior", "supervisor", "auditor", "penalty_officer"],
)
def test_everybody_who_may_read_it_reads_the_same_sheet(ruled, read, request, reader):
    text = read(request.getfixturevalue(reader), ruled).content.decode()

    ruling = ruled.rulings.get()
    for words in (
        ruled.reference,
        ruling.verification_code,
        ruling.reasons,
        "One of two cups arrived broken.",
        "The buyer gets ¥150.00 back.",
        'Rule <a href="/rules/1/#L-01"><b>L-01</b></a>',
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("reader", "reads_it"), [("buyer", False), ("merchant", False), ("senior", True)]
)
def test_the_internal_note_is_for_the_staff_alone(ruled, read, request, reader, reads_it):
    assert (NOTE in read(request.getfixturevalue(reader), ruled).content.decode()) is reads_it


def test_citations_lead_to_what_they_name(ruled, read, buyer):
    text = read(buyer, ruled).content.decode()

    log = reverse("exhibit_preview", args=[ruled.reference, 3])
    assert f'href="{reverse("exhibit_preview", args=[ruled.reference, 1])}">E-01</a>' in text
    assert f'href="{log}#C-1">C-1</a>' in text


def test_only_cited_photos_are_figures_each_with_the_start_of_its_hash(ruled, read, merchant):
    response = read(merchant, ruled)

    [figure] = response.context["paper"].figures
    exhibit = Exhibit.objects.get(case=ruled, number=1)
    assert figure.label == "E-01"
    assert exhibit.sha256.startswith(figure.hash_prefix)
    assert figure.hash_prefix in response.content.decode()


def test_what_was_written_is_shown_as_text(ruled, read, buyer):
    text = read(buyer, ruled).content.decode()

    assert "The box was &lt;b&gt;intact&lt;/b&gt;." in text


def test_what_the_reader_may_not_open_is_named_but_no_link(evidence, written):
    paper = paper_of(evidence, written, exhibits=[], messages=Message.objects.filter(case=evidence))

    assert [(cite.label, cite.url) for cite in paper.findings[0].citations] == [
        ("E-01", ""),
        ("C-1", ""),
    ]
    assert paper.figures == ()


def test_a_draft_reads_like_the_ruling_it_becomes_but_bears_no_code(evidence, arbitrator, written):
    on_file = {
        "exhibits": list(Exhibit.objects.filter(case=evidence)),
        "messages": list(Message.objects.filter(case=evidence)),
    }

    before = paper_of(evidence, written, **on_file)
    ruling = actions.issue_ruling(evidence, by=arbitrator, draft=written, now=timezone.now())
    after = paper_of(evidence, ruling, **on_file)

    assert (before.is_draft, before.verification_code, before.issued_at) == (True, "", None)
    assert (after.is_draft, after.verification_code) == (False, ruling.verification_code)
    for part in (
        "outcome_label",
        "remedies",
        "amount",
        "freight",
        "findings",
        "reasons",
        "figures",
    ):
        assert getattr(before, part) == getattr(after, part), part


def test_it_says_when_the_merchant_never_answered(case_in, read, buyer):
    case = case_in(State.RULED, now=timezone.now(), silent=True)

    assert "The merchant did not answer in time" in read(buyer, case).content.decode()


def test_facts_and_pages_are_numbered_and_times_bear_their_year(ruled, read, buyer):
    text = read(buyer, ruled).content.decode()
    local = ruled.rulings.get().issued_at.astimezone(BEIJING)

    assert '<dl class="facts numbered">' in text
    assert f">{local.day} {local:%b %Y %H:%M}</time>" in text
    style = (settings.BASE_DIR / "portal/static/portal/print.css").read_text()
    assert 'counter(page) " / " counter(pages)' in style


def test_names_are_shortened_on_paper(ruled, read, buyer, merchant, arbitrator):
    text = read(merchant, ruled).content.decode()

    assert buyer.masked_name in text
    assert buyer.display_name not in text
    assert arbitrator.display_name not in text


def test_the_latest_version_is_read_unless_another_is_asked_for(ruled, read, buyer):
    first = ruled.rulings.get()
    Ruling.objects.create(
        **{
            field.attname: getattr(first, field.attname)
            for field in Ruling._meta.concrete_fields
            if field.name not in ("id", "version", "reasons", "amount", "issued_at", "told_at")
        },
        version=2,
        reasons="Corrected.",
        amount=Decimal("160.00"),
        issued_at=first.told_at,
        told_at=first.told_at,
    )

    assert "Corrected." in read(buyer, ruled).content.decode()
    earlier = read(buyer, ruled, version="1").content.decode()
    assert first.reasons in earlier
    assert '<p class="note soon">' in earlier  # on paper too; only its link is not
    assert "This is an earlier version." in earlier


@pytest.mark.parametrize("version", ["0", "7", "one", "1 OR 1=1", "\x00"])
def test_a_version_that_never_was_is_not_found(ruled, read, buyer, version):
    assert read(buyer, ruled, version=version).status_code == 404


def test_without_a_ruling_there_is_no_sheet(evidence, read, arbitrator):
    assert read(arbitrator, evidence).status_code == 404


@pytest.mark.parametrize(
    ("reader", "status"),
    [
        ("rival_buyer", 404),
        ("rival_merchant", 404),
        ("other_arbitrator", 403),
        ("administrator", 403),
    ],
)
def test_strangers_do_not_read_it(ruled, read, request, reader, status):
    assert read(request.getfixturevalue(reader), ruled).status_code == status


def test_it_is_kept_by_no_cache(ruled, read, buyer):
    assert read(buyer, ruled)["Cache-Control"] == "no-store"
