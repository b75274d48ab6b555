"""Evidence coming in and going out. Nothing is served from a public folder: every request asks who wants it."""

from __future__ import annotations

from pathlib import PurePath

from django.contrib import messages
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from cases.models import Case
from evidence.custody import insist_whole
from evidence.disclosure import as_is, is_disclosed, veil
from evidence.flagging import flag_exhibit
from evidence.intake import Receipt, note_viewing, open_original, withdraw_exhibit
from evidence.models import Exhibit, SealedFile
from evidence.retyping import retype_exhibit
from evidence.tickets import open_ticket
from portal.access import case_for, guarded, person, wants_json
from portal.casefile import seen_by
from portal.forms.uploads import Delivery, deliver
from portal.permissions import PARTIES
from portal.sending import SERVED_FOR, send_stored


@guarded("exhibits")
def exhibits(request: HttpRequest, reference: str) -> HttpResponse:
    """Take files from a party. A script sends one at a time and reads JSON; a plain form sends many."""
    case = case_for(request, reference)
    delivery = deliver(request, case, now=timezone.now())
    if wants_json(request):
        return as_json(delivery)
    tell(request, delivery)
    return redirect(own_page(request, case))


@guarded("upload_ticket")
def upload_ticket(request: HttpRequest, reference: str) -> JsonResponse:
    """For a script about to send one file: what it sends with this key counts from now."""
    case = case_for(request, reference)
    ticket = open_ticket(case, by=person(request), now=timezone.now())
    return JsonResponse({"ticket": ticket.key}, status=201)


def as_json(delivery: Delivery) -> JsonResponse:
    if len(delivery.kept) + len(delivery.refused) != 1:
        return JsonResponse(
            {"status": "refused", "reason": _("Send exactly one file at a time.")}, status=400
        )
    if delivery.refused:
        refused = delivery.refused[0]
        return JsonResponse(
            {"label": "", "status": "refused", "name": refused.name, "reason": refused.reason},
            status=refused.status,
        )
    receipt = delivery.kept[0]
    return JsonResponse(
        {
            "label": receipt.exhibit.label,
            "status": receipt.exhibit.status,
            "name": receipt.exhibit.name,
            "reason": said_of(receipt),
            "duplicate": receipt.is_duplicate,
            "late": receipt.exhibit.is_late,
            "began": started(receipt.exhibit),
            "confirm": confirm_address(receipt.exhibit),
        },
        status=200 if receipt.is_duplicate else 201,
    )


def started(exhibit: Exhibit) -> str:
    """Said of what came after the deadline and counts from its beginning; else nothing."""
    if exhibit.began_at is None:
        return ""
    return _("Started %(at)s, counted in time") % {
        "at": f"{timezone.localtime(exhibit.began_at):%H:%M}"
    }


def said_of(receipt: Receipt) -> str:
    if receipt.is_duplicate:
        return already_sent(receipt)
    if receipt.exhibit.status != Exhibit.Status.ACCEPTED:
        return receipt.exhibit.get_status_display()
    return ""


def confirm_address(exhibit: Exhibit) -> str:
    """Where its sender confirms how a chat log reads; empty when there is nothing to confirm."""
    if exhibit.status != Exhibit.Status.PENDING:
        return ""
    return reverse("exhibit_confirm", args=[exhibit.case.reference, exhibit.number])


def already_sent(receipt: Receipt) -> str:
    return _("Already sent as %(label)s.") % {"label": receipt.exhibit.label}


def tell(request: HttpRequest, delivery: Delivery) -> None:
    """Say on the next page what became of the files."""
    new = [receipt for receipt in delivery.kept if not receipt.is_duplicate]
    if new:
        labels = ", ".join(receipt.exhibit.label for receipt in new)
        messages.success(
            request,
            ngettext(
                "%(count)s file kept: %(labels)s.", "%(count)s files kept: %(labels)s.", len(new)
            )
            % {"count": len(new), "labels": labels},
        )
    for receipt in delivery.kept:
        if receipt.is_duplicate:
            messages.info(request, f"{receipt.exhibit.name}: {already_sent(receipt)}")
    for receipt in new:
        if receipt.exhibit.status != Exhibit.Status.ACCEPTED:
            messages.warning(request, f"{receipt.exhibit.label}: {said_of(receipt)}")
    for refused in delivery.refused:
        messages.error(request, f"{refused.name}: {refused.reason}")
    if not delivery.kept and not delivery.refused:
        messages.error(request, _("No file was chosen."))


def own_page(request: HttpRequest, case: Case) -> str:
    """The page on which this person follows the case."""
    name = {Role.MERCHANT: "merchant_case", Role.BUYER: "buyer_case"}.get(
        Role(person(request).role), "case"
    )
    return reverse(name, args=[case.reference])


