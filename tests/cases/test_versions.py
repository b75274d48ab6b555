"""Versions of the rulebook written in the portal: drafted, published by a second person, in force from an instant."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import translation

from accounts.models import Role
from cases import rulebook, rulebook_text, sweep
from cases.actions import Refused, file_case, request_intervention, withdraw
from cases.actions.publishing import (
    discard_draft,
    edit_draft,
    publish,
    take_draft,
    withdraw_version,
)
from cases.docket import line_hash
from cases.lifecycle import State
from cases.models import Case, Deadline
from cases.rulebook import RulebookError
from cases.rulebook_text import with_rule
from cases.versions import RulebookLine, RulebookVersion, version_in_force
from tests.cases.test_sweep_race import together
from tests.factories import NOW, filing, make_person

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("forgetful")]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def draft(senior):
    return take_draft(by=senior, note="Fresh food needs faster answers.", now=NOW)


def changed(draft, *, by, code="L-01", now=NOW, **fields):
    """The draft as stored after some fields of a rule were edited."""
    edit_draft(
        draft,
        by=by,
        text=with_rule(draft.text, code, fields),
        revision=draft.revision,
        rule=code,
        now=now,
    )
    return RulebookVersion.objects.get(pk=draft.pk)


def published(draft, *, by, at=NOW + DAY, now=NOW):
    publish(draft, by=by, revision=draft.revision, in_force_from=at, reason="Agreed on.", now=now)
    return RulebookVersion.objects.get(pk=draft.pk)


# From draft to publication


def test_a_draft_starts_from_the_version_in_force(draft, senior):
    assert (draft.number, draft.follows, draft.state) == (2, 1, "draft")
    book = rulebook.parse(draft.text, draft.source)
    assert book.version == 2
    assert book.rules == rulebook.load().rules


def test_an_edit_keeps_all_that_it_was_not_about(draft, senior):
    edited = changed(draft, by=senior, response_hours=24)

    assert edited.revision == 2
    before, after = draft.text.splitlines(), edited.text.splitlines()
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [
        ("    response_hours: 48", "    response_hours: 24")
    ]


def test_every_step_leaves_who_when_and_why(draft, senior, supervisor):
    edited = changed(draft, by=senior, now=NOW + SECOND, response_hours=24)
    version = published(edited, by=supervisor, now=NOW + 2 * SECOND)
    withdraw_version(version, by=supervisor, reason="Too soon.", now=NOW + 3 * SECOND)

    lines = list(RulebookLine.objects.order_by("number"))
    assert [(line.name, line.actor, line.at, line.facts) for line in lines] == [
        ("draft", senior, NOW, {"reason": "Fresh food needs faster answers.", "follows": 1}),
        ("edit", senior, NOW + SECOND, {"revision": 2, "rule": "L-01"}),
        (
            "publish",
            supervisor,
            NOW + 2 * SECOND,
            {"reason": "Agreed on.", "in_force_from": (NOW + DAY).isoformat()},
        ),
        ("withdraw", supervisor, NOW + 3 * SECOND, {"reason": "Too soon."}),
    ]
    previous = ""
    for line in lines:
        assert line.previous_hash == previous
        previous = line_hash(
            previous=previous,
            reference="v2.yaml",
            number=line.number,
            at=line.at,
            actor_id=line.actor_id,
            name=line.name,
            from_state="",
            to_state="",
            facts=line.facts,
        )
        assert line.hash == previous


def test_a_draft_asked_for_twice_is_one_draft_until_somebody_writes_in_it(draft, senior):
    again = {"by": senior, "note": "Fresh food needs faster answers.", "now": NOW}

    assert take_draft(**again) == draft
    assert draft.lines.count() == 1

    changed(draft, by=senior, response_hours=24)
    assert take_draft(**again) != draft


def test_only_rule_owners_draft_and_only_supervisors_publish(
    draft, arbitrator, senior, supervisor, auditor, merchant
):
    for person in (arbitrator, supervisor, auditor, merchant):
        with pytest.raises(PermissionDenied):
            take_draft(by=person, note="Mine.", now=NOW)
        with pytest.raises(PermissionDenied):
            changed(draft, by=person, response_hours=24)
    for person in (arbitrator, senior, auditor, merchant):
        with pytest.raises(PermissionDenied):
            published(draft, by=person)
        with pytest.raises(PermissionDenied):
            withdraw_version(draft, by=person, reason="No.", now=NOW)
    assert RulebookVersion.objects.get().state == "draft"


def test_whoever_wrote_on_it_is_no_second_person_in_whatever_office(draft, senior):
    helper = make_person(Role.SENIOR, "helper")
    edited = changed(draft, by=helper, response_hours=24)

    for writer in (senior, helper):
        writer.role = Role.SUPERVISOR
        writer.save()
        with pytest.raises(Refused, match="a second person does"):
            published(edited, by=writer)

    assert RulebookVersion.objects.get().state == "draft"


def test_the_database_knows_no_publication_by_the_drafter(draft, senior):
    with pytest.raises(IntegrityError, match="version_is_published_by_a_second_person"):
        RulebookVersion.objects.update(
            state="published", published_by=senior, published_at=NOW, in_force_from=NOW
        )


def test_a_wrong_text_is_refused_by_its_line_and_the_draft_stays(draft, senior):
    wrong = draft.text.replace("freight: FR-M", "freight: FR-X", 1)
    line = wrong[: wrong.index("freight: FR-X")].count("\n") + 1

    with pytest.raises(RulebookError) as caught:
        edit_draft(draft, by=senior, text=wrong, revision=1, now=NOW)

    assert (caught.value.line, caught.value.sentence) == (
        line,
        "freight names FR-X, which is not known here",
    )
    assert RulebookVersion.objects.get().text == draft.text


def test_a_remedy_the_portal_asks_for_by_name_cannot_be_taken_out(draft, senior):
    lines = [line for line in draft.text.splitlines() if not line.startswith("  RM-REJECT:")]

    with pytest.raises(RulebookError, match="remedies lacks RM-REJECT"):
        edit_draft(draft, by=senior, text="\n".join(lines), revision=1, now=NOW)


def test_of_two_edits_from_the_same_page_the_second_is_told(draft, senior):
    changed(draft, by=senior, response_hours=24)

    with pytest.raises(Refused, match="was changed or published"):
        changed(draft, by=senior, response_hours=12)

    assert "response_hours: 12" not in RulebookVersion.objects.get().text


def test_what_changed_since_it_was_read_is_not_published(draft, senior, supervisor):
    changed(draft, by=senior, response_hours=24)

    with pytest.raises(Refused, match="was changed or published"):
        published(draft, by=supervisor)

    assert RulebookVersion.objects.get().state == "draft"


def test_a_version_does_not_begin_in_the_past_but_may_begin_this_second(draft, supervisor):
    with pytest.raises(Refused, match="has passed"):
        published(draft, by=supervisor, at=NOW - SECOND)

    assert published(draft, by=supervisor, at=NOW).in_force_from == NOW


def test_a_version_begins_after_the_one_it_follows(draft, senior, supervisor):
    published(draft, by=supervisor, at=NOW + 2 * DAY)
    second = take_draft(by=senior, note="More.", now=NOW)
    assert second.follows == 2

    for too_early in (NOW + DAY, NOW + 2 * DAY):
        with pytest.raises(Refused, match="after the version it follows"):
            published(second, by=supervisor, at=too_early)

    assert published(second, by=supervisor, at=NOW + 2 * DAY + SECOND).state == "published"


def test_of_two_drafts_of_the_same_version_only_one_is_published(draft, senior, supervisor):
    rival = take_draft(by=senior, note="Another idea.", now=NOW)
    published(draft, by=supervisor)

    with pytest.raises(Refused, match="no longer the newest"):
        published(rival, by=supervisor, at=NOW + 2 * DAY)

    assert RulebookVersion.objects.get(pk=rival.pk).state == "draft"


def test_a_discarded_draft_is_neither_edited_nor_published(draft, senior, supervisor):
    discard_draft(draft, by=senior, reason="Superseded.", now=NOW)

    with pytest.raises(Refused):
        changed(draft, by=senior, response_hours=24)
    with pytest.raises(Refused):
        published(draft, by=supervisor)
    with pytest.raises(Refused):
        discard_draft(draft, by=senior, reason="Again.", now=NOW)


def test_a_version_is_withdrawn_before_it_begins_and_never_after(draft, senior, supervisor):
    version = published(draft, by=supervisor)

    with pytest.raises(Refused, match="not in force yet"):
        withdraw_version(version, by=supervisor, reason="No.", now=NOW + DAY)
    withdraw_version(version, by=supervisor, reason="No.", now=NOW + DAY - SECOND)

    assert version_in_force(NOW + 2 * DAY) == 1
    replacement = take_draft(by=senior, note="Better.", now=NOW)
    assert (replacement.number, replacement.follows) == (3, 1)
    assert published(replacement, by=supervisor).state == "published"


def test_a_version_that_is_followed_by_another_is_not_withdrawn(draft, senior, supervisor):
    version = published(draft, by=supervisor)
    published(take_draft(by=senior, note="More.", now=NOW), by=supervisor, at=NOW + 2 * DAY)

    with pytest.raises(Refused, match="Another version follows"):
        withdraw_version(version, by=supervisor, reason="No.", now=NOW)


# What is published stays


@pytest.mark.parametrize(
    "change",
    [{"text": "version: 2"}, {"number": 7}, {"in_force_from": NOW}, {"state": "draft"}],
)
def test_a_published_version_cannot_be_changed_by_any_statement(draft, supervisor, change):
    version = published(draft, by=supervisor)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        RulebookVersion.objects.filter(pk=version.pk).update(**change)

    assert RulebookVersion.objects.filter(pk=version.pk).values("text").get()["text"] == (
        version.text
    )


def test_a_line_of_the_history_cannot_be_changed(draft):
    with pytest.raises(DatabaseError, match="only appended"), transaction.atomic():
        RulebookLine.objects.update(name="edit")


@pytest.mark.postgres
def test_neither_versions_nor_lines_can_be_deleted(draft):
    for table in ("cases_rulebookline", "cases_rulebookversion"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")


def test_a_version_once_read_is_not_asked_for_again(draft, supervisor, django_assert_num_queries):
    published(draft, by=supervisor)
    rulebook.load(2)

    with django_assert_num_queries(0):
        assert rulebook.load(2).version == 2


# In force at an instant


def test_a_case_filed_in_the_very_second_a_version_begins_is_judged_by_it(
    draft, senior, supervisor, buyer, shop
):
    begins = NOW + DAY
    published(changed(draft, by=senior, response_hours=24), by=supervisor, at=begins)

    before = file_case(filing(buyer, shop), by=buyer, now=begins - timedelta(microseconds=1))
    at_once = file_case(filing(buyer, shop), by=buyer, now=begins)

    assert (before.rulebook_version, at_once.rulebook_version) == (1, 2)
    assert at_once.events.get(name="file").facts["rulebook"] == 2
    for case in (before, at_once):
        request_intervention(case, by=buyer, now=begins)
    windows = Deadline.objects.filter(kind="merchant_response").order_by("case_id")
    assert [clock.window for clock in windows] == [2 * DAY, DAY]


def test_a_draft_or_a_withdrawn_version_is_never_in_force(draft, supervisor):
    assert version_in_force(NOW + 9 * DAY) == 1
    with pytest.raises(KeyError):
        rulebook.load(2)

    withdraw_version(published(draft, by=supervisor), by=supervisor, reason="No.", now=NOW)

    assert version_in_force(NOW + 9 * DAY) == 1


def test_the_clock_judges_each_case_by_its_own_version(draft, senior, supervisor, buyer, shop):
    """Under version 2 nobody's silence decides a broken parcel; under version 1 it does."""
    published(changed(draft, by=senior, merchant_silent="DEF-FILE"), by=supervisor)
    old, new = (file_case(filing(buyer, shop), by=buyer, now=NOW + n * DAY) for n in (0, 1))
    for case in (old, new):
        request_intervention(case, by=buyer, now=NOW + DAY)

    sweep.run(NOW + 4 * DAY)

    decided = Case.objects.in_bulk([old.pk, new.pk])
    assert decided[old.pk].default_at is not None
    assert decided[new.pk].default_at is None
    assert {case.state for case in decided.values()} == {State.QUEUED}


