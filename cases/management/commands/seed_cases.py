"""Fill a database with invented cases, to see how the portal behaves with years of them."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from cases import seeding
from cases.models import Case

OPEN_SHARE = 0.07


class Command(BaseCommand):
    help = "Add invented cases in every state, with valid dockets, fast enough for a million."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cases", type=int, required=True, help="how many cases in all")
        parser.add_argument(
            "--due", type=int, default=0, help="of them: the merchant's time is over, unnoticed yet"
        )
        parser.add_argument(
            "--open", type=int, help="of them: otherwise open (7 %% when not given); the rest ended"
        )
        parser.add_argument(
            "--force", action="store_true", help="also where cases are that were not invented here"
        )

    def handle(
        self, *, cases: int, due: int, open: int | None, force: bool, **options: Any
    ) -> None:
        open_cases = round(OPEN_SHARE * cases) if open is None else open
        open_cases = min(open_cases, cases - due) if open is None else open_cases
        if min(cases, due, open_cases) < 0 or due + open_cases > cases:
            raise CommandError("--due and --open are parts of --cases.")
        if not force and Case.objects.exclude(source=seeding.SOURCE).exists():
            raise CommandError(
                "This database holds cases that were not seeded. --force adds to them."
            )
        started = time.monotonic()
        ended = cases - due - open_cases
        for done in seeding.fill(ended=ended, open=open_cases, due=due, now=timezone.now()):
            self.show(done, cases, time.monotonic() - started)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # or the first pages are planned for an empty database

    def show(self, done: int, cases: int, seconds: float) -> None:
        bar = "#" * (done * 40 // cases)
        line = f"[{bar:40}] {done:,} of {cases:,} cases, {seconds:.0f} s"
        at_the_terminal = self.stdout.isatty()
        self.stdout.write(line, ending="\r" if at_the_terminal and done < cases else "\n")
        self.stdout.flush()
