"""The clock: killed in mid-sweep, killed between two statements, set wrong, fed a broken row.

Each function works on the database at hand, which holds no other cases.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from unittest import mock

from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from cases import breaker, outbox, sweep
from cases.actions import issue_ruling, respond
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, DeadlineQuerySet, Event, Notice
from evidence.intake import Submission, submit_exhibit
from faults import failpoints, ledger
from faults.crowd import fork
from faults.lab import Verdict, fill, wait_until
from faults.people import cast, photo, supervisor
from tests.factories import HOLD, draft

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
TO_MEMORY = override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
SMALL_BATCHES = 2 * sweep.FEW
chance = random.Random(20260101)  # noqa: S311  # the same instants every time, as far as a clock can


# F1 ------------------------------------------------------------------------------------------------


def killed_in_mid_sweep(*, kills: int = 50, due: int = 1_000) -> Verdict:
    """SIGKILL at random instants of a sweep, up to five times before it may end; the fifth in small batches."""
    verdict = Verdict()
    landed = rounds = half_way = 0
    seconds = 0.3
    others = connected()  # a worker of other tests, say
    while landed < kills and rounds < kills:
        fill(due=due)
        rounds, before, hit = rounds + 1, escalations(), 0
        while hit < 5 and escalations() == before:
            together = SMALL_BATCHES if hit == 4 else sweep.TOGETHER
            child = fork(lambda size=together: sweep_now(size))
            child.wait_until_it_begins()
            child.process.join(chance.uniform(0, seconds))
            if child.kill():
                hit, seconds = hit + 1, seconds * 1.1
            else:
                seconds *= 0.7
            wait_until(lambda: connected() <= others, "the server has noticed the kill")
            if escalations() - before == due:
                seconds *= 0.7  # or most kills would come after the commit
        landed += hit
        half_way += 0 < escalations() - before < due
        sweep_now()
        after = escalations() - before
        verdict.insists(after == due, f"{after} of {due} escalated in round {rounds}")
    verdict.says(f"{landed} kills in mid-sweep of {due:,}", f"{half_way} with a part done")
    verdict.insists(landed >= kills, f"only {landed} kills came in mid-sweep")
    ledger.escalated_once(verdict, due * rounds)
    ledger.adds_up(verdict)
    return verdict


def sweep_now(together: int = sweep.TOGETHER) -> float:
    """Seconds a whole round took."""
    began = time.monotonic()
    with mock.patch.object(sweep, "TOGETHER", together):
        sweep.run(timezone.now())
    return time.monotonic() - began


def connected() -> int:
    """How many others the database still does something for, or keeps a place for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def escalations() -> int:
    return Event.objects.filter(name="escalate").count()


# F2 ------------------------------------------------------------------------------------------------


def killed_between_two_statements() -> Verdict:
    """Four acts, each killed at three places. Before the commit nothing happened; after it everything did."""
    verdict = Verdict()
    undone = done = 0
    for place in (each.__name__ for each in failpoints.OF_EVERY_ACT):
        for act in (many_expire, few_expire, merchant_answers, ruling_goes_out, photo_arrives):
            perform = act()
            before = ledger.rows()
            told_before = Notice.objects.count()
            child = fork(lambda place=place, perform=perform: armed(place, perform))
            child.wait_until_it_begins()
            child.process.join(30)
            verdict.insists(child.process.exitcode == -9, f"{act.__name__} outlived {place}")
            if place == failpoints.after_commit.__name__:
                done += 1
                verdict.insists(ledger.rows() != before, f"{act.__name__} undone though committed")
            else:
                undone += 1
                verdict.insists(ledger.rows() == before, f"{act.__name__} half done at {place}")
                verdict.insists(Notice.objects.count() == told_before, f"{place}: told too early")
                perform()
                verdict.insists(ledger.rows() != before, f"{act.__name__} cannot be repeated")
            sweep.run(timezone.now())
    sent, waiting = relayed()
    verdict.says(f"{undone} undone, {done} complete", f"{sent} letters sent, each once")
    verdict.insists(waiting == 0, f"{waiting} letters not sent, or sent twice")
    ledger.adds_up(verdict)
    return verdict


def armed(place: str, perform: Callable[[], object]) -> None:
    os.environ[failpoints.VARIABLE] = place
    failpoints.arm()
    perform()


def many_expire() -> Callable[[], object]:
    fill(due=3 * sweep.FEW)
    return lambda: sweep.run(timezone.now())


def few_expire() -> Callable[[], object]:
    fill(due=3)
    return lambda: sweep.run(timezone.now())


def merchant_answers() -> Callable[[], object]:
    people = cast()
    now = timezone.now()
    pk = people.case_in(State.AWAITING_MERCHANT, now=now).pk
    return lambda: respond(
        Case.objects.get(pk=pk), by=people.merchant, text="发货时完好。", now=now
    )


def ruling_goes_out() -> Callable[[], object]:
    people = cast()
    now = timezone.now()
    pk = people.case_in(State.REVIEWING, now=now).pk
    return lambda: issue_ruling(
        Case.objects.get(pk=pk), by=people.arbitrator, draft=draft(), now=now
    )


