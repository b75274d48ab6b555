"""axe looks at every screen: both languages, both themes, desk and phone; no sideways scroll, no key twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from cases import breaker, outbox
from cases.actions import (
    Finding,
    advance,
    decide_penalty,
    issue_ruling,
    offer,
    overturn,
    posting,
    propose_penalty,
)
from cases.actions.overriding import ask_override, flag_gap
from cases.actions.publishing import take_draft
from cases.lifecycle import State
from cases.models import Case, Deadline, Delivery
from tests.factories import PASSWORD, draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [
    pytest.param("zh-CN", "light", 1280, id="zh-light-desk"),
    pytest.param("en-US", "dark", 1280, id="en-dark-desk"),
    pytest.param("zh-CN", "dark", 390, id="zh-dark-phone"),
    pytest.param("en-US", "light", 390, id="en-light-phone"),
]


@pytest.fixture
def screens(held_case, case_in, buyer, merchant, arbitrator, supervisor, auditor):
    now = timezone.now()
    asked = case_in(State.AWAITING_MERCHANT, now=now).reference
    ruled = case_in(State.RULED, now=now).reference
    waits = case_in(State.QUEUED, now=now, silent=True).reference
    held = held_case.reference
    outbox.dispatch(now, ["mail"])
    Delivery.objects.update(state="dead", ended_at=now, failures=16, last_error="OSError: down")
    Deadline.objects.filter(case__reference=asked).update(failures=3, retry_at=now)
    breaker.trip("flood", now, due=9, running=10, gap=timedelta(days=2))
    return {
        None: ["/login/"],
        arbitrator: ["/queue/", f"/cases/{held}/", f"/cases/{waits}/", f"/cases/{ruled}/ruling/"],
        merchant: ["/merchant/", f"/merchant/cases/{asked}/", f"/cases/{ruled}/ruling/"],
        buyer: ["/buyer/", f"/buyer/cases/{asked}/", f"/buyer/cases/{ruled}/", "/notices/"],
        supervisor: [
            "/supervisor/",
            f"/supervisor/?holder={arbitrator.pk}&tick=all",
            "/supervisor/engine/",
            f"/cases/{held}/",
        ],
        auditor: [
            "/audit/",
            f"/audit/cases/{held}/",
            f"/cases/{held}/exhibits/1/custody/",
            f"/cases/{held}/exhibits/1/window/",
        ],
    }


@pytest.fixture
def parties(case_in, buyer, merchant, senior, penalty_officer):
    """Offers, appeals, two versions of a ruling, one still held back, what is owed, and points."""
    now = timezone.now()
    earlier = now - timedelta(days=1)
    offered, proposed, appealed, owed, ruled = (
        case_in(state, now=now)
        for state in (
            State.AWAITING_MERCHANT,
            State.MEDIATING,
            State.APPEALED,
            State.EXECUTING,
            State.RULED,
        )
    )
    offer(offered, by=merchant, remedy="RM-PART", amount=Decimal("90.00"), note="", now=now)
    overturned = case_in(State.APPEALED, now=earlier)
    overturn(overturned, by=senior, draft=draft(amount=Decimal("200.00")), now=now)
    held = case_in(State.REVIEWING, now=now)
    issue_ruling(held, by=held.holder, draft=draft(), now=timezone.now())
    promised = draft(
        remedies=("RM-RETURN",), findings=(Finding("It promises a cure.", "D-02", ("E-01",)),)
    )
    pointed = case_in(State.RULED, now=earlier, category="false_advertising", ruling=promised)
    penalty = propose_penalty(
        pointed, by=pointed.holder, kind="serious", points=11, reason="Again", now=earlier
    )
    decide_penalty(penalty, by=penalty_officer, approves=True, now=earlier)
    advance(Case.objects.get(pk=pointed.pk), "finalize", by=None, now=earlier)
    posting.tick(earlier)
    told = (offered, proposed, appealed, owed, ruled, overturned, held)
    return {
        None: ["/rules/"],
        buyer: [
            *(f"/buyer/cases/{each.reference}/" for each in told),
            f"/cases/{overturned.reference}/ruling/?version=1",
            f"/cases/{held.reference}/ruling/",
        ],
        merchant: [
            *(f"/merchant/cases/{each.reference}/" for each in told),
            "/merchant/ledger/",
            "/notices/",
        ],
    }


@pytest.fixture
def desks(held_case, case_in, arbitrator, senior, supervisor, penalty_officer):
    """What only some of the staff see: approvals, appeals, points, debts, the rules and their gaps."""
    now = timezone.now()
    sent = case_in(State.AWAITING_APPROVAL, now=now).reference
    appealed = case_in(State.APPEALED, now=now).reference
    told = draft(
        remedies=("RM-RETURN",), findings=(Finding("It promises a cure.", "D-02", ("E-01",)),)
    )
    ruled = case_in(State.RULED, now=now, category="false_advertising", ruling=told)
    propose_penalty(ruled, by=ruled.holder, kind="serious", points=11, reason="Again", now=now)
    version = take_draft(by=senior, note="Broken parcels need a closer look.", now=now).number
    flag_gap(held_case, by=arbitrator, text="How much is much?", now=now)
    ask_override(held_case, by=arbitrator, remedy="RM-REPAIR", reason="It can be mended.", now=now)
    shop = ruled.shop_id
    return {
        arbitrator: ["/chats/?q=ok", f"/cases/{ruled.reference}/"],
        senior: [
            "/approvals/",
            f"/approvals/{sent}/",
            "/appeals/",
            f"/cases/{appealed}/",
            "/rulebook/",
            f"/rulebook/{version}/",
            f"/rulebook/{version}/rules/L-01/",
            f"/rulebook/{version}/text/",
        ],
        supervisor: [
            f"/rulebook/{version}/",
            "/rulebook/gaps/",
            "/supervisor/ladder/",
            "/supervisor/pauses/",
            "/supervisor/recoveries/",
        ],
        penalty_officer: [
            "/penalties/",
            f"/cases/{ruled.reference}/penalty/",
            "/ledgers/",
            f"/ledgers/?shop={shop}",
        ],
    }


@pytest.mark.parametrize(("locale", "theme", "width"), LOOKS)
def test_axe_finds_nothing(screens, browser, live_server, locale, theme, width):
    assert found_on(screens, browser, live_server, locale, theme, width) == []


@pytest.mark.parametrize(("locale", "theme", "width"), LOOKS)
def test_axe_finds_nothing_where_the_parties_settle_appeal_and_pay(
    parties, browser, live_server, locale, theme, width
):
    assert found_on(parties, browser, live_server, locale, theme, width) == []


@pytest.mark.parametrize(("locale", "theme", "width"), LOOKS)
def test_axe_finds_nothing_on_the_desks_of_some_staff_only(
    desks, browser, live_server, locale, theme, width
):
    assert found_on(desks, browser, live_server, locale, theme, width) == []


def found_on(screens, browser, live_server, locale, theme, width) -> list[str]:
    found: list[str] = []
    for person, paths in screens.items():
        context = browser.new_context(
            locale=locale, color_scheme=theme, viewport={"width": width, "height": 844}
        )
        page = context.new_page()
        if person is not None:
            page.goto(f"{live_server.url}/login/")
            page.fill("[name=username]", person.username)
            page.fill("[name=password]", PASSWORD)
            with page.expect_navigation():
                page.click("#sign-in button.solid")
        for path in paths:
            answer = page.goto(f"{live_server.url}{path}")
            assert answer.status == 200, path
            for violation in Axe().run(page).response["violations"]:
                nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
                found.append(f"{path} {violation['id']}: {nodes}")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{path} scrolls sideways")
            keys = page.eval_on_selector_all(
                "#main [data-key]", "all => all.map(one => one.dataset.key)"
            )
            found.extend(f"{path} has two of the key {key}" for key in keys if keys.count(key) > 1)
        context.close()
    return found
