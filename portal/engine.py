"""The engine's health in plain words: does the clock go round, does the post go out, what was too much for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from accounts.models import Role
from cases import actions, breaker, sweep
from cases.models import Deadline, DeadlineQuerySet, Delivery, Notice, WorkHour
from cases.notices import SENTENCES, due_in_words, sentence
from portal.access import guarded, person
from portal.clocks import span
from portal.forms.engine import GivenUp, TryNow
from portal.health import Pulse, broker_answers, pulse
from portal.templatetags.portal import BEIJING

HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
ROWS = 20
# The drawing's units.
STEP, TALL, WIDE = 20, 60, 200
FEW = 0.8  # of the most rounds in an hour: below it the clock stood still for a while
WITHIN = (
    (timedelta(seconds=10), gettext_lazy("within 10 seconds")),
    (timedelta(seconds=30), gettext_lazy("within 30 seconds")),
    (timedelta(minutes=1), gettext_lazy("within a minute")),
    (timedelta(minutes=5), gettext_lazy("within 5 minutes")),
    (timedelta(hours=1), gettext_lazy("within an hour")),
    (timedelta.max, pgettext_lazy("lateness", "later")),
)


@dataclass(frozen=True)
class State:
    """The whole in one sentence; `tone` is good, soon or bad."""

    tone: str
    icon: str
    sentence: str
    detail: str = ""


@dataclass(frozen=True)
class Vital:
    """One figure; `state` is ok, soon or bad, `note` what makes it so."""

    title: str
    value: str
    note: str = ""
    state: str = "ok"

    @property
    def icon(self) -> str:
        return {"ok": "check", "soon": "glass", "bad": "over"}[self.state]


@dataclass(frozen=True)
class Letter:
    """A message that was given up, and what it says."""

    delivery: Delivery
    about: str


@dataclass(frozen=True)
class Bar:
    """One hour of a chart; `low` when much less happened than in the others."""

    at: datetime
    count: int
    x: int
    height: int
    kind: str

    @property
    def y(self) -> int:
        return TALL - self.height

    @property
    def hour(self) -> str:
        return f"{self.at.astimezone(BEIJING):%H:00}"


@dataclass(frozen=True)
class Lateness:
    """How long after its instant the clock acted on a deadline, over a stretch of time."""

    title: str
    count: int
    median: str
    almost_all: str
    longest: str


@dataclass(frozen=True)
class Share:
    label: str
    count: int
    width: int


@guarded("engine")
def engine(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found, broker, halt = pulse(now), broker_answers(), breaker.tripped()
    aside, lag = set_aside(), lags(now)
    counts = {"dead": Delivery.objects.dead().count(), "aside": aside.count()}
    return render(
        request,
        "portal/supervisor/engine.html",
        {
            "halt": halt,
            "silence": span(halt.gap) if halt and halt.gap else "",
            "state": state_of(found, broker=broker, waiting=sum(counts.values())),
            "vitals": vitals(found, now, **counts),
            **counts,
            "letters": letters(),
            "aside_rows": list(aside.select_related("case")[:ROWS]),
            "ticked": "tick" in request.GET,
            **charts(now),
            "lateness": [
                lateness(_("The last hour"), [late for at, late in lag if at > now - HOUR]),
                lateness(_("The last 24 hours"), [late for _at, late in lag]),
            ],
            "shares": shares([late for _at, late in lag]),
            "may_act": person(request).role == Role.SUPERVISOR,
        },
    )


@guarded("engine_messages")
def engine_messages(request: HttpRequest) -> HttpResponse:
    form = GivenUp(request.POST)
    if form.is_valid():
        messages.success(request, form.perform(person(request), timezone.now()))
    else:
        messages.error(
            request, " ".join(str(error) for each in form.errors.values() for error in each)
        )
    return redirect("engine")


@guarded("engine_try")
def engine_try(request: HttpRequest) -> HttpResponse:
    form = TryNow(request.POST)
    if form.is_valid():
        actions.try_now(form.cleaned_data["deadline"], by=person(request))
        messages.success(request, _("The clock tries it again at its next round."))
    return redirect("engine")


@guarded("engine_resume")
def engine_resume(request: HttpRequest) -> HttpResponse:
    breaker.resume_clock(by=person(request), now=timezone.now())
    messages.success(request, _("The clock goes on at its next round."))
    return redirect("engine")


def set_aside() -> DeadlineQuerySet:
    """What the clock tried and could not do, the most stubborn first."""
    return Deadline.objects.open().filter(failures__gt=0).order_by("-failures", "pk")


def state_of(found: Pulse, *, broker: bool, waiting: int) -> State:
    if found.halted:
        return State(
            "bad",
            "pause",
            _("The clock has stopped itself."),
            _("No deadline is acted on until a supervisor lets it go on; people can work as ever."),
        )
    if found.is_late:
        return State(
            "bad",
            "over",
            _("The clock is silent."),
            _(
                "No deadline is acted on until it comes round again; then all of them are, none is lost."
            ),
        )
    if not broker:
        return State(
            "soon",
            "glass",
            _("Background jobs are delayed: the broker does not answer."),
            _("Pages work as ever and nothing is lost; the jobs catch up when it is back."),
        )
    if found.relay_is_late:
        return State(
            "soon",
            "glass",
            _("Messages are delayed: nothing has been sent for a while."),
            _(
                "In the portal everybody reads them already; mail and webhook catch up, none is lost."
            ),
        )
    if waiting:
        return State("soon", "flag", _("The engine runs. Something waits for a person below."))
    return State("good", "check", _("The engine runs. Nothing waits for you here."))


def letters() -> list[Letter]:
    """What was given up, the oldest first."""
    dead = Delivery.objects.dead().select_related("notice__case", "notice__user", "notice__shop")
    return [Letter(each, about(each.notice)) for each in dead.order_by("ended_at", "pk")[:ROWS]]


def about(notice: Notice) -> str:
    """What it says; its bare name when just that could not be worked out."""
    if notice.name not in SENTENCES:
        return notice.name
    return sentence(notice, due=due_in_words(notice))


def vitals(found: Pulse, now: datetime, *, dead: int, aside: int) -> list[Vital]:
    oldest = sweep.due(now).values_list("due_at", flat=True).first()
    none = pgettext("engine", "none")
    return [
        Vital(
            _("Last round of the clock"),
            since(found.sweep_age_seconds),
            clock_in_words(found),
            "bad" if found.is_late or found.halted else "ok",
        ),
        Vital(
            _("Last round of the post"),
            since(found.relay_age_seconds),
            pgettext("engine", "late") if found.relay_is_late else pgettext("engine", "on time"),
            "soon" if found.relay_is_late else "ok",
        ),
        Vital(
            _("Deadlines to act on"),
            str(found.overdue),
            _("the oldest by %(length)s") % {"length": in_words(now - oldest)} if oldest else none,
            "soon" if found.overdue else "ok",
        ),
        Vital(
            _("Messages not sent yet"),
            str(found.outbox_backlog),
            _("the oldest for %(length)s") % {"length": in_words(seconds(found.outbox_age_seconds))}
            if found.outbox_backlog
            else none,
            "soon" if found.relay_is_late else "ok",
        ),
        Vital(
            _("Messages given up"),
            str(dead),
            _("decide below") if dead else none,
            "soon" if dead else "ok",
        ),
        Vital(
            _("Deadlines set aside"),
            str(aside),
            _("tried again by itself") if aside else none,
            "soon" if aside else "ok",
        ),
    ]


def clock_in_words(found: Pulse) -> str:
    if found.halted:
        return pgettext("engine", "stopped")
    return pgettext("engine", "late") if found.is_late else pgettext("engine", "on time")


def seconds(age: int | None) -> timedelta:
    return timedelta(seconds=age or 0)


def since(age: int | None) -> str:
    if age is None:
        return _("none yet")
    return _("%(length)s ago") % {"length": in_words(seconds(age))}


def charts(now: datetime) -> dict[str, list[Bar]]:
    """The last 24 hours of the clock, this one last: how often it came round, and how often it acted."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - HOUR * back for back in reversed(range(24))]
    rows = WorkHour.objects.filter(name=sweep.HEARTBEAT, began_at__gte=hours[0])
    found = {row.began_at: row for row in rows}
    rounds = [found[at].rounds if at in found else 0 for at in hours]
    acts = [found[at].done if at in found else 0 for at in hours]
    few = max(rounds) * FEW
    kinds = ["fsoon" if count < few else "fe" for count in rounds[:-1]]
    return {
        "rounds": drawn(hours, rounds, [*kinds, "fb"]),
        "acts": drawn(hours, acts, ["fa"] * 24),
    }


