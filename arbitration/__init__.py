"""The project package: settings, addresses and processes. No domain code."""

from arbitration.celery import app as celery_app

__all__ = ["celery_app"]
