"""What stands in the way of a ruling, each as a sentence and the field to jump to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as _

from cases.actions.drafts import RulingDraft
from cases.actions.hearing import silent_sides
from cases.actions.penalising import why_not_these
from cases.lifecycle import intact
from cases.models import Case, Ruling
from cases.pulse import NOT_READ, store_is_away
from cases.rulebook import FULL_REFUND

DISMISS = "RM-REJECT"  # a code every rulebook has


@dataclass(frozen=True)
class Obstacle:
    """Why a ruling cannot go out, and what to jump to: a field of the form, or an exhibit by its label."""

    field: str
    sentence: str

    @property
    def anchor(self) -> str:
        return self.field if self.field.startswith("E-") else f"f-{self.field}"


def obstacles(case: Case, draft: RulingDraft) -> list[Obstacle]:
    """Everything that stands between this draft and its going out, each as one sentence.

    Whose word it also needs is no obstacle: see `second_look`.
    """
    return [
        *_about_files(case),
        *_about_findings(case, draft),
        *_about_remedies(case, draft),
        *_about_amounts(case, draft),
        *_about_freight(case, draft),
        *_about_silence(case, draft),
        *_about_looking(draft),
        *_about_penalty(case, draft),
    ]


def _about_files(case: Case) -> list[Obstacle]:
    if not intact(case):
        return [Obstacle("outcome", gettext(intact.__doc__ or ""))]
    if store_is_away():
        return [Obstacle("outcome", gettext(NOT_READ))]
    return []


def _about_penalty(case: Case, draft: RulingDraft) -> list[Obstacle]:
    cited = [finding.rule for finding in draft.findings]
    refusal = why_not_these(case, **draft.penalty, cited=cited) if draft.penalty else None
    return [Obstacle("penalty", refusal)] if refusal else []


def _about_findings(case: Case, draft: RulingDraft) -> list[Obstacle]:
    found: list[Obstacle] = []
    if not draft.findings:
        found.append(Obstacle("findings", _("State at least one finding.")))
    for number, finding in enumerate(draft.findings, start=1):
        if not finding.text.strip():
            words = _("Finding %(number)s has no words.") % {"number": number}
            found.append(Obstacle("findings", words))
        if not finding.citations:
            found.append(
                Obstacle(
                    "findings",
                    _("Finding %(number)s cites no exhibit or message.") % {"number": number},
                )
            )
        if finding.rule not in case.book.rules:
            found.append(
                Obstacle("findings", _("Finding %(number)s names no rule.") % {"number": number})
            )
    if not draft.reasons.strip():
        found.append(Obstacle("reasons", _("Give the parties reasons in words.")))
    return found


def allowed_remedies(case: Case, rules: Iterable[str]) -> list[str]:
    """What the case's own rule allows, and after that what the rules cited beside it do."""
    return beside(case, own_remedies(case), rules)


def own_remedies(case: Case) -> list[str]:
    """The remedies of the case's rule; to dismiss the claim; what a supervisor has allowed in this case."""
    granted = case.overrides.granted().values_list("remedy", flat=True)
    return list(dict.fromkeys([*case.ruled_by.remedies, DISMISS, *granted]))


def beside(case: Case, own: Iterable[str], rules: Iterable[str]) -> list[str]:
    known = case.book.rules
    cited = (code for rule in rules if rule in known for code in known[rule].remedies)
    return list(dict.fromkeys([*own, *cited]))


def _about_remedies(case: Case, draft: RulingDraft) -> list[Obstacle]:
    found: list[Obstacle] = []
    allowed = allowed_remedies(case, tuple(finding.rule for finding in draft.findings))
    if draft.outcome not in Ruling.Outcome.values:
        found.append(Obstacle("outcome", _("Choose an outcome.")))
    if not draft.remedies:
        found.append(Obstacle("remedies", _("Choose a remedy.")))
    if not set(draft.remedies) <= set(allowed):
        found.append(Obstacle("remedies", _("The rules cited do not allow this remedy.")))
    return found + _contradictions(case, draft)


def _contradictions(case: Case, draft: RulingDraft) -> list[Obstacle]:
    """Where the outcome says one thing and the remedies another."""
    grants = {code for asked in case.book.requested_remedies.values() for code in asked.remedies}
    chosen = set(draft.remedies)
    if draft.outcome == Ruling.Outcome.NONE and chosen & grants:
        return [Obstacle("remedies", _("A ruling for the merchant grants the buyer no remedy."))]
    if draft.outcome == Ruling.Outcome.PART and FULL_REFUND in chosen:
        return [Obstacle("remedies", _("A full refund is no ruling in part."))]
    if draft.outcome in (Ruling.Outcome.FULL, Ruling.Outcome.PART) and DISMISS in chosen:
        return [Obstacle("remedies", _("A dismissed claim is no ruling for the buyer."))]
    shares = case.book.shares(draft.remedies, draft.amount, draft.amounts)
    if draft.outcome == Ruling.Outcome.FULL and not gives_all(case, draft.remedies, shares):
        return [Obstacle("outcome", _("This is not all that was asked: the ruling is in part."))]
    return []


