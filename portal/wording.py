"""Words to begin the reasons with: the rulebook's templates, filled with the facts of a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from cases.models import Case
from cases.rulebook import OUTCOMES, Template
from portal.templatetags.portal import BEIJING, money

LANGUAGES = {"zh-hans": "中文", "en": "English"}
OPEN = "{amount}"  # filled when the words are put in: by then it may be another


@dataclass(frozen=True)
class Words:
    """One template in one language; `key` is what the form sends for it."""

    key: str
    language: str
    title: str
    suits: tuple[str, ...]
    text: str


def offered(case: Case) -> list[Words]:
    """What can be put into the reasons of this case, the reader's language first."""
    own = translation.get_language() or "en"
    languages = sorted(LANGUAGES, key=lambda code: code[:2] != own[:2])
    return [words for language in languages for words in _in_language(case, language)]


def _in_language(case: Case, language: str) -> Iterator[Words]:
    for template in suitable(case):
        yield Words(
            key=f"{template.code}.{language}",
            language=LANGUAGES[language],
            title=template.title.in_language(language),
            suits=template.suits,
            text=filled(case, template, language),
        )


def suitable(case: Case) -> list[Template]:
    """The rulebook's words for a decision, and before them those for the silence there was."""
    templates = case.book.templates.values()
    silence = default_code(case)
    return [
        *(each for each in templates if silence in each.suits),
        *(each for each in templates if set(each.suits) & set(OUTCOMES)),
    ]


def default_code(case: Case) -> str:
    """What the merchant's silence brings by the rule; nothing where there was an answer."""
    if case.defaulted_at is None or case.answered_at is not None:
        return ""
    return case.book.default_on_silence(case.ruled_by, case.requested_amount).code


def filled(case: Case, template: Template, language: str, amount: str = OPEN) -> str:
    with translation.override(language):
        rule = case.ruled_by
        asked = case.book.requested_remedies[case.requested_remedy].title.in_language(language)
        return template.text.in_language(language).format(
            reference=case.reference,
            order=case.order_number,
            rule=rule.code,
            title=rule.title.in_language(language),
            paid=money(case.paid),
            amount=amount,
            requested=f"{asked} {money(case.requested_amount)}" if case.requested_amount else asked,
            position=position_of(case),
            filed=day(case.filed_at),
            delivered=day(case.delivered_at),
            answered=day(case.answered_at),
        )


def put_in(case: Case, key: str, typed: str, amount: str) -> str:
    """What was typed with the template's words after it; as it was for a template nobody knows."""
    code, _dot, language = key.partition(".")
    template = case.book.templates.get(code)
    if template is None or language not in LANGUAGES:
        return typed
    return "\n\n".join(filter(None, [typed.rstrip(), filled(case, template, language, amount)]))


def position_of(case: Case) -> str:
    if case.answered_at is None:
        return _("The merchant did not answer")
    if not case.answer:
        return _("The merchant agreed")
    return _("The merchant contested this on %(day)s") % {"day": day(case.answered_at)}


def day(at: datetime | None) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d}" if at else "—"
