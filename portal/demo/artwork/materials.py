"""What several of the pictures are made of: paper, cardboard, print and the label of a parcel."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw

from portal.demo.canvas import Colour, font, grain, textured, words

CARDBOARD: Colour = (196, 152, 100)
INK: Colour = (46, 44, 42)
STAMP_RED: Colour = (200, 36, 40)


def paper(size: tuple[int, int], random: Random, colour: Colour = (250, 248, 243)) -> Image.Image:
    return textured(Image.new("RGB", size, colour), grain(random, size, (40, 50)), 0.04)


def cardboard(size: tuple[int, int], random: Random, colour: Colour = CARDBOARD) -> Image.Image:
    face = textured(Image.new("RGB", size, colour), grain(random, size, (size[0] // 5, 30)), 0.06)
    return textured(face, grain(random, size, (5, 5)), 0.09)


def barcode(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], random: Random) -> None:
    left, top, right, bottom = box
    while left < right - 8:
        width = random.choice((3, 3, 5, 8))
        draw.rectangle([left, top, left + width - 1, bottom], fill=(20, 20, 20))
        left += width + random.choice((3, 5, 7))


def waybill_sheet(number: str, receiver: str, random: Random) -> Image.Image:
    sheet = paper((700, 940), random)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle([14, 14, 686, 926], outline=INK, width=4)
    draw.text((40, 36), words("快递运单", "EXPRESS"), INK, font(60))
    draw.text((660, 44), words("标准快递", "STANDARD"), INK, font(40), "ra")
    draw.line([(14, 126), (686, 126)], fill=INK, width=4)
    barcode(draw, (60, 150, 640, 270), random)
    draw.text((350, 284), number, INK, font(40), "ma")
    draw.line([(14, 350), (686, 350)], fill=INK, width=3)
    draw.text(
        (350, 366),
        f"{random.randrange(100, 980)}-{random.randrange(10, 99)} A{random.randrange(10)}",
        INK,
        font(84),
        "ma",
    )
    draw.line([(14, 484), (686, 484)], fill=INK, width=3)
    draw.ellipse([36, 510, 106, 580], fill=INK)
    draw.text((71, 545), words("收", "TO"), (250, 250, 250), font(38), "mm")
    for line, text in enumerate(receiver.split("\n")):
        draw.text((130, 508 + line * 52), text, INK, font(38))
    draw.line([(14, 680), (686, 680)], fill=INK, width=3)
    draw.ellipse([36, 700, 106, 770], outline=INK, width=4)
    draw.text((71, 735), words("寄", "FR"), INK, font(36), "mm")
    draw.text(
        (130, 712), words("仓库发货部 0571-****2036", "Warehouse 0571-****2036"), INK, font(34)
    )
    barcode(draw, (60, 800, 420, 890), random)
    draw.rectangle([500, 790, 640, 900], outline=INK, width=3)
    draw.text((570, 845), words("已验视", "CHECKED"), INK, font(34 if words("1", "") else 24), "mm")
    return sheet
