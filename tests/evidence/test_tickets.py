"""What began in time and is here within the grace is in time, to the second (fault 15)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from PIL import Image

from cases import sweep
from cases.actions import respond
from cases.lifecycle import Side, State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from evidence.models import UploadTicket
from evidence.tickets import KEPT_FOR, MOST_PER_PERSON, TooMany, open_ticket, unused_ticket

SECOND = timedelta(seconds=1)
GRACE = timedelta(minutes=10)  # the rulebook's upload_grace_minutes


def photo(colour="teal"):
    file = BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return Submission(file.getvalue(), "a.jpg")


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT)


@pytest.fixture
def due(case):
    return case.deadlines.open().get(party=Side.MERCHANT).due_at


@pytest.mark.parametrize(
    ("opened", "received", "is_late", "counts_from_the_beginning"),
    [
        (-SECOND, timedelta(), False, False),  # here by the deadline: the ticket decides nothing
        (timedelta(), SECOND, False, True),
        (-SECOND, GRACE, False, True),
        (-SECOND, GRACE + SECOND, True, False),
        (-GRACE, SECOND, False, True),
        (-GRACE, GRACE + SECOND, True, False),
        (SECOND, 2 * SECOND, True, False),
        (SECOND, GRACE, True, False),
    ],
)
def test_late_is_judged_by_the_ticket_and_never_beyond_the_grace(
    case, merchant, due, opened, received, is_late, counts_from_the_beginning
):
    ticket = open_ticket(case, by=merchant, now=due + opened)
    sweep.run(due + received)
    case = Case.objects.get(pk=case.pk)

    kept = submit_exhibit(case, photo(), by=merchant, ticket=ticket, now=due + received).exhibit

    began_at = due + opened if counts_from_the_beginning else None
    assert (kept.is_late, kept.began_at, kept.received_at) == (is_late, began_at, due + received)
    facts = case.events.get(name="exhibit").facts
    assert facts["late"] == is_late
    assert facts.get("began_at") == (began_at and began_at.isoformat())


def test_a_ticket_serves_one_file(case, merchant, due):
    ticket = open_ticket(case, by=merchant, now=due)

    first, second = (
        submit_exhibit(case, photo(colour), by=merchant, ticket=ticket, now=due + SECOND).exhibit
        for colour in ("red", "blue")
    )

    assert (first.is_late, second.is_late) == (False, True)
    assert UploadTicket.objects.get().used_at == due + SECOND


def test_a_file_that_is_refused_leaves_the_ticket_for_the_next_try(case, merchant, due):
    ticket = open_ticket(case, by=merchant, now=due)
    with pytest.raises(Exception, match=r"."):
        submit_exhibit(
            case, Submission(b"half", "a.jpg"), by=merchant, ticket=ticket, now=due + SECOND
        )

    again = unused_ticket(case, by=merchant, key=str(ticket.key))
    kept = submit_exhibit(case, photo(), by=merchant, ticket=again, now=due + 2 * SECOND)

    assert not kept.exhibit.is_late


def test_a_ticket_is_for_one_person_and_one_case(case, case_in, merchant, buyer, now):
    ticket = open_ticket(case, by=merchant, now=now)
    other = case_in(State.AWAITING_MERCHANT)

    assert unused_ticket(case, by=merchant, key=str(ticket.key)) == ticket
    for where, who in ((case, buyer), (other, merchant)):
        with pytest.raises(PermissionDenied):
            unused_ticket(where, by=who, key=str(ticket.key))
    assert unused_ticket(case, by=merchant, key="' OR 1=1") is None


@pytest.mark.parametrize("stranger", ["rival_merchant", "rival_buyer", "arbitrator"])
def test_only_the_two_parties_get_a_ticket(case, now, request, stranger):
    with pytest.raises(PermissionDenied):
        open_ticket(case, by=request.getfixturevalue(stranger), now=now)


def test_nobody_begins_without_end(case, merchant, buyer, now):
    for _upload in range(MOST_PER_PERSON):
        open_ticket(case, by=merchant, now=now)

    with pytest.raises(TooMany):
        open_ticket(case, by=merchant, now=now + GRACE - SECOND)
    open_ticket(case, by=buyer, now=now)
    open_ticket(case, by=merchant, now=now + GRACE)


def test_old_tickets_go(case, merchant, now):
    open_ticket(case, by=merchant, now=now)

    newer = open_ticket(case, by=merchant, now=now + KEPT_FOR + SECOND)

    assert list(UploadTicket.objects.all()) == [newer]


@pytest.mark.parametrize("swept", [False, True])
@pytest.mark.parametrize(
    ("received", "is_late"), [(SECOND, False), (GRACE, False), (GRACE + SECOND, True)]
)
def test_an_answer_whose_files_began_in_time_is_in_time(
    case, merchant, due, received, is_late, swept
):
    now = due + received
    if swept:
        sweep.run(now)

    respond(
        Case.objects.get(pk=case.pk), by=merchant, text="完好。", now=now, began_at=due - SECOND
    )

    stored = Case.objects.get(pk=case.pk)
    assert (stored.answer, stored.answer_is_late) == ("完好。", is_late)
    assert stored.state == (State.QUEUED if swept or not is_late else State.AWAITING_MERCHANT)
