"""Who is told what. A notice is a row written with the act; `outbox` sends it afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import formats, timezone
from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_noop as _

from accounts.models import Role, User
from cases.lifecycle import Side
from cases.models import Case, Notice

REMINDER, SHARED = "reminder", "shared"
# Step → sides told. Sentences are rendered when read, in the reader's language.
TOLD: dict[str, tuple[str, ...]] = {
    "request_intervention": (Side.MERCHANT, Side.BUYER),
    "respond": (Side.BUYER,),
    "late_answer": (Side.BUYER,),
    "concede": (Side.BUYER,),
    "escalate": (Side.BUYER, Side.MERCHANT),
    "claim": (),
    "release": (),
    "reassign": (Side.PLATFORM,),
    "supply_evidence": (),
    "lapse_evidence": (Side.BUYER, Side.MERCHANT),
    "issue": (Side.BUYER, Side.MERCHANT),
    "decide_by_default": (Side.BUYER, Side.MERCHANT),
    "offer": (Side.BUYER, Side.MERCHANT),  # and like the two below, not whoever makes it
    "propose": (Side.BUYER, Side.MERCHANT),
    "counter": (Side.BUYER, Side.MERCHANT),
    "accept": (Side.BUYER, Side.MERCHANT),
    "decline": (Side.BUYER, Side.MERCHANT),
    "submit_for_approval": (),
    "send_back": (Side.PLATFORM,),
    "take_over": (),
    "retract": (),
    "approve": (Side.BUYER, Side.MERCHANT),
    "recall": (),
    "uphold": (Side.BUYER, Side.MERCHANT),
    "overturn": (Side.BUYER, Side.MERCHANT),
    "take_back": (),
    "finalize": (Side.BUYER, Side.MERCHANT),
    "give_address": (Side.BUYER,),
    "send_return": (Side.MERCHANT,),
    "confirm_receipt": (Side.BUYER,),
    "refund": (),
    "ship": (Side.BUYER,),
    "confirm_delivery": (Side.MERCHANT,),
    "fulfil": (Side.BUYER,),
    "forfeit_return": (Side.BUYER, Side.MERCHANT),
    "enforce": (Side.BUYER, Side.MERCHANT),
    "stop_clock": (Side.BUYER, Side.MERCHANT),
    "let_clock_run": (Side.BUYER, Side.MERCHANT),
    "extend": (Side.BUYER, Side.MERCHANT),
    "complete": (Side.BUYER,),
    "withdraw": (Side.MERCHANT,),
    "reject": (),  # told with the reason, by the verb
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
    "handed_on": _("%(case)s: a supervisor has given this case to somebody else."),
    "reassign": _("%(case)s: a supervisor has given you this case."),
    "request_evidence": _("%(case)s: you are asked for further evidence by %(due)s."),
    "lapse_evidence": _("%(case)s: the time for further evidence is over. The review goes on."),
    "issue": _("%(case)s: the ruling is out. An appeal is possible until %(due)s."),
    "decide_by_default": _(
        "%(case)s: decided by default, because the merchant did not answer. An appeal is possible until %(due)s."
    ),
    "offer": _("%(case)s: the other side offers to settle. Answer by %(due)s."),
    "propose": _("%(case)s: a settlement is on the table. Answer by %(due)s."),
    "counter": _("%(case)s: the other side makes a counter-offer. Answer by %(due)s."),
    "accepted_offer": _("%(case)s: the other side has accepted the offer. Answer by %(due)s."),
    "accept": _("%(case)s: the case is settled and is being carried out."),
    "decline": _("%(case)s: the offer was not accepted. The case goes on."),
    "approved": _("%(case)s: your ruling was approved and goes out."),
    "take_over": _("%(case)s: a senior arbitrator has taken this case over."),
    "send_back": _("%(case)s: the ruling comes back to you with comments."),
    "approve": _("%(case)s: the ruling is out. An appeal is possible until %(due)s."),
    "appeal": _("%(case)s: the other side has appealed. You can answer it until %(due)s."),
    "appeal_made": _("%(case)s: your appeal is in. Somebody else decides it by %(due)s."),
    "answer_appeal": _("%(case)s: the other side has answered your appeal."),
    "correct_ruling": _(
        "%(case)s: a clerical error in the ruling is corrected. The decision and the time to appeal are the same."
    ),
    "uphold": _("%(case)s: the ruling was upheld and is being carried out."),
    "overturn": _("%(case)s: the ruling was overturned. The new one is being carried out."),
    "stop_clock": _("%(case)s: a deadline stands still for a while; it is now due %(due)s."),
    "let_clock_run": _("%(case)s: a deadline goes on; it is now due %(due)s."),
    "extend": _("%(case)s: more time was given, until %(due)s."),
    "warn": _("%(case)s: three quarters of your time are used; it runs out at %(due)s."),
    "flag_late": _("%(case)s is late and stands at the top of the queue."),
    "take_back": _("%(case)s was taken back, because its time was exceeded by half."),
    "tell_the_head": _("%(case)s has taken twice its time."),
    "give_address": _("%(case)s: send the goods back; the address is on the page."),
    "send_return": _("%(case)s: the goods are on their way back; confirm the receipt by %(due)s."),
    "confirm_receipt": _(
        "%(case)s: the goods have arrived; what you get for them follows by %(due)s."
    ),
    "ship": _("%(case)s: the merchant has sent the goods; confirm the delivery by %(due)s."),
    "confirm_delivery": _("%(case)s: the goods you sent have arrived."),
    "fulfil": _("%(case)s: something you were promised is reported done; see the page."),
    "settled": _("%(case)s: money is on its way to you; the page says how much."),
    "report_goods": _(
        "%(case)s: something is wrong with the goods on their way. The desk decides."
    ),
    "uphold_report": _("%(case)s: the report about the goods was found right; see the page."),
    "dismiss_report": _("%(case)s: the report about the goods was not followed; the time runs on."),
    "forfeit_return": _(
        "%(case)s: the goods were not sent back in time; nothing is owed for them any more."
    ),
    "enforce": _(
        "%(case)s: the merchant did not carry it out in time. The platform pays first and recovers the amount."
    ),
    "finalize": _("%(case)s: the ruling is final and is being carried out."),
    "complete": _("%(case)s: the ruling has been carried out. The case is closed."),
    "withdraw": _("%(case)s: the buyer has withdrawn the case."),
    "reject": _("%(case)s: the platform does not accept this case. %(reason)s"),
    REMINDER: _("%(case)s: your time runs out at %(due)s."),
    SHARED: _("%(case)s waits for you or a colleague; the time runs out at %(due)s."),
    "penalty_posted": _(
        "%(case)s: %(points)s penalty points now stand against your shop. You can appeal."
    ),
    "penalty_upheld": _("%(case)s: your appeal was heard; the %(points)s penalty points stay."),
    "penalty_cancelled": _("%(case)s: your appeal succeeded; %(points)s penalty points are gone."),
    "measure_marketing_limit": _("%(case)s: your shop takes part in no marketing until %(due)s."),
    "measure_delisting": _("%(case)s: your goods are off sale until %(due)s."),
    "measure_demotion": _("%(case)s: your shop is ranked lower in search until %(due)s."),
    "measure_freeze": _("%(case)s: your shop is frozen until %(due)s."),
    "measure_expulsion": _("%(case)s: your shop is expelled from the platform."),
    "measure_ended": _("%(case)s: a measure against your shop has ended."),
    "platform_pause": _(
        "%(case)s: the platform has paused the clock. The time now ends at %(due)s."
    ),
    "end_platform_pause": _(
        "%(case)s: the platform's pause has ended early. The time now ends at %(due)s."
    ),
    "integrity_failed": _(
        "%(case)s: a file on record is no longer what was sealed. Nothing is ruled until it is restored."
    ),
    "integrity_restored": _(
        "%(case)s: every file on record is whole again. The case can be ruled."
    ),
}


def queue(case: Case, name: str, sides: Collection[str], *, now: datetime, **facts: Any) -> None:
    """Write one notice per side, in the transaction of the act it tells of.

    A ruling is told of once its hold is over: nobody reads or is sent a notice before its `now`.
    """
    if not sides:
        return
    if case.due_at is not None:
        facts.setdefault("due", case.due_at.isoformat())
    recipient: dict[str, dict[str, int | None]] = {
        Side.BUYER: {"user_id": case.buyer_id},
        Side.MERCHANT: {"shop_id": case.shop_id},
        Side.PLATFORM: {"user_id": case.holder_id},
    }
    Notice.objects.bulk_create(
        Notice(
            case=case,
            name=name,
            number=case.docket_length,
            facts=facts,
            created_at=now,
            **recipient[side],
        )
        for side in sides
        if any(recipient[side].values())  # a case nobody holds has nobody to remind on the desk
    )


def queue_for(
    case: Case, name: str, people: Iterable[User], *, now: datetime, **facts: Any
) -> None:
    """Write one notice to each of these people, in the transaction of the act it tells of."""
    if case.due_at is not None:
        facts.setdefault("due", case.due_at.isoformat())
    Notice.objects.bulk_create(
        Notice(
            case=case,
            name=name,
            number=case.docket_length,
            facts=facts,
            created_at=now,
            user=person,
        )
        for person in dict.fromkeys(people)
    )


def leads() -> QuerySet[User]:
    """Who is told where nobody holds a case, or whoever does is late: the supervisors."""
    return User.objects.filter(role=Role.SUPERVISOR, is_active=True)


def sentence(notice: Notice, *, due: str) -> str:
    """The notice in the active language; `due` is the instant as the reader should see it.

    The fact `words` names another sentence than the notice's own.
    """
    return gettext(SENTENCES[notice.facts.get("words", notice.name)]) % {
        **notice.facts,
        "case": notice.case.reference,
        "due": due,
        "reason": reason_of(notice),
    }


def reason_of(notice: Notice) -> str:
    """Why a case was not taken up and where else to turn, in the rulebook's words; empty for other notices."""
    code = notice.facts.get("reason", "")
    reason = notice.case.book.reject_reasons.get(code) if notice.name == "reject" else None
    if reason is None:
        return ""
    language = get_language() or "en"
    return gettext("%(title)s. %(elsewhere)s") % {
        "title": reason.title.in_language(language),
        "elsewhere": reason.elsewhere.in_language(language),
    }


def due_in_words(notice: Notice) -> str:
    """The instant the notice names, in the zone pages show; empty when it names none."""
    due = notice.facts.get("due")
    if not due:
        return ""
    local = timezone.localtime(datetime.fromisoformat(due))
    return gettext("%(time)s Beijing time") % {
        "time": formats.date_format(local, pgettext("date format", "j M Y H:i"))
    }


def addressed_to(user: User, now: datetime) -> QuerySet[Notice]:
    """What this person has been told by now, for themselves or for their shops, the newest first."""
    told = Q(user=user)
    if user.role == Role.MERCHANT:
        told |= Q(shop__memberships__user=user, shop__memberships__ended_at=None)
    mine = Notice.objects.filter(told, created_at__lte=now)
    return mine.select_related("case").order_by("-created_at")


def mark_read(user: User, *, now: datetime) -> int:
    """Everything told to this person so far counts as read; returns how many were new."""
    unread = addressed_to(user, now).filter(read_at=None).values("pk")
    return Notice.objects.filter(pk__in=unread).update(read_at=now)
