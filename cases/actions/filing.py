"""How a dispute comes in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from accounts.models import Shop, User
from cases import deadlines, docket, rulebook, versions
from cases.actions.passage import Refused, advance
from cases.lifecycle import ENDED, Side
from cases.models import Case, DeadlineKind, Event, ReferenceCounter

BEIJING = ZoneInfo("Asia/Shanghai")


class AlreadyFiled(Refused):
    """The marketplace's id is known; `case` is the case it became."""

    def __init__(self, case: Case) -> None:
        super().__init__(_("Already filed as %(reference)s.") % {"reference": case.reference})
        self.case = case


@dataclass(frozen=True)
class Filing:
    """A dispute as the marketplace hands it over. Amounts in CNY, instants aware."""

    source: str
    external_id: str
    category: str  # a category of the rulebook, or one of its aliases
    buyer: User
    shop: Shop
    order_number: str
    paid: Decimal
    placed_at: datetime
    requested_remedy: str
    requested_amount: Decimal
    statement: str
    items: list[dict[str, Any]] = field(default_factory=list)
    freight: Decimal = Decimal("0.00")
    refunded: Decimal = Decimal("0.00")
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    carrier: str = ""
    tracking_number: str = ""
    scans: list[dict[str, str]] = field(default_factory=list)  # [{at, words}], `at` with its zone


def file_case(filing: Filing, *, by: User | None, now: datetime) -> Case:
    """File a dispute under the rulebook in force. `by` is the buyer, or None for a hand-over by the platform.

    Raises AlreadyFiled for a marketplace id that is known, Refused for facts that cannot be and while
    another case of the same order runs.
    """
    if by is not None and by != filing.buyer:
        raise PermissionDenied
    refuse_a_second(filing)
    number = versions.version_in_force(now)
    if not rulebook.is_at_hand(number):
        raise Refused(_("The rulebook in force cannot be read here; nothing can be filed."))
    book = rulebook.load(number)
    filing = with_earlier_refunds(filing)
    refuse_impossible(filing, book)
    category = book.category(filing.category)
    try:
        with transaction.atomic():
            case: Case = Case.objects.create(
                reference=next_reference(now),
                category=category.code,
                rule=category.rule,
                rulebook_version=book.version,
                filed_at=now,
                **{name: getattr(filing, name) for name in COPIED},
            )
            docket.append(
                case,
                "file",
                actor=by,
                at=now,
                to_state=case.state,
                source=filing.source,
                external_id=filing.external_id,
                rule=category.rule,
                rulebook=book.version,
                remedy=filing.requested_remedy,
                amount=f"{filing.requested_amount:.2f}",
            )
            deadlines.open_deadline(case, DeadlineKind.NEGOTIATION, Side.MERCHANT, now=now)
            deadlines.keep_earliest(case)
    except IntegrityError:
        refuse_a_second(filing)
        raise
    return case


COPIED = (
    "source",
    "external_id",
    "buyer",
    "shop",
    "order_number",
    "items",
    "paid",
    "freight",
    "refunded",
    "placed_at",
    "shipped_at",
    "delivered_at",
    "carrier",
    "tracking_number",
    "scans",
    "requested_remedy",
    "requested_amount",
    "statement",
)


def refuse_a_second(filing: Filing) -> None:
    """One order is disputed in one case at a time, so that what it gives back is counted once."""
    same = Q(source=filing.source, external_id=filing.external_id)
    order = Q(shop=filing.shop, order_number=filing.order_number)
    found = list(Case.objects.filter(same | (order & ~Q(state__in=ENDED))))
    for case in found:
        if (case.source, case.external_id) == (filing.source, filing.external_id):
            raise AlreadyFiled(case)
    if found:
        raise Refused(
            _("Case %(reference)s about this order is still open; file again once it has ended.")
            % {"reference": found[0].reference}
        )


def with_earlier_refunds(filing: Filing) -> Filing:
    """The filing with what earlier cases of the order gave back, should its record not know of it.

    The greater of the two, not their sum: a case's `refunded` goes on from what was known at its filing.
    """
    earlier = Case.objects.filter(shop=filing.shop, order_number=filing.order_number)
    counted = earlier.aggregate(most=Max("refunded"))["most"]
    return filing if counted is None else replace(filing, refunded=max(filing.refunded, counted))


def refuse_impossible(filing: Filing, book: rulebook.Rulebook) -> None:
    try:
        book.category(filing.category)
    except KeyError:
        raise Refused(
            _("No such category: %(category)s.") % {"category": filing.category}
        ) from None
    if filing.requested_remedy not in book.requested_remedies:
        raise Refused(_("No such remedy: %(remedy)s.") % {"remedy": filing.requested_remedy})
    if min(filing.paid, filing.freight, filing.refunded, filing.requested_amount) < 0:
        raise Refused(_("An amount cannot be negative."))
    if filing.requested_amount > filing.paid - filing.refunded:
        raise Refused(_("The amount asked is more than what was paid and not yet refunded."))


def next_reference(now: datetime) -> str:
    """The next number of the year (Beijing time), e.g. A-2026-000123; call it inside a transaction."""
    year = now.astimezone(BEIJING).year
    ReferenceCounter.objects.get_or_create(year=year)
    ReferenceCounter.objects.filter(year=year).update(last=F("last") + 1)
    number = ReferenceCounter.objects.get(year=year).last
    return f"A-{year}-{number:06d}"


def request_intervention(
    case: Case, *, by: User | None, now: datetime, window: timedelta | None = None
) -> Event:
    """The buyer asks the platform to step in; the merchant's clock starts.

    `window` is the merchant's time to answer where it is not the rule's own.
    """
    return advance(case, "request_intervention", by=by, now=now, window=window)
