"""Is every docket what it was? Recomputed from its entries and held against the anchors, and what is stored
elsewhere against it: by the floors above, which settings name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from cases.anchor_folder import FIRST, Anchor, Entry, Folder, is_signed, trusted_keys
from cases.docket import BadLine, Chain, chains
from cases.models import Case, Event, Verification

PROGRESS_EVERY = 500  # chains
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AnchorFault:
    """Where the anchors themselves are not what they were. `code` is a key of FAULTS."""

    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return gettext(FAULTS[self.code]) % self.facts


FAULTS: dict[str, str] = {
    "signature": _("anchor %(number)s: its signature is not valid"),
    "order": _("anchor %(number)s does not follow from the one before"),
    "segment": _("anchor %(number)s: its list of heads is missing or changed"),
    "rewound": _("anchor %(number)s: %(reference)s does not go on from where it stood"),
    "cut": _("the anchors end before number %(number)s, which was known %(at)s"),
}


@dataclass(frozen=True)
class Point:
    """Where an anchor saw a chain end."""

    length: int
    head: str
    at: str


@dataclass
class Anchored:
    """What the anchors say of every chain, once they are read from the first to the last."""

    points: dict[str, Point] = field(default_factory=dict)
    faults: list[AnchorFault] = field(default_factory=list)
    restored: list[Anchor] = field(
        default_factory=list
    )  # losses that somebody has given a reason for
    last: Anchor | None = None


@dataclass
class Report:
    chains: int = 0
    lines: int = 0
    bad: list[BadLine] = field(default_factory=list)
    anchored: Anchored = field(default_factory=Anchored)

    @property
    def is_whole(self) -> bool:
        return not self.bad and not self.anchored.faults


def verify(references: Sequence[str] = (), *, progress: Progress | None = None) -> Report:
    """Recompute the dockets of these cases, or of all, and hold them against the anchors."""
    # The anchors first: what they saw is in the database by the time that is read.
    report = Report(anchored=read_anchors())
    points = report.anchored.points
    cases = Case.objects.filter(reference__in=references) if references else Case.objects.all()
    total = (cases.aggregate(lines=Sum("docket_length"))["lines"] or 0) if progress else 0
    marks = {reference: point.length for reference, point in points.items()}
    unseen = set(references or points) & points.keys()
    for chain in chains(cases, marks):
        report.chains += 1
        report.lines += chain.lines
        unseen.discard(chain.reference)
        report.bad += against(chain, points.get(chain.reference))
        if progress and report.chains % PROGRESS_EVERY == 0:
            progress(report.lines, total)
    if progress:
        progress(report.lines, total)
    report.bad += (
        BadLine(
            reference, 1, "gone", {"last": points[reference].length, "at": points[reference].at}
        )
        for reference in sorted(unseen)
        if points[reference].length
    )
    name_the_rewritten(report.bad)
    for witness in settings.DOCKET_WITNESSES:
        report.bad += import_string(witness)(references)
    return report


def against(chain: Chain, point: Point | None) -> list[BadLine]:
    """The one fault of a chain that says most: what is gone, then what does not fit, then what was rewritten."""
    if point is not None and chain.last < point.length:
        facts = {"first": chain.last + 1, "last": point.length, "at": point.at}
        return [BadLine(chain.reference, chain.last + 1, "lost", facts)]
    if chain.bad is not None:
        return [chain.bad]
    if point is not None and point.length and chain.marked != point.head:
        facts = {"first": 1, "last": point.length, "at": point.at}
        return [BadLine(chain.reference, 1, "rewritten", facts)]
    return []


# What the anchors say ----------------------------------------------------------------------------


def read_anchors(folder: Folder | None = None) -> Anchored:
    """Check signatures and order of all anchors and add up their segments. Raises AnchorFailed without a key."""
    folder, found = folder or Folder(), Anchored()
    anchors = folder.anchors()
    found.faults += cut_short(anchors)
    keys = trusted_keys() if anchors else {}
    previous, expected = FIRST, 1
    for anchor in anchors:
        if not is_signed(anchor, keys):
            found.faults.append(AnchorFault("signature", {"number": anchor.number}))
        if (anchor.previous, anchor.number) != (previous, expected):
            found.faults.append(AnchorFault("order", {"number": anchor.number}))
        previous, expected = anchor.hash, anchor.number + 1
        try:
            entries = folder.entries(anchor)
        except (OSError, ValueError):
            found.faults.append(AnchorFault("segment", {"number": anchor.number}))
            continue
        _add(found, anchor, entries)
        found.last = anchor
    return found


def cut_short(anchors: list[Anchor]) -> list[AnchorFault]:
    """Whether an anchor that an earlier check has seen is gone."""
    known = Verification.objects.exclude(anchor=0).order_by("-anchor").first()
    if known is None or (known.anchor, known.anchor_hash) in {(a.number, a.hash) for a in anchors}:
        return []
    at = known.anchored_at.isoformat() if known.anchored_at else ""
    return [AnchorFault("cut", {"number": known.anchor, "at": at})]


def _add(found: Anchored, anchor: Anchor, entries: list[Entry]) -> None:
    if anchor.note:
        found.restored.append(anchor)
    for entry in entries:
        point = found.points.get(entry.reference)
        if (point.length if point else 0) != entry.before or (
            entry.length < entry.before and not anchor.note
        ):
            facts = {"number": anchor.number, "reference": entry.reference}
            found.faults.append(AnchorFault("rewound", facts))
        found.points[entry.reference] = Point(entry.length, entry.head, anchor.at)


def name_the_rewritten(bad: list[BadLine]) -> None:
    """Narrow what was rewritten to the lines between the last anchor that fits and the first that does not."""
    rewritten = {line.reference: at for at, line in enumerate(bad) if line.code == "rewritten"}
    if not rewritten:
        return
    hashes = {
        (reference, number): hash
        for reference, number, hash in Event.objects.filter(
            case__reference__in=list(rewritten)
        ).values_list("case__reference", "number", "hash")
    }
    fitted = dict.fromkeys(rewritten, 0)
    for anchor, entry in _history(set(rewritten)):
        at = rewritten.get(entry.reference)
        if at is None:
            continue
        if hashes.get((entry.reference, entry.length)) == entry.head:
            fitted[entry.reference] = entry.length
            continue
        first = fitted[entry.reference] + 1
        facts = {"first": first, "last": entry.length, "at": anchor.at}
        bad[at] = BadLine(entry.reference, first, "rewritten", facts)
        del rewritten[entry.reference]


def _history(references: set[str]) -> Iterator[tuple[Anchor, Entry]]:
    folder = Folder()
    for anchor in folder.anchors():
        try:
            entries = folder.entries(anchor)
        except (OSError, ValueError):
            continue
        yield from ((anchor, entry) for entry in entries if entry.reference in references)
