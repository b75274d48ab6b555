"""Papers and pages: orders, reports, letters and logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageDraw

from portal.demo.artwork.materials import INK, STAMP_RED, paper
from portal.demo.canvas import Point, Scene, font, gradient, jpeg, lighter, mix, words


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


def document(
    seed: int,
    title: tuple[str, str],
    rows: Sequence[tuple[str, str]],
    seal: tuple[str, str],
) -> bytes:
    """A stamped A4 page on a desk: report, letter of authorisation or refund slip."""
    scene = Scene("wood", seed)
    sheet = paper((1000, 1300), scene.random)
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
