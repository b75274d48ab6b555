"""Everything that happened on one axis, and what of it does not fit together, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from cases.models import Case
from evidence.contradictions import (
    BEIJING,
    CaseFacts,
    Difference,
    Finding,
    MessageFacts,
    PhotoFacts,
    contradictions,
    taken,
)
from evidence.likeness import FURTHEST, LOOKED_FOR_BY, Way, distance
from evidence.models import Exhibit, Fingerprint, Message
from portal.history import HistoryLine

HIGH, MEDIUM, LOW = "high", "medium", "low"

# How much a finding weighs, what it says, and why it matters or what it may also be.
SENTENCES: dict[str, tuple[str, str, str]] = {
    "shipped_before_ordered": (
        HIGH,
        _("The parcel left %(hours)s h before the order was placed."),
        _("The waybill may belong to another order."),
    ),
    "signed_before_shipped": (
        HIGH,
        _("The parcel was signed for %(hours)s h before it left."),
        _("The waybill may belong to another order."),
    ),
    "photo_before_order": (
        HIGH,
        _("%(one)s was taken %(hours)s h before the order, by its camera's clock."),
        _("It may show other goods; a camera with a wrong clock is the harmless reason."),
    ),
    "photo_before_delivery": (
        HIGH,
        _("%(one)s was taken %(hours)s h before the parcel was signed for."),
        _("A buyer cannot photograph what has not come. Ask for the original photo."),
    ),
    "packing_after_pickup": (
        HIGH,
        _("%(one)s is to show the packing, but was taken %(hours)s h after the parcel left."),
        _("It cannot show this parcel being packed."),
    ),
    "photo_after_filing": (
        LOW,
        _("%(one)s was taken %(hours)s h after the case was filed."),
        _("The goods may have changed meanwhile."),
    ),
    "photo_from_the_future": (
        MEDIUM,
        _("%(one)s claims a time %(hours)s h later than it arrived here."),
        _("The camera's clock is wrong, or the time was written by hand."),
    ),
    "zone_assumed": (
        LOW,
        _("%(one)s names no time zone; Beijing time is assumed."),
        _("In another zone it would lie on the other side of an event of the order."),
    ),
    "edited": (
        MEDIUM,
        _("%(one)s was last saved with picture editing software."),
        _("Cropping leaves the same trace as forging. Ask for the photo as taken."),
    ),
    "one_camera_two_sides": (
        HIGH,
        _("%(all)s come from one camera, but from both sides."),
        _("One of the sides may have sent a photo it was given."),
    ),
    "many_cameras": (
        LOW,
        _("%(all)s of one side come from three cameras or more."),
        _("Some may have been taken elsewhere or by somebody else."),
    ),
    "photo_sent_twice": (
        LOW,
        _("%(one)s and %(other)s look the same."),
        _("One proof, not two."),
    ),
    "silence_after_promise": (
        MEDIUM,
        _("After the promise in %(one)s the merchant did not write for %(hours)s h."),
        _("It may have been kept by other means; look for a refund or a parcel."),
    ),
    "message_from_the_future": (
        MEDIUM,
        _("%(one)s claims a time %(hours)s h after its log came in."),
        _("The log was made or changed by hand, or its zone is wrong."),
    ),
    "same_id_other_text": (
        HIGH,
        _("In one log %(all)s have one number and different texts."),
        _("A log as exported has each number once: it may have been edited."),
    ),
    "order_contradicts_ids": (
        MEDIUM,
        _("%(all)s come later than their numbers say."),
        _("Times may have been changed."),
    ),
    "ids_missing": (
        MEDIUM,
        _("Numbers are left out in %(one)s."),
        _("Messages may have been taken out."),
    ),
    "message_changed": (
        HIGH,
        _("%(one)s reads differently in the other side's log: %(other)s."),
        _("One of the two logs was edited."),
    ),
    "message_missing": (
        HIGH,
        _("%(one)s is missing in the other side's log, %(other)s."),
        _("It was left out there, or put in here."),
    ),
    "message_moved": (
        LOW,
        _("%(one)s has another time in the other side's log: %(other)s."),
        _("Often a matter of zones; by minutes it may be a changed time."),
    ),
    "own_message_changed": (
        HIGH,
        _("%(one)s reads differently in another log of the same side: %(other)s."),
        _("The side has sent two versions of one conversation."),
    ),
    "own_message_missing": (
        MEDIUM,
        _("%(one)s is missing in another log of the same side, %(other)s."),
        _("The side has sent two versions of one conversation."),
    ),
    "own_message_moved": (
        LOW,
        _("%(one)s has another time in another log of the same side: %(other)s."),
        _("Often a matter of zones; by minutes it may be a changed time."),
    ),
}
SEVERITY = {HIGH: _("Serious"), MEDIUM: _("Worth a question"), LOW: _("For information")}
ORDER = (HIGH, MEDIUM, LOW)


@dataclass(frozen=True)
class Notice:
    """A finding in words. `labels` are the exhibits and messages to look at."""

    severity: str
    word: str
    sentence: str
    explanation: str
    labels: tuple[str, ...]
    at: datetime
    many: int = 1


@dataclass(frozen=True)
class Entry:
    """One thing on the axis. `lane`: order, photo, chat or act. `label` leads to it, when it has one."""

    at: datetime
    lane: str
    words: str
    label: str = ""
    side: str = ""
    is_claimed: bool = False  # a camera's or a log's word, not ours
    is_assumed: bool = False  # without a zone; Beijing's is taken
    worst: str = ""  # the gravest finding about it


@dataclass
class Timeline:
    entries: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    marks: list[dict[str, Any]] = field(
        default_factory=list
    )  # the drawing: lane, x, label, severity
    days: list[dict[str, Any]] = field(default_factory=list)

    @property
    def lanes(self) -> list[dict[str, Any]]:
        return [
            {"y": height(lane), "text": height(lane) + 4, "word": gettext(word)}
            for lane, word in LANES.items()
        ]

    @property
    def serious(self) -> int:
        return sum(notice.severity == HIGH for notice in self.notices)


def timeline(
    case: Case,
    exhibits: Sequence[Exhibit],
    messages: Sequence[Message],
    differences: Sequence[Difference],
    docket: Iterable[HistoryLine],
    veiled: Callable[[str], str],
) -> Timeline:
    facts = facts_of_case(case, exhibits, messages, differences)
    notices = sorted(
        (notice_of(finding) for finding in contradictions(facts)),
        key=lambda notice: (ORDER.index(notice.severity), notice.at),
    )
    worst: dict[str, str] = {}
    for notice in reversed(notices):
        worst |= dict.fromkeys(notice.labels, notice.severity)
    entries = sorted(
        [
            *order_entries(case, veiled),
            *photo_entries(facts, worst),
            *chat_entries(messages, worst),
            *act_entries(docket),
        ],
        key=lambda entry: entry.at,
    )
    return Timeline(entries, notices, *drawn(entries))


def facts_of_case(
    case: Case,
    exhibits: Sequence[Exhibit],
    messages: Sequence[Message],
    differences: Sequence[Difference],
) -> CaseFacts:
    standing = [exhibit for exhibit in exhibits if exhibit.withdrawn_at is None]
    photos = [exhibit for exhibit in standing if exhibit.is_photo]
    labels = {exhibit.pk: exhibit.label for exhibit in exhibits}
    arrived = {exhibit.pk: exhibit.received_at for exhibit in exhibits}
    alike = alike_here(photos)
    return CaseFacts(
        placed_at=case.placed_at,
        filed_at=case.filed_at,
        shipped_at=case.shipped_at,
        delivered_at=case.delivered_at,
        photos=[
            PhotoFacts(
                label=photo.label,
                side=photo.side,
                received_at=photo.received_at,
                taken_at=photo.taken_at,
                evidence_type=photo.evidence_type,
                camera=photo.camera,
                software=photo.software,
                alike=frozenset(alike.get(photo.pk, ())),
            )
            for photo in photos
        ],
        messages=[
            MessageFacts(
                label=message.label,
                exhibit=labels.get(message.exhibit_id, ""),
                side=message.side,
                sent_at=message.sent_at,
                received_at=arrived[message.exhibit_id],
                text=message.text,
                time_assumed=message.time_assumed,
                flags=tuple(message.flags),
            )
            for message in messages
        ],
        differences=differences,
        flags={exhibit.label: tuple(exhibit.notes) for exhibit in standing if not exhibit.is_photo},
    )


def alike_here(photos: Sequence[Exhibit]) -> dict[int, set[str]]:
    """Which photos of one case look the same: few, so each is held against each."""
    if not photos:
        return {}
    wanted = [way.value for way in LOOKED_FOR_BY]
    kept = list(
        Fingerprint.objects.filter(exhibit__in=photos, way__in=wanted).values_list(
            "exhibit", "way", "hash"
        )
    )
    upright = [(pk, hash) for pk, way, hash in kept if way == Way.UPRIGHT]
    labels = {photo.pk: photo.label for photo in photos}
    found: dict[int, set[str]] = {}
    for pk, hash in upright:
        for other, _way, theirs in kept:
            if pk != other and distance(hash, theirs) <= FURTHEST:
                found.setdefault(pk, set()).add(labels[other])
                found.setdefault(other, set()).add(labels[pk])
    return found


def notice_of(finding: Finding) -> Notice:
    severity, sentence, explanation = SENTENCES[finding.code]
    blanks = {
        "one": finding.labels[0] if finding.labels else "",
        "other": finding.labels[1] if len(finding.labels) > 1 else "",
        "all": ", ".join(finding.labels),
        "hours": f"{finding.hours:g}",
    }
    words = gettext(sentence) % blanks
    if finding.many > 1:
        words += " " + gettext("%(many)s such places in all.") % {"many": finding.many}
    return Notice(
        severity,
        gettext(SEVERITY[severity]),
        words,
        gettext(explanation),
        finding.labels,
        finding.at,
        finding.many,
    )


def order_entries(case: Case, veiled: Callable[[str], str]) -> list[Entry]:
    events = (
        (case.placed_at, gettext("Order placed and paid")),
        (case.shipped_at, gettext("Shipped")),
        (case.delivered_at, gettext("Signed for")),
    )
    scans = [(at, veiled(words)) for at, words in case.way]
    return [Entry(at, "order", words) for at, words in (*events, *scans) if at is not None]


def photo_entries(facts: CaseFacts, worst: dict[str, str]) -> list[Entry]:
    entries = []
    for photo in facts.photos:
        moment = taken(photo)
        if moment is not None:
            words = gettext("%(label)s taken, by its camera") % {"label": photo.label}
            entries.append(
                Entry(
                    *(moment[0], "photo", words, photo.label, photo.side),
                    is_claimed=True,
                    is_assumed=moment[1],
                    worst=worst.get(photo.label, ""),
                )
            )
    return entries


def chat_entries(messages: Sequence[Message], worst: dict[str, str]) -> list[Entry]:
    """A line a day, and one for every message a finding is about."""
    entries = []
    for _day, talk in groupby(
        messages, key=lambda message: message.sent_at.astimezone(BEIJING).date()
    ):
        day = list(talk)
        words = ngettext("%(many)s message", "%(many)s messages", len(day)) % {"many": len(day)}
        assumed = any(message.time_assumed for message in day)
        entries.append(
            Entry(
                day[0].sent_at, "chat", words, day[0].label, "", is_claimed=True, is_assumed=assumed
            )
        )
        entries += [
            Entry(
                *(message.sent_at, "chat", message.text[:80], message.label, message.side),
                is_claimed=True,
                is_assumed=message.time_assumed,
                worst=worst[message.label],
            )
            for message in day
            if message.label in worst
        ]
    return entries


def act_entries(docket: Iterable[HistoryLine]) -> list[Entry]:
    return [
        Entry(
            line.at,
            "act",
            f"{line.who} {line.sentence}",
            f"docket-{line.number}",
        )
        for line in docket
    ]


LANES = {"order": _("Order"), "photo": _("Photos"), "chat": _("Chat"), "act": _("Docket")}
WIDTH, LEFT, RIGHT = 640, 64, 12  # of the drawing, in its own units


def height(lane: str) -> int:
    return 12 + 20 * list(LANES).index(lane)


def drawn(entries: Sequence[Entry]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Where each entry lies on the drawing, and where the days begin that get a name."""
    if not entries:
        return [], []
    first, last = entries[0].at, entries[-1].at
    span = max((last - first) / timedelta(seconds=1), 1.0)

    def across(at: datetime) -> int:
        share = (at - first) / timedelta(seconds=1) / span
        return round(LEFT + share * (WIDTH - LEFT - RIGHT))

    marks = [
        {
            "x": across(entry.at),
            "y": height(entry.lane),
            "entry": entry,
            "kind": "fover" if entry.worst == HIGH else "fsoon" if entry.worst else "fa",
        }
        for entry in entries
    ]
    named = ((first, "start"), (first + (last - first) / 2, "middle"), (last, "end"))
    return marks, [
        {"x": across(at), "words": f"{at.astimezone(BEIJING):%m-%d}", "anchor": anchor}
        for at, anchor in named
    ]
