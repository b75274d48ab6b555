"""What does not fit together in a case's times and words. Each check names what it saw; none decides.

A check takes the case as plain values and yields findings. What a finding means in words, and how much it
weighs, stands with the sentences shown to the desk (`portal.timeline`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
SLACK = timedelta(hours=2)  # a camera's clock is rarely off by more, and nobody lies by less
PACKING = frozenset({"E-PACKVID", "E-PACK"})  # evidence types that show the packing
MOST_NAMED = 8  # differences between two logs
SILENCE = timedelta(hours=24)
PROMISE = re.compile(
    r"(?:马上|尽快|今天|明天|后天|稍后|一会儿?|[0-9一二两三四五六七八九十]+ ?(?:个)?(?:小时|分钟|天|工作日)内?)"
    r".{0,12}?(?:回复|答复|处理|退款|补发|补寄|发货|寄出|联系|解决|安排)"
    r"|\b(?:will|shall|going to)\b.{0,40}\b(?:reply|refund|resend|ship|send|call|contact|solve)\b",
    re.IGNORECASE,
)
EDITORS = re.compile(
    r"photoshop|lightroom|gimp|snapseed|picsart|pixelmator|affinity|canva|facetune|vsco|photoscape|fotor"
    r"|photopea|krita|paint\.net|acdsee|meitu|美图|醒图|美颜|稿定",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PhotoFacts:
    """A photo as it came: `taken_at` is what the camera wrote, ISO 8601, with an offset or without."""

    label: str
    side: str
    received_at: datetime
    taken_at: str = ""
    evidence_type: str = ""
    camera: str = ""
    software: str = ""
    alike: frozenset[str] = frozenset()  # labels of this case's photos that look the same


@dataclass(frozen=True)
class MessageFacts:
    label: str
    exhibit: str
    side: str
    sent_at: datetime
    received_at: datetime  # its log
    text: str
    time_assumed: bool = False
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What two logs of one conversation disagree about: `kind` is changed, missing or moved."""

    kind: str
    one: str  # the message's label
    other: str  # the other log's message, or the log itself where the message is missing
    at: datetime
    of_one_side: bool = False  # both logs were sent by the same side


@dataclass(frozen=True)
class CaseFacts:
    placed_at: datetime
    filed_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    photos: Sequence[PhotoFacts] = ()
    messages: Sequence[MessageFacts] = ()
    differences: Sequence[Difference] = ()
    flags: dict[str, tuple[str, ...]] = field(default_factory=dict)  # notes by log


@dataclass(frozen=True)
class Finding:
    """`code` says which check; `labels` what it is about; `at` where it lies on the axis; `hours` how far off."""

    code: str
    labels: tuple[str, ...]
    at: datetime
    hours: float = 0.0
    many: int = 1  # how many of them, when they are too many to be named one by one


Check = Callable[[CaseFacts], Iterator[Finding]]


def contradictions(case: CaseFacts) -> list[Finding]:
    """Every finding, in order of time."""
    found = (finding for check in CHECKS for finding in check(case))
    return sorted(found, key=lambda finding: (finding.at, finding.code, finding.labels))


def taken(photo: PhotoFacts) -> tuple[datetime, bool] | None:
    """When a photo says it was taken, and whether its zone is only assumed to be Beijing's."""
    try:
        moment = datetime.fromisoformat(photo.taken_at)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=BEIJING), True
    return moment, False


def hours(apart: timedelta) -> float:
    return round(apart / timedelta(hours=1), 1)


def _times(case: CaseFacts) -> Iterator[tuple[PhotoFacts, datetime]]:
    for photo in case.photos:
        moment = taken(photo)
        if moment is not None:
            yield photo, moment[0]


# The order itself


def shipped_before_ordered(case: CaseFacts) -> Iterator[Finding]:
    if case.shipped_at and case.shipped_at < case.placed_at:
        yield Finding(
            "shipped_before_ordered", (), case.shipped_at, hours(case.placed_at - case.shipped_at)
        )


def signed_before_shipped(case: CaseFacts) -> Iterator[Finding]:
    if case.shipped_at and case.delivered_at and case.delivered_at < case.shipped_at:
        yield Finding(
            "signed_before_shipped",
            (),
            case.delivered_at,
            hours(case.shipped_at - case.delivered_at),
        )


# Photos and their own times


def photo_before_order(case: CaseFacts) -> Iterator[Finding]:
    for photo, at in _times(case):
        if at < case.placed_at - SLACK:
            yield Finding("photo_before_order", (photo.label,), at, hours(case.placed_at - at))


def photo_before_delivery(case: CaseFacts) -> Iterator[Finding]:
    """A buyer cannot photograph what has not come."""
    for photo, at in _times(case):
        came = case.delivered_at
        if photo.side == "buyer" and came and case.placed_at - SLACK <= at < came - SLACK:
            yield Finding("photo_before_delivery", (photo.label,), at, hours(came - at))


def packing_after_pickup(case: CaseFacts) -> Iterator[Finding]:
    """What is said to show the packing was taken when the parcel had left."""
    for photo, at in _times(case):
        if photo.evidence_type in PACKING and case.shipped_at and at > case.shipped_at + SLACK:
            yield Finding("packing_after_pickup", (photo.label,), at, hours(at - case.shipped_at))


