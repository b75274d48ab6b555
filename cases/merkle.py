"""One hash over many texts, and the few hashes that prove one of them belongs to it (RFC 6962)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf(text: str) -> str:
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def root(leaves: Sequence[str]) -> str:
    """The hash over all leaves; over none it is that of nothing."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else hashlib.sha256(b"").hexdigest()


def path(leaves: Sequence[str], at: int) -> list[str]:
    """What leads from one leaf to the root: `L` or `R`, the side it stands on, and the other's hash."""
    steps, level = [], list(leaves)
    while len(level) > 1:
        other = at ^ 1
        if other < len(level):
            steps.append(("L" if other < at else "R") + level[other])
        level, at = _above(level), at // 2
    return steps


def _above(level: Sequence[str]) -> list[str]:
    # One that has no neighbour goes up as it is: doubling it would let two lists have one root.
    pairs = [node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
    return pairs + list(level[len(pairs) * 2 :])
