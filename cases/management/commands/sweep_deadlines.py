from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from cases import sweep


class Command(BaseCommand):
    help = (
        "Let the clock act on everything that is due. The same as the Celery task, without Celery."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument(
            "--interval", type=float, default=10.0, help="seconds between rounds (10)"
        )

    def handle(self, *args: Any, loop: bool, interval: float, **options: Any) -> None:
        while True:
            now = timezone.now()
            done = sweep.run(now)
            told = (
                "  ".join(f"{name} {count}" for name, count in sorted(done.items()))
                or "nothing due"
            )
            self.stdout.write(f"{now.isoformat(timespec='seconds')}  {told}")
            if not loop:
                return
            try:
                time.sleep(interval)
            except KeyboardInterrupt:
                return
            close_old_connections()
