from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from cases import cashier
from cases.gateway import Gateway
from cases.management.rounds import Rounds
from cases.simulator import Mood, Simulator


class Command(Rounds):
    help = "Send the payments that wait. The same as the Celery task, without Celery."
    through: Gateway | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--simulate", choices=list(Mood), help="through the shipped gateway in this mood"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        mood = options.pop("simulate")
        self.through = Simulator(mood) if mood else None
        super().handle(*args, **options)

    def round(self, now: datetime) -> str:
        return f"{cashier.relay(now, through=self.through)} settled"
