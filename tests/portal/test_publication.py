"""The rulebook in the hands of its owners: drafting, what it changes, whom it concerns, publishing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

from cases import rulebook
from cases.actions.publishing import publish, take_draft
from cases.effects import Difference, effect_of
from cases.lifecycle import State
from cases.models import Case
from cases.rulebook_diff import word_by_word
from cases.rulebook_text import with_rule
from cases.versions import RulebookLine, RulebookVersion
from portal.forms import form_of
from portal.forms.queue import Skip
from portal.forms.rulebook import RuleForm
from portal.rule_diff import effect_rows, groups
from portal.templatetags.portal import BEIJING
from tests.factories import NOW, make_shop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("forgetful")]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def draft(senior):
    return take_draft(by=senior, note="Broken parcels need a closer look.", now=timezone.now())


@pytest.fixture
def enter(signed_in):
    def english(person):
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        return client

    return english


def typed(code="L-01", **other):
    """The form of a rule as a browser sends it back, with some of it changed."""
    rule = rulebook.load().rules[code]
    values = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in RuleForm.initial_of(rule).items()
        if value is not False
    }
    return values | other


def stored():
    version = RulebookVersion.objects.get()
    return rulebook.parse(version.text, version.source)


def edited(text: str, *changes):
    for code, fields in changes:
        text = with_rule(text, code, fields)
    return rulebook.parse(text, "draft")


# Writing


def test_a_senior_begins_a_draft_and_says_what_it_is_for(enter, senior):
    page = enter(senior).post(reverse("rulebook_draft"), {"reason": "Fresh food."})

    assert page.url == reverse("rulebook_version", args=[2])
    version = RulebookVersion.objects.get()
    assert (version.note, version.drafted_by) == ("Fresh food.", senior)


def test_a_draft_without_a_reason_is_not_begun(enter, senior):
    page = enter(senior).post(reverse("rulebook_draft"), {"reason": " \u200b "})

    assert page.status_code == 400
    assert "This cannot be empty." in page.content.decode()
    assert not RulebookVersion.objects.exists()


def test_a_rule_is_edited_field_by_field(enter, senior, draft):
    page = enter(senior).post(
        reverse("rulebook_rule", args=[2, "L-01"]),
        typed(
            text_en="Breakage: reported\nwithin 48 hours.",
            response_hours=24,
            remedies=["RM-FULL", "RM-COMP", "RM-PART"],
            buyer_evidence=[],
            serious_base=1,
            serious_most=2,
            general_base="",
            general_most="",
            two_reviewers="on",
        ),
    )

    assert page.url == reverse("rulebook_version", args=[2])
    rule, before = stored().rules["L-01"], rulebook.load().rules["L-01"]
    assert rule.text.en == "Breakage: reported within 48 hours."
    assert rule.text.zh == before.text.zh
    assert rule.response_hours == 24
    kept = [code for code in before.remedies if code in ("RM-FULL", "RM-PART")]
    assert rule.remedies == (*kept, "RM-COMP")
    assert (rule.buyer_evidence, rule.points, rule.two_reviewers) == ((), {"serious": (1, 2)}, True)
    assert RulebookLine.objects.get(name="edit").facts["rule"] == "L-01"
    others = {code: each for code, each in stored().rules.items() if code != "L-01"}
    assert others == {c: each for c, each in rulebook.load().rules.items() if c != "L-01"}


def test_saving_a_rule_unchanged_changes_nothing(enter, senior, draft):
    enter(senior).post(reverse("rulebook_rule", args=[2, "L-01"]), typed())

    version = RulebookVersion.objects.get()
    assert (version.text, version.revision) == (draft.text, 1)
    assert not RulebookLine.objects.filter(name="edit").exists()


def test_no_rule_is_changed_by_being_read_into_its_form():
    book = rulebook.load()
    for code, rule in book.rules.items():
        sent = QueryDict(urlencode(typed(code), doseq=True))
        form = RuleForm(rule, book, sent)
        assert form.is_valid(), (code, form.errors)
        assert form.changed() == {}, code


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"title_en": ""}, "This cannot be empty."),
        ({"text_zh": "长" * 1001}, "At most 1000 characters; these are 1001."),
        ({"response_hours": "-1"}, "From 0 to 720."),
        ({"response_hours": "two"}, "Give a whole number."),
        ({"freight": "FR-X"}, "FR-X is not one of the available choices"),
        ({"remedies": ["RM-X"]}, "RM-X is not one of the available choices"),
        ({"buyer_base": "3", "buyer_most": ""}, "Give both, or neither."),
        ({"buyer_base": "3", "buyer_most": "1"}, "No less than the usual points."),
    ],
)
def test_what_is_wrong_in_a_rule_is_said_and_what_was_typed_is_kept(
    enter, senior, draft, wrong, sentence
):
    sent = typed(burden_note_en="Typed with care.") | wrong
    page = enter(senior).post(reverse("rulebook_rule", args=[2, "L-01"]), sent)

    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert "Typed with care." in page.content.decode()
    assert RulebookVersion.objects.get().revision == 1


def test_two_owners_edit_two_rules_at_once_but_not_the_same_one(enter, senior, draft):
    opened = typed()
    enter(senior).post(reverse("rulebook_rule", args=[2, "F-03"]), typed("F-03", response_hours=12))
    first = enter(senior).post(
        reverse("rulebook_rule", args=[2, "L-01"]), opened | {"response_hours": 24}
    )
    second = enter(senior).post(
        reverse("rulebook_rule", args=[2, "L-01"]), opened | {"response_hours": 36}
    )

    assert (first.status_code, second.status_code) == (302, 409)
    assert "Somebody else has changed this rule" in second.content.decode()
    assert 'value="36"' in second.content.decode()
    assert stored().rules["L-01"].response_hours == 24
    assert stored().rules["F-03"].response_hours == 12


def test_an_error_in_the_whole_text_is_named_by_line_and_the_text_kept(enter, senior, draft):
    wrong = draft.text.replace("freight: FR-M", "freight: FR-X", 1)
    line = wrong[: wrong.index("freight: FR-X")].count("\n") + 1

    page = enter(senior).post(
        reverse("rulebook_text", args=[2]),
        {"text": wrong.replace("\n", "\r\n"), "revision": 1},
    )

    assert page.status_code == 400
    fault = page.context["fault"]
    assert (fault.line, fault.sentence, fault.excerpt) == (
        line,
        "freight names FR-X, which is not known here",
        "freight: FR-X",
    )
    assert page.context["form"]["text"].value().replace("\r\n", "\n") == wrong
    assert RulebookVersion.objects.get().text == draft.text


@pytest.mark.parametrize("text", ["", "version: [", "- a list", "\x00", "version: 2\n" * 3])
def test_whatever_is_sent_as_the_text_is_answered_with_a_sentence(enter, senior, draft, text):
    page = enter(senior).post(reverse("rulebook_text", args=[2]), {"text": text, "revision": 1})

    assert page.status_code == 400
    assert RulebookVersion.objects.get().text == draft.text


BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 12)
)


@pytest.mark.parametrize(
    "odd",
    [
        "? [a, b]\n: 1\n",
        "? {a: b}\n: 1\n",
        f"{BOMB}? *a11\n: 1\n",
        "deep: " + "[" * 2_000,
        "".join(f"{' ' * at}a:\n" for at in range(400)),
    ],
)
def test_odd_keys_bombs_and_bottomless_nesting_are_answered_with_a_sentence(
    enter, senior, draft, odd
):
    sent = {"text": f"{odd}\n{draft.text}", "revision": 1}

    page = enter(senior).post(reverse("rulebook_text", args=[2]), sent)

    assert page.status_code == 400
    assert page.context["fault"].line
    assert RulebookVersion.objects.get().text == draft.text


@pytest.mark.parametrize(
    ("good", "odd", "sentence"),
    [
        ("appeal_days: 7", "appeal_days: 10000", "appeal_days must be at most 9999"),
        ("appeal_days: 7", f"appeal_days: {'9' * 5000}", "appeal_days must be at most 9999"),
        ("desk_opens_hour: 9", "desk_opens_hour: 21", "the desk opens and closes within one day"),
        (
            "desk_closes_hour: 21",
            "desk_closes_hour: 24",
            "the desk opens and closes within one day",
        ),
        ('"500.00"', '"1e999999"', "approval_threshold is not an amount"),
        ('"500.00"', '"-0"', "approval_threshold must not be negative"),
        ("fractions_left: [", "fractions_left: [.nan, ", "fractions_left must be a fraction"),
        ("fractions_left: [", "fractions_left: [1:30.5, ", "fractions_left must be a fraction"),
    ],
)
def test_a_number_no_clock_or_sum_can_bear_is_no_rulebooks(
    enter, senior, draft, good, odd, sentence
):
    assert good in draft.text
    sent = {"text": draft.text.replace(good, odd, 1), "revision": 1}

    page = enter(senior).post(reverse("rulebook_text", args=[2]), sent)

    assert page.status_code == 400
    assert page.context["fault"].sentence == sentence


def test_what_is_wrong_is_said_in_the_readers_language(enter, senior, draft):
    sent = {"text": draft.text.replace("appeal_days: 7", "appeal_days: soon", 1), "revision": 1}
    client = enter(senior)
    client.cookies["django_language"] = "zh-hans"

    page = client.post(reverse("rulebook_text", args=[2]), sent)

    assert "appeal_days 须为整数" in page.content.decode()


@pytest.mark.parametrize("when", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_beginning_at_the_end_of_time_is_answered_too(enter, supervisor, draft, when):
    sent = {"in_force_from": when, "reason": "Why not.", "revision": 1}

    page = enter(supervisor).post(reverse("rulebook_publish", args=[2]), sent)

    assert page.status_code < 500


def test_the_whole_text_reaches_what_has_no_field(enter, senior, draft):
    text = draft.text.replace('approval_threshold: "500.00"', 'approval_threshold: "300.00"')
    text = text.replace("version: 2", "version: 7", 1)

    enter(senior).post(reverse("rulebook_text", args=[2]), {"text": text, "revision": 1})

    assert (stored().approval_threshold, stored().version) == (Decimal("300.00"), 2)


def test_a_version_that_is_no_draft_is_not_opened_for_editing(enter, senior):
    for name, arguments in (("rulebook_rule", [1, "Q-01"]), ("rulebook_text", [1])):
        page = enter(senior).get(reverse(name, args=arguments))
        assert page.url == reverse("rulebook_version", args=[1])
    assert enter(senior).get(reverse("rulebook_version", args=[9])).status_code == 404


# What it changes


def test_the_diff_names_each_field_and_texts_word_by_word(draft):
    old = rulebook.load()
    text = old.rules["L-01"].text
    new = edited(
        draft.text,
        ("L-01", {"response_hours": 24, "text": {"zh": text.zh, "en": text.en + " Photos do."}}),
        ("C-01", {"remedies": ["RM-RETURN"]}),
    )

    found = {group.title: group.lines for group in groups(old, new)}

    assert list(found) == [
        "§ L-01 Damaged or leaking on arrival",
        "§ C-01 Counterfeit goods",
    ]
    words, hours = found["§ L-01 Damaged or leaking on arrival"]
    assert words.pieces == [("kept", text.en), ("new", " Photos do.")]
    assert (hours.label, hours.old, hours.new) == ("Hours to answer", "48", "24")
    assert found["§ C-01 Counterfeit goods"][0].new == "Refund on return"


def test_a_text_is_compared_by_words_and_chinese_by_signs():
    assert word_by_word("within 48 hours", "within 24 hours") == [
        ("kept", "within "),
        ("old", "48"),
        ("new", "24"),
        ("kept", " hours"),
    ]
    assert word_by_word("由商家证明", "由买家证明") == [
        ("kept", "由"),
        ("old", "商"),
        ("new", "买"),
        ("kept", "家证明"),
    ]


def test_a_diff_of_the_same_rules_is_empty(draft):
    assert groups(rulebook.load(), rulebook.parse(draft.text, "draft")) == []


# Whom it would concern


def test_the_effect_counts_open_cases_by_category_and_size(case_in, draft, merchant):
    case_in(State.NEGOTIATING, requested_amount=Decimal("50.00"))
    case_in(State.QUEUED, requested_amount=Decimal("280.00"))
    case_in(State.REVIEWING, requested_amount=Decimal("280.00"))
    case_in(State.QUEUED, category="fresh", requested_amount=Decimal("30.00"))
    case_in(State.CLOSED, requested_amount=Decimal("280.00"))  # no longer open
    own = make_shop("自营", merchant, is_self_operated=True)
    case_in(State.NEGOTIATING, shop=own, requested_amount=Decimal("280.00"))
    new = edited(draft.text, ("L-01", {"merchant_silent": "DEF-FILE", "two_reviewers": True}))

    effect = effect_of(new)

    assert (effect.open_cases, effect.touched) == (5, 3)
    assert effect.cuts == (Decimal("50.00"), Decimal("500.00"), Decimal("2000.00"))
    approval = Difference("approval", False, True)
    found = {(row.category, row.differences): row.counts for row in effect.rows}
    assert found == {
        ("damaged", (Difference("merchant_silent", "DEF-RETURN", ""), approval)): (0, 2, 0, 0),
        ("damaged", (Difference("merchant_silent", "DEF-BUYER", ""), approval)): (1, 0, 0, 0),
    }
    assert effect.by_field == [("approval", 3), ("merchant_silent", 3)]


def test_a_lower_threshold_concerns_the_claims_between_the_two(case_in, draft):
    case_in(State.QUEUED, requested_amount=Decimal("280.00"))
    case_in(State.QUEUED, requested_amount=Decimal("100.00"))
    text = draft.text.replace('approval_threshold: "500.00"', 'approval_threshold: "200.00"')

    effect = effect_of(rulebook.parse(text, "draft"))

    assert [(row.differences, row.total) for row in effect.rows] == [
        ((Difference("approval", False, True),), 1)
    ]


def test_a_longer_time_to_appeal_concerns_every_open_case(case_in, draft):
    case_in(State.QUEUED)
    case_in(State.QUEUED, category="fresh")

    effect = effect_of(
        rulebook.parse(draft.text.replace("appeal_days: 7", "appeal_days: 9"), "draft")
    )

    assert effect.by_field == [("appeal_days", 2)]


def test_a_draft_that_changes_nothing_concerns_nobody(case_in, draft):
    case_in(State.QUEUED)

    assert effect_of(rulebook.parse(draft.text, "draft")).touched == 0


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        (
            'RM-COMP: {of: paid, times: "1"',
            'RM-COMP: {of: paid, times: "0.1"',
            [("late_shipping", "The most a compensation can be: {0}1 × {1} → {0}0.1 × {1}")],
        ),
        (
            "kind: general, points: 1}",
            "kind: general, points: 2}",
            [
                ("damaged", "Points for a merchant's silence: general 1 → general 2"),
                ("late_shipping", "Points for a merchant's silence: general 1 → general 2"),
            ],
        ),
    ],
)
def test_what_a_bound_or_the_points_for_silence_decide_is_counted(
    case_in, draft, old, new, touched
):
    case_in(State.QUEUED)
    case_in(State.QUEUED, category="late_shipping")
    book = rulebook.parse(draft.text.replace(old, new), "draft")

    effect = effect_of(book)

    words = "Compensation: ", "what was paid"
    told = effect_rows(effect, rulebook.load(), book)
    assert sorted(
        (row.category, *line.differences) for row, line in zip(effect.rows, told, strict=True)
    ) == [(category, sentence.format(*words)) for category, sentence in touched]


@pytest.mark.parametrize(
    ("step", "table"), [("reject", "reject_reasons"), ("release", "release_reasons")]
)
def test_reasons_are_offered_as_the_version_of_the_case_names_them(
    case_in, draft, supervisor, step, table
):
    case = case_in(State.REVIEWING)
    begun = f"\n{table}:\n"
    added = {
        "reject_reasons": "moved: {title: {zh: 新, en: New}, elsewhere: {zh: 他处, en: Elsewhere}}",
        "release_reasons": "moved: {zh: 新, en: New}",
    }
    text = draft.text.replace(begun, f"{begun}  {added[table]}\n")
    text = text.replace("\n  private_transaction:", "\n  privately:").replace(
        "\n  language:", "\n  dialect:"
    )
    RulebookVersion.objects.filter(pk=draft.pk).update(text=text)
    publish(
        RulebookVersion.objects.get(pk=draft.pk),
        by=supervisor,
        revision=draft.revision,
        in_force_from=timezone.now() + timedelta(hours=1),
        reason="Agreed on.",
        now=timezone.now(),
    )
    Case.objects.filter(pk=case.pk).update(rulebook_version=2)
    later = Case.objects.get(pk=case.pk)

    old, new = (
        {code for code, _title in form_of(step, each).fields["reason"].choices}
        for each in (case, later)
    )

    assert new - old == {"moved", {"reject": "privately", "release": "dialect"}[step]}
    assert old - new == {{"reject": "private_transaction", "release": "language"}[step]}
    assert {code for code, _title in Skip(case=later).fields["reason"].choices} == set(
        later.book.release_reasons
    )


def test_what_a_ruling_may_start_from_decides_no_case(case_in, draft):
    case_in(State.QUEUED)

    assert effect_of(edited(draft.text, ("L-01", {"buyer_silent": "DEF-FILE"}))).touched == 0


def test_the_effect_is_counted_by_two_queries_however_many_cases(
    case_in, draft, django_assert_num_queries
):
    for _ in range(3):
        case_in(State.QUEUED)
    new = edited(draft.text, ("L-01", {"response_hours": 24}))

    with django_assert_num_queries(2):
        assert effect_of(new).touched == 3


# Publishing


def publication(**other):
    at = (timezone.now() + timedelta(days=2)).astimezone(BEIJING)
    return {"revision": 1, "in_force_from": f"{at:%Y-%m-%dT%H:%M}", "reason": "Agreed."} | other


def test_a_supervisor_publishes_what_a_senior_drafted(enter, supervisor, draft):
    page = enter(supervisor).post(reverse("rulebook_publish", args=[2]), publication())

    assert page.url == reverse("rulebook_version", args=[2])
    version = RulebookVersion.objects.get()
    assert (version.state, version.published_by) == ("published", supervisor)
    assert rulebook.load(2).in_force_from == version.in_force_from


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        ({"in_force_from": "2026-01-01T00:00"}, 409, "an instant that has passed"),
        ({"in_force_from": "soon"}, 400, "Give date and time like"),
        ({"reason": ""}, 400, "This cannot be empty."),
        ({"revision": "7"}, 409, "changed or published since you opened it"),
        ({"revision": "x"}, 400, ""),
    ],
)
def test_a_publication_that_cannot_be_is_answered_with_a_sentence(
    enter, supervisor, draft, wrong, status, sentence
):
    page = enter(supervisor).post(
        reverse("rulebook_publish", args=[2]), publication(reason="Typed with care.") | wrong
    )

    assert page.status_code == status
    assert sentence in page.content.decode()
    assert ("Typed with care." in page.content.decode()) == ("reason" not in wrong)
    assert RulebookVersion.objects.get().state == "draft"


def test_it_is_withdrawn_with_a_reason_before_it_begins(enter, supervisor, draft):
    enter(supervisor).post(reverse("rulebook_publish", args=[2]), publication())

    nothing = enter(supervisor).post(reverse("rulebook_withdraw", args=[2]), {"w-reason": ""})
    enter(supervisor).post(reverse("rulebook_withdraw", args=[2]), {"w-reason": "Too soon."})

    assert nothing.status_code == 400
    assert RulebookVersion.objects.get().state == "withdrawn"
    assert RulebookLine.objects.get(name="withdraw").facts == {"reason": "Too soon."}


def test_a_draft_is_discarded_with_a_reason(enter, senior, draft):
    enter(senior).post(reverse("rulebook_discard", args=[2]), {"d-reason": "Superseded."})

    assert RulebookVersion.objects.get().state == "discarded"


@pytest.mark.parametrize("step", ["withdraw", "discard"])
def test_the_shipped_version_is_neither_withdrawn_nor_discarded(enter, senior, supervisor, step):
    person = supervisor if step == "withdraw" else senior
    page = enter(person).post(reverse(f"rulebook_{step}", args=[1]), {f"{step[0]}-reason": "No."})

    assert page.status_code == 409


def test_the_pages_say_what_each_may_do(enter, senior, supervisor, auditor, draft):
    address = reverse("rulebook_version", args=[2])
    pages = {who.role: enter(who).get(address).context for who in (senior, supervisor, auditor)}

    assert {role: (page["may_edit"], page["may_publish"]) for role, page in pages.items()} == {
        "senior": (True, False),
        "supervisor": (False, True),
        "auditor": (False, False),
    }


def test_the_pages_ask_as_much_for_one_version_as_for_three(
    enter, senior, draft, django_assert_num_queries
):
    client = enter(senior)
    with django_assert_num_queries(8):
        client.get(reverse("rulebook"))
    for _ in range(2):
        take_draft(by=senior, note="More.", now=NOW)
    with django_assert_num_queries(8):
        client.get(reverse("rulebook"))
