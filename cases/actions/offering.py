"""Settlement: what a party or the arbitrator puts on the table, and what is said to it.

Before the desk has the case the parties settle among themselves, and the case stays where it is; during
the review the arbitrator proposes. Every answer names the offer it means, so that nobody accepts one
they have not read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import deadlines, docket, notices
from cases.actions.passage import Refused, advance, lock, own_side
from cases.actions.penalising import record_silence
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, Event
from cases.proceedings import Offer

OTHER: dict[str, Side] = {Side.BUYER: Side.MERCHANT, Side.MERCHANT: Side.BUYER}
# The merchant's own time in the states in which the parties settle among themselves.
OWN_TIME: dict[str, DeadlineKind] = {
    State.NEGOTIATING: DeadlineKind.NEGOTIATION,
    State.AWAITING_MERCHANT: DeadlineKind.MERCHANT_RESPONSE,
}


def propose(
    case: Case, *, by: User, remedy: str, amount: Decimal, note: str = "", now: datetime
) -> Offer:
    """The holder puts a settlement on the table; both parties have to accept it in time."""
    return _put(case, "propose", Side.PLATFORM, by, remedy, amount, note, now)


def offer(
    case: Case, *, by: User, remedy: str, amount: Decimal, note: str = "", now: datetime
) -> Offer:
    """A party offers the other to settle before the desk has the case, which it has thereby accepted.

    While the buyer's own time to answer runs the merchant's time to answer the claim stands still,
    see `deadlines.wait_for_the_buyer`; all offers of a stage together take no longer than the rulebook allows.
    """
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        _refuse_what_is_late(case, now)
        return _put(case, "offer", side, by, remedy, amount, note, now)


def counter(
    case: Case,
    *,
    by: User,
    remedy: str,
    amount: Decimal,
    note: str = "",
    now: datetime,
    number: int | None = None,
) -> Offer:
    """A party answers an offer with its own, which it has thereby accepted; the other side's clock starts anew."""
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        standing = _to_answer(case, side, number, now)
        _end(standing, Offer.Outcome.COUNTERED, side, now)
        return _put(case, "counter", side, by, remedy, amount, note, now)


def accept(case: Case, *, by: User, now: datetime, number: int | None = None) -> Event:
    """A party accepts what is on the table; with the second acceptance the case is settled."""
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        standing = _to_answer(case, side, number, now)
        Offer.objects.filter(pk=standing.pk).update(**{f"{side}_accepted_at": now})
        other = OTHER[side]
        if standing.accepted_by(other):
            # Settled before the step is taken: what is owed, and by when, follows from the offer.
            _end(standing, Offer.Outcome.ACCEPTED, side, now)
            entry = {"remedy": standing.remedy, "amount": f"{standing.amount:.2f}"}
            event = advance(case, "accept", by=by, now=now, entry={**entry, "side": side})
            record_silence(case, now=now)
            return event
        deadlines.close(
            case, DeadlineKind.OFFER_ANSWER, outcome=Deadline.Outcome.MET, now=now, party=side
        )
        line = docket.append(case, "accepted_offer", actor=by, at=now, side=side)
        deadlines.keep_earliest(case)
        notices.queue(case, "accepted_offer", (other,), now=now)
    return line


def decline(
    case: Case,
    *,
    by: User | None,
    now: datetime,
    entry: dict[str, str] | None = None,
    number: int | None = None,
) -> Event:
    """A party says no, or the time to answer is over: the case goes on where it was."""
    with transaction.atomic():
        if by is None:
            open_offers = case.offers.filter(ended_at=None)
            open_offers.update(ended_at=now, outcome=Offer.Outcome.LAPSED)
        else:
            side = own_side(case, by)
            lock(case)
            _end(_to_answer(case, side, number, now), Offer.Outcome.DECLINED, side, now)
            entry = {**(entry or {}), "side": side}
        return advance(case, "decline", by=by, now=now, entry=entry)


