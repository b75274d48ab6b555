"""Processes and threads that act in the same instant, and children that are killed in the act."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Barrier, Thread
from typing import Any

from django.db import connection, connections

FORK = multiprocessing.get_context("fork")
PATIENCE_SECONDS = 60


@dataclass
class Child:
    """A forked process with a group and a database connection of its own. It says when it begins and ends."""

    process: BaseProcess
    told: Connection

    def wait_until_it_begins(self) -> None:
        """Raises TimeoutError when it does not: a fork may inherit a lock nobody is left to open."""
        if not self.told.poll(PATIENCE_SECONDS):
            raise TimeoutError("a child did not begin")
        self.told.recv()

    def kill(self) -> bool:
        """SIGKILL its group; whether that came before the end of its work."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        try:
            self.told.recv()
        except EOFError:
            return True
        return False


def fork(act: Callable[[], Any]) -> Child:
    connections.close_all()  # or the two would share one
    told, telling = FORK.Pipe(duplex=False)

    def work() -> None:
        os.setsid()
        connection.ensure_connection()
        telling.send("begins")
        act()
        telling.send("ends")

    process = FORK.Process(target=work, daemon=True)
    process.start()
    telling.close()
    return Child(process, told)


def in_processes(act: Callable[..., Any], crowd: Sequence[Any]) -> list[Any]:
    """What `act(each)` returned, or the repr of what it raised, when all of them start together."""
    connections.close_all()
    gate, told = FORK.Barrier(len(crowd)), FORK.Queue()

    def work(each: Any) -> None:
        connection.ensure_connection()
        gate.wait(PATIENCE_SECONDS)
        try:
            told.put(act(each))
        except Exception as error:
            told.put(repr(error))

    processes = [FORK.Process(target=work, args=(each,), daemon=True) for each in crowd]
    for process in processes:
        process.start()
    try:
        return [told.get(timeout=PATIENCE_SECONDS) for _ in crowd]
    finally:
        for process in processes:
            process.join(5)
            process.kill()


def in_threads(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the exception it raised, when all of them start together."""
    gate = Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        gate.wait(PATIENCE_SECONDS)
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
