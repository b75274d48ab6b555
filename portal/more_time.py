"""More time: what the person at hand may ask for or give, what it would do, or why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cases.actions.extending import due_if_extended, grant_of, why_no_extension
from cases.lifecycle import Side, side_of
from cases.models import Case, Deadline, DeadlineKind, Extension
from cases.terms import TERMS, Grant
from evidence.disclosure import veil
from portal.clocks import length_in_words
from portal.forms.parties import Extend


@dataclass(frozen=True)
class MoreTime:
    """`due_at`: when the deadline would be due then. `why_not`: the sentence that says why it cannot be had."""

    deadline: Deadline
    label: str
    how_often: str
    due_at: datetime
    form: Extend
    why_not: str | None


def more_time(
    case: Case,
    deadlines: Iterable[Deadline],
    user: User,
    *,
    now: datetime,
    tried: Extend | None = None,
) -> list[MoreTime]:
    """One entry for each open deadline the person may lengthen by the rules. `tried`: a form with errors."""
    found, side = [], side_of(case, user)
    for deadline in deadlines:
        grant = grant_of(case, deadline.kind, user)
        if grant is None:
            continue
        waits = waiting(deadline) if grant.consent else None
        theirs = waits if waits and waits.side != side else None
        if grant.consent and deadline.party != side and not theirs:
            continue
        initial = {"reason": _("Agreed.")} if theirs else None
        form = Extend(initial=initial)
        if tried and tried.is_about(deadline.kind, deadline.party):
            form = tried
        form.auto_id = f"more-{deadline.kind}-{deadline.party}-%s"  # there may be two on a page
        length = grant.length(case)
        found.append(
            MoreTime(
                deadline,
                label_of(case, deadline, user, grant, theirs),
                how_often(case, deadline, user, grant, theirs),
                due_if_extended(case, deadline, length, now=now),
                form,
                _("You have asked for it. It counts once the other side agrees.")
                if waits and not theirs
                else why_no_extension(case, deadline, by=user, now=now),
            )
        )
    return found


def waiting(deadline: Deadline) -> Extension | None:
    """The request the other side has not agreed to yet."""
    asked = list(deadline.extensions.all())
    return None if any(each.granted_at for each in asked) else next(iter(asked), None)


def label_of(
    case: Case, deadline: Deadline, user: User, grant: Grant, theirs: Extension | None
) -> str:
    of_the_desk = TERMS[deadline.kind].in_desk_hours
    length = length_in_words(grant.length(case), of_the_desk=of_the_desk)
    if theirs is not None:
        return _("Agree to %(length)s more for the offer") % {"length": length}
    if deadline.kind == DeadlineKind.OFFER_ANSWER:
        return _("Ask for %(length)s more for the offer") % {"length": length}
    if side_of(case, user) != Side.PLATFORM:
        return _("Ask for %(length)s more") % {"length": length}
    return _("Give %(length)s more: %(deadline)s") % {
        "length": length,
        "deadline": deadline.get_kind_display(),
    }


def how_often(
    case: Case, deadline: Deadline, user: User, grant: Grant, theirs: Extension | None
) -> str:
    if theirs is not None:
        return _("The other side asks for it: %(reason)s") % {"reason": veil(case)(theirs.reason)}
    if grant.consent:
        return _("It counts once the other side agrees. This is possible once.")
    side = side_of(case, user)
    left = grant.times - sum(each.side == side for each in deadline.extensions.all())
    if grant.times == 1:
        return _("This is possible once.")
    return ngettext(
        "This is possible %(left)s more time.", "This is possible %(left)s more times.", left
    ) % {"left": left}
