"""Phone numbers, addresses, identity numbers and real names in what people write, made unreadable.

Enough stays to talk about them: the network and the last four digits, the district, the surname.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator


class _Plain(dict[int, str]):
    """Any character as the plain one it stands for, one for one: places in a text stay the same."""

    def __missing__(self, code: int) -> str:
        each = chr(code)
        digit = unicodedata.digit(each, None)
        plain = unicodedata.normalize("NFKC", each) if digit is None else str(digit)
        self[code] = plain if len(plain) == 1 else each
        return self[code]


PLAIN = _Plain()

# The group `x` of each pattern is struck out. Every repetition is bounded or possessive: the text
# is somebody's upload.
HAN = "\u4e00-\u9fff"
DASHES = r"\-\u2010-\u2015"
GAP = rf"[ .·_{DASHES}\u200b-\u200d]?"
BIRTHDAY = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# Region, day of birth, check digit; the number of an order is as long, but holds no such day.
IDENTITY = re.compile(
    rf"(?<![0-9])[1-9][0-9]{{3}}(?P<x>[0-9]{{2}}{BIRTHDAY}[0-9]{{3}})[0-9Xx](?![0-9])"
)
ABROAD = rf"(?<![0-9])(?:(?:\+|00)?86{GAP})?"
MOBILE = re.compile(rf"{ABROAD}1[3-9][0-9](?P<x>{GAP}[0-9]{{4}}{GAP})[0-9]{{4}}(?![0-9])")
# Each digit apart from the next, always by the same: a row of prices is not a telephone.
APART = re.compile(
    rf"{ABROAD}1(?P<gap>[ .·_{DASHES}])[3-9](?P=gap)[0-9](?P<x>(?:(?P=gap)[0-9]){{4}}(?P=gap))"
    r"[0-9](?:(?P=gap)[0-9]){3}(?![0-9])"
)
LANDLINE = re.compile(
    rf"(?<![0-9])(?:010|02[0-9]|0[3-9][0-9]{{2}})\)?{GAP}(?P<x>[2-9][0-9]{{2,3}}{GAP})[0-9]{{4}}(?![0-9])"
)
MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9](?P<x>[A-Za-z0-9._%+-]{0,63})@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
)
# After a colon any; without one it must look like one, for people also write of paying by WeChat.
CHAT_ID = r"(?:[A-Za-z][A-Za-z0-9_-]{5,19}+|[1-9][0-9]{4,10}+)(?![A-Za-z0-9_-])"
CONTACT = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:微信|薇信|[vV]信|wechat|weixin|wx|vx|qq)(?:\s?(?:号码?|id|[:是为])){1,3}\s?"
    rf"|(?:微信|薇信|[vV]信|wx|vx|qq)\s?(?=[A-Za-z0-9]*[0-9_]))(?P<x>{CHAT_ID})",
    re.IGNORECASE,
)
NUMBER = r"[0-9一二三四五六七八九十百]{1,5}+"
UNIT = r"(?:号楼|号院|号|栋|幢|座|单元|弄|室|楼|层|户)"
ROAD = r"(?:路|街|大道|巷|弄|胡同|镇|乡|村|小区|花园|公寓|家园|苑|大厦|广场)"
FLAT = rf"(?<![0-9])[0-9]{{1,3}}(?:[{DASHES}][0-9]{{1,3}})?[{DASHES}][0-9]{{3,4}}(?![0-9{DASHES}])"
# A street with the number of a house, or a flat by its numbers; the district before it stays.
ADDRESS = re.compile(
    rf"(?P<x>(?:(?:(?![省市区县旗])[{HAN}A-Za-z0-9]){{1,10}}?{ROAD}[{HAN}A-Za-z0-9]{{0,8}}?"
    rf"(?:{NUMBER}{UNIT}|{FLAT})"
    rf"|{NUMBER}(?:号楼|栋|幢|座){NUMBER}单元)"
    rf"(?:[A-Za-z]?(?:{NUMBER})?{UNIT})*+(?:[A-Za-z]?[0-9]{{2,5}}+)?)"
)
DOOR = r"(?:Room|Rm|Apt|Flat|Unit|Suite|Floor|Building|Bldg|Block)\.? ?[#A-Z]?[0-9]{1,5}[A-Z]?"
STREET = r"(?:Road|Rd|Street|St|Avenue|Ave|Lane|Boulevard|Blvd|Drive|Alley)\b"
NAMED_STREET = rf"(?:[A-Z][a-z]{{1,15}}+ ){{1,3}}{STREET}"
ADDRESS_IN_ENGLISH = re.compile(
    rf"(?=[A-Z0-9])(?<![A-Za-z0-9])(?P<x>(?:{DOOR}[^\n;]{{1,40}}?)?"
    rf"(?:(?:No\.? ?)?[0-9]{{1,5}} {NAMED_STREET}|{NAMED_STREET}\.?,? (?:No\.? ?)?[0-9]{{1,5}})"
    rf"(?:, ?{DOOR}){{0,3}})"
)
SOMEBODY = r"(?:先生|女士|小姐|电话|手机|地址|签收)"
NAMED = re.compile(
    rf"(?:(?:收件人|收货人|寄件人|发件人|取件人|联系人|姓名|本人|我叫|名字叫|名字是)(?:是|为)?[:\s]*"
    rf"|(?:签收人|代收人|快递员|派件员|派送员)[:\s]\s*)"
    rf"(?![了的是不在有我你他她]|签收|本人|家人|他人|同事|门卫|保安|前台|物业|邻居|驿站|菜鸟|丰巢|快递|单位|收发)"
    rf"[{HAN}](?P<x>[{HAN}]{{1,3}}?)(?=$|[\s,。;、:0-9(]|{SOMEBODY})"
)
SURNAME = (
    r"(?:欧阳|司马|上官|诸葛|皇甫|慕容|令狐|[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许"
    r"傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊陆郝孔崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎武乔贺赖龚])"
)
# Nobody says there who they are: the buyer is a customer, the cup is yellow.
NOBODY = r"(?:顾客|高中|高级|黄色|江苏|江西|任何|马上|何时|何[必况])"
INTRODUCED = re.compile(
    rf"我是(?!{NOBODY}){SURNAME}(?P<x>[{HAN}]{{1,2}}?)(?<![的了吗呢啊人])(?=$|[\s,。;、:!0-9(]|{SOMEBODY}|我)"
)

# What stands for each; nothing: as many stars as there were characters.
STARS: tuple[tuple[re.Pattern[str], str], ...] = (
    (IDENTITY, "**********"),
    (MOBILE, "****"),
    (APART, "****"),
    (LANDLINE, "****"),
    (MAIL, "***"),
    (CONTACT, "****"),
    (ADDRESS, "****"),
    (ADDRESS_IN_ENGLISH, "****"),
    (NAMED, ""),
    (INTRODUCED, ""),
)


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with what tells who and where a person is struck out. `names` are known real names."""
    plain = text.translate(PLAIN)
    for pattern, stars in (*STARS, *_by_name(names)):
        text, plain = _struck(pattern, stars, text, plain)
    return text


def _by_name(names: Iterable[str]) -> Iterator[tuple[re.Pattern[str], str]]:
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        first, rest = (re.escape(part.translate(PLAIN)) for part in (name[0], name[1:]))
        yield re.compile(f"{first}(?P<x>{rest})"), ""


def _struck(pattern: re.Pattern[str], stars: str, text: str, plain: str) -> tuple[str, str]:
    """Both without what is found in the plain one; in `text` the rest stays as it was written."""
    for found in reversed([*pattern.finditer(plain)]):
        start, end = found.span("x")
        shown = stars or "*" * (end - start)
        text, plain = (f"{each[:start]}{shown}{each[end:]}" for each in (text, plain))
    return text, plain
