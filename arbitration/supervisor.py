"""Runs web, worker and clock as one foreground program, for the demo and for small machines."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self, TextIO

START_SECONDS = 60
STOP_SECONDS = 8
POLL_SECONDS = 0.2
SHORTEST_LIFE_SECONDS = 10


PR_SET_PDEATHSIG = 1  # from linux/prctl.h
LIBC = ctypes.CDLL(None)


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


class ProcessDied(Exception):
    """A process that must run does not run any more."""


class Supervisor:
    """Children live as long as the `with` block: whatever ends it, all of them are gone after it.

    They share the supervisor's process group, so that Ctrl-C and a killed terminal reach them too.
    """

    def __init__(self, folder: Path, environment: dict[str, str], out: TextIO) -> None:
        self._folder = folder
        self._environment = environment
        self._out = out
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._commands: dict[str, tuple[str, ...]] = {}
        self._started_at: dict[str, float] = {}
        self._printers: list[threading.Thread] = []
        self._is_stopping = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A second Ctrl-C must not leave half of them running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._is_stopping = True
        self._stop_all()

    def start(self, name: str, *command: str) -> None:
        """Start `python -m command`; its output follows under its name."""
        child = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._children[name] = child
        self._commands[name] = command
        self._started_at[name] = time.monotonic()
        printer = threading.Thread(target=self._print_lines, args=(name, child), daemon=True)
        printer.start()
        self._printers.append(printer)

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Raises ProcessDied when a child ends first or START_SECONDS pass."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            self._check()
            if time.monotonic() > deadline:
                raise ProcessDied(f"the portal did not answer within {START_SECONDS} s")
            time.sleep(POLL_SECONDS)

    def watch(self) -> None:
        """Return never: a child that ends is started again, so that the clock goes on.

        Raises ProcessDied when one ends right after its start, Stopped on a signal.
        """
        while True:
            for name, child in list(self._children.items()):
                if child.poll() is None:
                    continue
                if time.monotonic() - self._started_at[name] < SHORTEST_LIFE_SECONDS:
                    self._check()
                self._out.write(f"{name:>6} | ended with exit code {child.returncode}; again\n")
                self.start(name, *self._commands[name])
            time.sleep(POLL_SECONDS)

    def _check(self) -> None:
        for name, child in self._children.items():
            if child.poll() is not None:
                raise ProcessDied(f"{name} ended with exit code {child.returncode}")

    def _print_lines(self, name: str, child: subprocess.Popen[str]) -> None:
        for line in child.stdout or ():
            if self._is_stopping:
                continue  # how each of them takes its leave is of no interest
            self._out.write(f"{name:>6} | {line.rstrip()}\n")
            self._out.flush()

    def _stop_all(self) -> None:
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            try:
                child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        for printer in self._printers:
            printer.join(timeout=1)


def _end_with_parent() -> None:
    # Runs in the child: not even a killed supervisor leaves it behind.
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


@contextlib.contextmanager
def portal_processes(
    folder: Path, var_dir: Path, host: str, port: int, out: TextIO
) -> Iterator[Supervisor]:
    """Web server, worker and clock, started; enters when the portal answers its health page."""
    temporary = var_dir / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    # The file broker moves messages through TMPDIR: on another file system that is a copy.
    environment = {
        **os.environ,
        "TMPDIR": str(temporary),
        "PYTHONUNBUFFERED": "1",
        # In a container one is root; Celery's warning concerns pickled messages, which we refuse.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    celery = ("celery", "-q", "-A", "arbitration")
    with Supervisor(folder, environment, out) as processes:
        processes.start(
            "web",
            *("gunicorn", "arbitration.wsgi", "--bind", f"{host}:{port}", "--no-control-socket"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
            *("--graceful-timeout", "5", "--log-level", "warning"),
        )
        processes.start(
            "worker",
            *(*celery, "worker", "-P", "threads", "-c", "2", "-l", "WARNING"),
            *("--without-gossip", "--without-mingle"),
        )
        processes.start(
            "clock",
            *(*celery, "beat", "-l", "WARNING", "--pidfile", ""),
            *("-s", str(var_dir / "beat-schedule")),
        )
        processes.wait_until(lambda: answers(f"http://{host}:{port}/healthz"))
        yield processes


def answers(url: str) -> bool:
    """Whether a web server is there; 503 counts, since the clock may not have rung yet."""
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 (our own address)
    except urllib.error.HTTPError as answer:
        return answer.code == 503
    except OSError:
        return False
    return True


def is_free(host: str, port: int) -> bool:
    """Whether a server could be bound there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
