"""Clothes: their size, colour, label and seams."""

from __future__ import annotations

from math import pi, sin

from PIL import Image, ImageDraw

from portal.demo.artwork.materials import INK, paper
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
    note = paper((360, 130), scene.random)
    ImageDraw.Draw(note).text((180, 65), f"{width_cm:g} cm", (200, 26, 32), font(84), "mm")
    scene.sheet(
        note, [(right - 190, 740), (right + 150, 730), (right + 156, 856), (right - 186, 866)]
    )
    return scene.develop(0.5)


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
    tag = paper((300, 170), scene.random)
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
