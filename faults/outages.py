"""What the portal stands on goes away: beats double or die, the broker forgets or ends, the database restarts."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import redis
import requests
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cases import seeding, sweep
from cases.lifecycle import State
from cases.models import ON_THE_WAY, Case, Deadline, Event, Heartbeat
from faults import ledger
from faults.buttons import RULING, photo_to_send
from faults.lab import Lab, Program, Verdict, wait_until
from faults.people import cast, supervisor
from faults.visitors import Answer, Visitor

SECOND = timedelta(seconds=1)
SILENCE_SECONDS = 180  # after which a watcher must be told


def everything_is_due_at(instant: datetime, *, spread: float = 0) -> None:
    """All merchants' clocks run out then, or evenly over `spread` seconds from then on."""
    Deadline.objects.open().update(due_at=instant)
    if spread:
        rows = list(Deadline.objects.open().order_by("pk"))
        for number, row in enumerate(rows):
            row.due_at = instant + number * timedelta(seconds=spread) / len(rows)
        Deadline.objects.bulk_update(rows, ["due_at"], batch_size=1_000)
    first = Deadline.objects.filter(case=OuterRef("pk"), closed_at=None).values("due_at")[:1]
    Case.objects.filter(state=State.AWAITING_MERCHANT).update(due_at=Subquery(first))


def nothing_is_due() -> bool:
    """Nor anything that the clock leaves for a moment yet."""
    return not sweep.due(timezone.now() + ON_THE_WAY).exists()


def first_round() -> bool:
    return Heartbeat.objects.filter(name=sweep.HEARTBEAT).exists()


# F3 ------------------------------------------------------------------------------------------------


def doubled_clocks(lab: Lab, *, due: int = 10_000) -> Verdict:
    verdict = Verdict()
    with lab.database(due=due):
        everything_is_due_at(timezone.now() + timedelta(hours=1))
        programs = [*(lab.worker() for _ in range(4)), lab.beat(), lab.beat(), lab.loop()]
        wait_until(first_round, "the first sweep came round")
        time.sleep(3)  # for the other beats and workers to come up as well
        instant = timezone.now() + 2 * SECOND
        everything_is_due_at(instant)
        wait_until(lambda: timezone.now() > instant, "they fall due")
        took = wait_until(nothing_is_due, "all are done", seconds=120)
        verdict.insists(took <= 60, f"it took {took:.0f} s, not 60")
        verdict.insists(all(program.runs for program in programs), "a process ended")
        verdict.says("2 beats, 4 workers, 1 loop")
        ledger.escalated_once(verdict, due)
        verdict.says(f"done after {took:.1f} s")
        ledger.adds_up(verdict)
    return verdict


# F4 ------------------------------------------------------------------------------------------------


def broker_flushed(lab: Lab, *, due: int = 3_000, flushes: int = 8) -> Verdict:
    """Everything the broker holds is dropped, again and again, while deadlines fall due."""
    verdict = Verdict()
    with lab.database(due=due):
        everything_is_due_at(timezone.now() + timedelta(hours=1))
        browser = Visitor(lab.web(), supervisor())
        programs = [lab.worker(), lab.worker(), lab.beat()]
        wait_until(first_round, "the first sweep came round")
        spread = float(flushes)
        everything_is_due_at(timezone.now(), spread=spread)
        broker = redis.Redis(port=lab.broker_port)
        for _ in range(flushes):
            broker.flushall()
            time.sleep(spread / flushes)
        took = wait_until(nothing_is_due, "all are done", seconds=90)
        verdict.insists(took <= 60, f"healed after {took:.0f} s, not 60")
        verdict.insists(browser.get("/supervisor/").status == 200, "people were signed out")
        verdict.insists(all(program.runs for program in programs), "a process ended")
        verdict.says(f"flushed {flushes} times")
        ledger.escalated_once(verdict, due)
        verdict.says(f"healed in {took:.1f} s", "nobody signed out")
        ledger.adds_up(verdict)
    return verdict


# F5 ------------------------------------------------------------------------------------------------


