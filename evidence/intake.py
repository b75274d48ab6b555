"""The one way in for evidence: pages, imports and commands all come through `submit_exhibit`."""

from __future__ import annotations

import errno
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Count, F, Max, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from cases import bulk, docket
from cases.actions import (
    Refused,
    note_admission,
    note_exhibit,
    own_side,
    takes_appeal_evidence,
)
from cases.duties import ARRIVALS
from cases.execution import Duty
from cases.lifecycle import OPEN_TO_EVIDENCE, Side, State, its_holder
from cases.models import Case
from evidence.attested import SAID, digest_of
from evidence.chatlogs import ChatLog, ChatLogRefused, read_chat_log
from evidence.custody import hashes_of, insist_whole, seal
from evidence.darkroom import Undeveloped, darkroom
from evidence.likeness import Way
from evidence.matching import LISTING, is_listing, look, remember
from evidence.models import Exhibit, Message, SealedFile, UploadTicket, Viewing, sealed
from evidence.names import display_name
from evidence.photos import BEGINS_LIKE_A_PHOTO, Photo, PhotoRefused
from evidence.tickets import use

MOST_PER_SIDE = 30
LONGEST_REASON = 200
MOST_MEGABYTES_PER_SIDE = 300
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
CHAT_LOG_ENDINGS = (".txt", ".csv", ".json", ".log", ".tsv")


class ExhibitRefused(Refused):
    """The file is not taken; nothing was stored. `code` is stable, the text is for the person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class StorageFull(ExhibitRefused):
    """There is no room; nothing is wrong with the file."""

    def __init__(self) -> None:
        super().__init__(
            "storage_full",
            _("The storage is full; your file was not saved. Try again in a few minutes."),
        )


@dataclass(frozen=True)
class Submission:
    """One file as it arrived. `name` and `claimed_type` are the sender's word and decide nothing."""

    original: bytes
    name: str
    kind: str = ""  # photo or chat_log; empty: told apart by the bytes, then by the name
    claimed_type: str = ""
    evidence_type: str = ""
    caption: str = ""
    is_confirmed: bool = False  # its sender has seen how it reads: nothing is left to ask


@dataclass(frozen=True)
class Receipt:
    exhibit: Exhibit
    is_duplicate: bool = False


@dataclass(frozen=True)
class Door:
    """At which state and instant a file arrives, and when its sending began."""

    state: str
    now: datetime
    began_at: datetime | None = None

    def is_open(self, case: Case) -> bool:
        """Before the ruling, and again with an appeal while it is heard."""
        return self.state in OPEN_TO_EVIDENCE or takes_appeal_evidence(
            case, state=self.state, now=self.now, began_at=self.began_at
        )


def submit_exhibit(
    case: Case,
    submission: Submission,
    *,
    by: User | None,
    side: str | None = None,
    ticket: UploadTicket | None = None,
    now: datetime,
) -> Receipt:
    """Check a file, seal the original, store what is derived from it and enter it on the docket.

    `by` None is a hand-over by the marketplace, which names the `side`. `now` is when all of it was
    here, `ticket` says when its sending began. The same bytes from the same side come back as the
    exhibit they already are. Raises ExhibitRefused, and then nothing is stored.
    """
    party = own_side(case, by) if by is not None else (side or Side.PLATFORM)
    digest = hashlib.sha256(submission.original).hexdigest()
    size = len(submission.original) if by is not None else None
    began_at = ticket.opened_at if ticket is not None else None
    door = Door(case.state, now, began_at)
    known = known_or_admitted(case, party, digest, door, size=size)
    if known is not None:
        return known
    found = read(case, submission, now=now)
    return store(case, submission, found, by=by, side=party, digest=digest, ticket=ticket, now=now)


