"""The Celery application; `celery -A arbitration worker` finds it."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbitration.settings")

TRANSPORT_ALIASES["files"] = "arbitration.broker:Transport"

app = Celery("arbitration")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
