"""Money, instants and small marks, the same on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from cases.lifecycle import Side
from cases.proceedings import Penalty
from cases.rulebook import Bilingual
from evidence.masking import masked
from evidence.photos import PhotoLimits
from portal.marks import in_words

register = template.Library()
BEIJING = ZoneInfo("Asia/Shanghai")


@register.filter
def money(amount: Decimal | str | float | None) -> str:
    """`¥1,234.00`; nothing for no amount."""
    return "" if amount is None or amount == "" else f"¥{Decimal(str(amount)):,.2f}"


@register.filter
def thousands(count: int) -> str:
    return f"{count:,}"


@register.filter
def points_in_words(kind: str, points: int) -> str:
    """`3 general points`."""
    if kind == Penalty.Kind.SERIOUS:
        words = ngettext("%(points)s serious point", "%(points)s serious points", points)
    else:
        words = ngettext("%(points)s general point", "%(points)s general points", points)
    return words % {"points": points}


@register.filter
def as_written(claimed: str) -> str:
    """The instant a camera wrote, with its own offset or none, set as one reads it."""
    return claimed.replace("T", " ", 1)


@register.filter
def in_language(text: Bilingual) -> str:
    return text.in_language(get_language() or "en")


@register.filter
def side_label(side: str) -> str:
    return str(Side(side).label) if side in Side.values else _("Unknown")


@register.filter
def marks(codes: list[str]) -> list[str]:
    """What was noticed about a file or a message, each as a few words."""
    return in_words(codes)


@register.filter(name="masked")
def masked_for_the_other_side(text: str, name: str = "") -> str:
    """The words without phone numbers, addresses and names, as the other side reads them."""
    return masked(text, (name,))


@register.filter
def of(found: Mapping[int, Sequence[Any]], key: int) -> Sequence[Any]:
    """What a table holds for one thing; nothing when it is not in it."""
    return found.get(key, ())


@register.filter
def instant(moment: datetime | None) -> SafeString:
    """The absolute time in Beijing: today and tomorrow by name, other days by date and weekday."""
    return _element(moment, _day_in_words(moment) + _clock_time(moment)) if moment else SafeString()


@register.filter
def moment(at: datetime | None) -> SafeString:
    """Date and time, short: for lists and dockets."""
    return _element(at, _short_date(at) + _clock_time(at)) if at else SafeString()


@register.filter
def dated(at: datetime | None) -> SafeString:
    """Date with its year, and time: for what is read on paper in another one."""
    return _element(at, date_and_time(at)) if at else SafeString()


def date_and_time(at: datetime) -> str:
    return _long_date(at) + _clock_time(at)


@register.filter
def second(at: datetime | None) -> SafeString:
    """The time of day to the second: for what is about to happen."""
    return _element(at, f"{at.astimezone(BEIJING):%H:%M:%S}") if at else SafeString()


@register.filter
def clock_time(at: datetime | None) -> SafeString:
    return _element(at, f"{at.astimezone(BEIJING):%H:%M}") if at else SafeString()


@register.filter
def day(at: datetime | None) -> SafeString:
    """Only the day, for headings of a conversation."""
    return _element(at, f"{_short_date(at)} {_weekday(at)}".strip()) if at else SafeString()


def _element(at: datetime, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', at.astimezone(BEIJING).isoformat(), words)


def _clock_time(at: datetime) -> str:
    return f" {at.astimezone(BEIJING):%H:%M}"


def _day_in_words(at: datetime) -> str:
    local, today = at.astimezone(BEIJING), timezone.now().astimezone(BEIJING).date()
    words = {
        today: _("today"),
        today + timedelta(days=1): _("tomorrow"),
        today - timedelta(days=1): _("yesterday"),
    }.get(local.date())
    if words is None:
        return (
            f"{_short_date(at)} ({_weekday(at)})"
            if _is_english()
            else f"{_short_date(at)}（{_weekday(at)}）"
        )
    return f"{words} ({_weekday(at)})" if _is_english() else f"{words}（{_weekday(at)}）"


def _short_date(at: datetime) -> str:
    """Without the year while it is this one."""
    local = at.astimezone(BEIJING)
    if local.year != timezone.now().astimezone(BEIJING).year:
        return _long_date(at)
    return f"{local.day} {local:%b}" if _is_english() else f"{local.month}月{local.day}日"


def _long_date(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    if _is_english():
        return f"{local.day} {local:%b %Y}"
    return f"{local.year}年{local.month}月{local.day}日"


def _weekday(at: datetime) -> str:
    number = at.astimezone(BEIJING).weekday()
    return (
        "Mon Tue Wed Thu Fri Sat Sun" if _is_english() else "周一 周二 周三 周四 周五 周六 周日"
    ).split()[number]


def _is_english() -> bool:
    return not (get_language() or "en").startswith("zh")


@register.simple_tag
def most_bytes() -> int:
    """Of a photo; what is larger is refused."""
    return PhotoLimits().max_bytes


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<svg class="i" aria-hidden="true"><use href="#i-{}"/></svg>', name)


MARKS: dict[str, Any] = {
    Side.BUYER: pgettext_lazy("party mark", "B"),
    Side.MERCHANT: pgettext_lazy("party mark", "M"),
    Side.PLATFORM: pgettext_lazy("party mark", "P"),
}


@register.simple_tag
def party_mark(side: str) -> SafeString:
    """The party's mark, told apart by shape: outlined, filled, dashed."""
    name = side_label(side)
    return format_html(
        '<span class="party" data-side="{}" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="sr">{}</span></span>',
        side,
        name,
        MARKS.get(side, "?"),
        name,
    )
