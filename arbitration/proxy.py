"""Who is asking, when everybody comes through our own proxy."""

from __future__ import annotations

import contextlib
from ipaddress import ip_address

from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str | None:
    """The address our proxy saw: the last one it wrote down, since those before it are the sender's word."""
    seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    with contextlib.suppress(ValueError):
        return str(ip_address(seen))
    return request.META.get("REMOTE_ADDR")
