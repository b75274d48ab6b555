"""The portal's settings for the fault suite: the tests' own, with a bell that rings every two seconds."""

import os
from datetime import timedelta

from tests.settings import *  # noqa: F403
from tests.settings import CELERY_BEAT_SCHEDULE, DATABASES

for name in ("sweep", "relay notices", "relay money"):
    CELERY_BEAT_SCHEDULE[name]["schedule"] = timedelta(seconds=2)

if patience := os.environ.get("PATIENCE"):
    DATABASES["default"]["OPTIONS"]["timeout"] = float(
        patience
    )  # seconds SQLite waits for its lock

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
