"""What holds of a case after every step of every history, whoever took it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import Q
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import Role, User
from cases import docket
from cases.execution import MoneyCommand
from cases.lifecycle import ENDED, MoneyState, State
from cases.models import Case, Event
from evidence.models import Exhibit
from portal.permissions import PARTIES, TABLE, Scope
from tests.histories import plays

AMONG_THEMSELVES = (State.NEGOTIATING, State.AWAITING_MERCHANT)
READING = ("open_original", "export_case", "export_docket", "unmask")
OF_THE_DESK = (
    *(plays.NOTE, plays.COMMENTS, plays.HANDOVER, plays.UNMASKING, plays.DRAFTED),
    plays.AUDITED,
)
NOT_FOR_THE_BUYER = (plays.PENALTY, plays.REMARK)
PHONE, ADDRESS = plays.PHONES[Role.BUYER], "学院路88号3单元702室"
STATEMENT = f"两个杯子都碎了。收货电话 {PHONE}，地址杭州市西湖区{ADDRESS}。"
# What only the reader's own side and the desk may read of the other.
OF_THE_BUYER = (PHONE, ADDRESS, "林小满", "buyer@example.org")
OF_THE_MERCHANT = (plays.PHONES[Role.MERCHANT], "merchant@example.org")


def money_is_conserved(case: Case) -> None:
    """What goes back comes out of the price and never exceeds it; nothing is both given back and released."""
    assert 0 <= case.refunded <= case.paid
    if case.money_state in (MoneyState.HELD, MoneyState.RELEASED):
        assert case.refunded == 0
    settled = case.money.filter(state=MoneyCommand.State.SETTLED)
    back = sum(each.amount for each in settled if each.of_price)
    released = sum(each.amount for each in settled if each.kind == MoneyCommand.Kind.RELEASE)
    assert back == case.refunded
    assert back + released <= case.paid


def rulings_stay_within_what_was_paid(case: Case) -> None:
    for ruling in case.rulings.all():
        assert 0 <= ruling.refund <= ruling.cap <= case.paid
        assert ruling.refund <= ruling.amount


def clocks_are_in_order(case: Case) -> None:
    open_rows = list(case.deadlines.open())
    once = Counter((row.kind, row.party) for row in open_rows)
    assert not [kind for kind, times in once.items() if times > 1]
    running = [row.due_at for row in open_rows if not row.is_paused]
    assert case.due_at == min(running, default=None)
    if case.state in ENDED:
        assert open_rows == []
    else:
        awaited = open_rows or case.money.filter(ended_at=None).exists()
        assert awaited, "nobody is awaited, and the case has not ended"


def docket_is_whole(case: Case) -> None:
    ((_case, lines, bad),) = docket.verify([case])
    assert bad is None
    assert lines == case.docket_length == case.events.count()
    moves = case.events.exclude(to_state="").order_by("number")
    states = list(moves.values_list("from_state", "to_state"))
    assert states[0] == ("", State.NEGOTIATING)
    assert states[-1][1] == case.state
    assert [before for before, _after in states[1:]] == [after for _before, after in states[:-1]]


def nobody_judges_their_own_work(case: Case) -> None:
    for submission in case.submissions.exclude(decided_by=None):
        assert submission.decided_by_id != submission.author_id
    for appeal in case.appeals.exclude(decided_by=None):
        before = Event.objects.filter(case=case, actor=appeal.decided_by, at__lt=appeal.decided_at)
        assert not before.exclude(name__in=READING).exists()
        assert not case.rulings.filter(author=appeal.decided_by, issued_at__lt=appeal.decided_at)
    judges = User.objects.filter(
        Q(rulings__case=case)
        | Q(pk=case.holder_id)
        | Q(pk__in=case.penalties.values("proposed_by"))
    )
    for penalty in case.penalties.all():
        said_yes = [each.by_id for each in penalty.approvals.all()]
        officers = {penalty.decided_by_id, *said_yes} - {None}
        assert not judges.filter(pk__in=officers).exists()
        assert len(said_yes) == len(set(said_yes))
        heard = getattr(penalty, "appeal", None)
        assert heard is None or heard.decided_by_id not in officers


def offers_wait_one_at_a_time(case: Case) -> None:
    waiting = case.offers.filter(ended_at=None).count()
    if case.state == State.MEDIATING:
        assert waiting == 1
    else:
        assert waiting <= (case.state in AMONG_THEMSELVES)


INVARIANTS = (
    money_is_conserved,
    rulings_stay_within_what_was_paid,
    clocks_are_in_order,
    docket_is_whole,
    nobody_judges_their_own_work,
    offers_wait_one_at_a_time,
)


# --- What each side can read -----------------------------------------------------------------------


def addresses_of(case: Case, person: User) -> list[str]:
    """Every page of the permission table that a party may ask for, about this case and about none."""
    numbers = list(Exhibit.objects.filter(case=case).values_list("number", flat=True))
    found = []
    for name, permission in TABLE.items():
        if person.role not in permission.roles or "GET" not in permission.methods:
            continue
        about = [{}] if permission.scope is Scope.NONE else [{"reference": case.reference}]
        about += [{"reference": case.reference, "number": number} for number in numbers]
        for arguments in about:
            try:
                found.append(reverse(name, kwargs=arguments))
            except NoReverseMatch:
                continue
    return found


def read_by(case: Case, person: User) -> dict[str, str]:
    """What every page says to this party, by its address."""
    assert person.role in PARTIES
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    pages = {}
    for address in addresses_of(case, person):
        answer = client.get(address)
        assert answer.status_code in (200, 302, 404), (address, answer.status_code)
        if answer.headers.get("Content-Type", "").startswith("text"):
            pages[address] = answer.content.decode()
    return pages


def texts_of_no_ruling(case: Case, now: datetime) -> set[str]:
    """What was written as a ruling and is none: sent back, taken back, or not told yet."""
    told = case.rulings.filter(told_at__lte=now, recalled_at=None)
    written = {row.draft["reasons"] for row in case.submissions.all()}
    written |= set(case.rulings.values_list("reasons", flat=True))
    return written - set(told.values_list("reasons", flat=True))


def nothing_leaks(case: Case, buyer: User, merchant: User, now: datetime) -> None:
    of_the_desk = (*OF_THE_DESK, *texts_of_no_ruling(case, now))
    for person, secrets in (
        (buyer, (*of_the_desk, *NOT_FOR_THE_BUYER, *OF_THE_MERCHANT)),
        (merchant, (*of_the_desk, *OF_THE_BUYER)),
    ):
        pages = read_by(case, person)
        assert any(case.reference in page for page in pages.values())
        told = [
            (address, secret)
            for address, page in pages.items()
            for secret in secrets
            if secret in page
        ]
        assert told == []
