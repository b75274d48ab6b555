"""Points from proposal to ledger: who may decide, when they are posted, what they bring, how they go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from accounts.models import Role, ShopMember
from cases import docket, outbox, rulebook, sweep
from cases.actions import (
    Finding,
    Refused,
    accept,
    advance,
    appeal,
    appeal_penalty,
    concede,
    decide_penalty,
    decide_penalty_appeal,
    issue_ruling,
    obstacles,
    overturn,
    posting,
    propose_penalty,
    uphold,
)
from cases.channels import as_json
from cases.ledger import LedgerEntry, Measure, standing
from cases.lifecycle import State
from cases.models import Case, Notice
from cases.points import standing_at, year_of
from cases.proceedings import Penalty
from tests.factories import carry_out, draft, hear, make_person

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
WINDOW = 7 * DAY  # of an appeal, in the rulebook
# Category → its rule, the kind of its points and the most of them.
GENERAL, SERIOUS, COUNTERFEIT = "not_as_described", "false_advertising", "counterfeit"


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def lines(case: Case) -> list[str]:
    return list(case.events.order_by("number").values_list("name", flat=True))


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


@pytest.fixture
def officer(penalty_officer):
    return penalty_officer


@pytest.fixture
def second_officer(db):
    return make_person(Role.PENALTY_OFFICER, "second_officer", "邵宁")


@pytest.fixture
def third_officer(db):
    return make_person(Role.PENALTY_OFFICER, "third_officer", "季平")


@pytest.fixture
def ruled(case_in, arbitrator, senior):
    """A case with a ruling under the rule of that category, held by whoever may rule it."""

    def make(category: str = GENERAL, **facts) -> Case:
        rule = rulebook.load().rule_for(category)
        holder = senior if rule.two_reviewers else arbitrator
        ruling = draft(
            remedies=("RM-RETURN",), findings=(Finding("So it is.", rule.code, ("E-01",)),)
        )
        return case_in(State.RULED, category=category, holder=holder, ruling=ruling, **facts)

    return make


@pytest.fixture
def proposed(ruled, now):
    def make(category: str = GENERAL, points: int = 3, case: Case | None = None) -> Penalty:
        case = case or ruled(category)
        kind = next(iter(case.ruled_by.points))
        return propose_penalty(
            case, by=case.holder, kind=kind, points=points, reason="Not the first time", now=now
        )

    return make


@pytest.fixture
def approved(proposed, officer, second_officer, now):
    def make(category: str = GENERAL, points: int = 3) -> Penalty:
        penalty = proposed(category, points)
        for person in (officer, second_officer):
            if not Penalty.objects.get(pk=penalty.pk).decided_at:
                decide_penalty(penalty, by=person, approves=True, now=now)
        return Penalty.objects.get(pk=penalty.pk)

    return make


@pytest.fixture
def posted(approved, now):
    """Points in the ledger at `now`: their case is executed, nobody appealed."""

    def make(category: str = GENERAL, points: int = 3, at: datetime = now) -> Penalty:
        penalty = approved(category, points)
        advance(fresh(penalty.case), "finalize", by=None, now=at)
        posting.tick(at)
        return Penalty.objects.get(pk=penalty.pk)

    return make


def total(shop, kind="general", at=None) -> int:
    terms = rulebook.load().penalties
    return standing(shop.pk, kind, year=year_of(at or datetime.now(UTC)), kept_from=terms.kept_from)


# --- Separation of powers --------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role.values if role != "penalty_officer"])
def test_no_other_role_decides_about_points(proposed, role, now):
    penalty = proposed()

    with pytest.raises(PermissionDenied):
        decide_penalty(penalty, by=make_person(role, f"some_{role}"), approves=True, now=now)

    assert Penalty.objects.get(pk=penalty.pk).decided_at is None


def test_whoever_decided_the_case_does_not_punish_even_as_an_officer_later(
    proposed, arbitrator, other_arbitrator, now
):
    penalty = proposed()
    arbitrator.role = Role.PENALTY_OFFICER
    arbitrator.save()

    with pytest.raises(PermissionDenied):
        decide_penalty(penalty, by=arbitrator, approves=True, now=now)


def test_an_arbitrator_who_once_held_the_case_does_not_punish_as_an_officer_later(
    proposed, other_arbitrator, now
):
    penalty = proposed()
    with transaction.atomic():
        docket.append(penalty.case, "claim", actor=other_arbitrator, at=now)
    other_arbitrator.role = Role.PENALTY_OFFICER
    other_arbitrator.save()

    with pytest.raises(Refused):
        decide_penalty(penalty, by=other_arbitrator, approves=True, now=now)


def test_somebody_of_the_shop_does_not_punish_it(proposed, officer, shop, now):
    ShopMember.objects.create(shop=shop, user=officer)

    with pytest.raises(Refused):
        decide_penalty(proposed(), by=officer, approves=True, now=now)


def test_a_refusal_says_why(proposed, officer, now):
    penalty = proposed()

    with pytest.raises(Refused):
        decide_penalty(penalty, by=officer, approves=False, reason=" ", now=now)
    decide_penalty(penalty, by=officer, approves=False, reason="A first slip", now=now)

    stored = Penalty.objects.get()
    assert (stored.outcome, stored.remark, stored.decided_by) == (
        "refused",
        "A first slip",
        officer,
    )
    assert lines(penalty.case)[-1] == "penalty_refused"


def test_eleven_points_take_one_officer_and_twelve_take_two(proposed, officer, second_officer, now):
    eleven, twelve = proposed(SERIOUS, 11), proposed(SERIOUS, 12)

    assert decide_penalty(eleven, by=officer, approves=True, now=now) is True
    assert decide_penalty(twelve, by=officer, approves=True, now=now) is False
    with pytest.raises(Refused):
        decide_penalty(twelve, by=officer, approves=True, now=now)
    assert Penalty.objects.get(pk=twelve.pk).outcome == ""
    assert decide_penalty(twelve, by=second_officer, approves=True, now=now) is True

    assert Penalty.objects.get(pk=twelve.pk).outcome == "approved"
    assert lines(twelve.case)[-2:] == ["penalty_seconded", "penalty_approved"]


def test_points_of_a_rule_cited_beside_the_cases_own_can_be_proposed(case_in, arbitrator, now):
    case = case_in(State.REVIEWING, category=GENERAL)
    points = {"kind": "serious", "points": 12, "reason": "It is a fake."}
    own = Finding("It is otherwise.", "D-01", ("E-01",))
    cited = Finding("Nor is it what the page claims.", "D-02", ("E-01",))
    ruling = draft(remedies=("RM-RETURN",), findings=(own,), penalty=points)
    assert [each.field for each in obstacles(case, ruling)] == ["penalty"]

    issue_ruling(case, by=arbitrator, draft=replace(ruling, findings=(own, cited)), now=now)

    penalty = Penalty.objects.get()
    assert (penalty.rule, penalty.kind, penalty.points) == ("D-02", "serious", 12)


def test_twelve_points_in_two_halves_take_two_officers_as_well(
    proposed, officer, second_officer, now
):
    first = proposed(SERIOUS, 6)
    assert decide_penalty(first, by=officer, approves=True, now=now) is True

    second = proposed(SERIOUS, 6, case=fresh(first.case))
    assert decide_penalty(second, by=officer, approves=True, now=now) is False
    assert decide_penalty(second, by=second_officer, approves=True, now=now) is True


def test_the_second_officer_may_still_refuse(proposed, officer, second_officer, now):
    penalty = proposed(SERIOUS, 12)
    decide_penalty(penalty, by=officer, approves=True, now=now)

    decide_penalty(penalty, by=second_officer, approves=False, reason="Too much", now=now)

    assert Penalty.objects.get().outcome == "refused"


def test_nobody_is_expelled_before_the_appeal_is_over(proposed, officer, second_officer, now):
    penalty = proposed(COUNTERFEIT, 48)
    clock = penalty.case.deadlines.open().get(kind="penalty_approval")
    assert clock.is_paused

    with pytest.raises(Refused):
        decide_penalty(penalty, by=officer, approves=True, now=now)
    sweep.run(now + 8 * DAY)

    later = now + 8 * DAY + HOUR
    penalty = Penalty.objects.get(pk=penalty.pk)
    assert decide_penalty(penalty, by=officer, approves=True, now=later) is False
    penalty = Penalty.objects.get(pk=penalty.pk)
    assert decide_penalty(penalty, by=second_officer, approves=True, now=later) is True
    posting.tick(later)
    assert list(Measure.objects.values_list("kind", "until_at")) == [("expulsion", None)]


def test_too_late_by_a_second_is_refused_before_the_clock_has_been_round(proposed, officer):
    penalty = proposed()
    due = penalty.case.deadlines.open().get(kind="penalty_approval").due_at

    with pytest.raises(Refused):
        decide_penalty(penalty, by=officer, approves=True, now=due + SECOND)
    decide_penalty(penalty, by=officer, approves=True, now=due)


def test_points_against_buyers_are_not_put_on_shops(case_in, arbitrator, senior, now):
    case = case_in(
        State.RULED,
        category="buyer_abuse",
        holder=senior,
        ruling=draft(remedies=("RM-COMP",), findings=(Finding("Abuse.", "B-01", ("E-01",)),)),
    )

    with pytest.raises(Refused):
        propose_penalty(case, by=senior, kind="buyer", points=2, reason="…", now=now)


def test_the_officers_who_may_decide_are_reminded(proposed, officer, second_officer, shop):
    penalty = proposed()
    ShopMember.objects.create(shop=shop, user=second_officer, role=ShopMember.Role.OWNER)

    sweep.remind(penalty.case.deadlines.open().get(kind="penalty_approval").remind_at)

    told = Notice.objects.filter(name="reminder", user__role=Role.PENALTY_OFFICER)
    assert [notice.user for notice in told] == [officer]


# --- Posting ---------------------------------------------------------------------------------------


def test_points_are_posted_once_the_time_to_appeal_is_over(approved, shop, now):
    penalty = approved()

    assert sweep.run(now + WINDOW)["penalty_posted"] == 0
    assert sweep.run(now + WINDOW + SECOND)["penalty_posted"] == 1
    assert sweep.run(now + WINDOW + 2 * SECOND)["penalty_posted"] == 0

    entry = LedgerEntry.objects.get()
    assert (entry.shop, entry.case, entry.kind, entry.points, entry.year) == (
        shop,
        penalty.case,
        "general",
        3,
        2026,
    )
    assert Penalty.objects.get().posted_at == now + WINDOW + SECOND
    assert "penalty_posted" in lines(penalty.case)
    assert Notice.objects.filter(name="penalty_posted", shop=shop).count() == 1
    assert whole(penalty.case)


def test_points_wait_for_the_end_of_an_appeal(approved, buyer, senior, now):
    penalty = approved()
    appeal(fresh(penalty.case), by=buyer, ground="new", text="…", now=now + HOUR)

    assert sweep.run(now + 2 * HOUR)["penalty_posted"] == 0
    uphold(hear(penalty.case, now + HOUR), by=senior, reasons="…", now=now + DAY)
    assert sweep.run(now + DAY)["penalty_posted"] == 1


@pytest.mark.parametrize("is_decided", [False, True])
def test_an_overturned_ruling_takes_its_points_with_it(
    proposed, officer, merchant, senior, now, is_decided
):
    penalty = proposed()
    if is_decided:
        decide_penalty(penalty, by=officer, approves=True, now=now)
    appeal(fresh(penalty.case), by=merchant, ground="mistake", text="…", now=now + HOUR)

    other = draft(
        amount=Decimal("120.00"),
        remedies=("RM-RETURN",),
        findings=(Finding("It is otherwise.", "D-01", ("E-01",)),),
    )
    overturn(hear(penalty.case, now + HOUR), by=senior, draft=other, now=now + DAY)
    sweep.run(now + 20 * DAY)

    assert Penalty.objects.get().outcome == "voided"
    assert LedgerEntry.objects.count() == 0
    assert lines(penalty.case).count("penalty_voided") == 1
    assert not penalty.case.deadlines.open().filter(kind="penalty_approval").exists()
    assert whole(penalty.case)


@pytest.mark.parametrize(
    ("outcome", "remedy", "amount", "state"),
    [("part", "RM-RETURN", "120.00", "executing"), ("none", "RM-REJECT", "0.00", "closed")],
)
def test_a_new_ruling_brings_the_points_of_whoever_decided_the_appeal(
    proposed, officer, merchant, senior, shop, now, outcome, remedy, amount, state
):
    first = proposed()
    appeal(fresh(first.case), by=merchant, ground="mistake", text="…", now=now + HOUR)
    other = draft(
        outcome=outcome,
        amount=Decimal(amount),
        remedies=(remedy,),
        findings=(Finding("It is otherwise.", "D-01", ("E-01",)),),
        penalty={"kind": "general", "points": 4, "reason": "The page misleads."},
    )

    overturn(hear(first.case, now + HOUR), by=senior, draft=other, now=now + DAY)
    sweep.run(now + DAY)

    assert fresh(first.case).state == state
    newer = Penalty.objects.exclude(pk=first.pk).get()
    assert (newer.points, newer.proposed_by, newer.outcome) == (4, senior, "")
    assert decide_penalty(newer, by=officer, approves=True, now=now + DAY + HOUR) is True
    sweep.run(now + 2 * DAY)
    assert total(shop, at=now + 2 * DAY) == 4
    assert whole(first.case)


def test_a_proposal_whose_case_has_ended_can_be_decided_and_lapses_in_its_time(
    proposed, officer, merchant, now
):
    first, second = proposed(), proposed()
    for penalty in (first, second):
        advance(fresh(penalty.case), "finalize", by=None, now=now)
        carry_out(penalty.case, by=merchant, now=now)
    due = first.case.deadlines.get(kind="penalty_approval").due_at

    decide_penalty(Penalty.objects.get(pk=first.pk), by=officer, approves=True, now=due)
    assert sweep.run(due)["penalty_lapsed"] == 0
    assert sweep.run(due + SECOND)["penalty_lapsed"] == 1

    assert Penalty.objects.get(pk=first.pk).posted_at == due
    assert Penalty.objects.get(pk=second.pk).outcome == "lapsed"
    assert lines(second.case)[-1] == "penalty_lapsed"
    assert whole(second.case)


# --- Totals and thresholds -------------------------------------------------------------------------


def test_eleven_points_bring_nothing_and_twelve_bring_what_the_rulebook_says(posted, shop, now):
    posted(SERIOUS, 11)
    assert not Measure.objects.exists()

    posted(SERIOUS, 6)

    brought = list(Measure.objects.order_by("kind").values_list("kind", "until_at", "threshold"))
    assert brought == [("demotion", now + 7 * DAY, 12), ("marketing_limit", now + 30 * DAY, 12)]
    told = Notice.objects.filter(name__startswith="measure_", shop=shop)
    assert {(each.name, each.facts["due"]) for each in told} == {
        ("measure_demotion", (now + 7 * DAY).isoformat()),
        ("measure_marketing_limit", (now + 30 * DAY).isoformat()),
    }


def test_a_measure_leaves_as_an_event_under_one_id_until_it_has_arrived(
    posted, shop, now, monkeypatch
):
    """What the platform's other systems act on: kind and end stand apart, the id is the same at each try."""
    arrived, refused = [], []

    class Systems:
        name = "webhook"

        def send(self, message):
            event = as_json(message)
            if event["notices"][0]["name"] == "measure_freeze" and not refused:
                refused.append(event["id"])
                raise ConnectionResetError("in the middle of it")
            arrived.append(event)
            return True

        def close(self):
            pass

    monkeypatch.setattr(outbox, "configured", lambda: [Systems()])
    posted(COUNTERFEIT, 40)

    outbox.relay(now)
    outbox.relay(now + HOUR)
    outbox.relay(now + 2 * HOUR)

    [freeze] = [each for each in arrived if each["notices"][0]["name"] == "measure_freeze"]
    assert refused == [freeze["id"]]
    assert freeze["to"]["external_id"] == shop.external_id
    told = freeze["notices"][0]
    assert (told["measure"], told["due_at"]) == ("freeze", (now + 90 * DAY).isoformat())


