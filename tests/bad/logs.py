"""Chat logs as they should not be."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

AT = "2026-03-08T10:00:00+08:00"
HEADING = "sent_at,sender,message\n"
ROW = f"{AT},林小满,在吗\n"


def log(**fields: Any) -> bytes:
    """One message as JSON, with these fields instead of the usual ones."""
    message = {"sent_at": AT, "sender": "林小满", "text": "在吗"} | fields
    return json.dumps([message], ensure_ascii=False).encode("utf-8", "surrogatepass")


def csv(*rows: str, heading: str = HEADING) -> bytes:
    return (heading + "".join(f"{row}\n" for row in rows)).encode()


def zipped(name: str, content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()
