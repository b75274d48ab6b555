from __future__ import annotations

from datetime import datetime

from cases import outbox
from cases.management.rounds import Rounds


class Command(Rounds):
    help = "Send the notices that wait. The same as the Celery task, without Celery."

    def round(self, now: datetime) -> str:
        return f"{outbox.relay(now)} sent"
