"""Parcels on their way: packed, labelled, delivered whole or crushed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from portal.demo.artwork.materials import CARDBOARD, cardboard, waybill_sheet
from portal.demo.canvas import Point, Scene, darker, font, gradient, lighter, words

BOX: tuple[Point, Point, Point, Point] = ((320, 400), (860, 220), (1340, 380), (790, 610))
BOX_HEIGHT = 420


def _box(scene: Scene, faces: Sequence[Image.Image]) -> None:
    """A closed box seen from above over its nearest corner."""
    left, back, right, near = BOX
    low_left = (left[0] + 24, left[1] + BOX_HEIGHT * 0.86)
    low_near = (near[0] + 4, near[1] + BOX_HEIGHT)
    low_right = (right[0] - 22, right[1] + BOX_HEIGHT * 0.86)
    scene.shadow([left, back, right, low_right, low_near, low_left], (44, 34), 34, 0.55)
    lid, front, side = faces
    scene.sheet(front, [left, near, low_near, low_left], shadow=False)
    scene.sheet(side, [near, right, low_right, low_near], shadow=False)
    scene.sheet(lid, [left, back, right, near], shadow=False)
    for end in (left, right, low_near):
        scene.draw.line([near, end], fill=lighter(CARDBOARD, 0.3), width=3)


def _box_faces(random: Random, number: str) -> list[Image.Image]:
    lid = cardboard((900, 600), random, lighter(CARDBOARD, 0.14))
    draw = ImageDraw.Draw(lid)
    draw.line([(0, 300), (900, 300)], fill=darker(CARDBOARD, 0.35), width=4)
    tape = Image.new("RGB", (900, 90), (214, 186, 138))
    lid.paste(Image.blend(lid.crop((0, 255, 900, 345)), tape, 0.6), (0, 255))
    for y in (255, 345):
        draw.line([(0, y), (900, y)], fill=(226, 204, 164), width=3)
    waybill = waybill_sheet(
        number,
        words(
            "张* 138****5521\n浙江省杭州市余杭区\n****小区 **幢 ***室",
            "Z* 138****5521\nHangzhou, Yuhang\n**** Bldg **, ***",
        ),
        random,
    )
    lid.paste(waybill.resize((210, 282)), (30, 8))
    front = cardboard((1000, 400), random)
    draw = ImageDraw.Draw(front)
    brown = darker(CARDBOARD, 0.55)
    for index, name in enumerate(
        (words("易碎", "FRAGILE"), words("向上", "UP"), words("怕湿", "DRY"))
    ):
        x = 560 + index * 130
        draw.rectangle([x, 120, x + 104, 224], outline=brown, width=6)
        if index == 0:
            draw.polygon([(x + 30, 142), (x + 74, 142), (x + 56, 178), (x + 48, 178)], fill=brown)
            draw.line(
                [(x + 52, 176), (x + 52, 202), (x + 36, 204), (x + 68, 204)], fill=brown, width=5
            )
        elif index == 1:
            for shift in (32, 70):
                draw.line([(x + shift, 204), (x + shift, 150)], fill=brown, width=8)
                draw.polygon(
                    [(x + shift - 15, 166), (x + shift + 15, 166), (x + shift, 140)], fill=brown
                )
        else:
            draw.arc([x + 22, 150, x + 82, 210], 180, 360, fill=brown, width=7)
            draw.line([(x + 52, 150), (x + 52, 206)], fill=brown, width=5)
        draw.text((x + 52, 240), name, brown, font(34 if len(name) < 3 else 24), "ma")
    draw.text((80, 120), words("小心轻放", "HANDLE"), brown, font(86))
    draw.text((84, 236), words("勿压  勿摔", "WITH CARE"), brown, font(46))
    side = cardboard((900, 400), random, darker(CARDBOARD, 0.22))
    return [lid, front, side]


def intact_box(seed: int, number: str = "YT8840271955") -> bytes:
    """A parcel as it should arrive."""
    scene = Scene("tiles", seed)
    _box(scene, _box_faces(scene.random, number))
    return scene.develop()


def crushed_box(seed: int, number: str = "YT8840271955") -> bytes:
    """The same parcel with its front corner stove in and the board torn open."""
    scene = Scene("tiles", seed)
    _box(scene, _box_faces(scene.random, number))
    random = scene.random
    near = BOX[3]

    def around(x: float, y: float, by: float = 14) -> Point:
        return near[0] + x + random.uniform(-by, by), near[1] + y + random.uniform(-by, by)

    # Where the nearest corner was there is now a hollow: folds that all run to its bottom.
    rim = [
        (near[0] - 330, near[1] - 148),
        around(-210, -190),
        around(-40, -226),
        around(150, -200),
        (near[0] + 330, near[1] - 138),
        around(262, 60),
        around(170, 190),
        (near[0] + 4, near[1] + 290),
        around(-120, 170),
        around(-240, 30),
    ]
    pit = around(14, 44)
    tones = (0.06, -0.1, 0.0, 0.14, 0.46, 0.58, 0.5, 0.34, 0.26, 0.3)
    for index, tone in enumerate(tones):
        one, other = rim[index], rim[(index + 1) % len(rim)]
        shade = lighter(CARDBOARD, -tone) if tone < 0 else darker(CARDBOARD, tone)
        scene.shape(
            [one, other, pit], shade, darker(shade, 0.3) if index < 4 else lighter(shade, 0.12)
        )
    for index, point in enumerate(rim):
        scene.draw.line([point, pit], fill=darker(CARDBOARD, 0.6), width=4)
        scene.draw.line(
            [(point[0] + 4, point[1] - 4), (pit[0] + 4, pit[1] - 4)],
            fill=lighter(CARDBOARD, 0.3),
            width=2,
        )
        if index not in (0, 4, 7):
            scene.draw.line(
                [point, rim[(index + 1) % len(rim)]], fill=darker(CARDBOARD, 0.3), width=3
            )
    hole: list[Point] = []
    for step in range(18):
        reach = random.uniform(40, 104)
        hole.append(
            (pit[0] + reach * 1.3 * cos(step * pi / 9), pit[1] + reach * 0.75 * sin(step * pi / 9))
        )
    scene.shape(
        [(pit[0] + (x - pit[0]) * 1.2, pit[1] + (y - pit[1]) * 1.24) for x, y in hole],
        (236, 208, 164),
        (206, 172, 124),
    )
    scene.shape(hole, (34, 26, 20), (74, 56, 42))
    for x, y in hole[::3]:  # flaps of torn board reaching over the hole
        scene.shape(
            [
                (x - 16, y),
                (x + 16, y + 4),
                (pit[0] + (x - pit[0]) * 0.5, pit[1] + (y - pit[1]) * 0.5),
            ],
            (222, 190, 142),
        )
    for angle in (
        3.02,
        3.3,
        3.55,
        5.7,
        5.95,
        6.2,
        0.6,
        2.5,
        4.4,
        4.9,
    ):  # creases running off across the faces
        reach = random.uniform(300, 400)
        start = (pit[0] + 190 * cos(angle), pit[1] + 150 * sin(angle))
        end = (pit[0] + reach * cos(angle), pit[1] + reach * 0.62 * sin(angle))
        middle = (
            (start[0] + end[0]) / 2 + random.uniform(-14, 14),
            (start[1] + end[1]) / 2 + random.uniform(-14, 14),
        )
        scene.draw.line([start, middle, end], fill=darker(CARDBOARD, 0.42), width=4, joint="curve")
        scene.draw.line(
            [(middle[0], middle[1] - 4), (end[0], end[1] - 4)],
            fill=lighter(CARDBOARD, 0.4),
            width=2,
        )
    for _ in range(14):  # scraps on the floor
        x, y = random.uniform(880, 1180), random.uniform(1010, 1120)
        scene.shape(
            [
                (x, y),
                (x + random.uniform(10, 34), y + random.uniform(-8, 8)),
                (x + random.uniform(4, 20), y + random.uniform(8, 22)),
            ],
            CARDBOARD,
        )
    return scene.develop()


def waybill(seed: int, number: str, receiver: tuple[str, str]) -> bytes:
    """The label on a parcel; `receiver` is masked name, phone and place, a line each."""
    scene = Scene("wood", seed)
    face = cardboard((1400, 1000), scene.random)
    draw = ImageDraw.Draw(face)
    tape = Image.new("RGB", (1400, 120), (220, 192, 146))
    face.paste(Image.blend(face.crop((0, 60, 1400, 180)), tape, 0.65), (0, 60))
    draw.line([(0, 120), (1400, 120)], fill=darker(CARDBOARD, 0.3), width=3)
    scene.sheet(face, [(110, 90), (1500, 60), (1560, 1150), (60, 1170)])
    sheet = waybill_sheet(number, words(*receiver), scene.random)
    scene.sheet(sheet, [(470, 170), (1130, 150), (1160, 1080), (450, 1090)])
    shine = scene.mask([(900, 150), (1060, 150), (820, 1090), (680, 1090)], 26)
    scene.tint(shine, (255, 255, 255), 0.3)
    return scene.develop()


def packing_bench(seed: int, number: str, packed_at: datetime, grams: int = 1280) -> bytes:
    """The shop's camera over the packing bench. `packed_at` is printed as given: hand over local time."""
    scene = Scene("steel", seed)
    random = scene.random
    mat: list[Point] = [(60, 160), (1540, 140), (1590, 1160), (20, 1170)]
    scene.shape(mat, (60, 104, 92), (42, 78, 70))
    for step in range(1, 12):
        scene.draw.line(
            [(60 + step * 124, 160), (20 + step * 131, 1168)], fill=(84, 128, 116), width=2
        )
        scene.draw.line(
            [(50, 160 + step * 84), (1560, 150 + step * 84)], fill=(84, 128, 116), width=2
        )
    box: list[Point] = [(390, 300), (980, 280), (1020, 760), (360, 780)]
    flaps: tuple[list[Point], ...] = (
        [(390, 300), (980, 280), (1010, 170), (360, 190)],
        [(980, 280), (1020, 760), (1190, 790), (1130, 260)],
        [(360, 780), (1020, 760), (1050, 930), (330, 950)],
        [(390, 300), (360, 780), (190, 800), (240, 290)],
    )
    scene.shadow([(190, 190), (1190, 180), (1190, 930), (190, 950)], (20, 30), 30, 0.5)
    for flap, tone in zip(flaps, (0.1, 0.2, 0.0, 0.14), strict=True):
        scene.shape(flap, darker(CARDBOARD, tone), darker(CARDBOARD, tone + 0.12))
    scene.shape(box, (92, 66, 42), (124, 92, 60))
    for _ in range(44):  # paper filling around the goods
        x, y = random.uniform(400, 960), random.uniform(320, 730)
        scene.draw.arc(
            [x, y, x + 70, y + 46],
            random.randrange(360),
            random.randrange(360),
            fill=(222, 196, 152),
            width=8,
        )
    goods: list[Point] = [(510, 400), (850, 390), (868, 660), (498, 672)]
    scene.shadow(goods, (12, 16), 12, 0.5)
    scene.shape(goods, (246, 246, 250), (206, 210, 220))
    scene.draw.rectangle([540, 440, 820, 500], fill=(52, 92, 160))
    scene.write((680, 470), words("原厂包装  完好", "SEALED"), 38, (255, 255, 255), "mm")
    scene.sheet(
        waybill_sheet(
            number,
            words(
                "李* 139****8807\n上海市浦东新区\n****路 ***号",
                "L* 139****8807\nShanghai\n**** Rd ***",
            ),
            random,
        ),
        [(1190, 430), (1480, 420), (1500, 830), (1190, 840)],
    )
    scale: list[Point] = [(1130, 900), (1520, 890), (1540, 1100), (1120, 1110)]
    scene.shadow(scale, (10, 16), 14, 0.5)
    scene.shape(scale, (214, 218, 222), (160, 166, 172))
    scene.draw.rectangle([1230, 1010, 1440, 1085], fill=(38, 58, 46))
    scene.write((1335, 1048), f"{grams} g", 52, (150, 250, 170), "mm")
    scene.draw.rounded_rectangle([120, 960, 420, 1080], 20, fill=(196, 44, 40))
    scene.draw.ellipse([300, 900, 480, 1080], fill=(222, 194, 146), outline=(150, 120, 80), width=6)
    scene.draw.ellipse([360, 960, 420, 1020], fill=(96, 76, 54))
    scene.write((50, 50), words("打包台 03 号", "PACKING 03"), 46, (255, 255, 255))
    return scene.develop(0, f"{packed_at:%Y-%m-%d %H:%M:%S}")


