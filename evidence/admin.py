"""Exhibits and messages, to look at: their facts, never their files or words."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from accounts.admin import ReadOnly
from evidence.models import Exhibit, ListingImage, Match, Message


@admin.register(Exhibit)
class ExhibitAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "label", "side", "kind", "status", "received_at", "is_late", "size")
    list_filter = ("kind", "side", "status", "is_late")
    list_select_related = ("case",)
    search_fields = ("case__reference", "sha256")
    exclude = ("original", "preview", "thumbnail", "caption", "notes")


@admin.register(ListingImage)
class ListingImageAdmin(ReadOnly, ModelAdmin):
    list_display = ("shop", "name", "added_at")
    list_filter = ("shop",)
    list_select_related = ("shop",)
    exclude = ("hash",)


@admin.register(Match)
class MatchAdmin(ReadOnly, ModelAdmin):
    list_display = ("exhibit", "other", "distance", "found_at", "mark", "marked_at")
    list_filter = ("mark",)
    list_select_related = ("exhibit", "other")
    exclude = ("note",)


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "label", "sent_at", "side", "sender")
    list_filter = ("side",)
    list_select_related = ("case",)
    search_fields = ("case__reference",)
    exclude = ("text", "flags")
