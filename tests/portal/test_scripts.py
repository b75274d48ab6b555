"""The page scripts alone, in Chromium, on small pages that need no server."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[2] / "portal/static/portal"
SITE = "http://portal.test"
TYPES = {".js": "text/javascript", ".css": "text/css"}
STYLES = "".join(
    f'<link rel="stylesheet" href="/{name}.css">'
    for name in ("tokens", "base", "components", "screens")
)

CLOCK = """
<div class="clock block" data-state="soon" data-party="platform" aria-label="Answer"
  data-opened="2026-03-09T16:00:00+08:00" data-due="2026-03-10T16:00:00+08:00">
  <span class="state"><svg class="i"><use href="#i-glass"/></svg><span class="word"></span></span>
  <span class="left"></span></div><div id="announcer" aria-live="polite"></div>"""
CLOCK_WORDS = {
    "now": "2026-03-10T14:57:30+08:00",
    "late": "{} late",
    "days": "{d} d {h} h",
    "hours": "{h} h {m} min",
    "minutes": "{m} min",
    "announce": "{title}: {left} left",
    "words": "On time|Due soon|Last hour|Overdue",
}
DRAFT = """
<form data-autosave="/draft" data-status="said" data-saved="Saved {}" data-failed="Kept here">
  <input type="hidden" name="csrfmiddlewaretoken" value="k"><textarea name="reasons"></textarea>
