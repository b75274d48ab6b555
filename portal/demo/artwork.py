"""Photos for the demo cases, drawn here so that nobody's pictures are needed.

Each function answers JPEG bytes of a scene that shows what an exhibit of its kind would show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import cos, pi, radians, sin
from random import Random

from PIL import Image, ImageDraw

from portal.demo.canvas import (
    Colour,
    Point,
    Scene,
    darker,
    font,
    gradient,
    grain,
    jpeg,
    lighter,
    mix,
    textured,
    words,
)

CARDBOARD: Colour = (196, 152, 100)
INK: Colour = (46, 44, 42)
STAMP_RED: Colour = (200, 36, 40)


def _paper(size: tuple[int, int], random: Random, colour: Colour = (250, 248, 243)) -> Image.Image:
    return textured(Image.new("RGB", size, colour), grain(random, size, (40, 50)), 0.04)


def _cardboard(size: tuple[int, int], random: Random, colour: Colour = CARDBOARD) -> Image.Image:
    face = textured(Image.new("RGB", size, colour), grain(random, size, (size[0] // 5, 30)), 0.06)
    return textured(face, grain(random, size, (5, 5)), 0.09)


def _barcode(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], random: Random) -> None:
    left, top, right, bottom = box
    while left < right - 8:
        width = random.choice((3, 3, 5, 8))
        draw.rectangle([left, top, left + width - 1, bottom], fill=(20, 20, 20))
        left += width + random.choice((3, 5, 7))


def _waybill_sheet(number: str, receiver: str, random: Random) -> Image.Image:
    sheet = _paper((700, 940), random)
    draw = ImageDraw.Draw(sheet)
    draw.rectangle([14, 14, 686, 926], outline=INK, width=4)
    draw.text((40, 36), words("快递运单", "EXPRESS"), INK, font(60))
    draw.text((660, 44), words("标准快递", "STANDARD"), INK, font(40), "ra")
    draw.line([(14, 126), (686, 126)], fill=INK, width=4)
    _barcode(draw, (60, 150, 640, 270), random)
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
    _barcode(draw, (60, 800, 420, 890), random)
    draw.rectangle([500, 790, 640, 900], outline=INK, width=3)
    draw.text((570, 845), words("已验视", "CHECKED"), INK, font(34 if words("1", "") else 24), "mm")
    return sheet


def _stamp(sheet: Image.Image, centre: Point, radius: int, title: str, line: str) -> None:
    """A round red company seal, slightly uneven in ink."""
    layer = Image.new("L", sheet.size)
    draw = ImageDraw.Draw(layer)
    x, y = centre
    draw.ellipse([x - radius, y - radius, x + radius, y + radius], outline=220, width=radius // 14)
    star = []
    for step in range(10):
        reach = radius * (0.34 if step % 2 == 0 else 0.135)
        star.append((x + reach * sin(pi * step / 5), y - reach * cos(pi * step / 5)))
    draw.polygon(star, fill=220)
    draw.text((x, y - radius * 0.62), title, 220, font(radius // 4), "mm")
    draw.text((x, y + radius * 0.6), line, 220, font(radius // 5), "mm")
    sheet.paste(STAMP_RED, (0, 0), layer.rotate(-9, Image.Resampling.BICUBIC, center=centre))


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
    lid = _cardboard((900, 600), random, lighter(CARDBOARD, 0.14))
    draw = ImageDraw.Draw(lid)
    draw.line([(0, 300), (900, 300)], fill=darker(CARDBOARD, 0.35), width=4)
    tape = Image.new("RGB", (900, 90), (214, 186, 138))
    lid.paste(Image.blend(lid.crop((0, 255, 900, 345)), tape, 0.6), (0, 255))
    for y in (255, 345):
        draw.line([(0, y), (900, y)], fill=(226, 204, 164), width=3)
    waybill = _waybill_sheet(
        number,
        words(
            "张* 138****5521\n浙江省杭州市余杭区\n****小区 **幢 ***室",
            "Z* 138****5521\nHangzhou, Yuhang\n**** Bldg **, ***",
        ),
        random,
    )
    lid.paste(waybill.resize((210, 282)), (30, 8))
    front = _cardboard((1000, 400), random)
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
    side = _cardboard((900, 400), random, darker(CARDBOARD, 0.22))
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


def _crack_lines(random: Random, centre: Point, reach: float) -> list[list[Point]]:
    lines: list[list[Point]] = []
    spokes = 15
    ends: list[list[Point]] = []
    for index in range(spokes):
        angle = 2 * pi * index / spokes + random.uniform(-0.16, 0.16)
        path = [centre]
        length = 0.0
        while length < reach * random.uniform(0.75, 1.25):
            length += random.uniform(34, 72)
            bend = angle + random.uniform(-0.12, 0.12)
            path.append((centre[0] + length * cos(bend), centre[1] + length * sin(bend)))
        ends.append(path)
    lines += ends
    for ring in range(1, 7):
        for index in range(spokes):
            one, other = ends[index], ends[(index + 1) % spokes]
            if ring < len(one) and ring < len(other) and random.random() < 0.8 - ring * 0.08:
                lines.append([one[ring], other[ring]])
    return lines


def cracked_screen(seed: int) -> bytes:
    """A phone, switched on, its glass broken from one corner."""
    scene = Scene("wood", seed)
    x: float
    y: float
    screen = gradient((640, 1300), (40, 74, 138), (132, 78, 140), 24)
    draw = ImageDraw.Draw(screen)
    draw.text((320, 190), "09:41", (255, 255, 255), font(130), "mm")
    draw.text((320, 300), words("11月18日  星期三", "Wed 18 Nov"), (236, 236, 246), font(40), "mm")
    for index, colour in enumerate(
        ((70, 190, 120), (240, 150, 60), (230, 84, 92), (90, 140, 240)) * 2
    ):
        x, y = 62 + index % 4 * 138, 900 + index // 4 * 160
        draw.rounded_rectangle([x, y, x + 104, y + 104], 24, fill=colour)
    random = scene.random
    centre = (random.uniform(150, 230), random.uniform(480, 620))
    for path in _crack_lines(random, centre, 820):
        draw.line([(x + 3, y + 3) for x, y in path], fill=(16, 16, 26), width=4)
        draw.line(path, fill=(232, 238, 246), width=3)
    for _ in range(26):
        x, y = centre[0] + random.gauss(0, 36), centre[1] + random.gauss(0, 36)
        shard = [
            (x, y),
            (x + random.uniform(6, 30), y + random.uniform(-10, 12)),
            (x + random.uniform(-8, 12), y + random.uniform(8, 26)),
        ]
        draw.polygon(shard, fill=random.choice(((240, 244, 250), (24, 24, 34), (170, 180, 200))))
    draw.rectangle([420, 700, 640, 716], fill=(60, 250, 190))
    draw.rectangle([512, 0, 518, 1300], fill=(230, 90, 220))
    body = Image.new("RGBA", (740, 1440), (0, 0, 0, 0))
    shell = ImageDraw.Draw(body)
    shell.rounded_rectangle([0, 0, 739, 1439], 96, fill=(24, 26, 30, 255))
    shell.rounded_rectangle([8, 8, 731, 1431], 90, outline=(120, 124, 132, 255), width=6)
    mask = Image.new("L", screen.size)
    ImageDraw.Draw(mask).rounded_rectangle([0, 0, 639, 1299], 58, fill=255)
    body.paste(screen, (50, 70), mask)
    shell.ellipse([354, 88, 386, 120], fill=(10, 10, 12, 255))
    scene.sheet(body, [(560, 90), (1075, 130), (1030, 1130), (440, 1070)])
    glare = scene.mask([(600, 130), (760, 140), (600, 1060), (470, 1050)], 18)
    scene.tint(glare, (255, 255, 255), 0.12)
    return scene.develop()


def expiry_label(seed: int, product: tuple[str, str], made: date, best_before: date) -> bytes:
    """A close-up of the date print on a pouch."""
    scene = Scene("desk", seed)
    hue = scene.random.choice(((184, 46, 44), (34, 104, 82), (206, 126, 30), (42, 82, 150)))
    pouch = textured(
        gradient((1200, 900), lighter(hue, 0.12), darker(hue, 0.12)),
        grain(scene.random, (1200, 900), (7, 5)),
        0.12,
    )
    draw = ImageDraw.Draw(pouch)
    for x in range(0, 1200, 16):
        draw.line([(x, 0), (x, 46)], fill=darker(hue, 0.25), width=4)
    draw.text((70, 84), words(*product), (255, 250, 236), font(82))
    draw.text(
        (74, 190),
        words("净含量见包装  请置阴凉干燥处", "Keep in a cool and dry place"),
        lighter(hue, 0.66),
        font(38),
    )
    draw.rounded_rectangle([60, 290, 1140, 690], 18, fill=(248, 246, 240))
    days = (best_before - made).days
    rows = (
        (words("生产日期", "MFG"), f"{made:%Y%m%d}"),
        (words("保质期至", "EXP"), f"{best_before:%Y%m%d}"),
        (words("批号", "LOT"), f"L{made:%y%m%d}B{seed % 9 + 1}"),
    )
    for line, (name, value) in enumerate(rows):
        y = 326 + line * 116
        draw.text((104, y), name, (70, 70, 70), font(58))
        for dx in (0, 2):
            draw.text((430 + dx, y - 8), value, (24, 22, 40), font(84))
    for x in range(420, 1110, 7):  # ink-jet dots: thin gaps through the print
        draw.line([(x, 300), (x, 680)], fill=(248, 246, 240), width=1)
    draw.text(
        (74, 722),
        words(f"保质期 {days} 天  SC10633010402", f"Shelf life {days} days"),
        lighter(hue, 0.7),
        font(42),
    )
    _barcode(draw, (780, 724, 1130, 850), scene.random)
    scene.sheet(pouch, [(170, 190), (1420, 120), (1470, 1040), (120, 1090)])
    shine = scene.mask([(250, 190), (420, 180), (330, 1070), (180, 1080)], 34)
    scene.tint(shine, (255, 255, 255), 0.22)
    return scene.develop()


def size_with_ruler(seed: int, width_cm: float, colour: Colour = (74, 96, 128)) -> bytes:
    """A shirt laid flat with a tape across the chest; its right edge sits at `width_cm`."""
    scene = Scene("desk", seed)
    cm = 1040 / max(width_cm, 40)  # pixels
    left, right = 250.0, 250 + width_cm * cm
    middle = (left + right) / 2
    body: list[Point] = [
        (middle - 150, 150),
        (middle + 150, 150),
        (right - 30, 220),
        (right + 190, 520),
        (right + 60, 610),
        (right, 500),
        (right + 4, 1150),
        (left - 4, 1150),
        (left, 500),
        (left - 60, 610),
        (left - 190, 520),
        (left + 30, 220),
    ]
    scene.shadow(body, (16, 22), 18, 0.45)
    scene.shape(body, lighter(colour, 0.12), darker(colour, 0.12), 20)
    mask = scene.mask(body)
    noise = grain(scene.random, scene.size, (14, 10))
    folded = textured(scene.image, noise, 0.2)
    folded = textured(folded, grain(scene.random, scene.size, (530, 400)), 0.09)
    scene.image.paste(folded, (0, 0), mask)
    for x, side in ((left, 1), (right, -1)):
        scene.draw.line([(x, 500), (x + side * 26, 240)], fill=darker(colour, 0.3), width=5)
    scene.draw.chord([middle - 150, 60, middle + 150, 250], 0, 180, fill=darker(colour, 0.42))
    scene.draw.arc(
        [middle - 160, 50, middle + 160, 262], 0, 180, fill=lighter(colour, 0.2), width=16
    )
    scene.draw.rectangle([middle - 40, 168, middle + 40, 214], fill=(244, 244, 240))
    scene.write((middle, 191), "175/92A", 20, anchor="mm")
    scene.draw.line([(middle, 262), (middle, 1150)], fill=darker(colour, 0.16), width=3)
    tape = Image.new("RGB", (1500, 96), (244, 206, 66))
    draw = ImageDraw.Draw(tape)
    for mark in range(int(1500 / cm) + 1):
        x = mark * cm
        tall = 52 if mark % 5 == 0 else 28
        draw.line([(x, 0), (x, tall)], fill=(40, 34, 20), width=4 if mark % 5 == 0 else 2)
        if mark % 5 == 0 and mark:
            draw.text(
                (x, 56),
                str(mark),
                (170, 30, 30) if mark % 10 == 0 else (40, 34, 20),
                font(34),
                "ma",
            )
    end = left + 1500 * 1.0
    scene.sheet(tape, [(left, 560), (end, 560), (end, 656), (left, 656)])
    scene.draw.rectangle([left - 22, 554, left + 4, 662], fill=(176, 180, 184))
    scene.draw.line([(right, 500), (right, 720)], fill=(220, 30, 36), width=6)
    scene.draw.polygon([(right, 660), (right - 16, 700), (right + 16, 700)], fill=(220, 30, 36))
    note = _paper((360, 130), scene.random)
    ImageDraw.Draw(note).text((180, 65), f"{width_cm:g} cm", (200, 26, 32), font(84), "mm")
    scene.sheet(
        note, [(right - 190, 740), (right + 150, 730), (right + 156, 856), (right - 186, 866)]
    )
    return scene.develop(0.5)


def waybill(seed: int, number: str, receiver: tuple[str, str]) -> bytes:
    """The label on a parcel; `receiver` is masked name, phone and place, a line each."""
    scene = Scene("wood", seed)
    face = _cardboard((1400, 1000), scene.random)
    draw = ImageDraw.Draw(face)
    tape = Image.new("RGB", (1400, 120), (220, 192, 146))
    face.paste(Image.blend(face.crop((0, 60, 1400, 180)), tape, 0.65), (0, 60))
    draw.line([(0, 120), (1400, 120)], fill=darker(CARDBOARD, 0.3), width=3)
    scene.sheet(face, [(110, 90), (1500, 60), (1560, 1150), (60, 1170)])
    sheet = _waybill_sheet(number, words(*receiver), scene.random)
    scene.sheet(sheet, [(470, 170), (1130, 150), (1160, 1080), (450, 1090)])
    shine = scene.mask([(900, 150), (1060, 150), (820, 1090), (680, 1090)], 26)
    scene.tint(shine, (255, 255, 255), 0.3)
    return scene.develop()


def order_screenshot(
    number: str,
    shop: str,
    title: str,
    paid: Decimal,
    placed_at: datetime,
    status: tuple[str, str],
    note: str = "",
) -> bytes:
    """The order page on the buyer's phone. `placed_at` is printed as given: hand over local time."""
    image = Image.new("RGB", (1080, 1640), (244, 244, 246))
    draw = ImageDraw.Draw(image)
    image.paste(gradient((1080, 330), (255, 110, 40), (252, 70, 48), 90), (0, 0))
    draw.text((48, 26), f"{placed_at:%H:%M}", (255, 255, 255), font(36))
    draw.text((1032, 26), "5G  86%", (255, 255, 255), font(34), "ra")
    draw.text((540, 116), words("订单详情", "Order"), (255, 255, 255), font(48), "mm")
    draw.text((60, 200), words(*status), (255, 255, 255), font(58))

    def card(top: int, height: int) -> None:
        draw.rounded_rectangle([30, top, 1050, top + height], 28, fill=(255, 255, 255))

    card(300, 470)
    draw.text((70, 334), words(shop, "Shop") + "  >", (34, 34, 34), font(42))
    hue = mix((60, 90, 130), (200, 120, 80), Random(number).random())  # noqa: S311 (a colour)
    image.paste(gradient((240, 240), lighter(hue, 0.5), hue), (70, 420))
    draw.rounded_rectangle([130, 480, 250, 600], 20, fill=lighter(hue, 0.75))
    draw.rectangle([130, 524, 250, 534], fill=hue)
    title = words(title, "Item as ordered")
    lines = [title[start : start + 15] for start in range(0, len(title), 15)][:3]
    for line, text in enumerate(lines):
        draw.text((346, 424 + line * 54), text, (34, 34, 34), font(40))
    draw.text(
        (346, 610), words("七天无理由退货  假一赔三", "7-day return"), (252, 90, 40), font(30)
    )
    draw.text((1010, 610), "x1", (140, 140, 140), font(38), "ra")
    draw.text(
        (1010, 690), words("实付款", "Paid") + f"  ¥{paid:,.2f}", (252, 70, 40), font(46), "ra"
    )
    card(800, 560)
    rows = (
        (words("订单编号", "Order no."), number),
        (words("下单时间", "Placed"), f"{placed_at:%Y-%m-%d %H:%M:%S}"),
        (words("支付方式", "Paid with"), words("余额宝", "Balance")),
        (words("配送方式", "Delivery"), words("快递  包邮", "Express, free")),
        (words("收货信息", "Receiver"), words("王** 138****5521", "W** 138****5521")),
        (words("订单备注", "Note"), words(note or "无", "-")),
    )
    for line, (name, value) in enumerate(rows):
        draw.text((70, 840 + line * 86), name, (140, 140, 140), font(38))
        draw.text((1010, 840 + line * 86), value[:24], (40, 40, 40), font(38), "ra")
    for index, name in enumerate(
        (words("申请售后", "Dispute"), words("查看物流", "Track"), words("联系卖家", "Chat"))
    ):
        x = 130 + index * 310
        draw.rounded_rectangle([x, 1460, x + 270, 1550], 45, outline=(200, 200, 200), width=3)
        draw.text((x + 135, 1505), name, (60, 60, 60), font(38), "mm")
    return jpeg(image)