# A version that is not at hand


def test_a_case_of_a_version_nobody_has_can_be_read_and_does_not_move(case_in, buyer, merchant):
    case = case_in(State.AWAITING_MERCHANT)
    Case.objects.filter(pk=case.pk).update(rulebook_version=99, rule="Z-09", category="moon")
    case = Case.objects.get(pk=case.pk)

    assert case.ruled_by.title.en == "Z-09"
    assert case.book.categories["moon"].title.zh == "moon"
    with pytest.raises(Refused, match="version 99 of the rulebook"):
        withdraw(case, by=buyer, reason="settled", now=NOW)
    sweep.run(NOW + 9 * DAY)

    assert Case.objects.get(pk=case.pk).state == State.AWAITING_MERCHANT
    assert Deadline.objects.get(case=case, kind="merchant_response").failures == 1


def without(text: str, *parts: str) -> str:
    """The text as it was before the portal asked for these: a table, a time, a field of a rule."""
    for part in parts:
        start = text.index(part)
        indent = len(part) - len(part.lstrip("\n "))
        rest = text[start + 1 :].splitlines(keepends=True)
        end = 1
        while rest[end : end + 1] and (
            not rest[end].strip() or len(rest[end]) - len(rest[end].lstrip()) >= indent
        ):
            end += 1
        text = text[: start + 1] + "".join(rest[end:])
    return text


