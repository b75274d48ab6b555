"""The staff's own lateness: four rungs, each once, each a line on the docket."""

from __future__ import annotations

from datetime import timedelta

from django.utils import translation

from accounts.models import Role, ShopMember
from cases import docket, ladder, sweep
from cases.actions import claim, claim_next, issue_ruling
from cases.lifecycle import LATE_PRIORITY, State
from cases.models import Case, Deadline, Notice
from cases.notices import sentence
from evidence.disclosure import as_is
from portal.history import history
from tests.factories import draft, make_person

SECOND = timedelta(seconds=1)
NAMES = ["warn", "flag_late", "take_back", "tell_the_head"]


def lines(case: Case) -> list[str]:
    rows = case.events.order_by("number").values_list("name", flat=True)
    return [name for name in rows if name in NAMES]


def next_rung(case: Case):
    return case.deadlines.open().get(kind="ruling_target").rung_at


def told(name: str) -> set[str]:
    return set(Notice.objects.filter(name=name).values_list("user__username", flat=True))


def test_each_rung_is_climbed_at_its_instant_and_once(case_in, supervisor):
    case = case_in(State.REVIEWING)

    for number, name in enumerate(NAMES, start=1):
        at = next_rung(case)
        assert ladder.climb(at - SECOND) == 0
        assert ladder.climb(at) == 1
        assert ladder.climb(at) == 0
        assert lines(case) == NAMES[:number]
        assert case.events.last().actor is None
        assert (case.events.last().name, case.events.last().at) == (name, at)

    assert next_rung(case) is None
    assert sweep.run(at + timedelta(days=30))["climbed"] == 0
    assert next(docket.verify([Case.objects.get(pk=case.pk)]))[2] is None


def test_three_quarters_of_desk_time_lie_before_the_end_and_half_as_much_again_after(case_in):
    case = case_in(State.REVIEWING)  # opened on Tuesday 14:02, 48 hours of the desk
    row = case.deadlines.open().get()

    # 36 hours: 6:58 on Tuesday, twelve on Wednesday and Thursday, 5:02 on Friday
    assert (row.rung_at - row.opened_at) == timedelta(days=3)
    assert row.due_at == row.opened_at + timedelta(days=6)  # a weekend lies between


def test_after_a_long_silence_the_missed_rungs_are_climbed_one_a_round(case_in, supervisor):
    case = case_in(State.REVIEWING)
    much_later = case.due_at + timedelta(days=40)

    rounds = [ladder.climb(much_later) for _ in range(5)]

    assert rounds == [1, 1, 1, 1, 0]
    assert lines(case) == NAMES


def test_the_holder_is_warned(case_in, arbitrator):
    case = case_in(State.REVIEWING)

    ladder.climb(next_rung(case))

    assert told("warn") == {arbitrator.username}


def reminded_and_warned(case: Case, kind: str) -> list[set[str]]:
    clock = case.deadlines.open().get(kind=kind)
    sweep.remind(clock.remind_at)
    ladder.climb(clock.rung_at)
    return [told("reminder"), told("warn")]


def test_of_an_approval_those_are_told_who_may_approve(case_in, arbitrator, senior, shop, now):
    former = make_person(Role.SENIOR, "former_clerk")
    ShopMember.objects.create(shop=shop, user=former, role=ShopMember.Role.OWNER, ended_at=now)
    gone = make_person(Role.SENIOR, "gone", is_active=False)
    case = case_in(State.AWAITING_APPROVAL)

    assert reminded_and_warned(case, "approval") == [{senior.username}] * 2
    assert arbitrator.username != senior.username != gone.username


def test_of_an_appeal_those_are_told_who_may_decide_it(case_in, senior):
    author = make_person(Role.SENIOR, "author")
    case = case_in(State.APPEALED, holder=author)

    assert reminded_and_warned(case, "appeal_decision") == [{senior.username}] * 2


def test_where_nobody_may_decide_the_supervisors_are_told(case_in, supervisor):
    author = make_person(Role.SENIOR, "author")
    case = case_in(State.AWAITING_APPROVAL, holder=author)

    assert reminded_and_warned(case, "approval") == [{supervisor.username}] * 2


def test_who_shares_the_work_reads_that_it_is_shared(case_in, senior, arbitrator):
    shared, own = case_in(State.AWAITING_APPROVAL), case_in(State.REVIEWING)
    reminded_and_warned(shared, "approval")
    sweep.remind(own.deadlines.open().get(kind="ruling_target").remind_at)

    with translation.override("en"):
        texts = [
            sentence(Notice.objects.get(name="reminder", user=reader, case=case), due="noon")
            for reader, case in ((senior, shared), (arbitrator, own))
        ]

    assert texts == [
        f"{shared.reference} waits for you or a colleague; the time runs out at noon.",
        f"{own.reference}: your time runs out at noon.",
    ]


