"""How alike two photos look: a 64-bit perceptual hash that outlives recompression, resizing and light edits.

Each bit says whether the photo gets lighter from one of 9 × 8 areas to the next one on the right. A photo
is remembered by its hash for all eight ways of holding it, for two mild crops and for a strip cut off
each side; another is looked for by its hash as it stands and by the same two crops, so that either may
be the part of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from io import BytesIO

from PIL import Image, ImageOps
from PIL.Image import Transpose

FURTHEST = 7  # bits that may differ between two copies of one photo
BANDS, BAND_BITS = 4, 16
# A picture with more even steps than this between areas (blank, on white, a form) has no hash: its bits
# would be noise, or those of all its kind. How the figures were found: docs/likeness.md.
EVEN_TONES, MOST_EVEN = 5, 38  # of 255, once the contrast is stretched; of 128 steps
LEAST_RANGE = 60  # tones between its darkest and its lightest area
FINE = 72  # divisible by 8 and 9


class Way(IntEnum):
    """How one photo was made of another."""

    UPRIGHT = 0
    MIRRORED = 1
    TURNED_90 = 2
    TURNED_180 = 3
    TURNED_270 = 4
    UPSIDE_DOWN = 5
    MIRRORED_TURNED_90 = 6
    MIRRORED_TURNED_270 = 7
    CROPPED = 8
    CROPPED_MORE = 9
    CUT_LEFT = 10
    CUT_TOP = 11
    CUT_RIGHT = 12
    CUT_BOTTOM = 13


HELD = {
    Way.MIRRORED: Transpose.FLIP_LEFT_RIGHT,
    Way.TURNED_90: Transpose.ROTATE_270,  # Pillow turns against the clock
    Way.TURNED_180: Transpose.ROTATE_180,
    Way.TURNED_270: Transpose.ROTATE_90,
    Way.UPSIDE_DOWN: Transpose.FLIP_TOP_BOTTOM,
    Way.MIRRORED_TURNED_90: Transpose.TRANSPOSE,
    Way.MIRRORED_TURNED_270: Transpose.TRANSVERSE,
}
# How much is cut off on the left, at the top, on the right and at the bottom.
CROPS = {
    Way.CROPPED: (0.04, 0.04, 0.04, 0.04),
    Way.CROPPED_MORE: (0.08, 0.08, 0.08, 0.08),
    Way.CUT_LEFT: (0.06, 0.0, 0.0, 0.0),
    Way.CUT_TOP: (0.0, 0.06, 0.0, 0.0),
    Way.CUT_RIGHT: (0.0, 0.0, 0.06, 0.0),
    Way.CUT_BOTTOM: (0.0, 0.0, 0.0, 0.06),
}
LOOKED_FOR_BY = (Way.UPRIGHT, Way.CROPPED, Way.CROPPED_MORE)
# Neighbouring bits agree more often than not, so each band takes its bits from all over the photo.
ORDER = [
    row * 8 + column
    for band in range(BANDS)
    for row in range(8)
    for column in range(8)
    if (column + 2 * row) % BANDS == band
]


def hashes(photo: bytes) -> dict[Way, int]:
    """The hashes of a photo as signed 64-bit numbers; none when it is too even to be told apart."""
    with Image.open(BytesIO(photo), formats=["JPEG"]) as picture:
        grey = picture.convert("L")
    fine = _fine(grey)
    if not _is_distinct(fine):
        return {}
    found = {Way.UPRIGHT: _number(_steps(fine))}
    found |= {way: _number(_steps(fine.transpose(how))) for way, how in HELD.items()}
    return found | {way: _number(_steps(_fine(_cropped(grey, cut)))) for way, cut in CROPS.items()}


def _is_distinct(fine: Image.Image) -> bool:
    darkest, lightest = fine.getextrema()
    if lightest - darkest < LEAST_RANGE:  # type: ignore[operator]  # one band: two numbers
        return False
    clear = ImageOps.autocontrast(fine, cutoff=1)
    steps = _steps(clear) + _steps(clear.transpose(Transpose.ROTATE_90))
    return sum(abs(step) < EVEN_TONES for step in steps) <= MOST_EVEN


def _fine(grey: Image.Image) -> Image.Image:
    return grey.resize((FINE, FINE), Image.Resampling.BOX)


def _cropped(grey: Image.Image, cut: tuple[float, float, float, float]) -> Image.Image:
    width, height = grey.size
    left, top, right, bottom = cut
    return grey.crop(
        (int(width * left), int(height * top), int(width * (1 - right)), int(height * (1 - bottom)))
    )


def _steps(fine: Image.Image) -> list[int]:
    """By how much each area is lighter than the one on its left, row by row."""
    tones = fine.resize((9, 8), Image.Resampling.BOX).tobytes()
    return [tones[at + 1] - tones[at] for at in range(72) if at % 9 != 8]


def _number(steps: list[int]) -> int:
    return signed(sum(1 << bit for bit, at in enumerate(ORDER) if steps[at] > 0))


def signed(unsigned: int, bits: int = 64) -> int:
    """The same bits as the signed number databases store."""
    return unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned


def distance(one: int, other: int) -> int:
    """In how many bits two hashes differ."""
    return ((one ^ other) & (1 << 64) - 1).bit_count()


def bands(hash: int) -> tuple[int, ...]:
    """The four quarters of a hash, each a signed 16-bit number."""
    mask = (1 << BAND_BITS) - 1
    return tuple(signed(hash >> BAND_BITS * band & mask, BAND_BITS) for band in range(BANDS))


def probes(band: int) -> Iterator[int]:
    """A band and every one that differs from it in one bit.

    Seven differing bits in four bands leave at least one band with at most one of them.
    """
    yield band
    for bit in range(BAND_BITS):
        yield signed((band ^ 1 << bit) & (1 << BAND_BITS) - 1, BAND_BITS)
