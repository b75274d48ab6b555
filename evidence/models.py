"""Exhibits and the messages read from chat logs. The sealed original is never served to a party."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import connection, models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Shop, User
from cases import bulk
from cases.lifecycle import Side
from cases.models import Case
from evidence.chatlogs import pairs
from evidence.likeness import Way


def sealed() -> Storage:
    """Where evidence lives: a private folder or bucket, never below a public URL."""
    return storages["evidence"]


class ExhibitQuerySet(models.QuerySet["Exhibit"]):
    def visible_to(self, user: User) -> Self:
        """What of the visible cases this person may look at: a withdrawn exhibit only its own side and staff."""
        visible = self.filter(case__in=Case.objects.visible_to(user))
        if user.is_case_staff:
            return visible
        own = Side.BUYER if user.role == "buyer" else Side.MERCHANT
        settled = Q(withdrawn_at=None) & ~Q(status=Exhibit.Status.PENDING)
        return visible.filter(settled | Q(side=own))

    def standing(self) -> Self:
        """What counts as submitted: neither taken back nor still to be confirmed."""
        return self.filter(withdrawn_at=None).exclude(status=Exhibit.Status.PENDING)

    def counting(self) -> Self:
        """What a ruling may rest on: late evidence only when it was admitted."""
        return self.standing().filter(Q(is_late=False) | Q(admission="admitted"))


class Exhibit(models.Model):
    """One item of evidence. Times: `received_at` is ours, `taken_at` what the file claims."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        CHAT_LOG = "chat_log", _("Chat log")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for confirmation")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Could not be processed, original kept")

    class Admission(models.TextChoices):
        ADMITTED = "admitted", _("Admitted")
        LEFT_OUT = "left_out", _("Left out")

    case = models.ForeignKey(Case, models.PROTECT, related_name="exhibits")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=10, choices=Side)
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    reason = models.CharField(max_length=200, blank=True)
    evidence_type = models.CharField(
        max_length=20, blank=True
    )  # a code of the rulebook: what it shows
    caption = models.CharField(max_length=200, blank=True)

    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    received_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)  # only where it counts from then
    is_late = models.BooleanField(default=False)
    # Whether what came late counts; empty until the arbitrator has said so, with the reason.
    admission = models.CharField(max_length=10, choices=Admission, blank=True)
    admission_reason = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Brought after the ruling, with an appeal or the answer to one.
    with_appeal = models.BooleanField(default=False, db_default=False)

    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    name = models.CharField(
        max_length=100
    )  # safe to show; the file is stored under a generated name
    claimed_type = models.CharField(max_length=100, blank=True)
    found_type = models.CharField(max_length=40, blank=True)
    zone = models.CharField(max_length=40, blank=True)  # its sender's, where a log names none
    taken_at = models.CharField(max_length=32, blank=True)
    has_location = models.BooleanField(default=False)
    camera = models.CharField(max_length=100, blank=True)  # as its metadata say
    software = models.CharField(max_length=100, blank=True)  # that last saved it, by the metadata
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    # Hard to look at (an injury, something unclean): shown blurred to the desk until asked for.
    flagged_at = models.DateTimeField(null=True, blank=True)
    flagged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    # Whether it was held against all others; what an interruption left out is caught up on.
    is_compared = models.BooleanField(default=True, db_default=True)

    original = models.FileField(storage=sealed, max_length=120)
    preview = models.FileField(storage=sealed, max_length=120, blank=True)
    thumbnail = models.FileField(storage=sealed, max_length=120, blank=True)

    objects = ExhibitQuerySet.as_manager()

    class Meta:
        verbose_name = _("exhibit")
        verbose_name_plural = _("exhibits")
        ordering: ClassVar = ["case_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "number"], name="exhibit_number_is_once_per_case"
            ),
            models.UniqueConstraint(
                fields=["case", "side", "sha256"], name="exhibit_is_once_per_case_and_side"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sha256"], name="exhibit_sha256"),
            models.Index(fields=["id"], condition=Q(is_compared=False), name="exhibit_to_compare"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.label}"

    @property
    def label(self) -> str:
        return f"E-{self.number:02d}"

    @property
    def is_photo(self) -> bool:
        return self.kind == self.Kind.PHOTO

    @property
    def has_picture(self) -> bool:
        """Whether there is something to look at; a photo that could not be processed has nothing."""
        return bool(self.thumbnail)


class UploadTicket(models.Model):
    """That somebody began to send a file at an instant. It serves one exhibit, once."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="upload_tickets")
    side = models.CharField(max_length=10, choices=Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("upload ticket")
        verbose_name_plural = _("upload tickets")
        indexes: ClassVar = [models.Index(fields=["by", "opened_at"], name="ticket_by_opened_at")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.key}"


class SealedFile(models.Model):
    """The custody record of one stored file: what it was when it was sealed, and whether it still is.

    `tool`, `version` and `parameters` say how a derived picture was made; an original was made by nobody here.
    """

    class Role(models.TextChoices):
        ORIGINAL = "original", _("Original")
        PREVIEW = "preview", _("Picture shown")
        THUMBNAIL = "thumbnail", _("Small picture")

    class State(models.TextChoices):
        WHOLE = "whole", _("as it was sealed")
        CHANGED = "changed", _("changed")
        MISSING = "missing", _("missing")
        UNREADABLE = "unread", _("cannot be read")

    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="files")
    role = models.CharField(max_length=10, choices=Role)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    tool = models.CharField(max_length=40, blank=True)
    version = models.CharField(max_length=40, blank=True)
    parameters = models.JSONField(default=dict, blank=True)
    sealed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WHOLE)
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exhibit", "role"], name="file_is_sealed_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["checked_at"], name="file_checked"),
            models.Index(fields=["exhibit"], condition=~Q(state="whole"), name="file_not_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.exhibit_id} {self.role}"

    @property
    def stored_as(self) -> str:
        return str(getattr(self.exhibit, self.role).name)


class MessageQuerySet(models.QuerySet["Message"]):
    def saying(self, phrase: str) -> Self:
        """Messages that hold a phrase. PostgreSQL finds them by pairs of characters, an index of them all."""
        found = self.filter(text__icontains=phrase)
        if connection.vendor == "postgresql" and len(phrase) > 1:
            found = found.filter(Holds(F("text"), Value(in_braces(pairs(phrase)))))
        return found

    def newest(self) -> Self:
        return self.order_by("-sent_at", "-pk")


def in_braces(words: list[str]) -> str:
    """Words as PostgreSQL reads an array."""
    return "{" + ",".join(map(bulk.in_array, words)) + "}"


class Holds(Func):
    """Whether a text holds every one of some pairs of characters; see migration 0006."""

    template = "(chat_pairs(%(expressions)s::text[]))"
    arg_joiner = ") @> ("
    output_field = models.BooleanField()


class Message(models.Model):
    """One line of a chat log, as submitted. Numbered through the case, so that C-17 names one line."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="messages")
    number = models.PositiveIntegerField()
    sent_at = models.DateTimeField()
    time_assumed = models.BooleanField(default=False)  # the log named no time zone
    sender = models.CharField(max_length=100)
    side = models.CharField(max_length=10)
    text = models.TextField()
    flags = models.JSONField(default=list, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["case_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "number"], name="message_number_is_once_per_case"
            )
        ]
        # A phrase in every second message is found sooner by reading the newest than by its index.
        indexes: ClassVar = [models.Index(fields=["-sent_at", "-id"], name="message_newest")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.label}"

    @property
    def label(self) -> str:
        return f"C-{self.number}"


class Fingerprint(models.Model):
    """The hash of a photo for one way of holding it, and its quarters to find it by."""

    exhibit = models.ForeignKey(
        Exhibit, models.CASCADE, related_name="fingerprints", db_index=False
    )
    way = models.SmallIntegerField(choices=[(way.value, way.name) for way in Way])
    hash = models.BigIntegerField()
    band_1 = models.SmallIntegerField()
    band_2 = models.SmallIntegerField()
    band_3 = models.SmallIntegerField()
    band_4 = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exhibit", "way"], name="fingerprint_is_once_per_way")
        ]
        indexes: ClassVar = [
            models.Index(fields=[f"band_{n}"], name=f"fingerprint_{n}") for n in (1, 2, 3, 4)
        ]

    def __str__(self) -> str:
        return f"{self.exhibit_id} {Way(self.way).name} {self.hash & (1 << 64) - 1:016x}"


