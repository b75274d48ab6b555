"""The page on which a party sees how its chat log reads, and confirms it."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import own_side
from evidence.confirming import confirm_chat_log, read_as
from evidence.intake import ExhibitRefused
from evidence.models import Exhibit
from portal.access import guarded, person
from portal.exhibits import exhibit_for, own_page
from portal.forms.chatlogs import BEIJING, Reading

SHOWN = 20  # messages; enough to see whether it reads right


@guarded("exhibit_confirm")
def exhibit_confirm(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    exhibit = exhibit_for(request, reference, number)
    if exhibit.side != own_side(exhibit.case, person(request)):
        raise Http404
    if exhibit.status != Exhibit.Status.PENDING or exhibit.withdrawn_at is not None:
        return redirect(own_page(request, exhibit.case))
    now = timezone.now()
    return (
        confirm(request, exhibit, now) if request.method == "POST" else show(request, exhibit, now)
    )


def confirm(request: HttpRequest, exhibit: Exhibit, now: datetime) -> HttpResponse:
    form = Reading(request.POST)
    if not form.is_valid():
        return show(request, exhibit, now, status=400)
    try:
        confirm_chat_log(exhibit, by=person(request), now=now, **form.cleaned_data)
    except ExhibitRefused:
        return show(request, exhibit, now, form=form, status=400)
    messages.success(request, _("%(label)s is confirmed.") % {"label": exhibit.label})
    return redirect(own_page(request, exhibit.case))


def show(
    request: HttpRequest,
    exhibit: Exhibit,
    now: datetime,
    *,
    form: Reading | None = None,
    status: int = 200,
) -> HttpResponse:
    """The beginning of the log under the reading asked for, or why it does not read so."""
    as_found = {"encoding": exhibit.found_type.rpartition("; ")[2], "zone": BEIJING}
    form = form or Reading(request.GET if "encoding" in request.GET else as_found)
    log, trouble = None, ""
    if form.is_valid():
        try:
            log = read_as(exhibit, now=now, **form.cleaned_data)
        except ExhibitRefused as refusal:
            trouble = str(refusal)
    return render(
        request,
        "portal/exhibits/confirm.html",
        {
            "case": exhibit.case,
            "exhibit": exhibit,
            "form": form,
            "log": log,
            "chat": log.messages[:SHOWN] if log else (),
            "assumed": log is not None and any(message.time_assumed for message in log.messages),
            "trouble": trouble,
            "back": own_page(request, exhibit.case),
        },
        status=status,
    )
