"""What the clock's commands share: one round, or one after the other until stopped."""

from __future__ import annotations

import logging
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

log = logging.getLogger(__name__)


class Rounds(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument(
            "--interval", type=float, default=10.0, help="seconds between rounds (10)"
        )

    def round(self, now: datetime) -> str:
        """Do what is to be done at `now`, and say what it was."""
        raise NotImplementedError

    def handle(self, *args: Any, loop: bool, interval: float, **options: Any) -> None:
        while True:
            now = timezone.now()
            try:
                said = self.round(now)
            except (OperationalError, InterfaceError) as error:
                if not loop:
                    raise
                said = f"the database does not answer, tried again in {interval:g} s: {error}"
            except Exception as error:
                if not loop:
                    raise
                log.exception("a round of %s ended early", type(self).__module__)
                said = f"the round ended early, tried again in {interval:g} s: {error}"
            self.stdout.write(f"{now.isoformat(timespec='seconds')}  {said}")
            if not loop:
                return
            try:
                time.sleep(interval)
            except KeyboardInterrupt:
                return
            close_old_connections()
