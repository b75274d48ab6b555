"""A small photo studio: surfaces, sheets in perspective, shadows, camera grain. Pillow only.

Everything is drawn from a seed, so the same call always gives the same bytes on the same Pillow.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

BRIGHTER = [min(255, round(255 * (value / 255) ** 0.86)) for value in range(256)] * 3

CHINESE_FONTS = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


@cache
def chinese_font_path() -> str | None:
    return next((path for path in CHINESE_FONTS if Path(path).is_file()), None)


@cache
def font(size: int) -> Font:
    path = chinese_font_path()
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def words(zh: str, latin: str) -> str:
    """The Chinese text when this machine can draw it, otherwise the Latin one."""
    return zh if chinese_font_path() else latin


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`one` with `share` (0-1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float) -> Colour:
    return mix(colour, (255, 255, 255), share)


def darker(colour: Colour, share: float) -> Colour:
    return mix(colour, (0, 0, 0), share)


def grain(random: Random, size: tuple[int, int], cells: tuple[int, int]) -> Image.Image:
    """Grey noise around 128: `cells` random values stretched over `size`."""
    cell = Image.frombytes("L", cells, random.randbytes(cells[0] * cells[1]))
    return cell.resize(size, Image.Resampling.BICUBIC)


def textured(image: Image.Image, noise: Image.Image, strength: float) -> Image.Image:
    """Lighten and darken by noise around 128; strength 1 means by up to half of the range."""
    flat = noise.point([round(128 + (value - 128) * strength) for value in range(256)])
    tone = Image.merge("RGB", (flat, flat, flat))
    return ImageChops.add(image, tone, 1, -128)


def gradient(size: tuple[int, int], start: Colour, end: Colour, angle: float = 0) -> Image.Image:
    """From `start` at the top to `end` at the bottom, turned by `angle` degrees."""
    ramp = Image.linear_gradient("L").rotate(angle, Image.Resampling.BILINEAR)
    if angle:
        ramp = ramp.crop((38, 38, 218, 218))  # the part no turned corner reaches
    ramp = ramp.resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, end), Image.new("RGB", size, start), ramp)


def perspective(corners: Sequence[Point], size: tuple[int, int]) -> list[float]:
    """Coefficients for Image.transform that put a sheet of `size` onto four `corners`.

    Corners run clockwise from the sheet's top left.
    """
    width, height = size
    rows: list[list[float]] = []
    sheet = ((0, 0), (width, 0), (width, height), (0, height))
    for (x, y), (u, v) in zip(corners, sheet, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for column in range(8):
        pivot = max(range(column, 8), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for row in range(8):
            if row != column and (factor := rows[row][column]):
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[8] for row in rows]


def surface(kind: str, size: tuple[int, int], random: Random) -> Image.Image:
    """A table top to lay things on: wood, desk, cloth, tiles or steel."""
    width, height = size
    if kind == "wood":
        image = gradient(size, (176, 128, 84), (146, 100, 62))
        image = textured(image, grain(random, size, (12, 300)), 0.22)
        draw = ImageDraw.Draw(image)
        for y in range(random.randrange(120, 200), height, 290):
            draw.line([(0, y), (width, y + 6)], fill=(104, 68, 40), width=4)
            draw.line([(0, y + 4), (width, y + 10)], fill=(190, 142, 98), width=2)
        return image
    if kind == "cloth":
        image = gradient(size, (206, 212, 214), (176, 184, 190))
        image = textured(image, grain(random, size, (9, 7)), 0.16)
        return textured(image, grain(random, size, (width // 3, height // 3)), 0.12)
    if kind == "tiles":
        image = textured(
            gradient(size, (222, 219, 212), (196, 192, 184)), grain(random, size, (30, 24)), 0.06
        )
        draw = ImageDraw.Draw(image)
        for x in range(-600, width + 600, 430):
            draw.line(
                [(width / 2 + (x - width / 2) * 0.72, 0), (x, height)],
                fill=(160, 156, 148),
                width=7,
            )
        for y in (130, 420, 800):
            draw.line([(0, y), (width, y)], fill=(160, 156, 148), width=7)
        return image
    if kind == "steel":
        image = gradient(size, (190, 196, 200), (142, 150, 156))
        return textured(image, grain(random, size, (6, 500)), 0.14)
    image = gradient(size, (232, 230, 226), (205, 202, 196))
    return textured(image, grain(random, size, (width // 4, height // 4)), 0.05)


class Scene:
    """One photograph in the making: draw on it, then `develop()` it to JPEG bytes."""

    def __init__(self, kind: str, seed: int, size: tuple[int, int] = (1600, 1200)) -> None:
        self.random = Random(seed)  # noqa: S311 (for the drawing)
        self.size = size
        self.image = surface(kind, size, self.random)
        self.draw = ImageDraw.Draw(self.image)

    def shape(
        self, points: Sequence[Point], light: Colour, dark: Colour | None = None, angle: float = 0
    ) -> None:
        """A polygon, shaded from `light` to `dark` when both are given."""
        self.fill(self.mask(points), light, dark, angle)

    def fill(
        self, mask: Image.Image, light: Colour, dark: Colour | None = None, angle: float = 0
    ) -> None:
        box = mask.getbbox()
        if not box:
            return
        size = (box[2] - box[0], box[3] - box[1])
        paint = gradient(size, light, dark or light, angle)
        self.image.paste(paint, box[:2], mask.crop(box))

    def mask(self, points: Sequence[Point], soft: float = 0) -> Image.Image:
        mask = Image.new("L", self.size)
        ImageDraw.Draw(mask).polygon([*points], fill=255)
        return mask.filter(ImageFilter.GaussianBlur(soft)) if soft else mask

    def oval(self, box: tuple[float, float, float, float], soft: float = 0) -> Image.Image:
        mask = Image.new("L", self.size)
        ImageDraw.Draw(mask).ellipse(box, fill=255)
        return mask.filter(ImageFilter.GaussianBlur(soft)) if soft else mask

    def tint(self, mask: Image.Image, colour: Colour, opacity: float) -> None:
        """Lay `colour` over the masked part, `opacity` 0-1."""
        self.image.paste(
            colour, (0, 0), mask.point([round(value * opacity) for value in range(256)])
        )

    def shadow(
        self,
        points: Sequence[Point],
        offset: Point = (26, 34),
        blur: float = 26,
        opacity: float = 0.5,
    ) -> None:
        moved = [(x + offset[0], y + offset[1]) for x, y in points]
        self.tint(self.mask(moved, blur), (24, 20, 18), opacity)

    def oval_shadow(
        self, box: tuple[float, float, float, float], blur: float = 26, opacity: float = 0.5
    ) -> None:
        left, top, right, bottom = box
        self.tint(
            self.oval((left + 24, top + 30, right + 24, bottom + 30), blur), (24, 20, 18), opacity
        )

    def sheet(self, sheet: Image.Image, corners: Sequence[Point], shadow: bool = True) -> None:
        """Lay a flat picture down with its corners (clockwise from top left) at `corners`."""
        if shadow:
            self.shadow(corners, (10, 14), 14, 0.45)
        how = perspective(corners, sheet.size)
        laid = sheet.convert("RGB").transform(
            self.size, Image.Transform.PERSPECTIVE, how, Image.Resampling.BICUBIC
        )
        alpha = sheet.getchannel("A") if sheet.mode == "RGBA" else Image.new("L", sheet.size, 255)
        mask = alpha.transform(
            self.size, Image.Transform.PERSPECTIVE, how, Image.Resampling.BILINEAR
        )
        self.image.paste(laid, (0, 0), mask)

    def write(
        self, at: Point, text: str, size: int, fill: Colour = (40, 40, 40), anchor: str = "la"
    ) -> None:
        self.draw.text(at, text, fill=fill, font=font(size), anchor=anchor)

    def develop(self, turn: float = 1.2, stamp: str = "") -> bytes:
        """Window light from the upper left, dark corners, a hand that shook a little, sensor grain."""
        image = self.image
        turned = image.rotate(self.random.uniform(-turn, turn), Image.Resampling.BICUBIC)
        width, height = self.size
        margin = 0.025 if turn else 0
        box = (width * margin, height * margin, width * (1 - margin), height * (1 - margin))
        image = turned.resize(self.size, Image.Resampling.BICUBIC, box=box)
        light = gradient(self.size, (255, 254, 248), (214, 216, 226), 32)
        image = ImageChops.multiply(image, light)
        corners = Image.radial_gradient("L").point(
            [round(255 - max(0, value - 110) * 0.5) for value in range(256)]
        )
        corners = corners.resize(self.size, Image.Resampling.BICUBIC)
        image = ImageChops.multiply(image, Image.merge("RGB", (corners, corners, corners)))
        image = image.filter(ImageFilter.GaussianBlur(0.9)).point(BRIGHTER)
        image = textured(image, grain(self.random, self.size, (width // 2, height // 2)), 0.055)
        if stamp:
            draw = ImageDraw.Draw(image)
            draw.text(
                (width - 36, height - 30),
                stamp,
                (250, 214, 90),
                font(34),
                "rd",
                stroke_width=2,
                stroke_fill=(60, 40, 10),
            )
        return jpeg(image)


def jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
