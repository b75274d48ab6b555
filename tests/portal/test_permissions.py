"""Every address, for every role, on a case of their own and of others, with every method.

Generated from the permission table. What a person may do to a case once inside is the lifecycle's
business and tested there; here only doors: who gets in, who is told what when they do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Role, User
from cases.lifecycle import TRANSITIONS, State, may_take, why_not
from cases.models import Case, Event
from evidence.models import Exhibit
from portal.permissions import PARTIES, TABLE, Scope
from tests.factories import NOW, make_person, make_shop

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REFUSALS = {403, 404, 405, 409}
# Open to anybody, signed in or not, whatever they ask: nothing about a case is told there.
WITHOUT_CASE = {name for name, permission in TABLE.items() if permission.scope is Scope.NONE}
ABOUT_A_CASE = sorted(set(TABLE) - WITHOUT_CASE)


@dataclass
class World:
    """A case held by `holder`, with one exhibit of each side, and everybody who might come by."""

    case: Case
    people: dict[str, User]

    def address(self, name: str, transition: str = "claim") -> str:
        for arguments in (
            {},
            {"number": 1},
            {"number": 1, "code": "Q-01"},
            {"reference": self.case.reference},
            {"reference": self.case.reference, "number": 1},
            {"reference": self.case.reference, "transition": transition},
        ):
            try:
                return reverse(name, kwargs=arguments)
            except NoReverseMatch:
                continue
        raise NoReverseMatch(name)


CONTENT = b"\xff\xd8\xff\xd9"


def seal(case: Case, number: int, side: str) -> None:
    exhibit = Exhibit(
        case=case,
        number=number,
        side=side,
        kind=Exhibit.Kind.PHOTO,
        status=Exhibit.Status.ACCEPTED,
        received_at=NOW,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        size=4,
        name="photo.jpg",
        found_type="image/jpeg",
    )
    for field in (exhibit.original, exhibit.preview, exhibit.thumbnail):
        field.save(
            f"{case.pk}-{number}-{field.field.name}.jpg",
            ContentFile(CONTENT),
            save=False,
        )
    exhibit.save()


@pytest.fixture
def world(
    case_in, buyer, merchant, rival_buyer, rival_merchant, arbitrator, shop, settings, tmp_path
):
    case = case_in(State.REVIEWING, holder=arbitrator)
    seal(case, 1, "buyer")
    seal(case, 2, "merchant")
    others = {
        "other arbitrator": Role.ARBITRATOR,
        "senior": Role.SENIOR,
        "supervisor": Role.SUPERVISOR,
        "auditor": Role.AUDITOR,
        "penalty officer": Role.PENALTY_OFFICER,
        "administrator": Role.ADMIN,
    }
    people = {
        "its buyer": buyer,
        "its merchant": merchant,
        "rival buyer": rival_buyer,
        "rival merchant": rival_merchant,
        "its holder": arbitrator,
    } | {who: make_person(role, who.replace(" ", "_")) for who, role in others.items()}
    return World(case, people)


MAY_SEE = {
    "its buyer",
    "its merchant",
    "its holder",
    "senior",
    "supervisor",
    "auditor",
    "penalty officer",
}
WHO = sorted(MAY_SEE | {"rival buyer", "rival merchant", "other arbitrator", "administrator"})


def client_of(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing in the database for the next person."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def stands(world: World) -> tuple[object, ...]:
    """What must be untouched after a refusal."""
    return (
        Case.objects.values().get(pk=world.case.pk),
        list(Event.objects.values_list("pk", flat=True)),
        list(Exhibit.objects.values_list("pk", "withdrawn_at")),
    )


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_stranger_is_sent_to_the_door(world, name):
    permission = TABLE[name]
    before = stands(world)

    for method in METHODS:
        response = client_of(None).generic(method, world.address(name))

        if permission.anonymous:
            assert response.status_code in (
                {405} if method not in permission.methods else {200, 302, 400}
            )
        else:
            assert response.status_code == 302, method
            assert response["Location"].startswith(reverse("login")), method
    assert stands(world) == before


@pytest.mark.parametrize("name", sorted(WITHOUT_CASE - {"next_case"}))
def test_pages_without_a_case_open_to_the_roles_of_the_table(world, name):
    for who in WHO:
        with undone():
            opens_to_the_roles_of_the_table(world, name, who)


def opens_to_the_roles_of_the_table(world, name, who):
    person, permission = world.people[who], TABLE[name]

    for method in METHODS:
        response = client_of(person).generic(method, world.address(name))

        if person.role not in permission.roles:
            assert response.status_code == (404 if person.role in PARTIES else 403), method
        elif method not in permission.methods:
            assert response.status_code == 405, method
        else:
            # A form sent empty comes back with what is missing.
            sent = (200, 302, 400) if method == "POST" else (200, 302)
            assert response.status_code in sent, method


@pytest.mark.parametrize("name", ABOUT_A_CASE)
def test_row_71_a_case_opens_to_those_who_may_see_it_and_to_nobody_else(world, name):
    for who in WHO:
        with undone():
            opens_to_those_who_may_see(world, name, who)


def opens_to_those_who_may_see(world, name, who):
    person, permission = world.people[who], TABLE[name]
    is_party = person.role in PARTIES

    for method in METHODS:
        before = stands(world)
        response = client_of(person).generic(method, world.address(name, "release"))
        status = response.status_code

        if person.role not in permission.roles:
            assert status == (404 if is_party else 403), method
        elif method not in permission.methods:
            assert status == 405, method
        elif who not in MAY_SEE:
            # Of the desk: a colleague holds it, said as a conflict to who wanted to act.
            assert status in ({404} if is_party else {403, 409}), method
        elif permission.scope is Scope.HELD and who != "its holder":
            assert status in (403, 409), method
        elif method in ("GET", "HEAD"):
            # A ruling not yet issued, an original not theirs to open, a photo where two logs are to be
            # compared or another is alike, or an approval nothing waits for, may still be refused.
            assert status in {200, 302, 403, 404, 409}, method
            may_refuse = (
                "ruling",
                "approval",
                "correct_ruling",
                "exhibit_original",
                "exhibit_confirm",
                "log_diff",
                "match_picture",
            )
            assert status == 200 or name in may_refuse, method
        else:
            assert status < 500, method
        if status in REFUSALS:
            assert stands(world) == before, method
            assert world.case.statement not in response.content.decode()


@pytest.mark.parametrize("name", ABOUT_A_CASE)
def test_a_case_that_does_not_exist_looks_like_one_that_is_not_theirs(world, name):
    theirs = world.address(name)
    nothing = theirs.replace(world.case.reference, "A-2026-999999")
    method = TABLE[name].methods[0]

    for who in ("rival buyer", "rival merchant"):
        client = client_of(world.people[who])
        client.cookies["django_language"] = "en"
        refused, missing = client.generic(method, theirs), client.generic(method, nothing)
        assert (refused.status_code, missing.status_code) == (404, 404)
        assert without_keys(refused) == without_keys(missing).replace(
            "A-2026-999999", world.case.reference
        )


def without_keys(response) -> str:
    """The page without what differs every time: the form keys."""
    lines = response.content.decode().splitlines()
    return "\n".join(
        line for line in lines if "csrfmiddlewaretoken" not in line and "data-now" not in line
    )


@pytest.mark.parametrize("name", [name for name in ABOUT_A_CASE if name.startswith("exhibit_")])
def test_row_72_an_exhibit_of_one_case_is_not_found_under_another(world, case_in, name):
    """Their own case, the number of somebody else's exhibit."""
    own = case_in(State.REVIEWING)
    world.people["its holder"] = own.holder
    method = TABLE[name].methods[0]
    address = world.address(name).replace(world.case.reference, own.reference)

    for who in ("its buyer", "its merchant", "its holder", "senior"):
        if world.people[who].role in TABLE[name].roles:
            assert client_of(world.people[who]).generic(method, address).status_code == 404


