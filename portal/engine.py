"""The engine's health in plain words: does the clock go round, does the post go out, what was too much for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Role
from cases import actions, breaker, sweep
from cases.execution import MoneyCommand
from cases.models import Deadline, DeadlineQuerySet, Delivery, Notice, Recovery
from cases.notices import SENTENCES, due_in_words, sentence
from portal.access import guarded, person
from portal.clocks import span
from portal.figures import DAY, HOUR, charts, in_words, lateness, shares
from portal.forms.engine import GivenUp, PayAgain, TryNow
from portal.health import Pulse, broker_answers, pulse

ROWS = 20


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


@guarded("engine")
def engine(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    found, broker, halt = pulse(now), broker_answers(), breaker.tripped()
    aside = set_aside()
    failed = MoneyCommand.objects.failed().select_related("case__shop").order_by("ended_at")
    counts = {
        "dead": Delivery.objects.dead().count(),
        "aside": aside.count(),
        "unpaid": failed.count(),
    }
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
            "payments": list(failed[:ROWS]),
            "under_way": MoneyCommand.objects.under_way().count(),
            "owed": Recovery.objects.with_repaid().aggregate(total=Sum("still_open"))["total"],
            "aside_rows": list(aside.select_related("case")[:ROWS]),
            "ticked": "tick" in request.GET,
            **charts(now),
            "lateness": [
                lateness(_("The last hour"), now - HOUR),
                lateness(_("The last 24 hours"), now - DAY),
            ],
            "shares": shares(now - DAY),
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


@guarded("engine_payments")
def engine_payments(request: HttpRequest) -> HttpResponse:
    form = PayAgain(request.POST)
    if form.is_valid():
        actions.pay_again(form.cleaned_data["payment"], by=person(request), now=timezone.now())
        messages.success(request, _("The payment is tried again at the next round."))
    return redirect(f"{reverse('engine')}#payments")


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
    if found.store_away_seconds is not None:
        return State(
            "bad",
            "over",
            _("The evidence store is away: no stored file can be read."),
            _(
                "Nothing is ruled until it is back. Has its disk been mounted, does its bucket answer?"
            ),
        )
    if found.is_off:
        return State(
            "soon",
            "over",
            _("This machine's clock is %(seconds)s s off the database's.")
            % {"seconds": abs(found.drift_seconds or 0)},
            _("By this one people are in time, by that one their time is over. Set both by NTP."),
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


def vitals(found: Pulse, now: datetime, *, dead: int, aside: int, unpaid: int) -> list[Vital]:
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
            _("This machine's clock against the database's"),
            none if found.drift_seconds is None else in_words(seconds(abs(found.drift_seconds))),
            pgettext("engine", "apart") if found.is_off else pgettext("engine", "together"),
            "soon" if found.is_off else "ok",
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
        Vital(
            _("Payments that failed"),
            str(unpaid),
            _("decide below") if unpaid else none,
            "bad" if unpaid else "ok",
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
