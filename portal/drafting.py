"""The ruling as it is being written: what it starts from, what was saved, and what it would do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from cases.actions import Obstacle, RulingDraft, obstacles
from cases.actions.hearing import silent_sides
from cases.actions.obstacles import DISMISS, gives_all
from cases.actions.recalling import LAST_MOMENT
from cases.actions.ruling import hold_of
from cases.lifecycle import Side, State
from cases.models import Case, Ruling
from evidence.models import Exhibit, on_file
from portal.forms.ruling import FINDINGS, KEPT, MOST_FINDINGS, PAY, ROW, RulingForm, rows_in
from portal.rule_words import AGAINST_THE_BUYER, on_return_freight
from portal.templatetags.portal import date_and_time, money, points_in_words
from portal.wording import default_code, filled, put_in, suitable

PAYMENT = re.compile(rf"{PAY}RM-[A-Z0-9]{{1,12}}")
MANY = frozenset({"remedies", "held_against"})
MOST_KEPT, LONGEST_KEPT = 20, 20_000


def form_for(
    case: Case, user: User, typed: QueryDict | None = None, start: dict[str, Any] | None = None
) -> RulingForm:
    """The form with what was just typed, else what was saved, else a start from the case's facts.

    An appeal starts from the ruling that stands.
    """
    known = on_file(case, user)
    if typed is not None:
        return RulingForm(case, known, typed)
    ruling = case.ruling if not start and case.state == State.APPEALED else None
    if ruling is not None:
        start = starting_from(ruling)
    return RulingForm(case, known, initial=start or starting_point(case))


def typed_ruling(
    case: Case, user: User, typed: QueryDict
) -> tuple[RulingForm, RulingDraft | None, list[Obstacle]]:
    """The form as it was posted, the draft it makes, and what stands in its way. No draft: it is not valid."""
    form = form_for(case, user, typed)
    if not form.is_valid():
        return form, None, []
    draft = form.draft()
    return form, draft, obstacles(case, draft)


def carried(typed: QueryDict) -> list[tuple[str, str]]:
    """What was typed, for the hidden fields of a preview: it is sent again as it stands."""
    return [
        (name, value)
        for name, values in typed.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]


def helped(typed: QueryDict, case: Case) -> dict[str, Any] | None:
    """What was typed, and what one of the form's own buttons adds to it; None where none was pressed.

    `more` makes room for a finding, `insert` puts a template's words after the reasons.
    """
    start = saved(typed)
    if "more" in typed:
        number = max(FINDINGS, rows_in(start)) + 1
        return start | ({f"finding_{number}": ""} if number <= MOST_FINDINGS else {})
    if "insert" not in typed:
        return None
    written = start.get("reasons", "")
    return start | {"reasons": put_in(case, typed.get("template", ""), written, amount_in(start))}


def amount_in(start: dict[str, Any]) -> str:
    """The amounts as typed, for the words of a template."""
    sums = [value for name, value in start.items() if name == "amount" or name.startswith(PAY)]
    return " + ".join(f"¥{value.lstrip('¥')}" for value in sums if value) or "¥0.00"


def saved(typed: QueryDict) -> dict[str, Any]:
    """What of a posted form is kept as the draft: the form's own fields, as typed."""
    return {
        name: [kept(each) for each in typed.getlist(name)[:MOST_KEPT]]
        if name in MANY
        else kept(typed.get(name, ""))
        for name in typed
        if name in KEPT or ROW.fullmatch(name) or PAYMENT.fullmatch(name)
    }


def kept(written: object) -> str:
    """Text every database can hold: PostgreSQL takes no NUL."""
    return str(written).replace("\0", "")[:LONGEST_KEPT]


def starting_point(case: Case) -> dict[str, Any]:
    rule, granting = (
        case.ruled_by,
        case.book.remedies_granting(case.ruled_by, case.requested_remedy),
    )
    remedy = granting[0].code if granting else ""
    asked_of = PAY + remedy if remedy in case.book.compensations else "amount"
    start: dict[str, Any] = {
        asked_of: min(case.requested_amount, case.most(remedy) or case.requested_amount),
        "freight": rule.freight,
        "remedies": [remedy] if remedy else [],
    }
    if default_code(case):
        return silent_merchant(case, start)
    return silent_buyer(case, start) if Side.BUYER in silent_sides(case) else start


def starting_from(ruling: Ruling) -> dict[str, Any]:
    """What stands, written back into the form's fields."""
    book = ruling.case.book
    start: dict[str, Any] = {
        "outcome": ruling.outcome,
        "remedies": ruling.remedies,
        "amount": ruling.refund,
        "freight": ruling.freight,
        "freight_reason": ruling.freight_reason,
        "reasons": ruling.reasons,
    }
    for code, share in ruling.shares.items():
        if not book.refunds(code):
            start[PAY + code] = share
    for row, finding in enumerate(ruling.findings, start=1):
        start[f"finding_{row}"] = finding["text"]
        start[f"rule_{row}"] = finding["rule"]
        start[f"citations_{row}"] = " ".join(finding["citations"])
    return start


