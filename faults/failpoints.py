"""Places at which a process kills itself. They exist in the processes of this suite only.

`arm()` is called in a child; FAIL_POINT names the place. The application knows nothing of it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from cases import bulk, cashier
from cases.models import Deadline, Event

VARIABLE = "FAIL_POINT"


def die(*_args: Any, **_kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after_case_update() -> None:
    """The case has moved; its docket line, or in bulk its next clock, is about to be written."""
    insert = bulk.insert

    def die_at_the_clocks(model: type[Model], *args: Any, **kwargs: Any) -> None:
        die() if model is Deadline else insert(model, *args, **kwargs)

    mock.patch.object(Event, "save", die).start()
    mock.patch.object(bulk, "insert", die_at_the_clocks).start()


def before_commit() -> None:
    """Everything is written, nothing is committed."""
    mock.patch.object(BaseDatabaseWrapper, "_commit", die).start()


def after_commit() -> None:
    """It is committed; nobody has been told."""
    commit = BaseDatabaseWrapper._commit

    def commit_and_die(connection: BaseDatabaseWrapper) -> None:
        commit(connection)
        die()

    mock.patch.object(BaseDatabaseWrapper, "_commit", commit_and_die).start()


def after_the_gateway() -> None:
    """The gateway has paid; the portal does not know yet."""
    mock.patch.object(cashier, "settle", die).start()


OF_EVERY_ACT = (after_case_update, before_commit, after_commit)
PLACES: dict[str, Callable[[], None]] = {
    place.__name__: place for place in (*OF_EVERY_ACT, after_the_gateway)
}


def arm() -> None:
    PLACES[os.environ[VARIABLE]]()
