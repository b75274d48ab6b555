"""People, shops and who belongs to which. Open to administrators, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import Role, Shop, ShopMember, User


def is_administrator(request: HttpRequest) -> bool:
    """Whether this is an administrator: by role, so that no stray flag opens the admin."""
    user = request.user
    return isinstance(user, User) and user.is_active and user.role == Role.ADMIN


class ForAdministrators:
    """Every right to an administrator, none to anybody else; nothing rests on per-model grants."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody is deleted: what they did stays on the docket. Take `active` away instead."""
        return False


class ReadOnly(ForAdministrators):
    """To be looked at. Cases move by the verbs, never by an edited row."""

    list_filter: Sequence[str] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what has a filter: words left out of the page could be guessed letter by letter."""
        return lookup.partition("__")[0] in self.list_filter

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class MembershipInline(ForAdministrators, TabularInline):
    """A membership is ended, never deleted: who belonged to a shop hears none of its cases."""

    model = ShopMember
    extra = 0
    autocomplete_fields = ("user", "shop")


@admin.register(User)
class PersonAdmin(ForAdministrators, UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "display_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active", "is_demo")
    search_fields = ("username", "display_name", "email", "external_id")
    filter_horizontal = ()
    inlines: ClassVar = [MembershipInline]
    readonly_fields = ("last_login", "date_joined", "is_demo", "source", "external_id")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("display_name", "email", "role", "is_active", "is_staff")}),
        (_("On the marketplace"), {"fields": ("source", "external_id")}),
        (_("Dates"), {"fields": ("last_login", "date_joined", "is_demo")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "display_name", "role", "password1", "password2"),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody changes the role or the rights they have themselves."""
        own = ("role", "is_active", "is_staff") if obj is not None and obj == request.user else ()
        return (*self.readonly_fields, *own)


@admin.register(Shop)
class ShopAdmin(ForAdministrators, ModelAdmin):
    list_display = ("name", "source", "external_id", "is_self_operated")
    list_filter = ("is_self_operated",)
    search_fields = ("name", "external_id")
    inlines: ClassVar = [MembershipInline]


# Rights follow the role; groups would be a second, silent way to give them.
admin.site.unregister(Group)
admin.site.has_permission = is_administrator  # type: ignore[method-assign]
