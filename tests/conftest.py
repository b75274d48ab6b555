"""The cast of the tests. Every person is a fixture named after the part they play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Role, Shop, User
from cases import rulebook
from cases.actions.defaulting import _decided
from cases.anchor_folder import make_key
from cases.models import Case
from portal.health import watch
from tests.factories import NOW, Docket, make_person, make_shop


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """On SQLite a test that commits is cleared up by DELETE, which what is only appended to forbids."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for kept in ("docket_line", "ledger_entry", "version", "rulebook_line"):
                cursor.execute(f"DROP TRIGGER {kept}_is_never_deleted")


@pytest.fixture(autouse=True)
def anchor_dir(settings: Any, tmp_path: Path) -> Path:
    """Every test has anchors and a key of its own."""
    settings.ANCHOR_DIR, settings.ANCHOR_KEY_FILE = tmp_path / "anchors", tmp_path / "anchor.pem"
    make_key(settings.ANCHOR_KEY_FILE)
    return settings.ANCHOR_DIR


@pytest.fixture(autouse=True)
def clock_just_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page of a test looks after the clock, which would be a query more on some of them."""
    monkeypatch.setattr(watch, "look_at", inf)


@pytest.fixture
def forgetful() -> Iterator[None]:
    """For tests that publish: what a process remembers of versions goes with their rows."""
    yield
    for remembered in (rulebook.load, _decided):
        remembered.cache_clear()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def buyer(db: None) -> User:
    return make_person(Role.BUYER, "buyer", "林小满")


@pytest.fixture
def rival_buyer(db: None) -> User:
    return make_person(Role.BUYER, "rival_buyer", "赵一鸣")


@pytest.fixture
def merchant(db: None) -> User:
    """Owner of `shop`; take `shop` or `case_in` as well to give them one."""
    return make_person(Role.MERCHANT, "merchant", "青瓷小店店主")


@pytest.fixture
def rival_merchant(db: None) -> User:
    """Owner of another shop."""
    owner = make_person(Role.MERCHANT, "rival_merchant", "邻家店主")
    make_shop("邻家杂货", owner)
    return owner


@pytest.fixture
def arbitrator(db: None) -> User:
    return make_person(Role.ARBITRATOR, "arbitrator", "王敏")


@pytest.fixture
def other_arbitrator(db: None) -> User:
    return make_person(Role.ARBITRATOR, "other_arbitrator", "陈立")


@pytest.fixture
def senior(db: None) -> User:
    return make_person(Role.SENIOR, "senior", "郑婉")


@pytest.fixture
def supervisor(db: None) -> User:
    return make_person(Role.SUPERVISOR, "supervisor", "沈岚")


@pytest.fixture
def auditor(db: None) -> User:
    return make_person(Role.AUDITOR, "auditor", "苏睿")


@pytest.fixture
def penalty_officer(db: None) -> User:
    return make_person(Role.PENALTY_OFFICER, "penalty_officer", "何安")


@pytest.fixture
def administrator(db: None) -> User:
    return make_person(Role.ADMIN, "administrator", "许洋", is_staff=True)


@pytest.fixture
def shop(merchant: User) -> Shop:
    return make_shop("青瓷小店", merchant)


@pytest.fixture
def docket(buyer: User, merchant: User, shop: Shop, arbitrator: User) -> Docket:
    return Docket(buyer, merchant, shop, arbitrator)


@pytest.fixture
def case_in(docket: Docket) -> Callable[..., Case]:
    """`case_in(State.REVIEWING, holder=senior, paid=…)`: see `Docket.case_in`."""
    return docket.case_in


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A client in which this person is signed in; each call gives a new one."""

    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
