"""A photo of twelve megapixels, from its bytes to all that is kept of it, process and pipes included.

The limit is turbojpeg decoding the same file at half its size and nothing else; the peer is the usual way:
decode it whole, scale it down twice, encode anew.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from io import BytesIO
from statistics import median

import simplejpeg
from PIL import Image, ImageOps

from bench.lab import Lab, Result, insist
from evidence.darkroom import Darkroom
from evidence.likeness import hashes
from evidence.photos import PREVIEW_SIDE, THUMBNAIL_SIDE

SIZE = (4000, 3000)
ROUNDS = 15
Way = Callable[[bytes], tuple[int, int]]


def camera_photo() -> bytes:
    """Twelve megapixels of soft shapes with a sensor's grain: 4 to 5 MB, as telephones make them."""
    shapes = [Image.effect_noise((SIZE[0] // 5, SIZE[1] // 5), 50) for _band in "RGB"]
    picture = Image.merge("RGB", [shape.resize(SIZE, Image.Resampling.BICUBIC) for shape in shapes])
    grain = Image.effect_noise(SIZE, 14).convert("RGB")
    jpeg = BytesIO()
    Image.blend(picture, grain, 0.3).save(jpeg, "JPEG", quality=90)
    return jpeg.getvalue()


def half_decode(original: bytes) -> tuple[int, int]:
    width, height = SIZE
    pixels = simplejpeg.decode_jpeg(original, min_width=width // 2, min_height=height // 2)
    return pixels.shape[1], pixels.shape[0]


def usual(original: bytes) -> tuple[int, int]:
    """Everything at full size first, and each step from the step before it."""
    hashlib.sha256(original).hexdigest()
    whole = ImageOps.exif_transpose(Image.open(BytesIO(original))).convert("RGB")
    preview = whole.copy()
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    preview.save(BytesIO(), "WEBP")
    thumbnail = whole.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    thumbnail.save(small := BytesIO(), "JPEG")
    whole.save(BytesIO(), "JPEG", quality=90)
    hashes(small.getvalue())
    return whole.size


def times(original: bytes, rounds: int, *ways: Way) -> list[float]:
    """Milliseconds each way takes, in turn within every round; the median of all rounds."""
    seen: list[list[float]] = [[] for _way in ways]
    for _round in range(rounds):
        for way, taken in zip(ways * 2, seen * 2, strict=True):
            began = time.perf_counter()
            way(original)
            taken.append((time.perf_counter() - began) * 1000)
    return [median(taken) for taken in seen]


def measured(name: str, peer: Way, rounds: int, goal: str, *, against: bool) -> tuple[Result, ...]:
    darkroom = Darkroom(at_once=1)

    def ours(original: bytes) -> tuple[int, int]:
        hashlib.sha256(original).hexdigest()
        photo = darkroom.develop(original)
        insist(bool(photo.preview and photo.thumbnail and photo.derived), "something is missing")
        return photo.width, photo.height

    try:
        original = camera_photo()
        insist(ours(original) == SIZE, "another size than was sent")  # and the process is warm
        insist(peer(original) in (SIZE, (SIZE[0] // 2, SIZE[1] // 2)), "the peer decoded less")
        own, other = times(original, rounds, ours, peer)
    finally:
        darkroom.close()
    ratio = other / own if against else own / other
    unit = f"ms, {len(original) / 1e6:.1f} MB JPEG"
    return (Result(name, own, other, unit, ratio, goal),)


def photo_ingest(lab: Lab) -> tuple[Result, ...]:
    return measured("photo_ingest", half_decode, ROUNDS, "<= 1.5", against=False)


def photo_vs_usual(lab: Lab) -> tuple[Result, ...]:
    return measured("photo_vs_usual", usual, 2, ">= 8", against=True)
