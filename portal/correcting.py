"""The page on which a second person puts right the words of an issued ruling."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import Refused
from cases.actions.correcting import why_no_correction
from evidence.models import labels_of
from portal.access import case_for, guarded, person
from portal.forms.appealing import Correct


@guarded("correct_ruling")
def correct_ruling(request: HttpRequest, reference: str) -> HttpResponse:
    case, user, now = case_for(request, reference), person(request), timezone.now()
    ruling = case.ruling
    if ruling is None:
        raise Http404
    refusal, status = why_no_correction(case, ruling, user, now=now), 200
    form = Correct(ruling, labels_of(case), request.POST if request.method == "POST" else None)
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                corrected = form.perform(case, by=user, now=now)
            except Refused as refused:
                refusal, status = str(refused), 409
            else:
                messages.success(
                    request,
                    _("Version %(version)s is in force; both sides are told.")
                    % {"version": corrected.version},
                )
                return redirect(reverse("ruling", args=[reference]))
    return render(
        request,
        "portal/ruling/correct.html",
        {"case": case, "ruling": ruling, "form": form, "refusal": refusal},
        status=status,
    )
