"""The other ends of the outbox fail, and the sweep must not notice."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cases.lifecycle import State
from cases.models import Case, Deadline, DeadlineKind, Delivery, Event, Notice
from faults import ledger
from faults.endpoints import Endpoint, mail_server, webhook
from faults.lab import Lab, Verdict, wait_until
from faults.people import cast

BELL_SECONDS = 2.0  # of faults.settings
MORE_THAN_USUAL_SECONDS = 1.0


def nobody_listens(lab: Lab, *, cases: int = 24, seconds: float = 10) -> Verdict:
    """Mail and webhook are down, refuse, and dawdle: `seconds` each, where the table says hours and 30 s."""
    verdict = Verdict()
    ends = [mail_server(dawdling=3), webhook(dawdling=3)]
    letters, posts = ends
    variables = {
        "EMAIL_URL": f"smtp://127.0.0.1:{letters.port}",
        "NOTICE_WEBHOOK_URL": f"http://127.0.0.1:{posts.port}/",
        "NOTICE_WEBHOOK_SECRET": "a secret of this suite alone",
    }
    with lab.database():
        people = [cast() for _ in range(4 * cases)]
        waiting = [each.case_in(State.AWAITING_MERCHANT, now=timezone.now()).pk for each in people]
        lab.worker("-P", "threads", "-c", "4", **variables)
        lab.beat()
        wait_until(lambda: told() == 2 * Notice.objects.count(), "all goes well", seconds=90)
        usual = lateness(waiting[:cases], seconds)
        for end in ends:
            end.close()
        late = [lateness(waiting[cases : 2 * cases], seconds)]
        for end in ends:
            end.mood = "refuses"
            end.open()
        late.append(lateness(waiting[2 * cases : 3 * cases], seconds))
        for end in ends:
            end.mood = "dawdles"
        try_again()
        late.append(lateness(waiting[3 * cases :], seconds))
        for end in ends:
            end.mood = "well"
        wait_until(all_told, "everything has arrived", seconds=90)
        for end in ends:
            end.close()
        delay = max(late) - usual
        verdict.insists(delay <= MORE_THAN_USUAL_SECONDS, f"the sweep came {delay:.1f} s later")
        messages = Delivery.objects.filter(state=Delivery.State.SENT)
        verdict.says(f"down, 500s, slow: {seconds:.0f} s each", f"{messages.count()} messages")
        for end, channel in zip(
            ends, (Delivery.Channel.MAIL, Delivery.Channel.WEBHOOK), strict=True
        ):
            arrived_all(verdict, end, channel)
        verdict.says(f"sweep at most {max(late):.1f} s after a deadline, usually {usual:.1f}")
        lines = Event.objects.filter(name="escalate").values("case").annotate(count=Count("pk"))
        verdict.insists([line["count"] for line in lines] == [1] * len(waiting), "not each once")
        ledger.adds_up(verdict)
    return verdict


def lateness(cases: list[int], seconds: float) -> float:
    """These fall due one after the other over so many seconds: how late the last to be helped was."""
    begin = timezone.now() + timedelta(seconds=1)
    for number, pk in enumerate(cases):
        due = begin + timedelta(seconds=seconds) * number / len(cases)
        clock = Deadline.objects.filter(case=pk, kind=DeadlineKind.MERCHANT_RESPONSE)
        clock.update(due_at=due, remind_at=None)
        Case.objects.filter(pk=pk).update(due_at=due)
    lines = Event.objects.filter(case__in=cases, name="escalate")
    wait_until(lambda: lines.count() == len(cases), "they are escalated")
    rest = (begin - timezone.now()).total_seconds() + seconds
    time.sleep(max(0.0, rest))
    return max((line.at - parse_datetime(line.facts["due_at"])).total_seconds() for line in lines)


def told() -> int:
    return Delivery.objects.exclude(state=Delivery.State.WAITING).count()


def try_again() -> None:
    """The pauses between the tries, minutes by now, are cut short."""
    Delivery.objects.waiting().update(next_try_at=timezone.now())


def all_told() -> bool:
    waits = Delivery.objects.waiting()
    overdue_for_a_try = waits.filter(failures__gt=0, next_try_at__gt=timezone.now())
    overdue_for_a_try.update(next_try_at=timezone.now())
    return not waits.exists() and not Notice.objects.filter(dispatched_at=None).exists()


def arrived_all(verdict: Verdict, end: Endpoint, channel: str) -> None:
    sent = Delivery.objects.filter(channel=channel, state=Delivery.State.SENT)
    ids = {str(notice) for notice in sent.values_list("notice", flat=True)}
    arrived = {key.strip("<>").partition("@")[0]: count for key, count in end.arrived.items()}
    lost, twice = ids - set(arrived), [count for count in arrived.values() if count > 1]
    verdict.insists(not lost, f"{channel}: {len(lost)} lost")
    verdict.insists(max(arrived.values(), default=0) <= 2, f"{channel}: more than one duplicate")
    verdict.says(f"{channel}: {len(lost)} lost, {len(twice)} twice")
