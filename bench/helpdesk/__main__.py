"""django-helpdesk's `escalate_tickets` on its own database: prints the seconds it took.

    python -m bench.helpdesk TICKETS [--told]     with `--told`, two people of each ticket get an e-mail

Run by bench/sweeps.py with bench.helpdesk.settings and a DATABASE_URL that names an empty database.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta

import django
from django.core import mail
from django.core.management import call_command
from django.utils import timezone


def escalate(many: int, *, told: bool) -> float:
    from helpdesk.models import FollowUp, Queue, Ticket, TicketChange

    call_command("migrate", verbosity=0, skip_checks=True)
    queue = Queue.objects.create(
        title="Silent", slug="silent", escalate_days=1, email_address="desk@localhost"
    )
    if told:
        queue.updated_ticket_cc = "shop@localhost"
        queue.save()
    Ticket.objects.bulk_create(
        Ticket(
            queue=queue,
            title=f"Ticket {number}",
            status=Ticket.OPEN_STATUS,
            priority=3,
            submitter_email=f"buyer{number}@localhost" if told else None,
        )
        for number in range(many)
    )
    Ticket.objects.update(created=timezone.now() - timedelta(days=3))
    began = time.perf_counter()
    call_command("escalate_tickets", skip_checks=True)
    seconds = time.perf_counter() - began
    written = (
        Ticket.objects.filter(priority=2, last_escalation__isnull=False).count(),
        FollowUp.objects.count(),
        TicketChange.objects.count(),
        len(mail.outbox) if hasattr(mail, "outbox") else 0,
    )
    if written != (many, many, many, 2 * many * told):
        raise SystemExit(f"not everything was escalated: {written}")
    return seconds


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.helpdesk.settings"
    django.setup()
    print(escalate(int(sys.argv[1]), told="--told" in sys.argv))