</form><p id="said"></p>"""
UPLOAD = """
<form data-upload="/files" data-waiting="Waiting" data-received="received" data-same="Sent before"
  data-failed="Broken off" data-retry="Again"><input type="hidden" name="csrfmiddlewaretoken" value="k">
  <input type="file" name="files" multiple><ul class="files" data-files></ul></form>"""
KEYS = """
<a href="#n" data-key="n">Next</a><label>Text <input id="text"></label>
<dialog id="keys"><h2>Keys</h2><dl data-keys-list data-jk="Rows" data-enter="Open"></dl>
<form method="dialog"><input type="checkbox" data-keys-switch checked><button>Close</button></form></dialog>
<table data-list><tbody><tr><td><a href="#one">1</a></td></tr><tr><td><a href="#two">2</a></td></tr></tbody></table>"""
TABS = """
<nav data-tabs><a href="#photos">Photos</a><a href="#chat">Chat</a></nav>
<div id="photos">p</div><div id="chat">c <b id="C-7">said</b></div>"""
VIEWER = """
<div class="evidence" data-viewer>
  <div class="strip">{thumbs}</div>
  <div class="pair" data-stage></div><div class="tools"><span data-zoom></span>
  <button data-act="in">in</button><button data-act="full">full</button><button data-act="fit">fit</button>
  <button data-act="rotate">rotate</button><button data-act="next">next</button>
  <button data-act="right">right</button><button data-act="invert">invert</button>
  <button data-act="compare">compare</button><button data-act="swipe">swipe</button>
  <button data-act="overlay">overlay</button><button data-act="difference">difference</button>
  <button data-act="blur">blur</button><label>all <input type="checkbox" data-blur-all></label>
  <label>flagged <input type="checkbox" data-blur-flagged checked></label>
  <label>light <input type="range" min="40" max="400" step="20" value="100" data-light></label>
  <label data-share-of hidden>second <input type="range" value="50" data-share-of-second></label>
  <a data-own-window href="">window</a></div></div>""".format(
    thumbs="".join(
        f'<a class="photo thumb" data-photo="E-0{n}" data-caption="E-0{n}" '
        f'data-window="/{n}/window" href="/{n}.png"{" data-flagged" if n == 3 else ""}><img alt="photo {n}"></a>'
        for n in (1, 2, 3)
    )
)


def photo() -> bytes:
    content = BytesIO()
    Image.new("RGB", (1600, 1200), "tan").save(content, "PNG")
    return content.getvalue()


def serve(page: Page, body: str, module: str, call: str, answers=None, words=None) -> list[Request]:
    """Open a page that runs one module; `answers` are the replies (status, said) of each path in turn."""
    asked: list[Request] = []
    waiting = {path: list(replies) for path, replies in (answers or {}).items()}
    attributes = "".join(f' data-{name}="{value}"' for name, value in (words or {}).items())
    script = f'import {{ {call} }} from "/js/{module}.js"; {call}();'

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE).partition("?")[0]
        if path in waiting:
            asked.append(route.request)
            status, said = waiting[path].pop(0)
            if status == 0:
                route.abort()
            else:
                text = said if isinstance(said, str) else json.dumps(said)
                route.fulfill(status=status, body=text)
        elif (suffix := Path(path).suffix) in TYPES:
            route.fulfill(body=(STATIC / path[1:]).read_text(), content_type=TYPES[suffix])
        elif suffix == ".png":
            route.fulfill(body=photo(), content_type="image/png")
        else:
            html = f"{STYLES}<body{attributes}>{body}<script type=module>{script}</script>"
            route.fulfill(
                body=f"<!doctype html><meta charset=utf-8>{html}", content_type="text/html"
            )

    page.route("**/*", answer)
    page.goto(f"{SITE}/")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    return asked


def file(name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/png", "buffer": b"picture"}


def test_a_clock_grows_old_by_the_servers_time_and_says_so_at_the_hour(page):
    page.clock.install(time="2030-01-01T00:00:00Z")  # the reader's own clock is years off
    serve(page, CLOCK, "clock", "ageClocks", words=CLOCK_WORDS)
    expect(page.locator(".left")).to_have_text("1 h 02 min")
    expect(page.locator("#announcer")).to_have_text("")

    page.clock.fast_forward("03:00")

    expect(page.locator(".left")).to_have_text("59 min")
    expect(page.locator(".word")).to_have_text("Last hour")
    expect(page.locator("#announcer")).to_have_text("Answer: 59 min left")


def test_a_clock_is_right_after_the_laptop_slept(page):
    page.clock.install(time="2026-03-10T14:57:30+08:00")
    serve(page, CLOCK, "clock", "ageClocks", words=CLOCK_WORDS)

    page.clock.set_system_time("2026-03-10T18:30:45+08:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator(".left")).to_have_text("2 h 30 min late")
    expect(page.locator(".clock")).to_have_attribute("data-state", "over")


def test_a_draft_is_saved_three_seconds_after_the_last_change(page):
    page.clock.install()
    asked = serve(page, DRAFT, "draft", "saveDrafts", {"/draft": [(200, {"saved_at": "14:02:11"})]})

    page.locator("textarea").press_sequentially("Torn")
    page.clock.fast_forward("00:03")

    expect(page.locator("#said")).to_have_text("Saved 14:02:11")
    assert [request.post_data for request in asked] == ["reasons=Torn"]


@pytest.mark.parametrize(
    "trouble", [(0, ""), (500, "<h1>Oops</h1>"), (200, "<h1>Sign in</h1>")], ids=str
)
def test_a_draft_that_was_not_saved_says_so_and_is_tried_again(page, trouble):
    page.clock.install()
    asked = serve(
        page, DRAFT, "draft", "saveDrafts", {"/draft": [trouble, (200, {"saved_at": "14:02:23"})]}
    )

    page.locator("textarea").press_sequentially("Torn")
    page.clock.fast_forward("00:03")
    expect(page.locator("#said")).to_have_text("Kept here")
    expect(page.locator("textarea")).to_have_value("Torn")
    page.clock.fast_forward("00:12")

    expect(page.locator("#said")).to_have_text("Saved 14:02:23")
    assert len(asked) == 2


def test_only_the_broken_file_is_sent_again(page):
    received = (201, {"label": "E-01", "status": "accepted"})
    asked = serve(page, UPLOAD, "upload", "sendFiles", {"/files": [(0, ""), received, received]})

    page.locator("input[type=file]").set_input_files([file("one.png"), file("two.png")])
    expect(page.locator(".err")).to_have_text("Broken off")
    page.get_by_role("button", name="Again").click()

    expect(page.locator(".err")).to_have_count(0)
    expect(page.get_by_text("E-01 received")).to_have_count(2)
    assert len(asked) == 3


def test_of_a_photo_that_is_too_large_a_smaller_copy_is_offered_and_sent(page):
    received = (201, {"label": "E-01", "status": "accepted"})
    body = UPLOAD.replace(
        "<form", '<form data-most="40000" data-large="Too large" data-smaller="Less"'
    )
    asked = serve(page, body, "upload", "sendFiles", {"/files": [received]})
    Image.effect_noise((300, 200), 20).save(content := BytesIO(), "PNG")
    large = {"name": "IMG.one.png", "mimeType": "image/png", "buffer": content.getvalue()}

    page.locator("input[type=file]").set_input_files([large])
    expect(page.get_by_text("Too large")).to_be_visible()
    assert asked == []
    page.get_by_role("button", name="Less").click()

    expect(page.get_by_text("E-01 received")).to_be_visible()
    sent = asked[0].post_data_buffer
    assert b'filename="IMG.one.jpg"' in sent
    assert len(sent) < len(content.getvalue())


def test_a_photo_that_is_too_large_and_cannot_be_read_here_is_not_sent(page):
    body = UPLOAD.replace("<form", '<form data-most="3" data-large="Too large" data-smaller="Less"')
    asked = serve(page, body, "upload", "sendFiles")

    page.locator("input[type=file]").set_input_files(
        [file("one.heic") | {"mimeType": "image/heic"}]
    )
    page.get_by_role("button", name="Less").click()

    expect(page.locator(".err")).to_have_text("Too large")
    expect(page.get_by_role("button", name="Less")).to_have_count(0)
    assert asked == []


def test_the_meter_follows_once_everything_is_sent(page):
    received = (201, {"label": "E-01", "status": "accepted"})
    body = UPLOAD.replace("<ul", '<p class="gauge">0 of 2</p><ul').replace(
        "<form", '<form action="/case"'
    )
    answers = {"/files": [received], "/case": [(200, '<p class="gauge">1 of 2</p>')]}
    serve(page, body, "upload", "sendFiles", answers)

    page.locator("input[type=file]").set_input_files([file("one.png")])

    expect(page.locator(".gauge")).to_have_text("1 of 2")


def test_a_refused_file_says_why_and_is_not_offered_again(page):
    refusal = (400, {"label": "", "status": "refused", "reason": "Not a photo."})
    serve(page, UPLOAD, "upload", "sendFiles", {"/files": [refusal]})

    page.locator("input[type=file]").set_input_files([file("virus.png")])

    expect(page.locator(".err")).to_have_text("Not a photo.")
    expect(page.get_by_role("button", name="Again")).to_have_count(0)


def test_a_page_in_place_of_a_receipt_is_not_taken_for_one(page):
    serve(page, UPLOAD, "upload", "sendFiles", {"/files": [(200, "<h1>Sign in</h1>")]})

    page.locator("input[type=file]").set_input_files([file("one.png")])

    expect(page.locator(".err")).to_have_text("Broken off")
    expect(page.locator("progress")).to_have_class("bad")


def test_keys_press_what_carries_them_but_never_while_one_types(page):
    serve(page, KEYS, "keys", "listenForKeys")

    page.locator("#text").press_sequentially("n")
    expect(page).to_have_url(f"{SITE}/")
    page.keyboard.press("Escape")
    page.keyboard.press("n")

    expect(page).to_have_url(f"{SITE}/#n")


def test_keys_are_deaf_while_chinese_is_composed(page):
    serve(page, KEYS, "keys", "listenForKeys")

    for settings in ("isComposing: true", "keyCode: 229"):
        page.evaluate(
            f"document.body.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'n', bubbles: true, {settings} }}))"
        )

    expect(page).to_have_url(f"{SITE}/")


def test_rows_are_walked_and_opened_by_keys(page):
    serve(page, KEYS, "keys", "listenForKeys")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{SITE}/#two")


def test_the_list_of_keys_opens_and_turns_them_off(page):
    serve(page, KEYS, "keys", "listenForKeys")

    page.keyboard.press("?")
    expect(page.locator("dialog")).to_contain_text("Next")
    page.get_by_role("checkbox").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("n")

    expect(page).to_have_url(f"{SITE}/")


def test_an_address_inside_a_pane_opens_its_tab(page):
    serve(page, TABS, "tabs", "openTabs")
    expect(page.locator("#chat")).to_be_hidden()

    page.evaluate("location.hash = 'C-7'")

    expect(page.locator("#chat")).to_be_visible()
    expect(page.locator("#photos")).to_be_hidden()
    expect(page.get_by_role("link", name="Chat")).to_have_attribute("aria-current", "true")


def test_an_odd_address_leaves_the_tabs_alone(page):
    serve(page, TABS, "tabs", "openTabs")

    page.evaluate("location.hash = '#1:[x'")

    expect(page.locator("#photos")).to_be_visible()


def test_the_viewer_names_the_true_size_and_stops_at_eight_times(page):
    serve(page, VIEWER, "viewer", "openViewers")

    page.get_by_role("button", name="full").click()
    expect(page.locator("[data-zoom]")).to_have_text("100%")
    drawn = page.locator(".stage-photo img").bounding_box()
    assert round(drawn["height"] / page.locator(".stage-photo").bounding_box()["height"], 1) > 1
    for _ in range(20):
        page.get_by_role("button", name="in", exact=True).click()

    expect(page.locator("[data-zoom]")).to_have_text("800%")


def test_two_photos_are_compared_at_one_zoom(page):
    serve(page, VIEWER, "viewer", "openViewers")

    page.get_by_role("button", name="compare").click()
    page.get_by_role("button", name="in", exact=True).click()

    expect(page.locator(".stage-photo figcaption")).to_have_text(["E-01", "E-02"])
    turned = page.locator(".stage-photo img").evaluate_all(
        "images => images.map(image => image.style.transform)"
    )
    assert turned[0] == turned[1]
    assert "scale(1.25)" in turned[0]


def upper(page: Page, what: str) -> str:
    """A computed style of the photo that lies upon the other."""
    return page.locator(".stage-photo").nth(1).evaluate(f"photo => getComputedStyle(photo).{what}")


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def test_the_divider_of_two_photos_is_moved_by_pointer_and_by_keys(page):
    serve(page, VIEWER, "viewer", "openViewers")
    press(page, "swipe")
    assert upper(page, "clipPath") == "inset(0px 0px 0px 50%)"

    page.get_by_label("second").press("ArrowRight")
    assert upper(page, "clipPath") == "inset(0px 0px 0px 49%)"
    stage = page.locator("[data-stage]").bounding_box()
    page.locator(".divider").hover()
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] / 4, stage["y"] + 20)
    page.mouse.up()

    assert upper(page, "clipPath") == "inset(0px 0px 0px 25%)"
    expect(page.get_by_label("second")).to_have_value("75")


def test_two_photos_lie_upon_each_other_as_overlay_and_as_difference(page):
    serve(page, VIEWER, "viewer", "openViewers")
    press(page, "overlay")
    page.get_by_label("second").fill("30")
    assert upper(page, "opacity") == "0.3"
    first, second = (box.bounding_box() for box in page.locator(".stage-photo").all())
    assert first == second

    press(page, "difference")
    page.get_by_label("light").fill("300")

    assert upper(page, "mixBlendMode") == "difference"
    assert upper(page, "opacity") == "1"
    expect(page.get_by_label("second")).to_be_hidden()
    expect(page.locator("[data-stage]")).to_have_css("filter", "brightness(3)")
    press(page, "difference")
    expect(page.locator(".stage-photo")).to_have_count(1)


def test_a_photo_is_made_lighter_inverted_and_moved_without_dragging(page):
    serve(page, VIEWER, "viewer", "openViewers")
    page.get_by_label("light").fill("180")
    press(page, "invert", "full", "right")

    image = page.locator(".stage-photo img")
    expect(image).to_have_css("filter", "brightness(1.8) invert(1)")
    assert "translate(-40px, 0px)" in image.evaluate("image => image.style.transform")


def test_a_blurred_photo_stays_blurred_for_its_reader_until_asked_for(page):
    serve(page, VIEWER, "viewer", "openViewers")
    press(page, "blur")
    page.reload()

    expect(page.locator(".stage-photo img")).to_have_css("filter", "blur(24px)")
    expect(page.locator(".thumb[data-blurred]")).to_have_count(2)  # with the flagged one
    page.get_by_label("all").check()
    expect(page.locator(".thumb[data-blurred]")).to_have_count(3)
    press(page, "blur")

    expect(page.locator(".stage-photo img")).to_have_css("filter", "none")
    expect(page.locator(".thumb[data-blurred]")).to_have_count(2)


def test_a_flagged_photo_comes_blurred_unless_its_reader_wants_none_of_it(page):
    serve(page, VIEWER, "viewer", "openViewers")

    blurred = page.locator(".thumb[data-blurred]")
    expect(blurred).to_have_count(1)
    expect(blurred).to_have_attribute("data-photo", "E-03")
    page.get_by_label("flagged").uncheck()
    expect(blurred).to_have_count(0)
    page.reload()
    expect(blurred).to_have_count(0)


def test_every_place_a_flagged_photo_stands_in_is_blurred_those_fetched_later_too(page):
    shot = '<p class="say"><a data-shot="E-03"><img alt="E-03"></a></p>'
    rest = '<p class="act" data-rest="/talk"><a href="/all">The rest</a></p>'
    late = 'import { fetchTheRest } from "/js/rest.js"; addEventListener("go", fetchTheRest);'
    serve(
        page,
        f"{VIEWER}{shot}{rest}<script type=module>{late}</script>",
        "viewer",
        "openViewers",
        {"/talk": [(200, shot)]},
    )
    page.evaluate("dispatchEvent(new Event('go'))")

    expect(page.locator("[data-shot]")).to_have_count(2)
    expect(page.locator("[data-shot][data-blurred]")).to_have_count(2)


def test_the_own_window_is_the_shown_photos(page):
    serve(page, VIEWER, "viewer", "openViewers")

    page.get_by_role("button", name="next").click()

    expect(page.get_by_role("link", name="window")).to_have_attribute("href", "/2/window")
    expect(page.locator(".thumb").first).to_have_attribute("href", "/1.png")


def test_two_fingers_zoom_where_they_are_and_never_past_the_edge(page):
    serve(page, VIEWER, "viewer", "openViewers")
    numbers = page.evaluate("""async () => {
      const { pinched, zoomed, keptInside, PLAIN } = await import("/js/sight.js");
      const pinch = pinched([{x: 0, y: 0}, {x: 100, y: 0}], [{x: 0, y: 10}, {x: 200, y: 10}]);
      const size = { whole: .5, width: 1000, height: 800, across: 500, down: 400 };
      const near = zoomed(PLAIN, pinch.by, [size], { x: 100, y: 0 });
      const far = keptInside({ ...near, x: -9999, y: 5 }, [size]);
      return [pinch.by, pinch.x, pinch.y, near.zoom, near.x, far.x, far.y, zoomed(PLAIN, 99, [size]).zoom];
    }""")

    assert numbers == [2, 50, 10, 2, -100, -250, 5, 16]


def test_a_turned_photo_still_fits_its_stage(page):
    serve(page, VIEWER, "viewer", "openViewers")

    page.get_by_role("button", name="rotate").click()

    transform = page.locator(".stage-photo img").evaluate("image => image.style.transform")
    scale = float(transform.partition("scale(")[2].partition(")")[0])
    stage = page.locator(".stage-photo").bounding_box()
    assert scale == pytest.approx(3 / 4, abs=0.01)  # a 4:3 photo upright in the height it lay in
    assert "rotate(90deg)" in transform
    assert stage["width"] > stage["height"]


def test_stepping_on_keeps_the_focus_on_the_stage(page):
    serve(page, VIEWER, "viewer", "openViewers")
    page.locator(".stage-photo").focus()

    page.get_by_role("button", name="next").evaluate("button => button.click()")

    expect(page.locator(".stage-photo figcaption")).to_have_text("E-02")
    expect(page.locator(".stage-photo")).to_be_focused()


def test_what_was_looked_at_stays_ticked(page):
    serve(page, VIEWER, "viewer", "openViewers")
    page.locator(".thumb").nth(2).click()

    page.reload()

    expect(page.locator(".thumb[data-viewed]")).to_have_count(2)


def test_a_photo_is_looked_at_once_it_is_on_screen_not_when_the_page_is_opened(page):
    serve(page, f'<div style="height: 300vh"></div>{VIEWER}', "viewer", "openViewers")
    page.wait_for_timeout(100)
    fetched = (
        "performance.getEntriesByType('resource').filter(each => each.name.endsWith('/1.png'))"
    )

    assert page.evaluate(f"{fetched}.length") == 0
    expect(page.locator(".thumb[data-viewed]")).to_have_count(0)
    page.locator("[data-stage]").scroll_into_view_if_needed()

    expect(page.locator(".thumb[data-viewed]")).to_have_count(1)
    expect(page.locator(".stage-photo figcaption")).to_have_text("E-01")


def test_the_list_of_keys_names_each_once_and_without_its_cap(page):
    links = '<a href="#e" data-key="e">Evidence <kbd>E</kbd></a><a href="#f" data-key="e">Else</a>'
    serve(page, links + KEYS, "keys", "listenForKeys")

    page.keyboard.press("?")

    expect(page.locator("dialog dd")).to_have_text(["Evidence", "Next", "Rows", "Open", "Keys"])


def test_a_page_s_own_key_goes_before_a_door_of_the_rail(page):
    doors = '<nav><a href="#away" data-key="d">Docket</a></nav>'
    own = '<main id="main"><a href="#here" data-key="d">Difference</a></main>'
    serve(page, doors + own + KEYS, "keys", "listenForKeys")

    page.keyboard.press("d")
    page.keyboard.press("?")

    expect(page).to_have_url(f"{SITE}/#here")
    expect(page.locator("dialog dd")).to_have_text(["Difference", "Next", "Rows", "Open", "Keys"])


def test_a_key_opens_the_menu_its_field_is_folded_in(page):
    menu = '<details><summary>More</summary><input type="range" id="light" data-key="l"></details>'
    serve(page, menu + KEYS, "keys", "listenForKeys")

    page.keyboard.press("l")

    expect(page.locator("#light")).to_be_focused()


TALK = """
<form id="chat"><label>buyer <input type="radio" name="side" value="buyer"></label>
<label>pictured <input type="checkbox" name="photos"></label>
<button type="button" data-hit="previous" hidden>previous</button>
<button type="button" data-hit="next" hidden>next</button><span data-hit-number></span>
<div id="talk"><div class="say" data-side="buyer"><p><mark>1</mark></p></div>
<div class="say" data-side="merchant"><p><mark>2</mark></p></div>
<div class="say" data-side="buyer" data-pictured><p><mark>3</mark></p></div>
<p data-rest="/talk"><a href="#">rest</a></p></div></form>"""


def test_hits_are_stepped_through_both_ways_and_only_those_the_filter_shows(page):
    serve(page, TALK, "hits", "stepThroughHits")

    press(page, "previous")
    expect(page.locator("[data-here]")).to_have_text("3")
    press(page, "next", "next")
    expect(page.locator("[data-here]")).to_have_text("2")
    page.get_by_label("buyer").check()
    press(page, "next", "next")

    expect(page.locator("[data-here]")).to_have_text("3")
    expect(page.locator("[data-hit-number]")).to_have_text("2/2")
    page.get_by_label("pictured").check()
    expect(page.locator(".say:visible")).to_have_text("3")


def test_the_rest_of_a_long_conversation_comes_by_portions(page):
    more = '<div class="say">4</div><p data-rest="/talk">more</p>'
    asked = serve(
        page,
        TALK,
        "rest",
        "fetchTheRest",
        {"/talk": [(200, more), (200, '<div class="say">5</div>')]},
    )

    expect(page.locator(".say")).to_have_text(["1", "2", "3", "4", "5"])
    expect(page.locator("[data-rest]")).to_have_count(0)
    assert len(asked) == 2


def test_where_the_rest_does_not_come_the_link_to_the_whole_stays(page):
    asked = serve(page, TALK, "rest", "fetchTheRest", {"/talk": [(503, "")]})

    expect(page.get_by_role("link", name="rest")).to_be_visible()
    assert len(asked) == 1


def test_a_citation_is_cut_to_the_message_it_begins_in(page):
    said = """<div class="say" data-message="C-7"><span class="party" title="Buyer"></span>
      <p><span data-words>It came <mark>broken</mark>.</span> <span class="flag">odd</span></p>
      <span class="who">C-7 <time datetime="2026-03-04T20:05:00+08:00">20:05</time></span></div>
      <p id="after">Something else</p>"""
    serve(page, TALK + said, "hits", "stepThroughHits")

    quoted = page.evaluate("""async () => {
      const { quotation, inWords } = await import("/js/citing.js");
      const words = document.querySelector("[data-words]"), selection = getSelection();
      selection.setBaseAndExtent(words.firstChild, 3, document.getElementById("after"), 1);
      return inWords("“{words}” ({label}, {who}, {at})", quotation(selection));
    }""")

    assert quoted == "“came broken.” (C-7, Buyer, 2026-03-04 20:05)"
