"""A changelist with the queue's columns, order and page length; everything else as Django ships it."""

from __future__ import annotations

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.filters import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path

from cases.models import Case
from portal.arbitrators import ROWS


class Silent(SimpleListFilter):
    """The queue's filter for cases whose merchant never answered."""

    title = "silent merchant"
    parameter_name = "silent"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Case]) -> list[tuple[str, str]]:
        return [("1", "never answered")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        if self.value() != "1":
            return queryset
        return queryset.filter(defaulted_at__isnull=False, answered_at=None)


class QueueAdmin(ModelAdmin):
    list_display = (
        *("due_at", "reference", "rule", "shop", "buyer"),
        *("requested_amount", "state", "holder", "filed_at"),
    )
    list_filter = ("state", Silent)
    list_select_related = ("shop", "buyer", "holder")
    list_per_page = ROWS
    ordering = ("-priority", "due_at", "pk")


site = AdminSite()
site.register(Case, QueueAdmin)
urlpatterns = [path("admin/", site.urls)]
