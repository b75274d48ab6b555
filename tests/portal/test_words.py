"""What a person wrote, whatever the form: too long and empty are said in one way."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from portal.forms.parties import Words


def test_what_is_too_long_is_said_with_both_numbers():
    with translation.override("en"):
        with pytest.raises(ValidationError) as refused:
            Words(max_length=3).clean("四个字吧")

        assert refused.value.messages == ["At most 3 characters; these are 4."]


def test_a_form_may_still_say_it_in_words_of_its_own():
    field = Words(max_length=3, error_messages={"max_length": "shorter, please"})

    with pytest.raises(ValidationError, match="shorter, please"):
        field.clean("四个字吧")
