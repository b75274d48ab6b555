"""Requests no form of ours sends: refused or ignored, never a fault."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from cases.lifecycle import State
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def test_a_form_without_its_key_is_refused_with_a_page(buyer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"

    response = client.post(reverse("logout"))

    assert response.status_code == 403
    assert "Load it again." in response.content.decode()
    assert "_auth_user_id" in client.session


def test_signing_in_from_a_page_of_somebody_else_is_refused(buyer):
    client = Client(enforce_csrf_checks=True)
    key = client.get(reverse("login")).cookies["csrftoken"].value

    response = client.post(
        reverse("login"),
        {"username": "buyer", "password": PASSWORD, "csrfmiddlewaretoken": key},
        headers={"Origin": "https://evil.example"},
    )

    assert response.status_code == 403


@pytest.mark.parametrize("name", ["logout", "set_theme"])
@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_what_changes_something_wants_a_post(signed_in, buyer, name, method):
    assert getattr(signed_in(buyer), method)(reverse(name)).status_code == 405


def test_a_method_named_in_a_header_is_ignored(signed_in, buyer):
    client = signed_in(buyer)

    response = client.get(reverse("logout"), headers={"X-HTTP-Method-Override": "POST"})

    assert response.status_code == 405


@pytest.mark.parametrize("language", ["../../x", "xx", "", "zh-hans'; DROP", "e" * 4000])
def test_a_language_nobody_speaks_is_the_default(client, language):
    client.cookies["django_language"] = language

    response = client.get(reverse("login"))

    assert response.status_code == 200
    assert response["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("theme", ["../../x", '"><script>', "e" * 4000])
def test_a_theme_nobody_drew_is_none(client, theme):
    client.cookies["theme"] = theme

    response = client.get(reverse("login"))

    assert response.status_code == 200
    assert "data-theme=" not in response.content.decode()


def test_changing_the_language_never_leads_elsewhere(client):
    response = client.post(
        reverse("set_language"), {"language": "en", "next": "https://evil.example/"}
    )

    assert "evil" not in response["Location"]


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:x"])
def test_a_name_that_is_not_ours_is_not_answered(client, host):
    assert client.get(reverse("login"), headers={"Host": host}).status_code == 400


def test_a_forwarded_name_is_ignored(client):
    response = client.get(reverse("home"), headers={"X-Forwarded-Host": "evil.example"})

    assert response["Location"] == f"{reverse('login')}?next=/"


@pytest.mark.parametrize(
    "path",
    ["/%ff%fe/", "/buyer/cases/%00/", "/buyer/cases/" + "A" * 5000 + "/", "/..%2f..%2fetc"],
)
def test_an_odd_path_is_nothing_here(signed_in, buyer, path):
    response = signed_in(buyer).get(path)

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"theme": "dark"}'),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"--"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1001))),
        ("application/x-www-form-urlencoded; charset=klingon", b"theme=dark"),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_refused_or_ignored(client, content_type, body):
    response = client.generic("POST", reverse("set_theme"), body, content_type=content_type)

    assert response.status_code in (302, 400, 415)


@pytest.mark.parametrize("page", ["-1", "0", "1000000000", "abc", "%00"])
@pytest.mark.parametrize("name", ["merchant_home", "buyer_home", "notices"])
def test_an_impossible_page_number_is_no_fault(signed_in, case_in, buyer, merchant, name, page):
    case_in(State.QUEUED)
    person = merchant if name == "merchant_home" else buyer

    assert signed_in(person).get(f"{reverse(name)}?page={page}").status_code == 200


def test_a_fault_is_a_page_that_needs_nothing(client, buyer, monkeypatch, settings):
    def fall_over(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("portal.doors.render", fall_over)
    monkeypatch.setattr("portal.doors.redirect", fall_over)
    client.force_login(buyer, backend="django.contrib.auth.backends.ModelBackend")
    client.raise_request_exception = False

    response = client.get(reverse("home"))

    assert response.status_code == 500
    assert "ZeroDivisionError" not in response.content.decode()
    assert "Something went wrong" in response.content.decode()
