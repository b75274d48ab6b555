"""Steps, cases and pages asked for and left in odd ways (rows 70 to 72 and 83 to 87 of the table).

The whole matrix of steps is in tests/cases/test_lifecycle.py, that of addresses in
tests/portal/test_permissions.py; here is what somebody sees who tries them by hand.

A ruling without scripts is written in tests/browser/test_journeys.py."""

import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from cases.lifecycle import TRANSITIONS, State
from cases.models import Case
from cases.proceedings import Draft
from evidence.models import Exhibit
from portal.urls import urlpatterns
from tests.bad.pictures import drawing, saved
from tests.bad.plainly import Visitor
from tests.factories import end_hold, make_person

HOUR = timedelta(hours=1)
ODD_PAGES = ("-1", "0", "1000000000", "abc", "%00", "1e9")
ODD_WORDS = ("q" * 10_000, "%_\\", "' OR 1=1 --", "\x00", "(((((a+)+)+)+)+$")


def fresh(case):
    return Case.objects.get(pk=case.pk)


# --- 70 to 72: what is over, and what is others' ----------------------------------------------------


@pytest.mark.parametrize("role", Role.values, ids=lambda role: f"row 70: {role}")
def test_no_step_is_left_once_a_case_is_closed(case_in, signed_in, role):
    case = case_in(State.CLOSED, now=timezone.now())
    theirs = {"buyer": case.buyer, "merchant": case.shop.members.first()}
    client = signed_in(theirs.get(role) or make_person(role, "somebody"))
    before, lines = Case.objects.values().get(pk=case.pk), case.events.count()

    for step in TRANSITIONS:
        answer = client.post(reverse("act", args=[case.reference, step]), {"reason": "x"})
        assert answer.status_code in (400, 403, 404, 409), step

    assert Case.objects.values().get(pk=case.pk) == before
    assert case.events.count() == lines


@pytest.mark.parametrize("method", ["get", "head", "options", "post"], ids="row 71: {}".format)
def test_a_case_of_others_is_not_there(case, rival_buyer, rival_merchant, signed_in, method):
    place = [each.pattern._route for each in urlpatterns]
    of_cases = [route for route in place if "<str:reference>" in route]
    for stranger in (rival_buyer, rival_merchant):
        client = signed_in(stranger)
        for route in of_cases:
            there = filled(route, case.reference)
            answer = getattr(client, method)(there)
            assert answer.status_code in (404, 405) or method == "options", there
            assert case.reference not in answer.content.decode(), there


@pytest.mark.parametrize("name", ["exhibit_preview", "exhibit_thumb", "exhibit_window"])
def test_row_72_a_photo_of_one_case_is_not_in_another(case_in, case, send, buyer, signed_in, name):
    own = send(saved(drawing()))
    other = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    client = signed_in(buyer)

    assert client.get(reverse(name, args=[case.reference, own.number])).status_code == 200
    assert client.get(reverse(name, args=[other.reference, own.number])).status_code == 404


def filled(route, reference):
    for part, value in (("<str:reference>", reference), ("<int:number>", "1")):
        route = route.replace(part, value)
    return "/" + route.replace("<str:transition>", "withdraw").replace("<str:code>", "L-01")


# --- 83 and 84: odd addresses and cookies -----------------------------------------------------------


@pytest.mark.parametrize("page", ODD_PAGES, ids=lambda page: f"row 83: page {page}")
@pytest.mark.parametrize("name", ["queue", "supervisor", "buyer_home"])
def test_a_page_that_is_none_is_the_first_or_the_last(
    case_in, arbitrator, supervisor, buyer, signed_in, name, page
):
    case_in(State.QUEUED, now=timezone.now())
    who = {"queue": arbitrator, "supervisor": supervisor, "buyer_home": buyer}[name]

    assert signed_in(who).get(f"{reverse(name)}?page={page}").status_code == 200


