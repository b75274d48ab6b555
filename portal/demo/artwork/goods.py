"""Everything else that is sold: cracked, broken, leaking, stained or short of parts."""

from __future__ import annotations

from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from portal.demo.artwork.materials import INK, STAMP_RED, paper
from portal.demo.canvas import Colour, Point, Scene, darker, font, gradient, lighter, mix, words


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


def missing_parts(seed: int) -> bytes:
    """The fittings of a flat-pack shelf laid out on its leaflet, one bag and two brackets short."""
    scene = Scene("cloth", seed)
    x: float
    y: float
    leaflet = paper((900, 1100), scene.random)
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