def test_a_version_from_before_a_table_a_time_or_a_field_existed_is_read_as_shipped(
    draft, senior, supervisor
):
    version = published(changed(draft, by=senior, response_hours=24), by=supervisor)
    early = without(version.text, "\nreject_reasons:", "\n  appeal_days:", "\n    freight: FR-M")
    early = early.replace("moves_money: false, ", "", 1)
    with pytest.raises(RulebookError):
        rulebook.parse(early, "early")

    book = rulebook.parse(rulebook_text.completed(early, rulebook.text_of(1)), "early")

    assert book == rulebook.load(2)
    assert rulebook_text.completed(version.text, rulebook.text_of(1)) == version.text


def test_a_rule_that_was_taken_out_stays_out(draft):
    gone = without(draft.text, "\n  X-01:").replace("rule: X-01", "rule: N-01")

    book = rulebook.parse(rulebook_text.completed(gone, rulebook.text_of(1)), "gone")

    assert "X-01" not in book.rules


# Several at once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_publications_at_once_there_is_one(draft, senior, supervisor):
    rival = take_draft(by=senior, note="Another idea.", now=NOW)
    other = make_person(Role.SUPERVISOR, "other_supervisor")

    raised = together(
        lambda: published(draft, by=supervisor),
        lambda: published(draft, by=other),
        lambda: published(rival, by=other, at=NOW + 2 * DAY),
    )

    assert [type(each) for each in raised] == [Refused, Refused]
    assert RulebookVersion.objects.published().count() == 1
    assert RulebookLine.objects.filter(name="publish").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_and_a_follower_at_once_leave_no_follower_of_nothing(
    draft, senior, supervisor
):
    first = published(draft, by=supervisor)
    second = take_draft(by=senior, note="More.", now=NOW)

    raised = together(
        lambda: withdraw_version(first, by=supervisor, reason="No.", now=NOW),
        lambda: published(second, by=supervisor, at=NOW + 2 * DAY),
    )

    assert [type(each) for each in raised] == [Refused]
    states = list(RulebookVersion.objects.order_by("number").values_list("state", flat=True))
    assert states in (["withdrawn", "draft"], ["published", "published"])


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_a_publication_without_a_restart(draft, supervisor, process_env):
    """A process that began before it was published, asked again afterwards."""
    asks = (
        "import django; django.setup()\n"
        "from datetime import datetime\n"
        "from cases import rulebook, versions\n"
        "for line in iter(input, ''):\n"
        "    at = datetime.fromisoformat(line)\n"
        "    number = versions.version_in_force(at)\n"
        "    print(number, rulebook.load(number).version, flush=True)\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", asks],
        env={**os.environ, **process_env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    at = (NOW + DAY).isoformat()

    def ask() -> str:
        other.stdin.write(f"{at}\n")
        other.stdin.flush()
        return other.stdout.readline().strip()

    assert ask() == "1 1"
    published(draft, by=supervisor)
    assert ask() == "2 2"
    assert other.communicate("\n", timeout=20)[1] is None