def silent_merchant(case: Case, start: dict[str, Any]) -> dict[str, Any]:
    """A start for the case nobody answered, as far as the rulebook lets silence decide it.

    Where silence decides nothing the outcome stays open and the text says only what happened.
    """
    default = default_code(case)
    numbers = case_exhibits(case).filter(side=Side.BUYER).values_list("number", flat=True)
    start |= {
        "citations_1": " ".join(f"E-{number:02d}" for number in numbers),
        "finding_1": _("The merchant was asked to answer and did not do so in time."),
    }
    for template in suitable(case)[:1]:
        language = get_language() or "en"
        start["reasons"] = filled(case, template, language, money(case.requested_amount))
    if default not in ("DEF-BUYER", "DEF-RETURN"):
        return start
    if default == "DEF-RETURN":
        start["remedies"] = refunds_on_return(case)
        start["amount"] = min(case.requested_amount, case.remaining_paid)
    shares = dict.fromkeys(start["remedies"], min(case.requested_amount, case.remaining_paid))
    is_all = gives_all(case, start["remedies"], shares)
    return start | {
        "outcome": Ruling.Outcome.FULL if is_all else Ruling.Outcome.PART,
        "finding_1": _(
            "The merchant was asked to answer and did not do so in time; "
            "what the buyer submitted stands uncontradicted."
        ),
    }


def silent_buyer(case: Case, start: dict[str, Any]) -> dict[str, Any]:
    """A start for the case whose buyer sent nothing of what was asked for: the rule says what may follow."""
    lapse = case.events.filter(name="lapse_evidence").order_by("-number").values_list("number")
    start |= {
        "held_against": [Side.BUYER.value],
        "finding_1": _("The buyer was asked for further evidence and sent none in time."),
        "citations_1": " ".join(f"D-{number}" for (number,) in lapse[:1]),
    }
    if case.ruled_by.buyer_silent not in AGAINST_THE_BUYER:
        return start
    return start | {"outcome": Ruling.Outcome.NONE, "remedies": [DISMISS], "amount": Decimal(0)}


def refunds_on_return(case: Case) -> list[str]:
    """The rule's own way to give money back against the goods, if it has one."""
    known = (case.book.remedies[code] for code in case.ruled_by.remedies)
    return [each.code for each in known if each.moves_money and each.needs_return][:1]


def case_exhibits(case: Case) -> Any:
    return Exhibit.objects.filter(case=case, withdrawn_at=None).order_by("number")


def consequences(case: Case, draft: RulingDraft, *, now: datetime) -> list[str]:
    """What issuing this ruling sets going, one sentence each."""
    days = case.book.windows.appeal_days
    hold = hold_of(case)
    until = now + hold + timedelta(days=days)
    return [
        *effects(case, draft),
        _("For %(seconds)s seconds it can be recalled; then both sides read it and its reasons.")
        % {"seconds": int((hold - LAST_MOMENT).total_seconds())},
        _("An appeal is possible for %(days)s days, until %(until)s Beijing time.")
        % {"days": days, "until": date_and_time(until)},
        _("After that it cannot be taken back."),
    ]


def effects(case: Case, draft: RulingDraft) -> list[str]:
    """What carrying it out means, whoever decided."""
    language, book = get_language() or "en", case.book
    remedies = "、".join if language.startswith("zh") else ", ".join
    shares = book.shares(draft.remedies, draft.amount, draft.amounts)
    lines = [
        _("Remedy: %(remedies)s.")
        % {"remedies": remedies(with_amount(case, code, shares) for code in draft.remedies)}
    ]
    if draft.amount > sum(each for code, each in shares.items() if book.refunds(code)):
        lines.append(
            _("The buyer gets %(amount)s in all once the ruling is final.")
            % {"amount": money(draft.amount)}
        )
    elif draft.amount:
        lines.append(
            _("%(amount)s goes back to the buyer once the ruling is final.")
            % {"amount": money(draft.amount)}
        )
    else:
        lines.append(
            _("No money goes back; what is held goes to the merchant once the ruling is final.")
        )
    lines += [
        _("Freight: %(freight)s.")
        % {"freight": book.freight[draft.freight].title.in_language(language)},
        *filter(None, [on_return_freight(book, draft.remedies)]),
    ]
    if draft.penalty:
        lines.append(
            _("Proposed to a penalty officer: %(points)s. It is no part of the ruling.")
            % {"points": points_in_words(draft.penalty["kind"], draft.penalty["points"])}
        )
    return lines


def with_amount(case: Case, code: str, shares: Mapping[str, Decimal]) -> str:
    """A remedy in words, and what it pays."""
    title = case.book.remedies[code].title.in_language(get_language() or "en")
    return f"{title} {money(shares[code])}" if code in shares else title
