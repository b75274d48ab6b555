"""The demo as it stands after its first start. Drawing is left out: every picture is a plain one."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from cases import docket, rulebook, sweep
from cases.execution import MoneyCommand
from cases.gaps import RemedyOverride, RuleGap
from cases.ledger import LedgerEntry, Measure
from cases.lifecycle import Side, State
from cases.models import Case, Deadline, DeadlineKind, Recovery, Ruling
from cases.proceedings import Appeal, Offer, Penalty, Submission
from cases.versions import RulebookVersion
from evidence.likeness import FURTHEST, Way, distance, hashes
from evidence.models import Exhibit, Message
from portal.demo import build
from portal.demo.build import (
    PICTURES,
    build_demo,
    drawn,
    file_clock_case,
    passed_off,
    taken_again,
)
from portal.demo.canvas import jpeg
from portal.demo.cases import PLOTS
from portal.demo.cast import ACCOUNTS, PASSWORD, assemble


@pytest.fixture
def demo(db, monkeypatch):
    """The whole demo; its pictures are flat sheets, one colour a name."""
    plain = {
        name: jpeg(Image.new("RGB", (400, 300), (9 * number, 128, 90)))
        for number, name in enumerate(build.PICTURES)
    }
    monkeypatch.setattr(build, "drawn", lambda name, today: plain[name])
    build_demo(progress=lambda line: None)


def test_every_plot_ends_where_it_says_in_every_state_and_category(demo):
    assert sorted(Case.objects.values_list("category", "state", "statement")) == sorted(
        (plot.category, plot.state, plot.statement) for plot in PLOTS
    )
    assert set(Case.objects.values_list("state", flat=True)) == set(State)
    assert set(Case.objects.values_list("category", flat=True)) == set(rulebook.load().categories)
    assert [bad for _case, _lines, bad in docket.verify(Case.objects.all()) if bad] == []


def test_everybody_is_invented_and_only_the_accounts_can_sign_in(demo):
    for username, role, name in ACCOUNTS:
        client = Client()
        entry = {"username": username, "password": PASSWORD}
        client.post(reverse("login"), entry)
        person = User.objects.get(username=username)
        assert client.session.get("_auth_user_id") == str(person.pk), username
        assert (person.role, person.display_name) == (role, name)
    assert not User.objects.filter(is_demo=False).exists()
    can = {person.username for person in User.objects.all() if person.has_usable_password()}
    assert can == {username for username, _role, _name in ACCOUNTS}


def test_only_the_staffs_own_clocks_are_late_and_the_accounts_have_work(demo):
    now = timezone.now()
    late = Deadline.objects.running().filter(due_at__lt=now)
    arbitrator = User.objects.get(username="arbitrator")
    shop = User.objects.get(username="merchant").shops.get()

    assert set(late.values_list("kind", flat=True)) == {DeadlineKind.RULING_TARGET}
    assert Case.objects.held_by(arbitrator).count() == 5
    assert Case.objects.filter(shop=shop, state=State.AWAITING_MERCHANT).count() == 3
    assert Case.objects.filter(buyer__username="buyer").count() == 7


def test_there_is_something_to_see_of_every_proceeding(demo):
    now, shop = timezone.now(), User.objects.get(username="merchant").shops.get()
    on_the_table = Offer.objects.filter(ended_at=None).values_list("case__state", flat=True)
    waiting = Penalty.objects.get(decided_at=None)
    posted = LedgerEntry.objects.filter(shop=shop).values_list("kind", "points")
    heard = Appeal.objects.order_by("made_at").values_list("side", "answered_by__username")

    assert sorted(on_the_table) == ["mediating", "mediating", "negotiating"]
    assert Submission.objects.filter(decided_at=None).count() == 2
    assert list(heard) == [("merchant", "buyer_09"), ("buyer", None)]
    assert [case.is_held_back(now) for case in Case.objects.filter(told_at__gt=now)] == [True]
    assert (waiting.kind, waiting.points) == ("general", 4)
    assert ("serious", 12) in posted
    assert set(Measure.objects.in_force().values_list("kind", flat=True)) == {
        "demotion",
        "marketing_limit",
    }
    assert Recovery.objects.get().amount > 0
    assert MoneyCommand.objects.failed().count() == 1
    assert RulebookVersion.objects.get(state="draft").drafted_by.username == "zheng_wan"
    assert RuleGap.objects.get(closed_at=None).case == RemedyOverride.objects.get().case


def test_rulings_cite_what_is_on_file_and_every_message_has_a_side(demo):
    for ruling in Ruling.objects.select_related("case"):
        cited = {label for finding in ruling.findings for label in finding["citations"]}
        exhibits = Exhibit.objects.filter(case=ruling.case)
        messages = Message.objects.filter(case=ruling.case)
        lines = {f"D-{line.number}" for line in ruling.case.events.all()}
        on_file = (
            lines | {exhibit.label for exhibit in exhibits} | {f"C-{m.number}" for m in messages}
        )
        assert cited <= on_file, ruling.case.reference
    assert set(Message.objects.values_list("side", flat=True)) == {Side.BUYER, Side.MERCHANT}
    assert not Exhibit.objects.filter(is_late=True).exists()


def test_the_clock_case_falls_due_while_one_looks_on(db):
    assemble()
    now = timezone.now()

    case = file_clock_case(now)

    assert case.due_at - now == timedelta(seconds=90)
    assert case.deadlines.open().get().due_at == case.due_at
    assert case.shop.members.get().username == "merchant"
    sweep.run(case.due_at + timedelta(seconds=1))
    assert Case.objects.get(pk=case.pk).state == State.QUEUED
    assert file_clock_case(now + timedelta(seconds=1)).reference != case.reference


def test_a_picture_is_drawn_in_the_size_of_a_photo():
    assert 60_000 < len(drawn("crushed_box", date(2026, 3, 10))) < 300_000


def test_takes_of_one_thing_are_different_photos_and_a_copy_passed_off_is_not():
    scene = PICTURES["crushed_box"].draw(date(2026, 3, 10))
    takes = [hashes(taken_again(scene, take)) for take in range(4)]

    copy = hashes(passed_off(scene))[Way.UPRIGHT]
    assert distance(hashes(scene)[Way.MIRRORED], copy) <= FURTHEST
    for one, other in combinations(takes, 2):
        assert all(distance(hash, other[Way.UPRIGHT]) > FURTHEST for hash in one.values())
