"""Databases to measure on: a throw-away PostgreSQL, filled once, copied afresh for every run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import StringIO
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

PREFIX = "portal_bench_"
WORK = f"{PREFIX}work"


@dataclass(frozen=True)
class Result:
    """One line of the table. `ratio` is ours to the limit, in the direction the unit says."""

    name: str
    ours: float
    limit: float
    unit: str
    ratio: float
    goal: str = "none set"

    def line(self) -> str:
        return (
            f"{self.name:<22} {self.ours:>12,.1f} {self.limit:>12,.1f} {self.ratio:>8.2f}"
            f"  {self.unit:<28} goal {self.goal}"
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def insist(condition: bool, complaint: object) -> None:
    """A benchmark that did other work than it says is no benchmark."""
    if not condition:
        raise RuntimeError(complaint)


def say(line: str) -> None:
    print(line, flush=True)


class Lab:
    """Filled databases by size, and copies of them to spoil."""

    def __init__(self, url: str, *, largest: int, most_due: int) -> None:
        self.largest, self.most_due, self.url = largest, most_due, url
        self.server = psycopg.connect(url, autocommit=True)

    def enter(self, name: str) -> None:
        """Point Django at this database."""
        connection.close()
        connection.settings_dict["NAME"] = name

    def filled(self, cases: int, due: int) -> str:
        """A database of that many cases, made when first asked for."""
        name = f"{PREFIX}{cases}_{due}"
        if self.exists(name):
            return name
        say(f"filling {cases:,} cases, {due:,} of them due")
        self.run("CREATE DATABASE {}", name)
        self.enter(name)
        call_command("migrate", verbosity=0, skip_checks=True)
        with Stopwatch() as watch:
            call_command("seed_cases", cases=cases, due=due, skip_checks=True, stdout=StringIO())
        say(f"filled in {watch.seconds:.0f} s")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        connection.close()
        return name

    def migrated(self) -> str:
        """A database with every table and no row."""
        name = f"{PREFIX}migrated"
        if not self.exists(name):
            self.run("CREATE DATABASE {}", name)
            self.enter(name)
            call_command("migrate", verbosity=0, skip_checks=True)
            connection.close()
        return name

    @contextmanager
    def copy(self, template: str, name: str = WORK) -> Iterator[str]:
        """The same rows again, on a name that goes with the block; Django is pointed at it."""
        connection.close()
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        self.run("CHECKPOINT")
        self.enter(name)
        connection.ensure_connection()
        try:
            yield name
        finally:
            connection.close()
            self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    @contextmanager
    def empty(self, name: str) -> Iterator[str]:
        """A database without any table, for a peer; its address."""
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self.run("CREATE DATABASE {}", name)
        try:
            yield self.address(name)
        finally:
            self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def address(self, name: str) -> str:
        """What DATABASE_URL must say in a process that shall work on this database."""
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def notes_commits(self) -> bool:
        return self.server.execute("SHOW track_commit_timestamp").fetchone() == ("on",)

    def exists(self, name: str) -> bool:
        found = self.server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None

    def run(self, statement: str, *names: str) -> None:
        self.server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def close(self) -> None:
        """Drop what was made here; the server may be somebody else's."""
        connection.close()
        for (name,) in self.server.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX]
        ).fetchall():
            self.run("DROP DATABASE {} WITH (FORCE)", name)
        self.server.close()


class Stopwatch:
    def __enter__(self) -> Stopwatch:
        self.began = time.perf_counter()
        self.seconds = 0.0
        return self

    def __exit__(self, *raised: object) -> None:
        self.seconds = time.perf_counter() - self.began
