"""Photos that look alike, as the desk sees them: both pictures, how they differ, whose the other one is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from cases.actions import Refused
from cases.lifecycle import Side
from cases.models import Case
from evidence.custody import insist_whole
from evidence.likeness import Way
from evidence.matching import mark_match
from evidence.models import Exhibit, Match, SealedFile
from portal.access import case_for, guarded, person
from portal.forms.matches import MarkForm
from portal.sending import SERVED_FOR, send_stored

WAYS: dict[int, str] = {
    Way.UPRIGHT: _("looks the same, held alike"),
    Way.MIRRORED: _("mirrored"),
    Way.TURNED_90: _("turned by 90°"),
    Way.TURNED_180: _("turned by 180°"),
    Way.TURNED_270: _("turned by 270°"),
    Way.UPSIDE_DOWN: _("mirrored top to bottom"),
    Way.MIRRORED_TURNED_90: _("mirrored and turned by 90°"),
    Way.MIRRORED_TURNED_270: _("mirrored and turned by 270°"),
    Way.CROPPED: _("cropped at the edges"),
    Way.CROPPED_MORE: _("cropped at the edges"),
    Way.CUT_LEFT: _("cropped on the left"),
    Way.CUT_TOP: _("cropped at the top"),
    Way.CUT_RIGHT: _("cropped on the right"),
    Way.CUT_BOTTOM: _("cropped at the bottom"),
}


@dataclass(frozen=True)
class Card:
    """One find. `is_open` says whether the reader may look at the other exhibit."""

    match: Match
    is_open: bool

    @property
    def is_here(self) -> bool:
        return self.match.exhibit.case_id == self.match.other.case_id

    @property
    def flag(self) -> str:
        """The find in a few words."""
        if self.match.mark == Match.Mark.COINCIDENCE:
            return gettext("looks like another, a coincidence")
        if self.is_here:
            return gettext("both sides sent it")
        return gettext("also in another case")

    @property
    def tag(self) -> str:
        """The same in a word, for the corner of a thumb."""
        if self.match.mark == Match.Mark.COINCIDENCE:
            return gettext("alike")
        return gettext("both sides") if self.is_here else gettext("elsewhere")

    @property
    def differs(self) -> list[str]:
        if self.match.is_same_file:
            return [gettext("the same file, byte by byte")]
        bits = gettext("%(bits)s of 64 marks differ") % {"bits": self.match.distance}
        return [gettext(WAYS[self.match.way]), bits]

    @property
    def sender(self) -> str:
        """Who sent the other one: a buyer's name is masked here as everywhere."""
        other = self.match.other
        if other.side == Side.BUYER:
            return other.case.buyer.masked_name
        return other.case.shop.name if other.side == Side.MERCHANT else gettext("The marketplace")

    @property
    def relation(self) -> str:
        """What the two cases have in common, told even to those who may not open the other."""
        one, two = self.match.exhibit.case, self.match.other.case
        if one.pk == two.pk:
            return gettext("Both sides of this case sent it.")
        if one.buyer_id == two.buyer_id:
            return gettext("Another case of the same buyer.")
        if one.shop_id == two.shop_id:
            return gettext("Another buyer's case against the same shop.")
        return gettext("A case between other people.")


def cards_of(case: Case, user: User) -> list[Card]:
    """The finds about this case's exhibits, still to be judged first; in two queries."""
    found: QuerySet[Match] = Match.objects.filter(exhibit__case=case).select_related(
        "exhibit__case", "other__case__buyer", "other__case__shop", "marked_by"
    )
    matches = sorted(found, key=lambda match: (match.mark != "", match.exhibit.number))
    if not matches:
        return []
    visible = set(
        Exhibit.objects.visible_to(user)
        .filter(pk__in=[match.other_id for match in matches])
        .values_list("pk", flat=True)
    )
    return [Card(match, match.other_id in visible) for match in matches]


def by_exhibit(cards: Iterable[Card]) -> dict[int, list[Card]]:
    """The cards each exhibit of the case is on, from either side of a find."""
    found = defaultdict(list)
    for card in cards:
        found[card.match.exhibit_id].append(card)
        if card.is_here:
            found[card.match.other_id].append(card)
    return dict(found)


@guarded("match_picture")
def match_picture(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The photo that looks like this one, or this one beside it (`own`): who must judge a find sees both.

    The other's case may be a colleague's: of that the picture alone is shown, without what its sender
    called it. A lead is not a look at the evidence, so neither counts as viewed.
    """
    case, wanted = case_for(request, reference), request.GET.get("match", "")
    finds = Match.objects.select_related("exhibit__case", "other__case")
    match = get_object_or_404(
        finds,
        exhibit__case=case,
        exhibit__number=number,
        pk=int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0,
    )
    photo = match.exhibit if "own" in request.GET else match.other
    insist_whole(photo, SealedFile.Role.PREVIEW, now=timezone.now())
    return send_stored(
        photo.preview, content_type="image/jpeg", how="inline", name="alike.jpg", cache=SERVED_FOR
    )


@guarded("match_mark")
def match_mark(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """The holder says what a find about this exhibit means."""
    case, form = case_for(request, reference, held=True), MarkForm(request.POST)
    if not form.is_valid():
        raise Refused(gettext("Say whether it is confirmed or a coincidence."))
    said = form.cleaned_data
    finds = Match.objects.select_related("exhibit__case", "other__case")
    match = get_object_or_404(finds, exhibit__case=case, exhibit__number=number, pk=said["match"])
    mark_match(match, by=person(request), mark=said["mark"], note=said["note"], now=timezone.now())
    messages.success(
        request,
        gettext("%(label)s: your judgement is kept.") % {"label": match.exhibit.label},
    )
    return redirect(f"{reverse('case', args=[reference])}#match-{match.pk}")
