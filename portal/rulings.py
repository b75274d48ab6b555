"""The ruling as it went out: one sheet to read and to print, the same words for everybody."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases.actions.correcting import CORRECTORS
from cases.models import Case, Ruling
from evidence.citations import read
from evidence.models import Exhibit, Message
from portal.access import case_for, guarded, person
from portal.exhibits import own_page
from portal.paper import paper_of
from portal.versions import rulings_of, versions_of


@guarded("ruling")
def ruling(request: HttpRequest, reference: str) -> HttpResponse:
    """The latest version, or the one `?version=` names. The internal note is for the staff alone.

    Until its hold is over the parties read that there is one, and from when.
    """
    case, user, now = case_for(request, reference), person(request), timezone.now()
    issued, recalled = rulings_of(case)
    if not user.is_case_staff:
        issued, recalled = [each for each in issued if each.told_at <= now], []
    if not issued and case.is_held_back(now):
        facts = {"case": case, "back": own_page(request, case)}
        return render(request, "portal/ruling/held_back.html", facts)
    if "recalled" in request.GET:
        chosen = recalled_of(recalled, request.GET["recalled"])
    else:
        chosen = version_of(issued, request.GET.get("version", ""))
    exhibits = list(Exhibit.objects.visible_to(user).filter(case=case).order_by("number"))
    return render(
        request,
        "portal/ruling/ruling.html",
        {
            "case": case,
            "paper": paper_of(
                case, chosen, exhibits=exhibits, messages=cited_messages(case, chosen)
            ),
            "note": chosen.internal_note if user.is_case_staff else "",
            "versions": versions_of(issued),
            "may_correct": user.role in CORRECTORS,
            "recalled": recalled,
            "shown_recalled": chosen.pk if chosen.recalled_at else None,
            "is_latest": chosen in issued[:1],
            "base": "base.html" if user.is_case_staff else "portal/party/_base.html",
            "back": own_page(request, case),
        },
    )


def version_of(issued: list[Ruling], wanted: str) -> Ruling:
    """The latest unless a known version is asked for; 404 for one that never was."""
    for each in issued:
        if wanted in ("", str(each.version)):
            return each
    raise Http404


def recalled_of(recalled: list[Ruling], wanted: str) -> Ruling:
    for each in recalled:
        if str(each.pk) == wanted:
            return each
    raise Http404


def cited_messages(case: Case, ruling: Ruling) -> list[Message]:
    cited = (read(label) for finding in ruling.findings for label in finding.get("citations", ()))
    numbers = {number for each in cited if each and each.kind == "C" for number in each.numbers}
    return list(Message.objects.filter(case=case, number__in=numbers))
