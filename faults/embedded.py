"""The embedded form, SQLite and no broker, while another writer holds the database's one lock.

python -m faults.embedded      in an environment of its own; prints its verdict as JSON
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faults.lab import Verdict


def main() -> None:
    import django  # after the environment is set

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    print(json.dumps(asdict(locked_out())))


def locked_out(*, seconds: float = 10) -> Verdict:
    from django.utils import timezone

    from cases import sweep
    from cases.lifecycle import State
    from cases.models import Case
    from faults import ledger
    from faults.lab import Verdict, web
    from faults.people import cast
    from faults.visitors import Visitor

    verdict = Verdict()
    people = cast()
    waiting, other = (people.case_in(State.QUEUED, now=timezone.now()) for _ in range(2))
    claims = [f"/cases/{case.reference}/claim/" for case in (waiting, other)]
    with ExitStack() as programs, ThreadPoolExecutor(3) as pool:
        patient, hasty = web(programs, os.environ), web(programs, {**os.environ, "PATIENCE": "1"})
        browser, hurried = (Visitor(at, people.arbitrator) for at in (patient, hasty))
        with closing(
            sqlite3.connect(Path(os.environ["DATABASE_FILE"]), isolation_level=None)
        ) as rival:
            rival.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            claimed = pool.submit(browser.post, claims[0])
            swept = pool.submit(partial(sweep.run, timezone.now()))
            refused = pool.submit(hurried.post, claims[1])
            page = browser.get("/queue/")
            read = time.monotonic() - began
            time.sleep(max(0.0, seconds - (time.monotonic() - began)))
            verdict.insists(not claimed.done(), "the claim did not wait")
            rival.execute("COMMIT")
        answer, late = claimed.result(), refused.result()
        waited = time.monotonic() - began
        swept.result()
    verdict.insists(
        (page.status, read < seconds) == (200, True), f"a page: {page.status}, {read:.1f} s"
    )
    verdict.insists(answer.status == 302, f"the claim was answered {answer.status}")
    verdict.insists(Case.objects.get(pk=waiting.pk).state == State.REVIEWING, "nothing was claimed")
    verdict.insists(late.status == 503 and "again" in late.text, f"the hasty one: {late.status}")
    texts = page.text + answer.text + late.text
    verdict.insists("locked" not in texts, "a database's word was shown")
    verdict.says(
        f"lock held {seconds:.0f} s", f"claim and sweep waited and succeeded ({waited:.1f} s)"
    )
    verdict.says(
        f"pages read meanwhile ({read:.1f} s)",
        "503 with a way to try again after a patience of 1 s",
    )
    ledger.adds_up(verdict)
    return verdict


if __name__ == "__main__":
    sys.exit(main())
