from __future__ import annotations

from datetime import datetime

from cases import breaker, sweep
from cases.management.rounds import Rounds


class Command(Rounds):
    help = (
        "Let the clock act on everything that is due. The same as the Celery task, without Celery."
    )

    pendulum = breaker.Pendulum()

    def round(self, now: datetime) -> str:
        done = sweep.tick(self.pendulum, now)
        return "  ".join(f"{name} {count}" for name, count in sorted(done.items())) or "nothing due"
