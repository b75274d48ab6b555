"""Where an exhibit has been: what was sealed, whether it still is that, who opened it, and whether it counts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions import Refused
from evidence.custody import check_exhibit
from evidence.disclosure import veil_for
from evidence.intake import may_admit, may_open
from evidence.models import SealedFile
from portal.access import case_for, guarded, person
from portal.exhibits import exhibit_for
from portal.forms.custody import Admission
from portal.history import history, who
from portal.permissions import TABLE

ORDER = list(SealedFile.Role.values)


@guarded("exhibit_custody")
def exhibit_custody(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    exhibit, user = exhibit_for(request, reference, number), person(request)
    files = sorted(exhibit.files.all(), key=lambda file: ORDER.index(file.role))
    veiled = veil_for(exhibit.case, user, timezone.now())
    undecided = exhibit.is_late and exhibit.withdrawn_at is None
    return render(
        request,
        "portal/exhibits/custody.html",
        {
            "case": exhibit.case,
            "exhibit": exhibit,
            "files": files,
            "broken": [file for file in files if file.state != SealedFile.State.WHOLE],
            "may_open": may_open(exhibit.case, user),
            "may_check": user.role in TABLE["exhibit_check"].roles,
            "history": history(exhibit.case, veiled, facts__label=exhibit.label),
            "uploader": who(exhibit.uploader, veiled) if exhibit.uploader else "",
            "name": veiled(exhibit.name),
            "caption": veiled(exhibit.caption),
            "may_admit": undecided and may_admit(exhibit.case, user),
        },
    )


@guarded("exhibit_check")
def exhibit_check(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Hash the files again, now."""
    exhibit = exhibit_for(request, reference, number)
    if check_exhibit(exhibit, by=person(request), now=timezone.now()):
        messages.success(
            request, _("%(label)s: every file is as it was sealed.") % {"label": exhibit.label}
        )
    else:
        messages.error(
            request, _("%(label)s is no longer what was sealed.") % {"label": exhibit.label}
        )
    return redirect(custody_page(reference, number))


@guarded("exhibit_admit")
def exhibit_admit(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Say whether what came late counts."""
    exhibit, form = exhibit_for(request, reference, number), Admission(request.POST)
    case_for(request, reference, held=True)
    if not form.is_valid():
        raise Refused(" ".join(str(each) for errors in form.errors.values() for each in errors))
    form.perform(exhibit, by=person(request), now=timezone.now())
    return redirect(f"{reverse('case', args=[reference])}#{exhibit.label}")


def custody_page(reference: str, number: int) -> str:
    return reverse("exhibit_custody", args=[reference, number])
