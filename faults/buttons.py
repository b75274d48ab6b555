"""What F11 presses, by address and the step sent to it: each makes a fresh case and returns the press."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Role, User
from cases import actions, cashier, sweep
from cases.actions import Finding, issue_ruling, posting
from cases.actions.overriding import ask_override, flag_gap
from cases.lifecycle import Side, State
from cases.models import (
    Breaker,
    Case,
    Deadline,
    DeadlineKind,
    Delivery,
    PlatformPause,
    Recovery,
    Ruling,
)
from cases.proceedings import Penalty
from cases.simulator import Mood, Simulator
from evidence.intake import Submission as Sent
from evidence.intake import submit_exhibit
from evidence.likeness import Way
from evidence.models import Exhibit, Match
from faults.people import Docket, cast, photo, supervisor
from faults.visitors import Answer, Visitor
from tests.factories import draft, end_hold, hear, make_person

Press = Callable[[], Answer]
Ready = Callable[[str], Press]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PATIENCE_SECONDS = 60.0
TERMS = {"remedy": "RM-PART", "amount": "50.00"}
PARCEL = {"carrier": "顺丰", "tracking": "SF1"}
RETURN = {"category": "quality", "requested_remedy": "return_refund"}
RESHIP = {"requested_remedy": "reship"}
INVOICE = {"category": "invoice", "requested_remedy": "fulfilment"}
RULING = {
    "outcome": "part",
    "remedies": "RM-PART",
    "amount": "150.00",
    "freight": "FR-C",
    "reasons": "The photos show one broken cup.",
    "finding_1": "One of two cups arrived broken.",
    "rule_1": "L-01",
    "citations_1": "E-01",
    "without": "E-01",
}
CHAT = "林小满 (2026-03-08 10:00:00):\n碎了\n\n青瓷小店 (2026-03-08 10:01:00):\n抱歉\n"


def case_of(people: Docket, state: str, **facts: Any) -> Case:
    return people.case_in(state, **{"now": timezone.now(), **facts})


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def officer(address: str, role: str, case: Case) -> Visitor:
    """Somebody of that role who has nothing to do with the case yet."""
    return Visitor(address, make_person(role, f"{role}_of_{case.reference}"))


def on_the_desk(name: str, state: str, **typed: str) -> Ready:
    def ready(address: str) -> Press:
        people = cast()
        path = f"/cases/{case_of(people, state).reference}/{name}/"
        return partial(Visitor(address, people.arbitrator).post, path, **typed)

    return ready


def by_a_party(side: str, name: str, state: str, facts: Any = None, **typed: str) -> Ready:
    def ready(address: str) -> Press:
        people = cast()
        return party(people, address, side, case_of(people, state, **(facts or {})), name, **typed)

    return ready


def party(
    people: Docket, address: str, side: str, case: Case, name: str, /, **typed: str
) -> Callable[..., Answer]:
    person: User = people.buyer if side == Side.BUYER else people.merchant
    path = f"/{side}/cases/{case.reference}/"
    return partial(Visitor(address, person).post, path, step=name, **typed)


# Evidence -------------------------------------------------------------------------------------------


def photo_to_send() -> dict[str, Any]:
    return {"files": ("photo.png", photo(), "image/png")}


def answer_with_a_photo(address: str) -> Press:
    people = cast()
    case = case_of(people, State.AWAITING_MERCHANT)
    press = party(people, address, Side.MERCHANT, case, "respond", text="发货时完好。")
    return partial(press, files=photo_to_send())


def upload(address: str) -> Press:
    people = cast()
    path = f"/cases/{case_of(people, State.AWAITING_MERCHANT).reference}/exhibits/"
    sent = photo_to_send()
    return partial(Visitor(address, people.buyer).post, path, files=sent, accept="application/json")


def with_exhibit(people: Docket, state: str, content: bytes, name: str) -> tuple[Case, Exhibit]:
    case = case_of(people, state)
    sent = submit_exhibit(case, Sent(content, name), by=people.buyer, now=timezone.now())
    return fresh(case), sent.exhibit


def about_a_file(
    name: str, content: Callable[[], bytes] = photo, named: str = "cup.png", **typed: str
) -> Ready:
    """What the sender of a file does with it."""

    def ready(address: str) -> Press:
        people = cast()
        case, _sent = with_exhibit(people, State.AWAITING_MERCHANT, content(), named)
        path = f"/cases/{case.reference}/exhibits/1/{name}/"
        return partial(Visitor(address, people.buyer).post, path, **typed)

    return ready


def admit(address: str) -> Press:
    people = cast()
    case, sent = with_exhibit(people, State.REVIEWING, photo(), "cup.png")
    Exhibit.objects.filter(pk=sent.pk).update(is_late=True)
    path = f"/cases/{case.reference}/exhibits/1/admit/"
    typed = {"verdict": Exhibit.Admission.ADMITTED, "reason": "The parcel came late."}
    return partial(Visitor(address, people.arbitrator).post, path, **typed)


def judge_a_match(address: str) -> Press:
    people = cast()
    case, sent = with_exhibit(people, State.REVIEWING, photo(), "cup.png")
    _case, other = with_exhibit(cast(), State.REVIEWING, photo(), "cup.png")
    match, _new = Match.objects.get_or_create(
        exhibit=sent,
        other=other,
        defaults={"found_at": timezone.now(), "distance": 1, "way": Way.UPRIGHT},
    )
    path = f"/cases/{case.reference}/exhibits/1/matches/"
    typed = {"match": match.pk, "mark": Match.Mark.CONFIRMED, "note": "The same cup."}
    return partial(Visitor(address, people.arbitrator).post, path, **typed)


# The desk -------------------------------------------------------------------------------------------


def next_case(address: str) -> Press:
    people = cast()
    for _ in range(2):
        case_of(people, State.QUEUED)
    return partial(Visitor(address, people.arbitrator).post, "/queue/next/")


def rule(address: str) -> Press:
    people = cast()
    case, _sent = with_exhibit(people, State.REVIEWING, photo(), "cup.png")
    path = f"/cases/{case.reference}/issue/"
    return partial(Visitor(address, people.arbitrator).post, path, **RULING)


def send_for_approval(address: str) -> Press:
    """A ruling on so much money is looked at by a second person."""
    people = cast()
    dear = {"paid": Decimal("9000.00"), "requested_amount": Decimal("8000.00")}
    case = case_of(people, State.REVIEWING, **dear)
    submit_exhibit(case, Sent(photo(), "cup.png"), by=people.buyer, now=timezone.now())
    path = f"/cases/{case.reference}/submit_for_approval/"
    typed = RULING | {"amount": "7000.00"}
    return partial(Visitor(address, people.arbitrator).post, path, **typed)


def recall(address: str) -> Press:
    people = cast()
    case = case_of(people, State.REVIEWING)
    issue_ruling(case, by=people.arbitrator, draft=draft(), now=timezone.now())
    return partial(Visitor(address, people.arbitrator).post, f"/cases/{case.reference}/recall/")


def second_look(**typed: str) -> Ready:
    def ready(address: str) -> Press:
        case = case_of(cast(), State.AWAITING_APPROVAL)
        content = case.submissions.get().content_hash
        path = f"/approvals/{case.reference}/"
        return partial(officer(address, Role.SENIOR, case).post, path, content=content, **typed)

    return ready


def flag_a_gap(address: str) -> Press:
    case = case_of(cast(), State.REVIEWING)
    path = f"/cases/{case.reference}/gap/"
    return partial(officer(address, Role.SENIOR, case).post, path, text="Sets of cups.")


def close_a_gap(address: str) -> Press:
    people = cast()
    case = case_of(people, State.REVIEWING)
    gap = flag_gap(case, by=people.arbitrator, text="Sets of cups.", now=timezone.now())
    typed = {"gap": gap.pk, "answer": "A set is one item.", "draft": ""}
    return partial(officer(address, Role.SENIOR, case).post, "/rulebook/gaps/close/", **typed)


def decide_override(address: str) -> Press:
    people = cast()
    asked = ask_override(
        case_of(people, State.REVIEWING),
        by=people.arbitrator,
        remedy="RM-REPAIR",
        reason="It can be mended.",
        now=timezone.now(),
    )
    typed = {"override": asked.pk, "grants": "yes", "answer": "It is cheaper."}
    return partial(Visitor(address, supervisor()).post, "/rulebook/overrides/decide/", **typed)


def take_a_draft(address: str) -> Press:
    author = make_person(Role.SENIOR, f"author_{timezone.now().timestamp()}")
    return partial(Visitor(address, author).post, "/rulebook/draft/", reason="Faster answers.")


# Clocks ---------------------------------------------------------------------------------------------


def extend(address: str) -> Press:
    """What a supervisor may lengthen three times."""
    case = case_of(cast(), State.REVIEWING)
    typed = clock_of(case, DeadlineKind.RULING_TARGET) | {"reason": "The appraisal takes long."}
    return partial(Visitor(address, supervisor()).post, f"/cases/{case.reference}/extend/", **typed)


def ask_for_time(side: str, state: str, kind: str, facts: Any = None) -> Ready:
    def ready(address: str) -> Press:
        people = cast()
        case = case_of(people, state, **(facts or {}))
        if side == Side.BUYER:
            parcel_under_way(people, case)
        typed = clock_of(case, kind) | {"reason": "Stocktaking"}
        return party(people, address, side, case, "extend", **typed)

    return ready


def clock_of(case: Case, kind: str) -> dict[str, str]:
    clock = case.deadlines.open().get(kind=kind)
    return {"kind": kind, "party": clock.party, "due_before": clock.due_at.isoformat()}


def stand_still(step: str) -> Ready:
    def ready(address: str) -> Press:
        people = cast()
        case, by, now = case_of(people, State.REVIEWING), people.arbitrator, timezone.now()
        facts = {"kind": DeadlineKind.RULING_TARGET, "party": Side.PLATFORM, "ground": "appraisal"}
        if step == "run":
            actions.stop_clock(case, note="", by=by, now=now, **facts)
        path = f"/cases/{case.reference}/standstill/"
        return partial(Visitor(address, by).post, path, step=step, **facts)

    return ready


def declare_a_pause(address: str) -> Press:
    """Of one shop alone, or it would move the clocks of all that is pressed after it."""
    people = cast()
    case_of(people, State.AWAITING_MERCHANT)
    by = Visitor(address, supervisor())
    begins = (timezone.now() + HOUR).astimezone(ZoneInfo("Asia/Shanghai"))
    typed = {
        "began_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + DAY:%Y-%m-%dT%H:%M}",
        "shop": people.shop.name,
        "reason_zh": "系统故障",
        "reason_en": "The portal was out of order",
    }
    path = "/supervisor/pauses/declare/"
    seal = by.post(path, **typed).text.split('name="seal" value="')[1].split('"')[0]
    return partial(by.post, path, seal=seal, **typed)


def end_a_pause(address: str) -> Press:
    people, by, now = cast(), supervisor(), timezone.now()
    case_of(people, State.AWAITING_MERCHANT)
    pause = PlatformPause(
        began_at=now, ends_at=now + DAY, shop=people.shop, reason_zh="故障", reason_en="Failure"
    )
    actions.declare_pause(pause, by=by, now=now)
    return partial(Visitor(address, by).post, "/supervisor/pauses/end/", pause=pause.pk)


# Supervisors ----------------------------------------------------------------------------------------


def hand_over(address: str) -> Press:
    case, to = case_of(cast(), State.REVIEWING), cast().arbitrator
    typed = {"cases": case.reference, "to": to.pk, "reason": "Somebody is ill."}
    return partial(Visitor(address, supervisor()).post, "/supervisor/hand-over/", **typed)


def look_at_a_drawn_ruling(address: str) -> Press:
    issued = issue_ruling(
        case_of(people := cast(), State.REVIEWING),
        by=people.arbitrator,
        draft=draft(),
        now=timezone.now(),
    )
    Ruling.objects.filter(pk=issued.pk).update(is_drawn=True)
    path = "/supervisor/ladder/drawn/"
    return partial(Visitor(address, supervisor()).post, path, ruling=issued.pk, agrees="yes")


def send_again(address: str) -> Press:
    now = timezone.now()
    notice = case_of(cast(), State.AWAITING_MERCHANT).notices.all()[0]
    dead = Delivery.objects.create(
        notice=notice, channel="mail", state="dead", failures=16, next_try_at=now, ended_at=now
    )
    typed = {"messages": dead.pk, "decision": "send_again"}
    return partial(Visitor(address, supervisor()).post, "/supervisor/engine/messages/", **typed)


def let_the_clock_go_on(address: str) -> Press:
    Breaker.objects.create(cause=Breaker.Cause.JUMP, tripped_at=timezone.now())
    return partial(Visitor(address, supervisor()).post, "/supervisor/engine/clock/")


def try_a_deadline(address: str) -> Press:
    case = case_of(cast(), State.AWAITING_MERCHANT)
    aside = case.deadlines.open().get()
    Deadline.objects.filter(pk=aside.pk).update(failures=3, retry_at=timezone.now() + HOUR)
    path = "/supervisor/engine/deadlines/"
    return partial(Visitor(address, supervisor()).post, path, deadline=aside.pk)


def pay_again(address: str) -> Press:
    people, now = cast(), timezone.now()
    # What was ordered before goes first, all of it, or the gateway would be given up on before this one.
    cashier.relay(now, seconds=PATIENCE_SECONDS)
    case = case_of(people, State.EXECUTING)
    actions.refund(case, by=people.merchant, now=now)
    cashier.relay(timezone.now(), through=Simulator(Mood.REFUSES), seconds=PATIENCE_SECONDS)
    path = "/supervisor/engine/payments/"
    return partial(Visitor(address, supervisor()).post, path, payment=case.money.get().pk)


def repay(address: str) -> Press:
    case = case_of(cast(), State.EXECUTING, now=timezone.now() - 2 * DAY)
    late = case.due_at + timedelta(seconds=1) if case.due_at else timezone.now()
    sweep.run(late)
    cashier.relay(late)
    owed = Recovery.objects.get(case=case)
    typed = {"recovery": owed.pk, "amount": "10.00", "reference": f"R-{owed.pk}"}
    return partial(Visitor(address, supervisor()).post, "/supervisor/recoveries/repay/", **typed)


# Appeals, corrections and points ----------------------------------------------------------------------


def appealed(people: Docket) -> Case:
    now = timezone.now() - HOUR
    case = case_of(people, State.REVIEWING, now=now)
    submit_exhibit(case, Sent(photo(), "cup.png"), by=people.buyer, now=now)
    issue_ruling(fresh(case), by=people.arbitrator, draft=draft(), now=now)
    case, now = end_hold(case), timezone.now()
    actions.appeal(case, by=people.buyer, ground="new", text="A new photo.", now=now)
    return fresh(case)


def answer_the_appeal(address: str) -> Press:
    people = cast()
    case = appealed(people)
    return party(people, address, Side.MERCHANT, case, "answer_appeal", text="不同意。")


def uphold(address: str) -> Press:
    case = case_of(cast(), State.APPEALED)
    path = f"/cases/{case.reference}/uphold/"
    return partial(officer(address, Role.SENIOR, case).post, path, reasons="裁决依据充分。")


def overturn(address: str) -> Press:
    case = hear(appealed(cast()), timezone.now())
    path = f"/cases/{case.reference}/overturn/"
    typed = RULING | {"amount": "200.00"}
    return partial(officer(address, Role.SENIOR, case).post, path, **typed)


def correct(address: str) -> Press:
    case = case_of(cast(), State.RULED)
    path = f"/cases/{case.reference}/ruling/correct/"
    typed = {
        "version": "1",
        "reasons": "One cup is broken.",
        "why": "A slip of the pen.",
        "text_1": "One of two cups arrived broken.",
        "citations_1": "E-01",
    }
    return partial(officer(address, Role.SENIOR, case).post, path, **typed)


POINTS: dict[str, Any] = {"kind": "serious", "points": 7, "reason": "Not the first time"}


def ruled_for_points(people: Docket) -> Case:
    finding = Finding("It promises a cure.", "D-02", ("E-01",))
    ruling = draft(remedies=("RM-RETURN",), findings=(finding,))
    now = timezone.now() - HOUR
    return case_of(people, State.RULED, now=now, category="false_advertising", ruling=ruling)


def propose_points(address: str) -> Press:
    people = cast()
    case = ruled_for_points(people)
    # A second person approved the ruling; whoever holds the case proposes.
    path = f"/cases/{case.reference}/penalty/propose/"
    return partial(Visitor(address, people.arbitrator).post, path, **POINTS)


def proposed(people: Docket) -> Penalty:
    case, now = ruled_for_points(people), timezone.now() - HOUR
    return actions.propose_penalty(case, by=people.arbitrator, now=now, **POINTS)


def decide_points(address: str) -> Press:
    penalty = proposed(cast())
    path = f"/cases/{penalty.case.reference}/penalty/decide/"
    by = officer(address, Role.PENALTY_OFFICER, penalty.case)
    return partial(by.post, path, penalty=penalty.pk, answer="yes")


def posted(people: Docket) -> Penalty:
    penalty, now = proposed(people), timezone.now() - HOUR
    by = make_person(Role.PENALTY_OFFICER, f"approver_of_{penalty.case.reference}")
    actions.decide_penalty(penalty, by=by, approves=True, now=now)
    actions.advance(fresh(penalty.case), "finalize", by=None, now=now)
    posting.tick(now)
    found: Penalty = Penalty.objects.select_related("case").get(pk=penalty.pk)
    return found


def appeal_points(address: str) -> Press:
    people = cast()
    penalty = posted(people)
    path = f"/cases/{penalty.case.reference}/penalty/appeal/"
    by = Visitor(address, people.merchant)
    return partial(by.post, path, penalty=penalty.pk, text="The page is true.")


def hear_points(address: str) -> Press:
    people = cast()
    penalty = posted(people)
    now: datetime = timezone.now()
    actions.appeal_penalty(penalty, by=people.merchant, text="The page is true.", now=now)
    path = f"/cases/{penalty.case.reference}/penalty/hear/"
    by = officer(address, Role.PENALTY_OFFICER, penalty.case)
    return partial(by.post, path, penalty=penalty.pk, answer="cancel", reasons="It is true.")


# Carrying out -----------------------------------------------------------------------------------------


def address_given(people: Docket, case: Case) -> None:
    actions.give_address(case, by=people.merchant, address="上海", now=timezone.now())


def sent_back(people: Docket, case: Case) -> None:
    address_given(people, case)
    actions.send_return(fresh(case), by=people.buyer, **PARCEL, now=timezone.now())


def parcel_under_way(people: Docket, case: Case) -> None:
    actions.ship(case, by=people.merchant, **PARCEL, now=timezone.now())


def carried_out(
    side: str,
    name: str,
    facts: dict[str, Any],
    before: Callable[[Docket, Case], None] | None = None,
    **typed: str,
) -> Ready:
    """A step of carrying out, after what comes before it."""

    def ready(address: str) -> Press:
        people = cast()
        case = case_of(people, State.EXECUTING, **facts)
        if before is not None:
            before(people, case)
        return party(people, address, side, case, name, **typed)

    return ready


def decide_a_report(address: str) -> Press:
    people = cast()
    case = case_of(people, State.EXECUTING, **RESHIP)
    parcel_under_way(people, case)
    now = timezone.now()
    actions.report_goods(fresh(case), by=people.buyer, duty=2, text="只有一个空盒子。", now=now)
    path = f"/cases/{case.reference}/report/"
    by = Visitor(address, supervisor())
    return partial(by.post, path, verdict="uphold", reason="照片属实。")


def fulfil(address: str) -> Press:
    people = cast()
    case = case_of(people, State.EXECUTING, **INVOICE)
    duty = str(case.duties.get().number)
    return party(people, address, Side.MERCHANT, case, "fulfil", duty=duty, note="办好了")


BUYER, MERCHANT = Side.BUYER, Side.MERCHANT
BUTTONS: dict[str, Ready] = {
    "buyer_case:request_intervention": by_a_party(BUYER, "request_intervention", State.NEGOTIATING),
    "buyer_case:supply_evidence": by_a_party(BUYER, "supply_evidence", State.AWAITING_EVIDENCE),
    "buyer_case:withdraw": by_a_party(BUYER, "withdraw", State.QUEUED, reason="settled"),
    "buyer_case:counter": by_a_party(BUYER, "counter", State.MEDIATING, number="1", **TERMS),
    "buyer_case:decline": by_a_party(BUYER, "decline", State.MEDIATING, number="1"),
    "buyer_case:appeal": by_a_party(
        BUYER, "appeal", State.RULED, ground="mistake", text="两个都碎了。"
    ),
    "buyer_case:extend": ask_for_time(BUYER, State.EXECUTING, DeadlineKind.BUYER_RECEIPT, RESHIP),
    "buyer_case:send_return": carried_out(BUYER, "send_return", RETURN, address_given, **PARCEL),
    "buyer_case:confirm_delivery": carried_out(BUYER, "confirm_delivery", RESHIP, parcel_under_way),
    "buyer_case:report_goods": carried_out(
        BUYER, "report_goods", RESHIP, parcel_under_way, duty="2", text="只有一个空盒子。"
    ),
    "merchant_case:respond": answer_with_a_photo,
    "merchant_case:concede": by_a_party(MERCHANT, "concede", State.AWAITING_MERCHANT, confirm="on"),
    "merchant_case:offer": by_a_party(MERCHANT, "offer", State.AWAITING_MERCHANT, **TERMS),
    "merchant_case:accept": by_a_party(MERCHANT, "accept", State.MEDIATING, number="1"),
    "merchant_case:answer_appeal": answer_the_appeal,
    "merchant_case:extend": ask_for_time(
        MERCHANT, State.AWAITING_MERCHANT, DeadlineKind.MERCHANT_RESPONSE
    ),
    "merchant_case:refund": by_a_party(MERCHANT, "refund", State.EXECUTING),
    "merchant_case:give_address": carried_out(MERCHANT, "give_address", RETURN, address="上海"),
    "merchant_case:confirm_receipt": carried_out(MERCHANT, "confirm_receipt", RETURN, sent_back),
    "merchant_case:ship": carried_out(MERCHANT, "ship", RESHIP, **PARCEL),
    "merchant_case:fulfil": fulfil,
    "penalty_appeal": appeal_points,
    "exhibits": upload,
    "exhibit_withdraw": about_a_file("withdraw"),
    "exhibit_retype": about_a_file("retype", **{"shows:1": "E-PHOTO-WHOLE"}),
    "exhibit_confirm": about_a_file(
        "confirm",
        lambda: CHAT.encode("gb18030"),
        "chat.txt",
        encoding="gb18030",
        zone="Asia/Shanghai",
    ),
    "exhibit_admit": admit,
    "match_mark": judge_a_match,
    "next_case": next_case,
    "skip_case": on_the_desk("skip", State.QUEUED, reason="language"),
    "act:claim": on_the_desk("claim", State.QUEUED),
    "act:release": on_the_desk("release", State.REVIEWING, reason="language"),
    "act:request_evidence": on_the_desk(
        "request_evidence", State.REVIEWING, sides="buyer", note="一张清楚的照片"
    ),
    "act:reject": on_the_desk("reject", State.QUEUED, reason="duplicate"),
    "act:propose": on_the_desk("propose", State.REVIEWING, **TERMS),
    "act:issue": rule,
    "act:submit_for_approval": send_for_approval,
    "act:retract": on_the_desk("retract", State.AWAITING_APPROVAL),
    "act:recall": recall,
    "act:uphold": uphold,
    "approval:approve": second_look(decision="approve"),
    "approval:return": second_look(decision="return", comments="再看一眼。"),
    "approval:take_over": second_look(decision="take_over"),
    "ruling_draft": on_the_desk("ruling/draft", State.REVIEWING, reasons="…"),
    "overturn": overturn,
    "correct_ruling": correct,
    "propose_penalty": propose_points,
    "decide_penalty": decide_points,
    "hear_penalty_appeal": hear_points,
    "flag_gap": flag_a_gap,
    "close_gap": close_a_gap,
    "ask_override": on_the_desk(
        "override", State.REVIEWING, remedy="RM-REPAIR", reason="It can be mended."
    ),
    "decide_override": decide_override,
    "rulebook_draft": take_a_draft,
    "extend": extend,
    "decide_report": decide_a_report,
    "standstill:stop": stand_still("stop"),
    "standstill:run": stand_still("run"),
    "declare_pause": declare_a_pause,
    "end_pause": end_a_pause,
    "hand_over": hand_over,
    "drawn_ruling": look_at_a_drawn_ruling,
    "engine_messages": send_again,
    "engine_resume": let_the_clock_go_on,
    "engine_try": try_a_deadline,
    "engine_payments": pay_again,
    "repay": repay,
}

# Addresses that take a POST and are not pressed here, and why not.
NOT_PRESSED: dict[str, str] = {
    **dict.fromkeys(("login", "logout", "set_theme"), "touches the visitor's own session alone"),
    **dict.fromkeys(("ruling_preview", "overturn_preview"), "shows, and keeps only the draft"),
    **dict.fromkeys(("draft_choice", "overturn_draft"), "keeps a text nobody else reads"),
    **dict.fromkeys(
        ("rulebook_rule", "rulebook_text", "rulebook_discard", "rulebook_publish"),
        "names the revision it was read at: tests/portal/test_publication.py",
    ),
    "rulebook_withdraw": "a version is withdrawn once: tests/cases/test_versions.py",
    "notices": "marks as read what is read already",
    "exhibit_flag": "sets one mark to what the form says",
    "upload_ticket": "a ticket counts for one file: tests/evidence/test_tickets.py",
    "audit_verify": "a check that runs is not begun again: cases/audits.py",
    **dict.fromkeys(
        ("unmask", "case_export", "audit_docket", "exhibit_check"),
        "each look or copy is an act of its own, and leaves its line",
    ),
}
