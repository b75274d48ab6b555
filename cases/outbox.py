"""The relay: takes what the acts have written to the outbox to every channel, at least once.

Each channel has deliveries of its own, so one that is down repeats nothing of another. Any number of
relays share the work: a delivery is leased before it is sent and stamped after, and a relay that dies
between the two leaves it to the next, which sends it again under the same id. Of one case a recipient
is told in the order of the docket. A channel that fails thrice in a row is left alone until the next run,
so an outage costs a few messages a try each, and the many that wait go out when it ends.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q

from accounts.models import Role, ShopMember
from cases import leases, pulse
from cases.channels import Channel, Message, configured, in_the_portals_language
from cases.models import Delivery, DeliveryQuerySet, Notice
from cases.notices import REMINDER

log = logging.getLogger(__name__)

HEARTBEAT = "relay"
SECONDS = 6.0  # of a run, which the bell starts every ten
DISPATCHED, BATCH = 1_000, 200
FAILURES_IN_A_ROW = 3
DIGESTED = 5_000
GATHERING = timedelta(minutes=2)  # the reminders of one round become one digest
BETWEEN_DIGESTS = timedelta(hours=1)


def relay(now: datetime, *, seconds: float = SECONDS) -> int:
    """Send what waits, for about so many seconds; returns how many messages went out."""
    began, ways = monotonic(), list(configured())
    names = [channel.name for channel in ways]
    dispatch_digests(now, names)
    while dispatch(now, names) == DISPATCHED and monotonic() < began + seconds / 2:
        pass
    sent = sum(
        deliver(channel, now, until=began + seconds * place / len(ways))
        for place, channel in enumerate(ways, 1)
    )
    pulse.beat(HEARTBEAT, now, done=sent)
    return sent


def dispatch(now: datetime, names: Sequence[str]) -> int:
    """Write the deliveries of the oldest new notices; returns of how many.

    A second relay waits for the first here: skipping its rows would overtake them.
    """
    with transaction.atomic():
        fresh = list(
            Notice.objects.filter(dispatched_at=None, created_at__lte=now)
            .exclude(name=REMINDER)
            .select_for_update()
            .order_by("created_at", "number")
            .only("pk")[:DISPATCHED]
        )
        _hand_over(fresh, fresh, names, now)
    return len(fresh)


def dispatch_digests(now: datetime, names: Sequence[str]) -> int:
    """Put the reminders of each recipient into one message, at most one an hour; returns how many.

    A reminder does not go before what its recipient has yet to be told of the case. Nothing waits for it.
    """
    recent = Notice.objects.filter(digest__isnull=False, dispatched_at__gt=now - BETWEEN_DIGESTS)
    untold = Delivery.objects.waiting().filter(
        Q(notice__user=OuterRef("user")) | Q(notice__shop=OuterRef("shop")),
        notice__case=OuterRef("case"),
    )
    with transaction.atomic():
        reminders = (
            Notice.objects.filter(
                ~Exists(untold),
                dispatched_at=None,
                name=REMINDER,
                created_at__lte=now - GATHERING,
            )
            .exclude(user__in=recent.exclude(user=None).values("user"))
            .exclude(shop__in=recent.exclude(shop=None).values("shop"))
            .select_for_update(of=("self",))
            .order_by("created_at", "number")
        )
        digests: dict[tuple[int | None, int | None], list[Notice]] = defaultdict(list)
        for notice in reminders.only("user", "shop")[:DIGESTED]:
            digests[notice.user_id, notice.shop_id].append(notice)
        for first, *others in digests.values():
            Notice.objects.filter(pk__in=[first.pk, *(notice.pk for notice in others)]).update(
                digest=first.pk
            )
        told = [notice for digest in digests.values() for notice in digest]
        _hand_over((digest[0] for digest in digests.values()), told, names, now)
    return len(digests)


def _hand_over(
    messages: Iterable[Notice], told: Sequence[Notice], names: Sequence[str], now: datetime
) -> None:
    Delivery.objects.bulk_create(
        Delivery(notice=notice, channel=name, next_try_at=now)
        for notice in messages
        for name in names
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in told]).update(dispatched_at=now)


def unsent() -> tuple[int, datetime | None]:
    """How much waits to go out, and since when. Reminders that wait for their hour are not late."""
    fresh = Notice.objects.filter(dispatched_at=None).exclude(name=REMINDER)
    under_way = Delivery.objects.waiting()
    new = fresh.aggregate(count=Count("pk"), oldest=Min("created_at"))
    # Not the earliest of all, which would be a join over the whole backlog: the first to be dispatched.
    old = under_way.order_by("pk").values_list("notice__created_at", flat=True).first()
    since = [at for at in (new["oldest"], old) if at]
    return new["count"] + under_way.count(), min(since, default=None)


def deliver(channel: Channel, now: datetime, *, until: float) -> int:
    """Send by one channel until nothing waits, it is down, or the monotonic clock shows `until`."""
    sent, is_up = 0, True
    while is_up and monotonic() < until and (held := take(channel.name, now)):
        went, is_up = _send(channel, held, now, until)
        sent += went
    channel.close()
    return sent


def ready(channel: str, now: datetime) -> DeliveryQuerySet:
    """What may be sent now: nothing that this recipient should hear of the case earlier still waits."""
    earlier = Delivery.objects.waiting().filter(
        Q(notice__user=OuterRef("notice__user")) | Q(notice__shop=OuterRef("notice__shop")),
        Q(notice__number__lt=OuterRef("notice__number"))
        | Q(
            notice__number=OuterRef("notice__number"),
            notice__created_at__lt=OuterRef("notice__created_at"),
        ),
        channel=channel,
        notice__case=OuterRef("notice__case"),
        notice__digest=None,
    )
    return Delivery.objects.waiting().filter(
        ~Exists(earlier), channel=channel, next_try_at__lte=now
    )


def take(channel: str, now: datetime) -> list[Delivery]:
    """Lease the next deliveries; no other relay touches them until the lease runs out."""
    speakers = ShopMember.objects.filter(ended_at=None, user__role=Role.MERCHANT)
    rows = (
        ready(channel, now)
        .select_related("notice__case", "notice__user", "notice__shop")
        .prefetch_related(
            Prefetch(
                "notice__shop__memberships", speakers.select_related("user"), to_attr="speakers"
            )
        )
        .order_by("next_try_at", "pk")
    )
    return leases.take(rows, now, BATCH)


def messages(held: Sequence[Delivery]) -> dict[int, Message]:
    """What each delivery says, by its key."""
    digests: dict[object, list[Notice]] = defaultdict(list)
    ids = [delivery.notice.digest for delivery in held if delivery.notice.digest]
    for notice in (
        Notice.objects.filter(digest__in=ids)
        .select_related("case", "user", "shop")
        .order_by("created_at", "case")
    ):
        digests[notice.digest].append(notice)
    found = {}
    for delivery in held:
        notice = delivery.notice
        speakers = notice.shop.speakers if notice.shop else []  # type: ignore[attr-defined]
        people = [notice.user] if notice.user else [member.user for member in speakers]
        found[delivery.pk] = Message(
            id=notice.pk,
            notices=digests.get(notice.digest, [notice]),
            people=[person for person in people if person.is_active],
        )
    return found


def _send(
    channel: Channel, held: Sequence[Delivery], now: datetime, until: float
) -> tuple[int, bool]:
    """Try each once; how many went out, and whether the channel is worth asking again in this run."""
    sent: list[int] = []
    unaddressed: list[int] = []
    said, in_a_row, tried = messages(held), 0, 0
    try:
        for delivery in held:
            tried += 1
            try:
                with in_the_portals_language():
                    arrived = channel.send(said[delivery.pk])
            except Exception as error:
                channel.close()
                _fail(delivery, error, now)
                in_a_row += 1
            else:
                (sent if arrived else unaddressed).append(delivery.pk)
                in_a_row = 0
            if in_a_row == FAILURES_IN_A_ROW or monotonic() >= until:
                break
    finally:
        _end(sent, Delivery.State.SENT, now)
        _end(unaddressed, Delivery.State.UNADDRESSED, now)
        untried = [delivery.pk for delivery in held[tried:]]
        Delivery.objects.filter(pk__in=untried).update(next_try_at=now)
    return len(sent), in_a_row < FAILURES_IN_A_ROW


def _end(keys: Sequence[int], state: str, now: datetime) -> None:
    if keys:
        Delivery.objects.waiting().filter(pk__in=keys).update(state=state, ended_at=now)


def _fail(delivery: Delivery, error: Exception, now: datetime) -> None:
    """Try again after a pause that doubles, or give up and leave it to a supervisor."""
    failures = delivery.failures + 1
    is_over = failures >= leases.MAX_FAILURES
    log.warning("%s of notice %s failed: %s", delivery.channel, delivery.notice_id, error)
    Delivery.objects.waiting().filter(pk=delivery.pk).update(
        failures=failures,
        next_try_at=leases.next_try(failures, now),
        last_error=leases.in_words(error),
        state=Delivery.State.DEAD if is_over else Delivery.State.WAITING,
        ended_at=now if is_over else None,
    )
