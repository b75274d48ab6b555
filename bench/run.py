"""`make bench`: what the portal does against what the database could do, in the same run.

    python -m bench.run [NAME…]      only the benchmarks whose names begin so

PostgreSQL comes from the wheel the tests use; DATABASE_URL names another server, on which databases
`portal_bench_*` are made and dropped. BENCH_CASES sets the size of the largest table (1,000,000; not
below 100,000, or there is too little to do).
Prints `name  ours  limit  ratio` and writes var/bench.json. After 20 minutes it begins no further one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import launch

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "var" / "bench.json"
ENOUGH_SECONDS = 20 * 60
SERVER = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "random_page_cost": "1.1",  # no disk turns under it
    "log_min_messages": "panic",
    "track_commit_timestamp": "on",
    "autovacuum": "off",  # every run works on a fresh, analyzed copy
}


def main(wanted: list[str]) -> int:
    signal.signal(signal.SIGTERM, launch.stop)  # or what was started would outlive this
    launch.POSTGRES_OPTIONS.update(SERVER)
    with ExitStack() as engines:
        url = os.environ.get("DATABASE_URL") or engines.enter_context(launch.postgres())
        print(f"{launch.name_database(url)}, {os.cpu_count()} cores", flush=True)
        os.environ.setdefault("VAR_DIR", engines.enter_context(TemporaryDirectory()))
        os.environ.update(DATABASE_URL=url, DJANGO_SETTINGS_MODULE="tests.settings")
        return measure(url, wanted)


def measure(url: str, wanted: list[str]) -> int:
    import django  # the settings want the address of a server that runs by now

    django.setup()
    from django.conf import settings

    from bench.chats import chat_import, chat_search
    from bench.claims import claims
    from bench.dockets import docket_verify
    from bench.doors import queue_vs_admin
    from bench.hand import hand_counts
    from bench.lab import Lab, Result, say
    from bench.lateness import lateness_p99
    from bench.likeness import reuse_search
    from bench.looking import case_paint, chat_scroll
    from bench.photos import photo_ingest, photo_vs_usual
    from bench.queues import queue_page_1, queue_page_1000
    from bench.sweeps import (
        idle_growth,
        sweep_20k,
        sweep_100k,
        sweep_vs_helpdesk,
        sweep_vs_naive,
        tick_growth,
    )
    from cases.anchor_folder import make_key

    benches: tuple[Callable[[Lab], tuple[Result, ...]], ...] = (
        *(
            sweep_20k,
            sweep_vs_naive,
            sweep_vs_helpdesk,
            idle_growth,
            claims,
            sweep_100k,
            tick_growth,
        ),
        *(photo_ingest, photo_vs_usual),
        *(queue_page_1, queue_page_1000, queue_vs_admin, lateness_p99),
        *(reuse_search, chat_import, chat_search, docket_verify, hand_counts),
        *(case_paint, chat_scroll),
    )
    chosen = [b for b in benches if not wanted or any(b.__name__.startswith(w) for w in wanted)]
    if not chosen:
        print("No such benchmark: " + ", ".join(b.__name__ for b in benches))
        return 2
    cases = int(os.environ.get("BENCH_CASES", "1000000"))
    if not settings.ANCHOR_KEY_FILE.exists():
        make_key(settings.ANCHOR_KEY_FILE)  # without one no server starts
    lab = Lab(url, largest=cases, most_due=cases // 10 + 1)
    began = time.monotonic()
    results: list[Result] = []
    skipped = []
    try:
        for bench in chosen:
            if time.monotonic() - began > ENOUGH_SECONDS:
                skipped.append(bench.__name__)
                continue
            for result in bench(lab):
                results.append(result)
                say(result.line())
    finally:
        lab.close()
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps([r.as_json() for r in results], indent=1) + "\n")
    say(f"\n{'name':<22} {'ours':>12} {'limit':>12} {'ratio':>8}")
    for result in results:
        say(result.line())
    for name in skipped:
        say(f"{name:<22} not run: the time was up")
    say(f"{time.monotonic() - began:.0f} s; also in {REPORT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
