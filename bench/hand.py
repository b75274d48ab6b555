"""How many clicks, keys and taps the usual jobs take, as the browser tests play and count them.

The limits are those of the screens' design, not of a machine; without a Chromium nothing is counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.lab import Lab, Result, insist, say
from tests.engines import CHROMIUM_MISSING, ROOT, chromium_path

LIMITS = {
    "clicks_mouse": 24,
    "keys_keyboard": 25,
    "default_keys": 4,
    "approval_keys": 2,
    "merchant_taps": 9,
}
NOT_THE_TESTS = ("DATABASE_URL", "REDIS_URL", "VAR_DIR")


def hand_counts(lab: Lab) -> tuple[Result, ...]:
    if chromium_path() is None:
        say(f"hand_counts: not counted. {CHROMIUM_MISSING}")
        return ()
    counted = played()
    return tuple(
        Result(name, counted[name], limit, "presses", counted[name] / limit, "<= 1")
        for name, limit in LIMITS.items()
        if name in counted
    )


def played() -> dict[str, int]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "counts.json"
        env = {name: value for name, value in os.environ.items() if name not in NOT_THE_TESTS}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-m", "browser", "tests/browser/test_speed.py"],
            cwd=ROOT,
            env={**env, "HAND_COUNTS": str(file), "DJANGO_ALLOW_ASYNC_UNSAFE": "1"},
            stdout=subprocess.DEVNULL,
        )
        insist(done.returncode == 0, "the browser did not get through the jobs")
        counted: dict[str, int] = json.loads(file.read_text())
        return counted
