"""Bounds what one uploaded file can put on the disk before anyone has looked at it."""

from __future__ import annotations

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class CappedUploadHandler(FileUploadHandler):
    """Keeps a file up to the first chunk past UPLOAD_MAX_BYTES and drops the rest.

    So a file that is too large arrives just too large, and the form says so in its own words.
    Must stand before the handlers that store.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.UPLOAD_MAX_BYTES else None

    def file_complete(self, file_size: int) -> None:
        return None
