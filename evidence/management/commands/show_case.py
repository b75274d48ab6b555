from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.models import Case, Ruling


class Command(BaseCommand):
    help = "Print one case whole: state, deadlines, exhibits, docket and ruling."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def handle(self, *args: Any, reference: str, **options: Any) -> None:
        case = Case.objects.with_parties().filter(reference=reference).first()
        if case is None:
            raise CommandError(f"there is no case {reference}")
        whole = describe(case)
        if options["json"]:
            self.stdout.write(json.dumps(whole, ensure_ascii=False, indent=1))
            return
        for name, value in whole.items():
            if isinstance(value, list):
                self.stdout.write(f"{name}:")
                for row in value:
                    self.stdout.write(
                        "  " + "  ".join(f"{key}={cell}" for key, cell in row.items())
                    )
            else:
                self.stdout.write(f"{name}: {value}")


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def describe(case: Case) -> dict[str, Any]:
    ruling = case.ruling
    return {
        "reference": case.reference,
        "source": case.source,
        "external_id": case.external_id,
        "state": case.state,
        "money_state": case.money_state,
        "category": case.category,
        "rule": case.rule,
        "rulebook_version": case.rulebook_version,
        "priority": case.priority,
        "holder": case.holder.username if case.holder else None,
        "buyer": case.buyer.username,
        "shop": case.shop.name,
        "requested_remedy": case.requested_remedy,
        "requested_amount": str(case.requested_amount),
        "paid": str(case.paid),
        "refunded": str(case.refunded),
        "answered_at": iso(case.answered_at),
        "answer_is_late": case.answer_is_late,
        "merchant_defaulted_at": iso(case.defaulted_at),
        "filed_at": iso(case.filed_at),
        "ended_at": iso(case.ended_at),
        "deadlines": [
            {
                "kind": deadline.kind,
                "party": deadline.party,
                "opened_at": iso(deadline.opened_at),
                "due_at": iso(deadline.due_at),
                "paused": deadline.is_paused,
                "closed_at": iso(deadline.closed_at),
                "outcome": deadline.outcome or None,
            }
            for deadline in case.deadlines.order_by("opened_at", "pk")
        ],
        "exhibits": [
            {
                "label": exhibit.label,
                "side": exhibit.side,
                "kind": exhibit.kind,
                "status": exhibit.status,
                "name": exhibit.name,
                "sha256": exhibit.sha256,
                "size": exhibit.size,
                "late": exhibit.is_late,
                "messages": exhibit.messages.count(),
            }
            for exhibit in case.exhibits.order_by("number")
        ],
        "events": [
            {
                "number": event.number,
                "at": iso(event.at),
                "actor": event.actor.username if event.actor else None,
                "name": event.name,
                "from": event.from_state or None,
                "to": event.to_state or None,
                "facts": event.facts,
                "hash": event.hash,
            }
            for event in case.events.select_related("actor").order_by("number")
        ],
        "ruling": describe_ruling(ruling) if ruling else None,
    }


def describe_ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "version": ruling.version,
        "author": ruling.author.username if ruling.author else None,
        "issued_at": iso(ruling.issued_at),
        "outcome": ruling.outcome,
        "remedies": ruling.remedies,
        "amount": str(ruling.amount),
        "freight": ruling.freight,
        "findings": ruling.findings,
        "reasons": ruling.reasons,
        "content_hash": ruling.content_hash,
    }
