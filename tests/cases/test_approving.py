"""The second look: which rulings need it, who gives it, and to exactly which text."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation
from django_fsm import ConcurrentTransition

from accounts.models import Role, User
from cases import docket, sweep
from cases.actions import (
    Finding,
    Refused,
    Stale,
    approve,
    choose_draft,
    claim,
    issue_ruling,
    left_behind,
    note_exhibit,
    obstacles,
    release,
    retract,
    save_draft,
    send_back,
    submit_for_approval,
    take_over,
    withdraw,
)
from cases.actions.obstacles import second_look
from cases.docket import append
from cases.lifecycle import State
from cases.models import Case, Notice, Ruling
from cases.proceedings import Draft, Recusal
from tests.factories import HOLD, draft, make_person, make_shop

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def clocks(case: Case) -> list[tuple[str, str]]:
    rows = case.deadlines.open().order_by("kind", "party")
    return list(rows.values_list("kind", "party"))


@pytest.fixture
def submitted(case_in, arbitrator, now):
    case = case_in(State.REVIEWING)
    return submit_for_approval(case, by=arbitrator, draft=draft(), now=now)


# --- Which rulings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "reasons"), [("500.00", 0), ("500.01", 1)])
def test_above_the_threshold_whoever_writes_it_sends_it_for_approval(
    case_in, arbitrator, senior, now, amount, reasons
):
    large = draft(amount=Decimal(amount))
    for author in (arbitrator, senior):
        case = case_in(State.REVIEWING, holder=author, paid=Decimal(900))
        assert obstacles(case, large) == []
        assert len(second_look(case, large)) == reasons
        if reasons:
            with pytest.raises(Refused, match="second person"):
                issue_ruling(case, by=author, draft=large, now=now)
            assert submit_for_approval(case, by=author, draft=large, now=now).author == author
        else:
            issue_ruling(case, by=author, draft=large, now=now)


def test_some_rules_the_platforms_own_shop_and_a_photo_used_before_want_two_people(
    case_in, merchant, arbitrator, now
):
    own = make_shop("自营店", merchant, is_self_operated=True)
    counterfeit = case_in(State.REVIEWING, category="counterfeit")
    self_operated = case_in(State.REVIEWING, shop=own)
    plain, marked = case_in(State.REVIEWING), case_in(State.REVIEWING)
    mark = {"label": "E-01", "other": "E-03", "other_case": "AC-2026-000001"}
    append(marked, "match_confirmed", actor=arbitrator, at=now, **mark)
    cited = draft(findings=(Finding("Not the brand's.", "C-01", ("E-01",)),))

    assert second_look(plain, draft()) == []
    sent_back = draft(remedies=("RM-RETURN",))
    assert second_look(counterfeit, sent_back) == ["Rule C-01 asks for two people."]
    assert second_look(plain, cited) == ["Rule C-01 asks for two people."]
    assert ["own" in each for each in second_look(self_operated, draft())] == [True]
    assert ["E-01" in each for each in second_look(marked, draft())] == [True]

    beside = draft(
        outcome="full",
        remedies=("RM-COMP",),
        amount=Decimal("300.00"),
        findings=(*draft().findings, Finding("Nobody answered her.", "S-01", ("E-01",))),
    )
    assert obstacles(plain, beside) == []
    assert ["not the case's own" in each for each in second_look(plain, beside)] == [True]

    append(marked, "match_coincidence", actor=arbitrator, at=now, **mark)
    assert second_look(marked, draft()) == []


# --- Letting it go out -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["senior", "supervisor"])
def test_a_second_person_lets_the_exact_text_go_out(submitted, request, arbitrator, who, now):
    case, second = fresh(submitted.case), request.getfixturevalue(who)

    ruling = approve(case, by=second, content=submitted.content_hash, now=now + HOUR)

    stored = fresh(case)
    assert (stored.state, stored.told_at) == (State.RULED, now + HOUR + HOLD)
    assert (ruling.author, ruling.approved_by) == (arbitrator, second)
    assert ruling.content_hash == submitted.content_hash
    assert {kind for kind, _party in clocks(stored)} == {"appeal_window"}
    assert stored.submissions.get().outcome == "approved"
    line = stored.events.last()
    assert (line.name, line.actor, line.facts["author"]) == ("approve", second, arbitrator.pk)
    assert Notice.objects.filter(name="approved", user=arbitrator).count() == 1
    assert next(docket.verify([stored]))[2] is None


@pytest.mark.parametrize(
    "who", ["arbitrator", "other_arbitrator", "auditor", "penalty_officer", "buyer", "merchant"]
)
def test_nobody_else_approves_and_the_author_never(submitted, request, who, now):
    person, content = request.getfixturevalue(who), submitted.content_hash

    with pytest.raises(PermissionDenied):
        approve(fresh(submitted.case), by=person, content=content, now=now)
    with pytest.raises(PermissionDenied):
        send_back(fresh(submitted.case), by=person, comments="No", now=now)
    with pytest.raises(PermissionDenied):
        take_over(fresh(submitted.case), by=person, now=now)

    assert fresh(submitted.case).state == State.AWAITING_APPROVAL


def test_a_senior_does_not_approve_what_they_wrote(case_in, senior, now):
    case = case_in(State.REVIEWING, holder=senior)
    sent = submit_for_approval(case, by=senior, draft=draft(), now=now)

    with pytest.raises(PermissionDenied):
        approve(fresh(case), by=senior, content=sent.content_hash, now=now)


@pytest.mark.parametrize("change", [{"role": Role.ARBITRATOR}, {"is_active": False}])
def test_whoever_lost_the_role_between_reading_and_pressing_does_not_approve(
    submitted, senior, now, change
):
    User.objects.filter(pk=senior.pk).update(**change)  # `senior` was read before

    with pytest.raises(PermissionDenied):
        approve(fresh(submitted.case), by=senior, content=submitted.content_hash, now=now)


def test_whoever_is_close_to_a_party_does_not_approve(submitted, senior, now):
    case = fresh(submitted.case)
    Recusal.objects.create(case=case, user=senior, reason="conflict", declared_at=now)

    with pytest.raises(Refused, match="too close"):
        approve(case, by=senior, content=submitted.content_hash, now=now)


def test_another_text_is_not_approved(submitted, senior, now):
    with pytest.raises(Stale, match="text has changed"):
        approve(fresh(submitted.case), by=senior, content="0" * 64, now=now)


def test_what_was_read_before_its_author_wrote_on_is_not_approved(
    submitted, arbitrator, senior, now
):
    case = submitted.case
    retract(fresh(case), by=arbitrator, now=now + SECOND)
    changed = draft(reasons="Both cups are broken.")
    second = submit_for_approval(fresh(case), by=arbitrator, draft=changed, now=now + HOUR)

    with pytest.raises(Stale):
        approve(fresh(case), by=senior, content=submitted.content_hash, now=now + HOUR)
    assert not Ruling.objects.exists()

    approve(fresh(case), by=senior, content=second.content_hash, now=now + HOUR)
    assert Ruling.objects.get().reasons == "Both cups are broken."


def test_an_approval_lapses_when_evidence_comes_in(submitted, senior, buyer, now):
    note_exhibit(
        fresh(submitted.case),
        by=buyer,
        side="buyer",
        label="E-01",
        kind="photo",
        sha256="0" * 64,
        status="accepted",
        now=now,
    )

    with pytest.raises(Stale, match="come in"):
        approve(fresh(submitted.case), by=senior, content=submitted.content_hash, now=now)
    assert fresh(submitted.case).state == State.AWAITING_APPROVAL


@pytest.mark.parametrize("name", ["open_original", "unmask", "flag_late", "export_case"])
def test_reading_and_waiting_let_no_approval_lapse(submitted, senior, now, name):
    append(fresh(submitted.case), name, actor=senior, at=now, label="E-01")

    approve(fresh(submitted.case), by=senior, content=submitted.content_hash, now=now)

    assert fresh(submitted.case).state == State.RULED


def test_nothing_is_approved_beyond_what_is_left_of_the_price(submitted, senior, now):
    Case.objects.filter(pk=submitted.case.pk).update(refunded=Decimal(200))

    with pytest.raises(Refused):
        approve(fresh(submitted.case), by=senior, content=submitted.content_hash, now=now)


def test_two_seniors_at_once_approve_it_once(submitted, senior, now):
    read = [fresh(submitted.case), fresh(submitted.case)]
    other = make_person(Role.SENIOR, "another_senior")
    approve(read[0], by=senior, content=submitted.content_hash, now=now)

    with pytest.raises(ConcurrentTransition):
        approve(read[1], by=other, content=submitted.content_hash, now=now)
    with pytest.raises(Refused):
        approve(fresh(submitted.case), by=other, content=submitted.content_hash, now=now)

    assert Ruling.objects.count() == 1


# --- Not letting it go out ---------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["senior", "supervisor"])
def test_a_return_with_words_gives_it_back_to_its_author(submitted, request, arbitrator, who, now):
    second = request.getfixturevalue(who)
    with pytest.raises(Refused):
        send_back(fresh(submitted.case), by=second, comments=" ", now=now)

    send_back(fresh(submitted.case), by=second, comments="Cite the photo", now=now)

    stored = fresh(submitted.case)
    assert (stored.state, stored.holder) == (State.REVIEWING, arbitrator)
    assert clocks(stored) == [("ruling_target", "platform")]
    sent = stored.submissions.get()
    assert (sent.outcome, sent.decided_by, sent.comments) == ("returned", second, "Cite the photo")
    assert Notice.objects.filter(case=stored, name="send_back", user=arbitrator).count() == 1


def test_a_senior_who_takes_it_over_writes_on_and_needs_a_second_person_too(
    submitted, senior, arbitrator, now
):
    kept = {"fields": {"reasons": "So far."}, "saved_at": now}
    Draft.objects.update_or_create(case=submitted.case, author=arbitrator, defaults=kept)

    take_over(fresh(submitted.case), by=senior, now=now)

    stored = fresh(submitted.case)
    assert (stored.state, stored.holder) == (State.REVIEWING, senior)
    assert Draft.objects.get(case=stored, author=senior).fields == {"reasons": "So far."}
    assert stored.submissions.get().outcome == "taken_over"
    assert Notice.objects.filter(case=stored, name="take_over", user=arbitrator).count() == 1
    sent = submit_for_approval(stored, by=senior, draft=draft(), now=now)
    with pytest.raises(PermissionDenied):
        approve(fresh(stored), by=senior, content=sent.content_hash, now=now)


def test_who_wrote_it_first_does_not_approve_it_after_a_colleague_took_it_over(
    case_in, senior, now
):
    case, other = case_in(State.REVIEWING, holder=senior), make_person(Role.SENIOR, "other_senior")
    submit_for_approval(case, by=senior, draft=draft(), now=now)
    take_over(fresh(case), by=other, now=now)
    sent = submit_for_approval(fresh(case), by=other, draft=draft(), now=now)

    with pytest.raises(Refused, match="wrote on this ruling"):
        approve(fresh(case), by=senior, content=sent.content_hash, now=now)

    assert not Ruling.objects.exists()


def test_who_left_a_draft_behind_does_not_approve_what_came_of_it(case_in, senior, now):
    case, other = case_in(State.REVIEWING, holder=senior), make_person(Role.SENIOR, "other_senior")
    save_draft(case, by=senior, draft={"reasons": "So far."}, now=now)
    release(fresh(case), by=senior, reason="capacity", now=now)
    claim(fresh(case), by=other, now=now)
    left = left_behind(fresh(case), other).get()
    choose_draft(fresh(case), by=other, text=str(left.pk), take=True, now=now)
    sent = submit_for_approval(fresh(case), by=other, draft=draft(), now=now)

    with pytest.raises(Refused, match="wrote on this ruling"):
        approve(fresh(case), by=senior, content=sent.content_hash, now=now)


def test_a_note_or_points_written_meanwhile_are_not_approved_with_the_text_that_stayed(
    submitted, arbitrator, senior, now
):
    retract(fresh(submitted.case), by=arbitrator, now=now)
    other = draft(internal_note="Read by nobody.")
    second = submit_for_approval(fresh(submitted.case), by=arbitrator, draft=other, now=now)
    assert second.content_hash == submitted.content_hash

    with pytest.raises(Stale):
        approve(
            fresh(submitted.case),
            by=senior,
            content=submitted.content_hash,
            sent=submitted.pk,
            now=now,
        )

    assert not Ruling.objects.exists()


def test_a_supervisor_holds_no_cases(submitted, supervisor, now):
    with pytest.raises(PermissionDenied):
        take_over(fresh(submitted.case), by=supervisor, now=now)


def test_its_author_takes_it_back_while_nobody_has_decided(submitted, arbitrator, senior, now):
    retract(fresh(submitted.case), by=arbitrator, now=now + HOUR)

    stored = fresh(submitted.case)
    assert (stored.state, clocks(stored)) == (State.REVIEWING, [("ruling_target", "platform")])
    assert stored.submissions.get().outcome == "retracted"
    assert stored.deadlines.get(kind="approval").outcome == "cancelled"
    with pytest.raises(Refused, match="any more"):
        approve(stored, by=senior, content=submitted.content_hash, now=now)


@pytest.mark.parametrize("who", ["other_arbitrator", "senior", "supervisor", "buyer"])
def test_nobody_else_takes_it_back(submitted, request, who, now):
    with pytest.raises(PermissionDenied):
        retract(fresh(submitted.case), by=request.getfixturevalue(who), now=now)


def test_a_case_withdrawn_meanwhile_is_not_approved(submitted, buyer, senior, now):
    withdraw(fresh(submitted.case), by=buyer, reason="settled", now=now)

    with pytest.raises(Refused):
        approve(fresh(submitted.case), by=senior, content=submitted.content_hash, now=now)

    assert not Ruling.objects.exists()


# --- When nobody looks -------------------------------------------------------------------------------


def test_an_approval_that_takes_too_long_climbs_the_ladder_and_stays_for_anybody_to_give(
    submitted, senior, supervisor
):
    row = submitted.case.deadlines.open().get(kind="approval")
    for _rung in range(4):
        assert sweep.run(submitted.case.deadlines.get(pk=row.pk).rung_at)["climbed"] >= 1

    stored = fresh(submitted.case)
    assert stored.state == State.AWAITING_APPROVAL
    assert Notice.objects.filter(case=stored, name="flag_late", user=supervisor).exists()
    approve(stored, by=senior, content=submitted.content_hash, now=row.due_at + 9 * HOUR)
    assert fresh(stored).state == State.RULED
