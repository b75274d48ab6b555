"""Two uploads of one conversation beside each other, and what their disagreement means for each message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from evidence.alignment import Pair, Said, aligned, are_one_conversation, differing
from evidence.contradictions import Difference
from evidence.disclosure import as_is, is_disclosed, veil
from evidence.models import Exhibit, Message
from portal.access import case_for, guarded, person

MOST_WORK = 200_000  # messages held against others for one page; the two longest logs are 40,000
ROWS = 1000  # of the two logs on one page
TOLD = ("changed", "moved", "missing")


@dataclass(frozen=True)
class Comparison:
    left: Exhibit
    right: Exhibit
    pairs: list[Pair]

    @property
    def is_of_one_side(self) -> bool:
        return self.left.side == self.right.side

    @property
    def told(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.kind in TOLD]

    def differences(self) -> list[Difference]:
        found = []
        for pair in self.told:
            one, other = pair.left or pair.right, pair.right
            missing_in = self.right if pair.left else self.left
            assert one is not None  # noqa: S101  # a row has at least one side
            label = other.label if pair.left and other else missing_in.label
            found.append(Difference(pair.kind, one.label, label, one.sent_at, self.is_of_one_side))
        return found


@dataclass
class Disagreements:
    """By message label: copies of the same message in the other log, and where the other log differs."""

    copies: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    differs: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """The logs that are of one conversation, two by two; and the pairs nobody looked at for their length."""

    found: list[Comparison] = field(default_factory=list)
    left_out: list[tuple[Exhibit, Exhibit]] = field(default_factory=list)


def comparisons(
    exhibits: Iterable[Exhibit], messages: Iterable[Message], unread: Collection[int] = ()
) -> Compared:
    """Hold the logs of a case against each other, those of two sides first: however often one side sends
    a conversation, what the other side says of it is looked at. `unread` are logs not wholly at hand."""
    by_log: dict[int, list[Said]] = defaultdict(list)
    for message in messages:
        by_log[message.exhibit_id].append(said(message))
    compared, work = Compared(), 0
    pairs = combinations([each for each in exhibits if each.pk in by_log], 2)
    for one, other in sorted(pairs, key=lambda pair: pair[0].side == pair[1].side):
        left, right = by_log[one.pk], by_log[other.pk]
        work += len(left) + len(right)
        if one.pk in unread or other.pk in unread or work > MOST_WORK:
            compared.left_out.append((one, other))
        elif are_one_conversation(left, right):
            compared.found.append(Comparison(one, other, aligned(left, right)))
    return compared


def said(message: Message) -> Said:
    return Said(message.label, message.side, message.sent_at, message.text)


def disagreements(found: Sequence[Comparison]) -> Disagreements:
    told = Disagreements()
    shown: dict[str, str] = {}  # under which message a copy is shown
    for comparison in found:
        for pair in comparison.pairs:
            if pair.kind == "same" and pair.left and pair.right:
                one = shown.get(pair.left.label, pair.left.label)
                other = shown.get(pair.right.label, pair.right.label)
                if one != other:
                    copies = [other, *told.copies.pop(other, ())]
                    told.copies[one] += copies
                    shown |= dict.fromkeys(copies, one)
        for difference in comparison.differences():
            told.differs.setdefault(difference.one, (difference.kind, difference.other))
            if difference.other.startswith("C-"):
                told.differs.setdefault(difference.other, (difference.kind, difference.one))
    return told


@dataclass(frozen=True)
class Row:
    """A row of the page: both texts in pieces, True where they differ."""

    pair: Pair
    left: list[tuple[str, bool]]
    right: list[tuple[str, bool]]


def row_of(pair: Pair, veiled: Callable[[str], str] = as_is) -> Row:
    """`veiled` strikes out of both texts what this reader need not know."""
    left, right = (veiled(each.text) if each else "" for each in (pair.left, pair.right))
    if pair.kind == "changed" and left != right:
        return Row(pair, *differing(left, right))
    differs = pair.kind == "changed"  # in nothing but what was struck out
    return Row(
        pair,
        [(left, differs)] if pair.left else [],
        [(right, differs)] if pair.right else [],
    )


@guarded("log_diff")
def log_diff(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """This log on the left, the one named by `with` on the right."""
    case = case_for(request, reference)
    wanted = request.GET.get("with", "")
    other = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
    logs = {
        log.number: log
        for log in Exhibit.objects.visible_to(person(request)).filter(
            case=case, number__in=(number, other), kind=Exhibit.Kind.CHAT_LOG
        )
    }
    if number not in logs or other not in logs or other == number:
        raise Http404
    left, right = logs[number], logs[other]
    talks = [
        [said(message) for message in log.messages.order_by("sent_at", "number")]
        for log in (left, right)
    ]
    comparison = Comparison(left, right, aligned(*talks))
    is_open = is_disclosed(case, person(request), timezone.now())
    veiled = as_is if is_open else veil(case)
    only = request.GET.get("only") == "differences"
    shown = comparison.told if only else comparison.pairs
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/arbitrator/logs.html",
        {
            "case": case,
            "left": left,
            "right": right,
            "rows": [row_of(pair, veiled) for pair in page],
            "page": page,
            "told": len(comparison.told),
            "same": len(comparison.pairs) - len(comparison.told),
            "only": only,
            "is_open": is_open,
        },
    )