def test_a_posting_that_breaks_half_way_leaves_nothing_and_is_done_by_the_next_round(
    approved, now, monkeypatch
):
    penalty = approved(SERIOUS, 12)
    advance(fresh(penalty.case), "finalize", by=None, now=now)
    before = lines(penalty.case)
    with monkeypatch.context() as broken:
        broken.setattr(posting, "impose", lambda *_args, **_facts: 1 / 0)
        assert posting.tick(now)["penalty_posted"] == 0

    assert not LedgerEntry.objects.exists()
    assert Penalty.objects.get().posted_at is None
    assert lines(penalty.case) == before
    assert posting.tick(now)["penalty_posted"] == 1
    assert Measure.objects.count() == 2


def test_a_threshold_passed_by_exactly_its_points_counts(posted):
    posted(SERIOUS, 6)
    posted(SERIOUS, 6)

    assert set(Measure.objects.values_list("threshold", flat=True)) == {12}


def test_more_points_above_a_threshold_do_not_bring_it_again(posted):
    posted(SERIOUS, 12)
    posted(SERIOUS, 6)

    assert Measure.objects.count() == 2


def test_of_several_thresholds_passed_at_once_the_highest_counts(posted):
    posted(SERIOUS, 6)
    posted(COUNTERFEIT, 30)

    assert list(Measure.objects.values_list("kind", "threshold")) == [("freeze", 36)]