def why_no_offer(case: Case, remedy: str, amount: Decimal) -> str | None:
    """The sentence that says why these terms cannot be offered; None when they can."""
    if remedy not in case.book.offerable(case.ruled_by):
        return _("The rule does not allow this remedy.")
    if not 0 <= amount <= case.remaining_paid:
        return _("The amount is between ¥0.00 and ¥%(cap)s.") % {
            "cap": f"{case.remaining_paid:,.2f}"
        }
    if case.book.remedies[remedy].moves_money and not amount:
        return _("This remedy needs an amount.")
    if amount and not case.book.remedies[remedy].moves_money:
        return _("This remedy moves no money: leave the amount empty.")
    return None


def _to_answer(case: Case, side: str, number: int | None, now: datetime) -> Offer:
    """The offer this side may still answer. Raises Refused when there is none or its time is over.

    `number`: the offer the answer means; None is whichever is on the table.
    """
    standing = case.offers.filter(ended_at=None).first()
    if standing is None:
        raise Refused(_("No offer is on the table."))
    if number not in (None, standing.number):
        raise Refused(_("There is another offer on the table by now: read it first."))
    if standing.accepted_by(side):
        raise Refused(_("You have already accepted; the other side is asked."))
    own = deadlines.open_of(case, DeadlineKind.OFFER_ANSWER, side)
    if own is not None and now > own.due_at:
        raise Refused(_("The time to answer the offer is over."))
    _refuse_what_is_late(case, now)
    return standing


def _refuse_what_is_late(case: Case, now: datetime) -> None:
    """What the clock is about to move on is no longer settled, even before the sweep has been round."""
    kind = OWN_TIME.get(case.state)
    if kind is not None and deadlines.is_late(deadlines.open_of(case, kind), now):
        raise Refused(_("The merchant's time to answer is over: the case goes on."))


def _time_left(case: Case, now: datetime) -> timedelta:
    """For one more answer, within what the whole exchange may take."""
    windows = case.book.windows
    left = _began(case, now) + timedelta(hours=windows.offer_total_hours) - now
    if left <= timedelta():
        raise Refused(_("The time to settle is over."))
    return min(left, timedelta(hours=windows.offer_hours))


def _began(case: Case, now: datetime) -> datetime:
    """When this exchange began: with the arbitrator's last proposal, or the stage's first offer."""
    if case.state == State.MEDIATING:
        last = case.offers.filter(side=Side.PLATFORM).order_by("-number").first()
        return last.made_at if last else now
    kind = OWN_TIME.get(case.state)
    clock = deadlines.open_of(case, kind) if kind else None
    first = case.offers.filter(made_at__gte=clock.opened_at).first() if clock else None
    return first.made_at if first else now


def _put(
    case: Case,
    step: str,
    side: Side,
    by: User,
    remedy: str,
    amount: Decimal,
    note: str,
    now: datetime,
) -> Offer:
    """Take the step and lay the offer on the table. Whoever makes it has accepted it."""
    refusal = why_no_offer(case, remedy, amount)
    if refusal is not None:
        raise Refused(refusal)
    asked = tuple(each for each in OTHER if each != side)
    entry = {"remedy": remedy, "amount": f"{amount:.2f}", "note": note, "side": side}
    with transaction.atomic():
        advance(
            case,
            step,
            by=by,
            now=now,
            entry=entry,
            told=asked,
            window=_time_left(case, now),
            side=side,
        )
        made: Offer = Offer.objects.create(
            case=case,
            number=case.offers.count() + 1,
            side=side,
            by=by,
            remedy=remedy,
            amount=amount,
            note=note,
            made_at=now,
            buyer_accepted_at=now if side == Side.BUYER else None,
            merchant_accepted_at=now if side == Side.MERCHANT else None,
        )
    return made


def _end(standing: Offer, outcome: str, side: str, now: datetime) -> None:
    Offer.objects.filter(pk=standing.pk).update(ended_at=now, outcome=outcome, ended_by=side)
