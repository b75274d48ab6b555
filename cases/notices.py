"""Who is told what. A notice is a row written with the act; the relay sends it afterwards."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import formats, timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import Role, User
from cases.lifecycle import Side
from cases.models import Case, Notice

log = logging.getLogger(__name__)

# Step → sides told. Sentences are rendered when read, in the reader's language.
TOLD: dict[str, tuple[str, ...]] = {
    "request_intervention": (Side.MERCHANT, Side.BUYER),
    "respond": (Side.BUYER,),
    "late_answer": (Side.BUYER,),
    "concede": (Side.BUYER,),
    "escalate": (Side.BUYER, Side.MERCHANT),
    "claim": (),
    "release": (),
    "supply_evidence": (),
    "lapse_evidence": (Side.BUYER, Side.MERCHANT),
    "issue": (Side.BUYER, Side.MERCHANT),
    "finalize": (Side.BUYER, Side.MERCHANT),
    "complete": (Side.BUYER,),
    "withdraw": (Side.MERCHANT,),
    "reject": (Side.BUYER, Side.MERCHANT),
}
SENTENCES: dict[str, str] = {
    "request_intervention": _(
        "%(case)s: the platform has stepped in. The merchant answers by %(due)s."
    ),
    "respond": _("%(case)s: the merchant has answered. An arbitrator takes the case next."),
    "late_answer": _(
        "%(case)s: the merchant has answered late; the arbitrator decides whether it counts."
    ),
    "concede": _("%(case)s: the merchant has agreed to your claim."),
    "escalate": _(
        "%(case)s: the merchant did not answer in time. The case goes on without an answer."
    ),
    "request_evidence": _("%(case)s: you are asked for further evidence by %(due)s."),
    "lapse_evidence": _("%(case)s: the time for further evidence is over. The review goes on."),
    "issue": _("%(case)s: the ruling is out. An appeal is possible until %(due)s."),
    "finalize": _("%(case)s: the ruling is final and is being carried out."),
    "complete": _("%(case)s: the ruling has been carried out. The case is closed."),
    "withdraw": _("%(case)s: the buyer has withdrawn the case."),
    "reject": _("%(case)s: the platform does not accept this case."),
    "reminder": _("%(case)s: your time runs out at %(due)s."),
    "platform_pause": _(
        "%(case)s: the platform has paused the clock. The time now ends at %(due)s."
    ),
    "end_platform_pause": _(
        "%(case)s: the platform's pause has ended early. The time now ends at %(due)s."
    ),
}
MAX_FAILURES = 16  # with the pauses between them: half a day


def queue(case: Case, name: str, sides: Iterable[str], *, now: datetime, **facts: Any) -> None:
    """Write one notice per side, in the transaction of the act it tells of."""
    if case.due_at is not None:
        facts.setdefault("due", case.due_at.isoformat())
    recipient: dict[str, dict[str, int | None]] = {
        Side.BUYER: {"user_id": case.buyer_id},
        Side.MERCHANT: {"shop_id": case.shop_id},
        Side.PLATFORM: {"user_id": case.holder_id},
    }
    Notice.objects.bulk_create(
        Notice(case=case, name=name, facts=facts, created_at=now, **recipient[side])
        for side in sides
        if any(recipient[side].values())  # a case nobody holds has nobody to remind on the desk
    )


def sentence(notice: Notice, *, due: str) -> str:
    """The notice in the active language; `due` is the instant as the reader should see it."""
    return gettext(SENTENCES[notice.name]) % {"case": notice.case.reference, "due": due}


def recipients(notice: Notice) -> list[str]:
    """Whoever still has the account, and for a shop still speaks for it."""
    people: Iterable[User] = (
        [notice.user] if notice.user else notice.shop.members.filter(role=Role.MERCHANT)  # type: ignore[union-attr]
    )
    return [person.email for person in people if person.email and person.is_active]


def relay(now: datetime, *, most: int = 200) -> int:
    """Send what waits, oldest first; returns how many were sent.

    A row is leased before sending, so two relays do not send it at once; a crash between sending and
    stamping sends it again with the same id. The in-app copy is the row itself.
    """
    waiting = (
        Notice.objects.filter(sent_at=None, failures__lt=MAX_FAILURES)
        .filter(Q(retry_at=None) | Q(retry_at__lte=now))
        .select_related("case", "user", "shop")
        .order_by("created_at")[:most]
    )
    sent = 0
    for notice in waiting:
        lease = now + timedelta(minutes=2 ** min(notice.failures, 6))
        unleased = Notice.objects.filter(pk=notice.pk, sent_at=None, retry_at=notice.retry_at)
        if not unleased.update(retry_at=lease, failures=notice.failures + 1):
            continue
        try:
            send(notice)
        except OSError:
            log.warning("notice %s could not be sent; next try %s", notice.pk, lease)
            continue
        with transaction.atomic():
            Notice.objects.filter(pk=notice.pk).update(sent_at=now, retry_at=None)
        sent += 1
    return sent


def due_in_words(notice: Notice) -> str:
    """The instant the notice names, in the zone pages show; empty when it names none."""
    due = notice.facts.get("due")
    if not due:
        return ""
    local = timezone.localtime(datetime.fromisoformat(due))
    return gettext("%(time)s Beijing time") % {
        "time": formats.date_format(local, "DATETIME_FORMAT")
    }


def send(notice: Notice) -> None:
    addresses = recipients(notice)
    if not addresses:
        return
    with translation.override(settings.LANGUAGE_CODE):
        text = sentence(notice, due=due_in_words(notice))
    EmailMessage(
        subject=notice.case.reference,
        body=text,
        to=addresses,
        headers={"Message-ID": f"<{notice.pk}@portal>"},
    ).send()


def addressed_to(user: User) -> QuerySet[Notice]:
    """What this person is told, for themselves or for their shops, the newest first."""
    told = Q(user=user)
    if user.role == Role.MERCHANT:
        told |= Q(shop__memberships__user=user)
    mine = Notice.objects.filter(told)
    return mine.select_related("case").order_by("-created_at")


def mark_read(user: User, *, now: datetime) -> int:
    """Everything told to this person so far counts as read; returns how many were new."""
    unread = addressed_to(user).filter(read_at=None).values("pk")
    return Notice.objects.filter(pk__in=unread, created_at__lte=now).update(read_at=now)
