"""The custody of stored files: sealed with their hashes, hashed again by day and whenever opened.

A file that is not what was sealed stops any ruling on its case until it is; a restored file clears itself
at the next look.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import PIL
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from cases import pulse
from cases.actions import Refused, note_damage, note_repair
from cases.models import Case
from evidence.attested import attested_of, has_its_messages
from evidence.chatlogs import ChatLog
from evidence.models import Exhibit, SealedFile, sealed
from evidence.photos import JPEG_QUALITY, PREVIEW_SIDE, THUMBNAIL_SIDE, Photo

log = logging.getLogger(__name__)

ROUND = timedelta(hours=20)  # every file within a day, with room for a night's standstill
AGAIN = timedelta(
    minutes=10
)  # what is not whole is looked at more often: it may have been restored
SLICE_SECONDS = 20.0
SLICE_FILES = 2000
CHUNK = 1 << 20
MANY = 20  # as many lost and none there: the store is away, not its files
GONE = (SealedFile.State.MISSING, SealedFile.State.UNREADABLE)
LONGEST_SIDES = {SealedFile.Role.PREVIEW: PREVIEW_SIDE, SealedFile.Role.THUMBNAIL: THUMBNAIL_SIDE}


class NotWhole(Refused):
    """The stored file is not what was sealed; it is not handed out."""


# Sealing -----------------------------------------------------------------------------------------


def hashes_of(photo: Photo) -> dict[str, str]:
    """The hashes of the pictures made of a photo, as its docket line has them."""
    made = {SealedFile.Role.PREVIEW: photo.preview, SealedFile.Role.THUMBNAIL: photo.thumbnail}
    return {str(role): hashlib.sha256(content).hexdigest() for role, content in made.items()}


def seal(
    exhibit: Exhibit, original: bytes, found: Photo | ChatLog | None, *, now: datetime
) -> None:
    """Write down what was stored for an exhibit, in the transaction that takes it in."""
    contents = {SealedFile.Role.ORIGINAL: original}
    if isinstance(found, Photo):
        contents[SealedFile.Role.PREVIEW] = found.preview
        contents[SealedFile.Role.THUMBNAIL] = found.thumbnail
    SealedFile.objects.bulk_create(
        SealedFile(
            exhibit=exhibit,
            role=role,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            sealed_at=now,
            checked_at=now,
            **made_by(role),
        )
        for role, content in contents.items()
    )


def made_by(role: str) -> dict[str, object]:
    if role not in LONGEST_SIDES:
        return {}
    return {
        "tool": "Pillow",
        "version": PIL.__version__,
        "parameters": {
            "format": "JPEG",
            "quality": JPEG_QUALITY,
            "longest side at most": LONGEST_SIDES[SealedFile.Role(role)],
            "colour": "sRGB",
            "metadata": "none",
        },
    }


def seal_older(now: datetime, *, most: int = 200) -> int:
    """Write down what exhibits without custody records have stored; how a picture was made is unknown."""
    exhibits = Exhibit.objects.filter(files=None).select_related("case")[:most]
    for exhibit in exhibits:
        seal_again(exhibit, now=now)
    return len(exhibits)


def seal_again(exhibit: Exhibit, *, now: datetime) -> None:
    """The records an exhibit lacks, from its docket line: only what no line names is taken as it is found."""
    said = attested_of(exhibit)
    entered = said.files if said else {SealedFile.Role.ORIGINAL: exhibit.sha256}
    for role in SealedFile.Role:
        if not getattr(exhibit, role).name:
            continue
        is_original = role == SealedFile.Role.ORIGINAL
        found = (
            (exhibit.sha256, exhibit.size) if is_original else measured(getattr(exhibit, role).name)
        )
        digest, size = entered.get(role, found[0]), found[1]
        if not digest:
            continue  # nothing says what it was: sealed once it can be read
        SealedFile.objects.get_or_create(
            exhibit=exhibit,
            role=role,
            defaults={
                "sha256": digest,
                "size": size,
                "sealed_at": exhibit.received_at if is_original else now,
                "checked_at": exhibit.received_at,
            },
        )


def measured(name: str) -> tuple[str, int]:
    try:
        with sealed().open(name) as stored:
            content = stored.read()
    except Exception:  # said of the file as soon as it has a record
        return "", 0
    return hashlib.sha256(content).hexdigest(), len(content)


# Looking again -----------------------------------------------------------------------------------


def scrub(now: datetime, *, seconds: float = SLICE_SECONDS, most: int = SLICE_FILES) -> int:
    """Hash again what was longest not looked at, for so many seconds; returns how many files."""
    seal_older(now)
    until = time.monotonic() + seconds
    looked: list[tuple[SealedFile, str]] = []
    for file in due(now, most):
        looked.append((file, look_at(file)))
        # A store that is away may answer slowly: not told from a lost file before as many were looked at.
        if time.monotonic() > until and (is_there(looked) or len(newly_lost(looked)) >= MANY):
            break
    if not says_anything(looked):
        log.error("none of %s stored files can be read: is the store mounted?", len(looked))
        pulse.note_store(now, away=True)
        return 0
    pulse.note_store(now, away=False)
    keep_states(looked, by=None, now=now)
    return len(looked)


def says_anything(looked: list[tuple[SealedFile, str]]) -> bool:
    """Whether a round speaks of files, and not of a store that is away: many were whole and none can be read.

    Once it is away, a single one that still cannot be read leaves it there.
    """
    enough = 1 if pulse.store_is_away() else MANY
    return is_there(looked) or len(newly_lost(looked)) < enough


def is_there(looked: list[tuple[SealedFile, str]]) -> bool:
    """Whether any of these files could be read."""
    return any(state not in GONE for _file, state in looked)


def newly_lost(looked: list[tuple[SealedFile, str]]) -> list[SealedFile]:
    """Those that cannot be read and could be the last time."""
    return [
        file for file, state in looked if state in GONE and file.state == SealedFile.State.WHOLE
    ]


def due(now: datetime, most: int) -> Iterator[SealedFile]:
    files = SealedFile.objects.select_related("exhibit__case")
    broken = files.exclude(state=SealedFile.State.WHOLE).filter(checked_at__lte=now - AGAIN)
    yield from broken.order_by("checked_at")[:most]
    old = files.filter(state=SealedFile.State.WHOLE, checked_at__lte=now - ROUND)
    yield from old.order_by("checked_at")[:most]


def check_exhibit(exhibit: Exhibit, *, by: User, now: datetime) -> bool:
    """Hash every file of this exhibit now, because somebody asks; whether all are whole."""
    files = exhibit.files.select_related("exhibit__case")
    looked = [(file, look_at(file)) for file in files]
    keep_states(looked, by=by, now=now)
    return all(state == SealedFile.State.WHOLE for _file, state in looked)


def look_at(file: SealedFile) -> str:
    """Hash a stored file and say in which state it is, whatever reading it raises."""
    digest = hashlib.sha256()
    try:
        with sealed().open(file.stored_as) as stored:
            for chunk in iter(lambda: stored.read(CHUNK), b""):
                digest.update(chunk)
    except FileNotFoundError:
        return SealedFile.State.MISSING
    except (
        Exception
    ):  # a disk's errors, or those of a bucket's client: the next file is still to be seen
        log.exception("%s cannot be read", file)
        return SealedFile.State.UNREADABLE
    return compared(file, digest.hexdigest())


def compared(file: SealedFile, digest: str) -> str:
    """Whether this is what the docket says was sealed, which no table can be changed to fit; and with a log
    whether its messages are the ones that were read from it."""
    said, is_log = attested_of(file.exhibit), file.role == SealedFile.Role.ORIGINAL
    expected = said.files.get(file.role, file.sha256) if said else file.sha256
    is_whole = digest == expected and not (
        said and is_log and not has_its_messages(file.exhibit, said)
    )
    return SealedFile.State.WHOLE if is_whole else SealedFile.State.CHANGED


def keep_states(looked: list[tuple[SealedFile, str]], *, by: User | None, now: datetime) -> None:
    for file, state in looked:
        note_state(file, state, by=by, now=now)
    keys = [file.pk for file, _state in looked]
    SealedFile.objects.filter(pk__in=keys).update(checked_at=now)


def note_state(file: SealedFile, state: str, *, by: User | None, now: datetime) -> None:
    """Keep a changed state, once, with its docket line and what it means for the case."""
    if state == file.state:
        return
    with transaction.atomic():
        first = SealedFile.objects.filter(pk=file.pk, state=file.state)
        if not first.update(state=state):
            return
        exhibit = file.exhibit
        if state == SealedFile.State.WHOLE:
            is_last = not broken_files(exhibit.case).exists()
            note_repair(
                exhibit.case, label=exhibit.label, file=file.role, is_last=is_last, by=by, now=now
            )
        else:
            note_damage(
                exhibit.case, label=exhibit.label, file=file.role, found=state, by=by, now=now
            )


def broken_files(case: Case) -> QuerySet[SealedFile]:
    files = SealedFile.objects.filter(exhibit__case=case).exclude(state=SealedFile.State.WHOLE)
    return files.select_related("exhibit").order_by("exhibit__number", "pk")


def record_of(exhibit: Exhibit, role: str, *, now: datetime) -> SealedFile | None:
    file = exhibit.files.filter(role=role).first()
    if file is None:  # from before custody records are kept, or taken away
        seal_again(exhibit, now=now)
        file = exhibit.files.filter(role=role).first()
    if file is not None:
        file.exhibit = exhibit
    return file


def insist_whole(exhibit: Exhibit, role: str, *, now: datetime) -> None:
    """Hash a stored file that is about to be opened. Raises NotWhole when it is not what was sealed."""
    file = record_of(exhibit, role, now=now)
    if file is None and not getattr(exhibit, role).name:
        return
    state = look_at(file) if file else SealedFile.State.UNREADABLE
    if file:
        note_state(file, state, by=None, now=now)
    if state != SealedFile.State.WHOLE:
        sentence = _("%(label)s is no longer what was sealed; it is not handed out.")
        raise NotWhole(sentence % {"label": exhibit.label})