def known_or_admitted(
    case: Case, side: str, digest: str, door: Door, *, size: int | None
) -> Receipt | None:
    """The exhibit these bytes already are, or None when a new one may come in. Raises ExhibitRefused.

    `size` None is what no quota counts.
    """
    known = Exhibit.objects.filter(case=case, side=side, sha256=digest).first()
    if known is not None and known.withdrawn_at is None:
        return Receipt(known, is_duplicate=True)
    if not door.is_open(case) and not owes_a_deed(case, side):
        raise ExhibitRefused("closed", _("This case no longer takes evidence."))
    if known is not None:
        raise ExhibitRefused(
            "withdrawn",
            _("You took this file back as %(label)s; it cannot be sent again.")
            % {"label": known.label},
        )
    if size is not None:
        check_quota(case, side, size)
    return None


def check_quota(case: Case, side: str, size: int) -> None:
    used = case.exhibits.filter(side=side).aggregate(files=Count("pk"), bytes=Sum("size"))
    if used["files"] >= MOST_PER_SIDE:
        raise ExhibitRefused(
            "quota",
            _("Each side may submit %(most)s files; yours are used up.") % {"most": MOST_PER_SIDE},
        )
    if (used["bytes"] or 0) + size > MOST_MEGABYTES_PER_SIDE * 1_000_000:
        raise ExhibitRefused(
            "quota",
            _("Each side may submit %(most)s MB in all; this file would be more.")
            % {"most": MOST_MEGABYTES_PER_SIDE},
        )


def read(case: Case, submission: Submission, *, now: datetime) -> Photo | ChatLog | None:
    """What the file holds; None when looking into it was more than the darkroom could bear."""
    try:
        if kind_of(submission) == Exhibit.Kind.CHAT_LOG:
            return read_chat_log(
                submission.original, filename=submission.name, sides=speakers(case), now=now
            )
        return darkroom.develop(submission.original)
    except Undeveloped:
        return None
    except PhotoRefused as refusal:
        raise ExhibitRefused(refusal.code, str(refusal.message)) from refusal
    except ChatLogRefused as refusal:
        raise ExhibitRefused(refusal.code, with_line(refusal)) from refusal


def with_line(refusal: ChatLogRefused) -> str:
    where = "" if refusal.line is None else " " + _("(line %(line)s)") % {"line": refusal.line}
    return f"{refusal.message}{where}"


def kind_of(submission: Submission) -> str:
    """The kind asked for; otherwise what the bytes begin like, then what the name ends like."""
    if submission.kind:
        return submission.kind
    if BEGINS_LIKE_A_PHOTO.match(submission.original):
        return Exhibit.Kind.PHOTO
    is_log = submission.name.lower().endswith(CHAT_LOG_ENDINGS)
    return Exhibit.Kind.CHAT_LOG if is_log else Exhibit.Kind.PHOTO


def speakers(case: Case) -> dict[str, str]:
    """Whose names are known: a log without roles is read by the names on the order, never by its text."""
    buyer = {case.buyer.username, case.buyer.display_name, case.buyer.external_id} - {""}
    return dict.fromkeys(buyer, str(Side.BUYER)) | {case.shop.name: str(Side.MERCHANT)}