def drawn(hours: list[datetime], counts: list[int], kinds: list[str]) -> list[Bar]:
    """Bars as high as their share of the highest; what is not nothing can be seen."""
    most = max(counts) or 1
    return [
        Bar(at, count, place * STEP, max(2, count * TALL // most) if count else 0, kind)
        for place, (at, count, kind) in enumerate(zip(hours, counts, kinds, strict=True))
    ]


def lags(now: datetime) -> list[tuple[datetime, timedelta]]:
    """When the clock acted in the last day, and how long after the instant, sorted by that."""
    rows = Deadline.objects.filter(
        outcome=Deadline.Outcome.EXPIRED, closed_at__gt=now - DAY, sweep__isnull=False
    ).values_list("closed_at", "due_at")
    return sorted(((at, at - due) for at, due in rows if at), key=lambda pair: pair[1])


def lateness(title: str, late: Sequence[timedelta]) -> Lateness:
    """`late` is sorted."""
    if not late:
        return Lateness(title, 0, "–", "–", "–")
    last = len(late) - 1
    places = (last // 2, -(-last * 99 // 100), last)
    median, almost_all, longest = (in_words(late[place]) for place in places)
    return Lateness(title, len(late), median, almost_all, longest)


def shares(late: Sequence[timedelta]) -> list[Share]:
    counts = [0] * len(WITHIN)
    for each in late:
        counts[next(place for place, (most, _words) in enumerate(WITHIN) if each <= most)] += 1
    return [
        Share(str(words), count, -(-count * WIDE // max(len(late), 1)))
        for (_most, words), count in zip(WITHIN, counts, strict=True)
    ]


def in_words(length: timedelta) -> str:
    whole = length.total_seconds()
    if whole < 60:
        return _("%(seconds)s s") % {
            "seconds": f"{whole:.1f}" if whole < 10 and whole % 1 else int(whole)
        }
    return span(length)
