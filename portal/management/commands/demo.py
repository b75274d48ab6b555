"""`manage.py demo`: the whole portal with invented cases, in one terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from accounts.models import User
from arbitration.supervisor import ProcessDied, Stopped, is_free, portal_processes
from cases import anchors
from cases.models import Case, Deadline
from portal.demo.build import build_demo, file_clock_case

PASSWORD = "demo-portal"  # noqa: S105 (public on purpose)
# Made by the demo itself; the rest of var/ is not ours to delete.
DEMO_FOLDERS = ("anchors", "evidence", "broker", "mail", "static", "tmp")
DEMO_FILES = ("portal.sqlite3*", "beat-schedule*")
# There while the cases are being made: found at a start, the last one was cut short.
UNFINISHED = settings.VAR_DIR / "demo.unfinished"


class Command(BaseCommand):
    help = "Prepare the demo: database, pages, about 60 invented cases. With --serve, run it too."
    requires_system_checks = []  # noqa: RUF012 (declared so by Django)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", action="store_true", help="run web, worker and clock")
        parser.add_argument("--reset", action="store_true", help="delete what the last demo left")

    def handle(self, *args: Any, **options: Any) -> None:
        self._started = time.monotonic()
        if not settings.DEMO:
            raise CommandError("This invents cases in the database. Set DEMO=true to agree.")
        host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
        with only_one(settings.VAR_DIR / "demo.lock"):
            if options["serve"] and not is_free(host, port):
                raise CommandError(f"Port {port} is taken. Try PORT={port + 1} make run")
            if options["reset"] or UNFINISHED.exists():
                self._reset()
            self._prepare()
            if options["serve"]:
                self._serve(host, port)

    def _prepare(self) -> None:
        self._say("Preparing the database")
        call_command("migrate", interactive=False, verbosity=0)
        refuse_a_database_in_use()
        self._say("Collecting styles and scripts")
        call_command("collectstatic", interactive=False, verbosity=0)
        if Case.objects.exists():
            self._say("The demo cases are there already (make reset-demo starts afresh)")
        else:
            self._say("Drawing evidence and filing the demo cases, the first time only")
            UNFINISHED.touch()
            build_demo(progress=self._say)
            UNFINISHED.unlink()
            anchors.take(timezone.now())
        connection.close()

    def _serve(self, host: str, port: int) -> None:
        self._say("Starting web server, worker and clock")
        try:
            with portal_processes(
                settings.BASE_DIR, settings.VAR_DIR, host, port, sys.stdout
            ) as processes:
                self._welcome(host, port)
                processes.watch()
        except Stopped:
            self.stdout.write("\nStopped. `make run` goes on where this left off.")
        except ProcessDied as death:
            raise CommandError(f"Stopped everything: {death}.") from death

    def _welcome(self, host: str, port: int) -> None:
        clock_case = file_clock_case(timezone.now())
        due_at = Deadline.objects.open().filter(case=clock_case).earliest("due_at").due_at
        connection.close()
        self._say("Ready")
        self.stdout.write(f"\n  http://{'localhost' if host == '127.0.0.1' else host}:{port}/\n\n")
        self.stdout.write(f"  Accounts, password {PASSWORD}:")
        for person in User.objects.filter(is_demo=True, is_active=True).order_by("pk"):
            if person.has_usable_password():
                self.stdout.write(f"    {person.username:<16}{person}")
        connection.close()
        self.stdout.write(
            f"\n  Deadline demo: {clock_case.reference} falls due at {due_at.isoformat()}"
        )
        self.stdout.write("\n  Ctrl-C stops everything.\n\n")
        self.stdout.flush()

    def _reset(self) -> None:
        self._say("Deleting the last demo")
        refuse_a_database_in_use()
        if connection.vendor == "sqlite":
            connection.close()
            for pattern in DEMO_FILES:
                for file in settings.VAR_DIR.glob(pattern):
                    file.unlink()
        else:
            call_command("migrate", interactive=False, verbosity=0)
            if User.objects.filter(is_demo=False).exists():
                raise CommandError(
                    "Not deleting this database: it has people who are not invented."
                )
            call_command("flush", interactive=False, verbosity=0)
        for name in DEMO_FOLDERS:
            shutil.rmtree(settings.VAR_DIR / name, ignore_errors=True)
        for folder in ("messages", "control"):
            (settings.BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)

    def _say(self, line: str) -> None:
        self.stdout.write(f"[{time.monotonic() - self._started:5.1f} s] {line}")
        self.stdout.flush()


def refuse_a_database_in_use() -> None:
    """Nothing is invented in, or deleted from, a database that has people but no invented ones."""
    has_people = User._meta.db_table in connection.introspection.table_names()
    if has_people and User.objects.exists() and not User.objects.filter(is_demo=True).exists():
        raise CommandError(
            "This database is in use: it has people, none of them invented. "
            "Give the demo one of its own (DATABASE_URL)."
        )


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the lock file; two demos on one folder would work on each other's files."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError("The demo is running already. Stop it there first.") from error
        yield
