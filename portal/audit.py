"""The auditor's pages: are all dockets whole, who did what when, and copies that can be checked elsewhere."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import audits
from cases.actions import note_export
from cases.anchor_folder import Anchor, AnchorFailed, Folder, is_signed, trusted_keys
from cases.anchors import EVERY
from cases.docket import BadLine, chains
from cases.models import Case, Event, Verification
from cases.verification import AnchorFault
from evidence.disclosure import veil_for
from evidence.export import CHECKER, export_case
from portal.access import case_for, guarded, person
from portal.forms.audit import BEIJING, LineSearch
from portal.history import HistoryLine, history, in_words, who
from portal.sending import disposition
from portal.spreadsheets import spreadsheet

ROWS = 50
MOST_ROWS = 10_000  # of a CSV
SPOOLED_BYTES = 8_000_000


@dataclass(frozen=True)
class AnchorState:
    """The newest anchor, and what is wrong with it: unread, unsigned or old."""

    last: Anchor | None
    at: datetime | None
    trouble: str

    @property
    def head(self) -> str:
        return self.last.hash if self.last else ""


@guarded("audit")
def audit(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = LineSearch(request.GET)
    lines, older = page_of(form, request.GET.get("before", ""))
    checks = list(Verification.objects.select_related("asked_by")[:2])
    running = next((check for check in checks if check.ended_at is None), None)
    done = next((check for check in checks if check.ended_at is not None), None)
    return render(
        request,
        "portal/audit/overview.html",
        {
            "form": form,
            "lines": lines,
            "older": older,
            "is_first": not request.GET.get("before"),
            "running": running,
            "done": done,
            "faults": faults_of(done),
            "anchor": anchor_state(now),
            "search": request.GET.urlencode(),
        },
    )


def page_of(form: LineSearch, before: str) -> tuple[list[tuple[Event, HistoryLine]], int | None]:
    """One page of lines, and from where the next goes on: no page costs more for being far back."""
    if not form.is_valid():
        return [], None
    found = form.lines()
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    events = list(found[: ROWS + 1])
    shown = events[:ROWS]
    return list(zip(shown, in_words(shown), strict=True)), events[ROWS - 1].pk if len(
        events
    ) > ROWS else None


def anchor_state(now: datetime) -> AnchorState:
    try:
        last = Folder().last()
        signed = last is not None and is_signed(last, trusted_keys())
    except (OSError, AnchorFailed):
        return AnchorState(None, None, _("the anchors cannot be read here"))
    if last is None:
        return AnchorState(None, None, _("no anchor yet"))
    if not signed:
        return AnchorState(last, last.taken_at, _("its signature is not valid"))
    if now > last.taken_at + 2 * EVERY:
        return AnchorState(last, last.taken_at, _("the next one is overdue"))
    return AnchorState(last, last.taken_at, "")


def faults_of(check: Verification | None) -> list[BadLine | AnchorFault]:
    """What the check kept, as what it was: named lines, or anchors."""
    faults: list[dict[str, Any]] = check.faults if check else []
    for fault in faults:
        if at := fault["facts"].get("at"):
            fault["facts"]["at"] = (
                f"{datetime.fromisoformat(at).astimezone(BEIJING):%Y-%m-%d %H:%M}"
            )
    return [BadLine(**each) if "reference" in each else AnchorFault(**each) for each in faults]


@guarded("audit_verify")
def audit_verify(request: HttpRequest) -> HttpResponse:
    """Have everything checked: at once when it is little, else in the background."""
    audits.ask(by=person(request), now=timezone.now())
    return redirect("audit")


@guarded("audit_lines")
def audit_lines(request: HttpRequest) -> HttpResponse:
    """The lines found, as CSV; what a spreadsheet would take for a formula is marked as text."""
    form = LineSearch(request.GET)
    events = form.lines()[:MOST_ROWS] if form.is_valid() else Event.objects.none()
    head = ("time", "case", "line", "act", "person", "from", "to", "hash")
    return spreadsheet("docket.csv", head, rows_of(events))


def rows_of(events: Any) -> Iterator[tuple[object, ...]]:
    for event in events.iterator(chunk_size=1000):
        yield (
            event.at.isoformat(),
            event.case.reference,
            event.number,
            event.name,
            who(event.actor) if event.actor else "",
            event.from_state,
            event.to_state,
            event.hash,
        )


@guarded("audit_case")
def audit_case(request: HttpRequest, reference: str) -> HttpResponse:
    """One docket with its hashes, checked as it is shown."""
    case = case_for(request, reference)
    proofs = audits.proofs(case.reference)
    anchored = [proof["entry"].split("\t") for proof in proofs]
    length, head = (int(anchored[-1][2]), anchored[-1][3]) if anchored else (0, "")
    [chain] = chains(Case.objects.filter(pk=case.pk), {case.reference: length})
    return render(
        request,
        "portal/audit/case.html",
        {
            "case": case,
            "chain": chain,
            "history": history(case, veil_for(case, person(request), timezone.now())),
            "anchored": length,
            "fits": not anchored or chain.marked == head,
            "last_anchor": datetime.fromisoformat(proofs[-1]["anchor"]["at"]) if proofs else None,
        },
    )


@guarded("audit_docket")
def audit_docket(request: HttpRequest, reference: str) -> HttpResponse:
    """The docket as a file that tools/verify_docket.py checks."""
    case = case_for(request, reference)
    note_export(case, what="docket", by=person(request), now=timezone.now())
    content = json.dumps(audits.docket_to_go(case), ensure_ascii=False, indent=1)
    response = HttpResponse(content, content_type="application/json")
    name = f"{case.reference}.docket.json"
    response["Content-Disposition"] = disposition("attachment", name)
    return response


@guarded("audit_script")
def audit_script(request: HttpRequest) -> HttpResponse:
    """The program that checks an export without the portal."""
    response = HttpResponse(CHECKER.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = disposition("attachment", CHECKER.name)
    return response


@guarded("case_export")
def case_export(request: HttpRequest, reference: str) -> HttpResponse:
    """The whole case as a zip; taking it is a docket line."""
    case = case_for(request, reference)
    target = tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115  # closed by the response
    export_case(case, target, by=person(request), now=timezone.now())
    target.seek(0)
    answer = FileResponse(target, as_attachment=True, filename=f"{case.reference}.zip")
    return cast(HttpResponse, answer)