def delivered_locker(seed: int, number: str) -> bytes:
    """A parcel locker's screen and doors, as the merchant's proof of delivery."""
    scene = Scene("steel", seed)
    for row in range(4):
        for column in range(5):
            x, y = 40 + column * 312, 30 + row * 290
            if column == 2 and row in (1, 2):
                continue
            scene.shape(
                [(x, y), (x + 296, y), (x + 296, y + 274), (x, y + 274)],
                (96, 150, 110),
                (70, 122, 84),
            )
            scene.draw.rectangle([x + 8, y + 8, x + 288, y + 266], outline=(56, 98, 68), width=4)
            scene.write((x + 30, y + 24), f"{row * 5 + column + 1:02d}", 50, (236, 246, 238))
            scene.draw.rounded_rectangle(
                [x + 236, y + 120, x + 262, y + 180], 10, fill=(40, 60, 46)
            )
    scene.draw.rectangle([652, 310, 972, 902], fill=(30, 34, 40))
    scene.image.paste(gradient((280, 420), (236, 244, 252), (196, 216, 240)), (672, 336))
    scene.draw.rectangle([672, 336, 952, 400], fill=(40, 110, 210))
    scene.write((812, 368), words("投递成功", "DELIVERED"), 38, (255, 255, 255), "mm")
    for line, text in enumerate(
        (
            words("运单号", "Parcel"),
            number,
            words("格口 14", "Door 14"),
            words("取件人：王*", "For: W*"),
            words("已凭码取出", "Taken by code"),
        )
    ):
        scene.write((688, 424 + line * 62), text, 30, (30, 40, 60))
    for index in range(9):
        x, y = 700 + index % 3 * 84, 776 + index // 3 * 40
        scene.draw.rounded_rectangle([x, y, x + 64, y + 30], 6, fill=(150, 158, 170))
    return scene.develop(0.8)
