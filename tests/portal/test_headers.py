"""What the browser is told with every page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cases.lifecycle import State

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
POLICY = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "img-src 'self' blob:",
}


def directives(response) -> set[str]:
    return {part.strip() for part in response["Content-Security-Policy"].split(";") if part.strip()}


@pytest.fixture
def pages(signed_in, client, case_in, buyer, merchant, supervisor):
    case = case_in(State.AWAITING_MERCHANT)
    return {
        "login": client.get(reverse("login")),
        "not there": client.get("/nothing-here/"),
        "health": client.get(reverse("healthz")),
        "redirect": client.get(reverse("home")),
        "buyer": signed_in(buyer).get(reverse("buyer_case", args=[case.reference])),
        "merchant": signed_in(merchant).get(reverse("merchant_case", args=[case.reference])),
        "stranger": signed_in(buyer).get(reverse("merchant_home")),
        "supervisor": signed_in(supervisor).get(reverse("supervisor")),
        "notices": signed_in(buyer).get(reverse("notices")),
    }


def test_every_page_tells_the_browser_to_trust_nothing_else(pages):
    for name, response in pages.items():
        for header, value in ALWAYS.items():
            assert response.get(header) == value, (name, header)
        assert directives(response) >= POLICY, name
        assert "unsafe" not in response["Content-Security-Policy"], name


def test_pages_about_cases_are_not_kept_by_the_browser(pages):
    for name in ("buyer", "merchant"):
        assert pages[name]["Cache-Control"] == "no-store", name


def test_only_the_admin_has_a_policy_of_its_own_and_it_admits_no_strangers(
    signed_in, administrator
):
    response = signed_in(administrator).get(reverse("admin:index"))

    assert "http" not in response["Content-Security-Policy"]
    assert {"default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"} <= directives(
        response
    )


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, buyer):
    response = client.post(
        reverse("login"), {"username": "buyer", "password": "a long pass phrase"}
    )

    session = response.cookies["sessionid"]
    assert (session["httponly"], session["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("name", ["queue", "merchant_home", "buyer_home", "supervisor", "notices"])
def test_a_list_of_cases_is_gone_from_the_browser_after_signing_out(
    signed_in, arbitrator, merchant, buyer, supervisor, name
):
    people = {"queue": arbitrator, "merchant_home": merchant, "supervisor": supervisor}

    response = signed_in(people.get(name, buyer)).get(reverse(name))

    assert response["Cache-Control"] == "no-store"
