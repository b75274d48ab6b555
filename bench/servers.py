"""The portal as it runs in production, for the benchmarks that go through the front door.

gunicorn, Celery and their clients are processes and threads of their own; all of them end with the block.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from math import ceil

from django.test import Client

from accounts.models import User
from tests.launch import free_port

START_SECONDS, STOP_SECONDS, PATIENCE_SECONDS = 60, 15, 60
WORKERS, THREADS = 2, 8


@dataclass(frozen=True)
class Answer:
    """One answer as its client saw it; `status` 0 is none at all."""

    at: float  # seconds since the epoch, when it was asked for
    seconds: float
    status: int


class Visitor:
    """A signed-in browser without a face: one connection, kept alive."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)

    def get(self, path: str) -> tuple[int, str]:
        headers = {"Cookie": f"sessionid={self.cookie}", "Accept-Language": "en"}
        self.connection.request("GET", path, headers=headers)
        response = self.connection.getresponse()
        return response.status, response.read().decode()

    def timed(self, path: str) -> Answer:
        at, began = time.time(), time.perf_counter()
        try:
            status, _page = self.get(path)
        except (OSError, HTTPException):
            status = 0
            self.connection.close()
        return Answer(at, time.perf_counter() - began, status)


def session_of(person: User) -> str:
    """The cookie of somebody who has signed in on the database Django is pointed at."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def crowd(port: int, cookie: str, path: str, *, clients: int, seconds: float) -> list[Answer]:
    """What so many visitors at once are answered, each asking again as soon as it has its page."""
    until = time.perf_counter() + seconds

    def ask(visitor: Visitor) -> list[Answer]:
        answers = []
        while time.perf_counter() < until:
            answers.append(visitor.timed(path))
        return answers

    with ThreadPoolExecutor(clients) as pool:
        visitors = [Visitor(port, cookie) for _ in range(clients)]
        return [answer for answers in pool.map(ask, visitors) for answer in answers]


def per_second(answers: list[Answer]) -> float:
    """Answers a second from the first question to the last answer."""
    began = min(answer.at for answer in answers)
    return len(answers) / (max(answer.at + answer.seconds for answer in answers) - began)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so many of a hundred do not exceed (nearest rank)."""
    return sorted(values)[max(0, ceil(len(values) * share / 100) - 1)]


def run(*command: str, **environment: str) -> str:
    """What `python -m command` prints; raises when it fails."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


@contextmanager
def process(*command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m command`, stopped politely at the end of the block."""
    child = subprocess.Popen(
        [sys.executable, "-m", *command], env={**os.environ, **environment}, start_new_session=True
    )
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@contextmanager
def web(database: str, settings: str = "arbitration.settings") -> Iterator[int]:
    """gunicorn on this database with these settings; its port, once it answers."""
    run("django", "collectstatic", "--noinput", "-v", "0", DJANGO_SETTINGS_MODULE=settings)
    port = free_port()
    command = (
        *("gunicorn", "arbitration.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", str(WORKERS), "--threads", str(THREADS)),
        *("--keep-alive", "30", "--log-level", "warning"),
    )
    with process(*command, DATABASE_URL=database, DJANGO_SETTINGS_MODULE=settings) as server:
        until = time.monotonic() + START_SECONDS
        while Visitor(port, "").timed("/").status == 0:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError("gunicorn did not start")
            time.sleep(0.1)
        yield port