def broker_gone(lab: Lab, *, seconds: float = 40, due: int = 500) -> Verdict:
    """Killed, and later back and empty. The table asks for ten minutes; here it is `seconds`."""
    verdict = Verdict()
    with lab.database(due=due):
        everything_is_due_at(timezone.now() + timedelta(hours=1))
        address = lab.web()
        lab.worker(), lab.beat()
        wait_until(first_round, "the first sweep came round")
        lab.broker.terminate()
        everything_is_due_at(timezone.now())
        until = time.monotonic() + seconds
        answers: Counter[int] = Counter()
        days = 0
        while time.monotonic() < until:
            for what, answer in a_working_day(address):
                answers[answer.status] += 1
                verdict.insists(answer.status in (200, 201, 302), f"{what}: {answer.status}")
            days += 1
        health = requests.get(f"{address}/healthz", timeout=10).json()
        verdict.insists(health["broker"] == "down", "the health page does not say so")
        page = Visitor(address, supervisor()).get("/supervisor/")
        verdict.insists(page.status == 200, f"the supervisor's page: {page.status}")
        lab.restart_broker()
        took = wait_until(nothing_is_due, "the backlog is gone", seconds=120)
        verdict.insists(took <= 90, f"the backlog took {took:.0f} s, not 90")
        verdict.says(f"gone for {seconds:.0f} s (the table: 600)")
        verdict.says(
            f"{days} times filed, answered, claimed, ruled: {sum(answers.values())} pages, 0 errors"
        )
        ledger.escalated_once(verdict, due)
        verdict.says(f"backlog gone {took:.1f} s after its return")
        ledger.adds_up(verdict)
    return verdict


def a_working_day(address: str) -> list[tuple[str, Answer]]:
    """Pages, an upload, an answer, a claim and a ruling, as people press them."""
    people = cast()
    now = timezone.now()
    case = people.case_in(State.AWAITING_MERCHANT, now=now)
    given_up = people.case_in(State.QUEUED, now=now)
    buyer, merchant, desk = (
        Visitor(address, each) for each in (people.buyer, people.merchant, people.arbitrator)
    )
    mine, own, page = (
        f"/{place}{case.reference}/" for place in ("buyer/cases/", "merchant/cases/", "cases/")
    )
    return [
        ("the buyer's page", buyer.get(mine)),
        (
            "an upload",
            buyer.post(f"{page}exhibits/", files=photo_to_send(), accept="application/json"),
        ),
        (
            "an answer",
            merchant.post(own, files=photo_to_send(), step="respond", text="发货时完好。"),
        ),
        ("the queue", desk.get("/queue/")),
        ("a claim", desk.post(f"{page}claim/")),
        ("the workspace", desk.get(page)),
        ("a draft", desk.post(f"{page}ruling/draft/", reasons="…")),
        ("a ruling", desk.post(f"{page}issue/", **RULING | {"without": "E-01 E-02"})),
        ("a withdrawal", buyer.post(f"/cases/{given_up.reference}/withdraw/", reason="settled")),
    ]


# F6 ------------------------------------------------------------------------------------------------


def database_restarted(lab: Lab, *, due: int = 500, answers: int = 150, rate: int = 50) -> Verdict:
    """PostgreSQL is stopped at once ("immediate") and started again, under pages, answers and sweeps."""
    verdict = Verdict()
    with lab.database(due=due):
        everything_is_due_at(timezone.now() + timedelta(hours=1))
        people = cast()
        waiting = [
            people.case_in(State.AWAITING_MERCHANT, now=timezone.now()) for _ in range(answers)
        ]
        address = lab.web()
        worker, _beat, loop = lab.worker(), lab.beat(), lab.loop()
        wait_until(first_round, "the first sweep came round")
        desk, merchant = Visitor(address, people.arbitrator), Visitor(address, people.merchant)
        log: list[tuple[float, Answer]] = []

        def page(_number: int) -> None:
            answer = desk.get("/queue/")
            log.append((time.monotonic(), answer))

        def answer_case(case: Case) -> bool:
            """Press until it is acknowledged, as a person does who is told to try again."""
            until = time.monotonic() + 30
            while time.monotonic() < until:
                answer = merchant.post(f"/cases/{case.reference}/respond/", text="发货时完好。")
                log.append((time.monotonic(), answer))
                if answer.status in (302, 409):
                    return answer.status == 302
                time.sleep(0.2)
            return False

        acknowledged = load(rate, answers, page, answer_case, waiting, lambda: restart(lab))
        statuses = Counter(answer.status for _, answer in log)
        troubled = [at for at, answer in log if answer.status not in (200, 302, 409)]
        lasted = troubled[-1] - troubled[0] if troubled else 0.0
        refused = [answer for _, answer in log if answer.status == 503]
        verdict.insists(statuses[500] == 0, f"{statuses[500]} times 500")
        odd = {status for status in statuses if status not in (0, 200, 302, 409, 503)}
        verdict.insists(not odd, f"answers {odd}")
        verdict.insists(lasted <= 5, f"{lasted:.1f} s of trouble, not 5")
        verdict.insists(bool(refused), "nobody noticed the restart")
        verdict.insists(
            all("again" in answer.text for answer in refused),
            "a 503 without a way to try again",
        )
        connection.close()
        kept = Event.objects.filter(name="respond").values("case").distinct().count()
        lines = Event.objects.filter(name="respond").count()
        verdict.insists(
            kept == answers == lines, f"{kept} answers kept ({lines} lines) of {answers}"
        )
        verdict.says(f"{len(log):,} requests", f"503 for {lasted:.1f} s", f"{statuses[500]} × 500")
        verdict.says(f"{acknowledged} acknowledged answers, {answers - kept} lost")
        back = [each_recovers(worker, loop), each_recovers(loop, worker)]
        verdict.insists(max(back) <= 30, f"recovered after {back} s, not 30")
        verdict.insists(worker.runs and loop.runs, "a process ended")
        verdict.says(f"worker and loop back within {max(back):.1f} s")
        ledger.adds_up(verdict)
    return verdict


