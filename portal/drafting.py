"""The ruling as it is being written: what it starts from, what was saved, and what it would do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.actions import RulingDraft
from cases.actions.ruling import hold_of
from cases.lifecycle import Side
from cases.models import Case, Ruling
from evidence.models import Exhibit, labels_of
from portal.forms.ruling import FINDINGS, RulingForm
from portal.templatetags.portal import BEIJING, money

MANY = frozenset({"remedies"})
MOST_KEPT, LONGEST_KEPT = 20, 5000


def form_for(case: Case, typed: QueryDict | None = None) -> RulingForm:
    """The form with what was just typed, else the saved draft, else a start from the case's facts."""
    labels = labels_of(case)
    if typed is not None:
        return RulingForm(case, labels, typed)
    return RulingForm(case, labels, initial=case.draft or starting_point(case))


def saved(typed: QueryDict) -> dict[str, Any]:
    """What of a posted form is kept as the draft: the form's own fields, as typed."""
    names = ["outcome", "remedies", "amount", "freight", "reasons", "internal_note"]
    for number in range(1, FINDINGS + 1):
        names += [f"finding_{number}", f"rule_{number}", f"citations_{number}"]
    return {
        name: [kept(each) for each in typed.getlist(name)[:MOST_KEPT]]
        if name in MANY
        else kept(typed.get(name, ""))
        for name in names
        if name in typed
    }


def kept(written: object) -> str:
    """Text every database can hold: PostgreSQL takes no NUL."""
    return str(written).replace("\0", "")[:LONGEST_KEPT]


def starting_point(case: Case) -> dict[str, Any]:
    rule, granting = (
        case.ruled_by,
        case.book.remedies_granting(case.ruled_by, case.requested_remedy),
    )
    start: dict[str, Any] = {
        "amount": case.requested_amount,
        "freight": rule.freight,
        "remedies": [granting[0].code] if granting else [],
        **{f"rule_{number}": case.rule for number in range(1, FINDINGS + 1)},
    }
    if case.defaulted_at is not None and case.answered_at is None:
        start |= silent_merchant(case)
    return start


def silent_merchant(case: Case) -> dict[str, Any]:
    """A start for the case nobody answered, as far as the rulebook lets silence decide it.

    Where silence decides nothing the outcome stays open and the text says only what happened.
    """
    default = case.book.default_on_silence(case.ruled_by, case.requested_amount).code
    numbers = case_exhibits(case).filter(side=Side.BUYER).values_list("number", flat=True)
    language = get_language() or "en"
    facts = {
        "rule": case.rule,
        "title": case.ruled_by.title.in_language(language),
        "amount": money(case.requested_amount),
    }
    start: dict[str, Any] = {"citations_1": " ".join(f"E-{number:02d}" for number in numbers)}
    if default not in ("DEF-BUYER", "DEF-RETURN"):
        return start | {
            "finding_1": _("The merchant was asked to answer and did not do so in time."),
            "reasons": _(
                "The merchant did not answer within the time set. The claim is judged by the "
                "evidence on file under rule %(rule)s (%(title)s)."
            )
            % facts,
        }
    if default == "DEF-RETURN":
        start["remedies"] = refunds_on_return(case)
    return start | {
        "outcome": Ruling.Outcome.FULL,
        "finding_1": _(
            "The merchant was asked to answer and did not do so in time; "
            "what the buyer submitted stands uncontradicted."
        ),
        "reasons": _(
            "The merchant did not answer within the time set. On the buyer's evidence the claim is "
            "made out under rule %(rule)s (%(title)s). The buyer's claim of %(amount)s is supported."
        )
        % facts,
    }


def refunds_on_return(case: Case) -> list[str]:
    """The rule's own way to give money back against the goods, if it has one."""
    known = (case.book.remedies[code] for code in case.ruled_by.remedies)
    return [each.code for each in known if each.moves_money and each.needs_return][:1]


def case_exhibits(case: Case) -> Any:
    return Exhibit.objects.filter(case=case, withdrawn_at=None).order_by("number")


def consequences(case: Case, draft: RulingDraft, *, now: datetime) -> list[str]:
    """What issuing this ruling sets going, one sentence each."""
    language, book = get_language() or "en", case.book
    remedies = "、".join if language.startswith("zh") else ", ".join
    days = book.windows.appeal_days
    hold = hold_of(case)
    until = now + hold + timedelta(days=days)
    lines = [
        _("Remedy: %(remedies)s.")
        % {
            "remedies": remedies(
                book.remedies[code].title.in_language(language) for code in draft.remedies
            )
        }
    ]
    if draft.amount:
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
        _("For %(seconds)s seconds it can be recalled; then both sides read it and its reasons.")
        % {"seconds": int(hold.total_seconds())},
        _("An appeal is possible for %(days)s days, until %(until)s Beijing time.")
        % {"days": days, "until": f"{until.astimezone(BEIJING):%Y-%m-%d %H:%M}"},
        _("After that it cannot be taken back."),
    ]
    return lines
