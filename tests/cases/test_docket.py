"""The chain holds, and whoever changes it behind the portal's back is found."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from cases import docket
from cases.lifecycle import State
from cases.models import Case
from tests.cases import tampering


def first_bad_line(case: Case) -> docket.BadLine | None:
    [(_case, _lines, bad)] = docket.verify([Case.objects.get(pk=case.pk)])
    return bad


def behind_the_portals_back(statement: str, *parameters: object) -> None:
    tampering.disarm()
    tampering.execute(statement, *parameters)


def test_each_line_follows_from_the_one_before(case_in):
    case = case_in(State.RULED)

    lines = list(case.events.order_by("number"))

    assert [line.name for line in lines] == [
        "file",
        "request_intervention",
        "respond",
        "claim",
        "issue",
    ]
    assert [line.number for line in lines] == [1, 2, 3, 4, 5]
    assert [line.previous_hash for line in lines] == ["", *(line.hash for line in lines[:-1])]
    assert (case.docket_length, case.docket_head) == (5, lines[-1].hash)
    assert first_bad_line(case) is None


def test_lines_say_who_and_from_where_to_where(case_in, merchant, now):
    case = case_in(State.QUEUED)

    line = case.events.get(name="respond")

    assert (line.actor, line.at) == (merchant, now)
    assert (line.from_state, line.to_state) == ("awaiting_merchant", "queued")
    assert line.facts == {"text": "发货时完好。"}


@pytest.mark.parametrize(
    "change",
    [
        "name = 'withdraw'",
        "actor_id = NULL",
        "at = '2026-03-10 06:02:00.000001+00:00'",
        "to_state = 'closed'",
        """facts = '{"text": "changed"}'""",
    ],
)
def test_a_changed_line_is_found(case_in, change):
    case = case_in(State.REVIEWING)

    behind_the_portals_back(
        f"UPDATE cases_event SET {change} WHERE case_id = %s AND number = 3", case.pk
    )

    bad = first_bad_line(case)
    assert (bad.reference, bad.number) == (case.reference, 3)


def test_a_changed_line_with_a_recomputed_hash_breaks_the_next_line(case_in):
    case = case_in(State.REVIEWING)
    line = case.events.get(number=3)
    forged = docket.line_hash(
        previous=line.previous_hash,
        reference=case.reference,
        number=3,
        at=line.at,
        actor_id=line.actor_id,
        name=line.name,
        from_state=line.from_state,
        to_state=line.to_state,
        facts={"text": "changed"},
    )

    behind_the_portals_back(
        """UPDATE cases_event SET facts = '{"text": "changed"}', hash = %s
           WHERE case_id = %s AND number = 3""",
        forged,
        case.pk,
    )

    assert first_bad_line(case).number == 4


def test_a_missing_line_is_found(case_in):
    case = case_in(State.REVIEWING)

    behind_the_portals_back("DELETE FROM cases_event WHERE case_id = %s AND number = 2", case.pk)

    assert first_bad_line(case).number == 2


def test_a_cut_tail_is_found(case_in):
    case = case_in(State.REVIEWING)

    behind_the_portals_back("DELETE FROM cases_event WHERE case_id = %s AND number = 4", case.pk)

    assert first_bad_line(case).number == 4


def test_the_command_counts_lines_and_fails_on_the_first_bad_one(case_in):
    whole, broken = case_in(State.QUEUED), case_in(State.QUEUED)
    out = StringIO()
    call_command("verify_docket", stdout=out)
    assert out.getvalue() == "6 lines in 2 chains, 0 broken; not anchored yet\n"

    tampering.disarm()
    tampering.edit(broken, 2, "name = 'respond'")
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("verify_docket", stdout=out)

    assert out.getvalue().splitlines()[0].startswith(f"{broken.reference}  line 2: ")
    out = StringIO()
    call_command("verify_docket", whole.reference, stdout=out)
    assert out.getvalue() == "3 lines in 1 chains, 0 broken; not anchored yet\n"


words = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda inner: st.lists(inner) | st.dictionaries(words, inner),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {
            "previous": st.sampled_from(["", "0" * 64]),
            "reference": words,
            "number": st.integers(1, 10**6),
            "at": st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Asia/Shanghai")])),
            "actor_id": st.none() | st.integers(1, 10**9),
            "name": words,
            "from_state": words | st.sampled_from(State),
            "to_state": words | st.sampled_from(State),
            "facts": st.dictionaries(words, json_values),
        }
    )
)
def test_a_line_is_hashed_as_canonical_json(line):
    content = {
        "actor": line["actor_id"],
        "at": line["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "case": line["reference"],
        "facts": line["facts"],
        "from": line["from_state"],
        "name": line["name"],
        "number": line["number"],
        "to": line["to_state"],
    }
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    hashed = hashlib.sha256(f"{line['previous']}\n{canonical}".encode()).hexdigest()

    assert docket.line_hash(**line) == hashed