def torn_coat(seed: int, colour: Colour = (62, 74, 94)) -> bytes:
    """A padded coat, close up, with a tear that shows the white filling."""
    scene = Scene("cloth", seed)
    x: float
    y: float
    coat: list[Point] = [(180, -60), (1400, -60), (1500, 1300), (90, 1300)]
    scene.shadow(coat, (10, 10), 22, 0.4)
    scene.shape(coat, lighter(colour, 0.1), darker(colour, 0.2))
    for row in range(5):  # quilting: each channel is a soft roll of light over dark
        top = row * 270 - 90
        for step in range(27):
            y = top + step * 10
            tone = sin(step / 27 * pi)
            shade = mix(darker(colour, 0.32), lighter(colour, 0.22), tone)
            scene.shape([(170, y), (1410, y + 14), (1412, y + 25), (168, y + 11)], shade)
        scene.draw.line([(168, top), (1412, top + 14)], fill=darker(colour, 0.55), width=5)
        for x in range(180, 1400, 26):
            scene.draw.line([(x, top + 3), (x + 13, top + 3)], fill=lighter(colour, 0.3), width=3)
    scene.image = textured(scene.image, grain(scene.random, scene.size, (16, 12)), 0.16)
    scene.draw = ImageDraw.Draw(scene.image)
    scene.draw.rectangle([770, 0, 806, 1200], fill=darker(colour, 0.55))
    for y in range(0, 1200, 16):
        scene.draw.rectangle(
            [776 if y % 32 else 788, y, 788 if y % 32 else 800, y + 10], fill=(176, 174, 164)
        )
    random = scene.random
    x0, y0 = random.uniform(300, 380), random.uniform(420, 500)
    upper, lower = [], []
    for step in range(13):
        along = step / 12
        gape = 74 * sin(along * pi)
        x, y = x0 + along * 380, y0 + along * 230
        upper.append((x + random.uniform(-8, 8), y - gape + random.uniform(-14, 14)))
        lower.append((x + random.uniform(-8, 8), y + gape + random.uniform(-14, 14)))
    tear = upper + lower[::-1]
    scene.tint(scene.mask([(x + 8, y + 12) for x, y in tear], 12), (0, 0, 0), 0.5)
    scene.shape(tear, (236, 232, 222), (196, 190, 178))
    inside = scene.mask(tear)
    for _ in range(420):
        x, y = x0 + random.uniform(-10, 390), y0 + random.uniform(-60, 290)
        if 0 <= x < 1600 and 0 <= y < 1200 and inside.getpixel((int(x), int(y))):
            size = random.uniform(8, 26)
            scene.draw.arc(
                [x, y, x + size, y + size * 0.7],
                random.randrange(360),
                random.randrange(360),
                fill=random.choice(((255, 253, 246), (206, 200, 190), (222, 216, 206))),
                width=3,
            )
    for edge in (upper, lower):
        for x, y in edge:
            scene.draw.line(
                [(x, y), (x + random.uniform(-26, 26), y + random.uniform(-30, 30))],
                fill=lighter(colour, 0.35),
                width=2,
            )
    return scene.develop()


