"""A shop's points and measures in words, for the shop itself and for the staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import Shop
from cases.actions import Refused, appeal_penalty
from cases.actions.penalising import appeal_until, due_of, why_no_appeal
from cases.ledger import LedgerEntry, Measure, Years, points_of
from cases.lifecycle import Side
from cases.models import Case
from cases.points import MeasureTerms, PenaltyTerms, Threshold, beginning_of, standing_at, year_of
from cases.proceedings import Penalty, PenaltyAppeal
from cases.versions import in_force
from portal.access import case_for, guarded, person
from portal.clocks import Clock
from portal.forms.penalties import AppealPenalty
from portal.standing import clock_of

ROWS = 50
WIDE = 200  # the bar's units
MOST = 200  # entries a page shows of one shop


@dataclass(frozen=True)
class Rung:
    """A threshold and what it brings; `is_reached` by the year's total, `place` on the bar."""

    points: int
    brings: str
    is_reached: bool
    place: int


@dataclass(frozen=True)
class Total:
    """One kind of points in the running year, with the thresholds it climbs towards."""

    kind: str
    label: str
    points: int
    following: Rung | None
    rungs: Sequence[Rung]

    @property
    def width(self) -> int:
        return place_of(self.points, self.rungs[-1].points)


@dataclass(frozen=True)
class Year:
    year: int
    totals: Sequence[tuple[str, int]]


@dataclass
class Line:
    """One penalty as the ledger tells it; `clock` runs while an officer still decides."""

    penalty: Penalty
    appeal: PenaltyAppeal | None
    appeal_until: datetime | None
    why_no_appeal: str | None
    clock: Clock | None = None
    form: AppealPenalty | None = None


@dataclass
class ShopLedger:
    shop: Shop
    year: int
    totals: list[Total]
    years: list[Year]
    measures: list[Measure]
    past_measures: list[Measure]
    lines: list[Line] = field(default_factory=list)
    silences: int = 0  # times this year that it did not answer in time


def ledgers_of(shops: Sequence[Shop], *, now: datetime) -> list[ShopLedger]:
    """What stands against these shops: three queries."""
    year, terms = year_of(now), in_force(now).penalties
    keys = [shop.pk for shop in shops]
    points = points_of(keys)
    measures: dict[int, list[Measure]] = {key: [] for key in keys}
    for measure in Measure.objects.filter(shop__in=keys).select_related("entry__case"):
        measures[measure.shop_id].append(measure)
    silent = Case.objects.filter(shop__in=keys, defaulted_at__gte=beginning_of(year)).order_by()
    silences = dict(silent.values_list("shop").annotate(count=Count("pk")))
    return [
        ShopLedger(
            shop,
            year,
            totals=[
                total_of(terms, kind, standing_at(years, year, terms.kept_from))
                for kind, years in points[shop.pk].items()
            ],
            years=years_of(points[shop.pk], year, terms.kept_from),
            measures=[each for each in measures[shop.pk] if each.ended_at is None],
            past_measures=[each for each in measures[shop.pk] if each.ended_at is not None],
            silences=silences.get(shop.pk, 0),
        )
        for shop in shops
    ]


def years_of(points: Mapping[str, Years], running: int, kept_from: int) -> list[Year]:
    """The years before the running one that had points, newest first."""
    before = {each for years in points.values() for each in years if each < running}
    return [
        Year(
            each,
            [
                (str(Penalty.Kind(kind).label), standing_at(years, each, kept_from))
                for kind, years in points.items()
            ],
        )
        for each in sorted(before, reverse=True)
    ]


def total_of(terms: PenaltyTerms, kind: str, points: int) -> Total:
    top = terms.thresholds[kind][-1].points
    rungs = [
        Rung(each.points, brings(each), points >= each.points, place_of(each.points, top))
        for each in terms.thresholds[kind]
    ]
    following = next((each for each in rungs if not each.is_reached), None)
    return Total(kind, str(Penalty.Kind(kind).label), points, following, rungs)


def place_of(points: int, top: int) -> int:
    return WIDE * min(points, top) // top


def brings(threshold: Threshold) -> str:
    return " · ".join(in_words(each) for each in threshold.measures)


