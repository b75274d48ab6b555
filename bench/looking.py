"""What an arbitrator waits for at a large case in Chromium: the first paint, and the frames while scrolling.

The pictures are drawn by software here, without a graphics card: a desk's own machine is quicker.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from statistics import median

from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from accounts.models import Role
from bench.lab import Lab, Result, insist
from bench.servers import percentile, session_of, web
from cases.lifecycle import Side, State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from tests.engines import CHROMIUM_FLAGS, chromium_path
from tests.factories import Docket, make_person, make_shop

PHOTOS, MESSAGES, LONG = 60, 2_000, 10_000
ROUNDS = 5
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
ANSWERED = "performance.getEntriesByType('navigation')[0].responseStart"
FRAMES = """() => new Promise((done, fail) => {
  const may = (each) => /auto|scroll/.test(getComputedStyle(each).overflowY);
  const scrolls = (each) => each.scrollHeight > each.clientHeight + 100 && may(each);
  let box = document.querySelector("#talk");
  while (box && !scrolls(box)) box = box.parentElement;
  box ??= document.scrollingElement;
  const frames = [], from = box.scrollTop;
  let last = performance.now();
  const step = (now) => {
    frames.push(now - last);
    last = now;
    box.scrollBy(0, 120);
    if (frames.length < 400) requestAnimationFrame(step);
    else if (box.scrollTop - from < 20000) fail(`scrolled by ${box.scrollTop - from} only`);
    else done(frames.slice(1));
  };
  requestAnimationFrame(step);
})"""


def log_of(messages: int) -> bytes:
    """A conversation of so many messages in two voices, one a minute."""
    began = timezone.localtime(timezone.now()) - timedelta(days=30)
    lines = (
        f"{'林小满' if number % 3 else '小店'} ({began + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}):\n"
        f"第{number}句：杯子收到了，角上有一道裂纹，麻烦看一下照片\n"
        for number in range(messages)
    )
    return "\n".join(lines).encode()


def photo(number: int) -> bytes:
    picture = Image.effect_noise((400, 300), 60).convert("RGB").resize((1600, 1200))
    picture.putpixel((number, 0), (255, 0, 0))
    picture.save(jpeg := BytesIO(), "JPEG")
    return jpeg.getvalue()


def held_case(messages: int, photos: int) -> Case:
    """A case in somebody's hands with that much on file."""
    now = timezone.now()
    case = cast_of().case_in(State.REVIEWING, now=now)
    log = Submission(log_of(messages), "chat.txt", "chat_log", is_confirmed=True)
    submit_exhibit(case, log, by=case.buyer, now=now)
    for number in range(photos):
        side = (Side.BUYER, Side.MERCHANT, Side.PLATFORM)[number % 3]  # at most 30 files each
        sent = Submission(photo(number), f"{number}.jpg")
        submit_exhibit(case, sent, by=None, side=side, now=now)
    return case


def cast_of() -> Docket:
    merchant = make_person(Role.MERCHANT, "merchant")
    return Docket(
        make_person(Role.BUYER, "buyer", "林小满"),
        merchant,
        make_shop("青瓷小店", merchant),
        make_person(Role.ARBITRATOR, "arbitrator", "王敏"),
    )


@contextmanager
def case_page(lab: Lab, messages: int, photos: int) -> Iterator[tuple[Page, str]]:
    """A browser signed in as the holder, and the address of the case."""
    with lab.copy(lab.migrated()) as name:
        case = held_case(messages, photos)
        cookie = session_of(case.holder)
        # Inside, nothing asks the database: Playwright's loop would open a connection of its own.
        with web(lab.address(name)) as port, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=chromium_path(), args=CHROMIUM_FLAGS
            )
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            site = f"http://127.0.0.1:{port}"
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
            yield context.new_page(), f"{site}/cases/{case.reference}/"
            chromium.close()


def case_paint(lab: Lab) -> tuple[Result, ...]:
    with case_page(lab, MESSAGES, PHOTOS) as (page, address):
        paints, answers = [], []
        for _round in range(ROUNDS + 1):
            response = page.goto(address)
            insist(response is not None and response.status == 200, "the page did not come")
            page.wait_for_timeout(300)
            paints.append(page.evaluate(FIRST_PAINT))
            answers.append(page.evaluate(ANSWERED))
        own, server = median(paints[1:]), median(answers[1:])
    unit = f"ms, {PHOTOS} photos, {MESSAGES:,} messages"
    return (
        Result("case_paint", own, 1000, unit, own / 1000, "<= 1"),
        Result("case_answer", server, 250, "ms until its first byte", server / 250, "<= 1"),
    )


def chat_scroll(lab: Lab) -> tuple[Result, ...]:
    with case_page(lab, LONG, 0) as (page, address):
        page.goto(address + "?talk=all#chat")
        page.wait_for_timeout(1000)
        frames = page.evaluate(FRAMES)
    worst = percentile(frames, 95)
    unit = f"ms a frame, 95 of 100, {LONG:,} messages"
    return (Result("chat_scroll", worst, 1000 / 60, unit, worst * 60 / 1000),)
