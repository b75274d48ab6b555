"""Photos used twice: remembering what a photo looks like, finding those that look the same, judging a find."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Shop, User
from cases import docket
from cases.actions import Refused
from cases.lifecycle import its_holder
from evidence.likeness import (
    FURTHEST,
    LOOKED_FOR_BY,
    Way,
    bands,
    distance,
    hashes,
    probes,
)
from evidence.models import Exhibit, Fingerprint, ListingImage, Match

log = logging.getLogger(__name__)
MOST_MATCHES = 20  # a picture seen more often than that is everybody's
CAUGHT_UP = 200  # exhibits a round
UNDER_WAY = timedelta(minutes=1)  # an upload looks for itself
LISTING = "listing_picture"

# Bits that differ. SQLite knows neither XOR nor a count of bits: sums of fours, then of bytes.
NIBBLES, BYTES = 0x1111111111111111, 0x0F0F0F0F0F0F0F0F
DIFFERENCE = "((hash | %(hash)s) - (hash & %(hash)s))"
SUMS = " + ".join(f"(({DIFFERENCE} >> {shift}) & {NIBBLES})" for shift in range(4))
DIFFERING = {
    "postgresql": "bit_count((hash # CAST(%(hash)s AS bigint))::bit(64))",
    "sqlite": f"(((({SUMS}) & {BYTES}) + ((({SUMS}) >> 4) & {BYTES})) %% 255)",
}


@dataclass(frozen=True)
class Near:
    """A remembered hash close to the one looked for."""

    exhibit_id: int
    way: Way
    distance: int


def near(hash: int) -> list[Near]:
    """Every remembered hash that differs in at most `FURTHEST` bits: one index read per quarter."""
    bits = DIFFERING[connection.vendor]
    per_band = (
        f"SELECT exhibit_id, way, {bits} AS bits FROM evidence_fingerprint"  # noqa: S608
        f" WHERE band_{number} IN ({', '.join(map(str, probes(band)))}) AND {bits} <= {FURTHEST}"
        for number, band in enumerate(bands(hash), start=1)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(per_band), {"hash": hash})
        return [Near(exhibit_id, Way(way), bits) for exhibit_id, way, bits in cursor.fetchall()]


def remember(exhibit: Exhibit, found: Mapping[Way, int]) -> None:
    Fingerprint.objects.bulk_create(
        Fingerprint(
            exhibit=exhibit,
            way=way,
            hash=hash,
            **{f"band_{number}": band for number, band in enumerate(bands(hash), start=1)},
        )
        for way, hash in found.items()
    )


def is_listing(shop: Shop, sha256: str, found: Mapping[Way, int]) -> bool:
    """Whether a picture is one the shop shows with its goods, whole or cropped."""
    listed = list(shop.listing_images.all())
    wanted = [found[way] for way in LOOKED_FOR_BY if way in found]
    return any(
        picture.sha256 == sha256
        or (
            picture.hash is not None
            and any(distance(picture.hash, hash) <= FURTHEST for hash in wanted)
        )
        for picture in listed
    )


def look(exhibit: Exhibit, found: Mapping[Way, int], *, now: datetime) -> list[Match]:
    """Enter what this exhibit looks like, in its case and in the others'. Never fails the upload: what
    could not be looked for is caught up on."""
    try:
        with transaction.atomic():
            matches = []
            if LISTING not in exhibit.notes:
                matches = _enter(exhibit, _best(exhibit, found), now=now)
            Exhibit.objects.filter(pk=exhibit.pk).update(is_compared=True)
            return matches
    except DatabaseError:
        log.exception("exhibit %s was not compared with the others", exhibit.pk)
        return []


def catch_up(now: datetime, *, most: int = CAUGHT_UP) -> int:
    """Look for what uploads were interrupted in looking for; returns how many were looked at."""
    waiting = Exhibit.objects.filter(is_compared=False, received_at__lte=now - UNDER_WAY)
    exhibits = waiting.order_by("pk").prefetch_related("fingerprints")[:most]
    for exhibit in exhibits:
        look(exhibit, {Way(each.way): each.hash for each in exhibit.fingerprints.all()}, now=now)
    return len(exhibits)


def _best(exhibit: Exhibit, found: Mapping[Way, int]) -> dict[int, Near]:
    """The closest way in which each other exhibit is like this one."""
    best: dict[int, Near] = {}
    for way in LOOKED_FOR_BY:
        for hit in near(found[way]) if way in found else ():
            # The same crop of both: what differs is at their edges.
            held = Way.UPRIGHT if hit.way == way else Way(max(way, hit.way))
            hit = Near(hit.exhibit_id, held, hit.distance)
            known = best.get(hit.exhibit_id)
            if known is None or (hit.distance, hit.way) < (known.distance, known.way):
                best[hit.exhibit_id] = hit
    return best


def _enter(exhibit: Exhibit, best: Mapping[int, Near], *, now: datetime) -> list[Match]:
    same_file = set(Exhibit.objects.filter(sha256=exhibit.sha256).values_list("pk", flat=True))
    others = (
        Exhibit.objects.filter(pk__in={*best, *same_file})
        .exclude(case=exhibit.case_id, side=exhibit.side)
        .exclude(case=exhibit.case_id, pk__gte=exhibit.pk)  # the later one has the line
    )
    exact = Near(0, Way.UPRIGHT, 0)
    ranked = sorted(
        ((best.get(other.pk, exact), other) for other in others if LISTING not in other.notes),
        key=lambda pair: (pair[1].sha256 != exhibit.sha256, pair[0].distance, pair[1].pk),
    )
    matches = []
    for hit, other in ranked[:MOST_MATCHES]:
        is_same_file = other.sha256 == exhibit.sha256
        here = Match(
            exhibit=exhibit,
            other=other,
            way=Way.UPRIGHT if is_same_file else hit.way,
            distance=0 if is_same_file else hit.distance,
            is_same_file=is_same_file,
            found_at=now,
        )
        matches.append(here)
        if other.case_id != exhibit.case_id:
            matches.append(
                Match(
                    exhibit=other,
                    other=exhibit,
                    way=BACK.get(hit.way, hit.way) if not is_same_file else Way.UPRIGHT,
                    distance=here.distance,
                    is_same_file=is_same_file,
                    found_at=now,
                )
            )
    return Match.objects.bulk_create(matches, ignore_conflicts=True)


# Seen from the other photo, a quarter turn goes the other way.
BACK = {Way.TURNED_90: Way.TURNED_270, Way.TURNED_270: Way.TURNED_90}


def mark_match(match: Match, *, by: User, mark: str, note: str, now: datetime) -> None:
    """Say what a find means: the photo was used twice, or the two only look alike. Kept with who and when."""
    case = match.exhibit.case
    if not its_holder(case, by):
        raise PermissionDenied
    if mark not in (Match.Mark.CONFIRMED, Match.Mark.COINCIDENCE):
        raise Refused(_("Say whether it is confirmed or a coincidence."))
    with transaction.atomic():
        unsaid = Match.objects.filter(pk=match.pk).exclude(mark=mark, note=note[:500])
        if not unsaid.update(mark=mark, note=note[:500], marked_by=by, marked_at=now):
            return  # pressed twice
        docket.append(
            case,
            f"match_{mark}",
            actor=by,
            at=now,
            label=match.exhibit.label,
            other=match.other.label,
            other_case=match.other.case.reference,
            note=note[:500],
        )


def add_listing_images(
    shop: Shop, pictures: Iterable[tuple[str, str, bytes]], *, now: datetime
) -> int:
    """Put pictures (name, SHA-256, thumbnail) on the shop's list; how many were new."""
    new = 0
    for name, sha256, thumbnail in pictures:
        _picture, is_new = ListingImage.objects.get_or_create(
            shop=shop,
            sha256=sha256,
            defaults={
                "hash": hashes(thumbnail).get(Way.UPRIGHT),
                "name": name[:100],
                "added_at": now,
            },
        )
        new += is_new
    return new