@pytest.mark.parametrize("words", ODD_WORDS, ids=lambda words: f"row 83: {words[:9]!r}")
@pytest.mark.parametrize("name", ["queue", "chat_search"])
def test_odd_words_are_no_fault_and_take_no_time(case_in, arbitrator, signed_in, name, words):
    case_in(State.QUEUED, now=timezone.now())
    client = signed_in(arbitrator)
    client.get(reverse(name))
    began = time.process_time()

    answer = client.get(reverse(name), {"q": words})

    assert answer.status_code == 200
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize("language", ["../../x", "xx", "e" * 4000])
def test_row_84_a_language_nobody_speaks_is_the_default(client, language):
    client.cookies["django_language"] = language

    assert client.get(reverse("login"))["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("zone", ["Mars/Phobos", "../../etc/localtime", "UTC"])
def test_row_84_times_are_beijings_whatever_zone_is_asked_for(case, buyer, signed_in, zone):
    client = signed_in(buyer)
    place = reverse("buyer_case", args=[case.reference])
    client.cookies["django_timezone"] = client.cookies["tz"] = zone
    due = timezone.localtime(case.due_at)

    page = client.get(place, {"tz": zone}).content.decode()

    assert f"{due:%H:%M}" in page
    assert "+08:00" in page


@pytest.fixture
def held(case_in, arbitrator):
    return case_in(State.REVIEWING, now=timezone.now() - HOUR)


def test_row_86_what_was_typed_before_the_session_ended_is_there_after_signing_in(
    held, arbitrator, signed_in
):
    client, place = signed_in(arbitrator), reverse("ruling_draft", args=[held.reference])
    page = client.get(reverse("case", args=[held.reference])).content.decode()
    assert "写到一半的理由" not in page
    client.post(place, {"reasons": "写到一半的理由"}, HTTP_ACCEPT="application/json")
    client.logout()

    answer = client.post(place, {"reasons": "更多"}, HTTP_ACCEPT="application/json")

    assert answer.status_code == 401
    assert answer.json()["reason"]
    again = signed_in(arbitrator).get(reverse("case", args=[held.reference]))
    assert "写到一半的理由" in again.content.decode()


# --- 85: two windows, and texts of another day ---------------------------------------------------


def test_row_85_two_windows_of_one_draft_lose_neither_text(held, arbitrator, signed_in):
    """Both were opened before either was typed into; the second is told so and shown both."""
    windows = [
        Visitor(signed_in(arbitrator)).visit(reverse("case", args=[held.reference])) for _ in "12"
    ]
    first, second = (window.form_with("window", "revision").values for window in windows)
    for sent, words in ((first, "第一个窗口的理由"), (second, "第二个窗口的理由")):
        answer = signed_in(arbitrator).post(
            reverse("ruling_draft", args=[held.reference]),
            sent | {"reasons": words},
            HTTP_ACCEPT="application/json",
            HTTP_ACCEPT_LANGUAGE="en",
        )

    assert answer.status_code == 409
    assert "Both texts are kept" in answer.json()["reason"]
    kept = Draft.objects.get(case=held)
    assert kept.fields["reasons"] == "第一个窗口的理由"
    assert kept.other["reasons"] == "第二个窗口的理由"
    shown = windows[1].visit(reverse("case", args=[held.reference])).words
    assert "第一个窗口的理由" in shown
    assert "第二个窗口的理由" in shown
    assert fresh(held).state == State.REVIEWING


@pytest.mark.parametrize("how", ["sent", "a template asked for"])
def test_row_85_a_draft_of_an_older_form_opens_with_all_that_was_typed(
    held, arbitrator, signed_in, how
):
    """Its template, a field and a remedy are no longer there; its words are, and they can be used."""
    old = {
        "template": "T-1999.zh",
        "remedies": ["RM-GONE"],
        "verdict": "部分支持",
        "finding_1": "一只杯子破碎。",
        "reasons": "按旧模板写的理由",
    }
    Draft.objects.create(case=held, author=arbitrator, fields=old, saved_at=timezone.now())
    visitor = Visitor(signed_in(arbitrator)).visit(reverse("case", args=[held.reference]))
    assert "按旧模板写的理由" in visitor.words
    asked = {"insert": "1", "template": "T-1999.zh"} if how != "sent" else {}

    form = visitor.form_with("finding_1", to="/ruling/preview/")
    answer = visitor.client.post(form.action, form.values | asked)

    assert answer.status_code == (200 if asked else 400)
    for words in ("一只杯子破碎。", "按旧模板写的理由"):
        assert words in answer.content.decode()
    kept = Draft.objects.get(case=held)
    assert (kept.fields["reasons"], kept.fields["finding_1"]) == (old["reasons"], old["finding_1"])
    assert fresh(held).state == State.REVIEWING


# --- 87: without scripts --------------------------------------------------------------------------


def photo():
    return SimpleUploadedFile("photo.jpg", saved(drawing()), "image/jpeg")


def test_row_87_a_merchant_answers_with_a_photo(case, merchant, signed_in):
    visitor = Visitor(signed_in(merchant)).visit(reverse("merchant_case", args=[case.reference]))

    visitor.send(step="respond", text="出库完好。", files=photo())

    assert fresh(case).state == State.QUEUED
    assert Exhibit.objects.get(case=case).side == "merchant"


def test_row_87_a_buyer_appeals(case_in, buyer, signed_in):
    case = end_hold(case_in(State.RULED, now=timezone.now() - HOUR))
    visitor = Visitor(signed_in(buyer)).visit(reverse("buyer_case", args=[case.reference]))

    visitor.send(ground="mistake", text="两个杯子都碎了，不是一个。")

    assert fresh(case).state == State.APPEALED


def test_row_87_a_case_is_claimed_from_its_page(case_in, other_arbitrator, signed_in):
    case = case_in(State.QUEUED, now=timezone.now())
    visitor = Visitor(signed_in(other_arbitrator)).visit(reverse("case", args=[case.reference]))

    visitor.send(to="/claim/")

    assert fresh(case).holder == other_arbitrator


def test_row_87_a_dispute_goes_all_its_way_without_scripts(
    case_in, buyer, merchant, arbitrator, signed_in
):
    """Evidence, answer, claim, ruling, appeal and the answer to it, by forms alone."""
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now() - HOUR)
    the_buyer, the_shop, the_desk = (
        Visitor(signed_in(person)) for person in (buyer, merchant, arbitrator)
    )
    theirs, ours = (
        reverse(f"{side}_case", args=[case.reference]) for side in ("buyer", "merchant")
    )

    the_buyer.visit(theirs).send(files=photo())
    the_shop.visit(ours).send(step="respond", text="出库完好。")
    the_desk.visit(reverse("case", args=[case.reference])).send(to="/claim/")
    the_desk.visit(reverse("case", args=[case.reference])).send(
        to="/ruling/preview/",
        outcome="part",
        remedies=["RM-PART"],
        amount="150",
        finding_1="一只杯子破碎。",
        rule_1="L-01",
        citations_1="E-01",
        reasons="支持部分退款。",
        without="E-01",
    )
    the_desk.send(to="/issue/")
    end_hold(case)
    the_buyer.visit(theirs).send(ground="mistake", text="两个杯子都碎了。", files=photo())
    the_shop.visit(ours).send(text="只有一个。", waives="on")

    case = fresh(case)
    assert case.state == State.APPEALED
    ruling, made = case.rulings.get(), case.appeals.get()
    assert (str(ruling.amount), ruling.findings[0]["citations"]) == ("150.00", ["E-01"])
    assert (made.side, made.text, made.answer) == ("buyer", "两个杯子都碎了。", "只有一个。")
    names = list(case.events.order_by("number").values_list("name", flat=True))
    steps = ["respond", "claim", "issue", "appeal", "answer_appeal"]
    assert [name for name in names if name in steps] == steps