def test_an_exhibit_withdrawn_is_gone_for_the_other_side_only(world):
    Exhibit.objects.filter(number=1).update(withdrawn_at=NOW)

    seen = {
        who: client_of(person).get(world.address("exhibit_preview")).status_code
        for who, person in world.people.items()
        if who in MAY_SEE
    }

    assert seen == dict.fromkeys(MAY_SEE, 200) | {"its merchant": 404}


def test_a_former_member_of_the_shop_no_longer_sees_its_cases(world):
    page = world.address("merchant_case")
    client = client_of(world.people["its merchant"])
    assert client.get(page).status_code == 200

    world.people["its merchant"].memberships.all().delete()

    assert client.get(page).status_code == 404


def test_a_change_of_role_counts_from_the_next_request(world):
    client = client_of(world.people["supervisor"])
    assert client.get(reverse("supervisor")).status_code == 200

    User.objects.filter(username="supervisor").update(role=Role.BUYER)

    assert client.get(reverse("supervisor")).status_code == 404
    assert client.get(world.address("case")).status_code == 404


def test_somebody_disabled_is_outside_at_the_next_request(world):
    client = client_of(world.people["its buyer"])

    User.objects.filter(pk=world.people["its buyer"].pk).update(is_active=False)

    assert client.get(world.address("buyer_case")).status_code == 302


