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
from cases.models import Case
from evidence.intake import ExhibitRefused, Receipt, Submission, submit_exhibit
from evidence.names import display_name

FIELD = "files"  # or `files:E-QC`, the part after the colon naming the kind of evidence
MEGABYTE = 1024 * 1024
TOO_LARGE = frozenset({"too_large", "too_many_bytes"})


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
    def is_too_large(self) -> bool:
        return self.code in TOO_LARGE


@dataclass
class Delivery:
    """What became of the files of one request."""

    kept: list[Receipt] = field(default_factory=list)
    refused: list[NotTaken] = field(default_factory=list)


def files_of(request: HttpRequest, case: Case) -> Iterator[Sent]:
    for name, files in request.FILES.lists():
        field_name, _colon, evidence_type = name.partition(":")
        if field_name == FIELD:
            known = evidence_type if evidence_type in case.book.evidence_types else ""
            yield from (Sent(file, known) for file in files)


def deliver(case: Case, files: Iterator[Sent], *, by: User, now: datetime) -> Delivery:
    """Submit each file on its own: a bad one is listed with its reason and never loses the rest."""
    delivery = Delivery()
    for sent in files:
        try:
            delivery.kept.append(submit(case, sent, by=by, now=now))
        except ExhibitRefused as refusal:
            delivery.refused.append(NotTaken(sent.name, refusal.code, str(refusal)))
    return delivery


def submit(case: Case, sent: Sent, *, by: User, now: datetime) -> Receipt:
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
        now=now,
    )
