"""What the tests run on: which database and broker, a Celery worker, a browser.

A plain `pytest` uses SQLite and needs nothing else; `make test` (tests/launch.py) gives the rest.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

from arbitration.celery import app

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
CHROMIUM_MISSING = (
    "No Chromium found. Install one (Debian: apt-get install chromium) or name it: CHROMIUM=/path."
)
WORKER_START_SECONDS = 30


def chromium_path() -> str | None:
    """The browser to drive: $CHROMIUM, else the first one on the path."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def pytest_report_header() -> str:
    broker = "Redis protocol" if settings.REDIS_URL else "files"
    return f"engines: {connection.vendor} database, {broker} broker"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_postgres = connection.vendor == "postgresql"
    for item in items:
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: run make test"))
        if item.get_closest_marker("worker") and not (on_postgres and settings.REDIS_URL):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and a broker: run make test"))


def pytest_unconfigure() -> None:
    folder = Path(os.environ.get("VAR_DIR", ""))
    if folder.name.startswith("portal-tests-"):
        shutil.rmtree(folder, ignore_errors=True)


def database_url() -> str:
    """The address of the test database itself, for processes a test starts."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    sign_in = at["USER"] + (f":{at['PASSWORD']}" if at["PASSWORD"] else "")
    return f"postgres://{sign_in}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


@pytest.fixture(scope="session")
def process_env(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment in which another process works on the same database and broker as the test."""
    anchor_key = tmp_path_factory.mktemp("keys") / "anchor.pem"
    # Without a key no worker starts.
    call_command("anchor_docket", make_key=anchor_key, stdout=StringIO())
    return {
        **os.environ,
        "ANCHOR_KEY_FILE": str(anchor_key),
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture(scope="session")
def celery_worker(process_env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker on the test database; tests using it want `transaction=True`."""
    app.control.purge()
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "arbitration", "worker"),
            *("-P", "threads", "-c", "2", "-l", "WARNING", "--without-gossip", "--without-mingle"),
        ],
        cwd=ROOT,
        env=process_env,
    )
    try:
        deadline = time.monotonic() + WORKER_START_SECONDS
        while not app.control.ping(timeout=0.5):
            if worker.poll() is not None or time.monotonic() > deadline:
                pytest.fail("The Celery worker did not start.")
        yield worker
    finally:
        worker.send_signal(signal.SIGTERM)
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's loop runs in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    path = chromium_path()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(CHROMIUM_MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window, desktop-sized, Chinese; a test resizes it as it likes.

    Fails the test when a script threw or the content policy blocked something.
    """
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    window = context.new_page()
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    window.on(
        "console",
        lambda line: (
            complaints.append(line.text) if "Content Security Policy" in line.text else None
        ),
    )
    yield window
    context.close()
    assert complaints == []
