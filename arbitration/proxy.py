"""Who is asking and since when, when everybody comes through our own proxy."""

from __future__ import annotations

import contextlib
import re
from datetime import timedelta
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

SECONDS = re.compile(r"\d{1,6}(\.\d{1,6})?")


def client_ip(request: HttpRequest) -> str | None:
    """The address our proxy saw: the last one it wrote down, since those before it are the sender's word."""
    seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    with contextlib.suppress(ValueError):
        return str(ip_address(seen))
    return request.META.get("REMOTE_ADDR")


def time_spent(request: HttpRequest) -> timedelta:
    """How long our proxy took to receive a request before it passed it on whole; none without one."""
    spent = request.headers.get("X-Request-Time", "") if settings.BEHIND_PROXY else ""
    return timedelta(seconds=float(spent)) if SECONDS.fullmatch(spent) else timedelta()
