"""Take the pictures of docs/images from a running demo: `python docs/take_screenshots.py [URL]`.

Needs the development requirements and a Chromium (CHROMIUM names another one). Signs in with the demo
accounts, opens what each role sees first, and overwrites the pictures.
"""

from __future__ import annotations

import os
import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

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


def take(browser: Browser, url: str, name: str) -> None:
    account, path, link, (width, height), theme = PICTURES[name]
    context = browser.new_context(
        locale="zh-CN", color_scheme=theme, viewport={"width": width, "height": height}
    )
    page = context.new_page()
    page.goto(f"{url}/login/?next={path}")
    page.fill("[name=username]", account)
    page.fill("[name=password]", PASSWORD)
    page.click("#sign-in button.solid")
    page.wait_for_load_state()
    if link:
        page.locator(link).first.click()
        page.wait_for_load_state()
    page.wait_for_timeout(800)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)
    context.close()
    print(f"{name}.png")


def main(url: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in PICTURES:
            take(browser, url, name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
