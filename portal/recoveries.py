"""What the platform paid in shops' places, what of it they repaid, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role
from cases.actions import Refused
from cases.models import Recovery, RecoveryQuerySet
from portal.access import guarded, person
from portal.forms.recoveries import Repay
from portal.spreadsheets import spreadsheet

ROWS = 50


@guarded("recoveries")
def recoveries(request: HttpRequest) -> HttpResponse:
    return show(request)


@guarded("repay")
def repay(request: HttpRequest) -> HttpResponse:
    form = Repay(request.POST)
    if not form.is_valid():
        return show(request, form, status=400)
    try:
        form.perform(person(request), timezone.now())
    except Refused as refusal:
        return show(request, form, str(refusal), status=409)
    messages.success(request, _("The repayment is entered."))
    return redirect("recoveries")


def show(
    request: HttpRequest, form: Repay | None = None, refusal: str = "", *, status: int = 200
) -> HttpResponse:
    of_shop = request.GET.get("shop", "")
    entries = entered(of_shop)
    errors = [str(error) for each in form.errors.values() for error in each] if form else []
    return render(
        request,
        "portal/supervisor/recoveries.html",
        {
            "shops": by_shop(),
            "of_shop": of_shop,
            "open": list(entries.unpaid()[:ROWS]),
            "open_count": entries.unpaid().count(),
            "repaid": list(entries.paid_back()[:ROWS]),
            "total": entries.with_repaid().aggregate(total=Sum("still_open"))["total"] or 0,
            "form": form,
            "sentence": refusal or " ".join(errors),
            "may_act": person(request).role == Role.SUPERVISOR,
        },
        status=status,
    )


def entered(of_shop: str) -> RecoveryQuerySet:
    """The entries of one shop, or of all, the oldest first."""
    rows = Recovery.objects.with_repaid().select_related("case", "shop")
    if of_shop.isdecimal() and len(of_shop) < 18:
        rows = rows.filter(shop=int(of_shop))
    return rows.prefetch_related("repayments__by").order_by("booked_at", "pk")


def by_shop() -> list[dict[str, Any]]:
    """What each shop owes, the most first."""
    shops: dict[int, dict[str, Any]] = {}
    for entry in Recovery.objects.with_repaid().select_related("shop"):
        start = {"shop": entry.shop_id, "name": entry.shop.name, "cases": 0, "booked": 0, "owed": 0}
        sums = shops.setdefault(entry.shop_id, start)
        sums["cases"] += 1
        sums["booked"] += entry.amount
        sums["owed"] += entry.still_open  # type: ignore[attr-defined]
        sums["back"] = sums["booked"] - sums["owed"]
    return sorted(shops.values(), key=lambda sums: (-sums["owed"], sums["name"]))


@guarded("recoveries_csv")
def recoveries_csv(request: HttpRequest) -> HttpResponse:
    head = ("booked", "case", "shop", "amount", "repaid", "open", "references")
    return spreadsheet("recoveries.csv", head, rows_of(entered(request.GET.get("shop", ""))))


def rows_of(entries: RecoveryQuerySet) -> Iterator[tuple[object, ...]]:
    for entry in entries:
        yield (
            entry.booked_at.isoformat(),
            entry.case.reference,
            entry.shop.name,
            f"{entry.amount:.2f}",
            f"{entry.repaid:.2f}",  # type: ignore[attr-defined]  # annotated
            f"{entry.still_open:.2f}",  # type: ignore[attr-defined]
            " ".join(each.reference for each in entry.repayments.all()),
        )
