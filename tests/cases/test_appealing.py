"""Appeals: who may ask for another decision and until when, how the other side is heard, and who decides."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from accounts.models import Role, ShopMember
from cases import docket, sweep
from cases.actions import (
    Refused,
    answer_appeal,
    appeal,
    issue_ruling,
    overturn,
    reassign,
    uphold,
)
from cases.lifecycle import State
from cases.models import Case, Notice
from tests.factories import amount_to_refund, draft, make_person, ruling_for_the_merchant

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FULL = draft(outcome="full", remedies=("RM-FULL",), amount=Decimal("280.00"))
MORE = draft(amount=Decimal("200.00"), reasons="Both cups are broken.")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def clocks(case: Case) -> list[tuple[str, str]]:
    rows = case.deadlines.open().order_by("kind", "party")
    return list(rows.values_list("kind", "party"))


def lines(case: Case) -> list[str]:
    return list(case.events.order_by("number").values_list("name", flat=True))


def whole(case: Case) -> bool:
    return next(docket.verify([fresh(case)]))[2] is None


def told(case: Case, name: str) -> set[str]:
    rows = Notice.objects.filter(case=case, name=name)
    return {"buyer" if each.user_id else "merchant" for each in rows}


@pytest.fixture
def ruled(case_in) -> Case:
    return case_in(State.RULED)


@pytest.fixture
def appealed(ruled, buyer, now) -> Case:
    """The buyer has appealed; the merchant is still to be heard, and may appeal as well."""
    appeal(ruled, by=buyer, ground="new", text="The courier's photo", now=now + DAY)
    return fresh(ruled)


@pytest.fixture
def heard(appealed, merchant, now) -> Case:
    answer_appeal(appealed, by=merchant, text="Not ours", waives=True, now=now + DAY + HOUR)
    return fresh(appealed)


# --- Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "ruling", "sides"),
    [
        ("refund_only", FULL, ["merchant"]),
        ("return_refund", FULL, ["merchant"]),
        ("reship", FULL, ["buyer", "merchant"]),
        ("refund_only", MORE, ["buyer", "merchant"]),
        ("refund_only", ruling_for_the_merchant(), ["buyer"]),
    ],
)
def test_whoever_did_not_get_what_they_asked_may_appeal(case_in, asked, ruling, sides):
    case = case_in(State.RULED, requested_remedy=asked, ruling=ruling)

    assert clocks(case) == [("appeal_window", side) for side in sides]


@pytest.mark.parametrize(("remedy", "amount"), [("RM-FULL", "1.00"), ("RM-RESHIP", "0.00")])
def test_a_label_alone_takes_the_appeal_from_nobody(ruled, buyer, now, remedy, amount):
    ruled.rulings.update(outcome="full", remedies=[remedy], amounts={}, amount=Decimal(amount))

    appeal(ruled, by=buyer, ground="mistake", text="That is not all.", now=now)

    assert fresh(ruled).state == State.APPEALED


# --- Making it -------------------------------------------------------------------------------------


def test_an_appeal_stops_the_ruling_and_asks_the_other_side(appealed, now):
    assert appealed.state == State.APPEALED
    assert clocks(appealed) == [
        ("appeal_answer", "merchant"),
        ("appeal_decision", "platform"),
        ("appeal_window", "merchant"),
    ]
    assert appealed.due_at == now + DAY + 48 * HOUR
    assert (told(appealed, "appeal"), told(appealed, "appeal_made")) == ({"merchant"}, {"buyer"})
    assert lines(appealed)[-1] == "appeal"
    assert whole(appealed)


@pytest.mark.parametrize(("ground", "text"), [("new", " "), ("anger", "No!"), ("", "No!")])
def test_it_needs_something_new_or_a_named_mistake(ruled, buyer, now, ground, text):
    with pytest.raises(Refused):
        appeal(ruled, by=buyer, ground=ground, text=text, now=now)

    assert fresh(ruled).state == State.RULED
    assert list(ruled.appeals.all()) == []


def test_at_the_last_instant_it_is_in_time(ruled, buyer):
    appeal(ruled, by=buyer, ground="new", text="…", now=ruled.due_at)

    assert fresh(ruled).state == State.APPEALED


def test_a_second_late_it_is_refused_even_before_the_sweep(ruled, buyer):
    with pytest.raises(Refused, match="time to appeal"):
        appeal(ruled, by=buyer, ground="new", text="…", now=ruled.due_at + SECOND)

    assert fresh(ruled).state == State.RULED


def test_an_appeal_whose_files_began_in_time_is_in_time_until_the_window_is_closed(ruled, buyer):
    due = ruled.due_at
    facts = {"by": buyer, "ground": "new", "text": "…", "began_at": due - SECOND}

    with pytest.raises(Refused, match="time to appeal"):
        appeal(ruled, **facts, now=due + 10 * MINUTE + SECOND)
    appeal(fresh(ruled), **facts, now=due + 10 * MINUTE)

    assert fresh(ruled).state == State.APPEALED


def test_each_side_appeals_once(appealed, buyer, now):
    with pytest.raises(Refused, match="already appealed"):
        appeal(appealed, by=buyer, ground="mistake", text="The date", now=now + 2 * DAY)

    assert appealed.appeals.count() == 1


def test_who_got_all_they_asked_for_has_nothing_to_appeal(case_in, buyer, merchant, now):
    for ruling, person in ((FULL, buyer), (ruling_for_the_merchant(), merchant)):
        with pytest.raises(Refused, match="nothing to appeal"):
            appeal(case_in(State.RULED, ruling=ruling), by=person, ground="new", text="…", now=now)


def test_a_rival_and_the_desk_cannot_appeal(
    ruled, rival_buyer, rival_merchant, arbitrator, senior, now
):
    for person in (rival_buyer, rival_merchant, arbitrator, senior):
        with pytest.raises(PermissionDenied):
            appeal(ruled, by=person, ground="new", text="…", now=now)

    assert fresh(ruled).state == State.RULED


@pytest.mark.parametrize("state", [State.REVIEWING, State.EXECUTING, State.CLOSED])
def test_where_there_is_no_fresh_ruling_there_is_no_appeal(case_in, buyer, now, state):
    with pytest.raises(Refused):
        appeal(case_in(state), by=buyer, ground="new", text="…", now=now)


# --- The other side --------------------------------------------------------------------------------


def test_the_other_side_answers_once_and_is_read(appealed, merchant, now):
    answer_appeal(appealed, by=merchant, text="Not ours", now=now + 2 * DAY)

    stored = appealed.appeals.get()
    assert (stored.answer, stored.answered_by) == ("Not ours", merchant)
    assert clocks(appealed) == [("appeal_decision", "platform"), ("appeal_window", "merchant")]
    assert told(appealed, "answer_appeal") == {"buyer"}
    with pytest.raises(Refused, match="already answered"):
        answer_appeal(fresh(appealed), by=merchant, text="Again", now=now + 2 * DAY)
    assert lines(appealed)[-1] == "answer_appeal"


def test_an_answer_is_in_time_to_the_instant_and_refused_a_second_later(appealed, merchant, now):
    due = appealed.due_at

    with pytest.raises(Refused, match="time to answer"):
        answer_appeal(appealed, by=merchant, text="Late", now=due + SECOND)
    answer_appeal(fresh(appealed), by=merchant, text="In time", now=due)

    assert appealed.appeals.get().answer == "In time"


def test_an_answer_whose_files_began_in_time_has_the_grace(appealed, merchant):
    due = appealed.due_at
    sweep.run(due + SECOND)

    answer_appeal(
        fresh(appealed), by=merchant, text="With photos", now=due + 5 * SECOND, began_at=due
    )

    assert appealed.appeals.get().answer == "With photos"


def test_nobody_answers_their_own_appeal_nor_a_strangers(appealed, buyer, rival_merchant, now):
    with pytest.raises(Refused):
        answer_appeal(appealed, by=buyer, text="I agree", now=now + DAY)
    with pytest.raises(PermissionDenied):
        answer_appeal(appealed, by=rival_merchant, text="Me too", now=now + DAY)
    with pytest.raises(Refused):
        answer_appeal(appealed, by=buyer, text=" ", now=now + DAY)

    assert appealed.appeals.get().answered_at is None


def test_without_an_answer_the_clock_says_so_and_the_decision_is_open(appealed, senior, now):
    due = appealed.due_at
    assert sweep.run(due)["lapse_appeal_answer"] == 0
    assert sweep.run(due + SECOND)["lapse_appeal_answer"] == 1
    assert sweep.run(due + 2 * SECOND)["lapse_appeal_answer"] == 0

    assert lines(appealed)[-1] == "lapse_appeal_answer"
    assert whole(appealed)


def test_nothing_is_decided_while_the_other_side_is_to_be_heard(appealed, merchant, senior, now):
    with pytest.raises(Refused, match="still being heard"):
        uphold(appealed, by=senior, reasons="…", now=appealed.due_at)
    answer_appeal(fresh(appealed), by=merchant, text="Not ours", now=now + DAY + HOUR)
    with pytest.raises(Refused, match="may still appeal"):
        overturn(fresh(appealed), by=senior, draft=MORE, now=now + 3 * DAY)

    # The merchant's own window ends a week after the ruling; from then on all is said.
    uphold(fresh(appealed), by=senior, reasons="Nothing new", now=now + 7 * DAY + SECOND)

    assert fresh(appealed).state == State.EXECUTING


def test_the_staffs_time_runs_from_when_all_are_heard(appealed, merchant, now):
    decision = appealed.deadlines.open().get(kind="appeal_decision")
    assert decision.due_at > now + 7 * DAY  # after the merchant's own time to appeal

    answer_appeal(appealed, by=merchant, text="Not ours", waives=True, now=now + DAY + HOUR)

    decision = appealed.deadlines.open().get(kind="appeal_decision")
    # 36 hours of the desk from Wednesday 15:02 on end on Saturday, which is none of its days.
    assert now + 3 * DAY < decision.due_at < now + 7 * DAY
    assert fresh(appealed).due_at == decision.due_at


def test_both_appeals_are_decided_together(appealed, buyer, merchant, senior, now):
    appeal(appealed, by=merchant, ground="mistake", text="The sum", now=now + DAY + HOUR)
    case = fresh(appealed)
    assert clocks(case) == [
        ("appeal_answer", "buyer"),
        ("appeal_answer", "merchant"),
        ("appeal_decision", "platform"),
    ]

    answer_appeal(case, by=merchant, text="Not ours", now=now + DAY + 2 * HOUR)
    answer_appeal(fresh(case), by=buyer, text="The sum is right", now=now + DAY + 3 * HOUR)
    uphold(fresh(case), by=senior, reasons="Neither is right", now=now + DAY + 4 * HOUR)

    rows = case.appeals.order_by("side").values_list("side", "outcome", "decided_by")
    assert list(rows) == [("buyer", "upheld", senior.pk), ("merchant", "upheld", senior.pk)]
    assert lines(case).count("uphold") == 1
    assert whole(case)


def test_who_waived_cannot_appeal_after_all(heard, merchant, now):
    with pytest.raises(Refused):
        appeal(heard, by=merchant, ground="new", text="…", now=now + 2 * DAY)


# --- Deciding --------------------------------------------------------------------------------------


def test_a_ruling_upheld_is_carried_out_and_cannot_be_appealed_again(heard, senior, merchant, now):
    uphold(heard, by=senior, reasons="Nothing new", now=now + 2 * DAY)

    stored = fresh(heard)
    assert stored.state == State.EXECUTING
    assert clocks(stored) == [("execution", "merchant")]
    assert (stored.appeals.get().outcome, stored.appeals.get().reasons) == (
        "upheld",
        "Nothing new",
    )
    assert told(stored, "uphold") == {"buyer", "merchant"}
    for person in (merchant, stored.buyer):
        with pytest.raises(Refused):
            appeal(stored, by=person, ground="new", text="…", now=now + 2 * DAY)


def test_a_ruling_overturned_gets_a_new_version_and_the_old_one_stays(heard, senior, buyer, now):
    overturn(heard, by=senior, draft=MORE, now=now + 2 * DAY)

    stored = fresh(heard)
    assert list(stored.rulings.values_list("version", "amount", "author")) == [
        (1, Decimal("150.00"), stored.holder_id),
        (2, Decimal("200.00"), senior.pk),
    ]
    assert amount_to_refund(stored) == Decimal("200.00")
    assert stored.appeals.get().outcome == "overturned"
    with pytest.raises(Refused):
        appeal(stored, by=buyer, ground="new", text="…", now=now + 2 * DAY)
    assert whole(stored)


def test_a_ruling_that_owes_nothing_closes_the_case_when_it_stands(case_in, buyer, senior, now):
    case = case_in(State.RULED, ruling=ruling_for_the_merchant())
    appeal(case, by=buyer, ground="new", text="…", now=now)

    uphold(fresh(case), by=senior, reasons="Nothing new", now=now + 49 * HOUR)

    assert fresh(case).state == State.CLOSED
    assert clocks(case) == []


def test_a_decision_needs_reasons(heard, senior, now):
    with pytest.raises(Refused, match="reasons"):
        uphold(heard, by=senior, reasons=" ", now=now + 2 * DAY)
    with pytest.raises(Refused):
        overturn(heard, by=senior, draft=draft(reasons=" "), now=now + 2 * DAY)

    assert fresh(heard).state == State.APPEALED


def test_the_same_decision_again_is_no_overturning(heard, senior, now):
    with pytest.raises(Refused, match="as it stands"):
        overturn(heard, by=senior, draft=draft(reasons="In other words"), now=now + 2 * DAY)


def test_it_is_decided_once(heard, senior, now):
    uphold(heard, by=senior, reasons="Nothing new", now=now + 2 * DAY)

    with pytest.raises(Refused):
        uphold(fresh(heard), by=senior, reasons="Again", now=now + 2 * DAY)
    with pytest.raises(Refused):
        overturn(fresh(heard), by=senior, draft=MORE, now=now + 2 * DAY)

    assert heard.rulings.count() == 1


@pytest.mark.parametrize(
    "who", ["buyer", "merchant", "arbitrator", "other_arbitrator", "supervisor", "auditor"]
)
def test_only_seniors_decide(heard, request, who, now):
    with pytest.raises(PermissionDenied):
        uphold(heard, by=request.getfixturevalue(who), reasons="…", now=now + 2 * DAY)


def test_the_senior_who_ruled_decides_no_appeal(case_in, senior, now):
    ruled = case_in(State.APPEALED, holder=senior)

    with pytest.raises(PermissionDenied):
        uphold(ruled, by=senior, reasons="…", now=now)


def test_a_senior_who_was_given_the_case_once_does_not_decide_either(
    case_in, arbitrator, senior, supervisor, buyer, merchant, now
):
    case = case_in(State.REVIEWING)
    for holder in (senior, arbitrator):
        reassign(fresh(case), by=supervisor, to=holder, reason="ill", now=now)
    issue_ruling(fresh(case), by=arbitrator, draft=draft(), now=now)
    appeal(fresh(case), by=buyer, ground="new", text="…", now=now + HOUR)
    answer_appeal(fresh(case), by=merchant, text="…", waives=True, now=now + HOUR)

    with pytest.raises(Refused, match="took part"):
        uphold(fresh(case), by=senior, reasons="…", now=now + HOUR)


def test_before_the_parties_are_told_there_is_no_appeal(case_in, arbitrator, buyer, now):
    case = case_in(State.REVIEWING)
    told_at = issue_ruling(case, by=arbitrator, draft=draft(), now=now).told_at

    with pytest.raises(Refused, match="once you can read"):
        appeal(fresh(case), by=buyer, ground="new", text="…", now=told_at - SECOND)
    appeal(fresh(case), by=buyer, ground="new", text="…", now=told_at)

    assert fresh(case).state == State.APPEALED


def test_who_knows_a_party_does_not_decide(heard, shop, now):
    former = make_person(Role.SENIOR, "former_clerk")
    ShopMember.objects.create(shop=shop, user=former, role=ShopMember.Role.OWNER)

    with pytest.raises(Refused, match="too close"):
        uphold(heard, by=former, reasons="…", now=now + 2 * DAY)


def test_a_decision_that_takes_too_long_reaches_the_head_of_the_desk(heard, supervisor, now):
    at = now
    for _ in range(4):
        at = heard.deadlines.open().get(kind="appeal_decision").rung_at
        sweep.run(at)

    assert lines(heard)[-4:] == ["warn", "flag_late", "take_back", "tell_the_head"]
    assert fresh(heard).state == State.APPEALED
    # At zero the head of the desk is told, and again at twice the time.
    for name in ("flag_late", "tell_the_head"):
        assert Notice.objects.filter(name=name, user=supervisor).count() == 1
