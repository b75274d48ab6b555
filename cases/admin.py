"""Cases and all that hangs on them, to look at: there is no way to edit a state, a clock or a line by hand.

Administrators keep the portal running and hear no cases, so the parties' and arbitrators' words are left out.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin, TabularInline

from accounts.admin import ReadOnly
from cases import rulebook
from cases.ledger import LedgerEntry, Measure
from cases.models import Case, Deadline, Event, Notice, Ruling


class DeadlineInline(ReadOnly, TabularInline):
    model = Deadline
    fields = ("kind", "party", "opened_at", "due_at", "is_paused", "closed_at", "outcome")
    extra = 0


class EventInline(ReadOnly, TabularInline):
    model = Event
    fields = ("number", "at", "actor", "name", "from_state", "to_state")
    extra = 0


@admin.register(Case)
class CaseAdmin(ReadOnly, ModelAdmin):
    list_display = ("reference", "state", "rule", "shop", "holder", "due_at", "filed_at")
    list_filter = ("state", "rule")
    list_select_related = ("shop", "holder")
    search_fields = ("reference", "order_number", "external_id")
    exclude = ("statement", "answer", "items", "draft_saved_at")
    inlines: ClassVar = [DeadlineInline, EventInline]

    def get_urls(self) -> list[URLPattern]:
        book = path("rulebook/", self.admin_site.admin_view(self.rulebook), name="rulebook")
        return [book, *super().get_urls()]

    def rulebook(self, request: HttpRequest) -> HttpResponse:
        """The rulebook in force, rule by rule. It is changed by a new file, not here."""
        context = {**self.admin_site.each_context(request), "book": rulebook.load()}
        return TemplateResponse(request, "admin/rulebook.html", context)


@admin.register(Deadline)
class DeadlineAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "kind", "party", "due_at", "is_paused", "outcome", "failures")
    list_filter = ("kind", "party", "outcome")
    list_select_related = ("case",)
    search_fields = ("case__reference",)


@admin.register(Event)
class EventAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "number", "at", "actor", "name", "from_state", "to_state")
    list_filter = ("name",)
    list_select_related = ("case", "actor")
    search_fields = ("case__reference",)
    exclude = ("facts",)


@admin.register(Ruling)
class RulingAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "version", "author", "issued_at", "outcome", "amount")
    list_filter = ("outcome",)
    list_select_related = ("case", "author")
    search_fields = ("case__reference",)
    exclude = ("findings", "reasons", "internal_note")


@admin.register(Notice)
class NoticeAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "name", "user", "shop", "created_at", "dispatched_at")
    list_filter = ("name",)
    list_select_related = ("case", "user", "shop")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, ModelAdmin):
    list_display = ("shop", "case", "kind", "points", "year", "posted_at")
    list_filter = ("kind", "year")
    list_select_related = ("shop", "case")
    search_fields = ("shop__name", "case__reference")


@admin.register(Measure)
class MeasureAdmin(ReadOnly, ModelAdmin):
    list_display = ("shop", "kind", "threshold", "from_at", "until_at", "ended_at", "end")
    list_filter = ("kind", "end")
    list_select_related = ("shop",)
    search_fields = ("shop__name",)