def test_kinds_of_points_do_not_mix(posted, shop, now):
    for _ in range(3):
        posted(GENERAL, 3)
    posted(SERIOUS, 6)

    assert (total(shop, "general", now), total(shop, "serious", now)) == (9, 6)
    assert not Measure.objects.exists()


def test_a_freeze_ends_by_the_clock_and_the_platform_is_told(posted, shop, now):
    posted(COUNTERFEIT, 40)
    freeze = Measure.objects.get()

    assert sweep.run(freeze.until_at)["measure_ended"] == 0
    assert sweep.run(freeze.until_at + SECOND)["measure_ended"] == 1
    assert sweep.run(freeze.until_at + DAY)["measure_ended"] == 0

    assert (Measure.objects.get().end, Measure.objects.get().ended_at) == (
        "expired",
        freeze.until_at + SECOND,
    )
    assert Notice.objects.filter(name="measure_ended", shop=shop).count() == 1


def test_what_another_posting_made_an_expulsion_goes_back_to_the_officers(
    approved, posted, shop, now
):
    quiet = approved(SERIOUS, 11)  # one officer was enough
    posted(COUNTERFEIT, 40)
    later = now + 20 * DAY
    advance(fresh(quiet.case), "finalize", by=None, now=later)

    posting.tick(later)

    stored = Penalty.objects.get(pk=quiet.pk)
    assert (stored.outcome, stored.posted_at) == ("", None)
    assert "penalty_reopened" in lines(quiet.case)
    assert quiet.case.deadlines.open().filter(kind="penalty_approval").exists()
    assert total(shop, "serious", now) == 40


