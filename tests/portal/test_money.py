"""Amounts as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError

from portal.forms.money import MoneyField


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("0", "0.00"),
        ("123", "123.00"),
        ("123.4", "123.40"),
        (" 123.45 ", "123.45"),
        ("1,234.50", "1234.50"),
        ("¥ 99", "99.00"),
        ("￥99.90", "99.90"),
        ("１２３", "123.00"),  # full-width
        ("１２３．５０", "123.50"),
        ("١٢٣", "123.00"),  # Arabic-Indic
    ],
)
def test_an_amount_is_read_as_it_was_meant(typed, amount):
    read = MoneyField().clean(typed)

    assert (read, str(read)) == (Decimal(amount), amount)


@pytest.mark.parametrize(
    "typed",
    [
        "-1",
        "−1",
        "+1",
        "0.001",
        "1.",
        ".5",
        "1.2.3",
        "12,50",
        "1,2345",
        "1_000",
        "1e3",
        "1E+3",
        "1e400",
        "0x10",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "½",
        "123 元",
        "USD 5",
        "$5",
        "5 KWD",
        "12345678901",
        "9" * 10_000,
        "1\n2",
        "1\x000",
        "\u200b",
        "一百",
    ],
)
def test_what_is_no_plain_amount_is_refused(typed):
    with pytest.raises(ValidationError):
        MoneyField().clean(typed)


@pytest.mark.parametrize("typed", ["", None])
def test_nothing_typed_is_no_amount(typed):
    assert MoneyField(required=False).clean(typed) is None
    with pytest.raises(ValidationError):
        MoneyField().clean(typed)


def test_what_was_read_is_shown_back_with_its_cents():
    field = MoneyField()

    assert field.prepare_value(field.clean("１２３")) == "123.00"
    assert field.prepare_value("1e3") == "1e3"


class Sum(forms.Form):
    amount = MoneyField()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("１２３", "123.00"),  # row 74: shown back as it was understood
        ("1,234.5", "1234.50"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("0x10", "0x10"),
        ("12,50", "12,50"),
    ],
)
def test_an_amount_is_shown_back_as_understood_or_as_it_was_typed(typed, shown):
    form = Sum({"amount": typed})

    assert form["amount"].value() == shown
    assert form.is_valid() == (shown != typed)
