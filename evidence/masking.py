"""Phone numbers, addresses, identity numbers and real names in what people write, made unreadable.

Enough stays to talk about them: the network and the last four digits, the district, the surname.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HAN = "\u4e00-\u9fff"
GAP = r"[ \-\u2010-\u2015]?"
BIRTHDAY = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
# Region, day of birth, check digit; the number of an order is as long, but holds no such day.
IDENTITY = re.compile(
    rf"(?<![0-9])([1-9][0-9]{{3}})[0-9]{{2}}{BIRTHDAY}[0-9]{{3}}([0-9Xx])(?![0-9])"
)
MOBILE = re.compile(
    rf"(?<![0-9])((?:\+?86{GAP})?1[3-9][0-9]){GAP}[0-9]{{4}}{GAP}([0-9]{{4}})(?![0-9])"
)
LANDLINE = re.compile(r"(?<![0-9])(0[0-9]{2,3})[ \-\u2010-\u2015][0-9]{3,4}([0-9]{4})(?![0-9])")
MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])([A-Za-z0-9])[A-Za-z0-9._%+-]{0,63}@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
)
NUMBER = r"[0-9一二三四五六七八九十百]{1,5}+"
UNIT = r"(?:号楼|号院|号|栋|幢|座|单元|弄|室|楼|层|户)"
ROAD = r"(?:路|街|大道|巷|弄|胡同|镇|乡|村|小区|花园|公寓|家园|苑|大厦|广场)"
# A street with the number of a house, or a flat by its numbers; the district before it stays. Every
# repetition is bounded or possessive: the text is somebody's upload.
ADDRESS = re.compile(
    rf"(?:(?:(?![省市区县旗])[{HAN}A-Za-z0-9]){{1,10}}?{ROAD}[{HAN}A-Za-z0-9]{{0,8}}?{NUMBER}{UNIT}"
    rf"|{NUMBER}(?:号楼|栋|幢|座){NUMBER}单元)"
    rf"(?:{NUMBER}{UNIT})*+(?:[0-9]{{2,5}}+)?"
)
NAMED = re.compile(
    rf"((?:收件人|收货人|联系人|姓名|本人|我叫|名字叫|名字是)(?:是|为)?[:：\s]*)(?![了的是不在有我你他她])([{HAN}])([{HAN}]{{1,3}}?)"
    rf"(?=$|[\s,，。；;、:：0-9（(]|先生|女士|电话|手机|地址)"
)


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with what tells who and where a person is struck out. `names` are known real names."""
    text = IDENTITY.sub(r"\1**********\2", text)
    text = MOBILE.sub(r"\1****\2", text)
    text = LANDLINE.sub(r"\1-****\2", text)
    text = MAIL.sub(r"\1***@\2", text)
    text = ADDRESS.sub("****", text)
    text = NAMED.sub(lambda found: found[1] + found[2] + "*" * len(found[3]), text)
    for name in sorted({name for name in names if len(name) > 1}, key=len, reverse=True):
        text = text.replace(name, name[0] + "*" * (len(name) - 1))
    return text