# --- The year --------------------------------------------------------------------------------------

LAST_EVENING = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)  # one second to midnight in Beijing


def test_points_count_in_the_calendar_year_of_beijing(posted, shop):
    before = posted(GENERAL, 6, LAST_EVENING)
    after = posted(GENERAL, 6, LAST_EVENING + SECOND)

    years = dict(LedgerEntry.objects.values_list("penalty", "year"))
    assert years == {before.pk: 2026, after.pk: 2027}
    assert (total(shop, at=LAST_EVENING), total(shop, at=LAST_EVENING + SECOND)) == (6, 6)
    assert not Measure.objects.exists()  # twelve in all, but never in one year
    assert LedgerEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("by_year", "year", "expected"),
    [
        ({}, 2026, 0),
        ({2025: 47}, 2026, 0),
        ({2025: 48}, 2026, 48),
        ({2025: 48, 2026: 3}, 2026, 51),
        ({2024: 48}, 2026, 48),
        ({2024: 30, 2025: 30, 2026: 5}, 2026, 5),
        ({2025: 48}, 2025, 48),
        ({2027: 9}, 2026, 0),
    ],
)
def test_totals_of_a_year_are_lost_at_its_end_unless_they_are_too_high(by_year, year, expected):
    assert standing_at(by_year, year, kept_from=48) == expected