def test_a_late_case_goes_to_the_top_and_to_the_lead(case_in, arbitrator, supervisor, now):
    plain = case_in(State.QUEUED, now=now - timedelta(hours=1))
    late = case_in(State.QUEUED, now=now - timedelta(minutes=30))
    Deadline.objects.filter(case=late).update(rung=1, rung_at=now)

    assert ladder.climb(now) == 1

    assert Case.objects.get(pk=late.pk).priority == LATE_PRIORITY
    assert told("flag_late") == {supervisor.username}
    assert claim_next(by=arbitrator, now=now) == late
    assert claim_next(by=arbitrator, now=now) == plain


def test_a_case_kept_too_long_goes_to_somebody_else(case_in, arbitrator, other_arbitrator, now):
    case = case_in(State.REVIEWING)
    Deadline.objects.filter(case=case).update(rung=2, rung_at=now)

    ladder.climb(now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.holder, stored.taken_from) == (State.QUEUED, None, arbitrator)
    assert told("take_back") == {arbitrator.username}
    with translation.override("en"):
        assert history(stored, as_is)[0].sentence.startswith("took the case back")
    assert claim_next(by=arbitrator, now=now) is None
    assert claim_next(by=other_arbitrator, now=now) == case


def test_a_case_nobody_holds_is_only_noted(case_in, now):
    case = case_in(State.QUEUED)
    Deadline.objects.filter(case=case).update(rung=2, rung_at=now)

    ladder.climb(now)

    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.taken_from) == (State.QUEUED, None)
    assert lines(case) == ["take_back"]
    with translation.override("en"):
        assert history(case, as_is)[0].sentence == "noted that the staff's time is exceeded by half"


def test_the_head_of_the_desk_is_told_and_all_supervisors_where_nobody_is(case_in, supervisor, now):
    head = make_person(Role.SUPERVISOR, "head", heads_desk=True)
    case = case_in(State.REVIEWING)
    Deadline.objects.filter(case=case).update(rung=3, rung_at=now)

    ladder.climb(now)

    assert told("tell_the_head") == {"head"}
    assert set(ladder.heads()) == {head}
    head.is_active = False
    head.save()
    assert set(ladder.heads()) == {supervisor}


def test_a_paused_clock_climbs_nothing(case_in):
    case = case_in(State.AWAITING_EVIDENCE)

    assert ladder.climb(case.deadlines.get(kind="ruling_target").rung_at) == 0


def test_a_ruling_ends_the_ladder(case_in, arbitrator, now):
    case = case_in(State.REVIEWING)
    at = next_rung(case)
    issue_ruling(case, by=arbitrator, draft=draft(), now=now)

    assert ladder.climb(at) == 0
    assert lines(case) == []


def test_one_case_that_raises_leaves_the_others_to_climb(case_in, monkeypatch, now):
    cases = [case_in(State.QUEUED) for _ in range(3)]
    Deadline.objects.update(rung=0, rung_at=now)
    enter = docket.append

    def stumble(case, *args, **kwargs):
        if case.pk == cases[1].pk:
            raise ZeroDivisionError
        return enter(case, *args, **kwargs)

    monkeypatch.setattr(docket, "append", stumble)

    assert ladder.climb(now) == 2
    assert ladder.climb(now) == 0  # set aside, not tried again at once
    assert [lines(case) for case in cases] == [["warn"], [], ["warn"]]
    row = cases[1].deadlines.get(kind="ruling_target")
    assert (row.rung, row.failures, row.retry_at) == (0, 1, now + timedelta(minutes=1))

    monkeypatch.undo()
    assert ladder.climb(row.retry_at) == 1
    row = cases[1].deadlines.get(kind="ruling_target")
    assert (row.rung, row.failures, row.retry_at) == (1, 0, None)


def test_a_round_climbs_all_that_have_reached_a_rung_not_one_batch(case_in, now):
    for _ in range(5):
        case_in(State.QUEUED)
    Deadline.objects.update(rung=0, rung_at=now)

    assert ladder.climb(now, batch=2) == 5


def test_who_claims_a_late_case_finds_the_ladder_where_it_was(case_in, arbitrator, now):
    case = case_in(State.QUEUED)
    Deadline.objects.filter(case=case).update(rung=2)

    claim(case, by=arbitrator, now=now)

    assert case.deadlines.get(kind="ruling_target").rung == 2
