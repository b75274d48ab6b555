"""Settlement: what the arbitrator or a party puts on the table, and what both say to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import deadlines, docket, notices
from cases.actions.passage import Refused, advance, lock, own_side
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, Event
from cases.proceedings import Offer


def propose(
    case: Case, *, by: User, remedy: str, amount: Decimal, note: str = "", now: datetime
) -> Offer:
    """The holder puts a settlement on the table; both parties have to accept it in time."""
    _refuse_impossible(case, remedy, amount)
    with transaction.atomic():
        entry = {"remedy": remedy, "amount": f"{amount:.2f}", "note": note}
        advance(case, "propose", by=by, now=now, entry=entry)
        return _lay_down(case, Side.PLATFORM, by, remedy, amount, note, now)


def counter(
    case: Case, *, by: User, remedy: str, amount: Decimal, note: str = "", now: datetime
) -> Offer:
    """A party answers an offer with its own, which it has thereby accepted; the other side's clock starts anew."""
    _refuse_impossible(case, remedy, amount)
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        standing = _in_time(case, side, now)
        left = _time_left(case, now)
        _end(standing, Offer.Outcome.COUNTERED, now)
        entry = {"remedy": remedy, "amount": f"{amount:.2f}", "note": note, "side": side}
        docket.append(case, "counter", actor=by, at=now, **entry)
        deadlines.close(case, DeadlineKind.OFFER_ANSWER, outcome=Deadline.Outcome.MET, now=now)
        other = Side.MERCHANT if side == Side.BUYER else Side.BUYER
        deadlines.open_deadline(case, DeadlineKind.OFFER_ANSWER, other, now=now, window=left)
        deadlines.keep_earliest(case)
        notices.queue(case, "propose", (other,), now=now)
        return _lay_down(case, side, by, remedy, amount, note, now)


def accept(case: Case, *, by: User, now: datetime) -> Event:
    """A party accepts what is on the table; with the second acceptance the case is settled."""
    side = own_side(case, by)
    with transaction.atomic():
        lock(case)
        offer = _in_time(case, side, now)
        if offer.accepted_by(side):
            raise Refused(_("You have already accepted; the other side is asked."))
        Offer.objects.filter(pk=offer.pk).update(**{f"{side}_accepted_at": now})
        deadlines.close(
            case, DeadlineKind.OFFER_ANSWER, outcome=Deadline.Outcome.MET, now=now, party=side
        )
        other = Side.MERCHANT if side == Side.BUYER else Side.BUYER
        if not offer.accepted_by(other):
            line = docket.append(case, "accepted_offer", actor=by, at=now, side=side)
            deadlines.keep_earliest(case)
            return line
        # Settled before the step is taken: what is owed, and by when, follows from the offer.
        _end(offer, Offer.Outcome.ACCEPTED, now)
        entry = {"remedy": offer.remedy, "amount": f"{offer.amount:.2f}"}
        return advance(case, "accept", by=by, now=now, entry=entry)


def decline(case: Case, *, by: User | None, now: datetime, entry: dict[str, str]) -> Event:
    """A party says no, or the time to answer is over: back to the review."""
    outcome = Offer.Outcome.LAPSED if by is None else Offer.Outcome.DECLINED
    with transaction.atomic():
        event = advance(case, "decline", by=by, now=now, entry=entry)
        case.offers.filter(ended_at=None).update(ended_at=now, outcome=outcome)
    return event


def _refuse_impossible(case: Case, remedy: str, amount: Decimal) -> None:
    if remedy not in case.ruled_by.remedies:
        raise Refused(_("The rule does not allow this remedy."))
    if not 0 <= amount <= case.remaining_paid:
        raise Refused(
            _("The amount is between ¥0.00 and ¥%(cap)s.") % {"cap": f"{case.remaining_paid:,.2f}"}
        )
    if case.book.remedies[remedy].moves_money and not amount:
        raise Refused(_("This remedy needs an amount."))


def _in_time(case: Case, side: str, now: datetime) -> Offer:
    """The offer this side may still answer. Raises Refused when there is none or its time is over."""
    offer = case.offers.filter(ended_at=None).first()
    if case.state != State.MEDIATING or offer is None:
        raise Refused(_("No offer is on the table."))
    own = deadlines.open_of(case, DeadlineKind.OFFER_ANSWER, side)
    if own is not None and now > own.due_at:
        raise Refused(_("The time to answer the offer is over."))
    return offer


def _time_left(case: Case, now: datetime) -> timedelta:
    """For one more answer, within what the whole exchange may take."""
    windows = case.book.windows
    offers = case.offers.order_by("-number")
    began = next((offer.made_at for offer in offers if offer.side == Side.PLATFORM), now)
    left = began + timedelta(hours=windows.offer_total_hours) - now
    if left <= timedelta():
        raise Refused(_("The time to settle is over."))
    return min(left, timedelta(hours=windows.offer_hours))


def _lay_down(
    case: Case, side: str, by: User, remedy: str, amount: Decimal, note: str, now: datetime
) -> Offer:
    offer: Offer = Offer.objects.create(
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
    return offer


def _end(offer: Offer, outcome: str, now: datetime) -> None:
    Offer.objects.filter(pk=offer.pk, ended_at=None).update(ended_at=now, outcome=outcome)
