"""Evidence in an object store. Loaded only where EVIDENCE_BUCKET names one."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class EvidenceStore(S3Storage):  # type: ignore[misc]  # carries no types
    """A private bucket. Nothing in it is overwritten, and a page waits a few seconds for it at most."""

    def get_default_settings(self) -> dict[str, Any]:
        known: dict[str, Any] = super().get_default_settings()
        patience = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2})
        return known | {"file_overwrite": False, "client_config": patience}
