"""Case bundles: a folder with `case.json`, photos and chat logs, as the marketplace hands a dispute over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Role, Shop, User
from cases.actions import AlreadyFiled, Filing, Refused, file_case, request_intervention
from cases.lifecycle import Side
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit

VERSION = 1
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_RECORD = 1024 * 1024
LONGEST_TEXT = 10_000  # characters
MOST_SCANS = 100
LARGEST_AMOUNT = Decimal(10) ** 10


class BundleRefused(Exception):
    """The bundle as a whole cannot be filed; its text says why."""


@dataclass(frozen=True)
class Refusal:
    item: str
    code: str
    reason: str


@dataclass
class Import:
    """What became of one bundle."""

    bundle: str
    reference: str | None = None
    is_new: bool = False
    photos: int = 0
    messages: int = 0
    refused: list[Refusal] = field(default_factory=list)


def import_bundle(folder: Path, *, now: datetime) -> Import:
    """File one bundle and submit what it carries. One bad item never loses the rest.

    Importing again adds only what is missing; nothing is filed or stored twice.
    """
    outcome = Import(bundle=folder.name)
    try:
        record = read_record(folder)
        case, outcome.is_new = file_record(record, now=now)
    except (BundleRefused, Refused) as refusal:
        outcome.refused.append(Refusal("case.json", "case", str(refusal)))
        return outcome
    outcome.reference = case.reference
    for kind, key in ((Exhibit.Kind.PHOTO, "photos"), (Exhibit.Kind.CHAT_LOG, "chat_logs")):
        items = record.get(key) or []
        if not isinstance(items, list):
            outcome.refused.append(Refusal(key, "file", "it is not a list"))
            continue
        for item in items:
            submit_item(case, folder, kind, item, outcome, now=now)
    return outcome


def read_record(folder: Path) -> dict[str, Any]:
    path = folder / "case.json"
    try:
        if path.stat().st_size > LARGEST_RECORD:
            raise BundleRefused("case.json is larger than 1 MB")
        record = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=no_number)
    except FileNotFoundError:
        raise BundleRefused("there is no case.json") from None
    except OSError as error:
        raise BundleRefused(f"case.json cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise BundleRefused(f"case.json is not JSON ({error})") from None
    if not isinstance(record, dict):
        raise BundleRefused("case.json does not hold an object")
    if record.get("version") != VERSION:
        raise BundleRefused(f"case.json is of version {record.get('version')!r}, not {VERSION}")
    return record


def no_number(written: str) -> None:
    raise ValueError(f"{written} is not a number")


def file_record(record: dict[str, Any], *, now: datetime) -> tuple[Case, bool]:
    """The case of a record, and whether it is new. The clock starts now, not when the record was made.

    A record that is refused leaves nobody and nothing behind.
    """
    try:
        with transaction.atomic():
            filing = filing_of(record)
            case = file_case(filing, by=None, now=now)
            request_intervention(case, by=filing.buyer, now=now)
    except AlreadyFiled as known:
        return known.case, False
    except IntegrityError:
        raise BundleRefused("its buyer or shop is already known under another name") from None
    except (KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise BundleRefused(
            f"case.json lacks or garbles a field ({type(error).__name__}: {error})"
        ) from None
    return case, True


def filing_of(record: dict[str, Any]) -> Filing:
    order, claim = record["order"], record["claim"]
    source = word(record["source"], 20)
    if order.get("currency", "CNY") != "CNY":
        raise BundleRefused(f"the order is in {order['currency']}; only CNY is handled")
    return Filing(
        source=source,
        external_id=word(record["external_id"], 64),
        category=word(claim["category"], 40),
        buyer=buyer_of(source, record["buyer"]),
        shop=shop_of(source, record["shop"]),
        order_number=word(order["number"], 64),
        items=[item_of(item) for item in order.get("items") or []],
        paid=amount(order["paid"]),
        freight=amount(order.get("freight", "0")),
        refunded=amount(order.get("refunded", "0")),
        placed_at=instant(order["placed_at"]),
        shipped_at=optional(instant, order.get("shipped_at")),
        delivered_at=optional(instant, order.get("delivered_at")),
        carrier=text(order.get("carrier"), 40),
        tracking_number=text(order.get("tracking_number"), 64),
        scans=[scan_of(scan) for scan in (order.get("scans") or [])[:MOST_SCANS]],
        requested_remedy=word(claim["requested_remedy"], 20),
        requested_amount=amount(claim["requested_amount"]),
        statement=text(claim.get("statement"), LONGEST_TEXT),
    )


def text(written: Any, longest: int) -> str:
    """Text of at most so many characters that every database can hold; empty for none."""
    if written is None:
        return ""
    if not isinstance(written, str):
        raise TypeError(f"{written!r} is not text")
    written.encode()  # a lone surrogate has no UTF-8 form
    if len(written) > longest or "\0" in written:
        raise ValueError(f"{written[:40]!r} is too long or holds a NUL")
    return written


def word(written: Any, longest: int) -> str:
    if not text(written, longest).strip():
        raise ValueError(f"{written!r} is not a word")
    return str(written)


def item_of(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": word(item["title"], 200),
        "kind": text(item.get("kind"), 40),
        "quantity": int(item.get("quantity", 1)),
        "unit_price": str(amount(item.get("unit_price", "0"))),
    }


def scan_of(scan: dict[str, Any]) -> dict[str, str]:
    return {"at": instant(scan["at"]).isoformat(), "words": word(scan["words"], 200)}


def amount(written: Any) -> Decimal:
    """CNY with at most two decimals, written as a string."""
    if not isinstance(written, str):
        raise TypeError(f"amount {written!r} is not written as text")
    value = Decimal(written)
    if not value.is_finite() or abs(value) >= LARGEST_AMOUNT or value != round(value, 2):
        raise ValueError(f"amount {written!r}")
    return value


def instant(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(f"{written} names no time zone")
    return moment.astimezone(UTC)


def optional(read: Callable[[str], datetime], written: str | None) -> datetime | None:
    return read(written) if written else None


def buyer_of(source: str, party: dict[str, Any]) -> User:
    name = word(party["external_id"], 64)
    buyer, is_new = User.objects.get_or_create(
        source=source,
        external_id=name,
        defaults={
            "username": f"{source}:{name}",
            "display_name": text(party.get("nickname"), LONGEST_TEXT)[:80] or name,
            "role": Role.BUYER,
        },
    )
    if buyer.role != Role.BUYER:
        raise BundleRefused("its buyer is known here in another role")
    if is_new:
        buyer.set_unusable_password()
        buyer.save(update_fields=["password"])
    return buyer


def shop_of(source: str, party: dict[str, Any]) -> Shop:
    name = word(party["external_id"], 64)
    shop, _is_new = Shop.objects.get_or_create(
        source=source,
        external_id=name,
        defaults={
            "name": text(party.get("name"), LONGEST_TEXT)[:120] or name,
            "is_self_operated": party.get("self_operated") is True,
        },
    )
    return shop


def submit_item(
    case: Case, folder: Path, kind: str, item: Any, outcome: Import, *, now: datetime
) -> None:
    name = str(item.get("file")) if isinstance(item, dict) else str(item)
    side = item.get("submitted_by") if isinstance(item, dict) else None
    shows = str(item.get("evidence_type")) if isinstance(item, dict) else ""
    try:
        submission = Submission(
            original=read_file(folder, name),
            name=name.replace("\\", "/").rsplit("/", 1)[-1],
            kind=kind,
            evidence_type=shows if shows in case.book.evidence_types else "",
        )
        party = side if side in (Side.BUYER, Side.MERCHANT) else Side.PLATFORM
        receipt = submit_exhibit(case, submission, by=None, side=party, now=now)
    except BundleRefused as refusal:
        outcome.refused.append(Refusal(name, "file", str(refusal)))
    except Refused as refusal:
        outcome.refused.append(Refusal(name, getattr(refusal, "code", "refused"), str(refusal)))
    else:
        if not receipt.is_duplicate:
            outcome.photos += receipt.exhibit.is_photo
            outcome.messages += receipt.exhibit.messages.count()


def read_file(folder: Path, name: str) -> bytes:
    """The bytes of a file inside the bundle; a path that leads out of it is refused."""
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise BundleRefused("it lies outside the bundle")
        if not path.is_file():
            raise BundleRefused("it is missing")
        if path.stat().st_size > LARGEST_FILE:
            raise BundleRefused("it is larger than 20 MB")
        return path.read_bytes()
    except (OSError, ValueError):
        raise BundleRefused("it cannot be read") from None
