"""The two commands: what they print and how they end."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.lifecycle import State
from cases.models import Case
from evidence.intake import Submission, submit_exhibit
from tests.evidence.test_bundles import bundle, photo

__all__ = ["bundle"]


def printed(*arguments, **options):
    out = StringIO()
    try:
        call_command(*arguments, stdout=out, **options)
    except SystemExit as ended:
        return out.getvalue(), ended.code
    return out.getvalue(), 0


@pytest.mark.django_db
def test_import_prints_a_line_a_bundle_and_says_when_nothing_changed(bundle):
    folder = bundle()

    first, first_code = printed("import_bundles", str(folder))
    second, second_code = printed("import_bundles", str(folder))

    reference = Case.objects.get().reference
    assert (first, first_code) == (f"case-001  {reference}  1 photos  2 messages\n", 0)
    assert (second, second_code) == (f"case-001  {reference}  already filed, nothing changed\n", 0)


@pytest.mark.django_db
def test_import_goes_on_after_a_refusal_and_ends_with_one(bundle, tmp_path):
    bundle("case-001", files={"photos/one.jpg": b"no photo", "chats/chat.txt": b""})
    bundle("case-002", external_id="D-2", shop={"external_id": "s-2", "name": "邻家杂货"})
    bundle("case-003", version=9)

    out, code = printed("import_bundles", str(tmp_path), "--json")

    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [(line["bundle"], len(line["refused"])) for line in lines] == [
        ("case-001", 2),
        ("case-002", 0),
        ("case-003", 1),
    ]
    assert [line["reference"] is None for line in lines] == [False, False, True]
    assert set(lines[0]["refused"][0]) == {"item", "code", "reason"}


@pytest.mark.django_db
def test_import_finds_bundles_below_a_folder_of_that_name(bundle, tmp_path):
    bundle("bundles/case-001")

    out, code = printed("import_bundles", str(tmp_path))

    assert (code, out.split()[0]) == (0, "case-001")


@pytest.mark.django_db
def test_import_of_a_folder_that_is_not_there_is_refused(tmp_path):
    out, code = printed("import_bundles", str(tmp_path / "nowhere"))

    assert code == 1
    assert "there is no case.json" in out


def test_show_prints_a_case_whole(case_in, buyer, now):
    case = case_in(State.AWAITING_MERCHANT)
    submit_exhibit(case, Submission(photo(), "a.jpg"), by=buyer, now=now)
    log = "a (2026-03-08 10:00:00):\nhi\n"
    submit_exhibit(case, Submission(log.encode(), "a.txt", is_confirmed=True), by=buyer, now=now)

    out, _code = printed("show_case", case.reference, "--json")

    whole = json.loads(out)
    assert (whole["reference"], whole["state"]) == (case.reference, "awaiting_merchant")
    assert [
        (exhibit["kind"], exhibit["status"], exhibit["messages"]) for exhibit in whole["exhibits"]
    ] == [("photo", "accepted", 0), ("chat_log", "accepted", 1)]
    assert [event["name"] for event in whole["events"]] == [
        "file",
        "request_intervention",
        "exhibit",
        "exhibit",
    ]
    kinds = ["negotiation", "merchant_response"]
    assert sorted(row["kind"] for row in whole["deadlines"]) == sorted(kinds)
    assert whole["ruling"] is None


def test_show_prints_the_ruling_and_reads_without_json_too(case_in):
    case = case_in(State.RULED)

    whole = json.loads(printed("show_case", case.reference, "--json")[0])

    assert (whole["ruling"]["outcome"], whole["ruling"]["amount"]) == ("part", "150.00")
    assert case.reference in printed("show_case", case.reference)[0]


@pytest.mark.django_db
def test_show_of_an_unknown_case_says_so():
    with pytest.raises(CommandError, match="there is no case A-2026-999999"):
        call_command("show_case", "A-2026-999999")
