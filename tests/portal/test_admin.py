"""The admin: people and shops to an administrator; cases to look at; nothing to anybody else."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Role, ShopMember, User
from cases.lifecycle import State
from cases.models import Case
from tests.factories import make_person

EDITABLE = {"user", "shop"}
REGISTERED = sorted(
    (model._meta.app_label, model._meta.model_name)
    for model in admin.site._registry
    if model._meta.app_label in ("accounts", "cases", "evidence")
)


def address(app: str, model: str, page: str, *args) -> str:
    return reverse(f"admin:{app}_{model}_{page}", args=args)


@pytest.mark.parametrize(("app", "model"), REGISTERED)
def test_an_administrator_sees_every_list(signed_in, administrator, app, model):
    response = signed_in(administrator).get(address(app, model, "changelist"))

    assert response.status_code == 200


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.ADMIN])
@pytest.mark.parametrize(
    "flags", [{}, {"is_staff": True}, {"is_staff": True, "is_superuser": True}]
)
def test_nobody_else_gets_in_whatever_flags_they_carry(db, signed_in, role, flags):
    person = make_person(role, "somebody", **flags)

    for page in (reverse("admin:index"), address("cases", "case", "changelist")):
        response = signed_in(person).get(page)
        assert (response.status_code, response["Location"].split("?")[0]) == (
            302,
            reverse("admin:login"),
        )


@pytest.mark.parametrize(
    ("app", "model"), [entry for entry in REGISTERED if entry[1] not in EDITABLE]
)
def test_what_belongs_to_a_case_can_only_be_looked_at(
    signed_in, administrator, case_in, app, model
):
    case_in(State.RULED)
    client = signed_in(administrator)
    row = next(m for m in admin.site._registry if m._meta.model_name == model).objects.first()

    assert client.get(address(app, model, "add")).status_code == 403
    if row is not None:
        assert client.get(address(app, model, "change", row.pk)).status_code == 200
        assert client.post(address(app, model, "change", row.pk), {}).status_code == 403
        assert (
            client.post(address(app, model, "delete", row.pk), {"post": "yes"}).status_code == 403
        )


def test_a_state_cannot_be_changed_by_hand(signed_in, administrator, case_in):
    case = case_in(State.REVIEWING)

    response = signed_in(administrator).post(
        address("cases", "case", "change", case.pk), {"state": "closed", "holder": ""}
    )

    assert response.status_code == 403
    assert Case.objects.get(pk=case.pk).state == State.REVIEWING


def test_an_administrator_reads_no_case(signed_in, administrator, case_in):
    case = case_in(State.REVIEWING)

    page = signed_in(administrator).get(address("cases", "case", "change", case.pk))

    text = page.content.decode()
    assert case.reference in text
    assert case.statement not in text
    assert case.answer not in text


def test_an_administrator_gives_roles_and_shops(signed_in, administrator, shop):
    client = signed_in(administrator)
    page = address("accounts", "user", "add")
    client.post(
        page,
        {
            "username": "new",
            "display_name": "新人",
            "role": "merchant",
            "password1": "a long pass phrase",
            "password2": "a long pass phrase",
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )
    person = User.objects.get(username="new")

    client.post(
        address("accounts", "user", "change", person.pk),
        {
            "username": "new",
            "display_name": "新人",
            "role": "merchant",
            "is_active": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": person.pk,
            "memberships-0-shop": shop.pk,
            "memberships-0-role": "staff",
        },
    )

    assert ShopMember.objects.get(user=person).shop == shop
    assert person.check_password("a long pass phrase")


def test_nobody_changes_their_own_role(signed_in, administrator):
    signed_in(administrator).post(
        address("accounts", "user", "change", administrator.pk),
        {
            "username": administrator.username,
            "display_name": "X",
            "role": "senior",
            "memberships-TOTAL_FORMS": "0",
            "memberships-INITIAL_FORMS": "0",
        },
    )

    stored = User.objects.get(pk=administrator.pk)
    assert (stored.display_name, stored.role, stored.is_active) == ("X", Role.ADMIN, True)


def test_nobody_is_deleted(signed_in, administrator, buyer):
    page = address("accounts", "user", "delete", buyer.pk)

    assert signed_in(administrator).post(page, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_rulebook_in_force_can_be_read(signed_in, administrator, language):
    client = signed_in(administrator)
    client.cookies["django_language"] = language

    page = client.get(reverse("admin:rulebook"))

    text = page.content.decode()
    assert page.status_code == 200
    assert all(f">{code}<" in text for code in page.context["book"].rules)


@pytest.mark.parametrize(
    ("model", "guess"),
    [
        ("case", "statement__startswith"),
        ("case", "answer__regex"),
        ("case", "draft__reasons__startswith"),
        ("ruling", "internal_note__startswith"),
        ("event", "facts__note__startswith"),
    ],
)
def test_words_left_out_cannot_be_guessed_letter_by_letter(
    signed_in, administrator, case_in, model, guess
):
    case_in(State.RULED)

    response = signed_in(administrator).get(
        address("cases", model, "changelist"), query_params={guess: "a"}
    )

    assert response.status_code == 400


def test_the_filters_offered_still_filter(signed_in, administrator, case_in):
    ruled, queued = case_in(State.RULED), case_in(State.QUEUED)

    page = signed_in(administrator).get(
        address("cases", "case", "changelist"), query_params={"state__exact": State.RULED}
    )

    assert ruled.reference in page.content.decode()
    assert queued.reference not in page.content.decode()
