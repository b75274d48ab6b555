"""A whole case to take away: what was stored, the docket with its proofs, and what checks both."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from accounts.models import User
from cases.actions import note_export
from cases.audits import docket_to_go
from cases.models import Case
from evidence.attested import SAID, as_entered
from evidence.custody import CHUNK, compared, look_at, note_state, record_of
from evidence.models import Exhibit, Message, SealedFile, sealed

CHECKER = settings.BASE_DIR / "tools" / "verify_docket.py"
README = """Case {reference}, exported {at} by {who}.

manifest.json     every file here with its SHA-256, and the custody record of every exhibit
docket.json       every act in this case, hash-chained, with the anchors that prove it
case.json         the order, the claim, the answer, the rulings, the messages of chat logs
exhibits/         the originals as they were received

To check all of it without the portal:  python3 verify_docket.py . --key PUBLIC_KEY
The public key is the one the platform has published (manage.py anchor_docket --public-key).
"""
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}


@dataclass
class Bundle:
    """The zip being written, and what its manifest will say of it."""

    zip: zipfile.ZipFile
    files: list[dict[str, Any]] = field(default_factory=list)

    def add(self, path: str, chunks: Iterator[bytes] | list[bytes], **facts: Any) -> str:
        digest, size = hashlib.sha256(), 0
        with self.zip.open(path, "w", force_zip64=True) as entry:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                entry.write(chunk)
        self.files.append({"path": path, "sha256": digest.hexdigest(), "size": size, **facts})
        return digest.hexdigest()

    def add_json(self, path: str, content: Any) -> None:
        self.add(path, [as_json(content)])


def export_case(case: Case, target: IO[bytes], *, by: User, now: datetime) -> None:
    """Write the case as a zip into `target`. Taking it is a docket line, and in the docket taken."""
    note_export(case, what="case", by=by, now=now)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        bundle = Bundle(packed)
        exhibits = list(case.exhibits.select_related("uploader"))
        records = [add_exhibit(bundle, exhibit, now=now) for exhibit in exhibits]
        bundle.add_json("docket.json", docket_to_go(case))
        bundle.add_json("case.json", contents(case))
        bundle.add("verify_docket.py", [CHECKER.read_bytes()])
        facts = {"reference": case.reference, "at": now.isoformat(), "who": by}
        bundle.add("README.txt", [README.format(**facts).encode()])
        manifest = {
            "format": "case 1",
            "case": case.reference,
            "exported_at": now.isoformat(),
            "exported_by": str(by),
            "files": bundle.files,
            "exhibits": records,
        }
        packed.writestr("manifest.json", as_json(manifest))


def add_exhibit(bundle: Bundle, exhibit: Exhibit, *, now: datetime) -> dict[str, Any]:
    """Pack the original under its label; returns the custody record, which says if it is not what was sealed.

    What is found is kept as at any other look, and so on the docket that is packed as well.
    """
    ending = EXTENSIONS.get(exhibit.found_type, PurePath(exhibit.name).suffix.lstrip(".") or "txt")
    path = f"exhibits/{exhibit.label}.{ending}"
    file = record_of(exhibit, SealedFile.Role.ORIGINAL, now=now)
    assert file is not None  # noqa: S101  # every exhibit has an original
    try:
        packed = bundle.add(path, chunks_of(file.stored_as))
    except Exception:  # said in the record: one file must not cost the others
        state, there = look_at(file), None
    else:
        state, there = compared(file, packed), path
    note_state(file, state, by=None, now=now)
    is_whole = there is not None and state == SealedFile.State.WHOLE
    return custody_record(exhibit) | {"path": there, "is_as_sealed": is_whole}


def chunks_of(name: str) -> Iterator[bytes]:
    with sealed().open(name) as stored:
        yield from iter(lambda: stored.read(CHUNK), b"")


def custody_record(exhibit: Exhibit) -> dict[str, Any]:
    return {
        "label": exhibit.label,
        "side": exhibit.side,
        "uploader": str(exhibit.uploader) if exhibit.uploader else None,
        "received_at": exhibit.received_at,
        "claimed_time": exhibit.taken_at or None,
        "claimed_name": exhibit.name,
        "claimed_type": exhibit.claimed_type,
        "found_type": exhibit.found_type,
        "sha256": exhibit.sha256,
        "size": exhibit.size,
        "is_late": exhibit.is_late,
        "admission": exhibit.admission or None,
        "withdrawn_at": exhibit.withdrawn_at,
        "files": rows(
            exhibit.files.order_by("pk"),
            *("role", "sha256", "size", "tool", "version", "parameters", "sealed_at"),
            *("state", "checked_at"),
        ),
    }


def contents(case: Case) -> dict[str, Any]:
    """The case in words, for people; the docket is what proves it."""
    [facts] = rows(
        [case],
        *("reference", "category", "rule", "rulebook_version", "state", "order_number", "items"),
        *("paid", "freight", "refunded", "placed_at", "shipped_at", "delivered_at", "filed_at"),
        *("requested_remedy", "requested_amount", "statement", "answer", "answered_at"),
        *("ruled_at", "ended_at"),
    )
    return facts | {
        "buyer": str(case.buyer),
        "shop": case.shop.name,
        "rulings": rows(
            case.rulings.all(),
            *(
                "version",
                "issued_at",
                "told_at",
                "recalled_at",
                "outcome",
                "remedies",
                "amount",
                "freight",
                "findings",
            ),
            *("reasons", "rulebook_version", "content_hash"),
        ),
        "messages": [
            as_said(message)
            for message in case.messages.select_related("exhibit").order_by("number")
        ],
    }


def as_said(message: Message) -> dict[str, Any]:
    """A message as its digest on the docket takes it."""
    values = as_entered([getattr(message, name) for name in SAID])
    named = {"label": message.label, "exhibit": message.exhibit.label}
    return named | dict(zip(SAID, values, strict=True))


def rows(found: QuerySet[Any] | list[Any], *names: str) -> list[dict[str, Any]]:
    return [{name: getattr(each, name) for name in names} for each in found]


def as_json(content: Any) -> bytes:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()
