"""How many cases stand where, exactly, without counting a million rows.

Triggers of the database write each change of a case's standing as a row of its own, in the transaction
that makes it: nobody waits for a counter somebody else is raising, and a sum of the rows agrees with the
cases in every snapshot. `fold` adds up what has gathered; the clock calls it.
"""

from __future__ import annotations

from collections import Counter

from django.db import transaction
from django.db.models import Count, Q, Sum

from cases.models import Case, Tally

Standing = tuple[str, bool]  # state, and whether the merchant let its time to answer pass
MANY = 200
SILENT = Q(defaulted_at__isnull=False, answered_at=None)


def standings() -> Counter[Standing]:
    """How many cases stand at each state, those without an answer apart."""
    rows = Tally.objects.values_list("state", "is_silent").annotate(number=Sum("change"))
    return Counter({(state, silent): number for state, silent, number in rows if number})


def counted() -> Counter[Standing]:
    """The same from the cases themselves, which takes as long as there are many."""
    rows = Case.objects.order_by().values_list("state", Q(SILENT)).annotate(number=Count("pk"))
    return Counter({(state, bool(silent)): number for state, silent, number in rows})


@transaction.atomic
def fold(least: int = MANY) -> int:
    """Replace the rows gathered by their sums; returns how many there were.

    Two at once share them, and a reader sees either the rows or their sum.
    """
    gathered = list(Tally.objects.select_for_update(skip_locked=True).order_by("pk"))
    if len(gathered) < least:
        return 0
    sums: Counter[Standing] = Counter()
    for row in gathered:
        sums[row.state, row.is_silent] += row.change
    Tally.objects.filter(pk__in=[row.pk for row in gathered]).delete()
    Tally.objects.bulk_create(
        Tally(state=state, is_silent=silent, change=change)
        for (state, silent), change in sums.items()
        if change
    )
    return len(gathered)