def in_words(measure: MeasureTerms) -> str:
    name = Measure.Kind(measure.kind).label
    if measure.days is None:
        return str(name)
    return ngettext(
        "%(measure)s for %(days)s day", "%(measure)s for %(days)s days", measure.days
    ) % {
        "measure": name,
        "days": measure.days,
    }


def lines_of(shop: Shop, *, now: datetime, side: str) -> list[Line]:
    """The shop's penalties, newest first; the platform reads also of those that came to nothing."""
    rows = Penalty.objects.filter(shop=shop)
    rows = rows.select_related("case", "case__shop", "case__buyer", "appeal")
    if side == Side.MERCHANT:
        rows = rows.filter(outcome__in=("", Penalty.Outcome.APPROVED))
    return [line_of(each, side, now=now) for each in rows.order_by("-proposed_at", "-pk")[:MOST]]


def line_of(penalty: Penalty, side: str, *, now: datetime) -> Line:
    due = due_of(penalty) if penalty.decided_at is None else None
    return Line(
        penalty,
        getattr(penalty, "appeal", None),
        appeal_until(penalty),
        why_no_appeal(penalty, now=now),
        clock_of(penalty.case, due, side, now=now) if due else None,
    )


# The shop's own page ------------------------------------------------------------------------------


@guarded("merchant_ledger")
def merchant_ledger(request: HttpRequest) -> HttpResponse:
    return own_page(request)


def own_page(
    request: HttpRequest,
    *,
    tried: AppealPenalty | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    ledgers = ledgers_of([each.shop for each in person(request).memberships_now()], now=now)
    for ledger in ledgers:
        lines = lines_of(ledger.shop, now=now, side=Side.MERCHANT)
        # A ruling that is held back is not told by its points either.
        ledger.lines = [line for line in lines if not line.penalty.case.is_held_back(now)]
        for line in ledger.lines:
            if line.why_no_appeal is None:
                line.form = form_for(line.penalty, tried)
    return render(
        request,
        "portal/merchant/ledger.html",
        {"ledgers": ledgers, "refusal": refusal, "errors": tried.errors if tried else {}},
        status=status,
    )


def form_for(penalty: Penalty, tried: AppealPenalty | None) -> AppealPenalty:
    mine = tried is not None and tried.data.get("penalty") == str(penalty.pk)
    form = tried if tried is not None and mine else AppealPenalty(penalty.case)
    form.auto_id = f"appeal-{penalty.pk}-%s"  # there may be several on a page
    return form


@guarded("penalty_appeal")
def penalty_appeal(request: HttpRequest, reference: str) -> HttpResponse:
    form = AppealPenalty(case_for(request, reference), request.POST)
    if not form.is_valid():
        return own_page(request, tried=form, status=400)
    penalty = form.cleaned_data["penalty"]
    try:
        appeal_penalty(
            penalty, by=person(request), text=form.cleaned_data["text"], now=timezone.now()
        )
    except Refused as refusal:
        return own_page(request, tried=form, refusal=str(refusal), status=409)
    return redirect(f"{reverse('merchant_ledger')}#penalty-{penalty.pk}")


# What the staff reads -----------------------------------------------------------------------------


@guarded("ledgers")
def ledgers(request: HttpRequest) -> HttpResponse:
    """One shop's ledger, or all shops that ever had points."""
    now, wanted = timezone.now(), request.GET.get("shop", "")
    if wanted:
        return one_ledger(request, get_object_or_404(Shop, pk=number_in(wanted)), now)
    marked = Shop.objects.filter(pk__in=LedgerEntry.objects.values("shop")).order_by("name", "pk")
    page = Paginator(marked, ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/penalties/ledgers.html",
        {"page": page, "rows": ledgers_of(list(page), now=now)},
    )


def number_in(text: str) -> int:
    """A key as an address gives it; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def one_ledger(request: HttpRequest, shop: Shop, now: datetime) -> HttpResponse:
    [ledger] = ledgers_of([shop], now=now)
    ledger.lines = lines_of(shop, now=now, side=Side.PLATFORM)
    entries = LedgerEntry.objects.filter(shop=shop).select_related("case", "penalty")[:MOST]
    return render(request, "portal/penalties/ledger.html", {"ledger": ledger, "entries": entries})
