"""One case to send bad files to, and the count of the table's rows that have a test."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from cases.lifecycle import State
from evidence.models import Exhibit

ROWS = range(1, 88)
NAMED = re.compile(r"\brows? ?_?(\d+)(?:_and_(\d+))?")


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


@pytest.fixture
def send(case, buyer, signed_in):
    """Send one file as the buyer; the exhibit it became."""

    def sent(content, name="photo.jpg", content_type="image/jpeg"):
        answer = signed_in(buyer).post(
            reverse("exhibits", args=[case.reference]),
            {"files": SimpleUploadedFile(name, content, content_type)},
            HTTP_ACCEPT="application/json",
        )
        assert answer.status_code == 201, answer.content.decode()
        return Exhibit.objects.get(case=case, number=int(answer.json()["label"][2:]))

    return sent


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def rows_of(name):
    """The rows a test's id names: `row 14: …` or `test_row_14_…`."""
    return {
        int(number) for found in NAMED.findall(name.replace("_", " ")) for number in found if number
    }


def pytest_terminal_summary(terminalreporter):
    passed = [
        report for report in terminalreporter.stats.get("passed", ()) if report.when == "call"
    ]
    tested = set().union(*(rows_of(report.nodeid.split("::", 1)[-1]) for report in passed))
    if tested:
        terminalreporter.write_line(
            f"bad inputs: {len(tested & set(ROWS))} of {len(ROWS)} rows of the table hold"
        )
