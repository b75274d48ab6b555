"""Writing a ruling in a real browser: citing regions and ranges, and what stands in the way."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from cases.models import Case
from tests.browser.conftest import wait_for_preview

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST = "[name=citations_1]"


@pytest.fixture
def desk(answered_case, arbitrator, sign_in, live_server):
    """The case with two photos and a chat log, claimed and open."""
    page = sign_in(arbitrator)
    page.keyboard.press("n")
    page.wait_for_url(f"**/cases/{answered_case.reference}/")
    return page


def drag(page, across: tuple[float, float], down: tuple[float, float]) -> None:
    """Draw a rectangle on the photo that is open, by parts of its shown size."""
    box = page.locator(".stage-photo .regions").bounding_box()
    (left, right), (top, bottom) = across, down
    image = page.locator(".stage-photo img")
    page.wait_for_function("image => image.naturalWidth", arg=image.element_handle())
    shown = image.evaluate("""image => {
      const box = image.getBoundingClientRect();
      const whole = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
      const [width, height] = [image.naturalWidth * whole, image.naturalHeight * whole];
      return [box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height];
    }""")
    assert box is not None
    x, y, width, height = shown
    page.mouse.move(x + left * width, y + top * height)
    page.mouse.down()
    page.mouse.move(x + right * width, y + bottom * height, steps=4)
    page.mouse.up()


def test_a_region_is_marked_with_the_mouse_and_cited_with_one_key(desk):
    desk.keyboard.press("m")
    drag(desk, (0.2, 0.5), (0.3, 0.7))
    desk.keyboard.press("a")

    expect(desk.locator(FIRST)).to_have_value("E-01@20,30,30,40")
    rect = desk.locator(".stage-photo rect")
    assert [rect.get_attribute(name) for name in ("x", "y", "width", "height")] == [
        *("20%", "30%", "30%", "40%")
    ]


def test_a_region_is_marked_by_its_numbers_with_the_keyboard_alone(desk):
    desk.keyboard.press("m")
    for number in ("10", "20", "30", "40"):
        desk.keyboard.press("Control+A")
        desk.keyboard.type(number)
        desk.keyboard.press("Tab")
    desk.keyboard.press("Shift+Tab")
    desk.keyboard.press("Enter")

    expect(desk.locator(FIRST)).to_have_value("E-01@10,20,30,40")


def test_a_region_lies_where_it_was_drawn_on_a_photo_that_is_zoomed(desk):
    desk.keyboard.press("m")
    desk.locator(".stage-photo").focus()
    desk.keyboard.press("+")
    box = desk.locator(".stage-photo").bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"], box["y"] + box["height"], steps=4)
    desk.mouse.up()

    rect = desk.locator(".stage-photo rect")
    assert (rect.get_attribute("x"), rect.get_attribute("y")) == ("50%", "50%")


def test_a_followed_citation_opens_its_photo_with_the_region_on_it(desk):
    desk.fill(FIRST, "E-02@10,20,30,40")
    desk.locator("[data-followed] a").click()

    expect(desk.locator(".stage-photo figcaption")).to_contain_text("E-02")
    assert desk.locator(".stage-photo rect").get_attribute("width") == "30%"


def test_words_selected_over_three_messages_are_cited_as_a_range_with_one_key(desk):
    desk.keyboard.press("c")
    desk.evaluate("""() => {
      const words = [...document.querySelectorAll("[data-message] [data-words]")];
      getSelection().setBaseAndExtent(words[0].firstChild, 0, words[2].firstChild, 2);
    }""")
    expect(desk.locator("[data-citing]")).to_be_visible()
    desk.keyboard.press("q")

    expect(desk.locator(FIRST)).to_have_value("C-1..C-3")
    expect(desk.locator("[name=finding_1]")).to_have_value(
        "“箱子塌了一个角，杯子也碎了 / 亲，发货前都检查过的哦 / 那就”"
        "（C-1..C-3，买家, 商家，2026-03-04 20:05）"
    )


def test_a_second_press_with_shift_makes_a_range_of_two_messages(desk):
    desk.keyboard.press("c")
    desk.click("[data-cite='C-1']")
    desk.click("[data-cite='C-3']", modifiers=["Shift"])

    expect(desk.locator(FIRST)).to_have_value("C-1..C-3")


def test_a_photo_not_looked_at_stands_in_the_way_and_the_sentence_leads_to_it(desk, answered_case):
    desk.click("[data-cite-photo]")
    desk.check("[name=outcome][value=part]", force=True)
    desk.fill("[name=finding_1]", "杯子破碎。")
    desk.fill("[name=reasons]", "支持部分退款。")
    desk.click("[data-submit-key]")

    obstacle = desk.locator("#ruling-form [role=alert] a")
    expect(obstacle).to_have_attribute("href", "#E-02")
    expect(desk.locator("[data-unseen]")).to_contain_text("E-02")
    obstacle.click()
    expect(desk.locator(".stage-photo figcaption")).to_contain_text("E-02")
    expect(desk.locator("[data-unseen]")).to_be_hidden()
    desk.click("[data-submit-key]")
    wait_for_preview(desk)


def test_four_findings_are_written_with_and_without_the_script(
    desk, answered_case, arbitrator, browser, live_server
):
    for number in (2, 3, 4):
        desk.click("[data-add-finding]")
        expect(desk.locator(f"[name=finding_{number}]")).to_be_focused()
    desk.fill("[name=finding_4]", "第四条")
    desk.locator("[name=finding_4]").blur()
    expect(desk.locator("#draft-status")).to_contain_text("已保存")

    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies(desk.context.cookies())
    plain = context.new_page()
    plain.goto(f"{live_server.url}/cases/{answered_case.reference}/")
    expect(plain.locator("[name=finding_4]")).to_have_value("第四条")
    plain.fill("[name=reasons]", "写到一半")
    plain.click("[data-add-finding]")

    expect(plain.locator("[name=finding_5]")).to_have_value("")
    expect(plain.locator("[name=finding_4]")).to_have_value("第四条")
    expect(plain.locator("[name=reasons]")).to_have_value("写到一半")
    context.close()
    assert Case.objects.get(pk=answered_case.pk).state == "reviewing"


def test_another_bearer_of_the_freight_asks_for_a_reason(desk):
    expect(desk.locator("[name=freight_reason]")).to_be_hidden()
    desk.select_option("[name=freight]", "FR-M")

    expect(desk.locator("[name=freight_reason]")).to_be_visible()
