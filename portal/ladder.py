"""The staff's own lateness as supervisors see it, and the rulings of the clock that are to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases import calendar
from cases.actions import audit_ruling
from cases.models import Deadline, Ruling
from cases.terms import working
from portal.access import guarded, person
from portal.forms.ladder import LookedAt

ROWS = 25
DRAWN_ROWS = 10
WIDE = 200  # the bar's units: twice the window, where the ladder ends
MARKS = (75, 100, 150, 200)
RUNGS = (
    pgettext_lazy("ladder", "on time"),
    gettext_lazy("warned"),
    gettext_lazy("top of the queue, lead told"),
    gettext_lazy("over by half"),
    gettext_lazy("head of the desk told"),
)
STATES = ("ok", "soon", "over", "over", "over")


@dataclass(frozen=True)
class Row:
    """A staff deadline: how much of its window is used, in per cent, and the rung it stands on."""

    deadline: Deadline
    used: int

    @property
    def rung(self) -> str:
        return str(RUNGS[self.deadline.rung])

    @property
    def state(self) -> str:
        return "pause" if self.deadline.is_paused else STATES[self.deadline.rung]

    @property
    def width(self) -> int:
        return min(self.used, WIDE)


@guarded("ladder")
def ladder(request: HttpRequest) -> HttpResponse:
    return page(request, timezone.now())


def page(
    request: HttpRequest,
    now: datetime,
    *,
    form: LookedAt | None = None,
    status: int = 200,
) -> HttpResponse:
    climbing = (
        Deadline.objects.open()
        .filter(rung__gt=0)
        .select_related("case", "case__holder")
        .with_pauses()
        .order_by("-rung", "due_at", "pk")
    )
    drawn = Ruling.objects.filter(is_drawn=True).select_related("case", "audited_by")
    waiting = drawn.filter(audited_at=None).order_by("issued_at", "pk")
    shown = Paginator(climbing, ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/supervisor/ladder.html",
        {
            "page": shown,
            "rows": [Row(deadline, used(deadline, now)) for deadline in shown],
            "marks": MARKS,
            "waiting": waiting[:DRAWN_ROWS],
            "waiting_count": waiting.count(),
            "looked_at": drawn.exclude(audited_at=None).order_by("-audited_at", "-pk")[:DRAWN_ROWS],
            "form": form,
        },
        status=status,
    )


def used(deadline: Deadline, now: datetime) -> int:
    hours = working(deadline.case, deadline.kind)
    fraction = calendar.spent_fraction(
        deadline.opened_at, deadline.window, now, deadline.intervals(), hours
    )
    return int(fraction * 100)


@guarded("drawn_ruling")
def drawn_ruling(request: HttpRequest) -> HttpResponse:
    now, form = timezone.now(), LookedAt(request.POST)
    if not form.is_valid():
        return page(request, now, form=form, status=400)
    audit_ruling(
        form.cleaned_data["ruling"],
        by=person(request),
        agrees=form.cleaned_data["agrees"] == "yes",
        note=form.cleaned_data["note"],
        now=now,
    )
    messages.success(request, _("Noted. The case itself does not change."))
    return redirect("ladder")
