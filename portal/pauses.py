"""The supervisor's page of platform pauses: what runs and what is to come, and declaring one more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.actions import Refused, declare_pause, end_pause_early, preview_pause
from cases.actions.pausing import Moved, Reach
from cases.models import DeadlineKind, PlatformPause
from portal.access import guarded, person
from portal.forms.pauses import EndForm, PauseForm

SHOWN = 50


@dataclass(frozen=True)
class Row:
    """`state` is running, coming, over or ended: ended before its time."""

    pause: PlatformPause
    state: str
    scope: str
    reason: str

    @property
    def may_end(self) -> bool:
        return self.state in ("running", "coming")


@guarded("pauses")
def pauses(request: HttpRequest) -> HttpResponse:
    return page(request, timezone.now())


def page(
    request: HttpRequest,
    now: datetime,
    *,
    form: PauseForm | None = None,
    reach: Reach | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page, and again with what was typed: to be corrected, or with what it would move."""
    newest = PlatformPause.objects.select_related("shop", "declared_by", "ended_by")
    counted = newest.annotate(deadlines=Count("moved"))[:SHOWN]
    return render(
        request,
        "portal/supervisor/pauses.html",
        {
            "rows": [row_of(pause, now) for pause in counted],
            "form": form or PauseForm(initial={"began_at": now}),
            "reach": reach,
            "kinds": [(DeadlineKind(kind).label, number) for kind, number in reach.kinds]
            if reach
            else [],
            "seal": seal(form) if form and reach else "",
            "refusal": refusal,
        },
        status=status,
    )


@guarded("declare_pause")
def declare(request: HttpRequest) -> HttpResponse:
    """First what it would move, exactly; declared is only what was previewed."""
    now, form = timezone.now(), PauseForm(request.POST)
    if not form.is_valid():
        return page(request, now, form=form, status=400)
    pause = form.pause()
    if request.POST.get("seal") != seal(form):
        return page(request, now, form=form, reach=preview_pause(pause))
    try:
        moved = declare_pause(pause, by=person(request), now=now)
    except Refused as refusal:
        return page(request, now, form=form, refusal=str(refusal), status=409)
    sentence = ngettext(
        "Declared. %(count)s case is told.", "Declared. %(count)s cases are told.", moved.cases
    )
    tell(request, sentence, moved)
    return redirect("pauses")


@guarded("end_pause")
def end(request: HttpRequest) -> HttpResponse:
    now, form = timezone.now(), EndForm(request.POST)
    if not form.is_valid():
        return page(request, now, refusal=_("This pause does not exist."), status=400)
    moved = end_pause_early(form.cleaned_data["pause"], by=person(request), now=now)
    sentence = ngettext(
        "Ended. The clocks of %(count)s case go on.",
        "Ended. The clocks of %(count)s cases go on.",
        moved.cases,
    )
    tell(request, sentence, moved)
    return redirect("pauses")


def tell(request: HttpRequest, sentence: str, moved: Moved) -> None:
    messages.success(request, sentence % {"count": moved.cases})
    if moved.left:
        rest = ngettext(
            "%(count)s more case follows within minutes; nothing expires before.",
            "%(count)s more cases follow within minutes; nothing expires before.",
            moved.left,
        )
        messages.warning(request, rest % {"count": moved.left})


def seal(form: PauseForm) -> str:
    return hashlib.sha256(form.as_typed().encode()).hexdigest()


def row_of(pause: PlatformPause, now: datetime) -> Row:
    if pause.ended_at is not None:
        state = "ended"
    elif pause.ends_at <= now:
        state = "over"
    else:
        state = "coming" if pause.began_at > now else "running"
    return Row(pause, state, scope_of(pause), pause.reason.in_language(get_language() or "en"))


def scope_of(pause: PlatformPause) -> str:
    """What stands still, in words: the narrower, the more of them."""
    words: list[Any] = [DeadlineKind(kind).label for kind in pause.kinds]
    words = words or [_("All deadlines of buyers and merchants")]
    named = dict(PauseForm.base_fields["categories"].choices)  # type: ignore[attr-defined]
    words += [named.get(code, code) for code in pause.categories]
    return " · ".join(map(str, [*words, *([pause.shop.name] if pause.shop else [])]))
