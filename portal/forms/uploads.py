"""Files as a page receives them: several at once, each under the kind of evidence it was sent for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from cases.lifecycle import side_of
from cases.models import Case
from evidence.intake import ExhibitRefused, Receipt, StorageFull, Submission, submit_exhibit
from evidence.models import UploadTicket
from evidence.names import display_name
from evidence.tickets import TooMany, open_ticket, sending_since, unused_ticket
from portal.access import person

FIELD = "files"  # or `files:E-QC`, the part after the colon naming the kind of evidence
BEGAN_AT = "portal.began_at"  # in request.META, where no header of a sender can write
MEGABYTE = 1024 * 1024
FOUND_NO_ROOM = "found_no_room"  # an attribute of a file whose upload met a full disk
STATUS = {"too_large": 413, "too_many_bytes": 413, "too_many": 429, "storage_full": 507}


@dataclass(frozen=True)
class Sent:
    """One file of a request, before anybody has looked into it."""

    file: UploadedFile[Any]
    evidence_type: str

    @property
    def name(self) -> str:
        return display_name(self.file.name or "", fallback=_("unnamed file"))


@dataclass(frozen=True)
class NotTaken:
    name: str
    code: str
    reason: str

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 400)


@dataclass
class Delivery:
    """What became of the files of one request."""

    kept: list[Receipt] = field(default_factory=list)
    refused: list[NotTaken] = field(default_factory=list)

    @property
    def status(self) -> int:
        """Of a page that shows what was refused: 507 says that the fault is ours."""
        return 507 if any(file.status == 507 for file in self.refused) else 400


def files_of(request: HttpRequest, case: Case) -> Iterator[Sent]:
    for name, files in request.FILES.lists():
        field_name, _colon, evidence_type = name.partition(":")
        if field_name == FIELD:
            known = evidence_type if evidence_type in case.book.evidence_types else ""
            yield from (Sent(file, known) for file in files)


def began_at(request: HttpRequest) -> datetime:
    """When the request's head was here; its files may take minutes more."""
    instant: datetime = request.META[BEGAN_AT]
    return instant


def sent_since(request: HttpRequest, case: Case, *, now: datetime) -> datetime | None:
    """When the files began that go with a step: in its own request, or one by one before it, by a script."""
    one_by_one = sending_since(case, side_of(case, person(request)), now=now)
    beginnings = [one_by_one, began_at(request) if request.FILES else None]
    return min((each for each in beginnings if each is not None), default=None)


def deliver(request: HttpRequest, case: Case, *, now: datetime) -> Delivery:
    """Submit each file on its own: a bad one is listed with its reason and never loses the rest."""
    delivery = Delivery()
    for sent in files_of(request, case):
        try:
            ticket = ticket_for(request, case)
            delivery.kept.append(submit(case, sent, by=person(request), ticket=ticket, now=now))
        except (ExhibitRefused, TooMany) as refusal:
            delivery.refused.append(NotTaken(sent.name, refusal.code, str(refusal)))
    return delivery


def ticket_for(request: HttpRequest, case: Case) -> UploadTicket:
    """The one a script took before it began to send; else one from the beginning of the request."""
    user = person(request)
    taken = unused_ticket(case, by=user, key=request.POST.get("ticket", ""))
    return taken or open_ticket(case, by=user, now=began_at(request))


def submit(case: Case, sent: Sent, *, by: User, ticket: UploadTicket, now: datetime) -> Receipt:
    if getattr(sent.file, FOUND_NO_ROOM, False):
        raise StorageFull
    if (sent.file.size or 0) > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // MEGABYTE
        raise ExhibitRefused(
            "too_large", _("The file is larger than %(most)s MB.") % {"most": most}
        )
    return submit_exhibit(
        case,
        Submission(
            original=sent.file.read(),
            name=sent.file.name or "",
            claimed_type=sent.file.content_type or "",
            evidence_type=sent.evidence_type,
        ),
        by=by,
        ticket=ticket,
        now=now,
    )
