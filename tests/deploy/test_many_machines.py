"""The main job on more than one machine, in production settings: nginx, two webs, two workers, two beats."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from cases import docket
from cases.lifecycle import State
from cases.models import Case, Deadline, Heartbeat
from evidence.models import Exhibit
from tests.deploy.machines import NGINX, Machines, started
from tests.factories import PASSWORD
from tests.portal.test_exhibits import photo

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]
BELLS = 25  # seconds in which both beats have rung at least once
RULING = {
    "outcome": "part",
    "remedies": "RM-PART",
    "amount": "100",
    "freight": "FR-C",
    "finding_1": "杯子破碎。",
    "rule_1": "L-01",
    "citations_1": "E-01",
    "without": "E-01",
    "reasons": "照片可见破碎。",
}


@pytest.fixture
def cast(buyer, merchant, rival_merchant, arbitrator, settings):
    """Their passwords hashed as production does."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    for person in (merchant, rival_merchant, arbitrator):
        person.set_password(PASSWORD)
        person.save()


@pytest.fixture
def machines(cast, process_env, transactional_db, tmp_path):
    if NGINX is None:
        pytest.skip("needs nginx (Debian: apt-get install nginx-light)")
    broker = settings.REDIS_URL.rpartition("/")[0] + "/5"  # apart from the suite's own worker
    with started(tmp_path / "image", process_env["DATABASE_URL"], broker) as running:
        yield running


def signed_in(machines: Machines, person):
    visitor = machines.visitor()
    visitor.sign_in(person.username, PASSWORD)
    return visitor


