from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal

import pytest

from cases.rulebook import FOLDER, Bilingual, RulebookError, load, parse

SOURCE = "v1.yaml"
TEXT = (FOLDER / SOURCE).read_text(encoding="utf-8")


def line_of(text: str, fragment: str) -> int:
    """The line on which the fragment first starts."""
    return text[: text.index(fragment)].count("\n") + 1


def refusal(text: str) -> str:
    with pytest.raises(RulebookError) as caught:
        parse(text, SOURCE)
    return str(caught.value)


def edited(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def bilinguals(value: object) -> Iterator[Bilingual]:
    if isinstance(value, Bilingual):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from bilinguals(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from bilinguals(getattr(value, field.name))


# The shipped version


def test_version_1_loads_once():
    assert load(1).version == 1
    assert load(1) is load(1)


@pytest.mark.django_db
def test_a_version_that_was_never_shipped_is_a_key_error():
    with pytest.raises(KeyError):
        load(999)


def test_every_text_is_chinese_in_chinese_and_not_in_english():
    texts = list(bilinguals(load(1)))

    assert len(texts) > 200
    for text in texts:
        assert any("\u4e00" <= sign <= "\u9fff" for sign in text.zh), text
        assert not any("\u3000" <= sign <= "\u9fff" for sign in text.en), text
        assert "\n" not in text.zh + text.en, text


def test_a_text_is_given_in_the_language_asked_for():
    text = Bilingual(zh="退货", en="Return")

    assert text.in_language("zh-hans") == "退货"
    assert text.in_language("en") == "Return"
    assert text.in_language("fr") == "Return"


def test_every_rule_has_one_category_and_back():
    book = load(1)

    assert len(book.rules) == 30
    assert {c.code: c.rule for c in book.categories.values()} == {
        r.category: r.code for r in book.rules.values()
    }


@pytest.mark.parametrize(
    ("category", "rule"),
    [
        ("counterfeit", "C-01"),
        ("damaged", "L-01"),
        ("not_received", "L-02"),
        ("quality", "Q-01"),
        ("seven_day_return", "R-01"),
        ("out_of_scope", "X-01"),
        ("short_shipped", "W-02"),
        ("fake", "C-01"),
    ],
)
def test_a_category_or_alias_leads_to_its_rule(category, rule):
    assert load(1).rule_for(category).code == rule


def test_an_unknown_category_is_a_key_error():
    with pytest.raises(KeyError):
        load(1).rule_for("weather")


def test_the_burden_follows_who_can_know():
    book = load(1)

    assert book.rule_for("not_received").burden == "merchant"
    assert book.rule_for("quality").burden == "buyer"
    assert book.rule_for("hidden_defect").burden == "merchant"
    assert book.rule_for("counterfeit").burden == "merchant"


def test_a_side_is_asked_only_for_what_it_can_have():
    book = load(1)

    for rule in book.rules.values():
        asked = {code: book.evidence_types[code].holder for code in rule.buyer_evidence}
        assert "merchant" not in asked.values(), rule.code
    assert "E-CRED" not in {c for r in book.rules.values() for c in r.buyer_evidence}


def test_grave_rules_need_two_people():
    two = {rule.code for rule in load(1).rules.values() if rule.two_reviewers}

    assert two == {"C-01", "B-01", "B-02"}


def test_hours_to_answer_follow_the_matter():
    book = load(1)

    assert book.rule_for("counterfeit").response_hours == 72
    assert book.rule_for("damaged").response_hours == 48
    assert book.rule_for("fresh").response_hours == 24


@pytest.mark.parametrize(
    ("category", "amount", "default"),
    [
        ("damaged", "0.00", "DEF-BUYER"),
        ("damaged", "50.00", "DEF-BUYER"),
        ("damaged", "50.01", "DEF-RETURN"),
        ("damaged", "2000.00", "DEF-RETURN"),
        ("damaged", "2000.01", "DEF-FILE"),
        ("not_received", "300.00", "DEF-BUYER"),  # nothing there to send back
        ("not_received", "2000.01", "DEF-FILE"),
        ("service", "10.00", "DEF-FILE"),  # the rule never favours the buyer for silence
        ("buyer_abuse", "10.00", "DEF-CLOSE"),
    ],
)
def test_silence_of_the_merchant_is_judged_by_value_within_the_rule(category, amount, default):
    book = load(1)

    assert book.default_on_silence(book.rule_for(category), Decimal(amount)).code == default


def test_what_a_buyer_asks_for_is_matched_with_what_the_rule_allows():
    book = load(1)
    damaged = book.rule_for("damaged")

    assert [r.code for r in book.remedies_granting(damaged, "refund_only")] == ["RM-FULL"]
    assert [r.code for r in book.remedies_granting(damaged, "return_refund")] == ["RM-RETURN"]
    assert book.remedies_granting(damaged, "repair") == ()


def test_windows_threshold_and_reminders_are_the_agreed_ones():
    book = load(1)

    assert book.windows.ruling_target_hours == {"simple": 24, "normal": 48, "complex": 60}
    assert book.windows.appeal_days == 7
    assert book.approval_threshold == Decimal("500.00")
    assert book.reminders.fractions_left == (0.5, 0.25)
    assert book.reminders.hours_left == (2,)
    assert book.in_force_from.isoformat() == "2026-01-01T00:00:00+08:00"


# What is wrong is named with its line


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("buyer_evidence: [E-PHOTO-WHOLE,", "buyer_evidence: [E-NONE,", None,
         "buyer_evidence names E-NONE, which is not known here"),
        ("merchant_silent: DEF-RETURN\n    buyer", "merchant_silent: DEF-NONE\n    buyer", None,
         "merchant_silent names DEF-NONE, which is not known here"),
        ("remedies: [RM-RETURN, RM-EXCH, RM-PART", "remedies: [RM-RETURN, RM-RETURN, RM-PART",
         None, "remedies names RM-RETURN twice"),
        ("freight: FR-M", "freight: FR-X", None, "freight names FR-X, which is not known here"),
        ("burden: buyer", "burden: nobody", None, "burden names nobody, which is not known here"),
        ("holder: system", "holder: neighbour", None,
         "holder names neighbour, which is not known here"),
        ("rule: C-01,", "rule: C-99,", "rule: C-99,", "rule names C-99, which is not known here"),
        ("complexity: normal", "complexity: hard", None,
         "complexity names hard, which is not known here"),
        ("{zh: 换货, en: Exchange}", "{zh: 换货}", "RM-EXCH: {", "title lacks en"),
        ("{zh: 换货, en: Exchange}", '{zh: "", en: Exchange}', 'zh: ""', "zh has no text"),
        ("{zh: 换货, en: Exchange}", "{zh: , en: Exchange}", "RM-EXCH: {", "zh must be text"),
        ("{zh: 换货, en: Exchange}", "{zh: 换货, en: Exchange, fr: Non}", "fr: Non",
         "title has an unknown field fr"),
        ("response_hours: 48", "response_hours: -48", None,
         "response_hours must be in plain digits and not negative"),
        ("response_hours: 48", "response_hours: two", None,
         "response_hours must be a whole number"),
        ("negotiation_hours: 48", "negotiation_hours: -1", None,
         "negotiation_hours must be in plain digits and not negative"),
        ("two_reviewers: false", "two_reviewers: 0", None, "two_reviewers must be true or false"),
        ('"500.00"', "500.00", "approval_threshold",
         'approval_threshold must be an amount in quotes, like "50.00"'),
        ('"500.00"', '"-1"', "approval_threshold", "approval_threshold must not be negative"),
        ('"500.00"', '"much"', "approval_threshold", "approval_threshold is not an amount"),
        ("2026-01-01T00:00:00+08:00", "2026-01-01T00:00:00", "in_force",
         "in_force_from needs a time zone"),
        ("2026-01-01T00:00:00+08:00", "2026-1-1 10:00:00", "in_force",
         "in_force_from must be a time like 2026-01-01T00:00:00+08:00"),
        ("fractions_left: [0.5, 0.25]", "fractions_left: [0.5, 1.5]", None,
         "fractions_left must lie between 0 and 1"),
        ("points: {general: [0, 3]}", "points: {general: [3, 0]}", None,
         "general must be the base points and then the aggravated ones"),
        ("points: {general: [0, 3]}", "points: {secret: [0, 3]}", None,
         "secret is not a kind of penalty points"),
        ("silence: {rule: N-01,", "silence: {rule: N-99,", None,
         "rule names N-99, which is not known here"),
        ("kind: general, points: 1}", "kind: buyer, points: 1}", "silence:",
         "kind names buyer, which is not known here"),
        ("{points: 24, measures: [{kind: freeze", "{points: 12, measures: [{kind: freeze", None,
         "thresholds of general must rise"),
        ("[{kind: freeze, days: 7}]", "[{kind: frost, days: 7}]", None,
         "kind names frost, which is not known here"),
        ("[{kind: freeze, days: 7}]", "[{kind: freeze}]", None, "freeze needs days it lasts"),
        ("[{kind: freeze, days: 7}]", "[{kind: freeze, days: 0}]", None,
         "freeze needs days it lasts"),
        ("[{kind: freeze, days: 7}]", "[]", "{points: 24, measures: []",
         "a threshold without a measure brings nothing"),
        ("[{kind: expulsion}]", "[{kind: expulsion, days: 9}]", None, "expulsion has no end"),
        ("  kept_from: 48\n", "", "penalties:", "penalties lacks kept_from"),
        ("remedies: [RM-RETURN, RM-EXCH, RM-PART, RM-REPAIR]", "remedies: RM-RETURN", None,
         "remedies must be a list"),
        ('up_to: "2000.00"', 'up_to: "20.00"', None, "value tiers must rise, the open one last"),
        ("- {merchant_silent: DEF-FILE}", "", "value_tiers:",
         "value tiers must end with one without up_to"),
        ("  Q-02:\n", "  Q-01:\n", "  Q-01:\n    title: {zh: 使用中", "Q-01 is given twice"),
        ("  expired: {", "  counterfeit: {", "  counterfeit: {title: {zh: 食品",
         "counterfeit is given twice"),
        ("aliases: [short_shipped,", "aliases: [fake,", "  missing_parts:",
         "missing_parts claims the alias fake, which is taken"),
        ("aliases: [short_shipped,", "aliases: [damaged,", "  missing_parts:",
         "missing_parts claims the alias damaged, which is taken"),
        ("rule: F-01,", "rule: F-02,", "  F-01:\n", "no category leads to rule F-01"),
        ("    freight: FR-M\n", "", "  Q-01:\n", "Q-01 lacks freight"),
        ("release_reasons:", "other_reasons:", "version: 1", "the rulebook lacks release_reasons"),
        ("    elsewhere: {zh: 请由下单的账号提交。, en: The account that placed the order has to file.}\n",
         "", "  not_a_party:", "not_a_party lacks elsewhere"),
        ("conflict_reasons: [knows_a_party,", "conflict_reasons: [dislikes_a_party,", None,
         "conflict_reasons names dislikes_a_party, which is not known here"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_refused_by_file_and_line(old, new, at, message):
    text = edited(old, new)

    line = line_of(text, at or new.splitlines()[0])
    assert refusal(text) == f"{SOURCE}:{line}: {message}"


def test_what_is_no_yaml_is_refused_by_line():
    assert refusal("version: 1\nrules: [\n") == "v1.yaml:3: not readable as YAML"
    assert refusal("version: \x00") == "v1.yaml:1: not readable as YAML"


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n"])
def test_an_empty_file_is_refused(text):
    assert refusal(text) == "v1.yaml:1: is empty"


def test_a_list_is_no_rulebook():
    assert refusal("- version\n") == "v1.yaml:1: the rulebook must be a mapping"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('RM-3X: {of: price, times: "3"', 'RM-9X: {of: price, times: "3"', "RM-9X is not a remedy"),
        ('RM-3X: {of: price, times: "3"', 'RM-EXCH: {of: price, times: "3"', "RM-EXCH is not a"),
        ('{of: price, times: "3"', '{of: moon, times: "3"', "of names moon"),
        ('{of: price, times: "3"', '{of: price, times: "0"', "times must be more than nothing"),
        ('times: "3", at_least: "500.00"', 'times: "3", at_least: "-1"', "at_least must not be"),
        ('times: "3", at_least: "500.00"', 'times: "3"', "RM-3X lacks at_least"),
    ],
)
def test_a_wrong_bound_of_a_compensation_is_refused_at_its_line(old, new, fault):
    text = edited(old, new)

    message = refusal(text)

    assert message.startswith(f"{SOURCE}:{line_of(text, new)}: ")
    assert fault in message


def test_compensation_reaches_so_many_times_the_price_and_at_least_its_least():
    tenfold = load(1).compensations["RM-10X"]

    assert tenfold.most(Decimal("320.00"), Decimal("20.00")) == Decimal("3000.00")
    assert tenfold.most(Decimal("30.00"), Decimal("0.00")) == Decimal("1000.00")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "zh: 案件 {reference}：买家于 {filed} 提出“{requested}”。{position}。双方",
            "zh: 案件 {case}。双方",
            "granted names {case}",
        ),
        (
            'en: "The goods were signed for on {delivered}',
            'en: "The goods {delivered.year}',
            "names {delivered.year}",
        ),
        (
            'en: "The merchant answered on {answered}',
            'en: "The merchant } answered',
            "rebutted names }",
        ),
        ("suits: [none]", "suits: [perhaps]", "suits names perhaps"),
    ],
)
def test_a_template_that_names_what_no_case_has_is_refused_at_its_line(old, new, fault):
    text = edited(old, new)

    message = refusal(text)

    assert message.startswith(f"{SOURCE}:{line_of(text, new)}: ")
    assert fault in message


def test_every_outcome_and_default_has_words_to_begin_with():
    book = load(1)

    assert {each for template in book.templates.values() for each in template.suits} == {
        *("full", "part", "none"),
        *book.defaults,
    }