def store(
    case: Case,
    submission: Submission,
    found: Photo | ChatLog | None,
    *,
    by: User | None,
    side: str,
    digest: str,
    ticket: UploadTicket | None,
    now: datetime,
) -> Receipt:
    written: list[str] = []
    size = len(submission.original)
    likeness = likeness_of(found) if isinstance(found, Photo) else {}
    try:
        with transaction.atomic():
            # Asked again under the lock: another request may have been faster with the same file.
            held = Case.objects.select_for_update().only("pk", "state").get(pk=case.pk)
            door = Door(held.state, now, ticket.opened_at if ticket is not None else None)
            known = known_or_admitted(
                case, side, digest, door, size=size if by is not None else None
            )
            if known is not None:
                return known
            number = next_number(case)
            exhibit = Exhibit(
                case=case,
                number=number,
                side=side,
                uploader=by,
                received_at=now,
                sha256=digest,
                size=size,
                name=display_name(submission.name, fallback=f"file-{number}"),
                claimed_type=printable(submission.claimed_type)[:100],
                evidence_type=submission.evidence_type[:20],
                caption=submission.caption[:200],
                status=status_of(found, submission, by),
                kind=Exhibit.Kind.CHAT_LOG if isinstance(found, ChatLog) else Exhibit.Kind.PHOTO,
                notes=[str(note) for note in found.notes] if found else [],
                with_appeal=held.state == State.APPEALED,
                is_compared=False,
            )
            place = uuid.uuid4().hex
            exhibit.original = keep(f"{place}.original", submission.original, written)
            if isinstance(found, Photo):
                exhibit.found_type, exhibit.width, exhibit.height = (
                    found.mime,
                    found.width,
                    found.height,
                )
                exhibit.taken_at, exhibit.has_location = found.taken_at or "", found.has_location
                exhibit.camera, exhibit.software = found.camera, found.software
                if is_listing(case.shop, digest, likeness):
                    exhibit.notes.append(LISTING)
                exhibit.preview = keep(f"{place}.preview.jpg", found.preview, written)
                exhibit.thumbnail = keep(f"{place}.thumbnail.jpg", found.thumbnail, written)
            elif isinstance(found, ChatLog):
                exhibit.found_type = f"{found.format}; {found.encoding}"[:40]
            is_accepted = exhibit.status == Exhibit.Status.ACCEPTED
            said = numbered(case, found) if isinstance(found, ChatLog) and is_accepted else []
            counts = ticket is not None and use(ticket, now=now)
            _event, exhibit.is_late, exhibit.began_at = note_exhibit(
                case,
                by=by,
                side=side,
                label=exhibit.label,
                kind=exhibit.kind,
                sha256=digest,
                status=exhibit.status,
                now=now,
                began_at=ticket.opened_at if ticket is not None and counts else None,
                files=hashes_of(found) if isinstance(found, Photo) else {},
                **({"messages": digest_of(said)} if said else {}),
                **contradicting_types(exhibit),
            )
            exhibit.save()
            remember(exhibit, likeness)
            seal(exhibit, submission.original, found, now=now)
            store_messages(exhibit, said)
    except BaseException as trouble:
        for name in written:
            sealed().delete(name)
        if isinstance(trouble, OSError) and trouble.errno in FULL:
            raise StorageFull from trouble
        raise
    look(exhibit, likeness, now=now)
    return Receipt(exhibit)


def status_of(found: Photo | ChatLog | None, submission: Submission, by: User | None) -> str:
    """A log in which something was guessed waits until its sender has seen it, if there is one to ask."""
    if found is None:
        return Exhibit.Status.REJECTED
    is_clear = isinstance(found, Photo) or found.is_sure or submission.is_confirmed or by is None
    return Exhibit.Status.ACCEPTED if is_clear else Exhibit.Status.PENDING


def likeness_of(photo: Photo) -> dict[Way, int]:
    return {Way(int(way)): number for way, number in photo.derived["likeness"].items()}


def printable(claimed: str) -> str:
    """A header's word without what a database or a terminal would not take."""
    return "".join(char for char in claimed if char.isprintable())


def keep(name: str, content: bytes, written: list[str]) -> str:
    """Store bytes under a generated name, two characters to a folder; remembers the name for clearing up."""
    place = f"{name[:2]}/{name}"
    written.append(place)  # first: a disk that fills up leaves part of the file
    return sealed().save(place, ContentFile(content))


def next_number(case: Case) -> int:
    last: int | None = case.exhibits.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def numbered(case: Case, log: ChatLog) -> list[bulk.Row]:
    """The messages as rows, numbered on through the case."""
    last: int = Message.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    return [
        (
            *(number, message.sent_at, message.time_assumed, message.sender[:100], message.side),
            *(message.text, list(message.flags)),
        )
        for number, message in enumerate(log.messages, start=last + 1)
    ]


def store_messages(exhibit: Exhibit, messages: Iterable[bulk.Row]) -> None:
    """Store numbered messages in one go, by COPY where there is one."""
    bulk.insert(Message, SAID, messages, case_id=exhibit.case_id, exhibit_id=exhibit.pk)