def load(
    rate: int,
    count: int,
    page: Callable[[int], None],
    answer_case: Callable[[Case], bool],
    waiting: list[Case],
    disturb: Callable[[], None],
) -> int:
    """Pages and answers by turns at `rate` a second, disturbed after a third; how many were acknowledged."""
    with ThreadPoolExecutor(32) as crowd:
        done = []
        for number in range(count):
            crowd.submit(page, number)
            done.append(crowd.submit(answer_case, waiting[number]))
            if number == count // 3:
                crowd.submit(disturb)
            time.sleep(2 / rate)
        return sum(each.result() for each in done)


def restart(lab: Lab) -> None:
    lab.cluster.stop(signal.SIGQUIT)
    lab.cluster.start()


def each_recovers(working: Program, other: Program) -> float:
    """Seconds until this one alone has done what falls due, with the other one frozen."""
    other.signal(signal.SIGSTOP)
    half = Deadline.objects.open().filter(case__source=seeding.SOURCE).order_by("pk")
    now = timezone.now()
    few = list(half.values_list("pk", flat=True)[:200])
    with transaction.atomic():  # or a sweep would come between the two
        Deadline.objects.filter(pk__in=few).update(due_at=now)
        Case.objects.filter(deadlines__in=few).update(due_at=now)
    try:
        return wait_until(
            lambda: not Deadline.objects.open().filter(pk__in=few).exists(),
            f"the {working.name} works again",
        )
    finally:
        other.signal(signal.SIGCONT)


# F8 ------------------------------------------------------------------------------------------------


def beat_dead(lab: Lab, *, due: int = 1_000) -> Verdict:
    """The beat is killed. To save waiting, its last sign of life is put 170 s into the past."""
    verdict = Verdict()
    with lab.database(due=due):
        instant = timezone.now() - timedelta(minutes=25)
        everything_is_due_at(timezone.now() + timedelta(hours=1))
        address = lab.web()
        lab.worker()
        beat = lab.beat()
        wait_until(first_round, "the first sweep came round")
        wait_until(lambda: health(address) == 200, "the health page is content")
        beat.kill()
        time.sleep(1)
        everything_is_due_at(instant)
        silent_since = timezone.now() - timedelta(seconds=SILENCE_SECONDS - 10)
        Heartbeat.objects.filter(name=sweep.HEARTBEAT).update(at=silent_since)
        verdict.insists(health(address) == 200, "an alarm before its time")
        wait_until(lambda: health(address) == 503, "the health page raises an alarm")
        age = (timezone.now() - silent_since).total_seconds()
        verdict.insists(age <= SILENCE_SECONDS + 5, f"the alarm came after {age:.0f} s")
        returned = timezone.now()
        lab.beat()
        took = wait_until(nothing_is_due, "the backlog is gone")
        verdict.insists(took <= 60, f"caught up after {took:.0f} s, not 60")
        wait_until(lambda: health(address) == 200, "the health page is content again")
        lines = Event.objects.filter(name="escalate")
        true = sum(
            parse_datetime(line.facts["due_at"]) == instant and line.at >= returned
            for line in lines
        )
        verdict.insists(true == due, f"{due - true} lines with a wrong instant")
        verdict.says(f"503 after {age:.0f} s of silence")
        ledger.escalated_once(verdict, due)
        verdict.says(f"caught up in {took:.1f} s, each with its own due time")
        ledger.adds_up(verdict)
    return verdict


def health(address: str) -> int:
    return requests.get(f"{address}/healthz", timeout=30).status_code
