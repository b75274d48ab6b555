"""Case bundles: what comes in whole, what is refused, and that a second import changes nothing."""

import json
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from accounts.models import Shop, User
from cases.actions import withdraw
from cases.lifecycle import State
from cases.models import Case, Event
from evidence.bundles import import_bundle
from evidence.models import Exhibit, Message

CHAT = "tb1 (2026-03-08 10:00:00):\n漏了\n\n南山旗舰店 (2026-03-08 10:05:00):\n请拍照\n"


def photo(colour="teal"):
    file = BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


def record(**changes):
    whole = {
        "version": 1,
        "source": "market",
        "external_id": "D-1",
        "opened_at": "2026-03-09T09:00:00+08:00",
        "order": {
            "number": "310000000001",
            "placed_at": "2026-03-01T10:00:00+08:00",
            "shipped_at": "2026-03-02T10:00:00+08:00",
            "delivered_at": None,
            "currency": "CNY",
            "paid": "89.90",
            "freight": "6.00",
            "items": [{"title": "洗衣液", "kind": "daily", "quantity": 1, "unit_price": "89.90"}],
        },
        "buyer": {"external_id": "tb1", "nickname": "tb1"},
        "shop": {"external_id": "s-1", "name": "南山旗舰店"},
        "claim": {
            "category": "damaged",
            "requested_remedy": "refund_only",
            "requested_amount": "89.90",
            "statement": "漏了一半。",
        },
        "photos": [{"file": "photos/one.jpg", "submitted_by": "buyer"}],
        "chat_logs": [{"file": "chats/chat.txt"}],
    }
    return whole | changes


@pytest.fixture
def bundle(tmp_path):
    """Writes a bundle: its record, and its files by path."""

    def write(name="case-001", files=None, **changes):
        folder = tmp_path / name
        contents = {"photos/one.jpg": photo(), "chats/chat.txt": CHAT.encode()}
        for path, content in (contents if files is None else files).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        folder.mkdir(exist_ok=True)
        written = json.dumps(record(**changes), ensure_ascii=False)
        (folder / "case.json").write_text(written, "utf-8")
        return folder

    return write


@pytest.mark.django_db
def test_a_bundle_is_filed_with_what_it_carries(bundle, now):
    outcome = import_bundle(bundle(), now=now)

    case = Case.objects.get(reference=outcome.reference)
    assert (outcome.is_new, outcome.photos, outcome.messages, outcome.refused) == (True, 1, 2, [])
    assert (case.state, case.paid, case.buyer.username) == (
        State.AWAITING_MERCHANT,
        Decimal("89.90"),
        "market:tb1",
    )
    assert not case.buyer.has_usable_password()
    assert [(exhibit.label, exhibit.side) for exhibit in case.exhibits.all()] == [
        ("E-01", "buyer"),
        ("E-02", "platform"),
    ]
    assert [message.side for message in case.messages.all()] == ["buyer", "merchant"]
    assert case.deadlines.open().get().opened_at == now  # the clock starts with the import


@pytest.mark.django_db
def test_importing_twice_changes_nothing(bundle, now):
    folder = bundle()
    first = import_bundle(folder, now=now)
    counted = [model.objects.count() for model in (Case, Exhibit, Message, Event, User, Shop)]

    again = import_bundle(folder, now=now)

    assert (again.reference, again.is_new, again.photos, again.messages) == (
        first.reference,
        False,
        0,
        0,
    )
    assert again.refused == []
    assert counted == [
        model.objects.count() for model in (Case, Exhibit, Message, Event, User, Shop)
    ]


@pytest.mark.django_db
def test_importing_again_after_the_case_has_ended_changes_nothing_either(bundle, now):
    folder = bundle()
    case = Case.objects.get(reference=import_bundle(folder, now=now).reference)
    withdraw(case, by=case.buyer, reason="settled", now=now)

    again = import_bundle(folder, now=now)

    assert (again.is_new, again.photos, again.messages, again.refused) == (False, 0, 0, [])


@pytest.mark.django_db
def test_what_is_added_later_is_all_that_a_second_import_adds(bundle, now):
    import_bundle(bundle(), now=now)
    more = [{"file": "photos/one.jpg", "submitted_by": "buyer"}, {"file": "photos/two.jpg"}]

    outcome = import_bundle(
        bundle(
            files={"photos/one.jpg": photo(), "photos/two.jpg": photo("red")},
            photos=more,
            chat_logs=[],
        ),
        now=now,
    )

    assert (outcome.photos, outcome.refused) == (1, [])


@pytest.mark.django_db
def test_a_bad_photo_never_loses_the_rest(bundle, now):
    folder = bundle(
        files={"a.jpg": photo(), "b.jpg": photo("red")[:300], "c.jpg": photo("blue")},
        photos=[{"file": name, "submitted_by": "buyer"} for name in ("a.jpg", "b.jpg", "c.jpg")],
        chat_logs=[],
    )

    outcome = import_bundle(folder, now=now)

    assert outcome.photos == 2
    assert [(refusal.item, refusal.code) for refusal in outcome.refused] == [
        ("b.jpg", "incomplete")
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["../secret.jpg", "/etc/passwd", "photos/../../secret.jpg", "link.jpg", "gone.jpg", "a\0"],
)
def test_a_path_out_of_the_bundle_is_refused(bundle, tmp_path, now, path):  # row 40
    (tmp_path / "secret.jpg").write_bytes(photo())
    folder = bundle(photos=[{"file": path, "submitted_by": "buyer"}], chat_logs=[])
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")

    outcome = import_bundle(folder, now=now)

    assert (outcome.photos, [refusal.item for refusal in outcome.refused]) == (0, [path])
    assert not Exhibit.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("item", [None, 7, "photos/one.jpg", {}, {"file": None}, {"file": []}])
