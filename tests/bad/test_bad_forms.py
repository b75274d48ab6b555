"""What people type into forms, and what others send in their place (rows 69 and 73 to 82 of the table)."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from cases.actions import Refused, appeal, claim, overturn, respond, uphold
from cases.lifecycle import State
from cases.models import Case, Ruling, WorkHour
from evidence.intake import Submission, submit_exhibit
from evidence.models import Exhibit, UploadTicket
from portal.permissions import ASKED, TABLE
from portal.unasked import COUNTED_AS
from tests.bad.pictures import drawing, saved
from tests.bad.plainly import Forms
from tests.factories import draft, make_person

BACKEND = "django.contrib.auth.backends.ModelBackend"
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LOG = "林小满 (2026-03-08 10:00:00):\n两个杯子都碎了\n"


@pytest.fixture
def reviewed(case_in, buyer, merchant, arbitrator):
    """A case of today under review, with one chat log to cite; ¥300 were paid, ¥60 already given back."""
    now = timezone.now()
    case = case_in(
        State.AWAITING_MERCHANT,
        now=now - 3 * HOUR,
        refunded=Decimal("60.00"),
        requested_amount=Decimal("200.00"),
    )
    log = Submission(LOG.encode(), "chat.txt", "chat_log", is_confirmed=True)
    submit_exhibit(case, log, by=buyer, now=now - 2 * HOUR)
    respond(case, by=merchant, text="出库完好。", now=now - HOUR)
    claim(fresh(case), by=arbitrator, now=now - HOUR)
    return fresh(case)


@pytest.fixture
def ruled(case_in):
    return case_in(State.RULED, now=timezone.now())


def fresh(case):
    return Case.objects.get(pk=case.pk)


@pytest.fixture
def preview(reviewed, arbitrator, signed_in):
    """Send the ruling as its page does; the answer."""
    client = signed_in(arbitrator)
    values = {
        "outcome": "part",
        "remedies": ["RM-PART"],
        "amount": "150",
        "freight": reviewed.ruled_by.freight,
        "finding_1": "One cup is broken.",
        "rule_1": "L-01",
        "citations_1": "E-01",
        "reasons": "The log says so.",
        "without": "E-01",
    }

    def sent(**typed):
        place = reverse("ruling_preview", args=[reviewed.reference])
        return client.post(place, values | typed, **ENGLISH)

    return sent


# --- 69: fields of other people's business --------------------------------------------------------


def test_row_69_a_state_a_holder_or_a_deadline_sent_along_is_ignored_and_counted(
    case, buyer, merchant, arbitrator, signed_in
):
    before = Case.objects.values().get(pk=case.pk)
    extra = {"state": "closed", "arbitrator": "me", "due_at": "2099-01-01", "is_staff": "1"}

    signed_in(buyer).post(reverse("act", args=[case.reference, "respond"]), extra)
    signed_in(merchant).post(reverse("merchant_case", args=[case.reference]), extra)

    assert Case.objects.values().get(pk=case.pk) == before
    buyer.refresh_from_db()
    assert not buyer.is_staff
    assert WorkHour.objects.get(name=COUNTED_AS).done == 2 * len(extra)


def test_row_69_what_a_form_asks_for_is_not_counted(case, merchant, signed_in):
    place = reverse("merchant_case", args=[case.reference])

    signed_in(merchant).post(place, {"step": "respond", "text": "出库完好。"})

    assert fresh(case).state == State.QUEUED
    assert not WorkHour.objects.filter(name=COUNTED_AS).exists()


# --- 73 to 76: amounts ----------------------------------------------------------------------------

NO_AMOUNT = ("−1", "-1", "0.001", "NaN", "sNaN", "Infinity", "1e400", "12,50", "0x10", "abc")
OTHER_MONEY = ("5 KWD", "1.234", "$5", "USD 5", "5 JPY", "€5")


@pytest.mark.parametrize(
    "typed", [*NO_AMOUNT, "1_000", "1e3"], ids=lambda typed: f"row 73: {typed}"
)
def test_what_is_no_amount_is_refused_and_stays_as_typed(preview, reviewed, typed):
    answer = preview(amount=typed)

    assert answer.status_code == 400
    assert "with at most two decimals" in answer.content.decode()
    assert f'value="{typed}"' in answer.content.decode()
    assert fresh(reviewed).rulings.count() == 0


def test_row_73_nothing_is_no_refund(preview):
    answer = preview(amount="0")

    assert answer.status_code == 400
    assert "This remedy needs an amount." in answer.content.decode()


@pytest.mark.parametrize("typed", ["１２３", "١٢٣", "¥123", "123.0"], ids=lambda t: f"row 74: {t}")
def test_an_amount_in_other_digits_is_shown_back_in_plain_ones(preview, typed):
    answer = preview(amount=typed)

    assert answer.status_code == 200
    assert "¥123.00" in answer.content.decode()


@pytest.mark.parametrize("typed", ["300.01", "240.01", "9999999999"], ids=lambda t: f"row 75: {t}")
def test_more_than_was_paid_and_is_still_there_is_refused(preview, typed):
    answer = preview(amount=typed)

    assert answer.status_code == 400
    assert "between ¥0.00 and ¥240.00" in answer.content.decode()


def test_row_75_the_database_itself_gives_nothing_beyond_what_was_paid(reviewed, ruled):
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=reviewed.pk).update(refunded=Decimal("300.01"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Ruling.objects.filter(case=ruled).update(amount=Decimal("300.01"))


@pytest.mark.parametrize("typed", OTHER_MONEY, ids=lambda typed: f"row 76: {typed}")
def test_other_money_is_refused(preview, typed):
    answer = preview(amount=typed)

    assert answer.status_code == 400
    assert "Enter an amount in yuan" in answer.content.decode()


# --- 77 and 78: requests of others ----------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "x" * 32, "a" * 64], ids=["missing", "foreign", "old"])
def test_row_77_without_the_pages_own_key_nothing_is_done(case, buyer, key):
    client = Client(enforce_csrf_checks=True)
    client.force_login(buyer, backend=BACKEND)
    client.get(reverse("buyer_case", args=[case.reference]))
    place = reverse("act", args=[case.reference, "withdraw"])

    answer = client.post(place, {"reason": "x", "csrfmiddlewaretoken": key})

    assert answer.status_code == 403
    assert fresh(case).state == State.AWAITING_MERCHANT


def test_row_77_a_step_is_not_taken_by_looking(case, buyer, signed_in):
    answer = signed_in(buyer).get(
        reverse("act", args=[case.reference, "withdraw"]), {"reason": "x"}
    )

    assert answer.status_code == 405
    assert fresh(case).state == State.AWAITING_MERCHANT


def test_row_77_json_is_no_form(case, buyer, signed_in):
    place = reverse("act", args=[case.reference, "withdraw"])

    answer = signed_in(buyer).post(place, {"reason": "x"}, content_type="application/json")

    assert answer.status_code == 415
    assert fresh(case).state == State.AWAITING_MERCHANT


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_row_77_what_another_site_sends_is_refused(case, buyer, signed_in, site):
    place = reverse("act", args=[case.reference, "withdraw"])

    answer = signed_in(buyer).post(place, {"reason": "x"}, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 403
    assert fresh(case).state == State.AWAITING_MERCHANT


@pytest.mark.parametrize("what", ["of another person", "for another case"])
def test_row_78_a_ticket_serves_nobody_else(case, case_in, buyer, merchant, signed_in, what):
    other = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    giver = merchant if what == "of another person" else buyer
    place = reverse("upload_ticket", args=[(case if giver == merchant else other).reference])
    ticket = signed_in(giver).post(place, HTTP_ACCEPT="application/json").json()["ticket"]

    answer = signed_in(buyer).post(
        reverse("exhibits", args=[case.reference]),
        {"files": SimpleUploadedFile("a.jpg", saved(drawing())), "ticket": ticket},
        HTTP_ACCEPT="application/json",
    )

    assert answer.status_code == 403
    assert not Exhibit.objects.filter(case=case).exists()
    assert UploadTicket.objects.get().used_at is None


# --- 79 and 80: acts whose time is over -----------------------------------------------------------


def test_row_79_a_party_appeals_once_in_time_and_for_itself(ruled, buyer, merchant, rival_buyer):
    now = ruled.ruled_at
    due = ruled.deadlines.get(kind="appeal_window", party="buyer").due_at
    words = {"ground": "mistake", "text": "Both cups are broken."}

    with pytest.raises(Refused):
        appeal(fresh(ruled), by=buyer, now=due + SECOND, **words)
    with pytest.raises(PermissionDenied):
        appeal(fresh(ruled), by=rival_buyer, now=now, **words)
    appeal(fresh(ruled), by=buyer, now=due, **words)
    with pytest.raises(Refused):
        appeal(fresh(ruled), by=buyer, now=due, **words)

    assert fresh(ruled).state == State.APPEALED
    assert [made.side for made in ruled.appeals.all()] == ["buyer"]


def test_row_79_nobody_decides_the_appeal_of_their_own_ruling(case_in, senior):
    case = case_in(State.APPEALED, holder=senior)

    for decide in (
        lambda: uphold(fresh(case), by=senior, reasons="Mine stands.", now=case.ruled_at),
        lambda: overturn(fresh(case), by=senior, draft=draft(), now=case.ruled_at),
    ):
        with pytest.raises((Refused, PermissionDenied)):
            decide()

    assert fresh(case).state == State.APPEALED


@pytest.mark.parametrize("state", [State.CLOSED, State.WITHDRAWN, State.REJECTED])
def test_row_80_after_the_end_nothing_is_answered_claimed_or_handed_in(
    case_in, merchant, buyer, other_arbitrator, signed_in, state
):
    case = case_in(state, now=timezone.now())
    before = Case.objects.values().get(pk=case.pk)
    answers = [
        signed_in(merchant).post(
            reverse("merchant_case", args=[case.reference]), {"step": "respond", "text": "Late."}
        ),
        signed_in(other_arbitrator).post(reverse("act", args=[case.reference, "claim"])),
        signed_in(buyer).post(
            reverse("exhibits", args=[case.reference]),
            {"files": SimpleUploadedFile("a.jpg", saved(drawing()))},
            HTTP_ACCEPT="application/json",
        ),
    ]

    assert [answer.status_code for answer in answers] in ([409, 409, 400], [409, 409, 409])
    assert Case.objects.values().get(pk=case.pk) == before
    assert not Exhibit.objects.filter(case=case).exists()


def test_row_80_nothing_is_handed_in_once_it_is_ruled(ruled, buyer, signed_in):
    answer = signed_in(buyer).post(
        reverse("exhibits", args=[ruled.reference]),
        {"files": SimpleUploadedFile("a.jpg", saved(drawing()))},
        HTTP_ACCEPT="application/json",
    )

    assert answer.status_code in (400, 409)
    assert not Exhibit.objects.filter(case=ruled).exists()


@pytest.mark.parametrize("who", ["its holder", "somebody disabled", "an auditor", "a party's kin"])
def test_row_80_a_case_is_not_handed_to(
    case_in, arbitrator, auditor, shop, supervisor, signed_in, who
):
    case = case_in(State.REVIEWING, now=timezone.now())
    disabled = make_person(Role.ARBITRATOR, "gone", is_active=False)
    kin = make_person(Role.ARBITRATOR, "kin")
    shop.memberships.create(user=kin)
    to = {
        "its holder": arbitrator,
        "somebody disabled": disabled,
        "an auditor": auditor,
        "a party's kin": kin,
    }[who]

    signed_in(supervisor).post(
        reverse("hand_over"), {"cases": [case.reference], "to": to.pk, "reason": "Holiday."}
    )

    assert fresh(case).holder == arbitrator


# --- 81: texts ------------------------------------------------------------------------------------

EMPTY = {"only spaces": " \t\u3000\n" * 40, "only zero width": "\u200b\u200d\ufeff" * 9}
TOO_LONG = {"a megabyte": "长" * 350_000, "10,000 lines": "一\n" * 10_000}
ODD = {
    "emoji of many parts": "👨‍👩‍👧‍👦" * 40,
    "right to left": "العربية \u202eدليل\u202c",
    "zalgo": "z̸̡̛͖͎͓̀̈́̕a̵̧̢͔͝l̴̰̈́g̷̱̈ŏ̶̡" * 9,
}


@pytest.mark.parametrize("what", [*EMPTY, *TOO_LONG], ids=lambda what: f"row 81: {what}")
def test_a_text_of_nothing_or_without_end_is_refused_with_its_limit(
    case, merchant, signed_in, what
):
    text = (EMPTY | TOO_LONG)[what]
    place = reverse("merchant_case", args=[case.reference])

    answer = signed_in(merchant).post(place, {"step": "respond", "text": text}, **ENGLISH)

    said = "At most 1000 characters" if what in TOO_LONG else "Say in a few words"
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert fresh(case).answer == ""


@pytest.mark.parametrize("what", ODD, ids=lambda what: f"row 81: {what}")
def test_a_text_of_odd_signs_is_kept_as_written(case, merchant, buyer, signed_in, what):
    place = reverse("merchant_case", args=[case.reference])

    answer = signed_in(merchant).post(place, {"step": "respond", "text": ODD[what]})

    assert answer.status_code == 302
    assert fresh(case).answer == ODD[what]
    assert signed_in(buyer).get(reverse("buyer_case", args=[case.reference])).status_code == 200


def test_row_81_a_nul_is_refused_in_words(case, merchant, signed_in):
    place = reverse("merchant_case", args=[case.reference])

    answer = signed_in(merchant).post(place, {"step": "respond", "text": "a\0b"}, **ENGLISH)

    assert answer.status_code == 400
    assert "Null characters are not allowed." in answer.content.decode()
    assert fresh(case).answer == ""


# --- 82: filters ----------------------------------------------------------------------------------

LISTS = {name: TABLE[name].roles for name in ASKED}
NOT_OFFERED = {
    "a field of a person": {"owner__password__startswith": "pbkdf2"},
    "an order": {"sort": "`;drop table cases_case"},
    "500 ids": {"id": [str(number) for number in range(500)]},
    "500 pages": {"page": [str(number) for number in range(500)]},
}


@pytest.mark.parametrize("what", NOT_OFFERED, ids=lambda what: f"row 82: {what}")
@pytest.mark.parametrize("name", LISTS)
def test_a_filter_nobody_offers_is_refused_in_words(case_in, signed_in, name, what):
    case = case_in(State.QUEUED, now=timezone.now())
    client = signed_in(make_person(sorted(LISTS[name])[0], "reader"))
    assert client.get(reverse(name)).status_code == 200

    answer = client.get(reverse(name), NOT_OFFERED[what], **ENGLISH)

    assert answer.status_code == 400
    assert "This list cannot be narrowed or sorted that way." in answer.content.decode()
    assert case.reference not in answer.content.decode()


def test_row_82_every_filter_of_a_page_is_on_its_list(case_in, signed_in):
    """What the links and search forms of the lists themselves ask for is let through."""
    case_in(State.QUEUED, now=timezone.now())
    for name, known in ASKED.items():
        client = signed_in(make_person(sorted(LISTS[name])[0], f"reader_of_{name}"))
        page = client.get(reverse(name)).content.decode()
        linked = re.findall(rf'href="(?:{reverse(name)})?\?([^"#]+)', page)
        keys = {key for query in linked for key, _ in parse_qsl(unescape(query))}
        fields = {
            field
            for form in Forms(page).found
            if form.method == "get" and form.action in ("", reverse(name))
            for field in form.names
        }
        assert keys | fields <= known, name


@pytest.mark.parametrize(
    "sought",
    [{"view": "everything"}, {"category": "damaged' OR 1=1"}, {"least": "abc"}],
    ids=lambda sought: f"row 82: {next(iter(sought))}",
)
def test_a_value_nobody_offers_narrows_nothing(case_in, arbitrator, signed_in, sought):
    case_in(State.QUEUED, now=timezone.now())
    client = signed_in(arbitrator)

    plain, answer = client.get(reverse("queue")), client.get(reverse("queue"), sought)

    assert answer.status_code == 200
    assert references(answer) == references(plain) != []


def references(answer):
    words = answer.content.decode().split('"')
    return [word for word in words if word.startswith("/cases/A-")]
