"""Sending files: paused, continued, put in another order, and resumed when the connection is back."""

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.lifecycle import State
from evidence.models import Exhibit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


@pytest.fixture
def window(case, merchant, sign_in, live_server):
    page = sign_in(merchant)
    page.goto(live_server.url + reverse("merchant_case", args=[case.reference]))
    return page


def choose(window, files):
    window.locator("input[type=file][multiple]").first.set_input_files(
        [str(file) for file in files]
    )


def test_what_the_connection_broke_off_is_sent_when_it_is_back(window, case, photo_files):
    window.context.set_offline(True)
    choose(window, photo_files(2))
    window.locator(".err").nth(1).wait_for()
    assert not Exhibit.objects.filter(case=case).exists()

    window.context.set_offline(False)

    window.locator("[data-received^='E-']").nth(1).wait_for()
    assert Exhibit.objects.filter(case=case).count() == 2
    assert window.locator(".err").count() == 0


def test_sending_is_paused_and_what_waits_goes_in_another_order(window, case, photo_files):
    held = []
    window.route("**/exhibits/", lambda route: held.append(route))  # nothing arrives meanwhile
    files = photo_files(4)
    choose(window, files)
    window.wait_for_function("document.querySelectorAll('.files progress').length === 4")
    window.locator("[data-pauses]").click()
    window.unroute("**/exhibits/")
    last = window.locator(".files li").nth(3)
    last.get_by_role("button").click()

    window.locator("[data-pauses]").click()

    window.locator("[data-received^='E-']").nth(3).wait_for()
    kept = Exhibit.objects.filter(case=case).order_by("number").values_list("name", flat=True)
    assert list(kept) == [files[at].name for at in (0, 1, 3, 2)]
