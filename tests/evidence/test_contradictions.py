"""Each check fires on what it is for, and on nothing near it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.contradictions import (
    CHECKS,
    CaseFacts,
    Difference,
    MessageFacts,
    PhotoFacts,
    contradictions,
)

PLACED = datetime(2026, 3, 1, 4, tzinfo=UTC)  # noon in Beijing
SHIPPED, SIGNED, FILED = (PLACED + timedelta(days=days) for days in (1, 3, 5))
CASE = CaseFacts(placed_at=PLACED, shipped_at=SHIPPED, delivered_at=SIGNED, filed_at=FILED)


def photo(at: datetime | None = None, **facts) -> PhotoFacts:
    values = {
        "label": "E-01",
        "side": "buyer",
        "received_at": FILED,
        "taken_at": at.isoformat() if at else "",
    }
    return PhotoFacts(**(values | facts))


def message(text="你好", *, at=SIGNED, side="merchant", label="C-1", **facts) -> MessageFacts:
    return MessageFacts(label, "E-02", side, at, FILED, text, **facts)


def with_photos(*photos):
    return replace(CASE, photos=photos)


def with_talk(*messages):
    return replace(CASE, messages=messages)


HOUR = timedelta(hours=1)
PACKED = {"side": "merchant", "evidence_type": "E-PACKVID"}
FIRES = {
    "shipped_before_ordered": replace(CASE, shipped_at=PLACED - HOUR),
    "signed_before_shipped": replace(CASE, delivered_at=SHIPPED - HOUR),
    "photo_before_order": with_photos(photo(PLACED - 3 * HOUR)),
    "photo_before_delivery": with_photos(photo(SIGNED - 5 * HOUR)),
    "packing_after_pickup": with_photos(photo(SHIPPED + 5 * HOUR, **PACKED)),
    "photo_after_filing": with_photos(photo(FILED + 9 * HOUR, received_at=FILED + 10 * HOUR)),
    "photo_from_the_future": with_photos(photo(FILED + 30 * HOUR)),
    "zone_assumed": with_photos(photo(taken_at="2026-03-04T17:00:00")),  # five hours after
    "edited": with_photos(photo(software="Adobe Photoshop 25.1 (Windows)")),
    "one_camera_two_sides": with_photos(
        photo(camera="Nokia 7 #123"), photo(label="E-02", side="merchant", camera="Nokia 7 #123")
    ),
    "many_cameras": with_photos(
        *(photo(label=f"E-0{n}", camera=f"Maker {n}") for n in range(1, 4))
    ),
    "photo_sent_twice": with_photos(
        photo(alike=frozenset({"E-02"})), photo(label="E-02", alike=frozenset({"E-01"}))
    ),
    "silence_after_promise": with_talk(message("明天一定给您答复"), message("在吗", at=FILED)),
    "message_from_the_future": with_talk(message(at=FILED + 9 * HOUR, flags=("future",))),
    "same_id_other_text": with_talk(message(flags=("same_id_other_text",))),
    "order_contradicts_ids": with_talk(message(flags=("order_contradicts_ids",))),
    "ids_missing": replace(CASE, flags={"E-02": ("ids_missing",)}),
    "message_changed": replace(CASE, differences=[Difference("changed", "C-1", "C-9", SIGNED)]),
    "message_missing": replace(CASE, differences=[Difference("missing", "C-1", "E-03", SIGNED)]),
    "message_moved": replace(CASE, differences=[Difference("moved", "C-1", "C-9", SIGNED)]),
    **{
        f"own_message_{kind}": replace(
            CASE, differences=[Difference(kind, "C-1", "C-9", SIGNED, of_one_side=True)]
        )
        for kind in ("changed", "missing", "moved")
    },
}


@pytest.mark.parametrize("code", FIRES)
def test_a_check_fires(code):
    assert [finding.code for finding in contradictions(FIRES[code])] == [code]


SILENT = {
    "a plain case": CASE,
    "nothing shipped": replace(CASE, shipped_at=None, delivered_at=None),
    "within the slack of a camera's clock": with_photos(photo(SIGNED - HOUR)),
    "taken and received": with_photos(photo(SIGNED + 30 * HOUR)),
    "a shop's photo from before delivery": with_photos(photo(SIGNED - 5 * HOUR, side="merchant")),
    "packing before pick-up": with_photos(photo(SHIPPED - 5 * HOUR, **PACKED)),
    "without a time": with_photos(photo()),
    "with a time nobody can read": with_photos(photo(taken_at="yesterday")),
    "its zone assumed, far from everything": with_photos(photo(taken_at="2026-03-05T00:30:00")),
    "a phone's own software": with_photos(photo(software="HDR+ 1.0.540104767")),
    "one model on both sides": with_photos(
        photo(camera="Nokia 7"), photo(label="E-02", side="merchant", camera="Nokia 7")
    ),
    "two cameras": with_photos(photo(camera="A"), photo(label="E-02", camera="B")),
    "alike on two sides": with_photos(
        photo(alike=frozenset({"E-02"})),
        photo(label="E-02", side="merchant", alike=frozenset({"E-01"})),
    ),
    "a promise kept within the day": with_talk(
        message("明天一定给您答复"), message("已退款", at=SIGNED + 20 * HOUR, label="C-2")
    ),
    "the buyer's own promise": with_talk(message("我明天联系你", side="buyer")),
}


@pytest.mark.parametrize("what", SILENT)
def test_no_check_fires(what):
    assert contradictions(SILENT[what]) == []


def test_every_check_is_shown_to_fire():
    codes = {finding.code for case in FIRES.values() for check in CHECKS for finding in check(case)}

    assert codes == set(FIRES)
    assert {check for check in CHECKS if not any(list(check(c)) for c in FIRES.values())} == set()


def test_a_promise_never_kept_counts_until_the_filing():
    [finding] = contradictions(with_talk(message("马上给您退款", at=SIGNED)))

    assert (finding.labels, finding.hours) == (("C-1",), 48.0)


def test_a_message_from_the_future_stays_one_however_late_it_is_read():
    [finding] = contradictions(FIRES["message_from_the_future"])

    assert (finding.at, finding.hours) == (FILED, 9)


def test_many_differences_are_one_finding():
    many = [Difference("changed", f"C-{n}", "C-99", SIGNED) for n in range(40)]

    [finding] = contradictions(replace(CASE, differences=many))

    assert (finding.code, finding.many, finding.labels) == ("message_changed", 40, ("C-0", "C-99"))
