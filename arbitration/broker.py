"""The file broker of the embedded form, with one gap closed.

kombu's file transport lets a worker take a message while it is still being written, and the half-read
message ends the worker. Here a message gets the name workers look for only when it is whole, by renaming.
"""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(  # type: ignore[override]  # as kombu does itself
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = folder / f".{name}.part"
        unfinished.write_bytes(str_to_bytes(dumps(payload)))
        unfinished.rename(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return super()._get(queue)
        except ValueError:
            # Left by a crash. A message is a hint: what it asked for, the next one asks for again.
            log.warning("a message of queue %s could not be read and was dropped", queue)
            return self._get(queue)


class Transport(filesystem.Transport):
    Channel = Channel