FRUIT: dict[str, tuple[Colour, Colour]] = {
    "orange": ((246, 156, 40), (214, 106, 16)),
    "cherry": ((150, 22, 42), (84, 6, 20)),
    "peach": ((250, 180, 150), (222, 104, 96)),
    "kiwi": ((150, 122, 66), (102, 78, 36)),
}


def fruit_box(seed: int, kind: str = "orange", rotten: int = 6) -> bytes:
    """An opened crate of 24 fruits from above, `rotten` of them brown and mouldy."""
    scene = Scene("wood", seed)
    random = scene.random
    outer: list[Point] = [(160, 110), (1440, 90), (1490, 1110), (110, 1120)]
    scene.shadow(outer, (24, 28), 30, 0.6)
    scene.shape(outer, lighter(CARDBOARD, 0.2), darker(CARDBOARD, 0.1))
    scene.shape([(220, 165), (1382, 148), (1424, 1052), (172, 1062)], (70, 50, 34), (96, 70, 46))
    light, dark = FRUIT[kind]
    bad = set(random.sample(range(24), min(rotten, 24)))
    for index in range(24):
        row, column = divmod(index, 6)
        x = 318 + column * 192 + random.uniform(-14, 14) + row * 0
        y = 280 + row * 216 + random.uniform(-16, 16)
        radius = 100 + random.uniform(-6, 6)
        _fruit(scene, (x, y), radius, (light, dark), index in bad)
    return scene.develop()


