"""Two photos compared in every way, and a citation taken from the chat and followed back to it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import wait_for_preview

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_photos_are_compared_in_each_way_by_keys_alone(held_case, arbitrator, sign_in, hand):
    page = sign_in(arbitrator)
    page.goto(f"{page.url.partition('/queue')[0]}/cases/{held_case.reference}/")
    stage, photos = page.locator("[data-stage]"), page.locator(".stage-photo")
    expect(photos).to_have_count(1)

    for key, way in (("x", "beside"), ("s", "swipe"), ("v", "overlay"), ("d", "difference")):
        hand.press(key)
        expect(stage).to_have_attribute("data-way", way)
        expect(photos.locator("figcaption")).to_contain_text(["E-01", "E-02"])
    hand.press("d")

    expect(photos).to_have_count(1)
    assert hand.keys == 5
    assert page.locator("[data-own-window]").get_attribute("href") == (
        f"/cases/{held_case.reference}/exhibits/1/window/"
    )


def test_selected_words_are_cited_exactly_and_the_citation_leads_back_to_them(
    held_case, arbitrator, sign_in, hand
):
    page = sign_in(arbitrator)
    page.goto(f"{page.url.partition('/queue')[0]}/cases/{held_case.reference}/#chat")

    page.locator("#C-1 [data-words]").click(click_count=3)
    expect(page.locator("[data-cited]")).to_contain_text("2026-03-04 20:05")
    hand.press("q")

    finding = page.locator("[name=finding_1]").input_value()
    assert finding.startswith("“箱子塌了一个角，杯子也碎了”")
    assert "C-1" in finding
    expect(page.locator("[name=citations_1]")).to_have_value("C-1")
    page.check("[name=outcome][value=full]", force=True)
    page.fill("[name=reasons]", "照片与聊天一致。")
    page.check("[name=without]")
    hand.press("Control+Enter")
    wait_for_preview(page)
    page.locator(".paper a.cite", has_text="C-1").click()

    expect(page.locator(".say:target")).to_contain_text("箱子塌了一个角，杯子也碎了")
