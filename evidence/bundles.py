"""Case bundles: a folder with `case.json`, photos and chat logs, as the marketplace hands a dispute over."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from accounts.models import Role, Shop, User
from cases.actions import AlreadyFiled, Filing, Refused, file_case, request_intervention
from cases.lifecycle import Side
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit

VERSION = 1
LARGEST_FILE = 20 * 1024 * 1024


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
        for item in record.get(key) or []:
            submit_item(case, folder, kind, item, outcome, now=now)
    return outcome


def read_record(folder: Path) -> dict[str, Any]:
    path = folder / "case.json"
    try:
        record = json.loads(path.read_bytes().decode("utf-8-sig"))
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


def file_record(record: dict[str, Any], *, now: datetime) -> tuple[Case, bool]:
    """The case of a record, and whether it is new. The clock starts now, not when the record was made."""
    try:
        filing = filing_of(record)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise BundleRefused(
            f"case.json lacks or garbles a field ({type(error).__name__}: {error})"
        ) from None
    try:
        case = file_case(filing, by=None, now=now)
    except AlreadyFiled as known:
        return known.case, False
    request_intervention(case, by=filing.buyer, now=now)
    return case, True


def filing_of(record: dict[str, Any]) -> Filing:
    order, claim, source = record["order"], record["claim"], record["source"]
    if order.get("currency", "CNY") != "CNY":
        raise BundleRefused(f"the order is in {order['currency']}; only CNY is handled")
    return Filing(
        source=required(source),
        external_id=required(record["external_id"]),
        category=required(claim["category"]),
        buyer=buyer_of(source, record["buyer"]),
        shop=shop_of(source, record["shop"]),
        order_number=required(order["number"]),
        items=list(order.get("items", [])),
        paid=amount(order["paid"]),
        freight=amount(order.get("freight", "0")),
        refunded=amount(order.get("refunded", "0")),
        placed_at=instant(order["placed_at"]),
        shipped_at=optional(instant, order.get("shipped_at")),
        delivered_at=optional(instant, order.get("delivered_at")),
        carrier=order.get("carrier") or "",
        tracking_number=order.get("tracking_number") or "",
        requested_remedy=required(claim["requested_remedy"]),
        requested_amount=amount(claim["requested_amount"]),
        statement=claim.get("statement") or "",
    )


def required(word: Any) -> str:
    if not isinstance(word, str) or not word.strip():
        raise ValueError(f"{word!r} is not a word")
    return word


def amount(written: Any) -> Decimal:
    """CNY with at most two decimals, written as a string."""
    if not isinstance(written, str):
        raise TypeError(f"amount {written!r} is not written as text")
    value = Decimal(written)
    if not value.is_finite() or value != value.quantize(Decimal("0.01")):
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
    name = required(party["external_id"])
    buyer, is_new = User.objects.get_or_create(
        source=source,
        external_id=name,
        defaults={
            "username": f"{source}:{name}"[:150],
            "display_name": str(party.get("nickname") or name)[:80],
            "role": Role.BUYER,
        },
    )
    if is_new:
        buyer.set_unusable_password()
        buyer.save(update_fields=["password"])
    return buyer


def shop_of(source: str, party: dict[str, Any]) -> Shop:
    shop, _is_new = Shop.objects.get_or_create(
        source=source,
        external_id=required(party["external_id"]),
        defaults={
            "name": str(party.get("name") or party["external_id"])[:120],
            "is_self_operated": bool(party.get("self_operated", False)),
        },
    )
    return shop


def submit_item(
    case: Case, folder: Path, kind: str, item: Any, outcome: Import, *, now: datetime
) -> None:
    name = str(item.get("file")) if isinstance(item, dict) else str(item)
    side = item.get("submitted_by") if isinstance(item, dict) else None
    try:
        submission = Submission(
            original=read_file(folder, name),
            name=name.replace("\\", "/").rsplit("/", 1)[-1],
            kind=kind,
            evidence_type=str(item.get("evidence_type") or "") if isinstance(item, dict) else "",
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
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BundleRefused("it lies outside the bundle")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BundleRefused("it is larger than 20 MB")
        return path.read_bytes()
    except (OSError, ValueError):
        raise BundleRefused("it is missing or cannot be read") from None