def photo_arrives() -> Callable[[], object]:
    people = cast()
    now = timezone.now()
    pk = people.case_in(State.AWAITING_MERCHANT, now=now).pk
    sent = Submission(photo(), "packed.png")
    return lambda: submit_exhibit(Case.objects.get(pk=pk), sent, by=people.merchant, now=now)


def relayed() -> tuple[int, int]:
    """Send what waits: how many letters went out, and how many are left or went out twice."""
    with TO_MEMORY:
        mail.outbox = []
        # Of a ruling the parties hear once it is no longer held back.
        while outbox.relay(timezone.now() + HOLD):
            pass
        ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    return len(set(ids)), len(ids) - len(set(ids)) + outbox.unsent()[0]


# F7 ------------------------------------------------------------------------------------------------


def clock_set_wrong(*, due: int = 1_500) -> Verdict:
    """The database server's clock, as sweeps read it, is set back, ahead, and far ahead."""
    verdict = Verdict()
    watching = breaker.Pendulum()
    fill(due=due)
    ticked(watching, 0 * HOUR)
    verdict.insists(escalations() == due, f"{escalations()} of {due} escalated")
    ticked(watching, -2 * HOUR)
    verdict.insists(escalations() == due, "escalated again by a clock set back")
    verdict.says(f"-2 h: {escalations() - due} escalated again")
    ticked(watching, 0 * HOUR)  # set right again, which is a jump ahead
    verdict.insists(resumed(verdict) == 302, "no way to let the clock go on")

    fill(due=due)
    running = Deadline.objects.running().filter(kind=DeadlineKind.MERCHANT_RESPONSE)
    fall_due(running, timezone.now() + HOUR)
    for ahead, pendulum in ((2 * HOUR, watching), (400 * 24 * HOUR, breaker.Pendulum())):
        ticked(pendulum, 0 * HOUR) if pendulum is watching else None
        ticked(pendulum, ahead)
        early = escalations() - due
        verdict.insists(early == 0, f"{early} escalated early by a clock {ahead} ahead")
        verdict.insists(breaker.tripped() is not None, f"{ahead} ahead is not noticed")
        verdict.insists(resumed(verdict) == 302, "no way to let the clock go on")
        verdict.says(
            f"+{ahead.days} d" if ahead.days else "+2 h", f"halted, {early} early, alarm, resumed"
        )
    fall_due(running, timezone.now() - SECOND)
    ticked(breaker.Pendulum(), 0 * HOUR)
    ledger.escalated_once(verdict, 2 * due)
    ledger.adds_up(verdict)
    return verdict


def fall_due(clocks: DeadlineQuerySet, at: datetime) -> None:
    Case.objects.filter(deadlines__in=clocks).update(due_at=at)
    clocks.update(due_at=at)


def ticked(pendulum: breaker.Pendulum, shift: timedelta) -> None:
    """One round as a worker makes it, by a clock that is so much ahead."""
    with mock.patch.object(breaker, "database_now", lambda now: now + shift):
        sweep.tick(pendulum, timezone.now())


def resumed(verdict: Verdict) -> int:
    """What the supervisor's one press was answered; before it the health page must have raised an alarm."""
    client = Client()
    verdict.insists(client.get(reverse("healthz")).status_code == 503, "no alarm")
    client.force_login(supervisor(), backend="django.contrib.auth.backends.ModelBackend")
    status: int = client.post(reverse("engine_resume")).status_code
    return status


# F20 -----------------------------------------------------------------------------------------------


def broken_row(*, due: int = 1_000, times: int = 3) -> Verdict:
    """One case has a clock it cannot have: the others go on, it is tried again, ever more rarely."""
    verdict = Verdict()
    fill(due=due)
    broken = Case.objects.order_by("pk")[due // 2]
    now = timezone.now()
    stray = Deadline.objects.create(
        case=broken,
        kind=DeadlineKind.RULING_TARGET,
        party=Side.PLATFORM,
        opened_at=now,
        window=HOUR,
        due_at=now + HOUR,
    )
    sweep.run(now)
    others = escalations()
    verdict.insists(others == due - 1, f"{others} of {due - 1} done in the same sweep")
    pauses: list[timedelta] = []
    for failures in range(1, times + 1):
        clock = Deadline.objects.get(case=broken, kind=DeadlineKind.MERCHANT_RESPONSE)
        verdict.insists(clock.failures == failures, f"{clock.failures} failures, not {failures}")
        retry_at = clock.retry_at or now
        sweep.run(retry_at - SECOND)
        clock.refresh_from_db()
        verdict.insists(clock.failures == failures, "tried before its pause was over")
        verdict.insists(retry_at - now > max(pauses, default=0 * SECOND), "the pause does not grow")
        pauses.append(retry_at - now)
        now = retry_at
        if failures < times:
            sweep.run(now)
    page = seen_by_the_supervisor()
    shown = broken.reference in page
    verdict.insists(shown, "the engine's page does not show it")
    minutes = ", ".join(f"{pause.seconds // 60}" for pause in pauses)
    verdict.says(f"1 of {due:,} broken", f"{others:,} done in the same sweep")
    verdict.says(f"tried again after {minutes} min", "shown to the supervisor")
    stray.delete()
    sweep.run(now)
    ledger.escalated_once(verdict, due)
    ledger.adds_up(verdict)
    return verdict


def seen_by_the_supervisor() -> str:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(supervisor(), backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse("engine")).content.decode()
