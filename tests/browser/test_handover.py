"""How many clicks it takes a supervisor to give ten cases to somebody else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from cases.lifecycle import State
from cases.models import Case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_ten_cases_change_hands_in_four_clicks(
    docket, arbitrator, other_arbitrator, supervisor, sign_in, hand
):
    for _ in range(10):
        docket.case_in(State.REVIEWING, now=timezone.now())
    page = sign_in(supervisor)

    with page.expect_navigation():
        hand.click(f"a[href='?holder={arbitrator.pk}&tick=all']")
    page.keyboard.type("休假至周五。")  # the field for the reason has the focus
    page.select_option("[name=to]", str(other_arbitrator.pk))
    hand.clicks += 2  # to open the list and to choose
    with page.expect_navigation():
        hand.click("form[action$='/hand-over/'] button")

    assert page.locator("tbody tr").count() == 10
    assert set(Case.objects.values_list("holder", flat=True)) == {other_arbitrator.pk}
    assert hand.clicks == 4
