"""A phrase in the conversations of all cases one may see, newest first. For the staff only."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cases.models import Case
from evidence.disclosure import veil
from evidence.models import Message
from portal.access import guarded, person
from portal.casefile import pieces

MOST_SHOWN = 50
SHORTEST, LONGEST = 2, 100


@dataclass(frozen=True)
class Hit:
    message: Message
    parts: list[tuple[str, bool]]


@guarded("chat_search")
def chat_search(request: HttpRequest) -> HttpResponse:
    find = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    hits: list[Hit] = []
    if len(find) >= SHORTEST:
        found = (
            Message.objects.saying(find)
            .filter(exhibit__withdrawn_at=None, case__in=Case.objects.visible_to(person(request)))
            .select_related("case__buyer", "exhibit")
            .newest()[:MOST_SHOWN]
        )
        # Masked before it is marked: a search for a number finds it, but does not read it out.
        hits = [Hit(each, pieces(veil(each.case)(each.text), find)) for each in found]
    return render(
        request,
        "portal/arbitrator/chats.html",
        {
            "find": find,
            "hits": hits,
            "is_short": 0 < len(find) < SHORTEST,
            "is_full": len(hits) == MOST_SHOWN,
        },
    )