def contradicting_types(exhibit: Exhibit) -> dict[str, str]:
    """What its sender called the file and what its bytes are, where these are not the same."""
    claimed = exhibit.claimed_type.partition(";")[0].lower().replace("image/jpg", "image/jpeg")
    if claimed in ("", "application/octet-stream"):
        return {}
    fits = claimed == exhibit.found_type if exhibit.is_photo else not claimed.startswith("image/")
    return {} if fits else {"claimed_type": claimed, "found_type": exhibit.found_type}


def withdraw_exhibit(exhibit: Exhibit, *, by: User, now: datetime, reason: str = "") -> None:
    """Hide an exhibit from the other side; it is kept. Only its own side may, before the ruling.

    The desk reads the reason, if one is given.
    """
    if own_side(exhibit.case, by) != exhibit.side:
        raise PermissionDenied
    with transaction.atomic():
        # The version too: a ruling being issued at this instant must not cite what is taken back.
        still_open = Case.objects.filter(pk=exhibit.case.pk, state__in=OPEN_TO_EVIDENCE)
        if not still_open.update(version=F("version") + 1):
            raise Refused(_("After the ruling nothing can be withdrawn."))
        if Exhibit.objects.filter(pk=exhibit.pk, withdrawn_at=None).update(withdrawn_at=now):
            said = {"reason": why} if (why := printable(reason).strip()[:LONGEST_REASON]) else {}
            label = exhibit.label
            docket.append(exhibit.case, "withdraw_exhibit", actor=by, at=now, label=label, **said)


def owes_a_deed(case: Case, side: str) -> bool:
    """Whether the side may still show something after the decision: that it did what it owed, or what came."""
    shown = (Duty.Step.DEED, *ARRIVALS)
    return case.duties.now_due().filter(step__in=shown, side=side).exists()


def may_admit(case: Case, by: User) -> bool:
    """Whether this person says now whether late evidence counts."""
    return its_holder(case, by) and case.state in OPEN_TO_EVIDENCE


def admit_late(exhibit: Exhibit, *, admitted: bool, by: User, reason: str, now: datetime) -> None:
    """The holder decides whether evidence that came late counts. Until then no finding may rest on it."""
    case = exhibit.case
    if not its_holder(case, by):
        raise PermissionDenied
    if not reason.strip():
        raise Refused(_("Give the reason: both sides read it."))
    if not exhibit.is_late or exhibit.withdrawn_at is not None:
        raise Refused(_("%(label)s needs no decision.") % {"label": exhibit.label})
    verdict = Exhibit.Admission.ADMITTED if admitted else Exhibit.Admission.LEFT_OUT
    with transaction.atomic():
        docket.hold(case)
        unsaid = Exhibit.objects.filter(pk=exhibit.pk).exclude(
            admission=verdict, admission_reason=reason
        )
        if unsaid.update(admission=verdict, admission_reason=reason):  # else pressed twice
            note_admission(
                case, label=exhibit.label, admitted=admitted, reason=reason, by=by, now=now
            )


def note_viewing(exhibit: Exhibit, *, by: User, now: datetime) -> None:
    """Remember that a person of the staff has looked at an exhibit; the first look counts."""
    if by.is_case_staff:
        Viewing.objects.get_or_create(exhibit=exhibit, user=by, defaults={"at": now})


def open_original(exhibit: Exhibit, *, by: User, now: datetime) -> None:
    """Enter on the docket that somebody opens the sealed original: staff who hold the case, and auditors.

    Raises NotWhole when it is no longer what was sealed.
    """
    if not may_open(exhibit.case, by):
        raise PermissionDenied
    with transaction.atomic():
        docket.append(exhibit.case, "open_original", actor=by, at=now, label=exhibit.label)
    insist_whole(exhibit, SealedFile.Role.ORIGINAL, now=now)


def may_open(case: Case, by: User) -> bool:
    return by.is_case_staff and (case.holder_id == by.pk or by.role in FREE_TO_OPEN)


FREE_TO_OPEN: Iterable[str] = ("senior", "supervisor", "auditor")