def gives_all(case: Case, remedies: Sequence[str], shares: Mapping[str, Decimal]) -> bool:
    """Whether it may be called a ruling for the buyer: what was asked, or everything back."""
    left = case.remaining_paid
    return FULL_REFUND in remedies or case.is_granted_by(remedies, shares, left=left)


def _about_amounts(case: Case, draft: RulingDraft) -> list[Obstacle]:
    """Refunds together stay within what is left of the price, every other remedy within its bound."""
    if draft.outcome == Ruling.Outcome.NONE:
        refusal = _("A ruling for the merchant gives nothing back.")
        return [Obstacle("amount", refusal)] if draft.amount else []
    book, chosen = case.book, set(draft.remedies)
    shares = book.shares(draft.remedies, draft.amount, draft.amounts)
    returned = sum((each for code, each in shares.items() if book.refunds(code)), Decimal(0))
    found: list[Obstacle] = []
    if draft.amount < 0 or not 0 <= returned <= case.remaining_paid:
        found.append(Obstacle("amount", within(case.remaining_paid)))
    elif not returned and any(book.refunds(code) for code in chosen):
        found.append(Obstacle("amount", _("This remedy needs an amount.")))
    elif FULL_REFUND in chosen and returned < _asked_back(case):
        refusal = _("A full refund is no less than was asked: choose a partial one.")
        found.append(Obstacle("amount", refusal))
    for code in draft.remedies:
        if code in book.compensations and book.pays(code):
            found += _about_compensation(case, code, shares.get(code, Decimal(0)))
    paid_for_nothing = draft.amount and not shares and chosen <= set(book.remedies) - {DISMISS}
    if set(shares) - chosen or (chosen and paid_for_nothing):
        found.append(Obstacle("remedies", _("An amount stands beside no remedy that pays it.")))
    if shares and sum(shares.values()) != draft.amount:
        found.append(Obstacle("amount", _("The remedies do not add up to the amount.")))
    return found


def _asked_back(case: Case) -> Decimal:
    """What a full refund comes to: what was asked; where no money was, everything."""
    return min(case.requested_amount or case.remaining_paid, case.remaining_paid)


def _about_compensation(case: Case, code: str, share: Decimal) -> list[Obstacle]:
    if not share:
        return [Obstacle(f"pay_{code}", _("This remedy needs an amount."))]
    if not 0 < share <= case.most(code):
        return [Obstacle(f"pay_{code}", within(case.most(code)))]
    return []


def _about_freight(case: Case, draft: RulingDraft) -> list[Obstacle]:
    if draft.freight not in case.book.freight:
        return [Obstacle("freight", _("Say who bears the freight."))]
    if draft.freight != case.ruled_by.freight and not draft.freight_reason.strip():
        return [Obstacle("freight", _("Say why the freight is not borne as the rule says."))]
    return []


def _about_silence(case: Case, draft: RulingDraft) -> list[Obstacle]:
    if set(draft.held_against) <= set(silent_sides(case) if draft.held_against else ()):
        return []
    return [
        Obstacle(
            "held_against",
            _("Only a request for evidence that lapsed unanswered can be held against a side."),
        )
    ]


def _about_looking(draft: RulingDraft) -> list[Obstacle]:
    unseen = [label for label in draft.unseen if label not in draft.without]
    if not unseen:
        return []
    sentence = ngettext(
        "%(number)s exhibit was not looked at: %(labels)s.",
        "%(number)s exhibits were not looked at: %(labels)s.",
        len(unseen),
    )
    told = sentence % {"number": len(unseen), "labels": ", ".join(unseen)}
    return [Obstacle(unseen[0], told)]


def within(most: Decimal) -> str:
    return _("The amount is between ¥0.00 and ¥%(cap)s.") % {"cap": f"{most:,.2f}"}


def second_look(case: Case, draft: RulingDraft) -> list[str]:
    """Why this ruling goes out only when a second person has approved it, one sentence each."""
    book, found = case.book, []
    if draft.amount > book.approval_threshold:
        found.append(
            _("Above ¥%(threshold)s a second person approves the ruling.")
            % {"threshold": f"{book.approval_threshold:,.2f}"}
        )
    cited = dict.fromkeys([case.rule, *(finding.rule for finding in draft.findings)])
    found += [
        _("Rule %(rule)s asks for two people.") % {"rule": code}
        for code in cited
        if code in book.rules and book.rules[code].two_reviewers
    ]
    if set(draft.remedies) - set(own_remedies(case)):
        found.append(
            _("A remedy comes from a rule that is not the case's own: a second person approves.")
        )
    if case.shop.is_self_operated:
        found.append(_("The shop is the platform's own: a second person approves the ruling."))
    found += [
        _("%(label)s was found to be used before: a second person approves the ruling.")
        % {"label": label}
        for label in used_before(case)
    ]
    return found


def used_before(case: Case) -> list[str]:
    """The photos of the case that were marked as used before, by the last word on each on the docket."""
    marked = case.events.filter(name__in=("match_confirmed", "match_coincidence"))
    last = {
        (facts["label"], facts["other"], facts["other_case"]): name
        for name, facts in marked.order_by("number").values_list("name", "facts")
    }
    return sorted(
        {label for (label, _other, _case), name in last.items() if name == "match_confirmed"}
    )
