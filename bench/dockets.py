"""How long it takes to verify 100,000 docket lines against their anchors, and to anchor them.

The limit of verifying is the hashing alone: the same texts, already in memory. What an hour with nothing
new costs to anchor is told for a small and for the largest table.
"""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import override_settings
from django.utils import timezone

from bench.lab import Lab, Result, Stopwatch, insist, say
from cases import anchors
from cases.docket import canonical
from cases.models import Event
from cases.verification import verify

CASES = 25_000  # about 100,000 lines
LINES = 100_000
HOUR = timedelta(hours=1)


def docket_verify(lab: Lab) -> tuple[Result, ...]:
    template = lab.filled(CASES, 0)
    with lab.copy(template), TemporaryDirectory() as folder:
        with override_settings(ANCHOR_DIR=Path(folder)):
            now = timezone.now()
            with Stopwatch() as first:
                anchor = anchors.take(now)
            anchors.take(now + HOUR)  # reads the hour before again
            with Stopwatch() as idle:
                anchors.take(now + 2 * HOUR)
            verify()
            worked = time.process_time()
            with Stopwatch() as watch:
                report = verify()
            worked = time.process_time() - worked
        insist(report.is_whole and report.lines == anchor.lines, report.bad)
        floor = hashing(report.lines)
    say(f"  first anchor {first.seconds:.2f} s, one with nothing new {idle.seconds * 1000:.0f} ms")
    say(f"  verified in {watch.seconds:.1f} s, {worked:.1f} s of them at work in this process")
    ours = watch.seconds * LINES / report.lines
    return (
        Result(
            "docket_verify",
            ours,
            floor * LINES / report.lines,
            "s for 100,000 lines",
            watch.seconds / floor,
            goal="≤ 10 s",
        ),
    )


def hashing(lines: int) -> float:
    """Seconds for as many hashes over such texts."""
    facts = Event.objects.values_list("facts", flat=True)[:1000]
    texts = [f"{'0' * 64}\n{canonical(each)}{'-' * 150}".encode() for each in facts]
    with Stopwatch() as watch:
        for at in range(lines):
            hashlib.sha256(texts[at % len(texts)]).hexdigest()
    return watch.seconds