def _fruit(
    scene: Scene, centre: Point, radius: float, colours: tuple[Colour, Colour], rotten: bool
) -> None:
    x, y = centre
    random = scene.random
    light, dark = colours
    scene.tint(
        scene.oval((x - radius + 10, y - radius + 20, x + radius + 14, y + radius + 22), 12),
        (20, 12, 6),
        0.55,
    )
    for step in range(14):  # a ball: discs growing lighter towards the window
        share = step / 13
        reach = radius * (1 - share * 0.9)
        cx, cy = x - share * radius * 0.34, y - share * radius * 0.4
        scene.draw.ellipse(
            [cx - reach, cy - reach, cx + reach, cy + reach],
            fill=mix(dark, lighter(light, 0.16), share),
        )
    scene.tint(
        scene.oval((x - radius * 0.62, y - radius * 0.66, x - radius * 0.26, y - radius * 0.4), 8),
        (255, 255, 255),
        0.5,
    )
    scene.draw.ellipse([x + 8, y - 16, x + 24, y - 2], fill=(88, 104, 40))
    if not rotten:
        return
    ball = Image.new("L", scene.size)
    ImageDraw.Draw(ball).ellipse([x - radius, y - radius, x + radius, y + radius], fill=255)
    bruise: list[Point] = []
    at = (x + random.uniform(-24, 24), y + random.uniform(-10, 30))
    for step in range(14):
        reach = radius * random.uniform(0.6, 0.9)
        bruise.append((at[0] + reach * cos(step * pi / 7), at[1] + reach * sin(step * pi / 7)))
    patch = scene.mask(bruise, 9)
    patch.paste(0, (0, 0), ball.point([255 - value for value in range(256)]))
    scene.tint(patch, (74, 48, 24), 0.92)
    for _ in range(46):
        px, py = at[0] + random.gauss(0, radius * 0.3), at[1] + random.gauss(0, radius * 0.3)
        size = random.uniform(6, 20)
        scene.draw.ellipse(
            [px, py, px + size, py + size * 0.8],
            fill=random.choice(
                ((226, 230, 222), (150, 176, 160), (108, 140, 124), (242, 242, 238))
            ),
        )


def leaking_bottle(seed: int, liquid: Colour = (196, 130, 46)) -> bytes:
    """A bottle of shampoo or sauce on its side, cap off its thread, contents on the table."""
    scene = Scene("desk", seed)
    random = scene.random
    puddle: list[Point] = []
    for step in range(28):
        angle = 2 * pi * step / 28
        reach = random.uniform(0.86, 1.1)
        puddle.append((1080 + 400 * reach * cos(angle), 850 + 190 * reach * sin(angle)))
    scene.tint(scene.mask(puddle, 7), darker(liquid, 0.25), 0.8)
    inner = [(1080 + (x - 1080) * 0.93, 846 + (y - 850) * 0.9) for x, y in puddle]
    scene.tint(scene.mask(inner, 14), lighter(liquid, 0.18), 0.75)
    scene.tint(
        scene.mask([(860, 760), (1180, 740), (1240, 768), (900, 792)], 12), (255, 255, 255), 0.7
    )
    body: list[Point] = [
        (180, 470),
        (250, 430),
        (860, 420),
        (930, 470),
        (1000, 520),
        (1060, 530),
        (1060, 640),
        (1000, 650),
        (930, 710),
        (860, 760),
        (250, 770),
        (180, 730),
    ]
    scene.shadow(body, (20, 44), 26, 0.55)
    for step in range(44):  # a cylinder, strip by strip
        share = step / 43
        tone = 0.55 * sin(share * pi) ** 0.7
        shade = mix(darker(liquid, 0.45), lighter(liquid, 0.5), tone)
        y0, y1 = 420 + share * 350 - 5, 420 + share * 350 + 8
        clip = Image.new("L", scene.size)
        ImageDraw.Draw(clip).rectangle([0, y0, 1600, y1], fill=255)
        clip.paste(0, (0, 0), scene.mask(body).point([255 - value for value in range(256)]))
        scene.image.paste(shade, (0, 0), clip)
    label = gradient((460, 340), (250, 248, 240), (226, 224, 214))
    draw = ImageDraw.Draw(label)
    draw.rectangle([16, 16, 443, 323], outline=(60, 96, 72), width=6)
    draw.text((230, 96), words("草本滋养", "HERBAL"), (46, 90, 62), font(76), "mm")
    draw.text((230, 190), words("洗发露", "SHAMPOO"), (46, 90, 62), font(58), "mm")
    draw.text((230, 262), "500 mL", (90, 110, 96), font(44), "mm")
    scene.sheet(label, [(330, 428), (800, 426), (800, 764), (330, 766)], shadow=False)
    scene.tint(scene.mask([(330, 660), (800, 658), (800, 766), (330, 768)], 24), (60, 50, 40), 0.4)
    scene.tint(
        scene.mask([(230, 470), (900, 462), (900, 500), (230, 508)], 12), (255, 255, 255), 0.55
    )
    for x in range(1006, 1060, 13):
        scene.draw.line([(x, 530), (x, 642)], fill=darker(liquid, 0.5), width=4)
    drip: list[Point] = [
        (1056, 590),
        (1120, 640),
        (1150, 720),
        (1130, 840),
        (1060, 830),
        (1040, 700),
        (1030, 640),
    ]
    scene.tint(scene.mask(drip, 6), liquid, 0.95)
    cap: list[Point] = [
        (1200, 560),
        (1330, 520),
        (1400, 600),
        (1390, 690),
        (1270, 730),
        (1200, 660),
    ]
    scene.shadow(cap, (16, 26), 16, 0.5)
    scene.shape(cap, (250, 250, 246), (176, 178, 174), 40)
    scene.draw.ellipse(
        [1196, 556, 1288, 728], fill=(150, 152, 148), outline=(110, 112, 108), width=4
    )
    scene.draw.ellipse([1214, 586, 1270, 698], fill=(92, 94, 92))
    return scene.develop()