def photo_after_filing(case: CaseFacts) -> Iterator[Finding]:
    for photo, at in _times(case):
        if photo.side == "buyer" and at > case.filed_at + SLACK and at <= photo.received_at + SLACK:
            yield Finding("photo_after_filing", (photo.label,), at, hours(at - case.filed_at))


def photo_from_the_future(case: CaseFacts) -> Iterator[Finding]:
    """Taken later than it arrived here, by the camera's own clock."""
    for photo, at in _times(case):
        if at > photo.received_at + SLACK:
            yield Finding(
                "photo_from_the_future",
                (photo.label,),
                photo.received_at,
                hours(at - photo.received_at),
            )


def zone_assumed(case: CaseFacts) -> Iterator[Finding]:
    """The camera named no zone, and in another one the photo would lie on another side of an event."""
    for photo in case.photos:
        moment = taken(photo)
        if moment is None or not moment[1]:
            continue
        at = moment[0]
        marks = [mark for mark in (case.shipped_at, case.delivered_at, case.filed_at) if mark]
        if any(SLACK <= abs(at - mark) < timedelta(hours=12) for mark in marks):
            yield Finding("zone_assumed", (photo.label,), at)


def edited(case: CaseFacts) -> Iterator[Finding]:
    for photo in case.photos:
        if EDITORS.search(photo.software):
            yield Finding("edited", (photo.label,), photo.received_at)


def one_camera_two_sides(case: CaseFacts) -> Iterator[Finding]:
    """Both sides' photos come from one camera, told by its serial number."""
    by_camera = defaultdict(list)
    for photo in case.photos:
        if "#" in photo.camera:
            by_camera[photo.camera].append(photo)
    for photos in by_camera.values():
        if len({photo.side for photo in photos}) > 1:
            yield Finding(
                "one_camera_two_sides",
                tuple(photo.label for photo in photos),
                max(photo.received_at for photo in photos),
            )


def many_cameras(case: CaseFacts) -> Iterator[Finding]:
    """One side's photos of one matter come from three cameras or more."""
    for side in ("buyer", "merchant"):
        photos = [photo for photo in case.photos if photo.side == side and photo.camera]
        if len({photo.camera for photo in photos}) >= 3:
            yield Finding(
                "many_cameras",
                tuple(photo.label for photo in photos),
                max(photo.received_at for photo in photos),
            )


def photo_sent_twice(case: CaseFacts) -> Iterator[Finding]:
    """Two exhibits of one side that look the same: one proof counted twice."""
    sides = {photo.label: photo.side for photo in case.photos}
    for photo in case.photos:
        for other in sorted(photo.alike):
            if other < photo.label and sides.get(other) == photo.side:
                yield Finding("photo_sent_twice", (other, photo.label), photo.received_at)


# The conversation


def silence_after_promise(case: CaseFacts) -> Iterator[Finding]:
    """The merchant promised something soon and then did not write for a day."""
    last: MessageFacts | None = None
    for message in sorted(case.messages, key=lambda each: (each.sent_at, each.label)):
        if message.side == "merchant":
            if last is not None and message.sent_at - last.sent_at >= SILENCE:
                yield _broken(last, message.sent_at)
            last = message if PROMISE.search(message.text) else None
    if last is not None and case.filed_at - last.sent_at >= SILENCE:
        yield _broken(last, case.filed_at)


def _broken(promise: MessageFacts, until: datetime) -> Finding:
    return Finding(
        "silence_after_promise", (promise.label,), promise.sent_at, hours(until - promise.sent_at)
    )


def message_from_the_future(case: CaseFacts) -> Iterator[Finding]:
    """Of a later time than that at which its log arrived here."""
    for message in case.messages:
        if "future" in message.flags:
            yield Finding(
                "message_from_the_future",
                (message.label,),
                message.received_at,
                hours(message.sent_at - message.received_at),
            )


def log_contradicts_itself(case: CaseFacts) -> Iterator[Finding]:
    """One number with two texts, numbers out of the order of time, numbers left out."""
    for code in ("same_id_other_text", "order_contradicts_ids"):
        labels = tuple(message.label for message in case.messages if code in message.flags)
        if labels:
            first = next(message for message in case.messages if message.label == labels[0])
            yield Finding(code, labels[:8], first.sent_at)
    for log, notes in case.flags.items():
        if "ids_missing" in notes:
            own = [message.sent_at for message in case.messages if message.exhibit == log]
            yield Finding("ids_missing", (log,), min(own, default=case.filed_at))


def logs_disagree(case: CaseFacts) -> Iterator[Finding]:
    """What one log says, another of that conversation says differently or not at all."""
    by_kind = defaultdict(list)
    for difference in case.differences:
        logs = "own_message" if difference.of_one_side else "message"
        by_kind[f"{logs}_{difference.kind}"].append(difference)
    for code, found in by_kind.items():
        many = len(found) if len(found) > MOST_NAMED else 1
        for difference in found[:1] if many > 1 else found:
            yield Finding(code, (difference.one, difference.other), difference.at, many=many)


CHECKS: tuple[Check, ...] = (
    shipped_before_ordered,
    signed_before_shipped,
    photo_before_order,
    photo_before_delivery,
    packing_after_pickup,
    photo_after_filing,
    photo_from_the_future,
    zone_assumed,
    edited,
    one_camera_two_sides,
    many_cameras,
    photo_sent_twice,
    silence_after_promise,
    message_from_the_future,
    log_contradicts_itself,
    logs_disagree,
)
