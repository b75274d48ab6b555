"""Every process refuses an unsafe production start, and says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from arbitration.checks import refuse_unsafe_start

ROOT = Path(__file__).resolve().parent.parent.parent
PROCESSES = {
    "web": ("gunicorn", "arbitration.wsgi", "--check-config"),
    "worker": ("celery", "-A", "arbitration", "worker", "-P", "threads", "-c", "1"),
    "clock": ("celery", "-A", "arbitration", "beat", "-s", "{folder}/schedule"),
}


@pytest.mark.parametrize("name", PROCESSES)
def test_no_process_starts_in_production_without_a_secret_key(name, tmp_path):
    unset = ("DEMO", "DEBUG", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL")
    env = {key: value for key, value in os.environ.items() if key not in unset}

    ended = subprocess.run(
        [sys.executable, "-m", *(part.format(folder=tmp_path) for part in PROCESSES[name])],
        cwd=ROOT,
        env={**env, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode != 0
    assert "Refusing to start: SECRET_KEY is missing" in ended.stderr


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("file:///etc/passwd", "a secret", "must begin with http"),
        ("https://example.org/notices", "", "NOTICE_WEBHOOK_SECRET"),
    ],
)
def test_a_webhook_that_could_not_be_trusted_is_refused(settings, url, secret, reason):
    settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET = url, secret
    settings.ANCHOR_PUBLIC_KEYS = ["a key"]

    with pytest.raises(ImproperlyConfigured, match=reason):
        refuse_unsafe_start()


def test_mail_of_a_portal_without_a_mail_server_stays_in_its_own_folder(settings):
    """An address with one slash too few made of it a folder below wherever the process was started."""
    assert Path(settings.EMAIL_FILE_PATH) == Path(settings.VAR_DIR) / "mail"
