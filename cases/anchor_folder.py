"""What an anchor is, who signs it, and the folder it is kept in. Nothing there is ever rewritten."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from cases import merkle
from cases.docket import canonical

FIRST = ""  # what the first anchor follows
CONTEXT = b"docket anchor 1\n"  # so that no other text signed by this key passes for an anchor


class AnchorFailed(Exception):
    """No anchor was taken. The text is for the operator."""


@dataclass(frozen=True)
class Entry:
    """One chain that moved: its length at the anchor before, its length now, its head."""

    reference: str
    before: int
    length: int
    head: str

    def __str__(self) -> str:
        return f"{self.reference}\t{self.before}\t{self.length}\t{self.head}"

    @classmethod
    def read(cls, line: str) -> Self:
        reference, before, length, head = line.split("\t")
        return cls(reference, int(before), int(length), head)


@dataclass(frozen=True)
class Anchor:
    """One line of the file. `seen` and `seen_hash` name the newest docket line it knew."""

    number: int
    at: str
    previous: str
    chains: int
    lines: int
    changed: int
    root: str
    segment: str
    seen: int
    seen_hash: str
    note: str
    key: str
    signature: str = ""

    @property
    def taken_at(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def signed_part(self) -> bytes:
        facts = asdict(self)
        del facts["signature"]
        return CONTEXT + canonical(facts).encode()

    @property
    def hash(self) -> str:
        """What the next anchor calls `previous`."""
        return hashlib.sha256(self.signed_part).hexdigest()


# The key -----------------------------------------------------------------------------------------


def signing_key() -> Ed25519PrivateKey:
    """The private key in ANCHOR_KEY_FILE; a demo makes its own. Raises AnchorFailed."""
    file = Path(settings.ANCHOR_KEY_FILE)
    if not file.exists() and not settings.PRODUCTION:
        make_key(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise AnchorFailed(f"ANCHOR_KEY_FILE cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AnchorFailed("ANCHOR_KEY_FILE holds no Ed25519 key.")
    return key


def make_key(file: Path) -> None:
    """Write a new key, readable by its owner alone. Raises FileExistsError rather than replace one."""
    content = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)


def raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def trusted_keys() -> dict[str, bytes]:
    """Public keys by id: those named in the settings, and that of the key file where it can be read."""
    keys = [base64.b64decode(each) for each in settings.ANCHOR_PUBLIC_KEYS]
    try:
        keys.append(raw(signing_key().public_key()))
    except AnchorFailed:
        if not keys:
            raise
    return {key_id(key): key for key in keys}


def is_signed(anchor: Anchor, keys: dict[str, bytes]) -> bool:
    """Whether one of these keys signed it."""
    if anchor.key not in keys:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(keys[anchor.key]).verify(
            base64.b64decode(anchor.signature), anchor.signed_part
        )
    except (InvalidSignature, ValueError):
        return False
    return True


# The folder --------------------------------------------------------------------------------------


class Folder:
    """Where anchors are kept: `anchors.jsonl`, and one file in `segments/` for each that moved a chain."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path(settings.ANCHOR_DIR)
        self.lines = self.path / "anchors.jsonl"
        self.segments = self.path / "segments"

    def anchors(self) -> list[Anchor]:
        """Every whole line, in the order of the file; a line torn by a power cut is no anchor."""
        if not self.lines.exists():
            return []
        return [
            anchor
            for line in self.lines.read_text().splitlines()
            if (anchor := _anchor(line)) is not None
        ]

    def last(self) -> Anchor | None:
        anchors = self.anchors()
        return anchors[-1] if anchors else None

    def entries(self, anchor: Anchor) -> list[Entry]:
        """What this anchor says moved. Raises OSError or ValueError when the segment is not what it was."""
        if not anchor.segment:
            return []
        text = (self.segments / Path(anchor.segment).name).read_text()
        lines = text.splitlines()
        if merkle.root([merkle.leaf(line) for line in lines]) != anchor.root:
            raise ValueError("the segment does not match its anchor")
        return [Entry.read(line) for line in lines]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One writer at a time; a second waits, and then goes on from what the first wrote."""
        self.segments.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def append(self, anchor: Anchor, entries: Iterable[Entry]) -> None:
        """The segment first, then the line that names it; both are on the disk when this returns."""
        if anchor.segment:
            content = "".join(f"{entry}\n" for entry in entries).encode()
            write_through(self.segments / anchor.segment, content, os.O_TRUNC)
            sync_folder(self.segments)
        line = ("\n" if self.is_torn() else "") + canonical(asdict(anchor)) + "\n"
        write_through(self.lines, line.encode(), os.O_APPEND)
        sync_folder(self.path)

    def is_torn(self) -> bool:
        """Whether a power cut left half a line at the end."""
        if not self.lines.exists() or not self.lines.stat().st_size:
            return False
        with self.lines.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"


def _anchor(line: str) -> Anchor | None:
    try:
        return Anchor(**json.loads(line))
    except (ValueError, TypeError):
        return None


def write_through(file: Path, content: bytes, how: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | how, 0o640), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
