"""Who takes part: a buyer, a merchant and a desk, made with the tests' own factories."""

from __future__ import annotations

from io import BytesIO
from itertools import count

from PIL import Image

from accounts.models import Role, User
from tests.factories import Docket, make_person, make_shop

numbers = count(1)


def cast() -> Docket:
    """People nobody else has: `cast().case_in(State.QUEUED, now=…)` makes them a case."""
    number = next(numbers)
    merchant = make_person(Role.MERCHANT, f"merchant_{number}")
    return Docket(
        buyer=make_person(Role.BUYER, f"buyer_{number}"),
        merchant=merchant,
        shop=make_shop(f"青瓷小店 {number}", merchant),
        arbitrator=make_person(Role.ARBITRATOR, f"arbitrator_{number}"),
    )


def desk(size: int) -> list[User]:
    return [make_person(Role.ARBITRATOR, f"desk_{next(numbers)}") for _ in range(size)]


def supervisor() -> User:
    return make_person(Role.SUPERVISOR, f"supervisor_{next(numbers)}")


def photo() -> bytes:
    """A small photo nobody has sent before."""
    number = next(numbers)
    out = BytesIO()
    colour = (number % 256, number // 256 % 256, 128)
    Image.new("RGB", (160, 120), colour).save(out, "PNG")
    return out.getvalue()