# --- The ledger itself -----------------------------------------------------------------------------


def test_an_entry_is_never_changed(posted):
    posted()

    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.update(points=1)


# --- Silence ---------------------------------------------------------------------------------------


@pytest.fixture
def silent(case_in, arbitrator):
    ruling = draft(findings=(Finding("It is torn.", "Q-01", ("E-01",)),))
    return case_in(State.RULED, category="quality", silent=True, ruling=ruling)


def test_a_shop_that_stayed_silent_gets_the_points_of_the_rulebook_from_the_clock(
    silent, shop, now
):
    done = sweep.run(now + WINDOW + SECOND)
    sweep.run(now + WINDOW + 2 * SECOND)

    assert done["penalty_posted"] == 1
    penalty = Penalty.objects.get()
    assert (penalty.rule, penalty.kind, penalty.points) == ("N-01", "general", 1)
    assert (penalty.proposed_by, penalty.decided_by) == (None, None)
    assert total(shop, at=now) == 1
    assert lines(silent).count("record_silence") == 1
    assert whole(silent)


@pytest.mark.parametrize("ending", ["accept", "concede"])
def test_settling_later_does_not_undo_the_silence(case_in, buyer, merchant, shop, now, ending):
    case = case_in(State.MEDIATING, silent=True)

    if ending == "concede":
        concede(case, by=merchant, now=now)
    else:
        accept(case, by=buyer, now=now)
        assert not Penalty.objects.exists()
        accept(fresh(case), by=merchant, now=now)
    sweep.run(now)

    assert (Penalty.objects.get().points, total(shop, at=now)) == (1, 1)
    assert lines(case).count("record_silence") == 1
    assert whole(case)


