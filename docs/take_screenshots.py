"""Take the pictures of docs/images from a running demo: `python docs/take_screenshots.py [URL]`.

Needs the development requirements and a Chromium (CHROMIUM names another one). Signs in with the demo
accounts, opens what each role sees first, and what an arbitrator looks at closely, and overwrites the pictures.
"""

from __future__ import annotations

import os
import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
PASSWORD = "demo-portal"  # noqa: S105 (public on purpose)
DESK, PHONE = (1280, 800), (390, 844)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]

# Picture → account, first page, link to follow from there (a selector or nothing), window, theme.
PICTURES: dict[str, tuple[str, str, str, tuple[int, int], str]] = {
    "queue": ("arbitrator", "/queue/", "", DESK, "light"),
    "workspace": ("arbitrator", "/queue/", "section[aria-labelledby=h-mine] th a", DESK, "light"),
    "workspace-dark": (
        "arbitrator",
        "/queue/",
        "section[aria-labelledby=h-mine] th a",
        DESK,
        "dark",
    ),
    "merchant": ("merchant", "/merchant/", ".cases a", PHONE, "light"),
    "buyer": ("buyer", "/buyer/", ".cases a", PHONE, "light"),
    "overview": ("supervisor", "/supervisor/", "", DESK, "light"),
    "engine": ("supervisor", "/supervisor/engine/", "", DESK, "light"),
}
# Picture → where on the page of a case it is, and the tab it is under. Taken on desk and phone, by day and by night.
CLOSE: dict[str, tuple[str, str]] = {
    "viewer": ("[data-viewer]", "evidence"),
    "match": (".match", "evidence"),
    "timeline": ("#timeline", "timeline"),
    "meter": ("#meters", "facts"),
}
BAR = 64  # of the rail at the foot of a phone
PLACE = """part => {
  part.scrollIntoView();
  const { x, y, width, height } = part.getBoundingClientRect();
  return { x, y, width, height };
}"""


def sign_in(
    browser: Browser, url: str, account: str, path: str, window: tuple[int, int], theme: str
) -> Page:
    width, height = window
    page = browser.new_page(
        locale="zh-CN", color_scheme=theme, viewport={"width": width, "height": height}
    )
    page.goto(f"{url}/login/?next={path}")
    page.fill("[name=username]", account)
    page.fill("[name=password]", PASSWORD)
    page.click("#sign-in button.solid")
    page.wait_for_load_state()
    return page


def keep(name: str, taken: bytes) -> None:
    picture = Image.open(BytesIO(taken)).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
    print(f"{name}.png")


def take_close(browser: Browser, url: str, window: tuple[int, int], theme: str) -> None:
    """The first case the arbitrator holds that has a photo like another one."""
    page = sign_in(browser, url, "arbitrator", "/queue/", window, theme)
    mine = page.locator("section[aria-labelledby=h-mine] th a")
    for address in mine.evaluate_all("links => links.map(link => link.href)"):
        page.goto(address)
        if page.locator(".match").count():
            break
    for name, (part, tab) in CLOSE.items():
        page.goto(f"{page.url.partition('#')[0]}#{tab}")
        page.wait_for_timeout(400)
        place = page.locator(part).first.evaluate(PLACE)
        place["height"] = min(place["height"], window[1] - place["y"] - BAR * (window == PHONE))
        page.wait_for_timeout(800)
        keep(f"{name}-{window[0]}-{theme}", page.screenshot(clip=place))
    page.close()


def take(browser: Browser, url: str, name: str) -> None:
    account, path, link, window, theme = PICTURES[name]
    page = sign_in(browser, url, account, path, window, theme)
    if link:
        page.locator(link).first.click()
        page.wait_for_load_state()
    page.wait_for_timeout(800)
    keep(name, page.screenshot())
    page.close()


def main(url: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in PICTURES:
            take(browser, url, name)
        for window in (DESK, PHONE):
            for theme in ("light", "dark"):
                take_close(browser, url, window, theme)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
