"""How a chat log is to be read, where the file itself leaves it open."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("gb18030", _("GB18030, GBK (simplified Chinese)")),
    ("big5", _("Big5 (traditional Chinese)")),
    ("shift_jis", _("Shift-JIS (Japanese)")),
    ("utf-16-le", "UTF-16 LE"),
    ("utf-16-be", "UTF-16 BE"),
)
ZONES = (
    ("Asia/Shanghai", _("Beijing time (UTC+8)")),
    ("Asia/Tokyo", _("Tokyo")),
    ("Asia/Bangkok", _("Bangkok")),
    ("Asia/Dubai", _("Dubai")),
    ("Europe/Moscow", _("Moscow")),
    ("Europe/Paris", _("Paris, Berlin")),
    ("Europe/London", _("London")),
    ("UTC", "UTC"),
    ("America/New_York", _("New York")),
    ("America/Chicago", _("Chicago")),
    ("America/Los_Angeles", _("Los Angeles")),
    ("Australia/Sydney", _("Sydney")),
)
BEIJING = "Asia/Shanghai"


class Reading(forms.Form):
    encoding = forms.ChoiceField(label=_("Encoding of the file"), choices=ENCODINGS)
    zone = forms.ChoiceField(label=_("Time zone of the times in it"), choices=ZONES)
