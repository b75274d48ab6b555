"""Platform pauses as the clocks meet them: which ones a deadline runs into, and how it joins them.

They are declared and ended in `actions.pausing`, which moves the deadlines that are open then. One
opened or lengthened later joins here, in the transaction that opens or lengthens it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from cases.models import Case, Deadline, DeadlinePause, PlatformPause

REASON = "platform"
LOCK = 7_283_773  # of PostgreSQL's advisory locks; nothing else of the portal takes one


def ahead(now: datetime) -> list[PlatformPause]:
    """Those that run or are to come. Until the caller's transaction ends, none is declared or ended."""
    _lock("pg_advisory_xact_lock_shared")
    return list(PlatformPause.objects.ahead(now))


def wait_for_open_clocks() -> None:
    """Let every transaction that may have missed this declaration finish, and new ones wait for it."""
    _lock("pg_advisory_xact_lock")


def _lock(kind: str) -> None:
    # Elsewhere there is one writer at a time, who has read nothing before it began to write.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {kind}(%s)", [LOCK])


def met_by(case: Case, kind: str, party: str, *, now: datetime) -> list[PlatformPause]:
    """The pauses ahead that a deadline of this kind against this party would stand still in."""
    return [pause for pause in ahead(now) if pause.covers(kind, party, case)]


def foreseen(case: Case, kind: str, party: str, *, now: datetime) -> list[PlatformPause]:
    """The same for a page that only shows what would be: it holds up no declaration."""
    coming = PlatformPause.objects.ahead(now)
    return [pause for pause in coming if pause.covers(kind, party, case)]


def join(deadline: Deadline, met: Sequence[PlatformPause]) -> None:
    """Note the pauses met, each once, among the deadline's intervals."""
    joined = set(deadline.pauses.values_list("platform_pause_id", flat=True))
    DeadlinePause.objects.bulk_create(
        _joined(deadline.pk, pause) for pause in met if pause.pk not in joined
    )


def join_all(kind: str, met: Mapping[int, Sequence[PlatformPause]]) -> None:
    """The same for the clocks of one kind that a batch has just opened; `met` is by case."""
    opened = (
        Deadline.objects.open().filter(kind=kind, case__in=met) if met else Deadline.objects.none()
    )
    DeadlinePause.objects.bulk_create(
        _joined(pk, pause) for pk, case in opened.values_list("pk", "case") for pause in met[case]
    )


def _joined(deadline: int, pause: PlatformPause) -> DeadlinePause:
    return DeadlinePause(
        deadline_id=deadline,
        platform_pause=pause,
        began_at=pause.began_at,
        ended_at=pause.over_at,
        reason=REASON,
    )
