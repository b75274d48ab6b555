"""Anchors: signed heads over all dockets, kept where whoever owns the database need not reach.

A chain proves its own order, but who may write the table can recompute it. So every hour the heads that
moved are written to a segment, and one signed line over segment and predecessor is appended to
`anchors.jsonl`. Only the lines entered since are read, however many cases there are.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cases import merkle
from cases.anchor_folder import (
    FIRST,
    Anchor,
    AnchorFailed,
    Entry,
    Folder,
    key_id,
    raw,
    signing_key,
)
from cases.models import Event

# A line may become visible after one with a higher id. So much is read again, longer than any transaction.
OVERLAP = timedelta(minutes=15)
EVERY = timedelta(hours=1)


def take(now: datetime, *, after_restore: str = "") -> Anchor:
    """Anchor every chain that moved since the last anchor. Reads the database and writes none of it.

    A database that is no continuation of the last anchor is refused with AnchorFailed: lines were lost or
    replaced. `after_restore` is the reason a person gives for that; then all chains are compared and
    the loss is anchored with the reason.
    """
    folder, key = Folder(), signing_key()
    try:
        with folder.locked():
            return _take(folder, key, now, after_restore)
    except OSError as error:
        raise AnchorFailed(f"ANCHOR_DIR cannot be written: {error}") from error


def _take(folder: Folder, key: Ed25519PrivateKey, now: datetime, after_restore: str) -> Anchor:
    anchors = folder.anchors()
    last = anchors[-1] if anchors else None
    if last and not after_restore and not continues(last):
        raise AnchorFailed(
            f"The database does not hold the docket line that anchor {last.number} of {last.at} saw last. "
            "Was it restored from a backup? See manage.py verify_docket, then "
            "manage.py anchor_docket --after-restore REASON."
        )
    again = anchors if after_restore else read_again(anchors)
    try:
        known = {entry.reference: entry for each in again for entry in folder.entries(each)}
    except ValueError as error:
        raise AnchorFailed(f"ANCHOR_DIR is damaged: {error}") from error
    settled = anchors[: len(anchors) - len(again)]
    moved, seen = moved_since(settled[-1].seen if settled else 0)
    if after_restore:
        gone = known.keys() - {entry.reference for entry in moved}
        moved += [Entry(reference, 0, 0, "") for reference in gone]
    entries = sorted(_against(moved, known), key=lambda entry: entry.reference)
    anchor = _next(last, entries, seen, now, after_restore, key)
    folder.append(anchor, entries)
    return anchor


def _next(
    last: Anchor | None,
    entries: list[Entry],
    seen: tuple[int, str],
    now: datetime,
    note: str,
    key: Ed25519PrivateKey,
) -> Anchor:
    """The line that follows `last`, signed."""
    number = last.number + 1 if last else 1
    root = merkle.root([merkle.leaf(str(entry)) for entry in entries])
    if last and not seen[0] and not note:
        seen = last.seen, last.seen_hash
    unsigned = Anchor(
        number=number,
        at=now.astimezone(UTC).isoformat(timespec="seconds"),
        previous=last.hash if last else FIRST,
        chains=(last.chains if last else 0)
        + sum((entry.length > 0) - (entry.before > 0) for entry in entries),
        lines=(last.lines if last else 0) + sum(entry.length - entry.before for entry in entries),
        changed=len(entries),
        root=root,
        segment=f"{number:08d}-{root[:12]}.tsv" if entries else "",
        seen=seen[0],
        seen_hash=seen[1],
        note=note,
        key=key_id(raw(key.public_key())),
    )
    return replace(unsigned, signature=base64.b64encode(key.sign(unsigned.signed_part)).decode())


def continues(last: Anchor) -> bool:
    """Whether the newest line the anchor saw is still there."""
    return last.seen == 0 or Event.objects.filter(pk=last.seen, hash=last.seen_hash).exists()


def read_again(anchors: list[Anchor]) -> list[Anchor]:
    """The newest anchors, whose lines a slow transaction may have been adding to behind their backs."""
    if not anchors:
        return []
    settled = anchors[-1].taken_at - OVERLAP
    return [anchor for anchor in anchors if anchor.taken_at > settled]


def moved_since(seen: int) -> tuple[list[Entry], tuple[int, str]]:
    """The chains with lines of a higher id than `seen`, and id and hash of the newest of these lines."""
    newest = 0, ""
    first: dict[str, int] = {}
    heads: dict[str, tuple[int, str]] = {}
    rows = (
        Event.objects.filter(pk__gt=seen)
        .order_by("pk")
        .values_list("pk", "case__reference", "number", "hash")
    )
    for pk, reference, number, hash in rows.iterator(chunk_size=5000):
        newest = pk, hash
        first[reference] = min(number, first.get(reference, number))
        heads[reference] = max((number, hash), heads.get(reference, (0, "")))
    moved = [Entry(ref, first[ref] - 1, length, head) for ref, (length, head) in heads.items()]
    return moved, newest


def _against(moved: Iterable[Entry], known: dict[str, Entry]) -> Iterator[Entry]:
    """What moved, without what the anchors read again already say."""
    for entry in moved:
        was = known.get(entry.reference)
        if was is None:
            yield entry
        elif (was.length, was.head) != (entry.length, entry.head):
            yield Entry(entry.reference, was.length, entry.length, entry.head)


def take_if_due(now: datetime) -> Anchor | None:
    """The hourly anchor, whoever asks and however often. Raises AnchorFailed."""
    last = Folder().last()
    return None if last and now < last.taken_at + EVERY else take(now)
