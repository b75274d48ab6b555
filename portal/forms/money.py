"""Amounts as people type them, read strictly: `1e3` and `1_000` are somebody's mistake, not an amount."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

AMOUNT = re.compile(r"(?:¥\s*)?(\d{1,3}(?:,\d{3})+|\d{1,10})(?:\.(\d{1,2}))?", re.ASCII)


class MoneyField(forms.CharField):
    """Non-negative CNY with at most two decimals; digits of any script count as what they mean."""

    default_error_messages = {  # noqa: RUF012 (declared so by Django)
        "required": _("Enter an amount."),
        "invalid": _("Enter an amount in yuan with at most two decimals, such as 123.40."),
    }

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        match = AMOUNT.fullmatch(ascii_digits(str(value).strip()))
        if match is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        whole, cents = match.groups(default="")
        return Decimal(f"{whole.replace(',', '')}.{cents.ljust(2, '0')}")

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed comes back as it was understood, or as it was."""
        try:
            return self.to_python(data)
        except ValidationError:
            return data

    def validate(self, value: Any) -> None:
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The length validators of a text field say nothing about an amount."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}" if isinstance(value, Decimal) else value


def ascii_digits(written: str) -> str:
    """Full-width and other scripts' digits as 0–9; the full-width yuan sign and point too."""
    plain = unicodedata.normalize("NFKC", written)
    return "".join(
        str(unicodedata.decimal(char)) if unicodedata.decimal(char, None) is not None else char
        for char in plain
    )