def test_a_shop_that_settles_having_answered_is_recorded_nothing(case_in, merchant, now):
    concede(case_in(State.MEDIATING), by=merchant, now=now)

    assert not Penalty.objects.exists()


def test_a_shop_whose_appeal_succeeded_is_excused(silent, merchant, senior, now):
    appeal(fresh(silent), by=merchant, ground="new", text="Our line was cut.", now=now + HOUR)
    other = draft(amount=Decimal("120.00"), findings=(Finding("Otherwise.", "Q-01", ("E-01",)),))
    overturn(hear(silent, now + HOUR), by=senior, draft=other, now=now + DAY)

    sweep.run(now + 2 * DAY)

    assert not Penalty.objects.exists()


def test_a_shop_that_answered_is_recorded_nothing(ruled, now):
    ruled()

    sweep.run(now + WINDOW + SECOND)

    assert not Penalty.objects.exists()


# --- The shop's appeal -----------------------------------------------------------------------------


def test_a_cancelled_penalty_is_taken_off_by_a_counter_entry_and_its_measures_are_lifted(
    posted, shop, merchant, third_officer, now
):
    penalty = posted(SERIOUS, 12)
    appeal_penalty(penalty, by=merchant, text="The page said so.", now=now + DAY)
    assert total(shop, "serious", now) == 12

    decide_penalty_appeal(
        penalty, by=third_officer, cancels=True, reasons="It did.", now=now + 2 * DAY
    )

    assert sorted(LedgerEntry.objects.values_list("points", flat=True)) == [-12, 12]
    assert total(shop, "serious", now) == 0
    assert set(Measure.objects.values_list("end", flat=True)) == {"lifted"}
    assert whole(penalty.case)


