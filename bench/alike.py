"""How well copies of a photo are known again, and how often different photos are mistaken for each other.

    .venv/bin/python manage.py shell --no-imports -c "from bench.alike import main; main(['FOLDER'])"

Photos below the folders join the drawn ones. Prints the tables of docs/likeness.md.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from io import BytesIO
from itertools import combinations, product
from math import comb
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from evidence.likeness import FURTHEST, LOOKED_FOR_BY, Way, distance, hashes
from evidence.photos import PhotoRefused, read_photo
from portal.demo.build import PICTURES

Edit = Callable[[Image.Image], Image.Image]
DAY = date(2026, 3, 10)


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    file = BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def recompressed(picture: Image.Image) -> Image.Image:
    return Image.open(BytesIO(jpeg(picture, 15)))


def smaller(picture: Image.Image) -> Image.Image:
    return picture.resize((160, max(1, 160 * picture.height // picture.width)))


def cropped(left: float, top: float, right: float, bottom: float) -> Edit:
    def cut(picture: Image.Image) -> Image.Image:
        width, height = picture.size
        return picture.crop(
            (width * left, height * top, width * (1 - right), height * (1 - bottom))  # type: ignore[arg-type]
        )

    return cut


def watermarked(picture: Image.Image) -> Image.Image:
    picture = picture.copy()
    draw, (width, height) = ImageDraw.Draw(picture, "RGBA"), picture.size
    draw.rectangle(
        (width * 0.6, height * 0.88, width * 0.98, height * 0.97), fill=(255,) * 3 + (170,)
    )
    draw.text((width * 0.3, height * 0.5), "WATERMARK " * 3, fill=(255, 255, 255, 140))
    return picture


EDITS: dict[str, Edit] = {
    "recompressed, JPEG quality 15": recompressed,
    "made smaller, 160 px wide": smaller,
    "brighter by a quarter": lambda p: ImageEnhance.Brightness(p).enhance(1.25),
    "darker by a quarter": lambda p: ImageEnhance.Brightness(p).enhance(0.75),
    "more contrast": lambda p: ImageEnhance.Contrast(p).enhance(1.3),
    "in grey": lambda p: p.convert("L"),
    "watermark and a label": watermarked,
    "2 % cropped on every side": cropped(0.02, 0.02, 0.02, 0.02),
    "5 % cropped on every side": cropped(0.05, 0.05, 0.05, 0.05),
    "8 % cropped on every side": cropped(0.08, 0.08, 0.08, 0.08),
    "5 % cropped on the left": cropped(0.05, 0, 0, 0),
    "5 % cropped at the bottom": cropped(0, 0, 0, 0.05),
    "8 % cropped on the right": cropped(0, 0, 0.08, 0),
    "turned by 2°": lambda p: p.rotate(2, Image.Resampling.BICUBIC),
    "mirrored": ImageOps.mirror,
    "turned by 90°": lambda p: p.transpose(Image.Transpose.ROTATE_90),
    "mirrored, smaller and recompressed": lambda p: recompressed(smaller(ImageOps.mirror(p))),
}


def photos(folders: Iterable[str]) -> Iterator[tuple[str, Image.Image]]:
    for name, picture in PICTURES.items():
        yield name, Image.open(BytesIO(picture.draw(DAY)))
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            try:
                preview = read_photo(path.read_bytes()).preview if path.is_file() else b""
            except PhotoRefused:
                continue
            if preview:
                yield path.name, Image.open(BytesIO(preview))


def ninths(photos: Iterable[tuple[str, Image.Image]]) -> list[dict[Way, int]]:
    """Pictures of other things, for want of more: parts of photos that do not overlap."""
    found = []
    for _name, photo in photos:
        width, height = photo.width // 3, photo.height // 3
        for left, top in product((0, width, 2 * width), (0, height, 2 * height)):
            part = photo.crop((left, top, left + width, top + height))
            found.append(hashes(jpeg(small(part))))
    return found


def on_white(chance: random.Random) -> Image.Image:
    """Goods on a white ground, as catalogues show them."""
    picture = Image.new("RGB", (400, 400), "white")
    draw, half = ImageDraw.Draw(picture), chance.randrange(70, 130)
    colour = tuple(chance.randrange(20, 200) for _ in range(3))
    draw.ellipse((200 - half, 200 - half, 200 + half, 200 + half), fill=colour)
    draw.rectangle((200 - half // 2, 170, 200 + half // 2, 230), fill=colour[::-1])
    return picture


def small(picture: Image.Image) -> Image.Image:
    picture = picture.convert("RGB")
    picture.thumbnail((320, 320))
    return picture


def alike(known: dict[Way, int], new: dict[Way, int]) -> bool:
    wanted = [new[way] for way in LOOKED_FOR_BY if new]
    return any(distance(hash, one) <= FURTHEST for hash in known.values() for one in wanted)


def main(folders: list[str]) -> None:
    found = [(name, picture.convert("RGB")) for name, picture in photos(folders)]
    known = {name: hashes(jpeg(small(picture))) for name, picture in found}
    distinct = [(name, picture) for name, picture in found if known[name]]
    print(f"{len(found)} photos, {len(distinct)} with enough in them to be told apart\n")
    print("| what was done to the copy | found | recall |\n|---|---|---|")
    for words, edit in EDITS.items():
        hits = sum(alike(known[name], hashes(jpeg(small(edit(p)), 60))) for name, p in distinct)
        print(f"| {words} | {hits} of {len(distinct)} | {hits / len(distinct):.2f} |")
    chance = random.Random(1)  # noqa: S311
    drawn, taken = found[: len(PICTURES)], found[len(PICTURES) :]
    groups = {
        "whole photos": [known[name] for name, _picture in distinct],
        "ninths of the photos taken": ninths(taken),
        "ninths of the photos drawn": ninths(drawn),
        "catalogue pictures on white": [hashes(jpeg(on_white(chance))) for _ in range(200)],
    }
    print("\n| different pictures | with a hash | pairs | mistaken |\n|---|---|---|---|")
    for words, group in groups.items():
        some = [one for one in group if one]
        wrong = sum(alike(one, other) for one, other in combinations(some, 2))
        print(f"| {len(group)} {words} | {len(some)} | {comb(len(group), 2)} | {wrong} |")
