"""Where the rules do not reach: gaps told to the rule owners, and one remedy beyond the rule by a supervisor's word."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from accounts.models import Role, ShopMember
from cases.actions import Refused, issue_ruling, obstacles
from cases.actions.overriding import ask_override, close_gap, decide_override, flag_gap
from cases.actions.publishing import take_draft
from cases.gaps import RemedyOverride, RuleGap
from cases.lifecycle import State
from cases.models import Case
from evidence.disclosure import as_is
from portal.history import history
from tests.cases.test_sweep_race import together
from tests.factories import NOW, draft, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def case(case_in):
    """Judged by L-01, which knows no exchange."""
    case = case_in(State.REVIEWING)
    assert "RM-REPAIR" not in case.ruled_by.remedies
    return case


@pytest.fixture
def override(case, arbitrator):
    return ask_override(
        case, by=arbitrator, remedy="RM-REPAIR", reason="The cup can be mended.", now=NOW
    )


@pytest.fixture
def enter(signed_in):
    def english(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return english


def repaired(**parts):
    return draft(
        **{"outcome": "part", "remedies": ("RM-REPAIR",), "amount": Decimal(0), "amounts": {}}
        | parts
    )


def sentences(case, by, **parts) -> list[str]:
    return [each.sentence for each in obstacles(case, repaired(**parts))]


# A remedy outside the rule


def test_a_remedy_outside_the_rule_stands_in_the_way_until_a_supervisor_allows_it(
    case, override, arbitrator, supervisor
):
    refusal = "The rules cited do not allow this remedy."
    assert refusal in sentences(case, arbitrator)

    decide_override(override, by=supervisor, grants=True, answer="It is cheaper.", now=NOW)

    case = Case.objects.get(pk=case.pk)
    assert refusal not in sentences(case, arbitrator)
    assert refusal in sentences(case, arbitrator, remedies=("RM-3X",))


def test_a_refusal_leaves_the_obstacle_and_may_be_asked_again(
    case, override, arbitrator, supervisor
):
    decide_override(override, by=supervisor, grants=False, answer="No workshop.", now=NOW)
    case = Case.objects.get(pk=case.pk)

    assert "The rules cited do not allow this remedy." in sentences(case, arbitrator)
    ask_override(case, by=arbitrator, remedy="RM-REPAIR", reason="Found one.", now=NOW)
    assert RemedyOverride.objects.count() == 2


def test_what_was_allowed_is_on_the_docket_and_on_the_paper(
    case, override, arbitrator, supervisor, buyer, enter
):
    decide_override(override, by=supervisor, grants=True, answer="It is cheaper.", now=NOW)
    case = Case.objects.get(pk=case.pk)
    issue_ruling(case, by=arbitrator, draft=repaired(), now=NOW)

    lines = {line.sentence: line.detail for line in history(Case.objects.get(pk=case.pk), as_is)}
    assert lines["asked for a remedy outside the rule: Repair"] == "The cup can be mended."
    assert lines["allowed a remedy outside the rule: Repair"] == "It is cheaper."
    for person in (arbitrator, buyer):
        page = enter(person).get(reverse("ruling", args=[case.reference])).content.decode()
        assert (
            "Repair lies outside rule L-01 and was allowed for this case by a supervisor: "
            "It is cheaper."
        ) in page


@pytest.mark.parametrize("remedy", ["RM-FULL", "RM-REJECT", "RM-NONE"])
def test_only_a_known_remedy_outside_the_rule_is_asked_for(case, arbitrator, remedy):
    with pytest.raises(Refused):
        ask_override(case, by=arbitrator, remedy=remedy, reason="Please.", now=NOW)


def test_only_the_holder_asks_and_only_a_supervisor_decides(
    case, override, arbitrator, other_arbitrator, senior, supervisor, buyer
):
    for person in (other_arbitrator, senior, supervisor, buyer):
        with pytest.raises(PermissionDenied):
            ask_override(case, by=person, remedy="RM-EXCH", reason="Please.", now=NOW)
    for person in (arbitrator, senior, buyer):
        with pytest.raises(PermissionDenied):
            decide_override(override, by=person, grants=True, answer="Yes.", now=NOW)
    assert RemedyOverride.objects.get().decided_at is None


def test_whoever_asked_never_decides_in_whatever_office(override, arbitrator):
    arbitrator.role = Role.SUPERVISOR
    arbitrator.save()

    with pytest.raises(PermissionDenied):
        decide_override(override, by=arbitrator, grants=True, answer="Yes.", now=NOW)
    with pytest.raises(IntegrityError, match="decided_by_another"), transaction.atomic():
        RemedyOverride.objects.update(
            decided_by=arbitrator, decided_at=NOW, is_granted=True, answer="Yes."
        )


def test_a_supervisor_who_belonged_to_the_shop_allows_it_nothing(case, override, supervisor, now):
    ShopMember.objects.create(shop=case.shop, user=supervisor, ended_at=now)

    with pytest.raises(Refused):
        decide_override(override, by=supervisor, grants=True, answer="Yes.", now=NOW)

    assert RemedyOverride.objects.get().decided_at is None


def test_it_is_asked_once_and_decided_once(case, override, arbitrator, supervisor):
    with pytest.raises(Refused, match="already been asked"):
        ask_override(
            Case.objects.get(pk=case.pk), by=arbitrator, remedy="RM-REPAIR", reason="?", now=NOW
        )
    decide_override(override, by=supervisor, grants=True, answer="Yes.", now=NOW)
    again = RemedyOverride.objects.get()
    with pytest.raises(Refused, match="decided this already"):
        decide_override(again, by=supervisor, grants=False, answer="No.", now=NOW)

    assert RemedyOverride.objects.get().is_granted is True


def test_after_the_ruling_nothing_is_asked(case_in, arbitrator):
    with pytest.raises(Refused, match="under review"):
        ask_override(
            case_in(State.RULED), by=arbitrator, remedy="RM-REPAIR", reason="Late.", now=NOW
        )


def test_the_pages_carry_it_from_question_to_form(case, arbitrator, supervisor, enter):
    page = reverse("case", args=[case.reference])
    asked = enter(arbitrator).post(
        reverse("ask_override", args=[case.reference]),
        {"remedy": "RM-REPAIR", "reason": "It can be mended."},
    )
    assert asked.status_code == 302
    assert "Asked of a supervisor: Repair." in enter(arbitrator).get(page).content.decode()

    question = RemedyOverride.objects.get()
    assert "It can be mended." in enter(supervisor).get(reverse("rule_gaps")).content.decode()
    silent = enter(supervisor).post(
        reverse("decide_override"), {"override": question.pk, "grants": "yes", "answer": ""}
    )
    assert silent.status_code == 400
    enter(supervisor).post(
        reverse("decide_override"), {"override": question.pk, "grants": "yes", "answer": "Yes."}
    )

    response = enter(arbitrator).get(page)
    offered = dict(response.context["ruling_form"].fields["remedies"].choices)
    assert list(offered)[-1] == "RM-REPAIR"
    assert "RM-EXCH" not in offered
    assert "Allowed beyond the rule: Repair." in response.content.decode()


# Gaps


def test_a_gap_is_told_to_the_rule_owners_and_closed_with_an_answer(
    case, arbitrator, senior, enter
):
    enter(arbitrator).post(
        reverse("flag_gap", args=[case.reference]), {"text": "Nothing on sets sold together."}
    )
    gap = RuleGap.objects.get()
    assert (gap.rule, gap.flagged_by, gap.closed_at) == ("L-01", arbitrator, None)
    listed = enter(senior).get(reverse("rule_gaps")).content.decode()
    assert "Nothing on sets sold together." in listed

    empty = enter(senior).post(reverse("close_gap"), {"gap": gap.pk, "answer": "", "draft": ""})
    assert empty.status_code == 409
    enter(senior).post(
        reverse("close_gap"), {"gap": gap.pk, "answer": "A set counts as one item.", "draft": ""}
    )

    gap = RuleGap.objects.get()
    assert (gap.closed_by, gap.answer) == (senior, "A set counts as one item.")
    names = list(case.events.order_by("number").values_list("name", flat=True))
    assert names[-2:] == ["flag_gap", "close_gap"]


def test_a_gap_told_twice_by_one_person_is_one_gap_until_it_is_closed(case, arbitrator, senior):
    gap = flag_gap(case, by=arbitrator, text="Nothing on sets.", now=NOW)

    assert flag_gap(case, by=arbitrator, text="Nothing on sets.", now=NOW) == gap
    assert flag_gap(case, by=senior, text="Nothing on sets.", now=NOW) != gap
    assert case.events.filter(name="flag_gap").count() == 2

    close_gap(gap, by=senior, answer="A set is one item.", draft=None, now=NOW)
    assert flag_gap(case, by=arbitrator, text="Nothing on sets.", now=NOW) != gap


def test_a_gap_is_closed_with_the_draft_that_fills_it(case, arbitrator, senior):
    gap = flag_gap(case, by=arbitrator, text="Nothing on sets.", now=NOW)
    version = take_draft(by=senior, note="Sets.", now=NOW)

    close_gap(gap, by=senior, answer="", draft=version, now=NOW)

    assert RuleGap.objects.get().draft == version
    with pytest.raises(Refused, match="closed this already"):
        close_gap(RuleGap.objects.get(), by=senior, answer="Again.", draft=None, now=NOW)


def test_parties_and_auditors_flag_nothing_and_only_rule_owners_answer(
    case, buyer, merchant, auditor, arbitrator, supervisor
):
    for person in (buyer, merchant, auditor):
        with pytest.raises(PermissionDenied):
            flag_gap(case, by=person, text="A gap.", now=NOW)
    gap = flag_gap(case, by=arbitrator, text="A gap.", now=NOW)
    for person in (buyer, arbitrator, supervisor):
        with pytest.raises(PermissionDenied):
            close_gap(gap, by=person, answer="Mine.", draft=None, now=NOW)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_there_is_one(override, supervisor):
    other = make_person(Role.SUPERVISOR, "other_supervisor")

    def decide(by, grants):
        fresh = RemedyOverride.objects.select_related("case").get(pk=override.pk)
        decide_override(fresh, by=by, grants=grants, answer="So be it.", now=NOW)

    raised = together(lambda: decide(supervisor, True), lambda: decide(other, False))

    assert len(raised) == 1
    assert override.case.events.filter(name__in=("grant_override", "refuse_override")).count() == 1


# A version nobody has


@pytest.mark.parametrize("who", ["arbitrator", "buyer", "merchant", "supervisor"])
def test_a_case_of_a_version_nobody_has_is_shown_and_says_so(case, who, request, enter):
    Case.objects.filter(pk=case.pk).update(rulebook_version=99, rule="Z-09", category="moon")
    name = {"buyer": "buyer_case", "merchant": "merchant_case"}.get(who, "case")
    person = request.getfixturevalue(who)

    page = enter(person).get(reverse(name, args=[case.reference]))

    assert page.status_code == 200
    assert "filed under version 99 of the rulebook" in page.content.decode()


def test_the_overview_opens_with_such_a_case_and_says_so(case, supervisor, enter):
    Case.objects.filter(pk=case.pk).update(rulebook_version=99, rule="Z-09", category="moon")

    page = enter(supervisor).get(reverse("supervisor"))

    assert page.status_code == 200
    assert "filed under version 99 of the rulebook" in page.content.decode()
