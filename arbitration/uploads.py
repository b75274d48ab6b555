"""Bounds what one uploaded file can put on the disk before anyone has looked at it."""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from portal.forms.uploads import FOUND_NO_ROOM


class CappedUploadHandler(FileUploadHandler):
    """Keeps a file up to the first chunk past UPLOAD_MAX_BYTES and drops the rest.

    So a file that is too large arrives just too large, and the form says so in its own words.
    Must stand before the handlers that store.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.UPLOAD_MAX_BYTES else None

    def file_complete(self, file_size: int) -> None:
        return None


class RoomyUploadHandler(TemporaryFileUploadHandler):
    """A file on the disk, or, when that is full, an empty one that says so.

    Raising here would throw away what was typed beside it.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.is_full = False
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self.is_full = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.is_full:
            return
        try:
            self.file.write(raw_data)
            self.file.flush()
        except OSError:
            self.is_full = True
            with suppress(OSError):  # closing tries to write once more; the file goes all the same
                self.file.close()

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        if not self.is_full:
            return super().file_complete(file_size)
        cut_short = InMemoryUploadedFile(
            BytesIO(), self.field_name, self.file_name, self.content_type, 0, self.charset
        )
        setattr(cut_short, FOUND_NO_ROOM, True)
        return cut_short
