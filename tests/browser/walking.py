"""One dispute walked through by its people in one browser, and pictures of the way where they are wanted.

JOURNEY_PICTURES names a folder: each place a journey shows is then kept there at both widths and in both
languages. Time is moved in the rows, never waited for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page

from accounts.models import User
from cases import cashier, sweep
from cases.models import Case, Deadline

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
CHINESE, ENGLISH = "zh-hans", "en"
SECOND = timedelta(seconds=1)


class Walk:
    def __init__(self, page: Page, url: str, journey: str) -> None:
        self.page, self.url, self.journey = page, url, journey
        self.pictures = os.environ.get("JOURNEY_PICTURES", "")
        self.person: User | None = None

    def enters(self, person: User, name: str, *arguments: object) -> Page:
        """Be this person, at the address of that name."""
        if person != self.person:
            client = Client()
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            ticket = client.cookies[settings.SESSION_COOKIE_NAME].value
            self.page.context.clear_cookies()
            self.keep(settings.SESSION_COOKIE_NAME, ticket)
            self.person = person
        self.page.goto(self.url + reverse(name, args=arguments))
        return self.page

    def keep(self, name: str, value: str) -> None:
        self.page.context.add_cookies([{"name": name, "value": value, "url": self.url}])

    def presses(self, selector: str | Locator) -> None:
        """Press a button that leads to a page."""
        button = self.page.locator(selector) if isinstance(selector, str) else selector
        with self.page.expect_navigation():
            button.first.click()

    def shows(self, what: str, again: Callable[[], object] = lambda: None) -> None:
        """Keep what is seen here. `again` brings back what a new loading of the page forgets."""
        if not self.pictures:
            return
        folder = Path(self.pictures)
        folder.mkdir(parents=True, exist_ok=True)
        for language in (ENGLISH, CHINESE):  # the journey goes on in the latter
            self.keep(settings.LANGUAGE_COOKIE_NAME, language)
            self.page.reload()
            again()
            for size in (PHONE, DESK):
                self.page.set_viewport_size(size)
                name = f"{self.journey}-{what}-{size['width']}-{language[:2]}.png"
                self.page.screenshot(path=folder / name, full_page=size is PHONE)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def time_passes(case: Case, kind: str) -> None:
    """The clocks of that kind reach their end, the sweep finds them, and payments go out."""
    due = case.deadlines.open().filter(kind=kind)
    assert due.exists(), kind
    opened, ends = timezone.now() - timedelta(days=9), timezone.now() - SECOND
    Deadline.objects.filter(pk__in=[each.pk for each in due]).update(opened_at=opened, due_at=ends)
    sweep.run(timezone.now())
    cashier.relay(timezone.now())


def docket_of(case: Case) -> str:
    """The names of its lines, in order."""
    return " ".join(case.events.order_by("number").values_list("name", flat=True))


def journey_of(test: str) -> str:
    return re.sub(r"[\W_]+", "-", test.removeprefix("test_"))
