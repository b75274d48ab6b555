"""What is recorded of the files of a case. The files are a floor up; evidence calls down when something happens."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from cases import docket, notices
from cases.actions.passage import Refused
from cases.lifecycle import OPEN_TO_EVIDENCE
from cases.models import Case, Event
from cases.pulse import NOT_READ, store_is_away


@transaction.atomic
def note_damage(
    case: Case, *, label: str, file: str, found: str, by: User | None, now: datetime
) -> Event:
    """A stored file is no longer what was sealed: enter it, tell the supervisors, stop any ruling."""
    # The version too: a ruling being issued at this instant must not go out.
    Case.objects.filter(pk=case.pk, integrity_failed_at=None).update(
        integrity_failed_at=now, version=F("version") + 1
    )
    event = docket.append(
        case, "integrity_failed", actor=by, at=now, label=label, file=file, found=found
    )
    notices.queue_for(case, "integrity_failed", answerable_for(case), now=now)
    return event


@transaction.atomic
def note_repair(
    case: Case, *, label: str, file: str, is_last: bool, by: User | None, now: datetime
) -> Event:
    """A stored file is what was sealed again; with the last one, rulings are possible again."""
    if is_last:
        Case.objects.filter(pk=case.pk).update(integrity_failed_at=None, version=F("version") + 1)
    event = docket.append(case, "integrity_restored", actor=by, at=now, label=label, file=file)
    if is_last:
        notices.queue_for(case, "integrity_restored", answerable_for(case), now=now)
    return event


def insist_readable() -> None:
    """Raises Refused while no evidence can be read: neither people nor the clock decide then."""
    if store_is_away():
        raise Refused(_(NOT_READ))


def answerable_for(case: Case) -> list[User]:
    """The supervisors, and who holds the case."""
    return list((notices.leads() | User.objects.filter(held_cases=case.pk)).distinct())


@transaction.atomic
def note_admission(
    case: Case, *, label: str, admitted: bool, reason: str, by: User, now: datetime
) -> Event:
    """Late evidence counts, or does not, for the reason given. Only before the ruling."""
    undecided = Case.objects.filter(pk=case.pk, holder=by, state__in=OPEN_TO_EVIDENCE)
    if not undecided.update(version=F("version") + 1):
        raise Refused(_("After the ruling this is no longer decided."))
    name = "admit_late" if admitted else "leave_out_late"
    return docket.append(case, name, actor=by, at=now, label=label, reason=reason)


def note_export(case: Case, *, what: str, by: User, now: datetime) -> Event:
    """Somebody takes a copy of the case (`case`) or of its docket (`docket`) out of the portal."""
    with transaction.atomic():
        return docket.append(case, f"export_{what}", actor=by, at=now)
