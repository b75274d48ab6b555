"""Photos for the demo cases, drawn here so that nobody's pictures are needed.

Each function answers JPEG bytes of a scene that shows what an exhibit of its kind would show.
"""

from portal.demo.artwork.clothing import brand_label, colour_pair, size_with_ruler, torn_coat
from portal.demo.artwork.documents import document, order_screenshot, qc_report
from portal.demo.artwork.food import expiry_label, fruit_box, scale_reading, thawed_seafood
from portal.demo.artwork.goods import (
    broken_cup,
    cracked_screen,
    leaking_bottle,
    missing_parts,
    stained_pan,
)
from portal.demo.artwork.parcels import (
    crushed_box,
    delivered_locker,
    intact_box,
    packing_bench,
    waybill,
)

__all__ = [
    "brand_label",
    "broken_cup",
    "colour_pair",
    "cracked_screen",
    "crushed_box",
    "delivered_locker",
    "document",
    "expiry_label",
    "fruit_box",
    "intact_box",
    "leaking_bottle",
    "missing_parts",
    "order_screenshot",
    "packing_bench",
    "qc_report",
    "scale_reading",
    "size_with_ruler",
    "stained_pan",
    "thawed_seafood",
    "torn_coat",
    "waybill",
]
