"""The database goes away for a moment: a page that says so and tries again, never a fault."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from cases.lifecycle import State
from cases.models import CaseQuerySet

pytestmark = pytest.mark.django_db
GONE = [OperationalError("the connection is lost"), InterfaceError("already closed")]


@pytest.fixture
def browser(arbitrator):
    client = Client(raise_request_exception=False)
    client.force_login(arbitrator, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def fails(error: Exception):
    def raise_it(*args, **kwargs):
        raise error

    return raise_it


@pytest.mark.parametrize("error", GONE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("place", "name"), [(SessionStore, "load"), (CaseQuerySet, "held_by")])
def test_wherever_it_is_noticed_the_page_offers_to_try_again(
    browser, monkeypatch, error, place, name
):
    monkeypatch.setattr(place, name, fails(error))

    response = browser.get(reverse("queue"), query_params={"page": "2"})

    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "Nothing was lost" in page
    assert 'href="/queue/?page=2">Try again</a>' in page
    assert 'http-equiv="refresh" content="5"' in page


def test_a_form_is_not_sent_again_by_itself(browser, case_in, monkeypatch):
    case = case_in(State.QUEUED)
    monkeypatch.setattr(CaseQuerySet, "visible_to", fails(GONE[0]))

    response = browser.post(reverse("act", args=[case.reference, "claim"]))

    page = response.content.decode()
    assert response.status_code == 503
    assert "Go back and send it again" in page
    assert "http-equiv" not in page


def test_a_script_gets_the_sentence_as_json(browser, case_in, monkeypatch):
    case = case_in(State.QUEUED)
    monkeypatch.setattr(SessionStore, "load", fails(GONE[0]))

    response = browser.post(
        reverse("ruling_draft", args=[case.reference]), headers={"Accept": "application/json"}
    )

    assert (response.status_code, "Nothing was lost" in response.json()["reason"]) == (503, True)


def test_another_fault_is_still_a_fault(browser, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "held_by", fails(ValueError("a mistake")))

    assert browser.get(reverse("queue")).status_code == 500
