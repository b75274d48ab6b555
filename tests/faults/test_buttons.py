"""F11 presses every button there is: what takes a POST is pressed twice and ten times, or says why not."""

from __future__ import annotations

from cases.lifecycle import TRANSITIONS
from faults.buttons import BUTTONS, NOT_PRESSED
from portal.buyers import BUYER_STEPS
from portal.forms import PLAIN
from portal.forms.approving import SecondLook
from portal.forms.hearing import BY_THE_BOOK
from portal.forms.offering import TERMS
from portal.forms.standstill import Standstill
from portal.merchants import MERCHANT_STEPS
from portal.permissions import TABLE
from portal.workspace import SEND_OUT

PRESSED = {name.partition(":")[0] for name in BUTTONS}
STEPS = {name.partition(":")[2] for name in BUTTONS} - {""}


def test_every_address_that_takes_a_post_is_pressed_or_says_why_not():
    posted = {name for name, permission in TABLE.items() if "POST" in permission.methods}

    assert posted == PRESSED | NOT_PRESSED.keys()
    assert not PRESSED & NOT_PRESSED.keys()


def test_every_step_that_has_a_form_is_pressed_by_somebody():
    sent_to_one_address = {
        *BUYER_STEPS,
        *MERCHANT_STEPS,
        *SEND_OUT,
        *(name for name in (*PLAIN, *TERMS, *BY_THE_BOOK) if name in TRANSITIONS),
        *(code for code, _label in SecondLook.base_fields["decision"].choices),
        *(code for code, _label in Standstill.base_fields["step"].choices),
    }

    assert sent_to_one_address == STEPS
