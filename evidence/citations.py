"""What a finding rests on, as it is written: an exhibit, a region of a photo, a message or a range of them.

Pure: `E-01`, `E-01@10,20,30,40` (left, top, width and height in percent of the picture), `C-17`, `C-17..C-21`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MOST_IN_RANGE = 200
PERCENT = 100
PIECE = re.compile(
    r"E-?\d{1,4}\s*@\s*[\d.]+(?:\s*,\s*[\d.]+){3}"
    r"|C-?\d{1,6}\s*(?:\.{2,3}|[-~–—至到])\s*C?-?\d{1,6}"
    r"|[^\s,;、\[\]]+",
    re.IGNORECASE,
)
PHOTO = re.compile(r"E-?(\d{1,4})(?:\s*@\s*(.+))?", re.IGNORECASE)
MESSAGES = re.compile(r"C-?(\d{1,6})(?:\D+?(\d{1,6}))?", re.IGNORECASE)


@dataclass(frozen=True)
class Region:
    """A rectangle of a picture, in whole percent of its width and height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def is_within(self) -> bool:
        return (
            self.width > 0
            and self.height > 0
            and self.left + self.width <= PERCENT
            and self.top + self.height <= PERCENT
        )

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.width},{self.height}"


@dataclass(frozen=True)
class Citation:
    """One thing cited. `numbers` are the messages of a range, or the one number."""

    kind: str  # E or C
    first: int
    last: int
    region: Region | None = None

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)

    @property
    def covers(self) -> tuple[str, ...]:
        """The labels of everything cited: one exhibit, or each message of the range."""
        return tuple(label_of(self.kind, number) for number in self.numbers)

    def __str__(self) -> str:
        whole = label_of(self.kind, self.first)
        if self.region is not None:
            return f"{whole}@{self.region}"
        return whole if self.first == self.last else f"{whole}..{label_of(self.kind, self.last)}"


def label_of(kind: str, number: int) -> str:
    return f"E-{number:02d}" if kind == "E" else f"C-{number}"


def pieces_of(written: str) -> tuple[str, ...]:
    """The citations in a line such as `E-01, c17`, in their normal form, each once, in order.

    What is no citation stays as it was typed.
    """
    found = PIECE.findall(unicodedata.normalize("NFKC", written))
    return tuple(dict.fromkeys(str(read(piece) or piece.upper()) for piece in found))


def read(piece: str) -> Citation | None:
    """The citation a piece stands for; None when it stands for none."""
    photo = PHOTO.fullmatch(piece.strip())
    if photo:
        number, written = int(photo[1]), photo[2]
        region = region_of(written) if written else None
        if written and region is None:
            return None
        return Citation("E", number, number, region)
    messages = MESSAGES.fullmatch(piece.strip())
    if messages is None:
        return None
    first, last = sorted((int(messages[1]), int(messages[2] or messages[1])))
    return Citation("C", first, last) if last - first < MOST_IN_RANGE else None


def region_of(written: str) -> Region | None:
    try:
        numbers = [round(float(part)) for part in written.split(",")]
    except ValueError:
        return None
    region = Region(*numbers) if len(numbers) == len("xywh") else None
    return region if region is not None and region.is_within else None
