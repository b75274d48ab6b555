"""The supervisor's page: is the clock alive, what is late, who has how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import Count, Min, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import ARBITRATING_ROLES, Role, User
from cases.lifecycle import BEFORE_RULING, State
from cases.models import Case, CaseQuerySet, Deadline
from portal.access import guarded, person
from portal.clocks import ICONS, LAST_HOUR, STAFF_SOON, Clock, clock, span
from portal.forms.handover import HandOver
from portal.handover import in_hands, may_change_hands, whose
from portal.health import pulse
from portal.standing import left_of, rests_of

BEIJING = ZoneInfo("Asia/Shanghai")
ROWS, MOST_IN_HAND = 12, 100
NOTHING = dict.fromkeys(("held", "late", "soon", "drafts"), 0)
BAR_WIDTH = 200  # of the busiest arbitrator, in the drawing's units


# Filter, words, and the clock state that lends its colour and mark.
TALLIES = (
    ("late", pgettext_lazy("tally", "Overdue"), "over"),
    ("hour", pgettext_lazy("tally", "Last hour"), "hour"),
    ("soon", gettext_lazy("Within 4 hours"), "soon"),
    ("today", gettext_lazy("Due today"), "ok"),
)


@dataclass(frozen=True)
class Row:
    case: Case
    clock: Clock | None
    may_change_hands: bool


@dataclass(frozen=True)
class Tally:
    code: str
    label: str
    state: str
    icon: str
    count: int
    note: str


@dataclass(frozen=True)
class Load:
    """What one arbitrator holds, and how wide each part of the bar is."""

    person: User
    held: int
    late: int
    soon: int
    drafts: int
    late_width: int
    soon_width: int
    rest_width: int

    @property
    def has_left(self) -> bool:
        return not (self.person.is_active and self.person.is_arbitrating)

    @property
    def rest(self) -> int:
        return self.held - self.late - self.soon

    @property
    def soon_at(self) -> int:
        """Where the second part of the bar begins."""
        return self.late_width + (1 if self.late else 0)

    @property
    def rest_at(self) -> int:
        return self.soon_at + self.soon_width + (1 if self.soon else 0)


@guarded("supervisor")
def supervisor(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    spans = spans_of(now)
    chosen, holder = request.GET.get("due", ""), request.GET.get("holder", "")
    visible = Case.objects.visible_to(person(request)).open()
    held = in_hands(visible, holder)
    cases = visible.filter(spans.get(chosen, spans["late"] | spans["today"]))
    page = Paginator(
        with_clocks(cases if held is None else held), ROWS if held is None else MOST_IN_HAND
    ).get_page(request.GET.get("page"))
    rows = [Row(case, clock_of(case, now), may_change_hands(case)) for case in page]
    desk = loads(now)
    return render(
        request,
        "portal/supervisor/overview.html",
        {
            "pulse": pulse(now),
            "tallies": tallies(visible, spans, now),
            "chosen": chosen if chosen in spans else "",
            "page": page,
            "rows": rows,
            "no_book": sorted(
                {row.case.rulebook_version for row in rows if not row.case.has_its_book}
            ),
            "whose": "" if held is None else whose(holder),
            "ticked": "tick" in request.GET,
            "gone": sum(load.held for load in desk if load.has_left),
            "hand_over": HandOver()
            if supervising_here(request) and any(row.may_change_hands for row in rows)
            else None,
            "loads": desk,
            "set_aside": Deadline.objects.open().filter(failures__gt=0).count(),
        },
    )


def supervising_here(request: HttpRequest) -> bool:
    """Auditors look at the same page and change nothing."""
    return person(request).role == Role.SUPERVISOR


def spans_of(now: datetime) -> dict[str, Q]:
    """Each tally's stretch of time; the day is Beijing's and contains what of it comes sooner."""
    tomorrow = now.astimezone(BEIJING).date() + timedelta(days=1)
    return {
        "late": Q(due_at__lt=now),
        "hour": Q(due_at__gte=now, due_at__lt=now + LAST_HOUR),
        "soon": Q(due_at__gte=now + LAST_HOUR, due_at__lt=now + STAFF_SOON),
        "today": Q(due_at__gte=now, due_at__lt=datetime.combine(tomorrow, time(), BEIJING)),
    }


def tallies(cases: CaseQuerySet, spans: dict[str, Q], now: datetime) -> list[Tally]:
    found: dict[str, Any] = cases.aggregate(
        **{code: Count("pk", filter=within) for code, within in spans.items()},
        oldest=Min("due_at", filter=spans["late"]),
        unclaimed=Count("pk", filter=spans["hour"] & Q(state=State.QUEUED)),
        unanswered=Count("pk", filter=spans["soon"] & Q(state=State.AWAITING_MERCHANT)),
    )
    oldest = span(now - found["oldest"]) if found["oldest"] else None
    notes = {
        "late": _("the longest by %(length)s") % {"length": oldest} if oldest else "",
        "hour": _("%(count)s of them unclaimed") % {"count": found["unclaimed"]},
        "soon": _("%(count)s await the merchant") % {"count": found["unanswered"]},
        "today": _("until midnight, Beijing time"),
    }
    return [
        Tally(code, str(label), state, ICONS[state], found[code], notes[code])
        for code, label, state in TALLIES
    ]


def with_clocks(cases: CaseQuerySet) -> CaseQuerySet:
    """The most pressing first, each with its holder and its running deadlines: four queries a page."""
    running = Deadline.objects.running().with_pauses().order_by("due_at")
    listed: CaseQuerySet = (
        cases.with_parties()
        .prefetch_related(Prefetch("deadlines", running, to_attr="running_deadlines"))
        .order_by("due_at", "pk")
    )
    return listed


def clock_of(case: Case, now: datetime) -> Clock | None:
    running: list[Deadline] = case.running_deadlines  # type: ignore[attr-defined]
    if not running:
        return None
    first = running[0]
    rests = rests_of(first, now)
    return clock(
        first.due_at,
        opened_at=first.opened_at,
        party=first.party,
        now=now,
        title=first.get_kind_display(),
        left=left_of(case, first, rests, now),
        rests=rests,
    )


def loads(now: datetime) -> list[Load]:
    """Everybody of the desk and who left with cases in hand, by name: no ranking."""
    in_hand = Case.objects.filter(state__in=BEFORE_RULING, holder__isnull=False)
    counts: dict[int, dict[str, int]] = {
        row.pop("holder"): row
        for row in in_hand.values("holder").annotate(
            held=Count("pk"),
            late=Count("pk", filter=Q(due_at__lt=now)),
            soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + STAFF_SOON)),
            drafts=Count("pk", filter=Q(draft_saved_at__isnull=False)),
        )
    }
    desk = User.objects.filter(Q(role__in=ARBITRATING_ROLES, is_active=True) | Q(pk__in=counts))
    most = max((row["held"] for row in counts.values()), default=1)
    return [
        load_of(someone, most, **counts.get(someone.pk, NOTHING))
        for someone in desk.order_by("display_name", "username")
    ]


def load_of(someone: User, most: int, *, held: int, late: int, soon: int, drafts: int) -> Load:
    return Load(
        someone,
        held,
        late,
        soon,
        drafts,
        late_width=late * BAR_WIDTH // most,
        soon_width=soon * BAR_WIDTH // most,
        rest_width=(held - late - soon) * BAR_WIDTH // most,
    )
