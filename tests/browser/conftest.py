"""Helpers of the browser tests: signing in, photos to send, and a count of what the hand does."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from cases.actions import claim, respond
from cases.lifecycle import State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from tests.browser.walking import Walk, journey_of
from tests.factories import PASSWORD, Docket, make_person

CHAT = """林小满 (2026-03-04 20:05:00):
箱子塌了一个角，杯子也碎了

青瓷小店:糖糖 (2026-03-04 20:09:00):
亲，发货前都检查过的哦

林小满 (2026-03-04 20:11:00):
那就申请退款了
"""


def photo(words: str, size: tuple[int, int] = (900, 700)) -> bytes:
    """A picture of our own, told apart from others by its words."""
    picture = Image.new("RGB", size, "#c8b08c")
    draw = ImageDraw.Draw(picture)
    draw.rectangle(
        (200, 180, size[0] - 200, size[1] - 120), fill="#a97f4e", outline="#5d4426", width=6
    )
    draw.text((220, 200), words, fill="black")
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=85)
    return stream.getvalue()


@pytest.fixture
def photo_files(tmp_path: Path) -> Callable[[int], list[Path]]:
    def make(count: int) -> list[Path]:
        paths = [tmp_path / f"photo-{number}.jpg" for number in range(1, count + 1)]
        for path in paths:
            path.write_bytes(photo(path.name))
        return paths

    return make


@pytest.fixture
def sign_in(live_server, page: Page) -> Callable[[User], Page]:
    """Sign in through the page itself, as this person, and come out at their start page."""

    def enter(person: User) -> Page:
        page.context.clear_cookies()
        page.goto(f"{live_server.url}/login/")
        page.fill("[name=username]", person.username)
        page.fill("[name=password]", PASSWORD)
        with page.expect_navigation():
            page.click("#sign-in button.solid")
        return page

    return enter


@pytest.fixture
def answered_case(docket: Docket, merchant: User, buyer: User) -> Case:
    """A case of today with two photos and a chat log, contested by the merchant and waiting."""
    now = timezone.now()
    case = docket.case_in(State.AWAITING_MERCHANT, now=now - timedelta(hours=20))
    for number in (1, 2):
        submit_exhibit(
            case,
            Submission(photo(f"buyer {number}"), f"damage-{number}.jpg"),
            by=buyer,
            now=now - timedelta(hours=19),
        )
    submit_exhibit(
        case,
        Submission(CHAT.encode(), "chat.txt", "chat_log", is_confirmed=True),
        by=buyer,
        now=now - timedelta(hours=19),
    )
    respond(case, by=merchant, text="出库完好，不同意退款。", now=now - timedelta(hours=2))
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def held_case(answered_case: Case, arbitrator: User) -> Case:
    claim(answered_case, by=arbitrator, now=timezone.now())
    return Case.objects.get(pk=answered_case.pk)


PREVIEW = "dialog.over"


def wait_for_preview(page: Page) -> None:
    """The sheet lies over the draft, with the button that lets it out under the finger."""
    expect(page.locator(f"{PREVIEW} [data-submit-key]")).to_be_focused()


class Hand:
    """Presses keys and clicks for a test, and counts them. Typed prose counts as one."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.keys = page, 0, 0

    def click(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        self.clicks += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def write(self, selector: str, words: str) -> None:
        self.page.fill(selector, words)


@pytest.fixture
def hand(page: Page) -> Hand:
    return Hand(page)


@pytest.fixture
def walk(live_server, page: Page, request: pytest.FixtureRequest) -> Walk:
    return Walk(page, live_server.url, journey_of(request.node.name))


@pytest.fixture
def officer(db: None) -> User:
    """A second officer for points that take two."""
    return make_person(Role.PENALTY_OFFICER, "second_officer", "贺宁")
