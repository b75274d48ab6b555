"""What tells who and where somebody is becomes unreadable; order numbers, prices and times do not."""

from __future__ import annotations

import pytest

from evidence.masking import masked

HIDDEN = [
    ("我电话13812345521，打给我", "我电话138****5521，打给我"),
    ("138 1234 5521", "138****5521"),
    ("+86 138-1234-5521", "+86 138****5521"),
    ("8613812345521", "86138****5521"),
    ("座机0571-87654321转3", "座机0571-****4321转3"),
    ("身份证330106199003074512", "身份证3301**********2"),
    ("身份证33010619900307451X", "身份证3301**********X"),
    ("发到lin.xiaoman@example.com吧", "发到l***@example.com吧"),
    (
        "地址：浙江省杭州市余杭区文一西路969号3幢5楼",
        "地址：浙江省杭州市余杭区****",
    ),
    ("寄到上海市浦东新区张杨路500弄12号602室", "寄到上海市浦东新区****"),
    ("我住翠苑小区3栋2单元501室", "****"),
    ("3栋2单元501", "****"),
    ("收件人：王小明 13812345521", "收件人：王** 138****5521"),
    ("我叫欧阳晓雨，收货人李雷", "我叫欧***，收货人李*"),
]
KEPT = [
    "订单号2611188840271955",
    "订单号261118884027195512",
    "快递单号SF1402215588、YT8840271955、773381234567890",
    "退款 168.00 元，2026-03-08 10:00:05 之前",
    "楼下有2号线，第3号柜台见",
    "一共 24 个橙子，烂了 6 个",
    "明天 14:00 前回复您",
    "买了3栋玩具小屋",
    "我叫了快递",
    "L-01 第 3 条 5 楼层板",
    "",
]


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_it_is_struck_out(text, shown):
    assert masked(text).endswith(shown) or masked(text) == shown


@pytest.mark.parametrize("text", KEPT)
def test_it_is_left_alone(text):
    assert masked(text) == text


def test_known_names_are_struck_out_wherever_they_stand():
    assert masked("林小满说林小满同意", ["林小满", ""]) == "林**说林**同意"


def test_masking_twice_changes_nothing_more():
    for text, _shown in HIDDEN:
        assert masked(masked(text)) == masked(text)


def test_a_long_text_of_digits_and_streets_takes_no_time():
    text = "路1" * 3000 + "138" * 3000 + "区" * 3000

    assert masked(text)