def wait_until(condition, machines: Machines, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, machines.logs()
        time.sleep(0.2)


def test_the_main_job_through_the_proxy(machines, case_in, merchant, rival_merchant, arbitrator):
    now = timezone.now()
    case = case_in(State.AWAITING_MERCHANT, now=now)
    silent = case_in(State.AWAITING_MERCHANT, now=now)
    Deadline.objects.filter(case=silent).update(
        opened_at=now - timedelta(hours=1), due_at=now + timedelta(seconds=2)
    )

    shop = signed_in(machines, merchant)
    an_upload_counts_from_its_beginning(machines, shop, case_in(State.AWAITING_MERCHANT, now=now))
    the_merchant_answers(shop, case)
    the_photo_comes_from_the_proxy(machines, shop, signed_in(machines, rival_merchant), case)
    the_arbitrator_decides(signed_in(machines, arbitrator), case, arbitrator)
    the_bounds_hold(machines, shop, case)
    webs_are_exchanged_one_by_one(machines, shop, case)
    the_clock_acts_once(machines, silent)


def an_upload_counts_from_its_beginning(machines, shop, case) -> None:
    """nginx keeps a request until it is whole, and the end of this one comes after the deadline."""
    due = timezone.now()
    sent = BytesIO(photo(size=(320, 240)))
    sent.name = "杯子.jpg"

    def until_it_is_over() -> None:
        nonlocal due
        due = timezone.now() + timedelta(seconds=2)
        opened = due - timedelta(hours=48)
        Deadline.objects.filter(case=case).update(opened_at=opened, due_at=due)
        wait_until(lambda: timezone.now() > due, machines)

    answer = shop.send(
        reverse("exhibits", args=[case.reference]),
        {"files": sent},
        seen_on=reverse("merchant_case", args=[case.reference]),
        before_the_end=until_it_is_over,
    )

    assert answer.status == 302
    exhibit = Exhibit.objects.get(case=case)
    assert exhibit.began_at is not None
    assert exhibit.began_at < due < exhibit.received_at
    assert exhibit.is_late is False


def the_merchant_answers(shop, case) -> None:
    page = reverse("merchant_case", args=[case.reference])
    sent = BytesIO(photo(size=(640, 480)))
    sent.name = "杯子.jpg"

    answer = shop.send(page, {"step": "respond", "text": "发货前完好。", "files:E-PACKVID": sent})

    assert (answer.status, answer.headers["Location"]) == (302, f"{page}#receipt")
    stored = Case.objects.get(pk=case.pk)
    assert (stored.state, stored.answer) == (State.QUEUED, "发货前完好。")
    assert Exhibit.objects.get(case=case).side == "merchant"


def the_photo_comes_from_the_proxy(machines, shop, stranger, case) -> None:
    exhibit = Exhibit.objects.get(case=case)
    page = reverse("exhibit_preview", args=[case.reference, 1])
    kept = (machines.var / "evidence" / exhibit.preview.name).read_bytes()

    seen, others = shop.ask(page), stranger.ask(page)

    assert (seen.status, seen.body, others.status) == (200, kept, 404)
    assert "X-Accel-Redirect" not in seen.headers
    expected = {
        "Content-Type": "image/jpeg",
        "Content-Disposition": "inline; filename*=UTF-8''%E6%9D%AF%E5%AD%90.jpg",
        "Cache-Control": "private, max-age=600",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
    }
    assert {name: seen.headers[name] for name in expected} == expected
    assert "object-src 'none'" in seen.headers["Content-Security-Policy"]
    assert seen.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    for way in (
        f"/sealed/{exhibit.preview.name}",
        f"/sealed/{exhibit.original.name}",
        f"/static/../evidence/{exhibit.preview.name}",
        f"/static../evidence/{exhibit.preview.name}",
        f"/%73ealed/{exhibit.preview.name}",
    ):
        assert shop.ask(way).status == 404, way


def the_arbitrator_decides(desk, case, arbitrator) -> None:
    claimed = desk.send(reverse("next_case"), {}, seen_on=reverse("queue"))
    page = reverse("case", args=[case.reference])
    assert (claimed.status, claimed.headers["Location"]) == (302, page)

    original = desk.ask(reverse("exhibit_original", args=[case.reference, 1]))
    assert original.body == photo(size=(640, 480))
    assert original.headers["Content-Disposition"].startswith("attachment;")
    assert original.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert original.headers["Cache-Control"] == "no-store"

    issued = desk.send(reverse("act", args=[case.reference, "issue"]), RULING, seen_on=page)

    assert issued.status == 302, issued.text
    stored = Case.objects.get(pk=case.pk)
    assert stored.state == State.RULED
    assert [event.name for event in stored.events.filter(actor=arbitrator)] == [
        "claim",
        "open_original",
        "issue",
    ]
    assert [bad for _case, _lines, bad in docket.verify([stored])] == [None]


def the_bounds_hold(machines, shop, case) -> None:
    too_much = b"x" * (2 * 1024 * 1024)
    assert shop.ask(reverse("login"), too_much).status == 413
    # Where files come in it is the portal that answers, not the proxy.
    assert shop.ask(reverse("exhibits", args=[case.reference]), too_much).status == 403
    assert machines.visitor().ask(reverse("home")).headers["Location"].startswith("/login/")
    styles = re.search(r'href="(/static/[^"]+\.css)"', shop.ask(reverse("merchant_home")).text)
    answer = shop.ask(styles[1])
    assert (answer.status, answer.headers["Cache-Control"]) == (
        200,
        "public, max-age=31536000, immutable",
    )


def webs_are_exchanged_one_by_one(machines, shop, case) -> None:
    page = reverse("merchant_case", args=[case.reference])
    for port in machines.webs:
        machines.stop(f"web-{port}")
        assert [shop.ask(page).status for _ in range(6)] == [200] * 6
        machines.start_web(port)
    assert shop.ask(page).status == 200


def the_clock_acts_once(machines, silent) -> None:
    wait_until(lambda: Case.objects.get(pk=silent.pk).state == State.QUEUED, machines)
    escalated = silent.events.get(name="escalate").at
    later = escalated + timedelta(seconds=BELLS)
    wait_until(lambda: Heartbeat.objects.filter(name="sweep", at__gt=later).exists(), machines)

    assert silent.events.filter(name="escalate").count() == 1
    clock = Deadline.objects.get(case=silent, kind="merchant_response")
    assert (clock.outcome, clock.closed_at) == ("expired", escalated)
    assert escalated > clock.due_at