def test_fields_nobody_asked_for_change_nothing(world):
    before = Case.objects.values("state", "holder", "due_at", "paid").get(pk=world.case.pk)
    extra = {"state": "closed", "holder": "1", "due_at": "2099-01-01", "paid": "0", "is_staff": "1"}

    client_of(world.people["its buyer"]).post(world.address("buyer_case"), extra)
    client_of(world.people["its merchant"]).post(world.address("merchant_case"), extra)
    client_of(world.people["its buyer"]).post(world.address("act", "supply_evidence"), extra)

    assert Case.objects.values("state", "holder", "due_at", "paid").get(pk=world.case.pk) == before


def test_a_merchant_sees_the_cases_of_every_shop_they_belong_to_and_no_other(world, case_in):
    second = make_shop("第二家店", world.people["its merchant"])
    foreign = make_shop("别家店", world.people["rival merchant"])
    own, others = case_in(State.QUEUED, shop=second), case_in(State.QUEUED, shop=foreign)

    page = client_of(world.people["its merchant"]).get(reverse("merchant_home")).content.decode()

    assert world.case.reference in page
    assert own.reference in page
    assert others.reference not in page


@pytest.mark.parametrize("step", TRANSITIONS)
def test_a_step_is_taken_by_those_the_lifecycle_names_and_by_nobody_else(world, step):
    for who, person in world.people.items():
        case = Case.objects.get(pk=world.case.pk)
        if may_take(case, step, person) and why_not(case, step) is None:
            continue
        before = stands(world)

        response = client_of(person).post(world.address("act", step), {"reason": "duplicate"})

        assert response.status_code in (400, 403, 404, 409), who
        assert stands(world) == before, who


@pytest.mark.parametrize("name", sorted(TABLE))
def test_asking_what_is_allowed_does_nothing(world, case_in, name):
    """OPTIONS needs no form key, so it must neither act nor sign out."""
    waiting = case_in(State.QUEUED)
    for who in ("its buyer", "its merchant", "its holder", "other arbitrator"):
        with undone():
            asking_does_nothing(world, waiting, name, who)


def asking_does_nothing(world, waiting, name, who):
    person, permission = world.people[who], TABLE[name]
    client = client_of(person)
    before = stands(world)

    response = client.options(world.address(name))
    client.options(reverse("act", args=[waiting.reference, "claim"]))

    if person.role in permission.roles:
        assert response["Allow"] == ", ".join(permission.methods)
    assert stands(world) == before
    assert Case.objects.get(pk=waiting.pk).state == State.QUEUED
    assert "_auth_user_id" in client.session
