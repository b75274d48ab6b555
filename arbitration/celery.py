"""The Celery application; `celery -A arbitration worker` finds it."""

import os
import sys
from typing import Any

import django
from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

from arbitration.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbitration.settings")

TRANSPORT_ALIASES["files"] = "arbitration.broker:Transport"

app = Celery("arbitration")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse(**_kwargs: Any) -> None:
    """Workers and beats start under the same conditions as the web server."""
    django.setup()
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as reason:
        # Past Celery, which takes over the output; and as an exit, since it only logs other errors.
        print(reason, file=sys.__stderr__)
        raise SystemExit(1) from reason
