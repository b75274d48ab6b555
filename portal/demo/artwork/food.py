"""Food: its dates, its weight and what became of it."""

from __future__ import annotations

from datetime import date
from math import cos, pi, radians, sin

from PIL import Image, ImageDraw

from portal.demo.artwork.materials import CARDBOARD, INK, barcode, paper
from portal.demo.canvas import (
    Colour,
    Point,
    Scene,
    darker,
    font,
    gradient,
    grain,
    lighter,
    mix,
    textured,
    words,
)


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
    barcode(draw, (780, 724, 1130, 850), scene.random)
    scene.sheet(pouch, [(170, 190), (1420, 120), (1470, 1040), (120, 1090)])
    shine = scene.mask([(250, 190), (420, 180), (330, 1070), (180, 1080)], 34)
    scene.tint(shine, (255, 255, 255), 0.22)
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
    tag = paper((300, 120), scene.random)
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