def test_points_cancelled_in_january_are_taken_off_the_old_year(
    posted, shop, merchant, third_officer
):
    penalty = posted(GENERAL, 6, LAST_EVENING)
    appeal_penalty(penalty, by=merchant, text="…", now=LAST_EVENING + DAY)
    decide_penalty_appeal(
        penalty, by=third_officer, cancels=True, reasons="…", now=LAST_EVENING + 2 * DAY
    )

    assert set(LedgerEntry.objects.values_list("year", flat=True)) == {2026}
    assert total(shop, at=LAST_EVENING + 2 * DAY) == 0


def test_an_upheld_penalty_stays(posted, shop, merchant, third_officer, now):
    penalty = posted()
    appeal_penalty(penalty, by=merchant, text="…", now=now + DAY)

    decide_penalty_appeal(
        penalty, by=third_officer, cancels=False, reasons="No.", now=now + 2 * DAY
    )

    assert total(shop, at=now) == 3
    with pytest.raises(Refused):
        appeal_penalty(penalty, by=merchant, text="Again", now=now + 3 * DAY)


def test_a_different_officer_hears_the_shop(
    posted, officer, second_officer, arbitrator, merchant, now
):
    penalty = posted(SERIOUS, 12)
    appeal_penalty(penalty, by=merchant, text="…", now=now + DAY)

    for person in (officer, second_officer):
        with pytest.raises(Refused):
            decide_penalty_appeal(penalty, by=person, cancels=True, reasons="…", now=now + DAY)
    arbitrator.role = Role.PENALTY_OFFICER
    arbitrator.save()
    with pytest.raises(Refused):
        decide_penalty_appeal(penalty, by=arbitrator, cancels=True, reasons="…", now=now + DAY)


def test_only_the_shop_appeals_and_only_in_time(posted, buyer, rival_merchant, merchant, now):
    penalty = posted()

    for person in (buyer, rival_merchant):
        with pytest.raises(PermissionDenied):
            appeal_penalty(penalty, by=person, text="…", now=now)
    with pytest.raises(Refused):
        appeal_penalty(penalty, by=merchant, text="…", now=now + 7 * DAY + SECOND)
    appeal_penalty(penalty, by=merchant, text="…", now=now + 7 * DAY)


def test_a_lifted_measure_comes_again_when_the_threshold_is_passed_again(
    posted, merchant, third_officer, now
):
    penalty = posted(SERIOUS, 12)
    appeal_penalty(penalty, by=merchant, text="…", now=now)
    decide_penalty_appeal(penalty, by=third_officer, cancels=True, reasons="…", now=now)

    posted(SERIOUS, 12)

    assert Measure.objects.in_force().count() == 2
    assert Measure.objects.filter(end="lifted").count() == 2


def test_proposing_again_and_again_brings_no_more_than_the_rule_allows(
    ruled, arbitrator, officer, now
):
    case = ruled()
    facts = {"kind": "general", "reason": "Again.", "now": now}
    first = propose_penalty(fresh(case), by=arbitrator, points=4, **facts)
    decide_penalty(first, by=officer, approves=True, now=now)

    with pytest.raises(Refused):
        propose_penalty(fresh(case), by=arbitrator, points=3, **facts)

    assert case.penalties.get() == first
