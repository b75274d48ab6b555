"""The photographs of the demo: fit for the intake, the same each time, and with any fonts."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from evidence.photos import read_photo
from portal.demo import artwork, canvas

RECEIVER = ("张* 138****5521\n杭州市", "Z* 138****5521\nHangzhou")


@pytest.fixture
def no_chinese_font(monkeypatch):
    def forget():
        canvas.chinese_font_path.cache_clear()
        canvas.font.cache_clear()

    forget()
    monkeypatch.setattr(canvas, "CHINESE_FONTS", ())
    yield
    forget()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: artwork.crushed_box(3),
        lambda: artwork.cracked_screen(3),
    ],
)
def test_photo_passes_the_intake_and_is_small(draw):
    photo = draw()

    read = read_photo(photo)

    assert (read.width, read.height) == (1600, 1200)
    assert len(photo) < 320_000


def test_same_seed_gives_the_same_photo_and_another_seed_another():
    first = artwork.waybill(1, "YT8840271955", RECEIVER)

    assert artwork.waybill(1, "YT8840271955", RECEIVER) == first
    assert artwork.waybill(2, "YT8840271955", RECEIVER) != first


@pytest.mark.usefixtures("no_chinese_font")
@pytest.mark.parametrize(
    "draw",
    [
        lambda: artwork.expiry_label(3, ("饼干", "Crackers"), date(2026, 1, 1), date(2026, 9, 1)),
        lambda: artwork.order_screenshot(
            "3103887", "店铺", "手机壳", Decimal("59.80"), timezone.now(), ("已发货", "Shipped")
        ),
    ],
)
def test_a_machine_without_chinese_fonts_draws_latin_text(draw):
    assert canvas.words("中文", "Latin") == "Latin"
    assert read_photo(draw()).format == "JPEG"
