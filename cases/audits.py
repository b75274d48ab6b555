"""What an auditor asks for: a check of all dockets, kept as a row, and one docket to take away."""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, Sum

from accounts.models import User
from cases import merkle
from cases.anchor_folder import AnchorFailed, Folder, trusted_keys
from cases.models import Case, Verification
from cases.verification import verify

AT_ONCE = 20_000  # lines; more are checked in the background
KEPT = 100  # faults kept in the row; the command names all of them
GIVEN_UP = timedelta(minutes=30)  # a worker that takes longer has died
EVERY = timedelta(days=1)  # a check nobody asked for

# Verification ------------------------------------------------------------------------------------


def ask(*, by: User | None, now: datetime) -> Verification:
    """Have all dockets checked: at once when they are few, else by the next worker. Asked twice is once."""
    waiting = Verification.objects.filter(ended_at=None, asked_at__gt=now - GIVEN_UP).first()
    if waiting is not None:
        return waiting
    lines: int = Case.objects.aggregate(lines=Sum("docket_length"))["lines"] or 0
    verification = Verification.objects.create(asked_by=by, asked_at=now, expected=lines)
    if lines <= AT_ONCE:
        run(verification, now=now)
    return verification


def run_next(now: datetime) -> Verification | None:
    """Do what waits, if anything; without anybody asking, once a day."""
    if not Verification.objects.filter(asked_at__gt=now - EVERY).exists():
        ask(by=None, now=now)
    abandoned = Q(began_at__lte=now - GIVEN_UP)
    waiting = Verification.objects.filter(Q(began_at=None) | abandoned, ended_at=None)
    verification = waiting.order_by("asked_at").first()
    return run(verification, now=now) if verification else None


def run(verification: Verification, *, now: datetime) -> Verification | None:
    """Check everything and keep what came out; None when another worker has it."""
    mine = Verification.objects.filter(pk=verification.pk, began_at=verification.began_at)
    if not mine.update(began_at=now):
        return None
    verification.began_at = now
    try:
        report = verify()
    except AnchorFailed as failure:
        verification.error = str(failure)[:500]
    else:
        verification.chains, verification.lines = report.chains, report.lines
        bad, anchors = map(asdict, report.bad), map(asdict, report.anchored.faults)
        faults = [*bad, *anchors]
        verification.found, verification.faults = len(faults), faults[:KEPT]
        if last := report.anchored.last:
            verification.anchor, verification.anchor_hash = last.number, last.hash
            verification.anchored_at = last.taken_at
    verification.ended_at = now
    verification.save()
    return verification


# One docket --------------------------------------------------------------------------------------


def proofs(reference: str) -> list[dict[str, Any]]:
    """Every anchor that speaks of this case, with what leads from its entry to the signed root."""
    folder, found = Folder(), []
    for anchor in folder.anchors():
        try:
            entries = folder.entries(anchor)
        except (OSError, ValueError):
            continue
        for at, entry in enumerate(entries):
            if entry.reference == reference:
                leaves = [merkle.leaf(str(each)) for each in entries]
                found.append(
                    {
                        "anchor": asdict(anchor),
                        "entry": str(entry),
                        "path": merkle.path(leaves, at),
                    }
                )
    return found


def docket_to_go(case: Case) -> dict[str, Any]:
    """One case's docket with its proofs, as tools/verify_docket.py reads it (JSON)."""
    try:
        keys = {name: base64.b64encode(key).decode() for name, key in trusted_keys().items()}
    except AnchorFailed:
        keys = {}
    return {
        "format": "docket 1",
        "case": case.reference,
        "lines": [
            {
                "number": event.number,
                "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "actor": event.actor_id,
                "who": str(event.actor) if event.actor else "",
                "name": event.name,
                "from": event.from_state,
                "to": event.to_state,
                "facts": event.facts,
                "previous": event.previous_hash,
                "hash": event.hash,
            }
            for event in case.events.select_related("actor").order_by("number")
        ],
        "anchors": proofs(case.reference),
        "keys": keys,
    }