class ListingImage(models.Model):
    """A picture a shop shows with its goods. Found among the exhibits it is no re-used photo."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="listing_images")
    sha256 = models.CharField(max_length=64)
    hash = models.BigIntegerField(null=True)  # none for a picture too even to be told apart
    name = models.CharField(max_length=100)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("listing picture")
        verbose_name_plural = _("listing pictures")
        ordering: ClassVar = ["shop_id", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "sha256"], name="listing_image_is_once_per_shop"
            )
        ]

    def __str__(self) -> str:
        return f"{self.shop} {self.name}"


class Match(models.Model):
    """That an exhibit looks like another. A lead: what it means is for a person to say, with `mark`.

    Each of two cases has a line of its own, for its own arbitrator; within a case the later exhibit has it.
    """

    class Mark(models.TextChoices):
        OPEN = "", _("Not yet judged")
        CONFIRMED = "confirmed", _("Confirmed")
        COINCIDENCE = "coincidence", _("Coincidence")

    exhibit = models.ForeignKey(Exhibit, models.PROTECT, related_name="matches")
    other = models.ForeignKey(Exhibit, models.PROTECT, related_name="+")
    way = models.SmallIntegerField(choices=[(way.value, way.name) for way in Way])
    distance = models.PositiveSmallIntegerField()  # bits of 64; 0 and the same bytes: the same file
    is_same_file = models.BooleanField(default=False)
    found_at = models.DateTimeField()
    mark = models.CharField(max_length=11, choices=Mark, blank=True, default=Mark.OPEN)
    note = models.CharField(max_length=500, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    marked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("match of photos")
        verbose_name_plural = _("matches of photos")
        ordering: ClassVar = ["exhibit_id", "distance", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exhibit", "other"], name="match_is_once_per_pair"),
            models.CheckConstraint(
                condition=Q(mark="", marked_at=None) | (~Q(mark="") & Q(marked_at__isnull=False)),
                name="match_marked_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exhibit_id} ~ {self.other_id}"


class Viewing(models.Model):
    """That a person has looked at an exhibit, for the viewed ticks."""

    exhibit = models.ForeignKey(Exhibit, models.CASCADE, related_name="viewings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exhibit", "user"], name="viewing_is_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.exhibit_id}"


def labels_of(case: Case, exhibits: Iterable[Exhibit] | None = None) -> set[str]:
    """Everything a finding of this case may cite: its exhibits and messages that count, by label."""
    counting = list(case.exhibits.counting()) if exhibits is None else list(exhibits)
    messages = Message.objects.filter(case=case, exhibit__in=counting)
    numbers = messages.values_list("number", flat=True)
    return {each.label for each in counting} | {f"C-{number}" for number in numbers}


@dataclass(frozen=True)
class OnFile:
    """What a finding of a case may rest on, by label; and the pictures somebody has not looked at."""

    labels: frozenset[str]
    pictures: frozenset[str]
    unseen: tuple[str, ...]


def on_file(case: Case, user: User) -> OnFile:
    """Exhibits and messages that count, in three queries."""
    exhibits = list(case.exhibits.counting().order_by("number"))
    seen = set(
        Viewing.objects.filter(user=user, exhibit__in=exhibits).values_list("exhibit", flat=True)
    )
    return OnFile(
        labels=frozenset(labels_of(case, exhibits)),
        pictures=frozenset(each.label for each in exhibits if each.has_picture),
        unseen=tuple(each.label for each in exhibits if each.has_picture and each.pk not in seen),
    )
