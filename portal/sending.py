"""A stored file as an answer: its bytes, or a word to the proxy that has the folder too."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import Http404, HttpResponse

SERVED_FOR = "private, max-age=600"


def send_stored(
    stored: FieldFile, *, content_type: str, how: str, name: str, cache: str
) -> HttpResponse:
    """The file `inline` or as an `attachment` under `name`; 404 when it is not there.

    Behind a proxy with FILES_ACCEL_LOCATION the answer is empty and names the file; the proxy puts the
    file in its place and keeps the headers. Whoever calls this has asked who wants it.
    """
    if not stored:
        raise Http404
    response = handed_over(stored) if settings.FILES_ACCEL_LOCATION else read(stored)
    response["Content-Type"] = content_type
    response["Content-Disposition"] = disposition(how, name)
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = cache
    return response


def handed_over(stored: FieldFile) -> HttpResponse:
    if not stored.storage.exists(str(stored.name)):
        raise Http404
    place = f"{settings.FILES_ACCEL_LOCATION.rstrip('/')}/{quote(str(stored.name))}"
    return HttpResponse(headers={"X-Accel-Redirect": place})


def read(stored: FieldFile) -> HttpResponse:
    try:
        with stored.open("rb") as file:
            return HttpResponse(file.read())
    except FileNotFoundError:
        raise Http404 from None


def disposition(how: str, name: str) -> str:
    """One header line whatever the name holds (RFC 6266: percent-encoded UTF-8)."""
    return f"{how}; filename*=UTF-8''{quote(name, safe='')}"
