"""The sufficiency meter: what a side has to bring, what is here, what is missing, who has to prove."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from cases.actions import Refused
from cases.lifecycle import Side, State
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit
from evidence.retyping import retype_exhibit
from evidence.sufficiency import kinds_for, sufficiency, with_what_was_asked
from tests.portal.test_exhibits import photo


@pytest.fixture
def case(case_in):
    """Rule W-01, the buyer's to prove: whole item, label, unboxing against packing, waybill, weighing."""
    return case_in(State.REVIEWING, now=timezone.now() - timedelta(hours=1), category="wrong_item")


def exhibit(code, side=Side.BUYER, number=1, **fields):
    accepted = {"status": Exhibit.Status.ACCEPTED, "kind": Exhibit.Kind.PHOTO}
    return Exhibit(number=number, side=side, evidence_type=code, **{**accepted, **fields})


def codes(needs):
    return [need.type.code for need in needs]


def test_nothing_sent_leaves_everything_missing_and_names_who_has_to_prove(
    case, django_assert_num_queries
):
    case.book  # noqa: B018  # read once per process
    with django_assert_num_queries(0):
        buyer, merchant = (sufficiency(case, side, []) for side in ("buyer", "merchant"))

    assert codes(buyer.missing) == list(case.ruled_by.buyer_evidence)
    assert (buyer.here, buyer.bears, buyer.bears_alone) == (0, True, True)
    assert (merchant.here, merchant.bears) == (0, False)


def test_a_file_fills_the_need_it_was_sent_for_and_no_other(case):
    photos = [exhibit("E-PHOTO-WHOLE"), exhibit("E-PHOTO-WHOLE", number=2), exhibit("", number=3)]

    meter = sufficiency(case, Side.BUYER, photos)

    assert codes(meter.missing) == ["E-PHOTO-LABEL", "E-VIDEO-UNBOX"]
    assert [each.label for each in meter.needs[0].exhibits] == ["E-01", "E-02"]
    assert codes(sufficiency(case, Side.MERCHANT, photos).missing) == [
        *case.ruled_by.merchant_evidence
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"withdrawn_at": timezone.now()},
        {"status": Exhibit.Status.PENDING},
        {"status": Exhibit.Status.REJECTED},
        {"is_late": True, "admission": "left_out"},
    ],
)
def test_what_does_not_stand_fills_nothing(case, fields):
    meter = sufficiency(case, Side.BUYER, [exhibit("E-PHOTO-WHOLE", **fields)])

    assert "E-PHOTO-WHOLE" in codes(meter.missing)


def test_what_came_late_is_here_and_marked_until_it_is_admitted(case):
    late, admitted = (
        exhibit("E-PHOTO-WHOLE", is_late=True, admission=said) for said in ("", "admitted")
    )

    assert sufficiency(case, Side.BUYER, [late]).needs[0].came_late
    assert not sufficiency(case, Side.BUYER, [admitted]).needs[0].came_late
    assert sufficiency(case, Side.BUYER, [late]).here == 1


def test_what_the_platform_holds_is_here_without_a_file(case):
    meter = sufficiency(case, Side.BUYER, [], ["E-ORDER", "E-CHAT", "E-MEASURE", "E-NOBODY"])

    assert [need.is_on_record for need in meter.needs] == [True, True, False]
    assert codes(meter.missing) == ["E-MEASURE"]


def test_the_chat_log_of_the_platform_can_be_jumped_to_from_both_sides(case):
    log = exhibit("E-CHAT", side=Side.PLATFORM)

    for side in (Side.BUYER, Side.MERCHANT):
        assert sufficiency(case, side, [log], ["E-CHAT"]).needs[0].exhibits == (log,)


def test_what_a_side_wrote_is_its_statement(case):
    case.answer, case.answer_is_late = "Packed well.", True
    answered = sufficiency(case, Side.MERCHANT, [], ["E-STMT"]).needs[0]
    case.answer = ""

    assert (answered.is_written, answered.came_late) == (True, True)
    assert sufficiency(case, Side.MERCHANT, [], ["E-STMT"]).here == 0


def test_what_the_arbitrator_asked_for_counts_too(case_in):
    case = case_in(State.AWAITING_EVIDENCE, now=timezone.now(), category="wrong_item")
    asked = case.evidence_requests.get()
    asked.side, asked.evidence_types = Side.BUYER, ["E-PHOTO-WHOLE", "E-WEIGH"]

    wanted = with_what_was_asked(case, Side.BUYER, [asked])

    assert wanted == (*case.ruled_by.buyer_evidence, "E-WEIGH")
    assert with_what_was_asked(case, Side.MERCHANT, [asked]) == case.ruled_by.merchant_evidence


def test_every_side_of_every_rule_can_be_measured(case):
    for rule in case.book.rules.values():
        assert set(rule.buyer_evidence + rule.merchant_evidence) <= set(case.book.evidence_types)
        case.rule = rule.code
        for side in (Side.BUYER, Side.MERCHANT):
            meter = sufficiency(case, side, [])
            assert meter.here + len(meter.missing) == len(meter.needs)


# --- Saying anew what a file shows ------------------------------------------------------------------


@pytest.fixture
def sent(case, buyer):
    return submit_exhibit(case, Submission(photo(), "a.png"), by=buyer, now=timezone.now()).exhibit


def test_what_a_file_shows_may_be_said_anew_and_the_docket_keeps_both(case, sent, buyer):
    retype_exhibit(sent, evidence_type="E-PHOTO-LABEL", by=buyer, now=timezone.now())
    sent.refresh_from_db()
    retype_exhibit(sent, evidence_type="E-PHOTO-LABEL", by=buyer, now=timezone.now())

    assert sent.evidence_type == "E-PHOTO-LABEL"
    [line] = case.events.filter(name="retype_exhibit")
    assert line.facts == {"label": sent.label, "was": "", "shows": "E-PHOTO-LABEL"}


@pytest.mark.parametrize("code", ["E-NOBODY", "E-STMT", "x" * 30])
def test_a_file_shows_only_what_the_rulebook_knows(case, sent, buyer, code):
    with pytest.raises(Refused):
        retype_exhibit(sent, evidence_type=code, by=buyer, now=timezone.now())
    assert not case.events.filter(name="retype_exhibit").exists()


def test_nobody_else_says_what_it_shows(case, sent, merchant, arbitrator):
    for somebody in (merchant, arbitrator):
        with pytest.raises(PermissionDenied):
            retype_exhibit(sent, evidence_type="E-QC", by=somebody, now=timezone.now())


def test_after_the_ruling_it_shows_what_it_showed(case, sent, buyer):
    type(case).objects.filter(pk=case.pk).update(state=State.RULED)

    with pytest.raises(Refused):
        retype_exhibit(sent, evidence_type="E-PHOTO-LABEL", by=buyer, now=timezone.now())
    sent.refresh_from_db()
    assert sent.evidence_type == ""


def test_the_choices_begin_with_what_the_rule_wants(case):
    offered = [kind.code for kind in kinds_for(case, Side.BUYER, ["E-WEIGH"])]

    assert offered[:4] == [*case.ruled_by.buyer_evidence, "E-WEIGH"]
    assert "E-STMT" not in offered
    assert "E-QC" not in offered