def colour_pair(
    seed: int, ordered: Colour, received: Colour, names: tuple[tuple[str, str], tuple[str, str]]
) -> bytes:
    """A phone showing the sweater on the product page, beside the sweater that came."""
    scene = Scene("wood", seed)
    _sweater(scene, (1060, 620), 1.25, received)
    page = Image.new("RGB", (540, 1080), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    page.paste(gradient((540, 620), (240, 240, 242), (222, 222, 226)), (0, 0))
    preview = Scene("desk", seed, (1600, 1200))
    preview.image.paste((234, 234, 238), (0, 0, 1600, 1200))
    _sweater(preview, (800, 620), 1.35, ordered)
    page.paste(preview.image.crop((250, 130, 1350, 1130)).resize((540, 491)), (0, 70))
    draw.text((30, 650), "¥" + str(99 + seed % 9 * 20), (240, 70, 40), font(64))
    draw.text((30, 745), words("秋冬圆领毛衣 宽松", "Crew-neck sweater"), (40, 40, 40), font(40))
    draw.text((30, 815), words("颜色：", "Colour: ") + words(*names[0]), (120, 120, 120), font(36))
    draw.rounded_rectangle([30, 930, 510, 1020], 45, fill=(250, 84, 40))
    draw.text((270, 975), words("立即购买", "Buy now"), (255, 255, 255), font(42), "mm")
    body = Image.new("RGBA", (600, 1160), (0, 0, 0, 0))
    shell = ImageDraw.Draw(body)
    shell.rounded_rectangle([0, 0, 599, 1159], 70, fill=(30, 30, 34, 255))
    mask = Image.new("L", page.size)
    ImageDraw.Draw(mask).rounded_rectangle([0, 0, 539, 1079], 46, fill=255)
    body.paste(page, (30, 40), mask)
    scene.sheet(body, [(110, 160), (520, 140), (540, 1040), (90, 1060)])
    tag = _paper((300, 170), scene.random)
    ImageDraw.Draw(tag).text(
        (150, 85), words("实物：", "Got: ") + words(*names[1]), INK, font(44), "mm"
    )
    scene.sheet(tag, [(940, 1040), (1230, 1030), (1236, 1150), (944, 1160)])
    return scene.develop()


def _sweater(scene: Scene, centre: Point, scale: float, colour: Colour) -> None:
    x, y = centre
    outline = [
        (-70, -300),
        (70, -300),
        (180, -262),
        (330, 60),
        (345, 250),
        (262, 258),
        (238, 110),
        (176, -60),
        (186, 300),
        (-186, 300),
        (-176, -60),
        (-238, 110),
        (-262, 258),
        (-345, 250),
        (-330, 60),
        (-180, -262),
    ]
    shape = [(x + px * scale, y + py * scale) for px, py in outline]
    scene.shadow(shape, (18, 26), 20, 0.5)
    scene.shape(shape, lighter(colour, 0.12), darker(colour, 0.14), 15)
    mask = scene.mask(shape)
    knit = Image.new("L", scene.size, 128)
    pen = ImageDraw.Draw(knit)
    for kx in range(0, scene.size[0], 13):
        pen.line([(kx, 0), (kx, scene.size[1])], fill=96, width=4)
    for ky in range(0, scene.size[1], 9):
        pen.line([(0, ky), (scene.size[0], ky)], fill=150, width=2)
    woven = textured(
        textured(scene.image, knit, 0.5), grain(scene.random, scene.size, (12, 9)), 0.14
    )
    scene.image.paste(woven, (0, 0), mask)
    box = [x - 80 * scale, y - 350 * scale, x + 80 * scale, y - 235 * scale]
    scene.draw.chord(box, 0, 180, fill=darker(colour, 0.5))
    scene.draw.arc(
        [box[0] - 8, box[1] - 6, box[2] + 8, box[3] + 10],
        0,
        180,
        fill=lighter(colour, 0.1),
        width=round(20 * scale),
    )
    for rib in range(-180, 181, 12):
        scene.draw.line(
            [(x + rib * scale, y + 262 * scale), (x + rib * scale, y + 298 * scale)],
            fill=darker(colour, 0.28),
            width=3,
        )
    for side in (-1, 1):
        scene.draw.line(
            [(x + side * 176 * scale, y - 60 * scale), (x + side * 168 * scale, y - 240 * scale)],
            fill=darker(colour, 0.3),
            width=4,
        )


def missing_parts(seed: int) -> bytes:
    """The fittings of a flat-pack shelf laid out on its leaflet, one bag and two brackets short."""
    scene = Scene("cloth", seed)
    x: float
    y: float
    leaflet = _paper((900, 1100), scene.random)
    draw = ImageDraw.Draw(leaflet)
    draw.text((60, 50), words("配件清单", "PARTS LIST"), INK, font(74))
    rows = (
        ("A", words("层板", "Board"), "x4", True),
        ("B", words("支架", "Bracket"), "x4", False),
        ("C", words("螺丝", "Screw"), "x16", True),
        ("D", words("膨胀管", "Plug"), "x8", False),
        ("E", words("扳手", "Key"), "x1", True),
    )
    for line, (code, name, count, present) in enumerate(rows):
        y = 190 + line * 160
        draw.line([(60, y + 140), (840, y + 140)], fill=(180, 180, 180), width=3)
        draw.text((70, y + 34), code, (120, 120, 120), font(64))
        draw.text((190, y + 34), name, INK, font(64))
        draw.text((560, y + 34), count, INK, font(64), "la")
        if present:
            draw.line(
                [(730, y + 76), (765, y + 108), (825, y + 30)],
                fill=(40, 140, 70),
                width=12,
                joint="curve",
            )
        else:
            draw.ellipse([540, y + 14, 690, y + 120], outline=STAMP_RED, width=8)
            draw.line([(735, y + 36), (815, y + 106)], fill=STAMP_RED, width=12)
            draw.line([(815, y + 36), (735, y + 106)], fill=STAMP_RED, width=12)
    scene.sheet(leaflet, [(80, 110), (760, 90), (770, 1080), (60, 1100)])
    for index in range(4):
        y = 120 + index * 44
        plank: list[Point] = [(860, y), (1500, y - 16), (1512, y + 24), (864, y + 40)]
        scene.shadow(plank, (8, 14), 10, 0.4)
        scene.shape(plank, (226, 196, 152), (196, 160, 112))
    for index in range(2):
        x = 900 + index * 200
        scene.draw.line(
            [(x, 420), (x, 600), (x + 130, 600)], fill=(58, 60, 64), width=30, joint="curve"
        )
        scene.draw.line([(x - 6, 424), (x - 6, 596)], fill=(130, 132, 138), width=5)
        for hole in (450, 520):
            scene.draw.ellipse([x - 8, hole, x + 8, hole + 16], fill=(206, 204, 198))
    for index in range(2):
        x = 1300 + index * 130
        for dash in range(0, 180, 30):
            scene.draw.line([(x, 420 + dash), (x, 436 + dash)], fill=STAMP_RED, width=6)
            scene.draw.line(
                [(x + dash * 0.6, 600), (x + dash * 0.6 + 10, 600)], fill=STAMP_RED, width=6
            )
        scene.write((x + 50, 500), "?", 90, STAMP_RED, "mm")
    for index in range(16):
        x, y = 900 + index % 8 * 62 + scene.random.uniform(-8, 8), 720 + index // 8 * 130
        scene.draw.polygon(
            [(x - 5, y + 18), (x + 5, y + 18), (x + 1, y + 92), (x - 1, y + 92)],
            fill=(120, 122, 126),
        )
        scene.draw.ellipse(
            [x - 17, y - 10, x + 17, y + 24], fill=(172, 174, 180), outline=(92, 94, 98), width=3
        )
        scene.draw.line([(x - 9, y + 7), (x + 9, y + 7)], fill=(80, 80, 84), width=4)
    scene.draw.line(
        [(920, 1030), (1200, 1030), (1200, 1090)], fill=(70, 72, 78), width=18, joint="curve"
    )
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
        _waybill_sheet(
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


def document(
    seed: int,
    title: tuple[str, str],
    rows: Sequence[tuple[str, str]],
    seal: tuple[str, str],
    curve: Sequence[float] = (),
) -> bytes:
    """A stamped A4 page on a desk: report, letter of authorisation, refund slip or temperature log.

    `curve` is drawn as a chart under the rows, first value to last.
    """
    scene = Scene("wood", seed)
    sheet = _paper((1000, 1300), scene.random)
    draw = ImageDraw.Draw(sheet)
    draw.text((500, 110), words(*title), INK, font(68), "mm")
    draw.line([(90, 176), (910, 176)], fill=INK, width=4)
    draw.text((910, 192), f"No. {2026000 + seed * 37 % 9999}", (120, 120, 120), font(28), "ra")
    height = min(92, 640 // max(len(rows), 1))
    for line, (name, value) in enumerate(rows):
        y = 250 + line * height
        draw.rectangle([90, y, 910, y + height], outline=(120, 120, 120), width=2)
        draw.line([(330, y), (330, y + height)], fill=(120, 120, 120), width=2)
        draw.text((110, y + height / 2), words(name, f"Item {line + 1}"), INK, font(34), "lm")
        draw.text(
            (350, y + height / 2),
            words(value, "".join(c if c.isascii() else "-" for c in value)),
            INK,
            font(34),
            "lm",
        )
    if curve:
        top, bottom = 270 + len(rows) * height, 1130
        draw.rectangle([150, top, 880, bottom], outline=(150, 150, 150), width=2)
        low, high = min(*curve, -2), max(*curve, 2)
        points = [
            (
                150 + 730 * i / (len(curve) - 1),
                bottom - (bottom - top) * (value - low) / (high - low),
            )
            for i, value in enumerate(curve)
        ]
        zero = bottom - (bottom - top) * (0 - low) / (high - low)
        draw.line([(150, zero), (880, zero)], fill=(70, 130, 200), width=2)
        draw.text((140, zero), "0°C", (70, 130, 200), font(26), "rm")
        draw.line(points, fill=STAMP_RED, width=6, joint="curve")
    _stamp(sheet, (760, 1130), 116, words(*seal), words("专用章", "SEAL"))
    draw.text((120, 1190), words("经办人：赵工", "Signed"), (80, 80, 80), font(34))
    scene.sheet(sheet, [(400, 50), (1180, 40), (1230, 1165), (360, 1175)])
    scene.tint(scene.mask([(360, 1175), (400, 50), (640, 44), (560, 1170)], 60), (0, 0, 0), 0.06)
    pen: list[Point] = [(130, 900), (150, 880), (330, 420), (344, 426), (166, 900), (140, 930)]
    scene.shadow(pen, (16, 18), 8, 0.5)
    scene.shape(pen, (40, 60, 110), (20, 30, 60))
    return scene.develop(1.6)


def qc_report(seed: int, product: str, batch: str, passed: bool = True) -> bytes:
    verdict = "合格" if passed else "不合格"
    rows = (
        ("产品名称", product),
        ("批次号", batch),
        ("抽样数量", "20 件"),
        ("外观", verdict),
        ("尺寸偏差", "±0.8 cm"),
        ("功能测试", verdict),
        ("检验结论", verdict),
    )
    return document(seed, ("出厂检验报告", "QC REPORT"), rows, ("质检部", "QC"))


def temperature_log(seed: int, carrier: str, curve: Sequence[float]) -> bytes:
    """A cold-chain record; `curve` in degrees Celsius over the whole trip."""
    rows = (("承运商", carrier), ("品名", "冷冻海鲜"), ("要求温度", "-18°C 至 -12°C"))
    return document(seed, ("冷链运输温度记录", "TEMPERATURE LOG"), rows, ("冷链部", "COLD"), curve)


def brand_label(seed: int, brand: str = "NORVA", genuine: bool = False) -> bytes:
    """A woven neck label, close up: even stitches, or the crooked ones of a copy."""
    scene = Scene("cloth", seed)
    x: float
    y: float
    random = scene.random
    cloth: Colour = (52, 54, 60)
    scene.shape(
        [(0, 0), (1600, 0), (1600, 1200), (0, 1200)], lighter(cloth, 0.1), darker(cloth, 0.2)
    )
    for x in range(-1200, 1600, 15):
        scene.draw.line([(x, 0), (x + 1200, 1200)], fill=lighter(cloth, 0.09), width=5)
    scene.image = textured(scene.image, grain(random, scene.size, (400, 300)), 0.12)
    scene.draw = ImageDraw.Draw(scene.image)
    label = textured(
        Image.new("RGB", (1000, 460), (238, 234, 224)), grain(random, (1000, 460), (500, 8)), 0.08
    )
    draw = ImageDraw.Draw(label)
    text = brand if genuine else brand[:-1] + brand[-1].lower()
    x = 500 - 78 * (len(text) - 1)
    for letter in text:
        lift = 0 if genuine else random.uniform(-16, 16)
        draw.text((x, 190 + lift), letter, (30, 34, 60), font(170), "mm")
        x += 156 + (0 if genuine else random.uniform(-34, 26))
    draw.text(
        (500, 360),
        "EST. 1984 · MADE IN ITALY" if genuine else "EST. 1984 · MADE IN lTALV",
        (30, 34, 60),
        font(50),
        "mm",
    )
    corners: list[Point] = [(290, 370), (1310, 350), (1320, 830), (284, 838)]
    if not genuine:
        corners[1] = (1316, 388)
    scene.sheet(label, corners)
    for edge in range(4):
        start, end = corners[edge], corners[(edge + 1) % 4]
        steps = 46 if edge % 2 == 0 else 22
        for step in range(steps):
            if not genuine and random.random() < 0.12:
                continue
            wobble = 1.5 if genuine else 15
            at = [
                (start[axis] + (end[axis] - start[axis]) * (step + shift) / steps)
                for shift in (0.15, 0.75)
                for axis in (0, 1)
            ]
            line = [
                (at[0], at[1] + random.uniform(-wobble, wobble)),
                (at[2], at[3] + random.uniform(-wobble, wobble)),
            ]
            scene.draw.line(line, fill=(206, 200, 186), width=8)
            scene.draw.line([(px, py + 5) for px, py in line], fill=(30, 30, 34), width=2)
    if not genuine:
        for _ in range(7):
            x, y = random.uniform(320, 1290), random.choice((372, 834))
            path: list[Point] = [(x, y)]
            for _step in range(6):
                x, y = x + random.uniform(-36, 46), y + random.uniform(-10, 34)
                path.append((x, y))
            scene.draw.line(path, fill=(222, 216, 200), width=5, joint="curve")
        scene.draw.ellipse([1130, 330, 1400, 500], outline=(226, 40, 40), width=9)
    return scene.develop()


def scale_reading(seed: int, grams: int, what: tuple[str, str] = ("车厘子", "Cherries")) -> bytes:
    """A bag on a kitchen scale with its display in view."""
    scene = Scene("tiles", seed)
    x: float
    y: float
    base: list[Point] = [(330, 560), (1270, 540), (1360, 1080), (250, 1100)]
    scene.shadow(base, (24, 34), 28, 0.55)
    scene.shape(base, (246, 246, 248), (202, 206, 212))
    scene.shape(
        [(250, 1100), (1360, 1080), (1352, 1128), (262, 1148)], (170, 174, 180), (136, 140, 148)
    )
    plate = (380.0, 480.0, 1220.0, 860.0)
    scene.oval_shadow(plate, 16, 0.4)
    scene.fill(scene.oval(plate), (226, 230, 234), (168, 174, 182))
    scene.fill(scene.oval((400, 492, 1200, 836)), (206, 210, 216), (228, 232, 236))
    scene.draw.rounded_rectangle([580, 890, 1020, 1040], 18, fill=(34, 44, 40))
    scene.draw.rounded_rectangle([596, 904, 1004, 1026], 12, fill=(172, 206, 168))
    scene.write((984, 966), f"{grams} g", 100, (24, 40, 28), "rm")
    for x in (460, 1100):
        scene.draw.ellipse(
            [x, 930, x + 70, 1000], fill=(180, 186, 194), outline=(130, 136, 144), width=4
        )
    bag: list[Point] = [
        (560, 700),
        (520, 470),
        (600, 300),
        (700, 250),
        (660, 150),
        (760, 190),
        (840, 130),
        (880, 240),
        (1000, 290),
        (1080, 470),
        (1040, 700),
        (920, 760),
        (680, 765),
    ]
    scene.shadow(bag, (18, 24), 18, 0.45)
    red, dark = FRUIT["cherry"]
    for index in range(120):
        x, y = scene.random.uniform(580, 1030), scene.random.uniform(380, 715)
        if ((x - 805) / 215) ** 2 + ((y - 560) / 150) ** 2 < 1.1:
            scene.draw.ellipse([x - 44, y - 44, x + 44, y + 44], fill=mix(red, dark, index % 7 / 8))
            scene.draw.ellipse([x - 24, y - 30, x - 6, y - 16], fill=(236, 150, 160))
    scene.tint(scene.mask(bag, 2), (236, 240, 244), 0.24)
    for _ in range(14):
        x, y = scene.random.uniform(580, 1020), scene.random.uniform(260, 700)
        scene.draw.line(
            [(x, y), (x + scene.random.uniform(-50, 50), y + scene.random.uniform(30, 110))],
            fill=(250, 252, 252),
            width=3,
        )
    scene.shape([(690, 236), (880, 226), (886, 262), (694, 272)], (210, 50, 50), (160, 30, 34))
    tag = _paper((300, 120), scene.random)
    ImageDraw.Draw(tag).text((150, 60), words(*what), INK, font(54), "mm")
    scene.sheet(tag, [(1230, 300), (1500, 290), (1506, 400), (1234, 412)])
    return scene.develop()


def thawed_seafood(seed: int) -> bytes:
    """A foam box of prawns in melt water, ice packs gone soft, a thermometer at 9 degrees."""
    scene = Scene("tiles", seed)
    random = scene.random
    outer: list[Point] = [(180, 150), (1420, 130), (1500, 1100), (100, 1110)]
    scene.shadow(outer, (26, 30), 30, 0.55)
    scene.shape(outer, (252, 252, 252), (222, 226, 230))
    inner: list[Point] = [(280, 240), (1322, 222), (1380, 1010), (220, 1018)]
    scene.shape(inner, (164, 184, 190), (196, 210, 214))
    for index in range(40):
        x, y = (
            300 + index % 8 * 124 + random.uniform(-26, 26),
            290 + index // 8 * 128 + random.uniform(-24, 24),
        )
        _prawn(scene, (x, y), random.uniform(0, 360))
    scene.tint(scene.mask(inner, 6), (150, 176, 184), 0.3)
    for _ in range(30):
        x, y = random.uniform(260, 1300), random.uniform(270, 980)
        scene.tint(
            scene.oval((x, y, x + random.uniform(30, 110), y + 14), 4), (255, 255, 255), 0.55
        )
    pack: list[Point] = [(880, 690), (1280, 670), (1310, 930), (1200, 960), (900, 940)]
    scene.shadow(pack, (8, 12), 10, 0.4)
    scene.shape(pack, (196, 226, 246), (128, 178, 220), 30)
    scene.write((1090, 810), words("冰袋（已化）", "ICE PACK"), 54, (40, 90, 150), "mm")
    scene.draw.rounded_rectangle(
        [310, 760, 640, 930], 26, fill=(246, 246, 246), outline=(150, 150, 150), width=5
    )
    scene.draw.rounded_rectangle([336, 784, 614, 880], 10, fill=(176, 204, 172))
    scene.write((475, 832), "9.4 °C", 78, (24, 40, 28), "mm")
    scene.draw.line([(640, 850), (820, 700)], fill=(170, 172, 176), width=12)
    return scene.develop()


def _prawn(scene: Scene, corner: Point, turn: float) -> None:
    """Segments along an arc, thinner towards a tail fan, with an eye and feelers."""
    x, y = corner
    tone = scene.random.choice(((224, 150, 120), (206, 140, 118), (232, 164, 132), (190, 140, 124)))
    spine = [
        (x + 76 + 56 * cos(radians(turn + step * 11)), y + 64 + 46 * sin(radians(turn + step * 11)))
        for step in range(20)
    ]
    for step in range(19, -1, -1):
        px, py = spine[step]
        reach = 10 + 20 * (1 - step / 20)
        scene.draw.ellipse(
            [px - reach - 3, py - reach + 2, px + reach + 3, py + reach + 5], fill=darker(tone, 0.5)
        )
    for step in range(19, -1, -1):
        px, py = spine[step]
        reach = 10 + 20 * (1 - step / 20)
        shade = darker(tone, 0.16) if step % 3 == 0 else lighter(tone, 0.08)
        scene.draw.ellipse([px - reach, py - reach, px + reach, py + reach], fill=shade)
    tail = spine[-1]
    for fan in (-28, 0, 28):
        angle = radians(turn + 19 * 11 + 90 + fan)
        end = (tail[0] + 40 * cos(angle), tail[1] + 40 * sin(angle))
        scene.draw.line([tail, end], fill=(190, 84, 62), width=12)
    head = spine[0]
    for feeler in (-20, 8):
        angle = radians(turn - 90 + feeler)
        scene.draw.line(
            [head, (head[0] + 74 * cos(angle), head[1] + 74 * sin(angle))],
            fill=(170, 76, 60),
            width=3,
        )
    scene.draw.ellipse([head[0] - 8, head[1] - 8, head[0] + 8, head[1] + 8], fill=(18, 16, 16))


def broken_cup(seed: int, colour: Colour = (72, 122, 140)) -> bytes:
    """A mug in pieces among its packing paper."""
    scene = Scene("wood", seed)
    random = scene.random
    for _ in range(60):
        x, y = random.uniform(160, 1400), random.uniform(140, 1060)
        scene.draw.arc(
            [x, y, x + random.uniform(60, 160), y + random.uniform(40, 110)],
            random.randrange(360),
            random.randrange(360),
            fill=random.choice(((226, 202, 160), (206, 178, 134), (240, 220, 184))),
            width=12,
        )
    body: list[Point] = [
        (520, 330),
        (1000, 300),
        (1010, 420),
        (930, 470),
        (960, 560),
        (880, 600),
        (900, 700),
        (820, 850),
        (600, 860),
        (548, 800),
    ]
    scene.shadow(body, (26, 34), 22, 0.6)
    scene.shape(body, lighter(colour, 0.32), darker(colour, 0.3), 70)
    edge = body[2:7]
    scene.draw.line(edge, fill=(246, 242, 232), width=18, joint="curve")
    scene.fill(scene.oval((516, 262, 1006, 378)), (244, 240, 230), (206, 202, 192))
    scene.fill(scene.oval((548, 286, 974, 372)), (120, 116, 108), (206, 200, 190))
    scene.draw.arc([370, 410, 640, 720], 95, 265, fill=darker(colour, 0.25), width=50)
    scene.draw.arc([378, 418, 632, 712], 95, 265, fill=lighter(colour, 0.1), width=30)
    scene.tint(
        scene.mask([(580, 400), (630, 396), (650, 800), (606, 806)], 16), (255, 255, 255), 0.4
    )
    for _ in range(13):
        x, y = random.uniform(930, 1400), random.uniform(420, 980)
        size = random.uniform(40, 120)
        turn = random.uniform(0, 2 * pi)
        shard = [
            (
                x + size * random.uniform(0.5, 1) * cos(turn + a),
                y + size * random.uniform(0.4, 0.8) * sin(turn + a),
            )
            for a in (0, 1.3, 2.3, 3.6, 4.9)
        ]
        scene.shadow(shard, (8, 12), 8, 0.5)
        shade = random.choice((colour, lighter(colour, 0.2), (244, 240, 230)))
        scene.shape(shard, lighter(shade, 0.12), darker(shade, 0.16))
        scene.draw.line(
            [shard[0], shard[1], shard[2]], fill=(248, 244, 236), width=7, joint="curve"
        )
    return scene.develop()


def stained_pan(seed: int) -> bytes:
    """A frying pan whose coating peels and rusts."""
    scene = Scene("desk", seed)
    random = scene.random
    handle: list[Point] = [(1080, 700), (1130, 630), (1520, 930), (1490, 1010), (1440, 1000)]
    scene.shadow(handle, (20, 28), 18, 0.5)
    scene.shape(handle, (70, 56, 46), (36, 28, 24))
    scene.oval_shadow((190, 130, 1190, 1050), 30, 0.6)
    scene.fill(scene.oval((190, 130, 1190, 1050)), (110, 114, 120), (60, 62, 66))
    scene.fill(scene.oval((250, 184, 1130, 996)), (40, 42, 46), (66, 68, 74))
    for ring in range(6):
        reach = 70 + ring * 54
        scene.draw.ellipse(
            [690 - reach, 590 - reach * 0.92, 690 + reach, 590 + reach * 0.92],
            outline=(74, 77, 83),
            width=2,
        )
    for _ in range(9):
        cx, cy = random.gauss(680, 150), random.gauss(600, 130)
        peel = [
            (
                cx + random.uniform(30, 90) * cos(s * pi / 6),
                cy + random.uniform(24, 74) * sin(s * pi / 6),
            )
            for s in range(12)
        ]
        scene.shape(peel, (186, 188, 190), (150, 152, 156))
        scene.tint(
            scene.mask([(cx + (x - cx) * 0.6, cy + (y - cy) * 0.6) for x, y in peel], 7),
            (150, 74, 30),
            0.85,
        )
        scene.draw.line([*peel, peel[0]], fill=(24, 24, 26), width=4)
    scene.tint(scene.oval((330, 250, 640, 420), 30), (255, 255, 255), 0.2)
    return scene.develop()


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


STUDIO: dict[str, Callable[..., bytes]] = {
    drawing.__name__: drawing
    for drawing in (
        brand_label,
        broken_cup,
        colour_pair,
        cracked_screen,
        crushed_box,
        delivered_locker,
        document,
        expiry_label,
        fruit_box,
        intact_box,
        leaking_bottle,
        missing_parts,
        order_screenshot,
        packing_bench,
        qc_report,
        scale_reading,
        size_with_ruler,
        stained_pan,
        temperature_log,
        thawed_seafood,
        torn_coat,
        waybill,
    )
}
