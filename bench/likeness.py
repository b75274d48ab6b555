"""Finding a photo used before among 1,000,000 hashes, against counting the bits of every one of them.

Once with random hashes, and once with those of real pictures: 40 copies of each, each a few bits off, which
crowd together in the index as the photos of a marketplace do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from statistics import median

from django.db import connection, transaction
from PIL import Image

from bench.lab import Lab, Result, Stopwatch, insist, say
from cases import bulk
from evidence.likeness import FURTHEST, Way, bands, hashes, signed
from evidence.matching import near
from evidence.models import Fingerprint
from portal.demo.build import PICTURES

HASHES = 1_000_000
COPIES = 40
QUERIES = 60
DAY = date(2026, 3, 10)
EVERY_ONE = """
SELECT exhibit_id, way, bit_count((hash # %s::bigint)::bit(64)) FROM evidence_fingerprint
 WHERE bit_count((hash # %s::bigint)::bit(64)) <= %s
"""


def random_hashes(chance: random.Random, many: int) -> list[int]:
    return [signed(chance.getrandbits(64)) for _ in range(many)]


def crowded_hashes(chance: random.Random, many: int) -> list[int]:
    """Hashes of parts of drawn scenes, held any way, and for each the copies people make of it."""
    scenes = []
    for name, picture in PICTURES.items():
        scene = Image.open(BytesIO(picture.draw(DAY))).convert("L")
        scene.thumbnail((640, 640))
        scenes.append((name, scene))
    found: list[int] = []
    while len(found) < many:
        _name, scene = chance.choice(scenes)
        share = chance.uniform(0.25, 0.7)
        left, top = (chance.uniform(0, 1 - share) * side for side in scene.size)
        box = (left, top, left + share * scene.width, top + share * scene.height)
        part = BytesIO()
        scene.resize((160, 160), Image.Resampling.BOX, box=box).save(part, "JPEG")
        for hash in hashes(part.getvalue()).values():
            found += [hash ^ flips(chance) for _ in range(COPIES // 10)]
    return found[:many]


def flips(chance: random.Random) -> int:
    return signed(sum({1 << chance.randrange(64) for _ in range(chance.randrange(9))}))


def rows(found: list[int]) -> Iterator[tuple[int, ...]]:
    for number, hash in enumerate(found, start=1):
        yield (number, Way.UPRIGHT.value, hash, *bands(hash))


def every_one(hash: int) -> set[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(EVERY_ONE, [hash, hash, FURTHEST])
        return set(cursor.fetchall())


def by_quarters(hash: int) -> set[tuple[int, int, int]]:
    return {(hit.exhibit_id, hit.way.value, hit.distance) for hit in near(hash)}


def reuse_search(lab: Lab) -> tuple[Result, ...]:
    chance = random.Random(20261122)  # noqa: S311  # the same hashes every time
    return tuple(
        measured(lab, name, make(chance, HASHES), chance)
        for name, make in (("reuse_search", random_hashes), ("reuse_search_crowd", crowded_hashes))
    )


def measured(lab: Lab, name: str, found: list[int], chance: random.Random) -> Result:
    columns = ["exhibit_id", "way", "hash", "band_1", "band_2", "band_3", "band_4"]
    with lab.copy(lab.migrated()), connection.cursor() as cursor:
        # There are no exhibits behind these hashes; nobody asks for them.
        cursor.execute("SET session_replication_role = replica")
        with transaction.atomic():
            bulk.insert(Fingerprint, columns, rows(found))
        cursor.execute("VACUUM (ANALYZE) evidence_fingerprint")
        wanted = [hash ^ flips(chance) for hash in chance.sample(found, QUERIES)]
        ways: dict[str, Callable[[int], set[tuple[int, int, int]]]] = {
            "ours": by_quarters,
            "every": every_one,
        }
        spent: dict[str, list[float]] = {way: [] for way in ways}
        hits = 0
        for hash in wanted:
            answers = {}
            for way, search in ways.items():
                with Stopwatch() as watch:
                    answers[way] = search(hash)
                spent[way].append(watch.seconds * 1000)
            insist(
                answers["ours"] == answers["every"], "the quarters missed a hash, or made one up"
            )
            hits += len(answers["ours"])
    say(
        f"{name}: {hits} hits in {QUERIES} searches, recall 1.0; slowest {max(spent['ours']):.1f} ms"
    )
    ours, every = median(spent["ours"]), median(spent["every"])
    return Result(name, ours, every, f"ms among {HASHES:,}", ours / every, "<= 3 ms")