def test_an_item_that_is_no_item_is_refused_by_itself(bundle, now, item):
    outcome = import_bundle(bundle(photos=[item], chat_logs=[]), now=now)

    assert outcome.reference is not None
    assert outcome.photos + len(outcome.refused) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("claimed", ["\0", "E-NONSENSE", ["E-ORDER"], 7])
def test_evidence_of_a_kind_the_rulebook_does_not_know_is_of_no_kind(bundle, now, claimed):
    item = {"file": "photos/one.jpg", "submitted_by": "buyer", "evidence_type": claimed}

    outcome = import_bundle(bundle(photos=[item]), now=now)

    assert (outcome.refused, outcome.photos) == ([], 1)
    assert Exhibit.objects.get(kind=Exhibit.Kind.PHOTO).evidence_type == ""


@pytest.mark.django_db
@pytest.mark.parametrize("collection", ["photos", 7, {"file": "photos/one.jpg"}, True])
def test_a_list_that_is_no_list_does_not_stop_the_import(bundle, now, collection):
    outcome = import_bundle(bundle(photos=collection), now=now)

    assert outcome.reference is not None
    assert outcome.messages == 2
    assert len(outcome.refused) == 1


@pytest.mark.django_db
def test_the_parcels_way_is_kept_as_its_carrier_told_it(bundle, now):
    scans = [{"at": "2026-03-02T12:30:00+08:00", "words": "快件已揽收"}]

    import_bundle(bundle(order=record()["order"] | {"scans": scans}), now=now)

    [(at, words)] = Case.objects.get().way
    assert (at.isoformat(), words) == ("2026-03-02T04:30:00+00:00", "快件已揽收")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"source": ""},
        {"source": 5},
        {"source": "x" * 300},
        {"external_id": None},
        {"external_id": "x" * 300},
        {"order": None},
        {"order": []},
        {"buyer": "tb1"},
        {"shop": {}},
        {"claim": {}},
        {"claim": record()["claim"] | {"category": "no such"}},
        {"claim": record()["claim"] | {"requested_remedy": "money"}},
        {"claim": record()["claim"] | {"requested_amount": "90.00"}},
        {"claim": record()["claim"] | {"requested_amount": "-1"}},
        {"claim": record()["claim"] | {"requested_amount": "NaN"}},
        {"claim": record()["claim"] | {"requested_amount": "1.001"}},
        {"claim": record()["claim"] | {"requested_amount": "1e400"}},
        {"claim": record()["claim"] | {"requested_amount": 89.9}},
        {"claim": record()["claim"] | {"statement": 7}},
        {"claim": record()["claim"] | {"statement": "nul\0"}},
        {"order": record()["order"] | {"paid": "99999999999.00"}},
        {"order": record()["order"] | {"currency": "USD"}},
        {"order": record()["order"] | {"placed_at": "2026-03-01T10:00:00"}},
        {"order": record()["order"] | {"placed_at": "2026-02-30T10:00:00+08:00"}},
        {"order": record()["order"] | {"placed_at": "0001-01-01T00:00:00+14:00"}},
        {"order": record()["order"] | {"items": 7}},
        {"order": record()["order"] | {"number": "9" * 500}},
        {"order": record()["order"] | {"carrier": "x" * 500}},
        {"order": record()["order"] | {"scans": {"at": "2026-03-02T10:00:00+08:00"}}},
        {"order": record()["order"] | {"scans": [{"at": "2026-03-02T10:00:00", "words": "揽收"}]}},
    ],
)
def test_a_record_that_cannot_be_filed_is_refused_whole(bundle, now, changes):  # rows 73 to 76
    outcome = import_bundle(bundle(**changes), now=now)

    assert outcome.reference is None
    assert [refusal.item for refusal in outcome.refused] == ["case.json"]
    assert not Case.objects.exists()
    assert not User.objects.exists()
    assert not Shop.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b"[" * 100_000, b'{"version": NaN}']
)
def test_a_record_that_is_no_record_is_refused(tmp_path, now, content):  # rows 50 to 53
    (tmp_path / "case.json").write_bytes(content)

    outcome = import_bundle(tmp_path, now=now)

    assert [refusal.item for refusal in outcome.refused] == ["case.json"]


@pytest.mark.django_db
def test_a_folder_without_a_record_is_refused(tmp_path, now):
    assert import_bundle(tmp_path, now=now).refused[0].reason == "there is no case.json"


@pytest.mark.django_db
def test_a_bundle_never_takes_over_an_account_of_the_portal(bundle, now, arbitrator, merchant):
    User.objects.filter(pk=merchant.pk).update(source="market", external_id="tb1")

    outcome = import_bundle(bundle(), now=now)

    assert outcome.reference is None
    assert not Case.objects.exists()
