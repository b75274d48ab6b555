from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from portal.permissions import HOMES
from tests.factories import PASSWORD, make_person


def sign_in(client: Client, person, password: str = PASSWORD, **query):
    return client.post(
        reverse("login", query=query), {"username": person.username, "password": password}
    )


def test_the_right_password_opens_and_leads_home(client, buyer):
    response = sign_in(client, buyer)

    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert client.session["_auth_user_id"] == str(buyer.pk)


@pytest.mark.parametrize("role", Role.values)
def test_everybody_has_a_home_that_lets_them_in(db, signed_in, role):
    person = make_person(role, "somebody", is_staff=role == Role.ADMIN)

    response = signed_in(person).get(reverse("home"))

    assert response["Location"] == reverse(HOMES[role])
    assert signed_in(person).get(response["Location"]).status_code == 200


def test_a_wrong_password_says_so_and_keeps_the_name(client, buyer):
    response = sign_in(client, buyer, "wrong")

    assert response.status_code == 200
    assert f'value="{buyer.username}"' in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_sixth_guess_is_locked_out_even_with_the_right_password(client, buyer, rival_buyer):
    for _ in range(5):
        sign_in(client, buyer, "wrong")

    assert sign_in(client, buyer).status_code == 429
    assert sign_in(client, rival_buyer).status_code == 302


def test_behind_a_proxy_a_stranger_locks_out_only_themselves(client, buyer, settings):
    """The last address is the proxy's word; what stands before it the sender may have made up."""
    settings.AXES_CLIENT_IP_CALLABLE = "arbitration.proxy.client_ip"
    for number in range(5):
        client.post(
            reverse("login"),
            {"username": buyer.username, "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.9"},
        )

    answers = [
        client.post(
            reverse("login"),
            {"username": buyer.username, "password": PASSWORD},
            headers={"X-Forwarded-For": address},
        ).status_code
        for address in ("203.0.113.9", "garbage, 198.51.100.7")
    ]

    assert answers == [429, 302]


@pytest.mark.parametrize("claimed", ["", "unknown", "1.2.3.4\0", "1.2.3.4, ", "::1%eth0'"])
def test_a_garbled_address_is_no_fault(client, buyer, settings, claimed):
    settings.AXES_CLIENT_IP_CALLABLE = "arbitration.proxy.client_ip"

    response = client.post(
        reverse("login"),
        {"username": buyer.username, "password": "wrong"},
        headers={"X-Forwarded-For": claimed},
    )

    assert response.status_code == 200


def test_a_disabled_person_stays_outside(client, buyer):
    buyer.is_active = False
    buyer.save()

    assert sign_in(client, buyer).status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_in_leads_on_to_the_page_that_was_asked_for(client, buyer):
    asked = client.get(reverse("notices"))

    assert asked["Location"] == f"{reverse('login')}?next={reverse('notices')}"
    assert sign_in(client, buyer, next=reverse("notices"))["Location"] == reverse("notices")


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil"]
)
def test_signing_in_never_leads_elsewhere(client, buyer, elsewhere):
    assert sign_in(client, buyer, next=elsewhere)["Location"] == reverse("home")


def test_signing_out_ends_the_session_and_wants_a_post(signed_in, buyer):
    client = signed_in(buyer)

    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("notices")).status_code == 302


@pytest.mark.parametrize("demo", [True, False])
def test_the_demos_accounts_are_offered_in_the_demo_only(client, buyer, settings, demo):
    settings.DEMO = demo
    make_person(Role.BUYER, "demo_buyer", is_demo=True)

    offered = client.get(reverse("login")).context["demo_accounts"]

    assert [person.username for person in offered] == (["demo_buyer"] if demo else [])


@pytest.mark.parametrize(
    ("theme", "kept"), [("dark", "dark"), ("light", "light"), ("neon", ""), ("", "")]
)
def test_a_theme_is_kept_in_a_cookie_and_an_unknown_one_forgotten(client, db, theme, kept):
    response = client.post(reverse("set_theme"), {"theme": theme, "next": reverse("login")})

    assert response["Location"] == reverse("login")
    assert response.cookies["theme"].value == kept
    assert response.cookies["theme"]["samesite"] == "Lax"


def test_changing_the_theme_never_leads_elsewhere(client, db):
    response = client.post(reverse("set_theme"), {"theme": "dark", "next": "//evil.example"})

    assert response["Location"] == reverse("home")
