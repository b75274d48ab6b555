"""Goods reported missing or wrong while a decision is carried out: the desk says what follows."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import decide_report as decide
from portal.access import case_for, guarded, person
from portal.forms.reports import DecideReport
from portal.workspace import workspace


@guarded("decide_report")
def decide_report(request: HttpRequest, reference: str) -> HttpResponse:
    case, form = case_for(request, reference), DecideReport(request.POST)
    if not form.is_valid():
        return workspace(request, case, report_form=form, status=400)
    facts = form.cleaned_data
    decide(
        case,
        by=person(request),
        holds=facts["verdict"] == "uphold",
        reason=facts["reason"],
        now=timezone.now(),
    )
    messages.success(request, _("Your decision on the goods is recorded; both sides read why."))
    return redirect("case", case.reference)
