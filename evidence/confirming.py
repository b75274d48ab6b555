"""How a chat log reads is settled by its sender: the encoding and the zone, where the file leaves them open."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cases import docket
from cases.actions import Refused, own_side
from cases.duties import ARRIVALS
from cases.execution import Duty
from cases.lifecycle import State
from cases.models import Case
from evidence.attested import digest_of
from evidence.chatlogs import ChatLog, ChatLogRefused, read_chat_log
from evidence.custody import insist_whole
from evidence.intake import Door, ExhibitRefused, numbered, speakers, store_messages, with_line
from evidence.models import Exhibit, SealedFile


def read_as(exhibit: Exhibit, *, encoding: str, zone: str, now: datetime) -> ChatLog:
    """The sealed log under this encoding and this zone. Raises ExhibitRefused when it does not read so,
    NotWhole when it is no longer what was sealed."""
    insist_whole(exhibit, SealedFile.Role.ORIGINAL, now=now)
    with exhibit.original.open("rb") as file:
        original = file.read()
    try:
        return read_chat_log(
            original,
            filename=exhibit.name,
            encoding=encoding,
            timezone=ZoneInfo(zone),
            sides=speakers(exhibit.case),
            now=now,
        )
    except ChatLogRefused as refusal:
        raise ExhibitRefused(refusal.code, with_line(refusal)) from refusal


def confirm_chat_log(
    exhibit: Exhibit, *, by: User, encoding: str, zone: str, now: datetime
) -> None:
    """Take the log as its sender says it reads; it counts from the instant it was uploaded.

    Confirming twice changes nothing.
    """
    if own_side(exhibit.case, by) != exhibit.side:
        raise PermissionDenied
    log = read_as(exhibit, encoding=encoding, zone=zone, now=now)
    with transaction.atomic():
        case = Case.objects.select_for_update().only("pk", "state").get(pk=exhibit.case_id)
        if not may_still_count(exhibit, case, now):
            raise Refused(_("This case no longer takes evidence."))
        waiting = Exhibit.objects.filter(
            pk=exhibit.pk, status=Exhibit.Status.PENDING, withdrawn_at=None
        )
        is_assumed = any(message.time_assumed for message in log.messages)
        confirmed = waiting.update(
            status=Exhibit.Status.ACCEPTED,
            found_type=f"{log.format}; {log.encoding}"[:40],
            zone=zone if is_assumed else "",
            notes=list(log.notes),
        )
        if not confirmed:
            return
        messages = numbered(exhibit.case, log)
        store_messages(exhibit, messages)
        docket.append(
            exhibit.case,
            "confirm_chat_log",
            actor=by,
            at=now,
            label=exhibit.label,
            encoding=encoding,
            zone=zone,
            messages=digest_of(messages),
        )


def may_still_count(exhibit: Exhibit, case: Case, now: datetime) -> bool:
    """Whether it could be sent now, or what it was let in for still goes on: it was in time, however long
    its sender reads it."""
    if Door(case.state, now).is_open(case):
        return True
    if case.state == State.APPEALED:
        return exhibit.with_appeal
    deeds = case.duties.filter(step__in=(Duty.Step.DEED, *ARRIVALS), side=exhibit.side)
    return case.state == State.EXECUTING and deeds.exists()