@guarded("exhibit_withdraw")
def exhibit_withdraw(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    exhibit = exhibit_for(request, reference, number)
    why = request.POST.get(f"reason:{number}", "")
    withdraw_exhibit(exhibit, by=person(request), now=timezone.now(), reason=why)
    messages.success(
        request,
        _("%(label)s is taken back: the other side no longer sees it.") % {"label": exhibit.label},
    )
    return redirect(own_page(request, exhibit.case))


@guarded("exhibit_retype")
def exhibit_retype(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Say anew what an exhibit shows. One form holds the choices of all, each under its number."""
    exhibit = exhibit_for(request, reference, number)
    shows = request.POST.get(f"shows:{number}", "")
    retype_exhibit(exhibit, evidence_type=shows, by=person(request), now=timezone.now())
    messages.success(request, _("Kept: what %(label)s shows.") % {"label": exhibit.label})
    return redirect(own_page(request, exhibit.case))


@guarded("exhibit_flag")
def exhibit_flag(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Let a photo that is hard to look at come blurred to everybody on the desk, or no longer."""
    exhibit, flagged = exhibit_for(request, reference, number), "flagged" in request.POST
    flag_exhibit(exhibit, by=person(request), flagged=flagged, now=timezone.now())
    messages.success(
        request,
        _("%(label)s comes blurred to the whole desk.") % {"label": exhibit.label}
        if flagged
        else _("%(label)s is shown as it is.") % {"label": exhibit.label},
    )
    return redirect(f"{reverse('case', args=[reference])}#{exhibit.label}")


@guarded("exhibit_preview")
def exhibit_preview(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A photo as a clean picture, a chat log as a page of its messages."""
    exhibit = exhibit_for(request, reference, number)
    if exhibit.status == Exhibit.Status.PENDING and person(request).role in PARTIES:
        return redirect(confirm_address(exhibit))
    opened = SealedFile.Role.PREVIEW if exhibit.is_photo else SealedFile.Role.ORIGINAL
    insist_whole(exhibit, opened, now=timezone.now())
    note_viewing(exhibit, by=person(request), now=timezone.now())
    if exhibit.is_photo:
        return picture(exhibit, exhibit.preview, person(request))
    chat = list(exhibit.messages.order_by("number"))
    strike_out = veil(exhibit.case) if is_veiled(exhibit, person(request)) else as_is
    for message in chat:
        message.text, message.sender = strike_out(message.text), strike_out(message.sender)
    return render(
        request,
        "portal/exhibits/messages.html",
        {
            "case": exhibit.case,
            "exhibit": exhibit,
            "name": strike_out(exhibit.name),
            "chat": chat,
            "assumed": any(message.time_assumed for message in chat),
            "back": own_page(request, exhibit.case),
        },
    )


def is_veiled(exhibit: Exhibit, reader: User) -> bool:
    """A side reads its own log as it is; the staff do for a reason, which is on the docket."""
    if reader.is_case_staff:
        return not is_disclosed(exhibit.case, reader, timezone.now())
    return exhibit.side != reader.role


@guarded("exhibit_window")
def exhibit_window(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The photos of a case in a window of their own, for a second screen; this one first."""
    exhibit = exhibit_for(request, reference, number)
    if not exhibit.has_picture:
        raise Http404
    reader = person(request)
    visible = Exhibit.objects.visible_to(reader).filter(case=exhibit.case).order_by("number")
    photos = [photo for photo in visible if photo.has_picture]
    is_open = is_disclosed(exhibit.case, reader, timezone.now())
    for photo in photos if not is_open else ():
        if photo.side != reader.role:
            photo.caption = veil(exhibit.case)(photo.caption)
    return render(
        request,
        "portal/exhibits/window.html",
        {
            "case": exhibit.case,
            "shown": next(photo for photo in photos if photo.pk == exhibit.pk),
            "photos": photos,
            "viewed": seen_by(reader, exhibit.case),
            "back": own_page(request, exhibit.case),
        },
    )


@guarded("exhibit_thumb")
def exhibit_thumb(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    exhibit = exhibit_for(request, reference, number)
    return picture(exhibit, exhibit.thumbnail, person(request))


@guarded("exhibit_original")
def exhibit_original(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The sealed bytes as a download that no browser opens in place."""
    exhibit = exhibit_for(request, reference, number)
    open_original(exhibit, by=person(request), now=timezone.now())
    response = send_stored(
        exhibit.original,
        content_type="application/octet-stream",
        how="attachment",
        name=exhibit.name,
        cache="no-store",
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def exhibit_for(request: HttpRequest, reference: str, number: int) -> Exhibit:
    """That exhibit of that very case, if this person may look at it; 404 otherwise."""
    case = case_for(request, reference)
    exhibit: Exhibit | None = (
        Exhibit.objects.visible_to(person(request)).filter(case=case, number=number).first()
    )
    if exhibit is None:
        raise Http404
    exhibit.case = case
    return exhibit


def picture(exhibit: Exhibit, stored: FieldFile, reader: User) -> HttpResponse:
    """A picture under its sender's name for it; the other side reads that name masked."""
    name = PurePath(exhibit.name).stem or exhibit.label
    if not reader.is_case_staff and exhibit.side != reader.role:
        name = veil(exhibit.case)(name)
    return send_stored(
        stored,
        content_type="image/jpeg",
        how="inline",
        name=f"{name}.jpg",
        cache=SERVED_FOR,
    )
