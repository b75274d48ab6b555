"""How the rulebook changes: drafted by rule owners, published by somebody else, in force from an instant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from cases import rulebook, rulebook_text
from cases.actions.filing import BEIJING
from cases.actions.passage import Refused
from cases.docket import line_hash
from cases.versions import RulebookLine, RulebookVersion, VersionQuerySet, all_published

State = RulebookVersion.State
WRITING = ("draft", "edit")  # acts after which one is no second person
CHANGED = gettext_noop("The draft was changed or published since you opened it.")


@transaction.atomic
def take_draft(*, by: User, note: str, now: datetime) -> RulebookVersion:
    """A draft of the version that comes after all published ones. Asked for twice, it is one draft."""
    _insist(by, Role.SENIOR)
    before = all_published()[0]
    untouched = RulebookVersion.objects.filter(
        state=State.DRAFT, revision=1, follows=before.number, drafted_by=by, note=note
    )
    if (mine := untouched.first()) is not None:
        return mine
    last = RulebookVersion.objects.aggregate(last=Max("number"))["last"] or rulebook.SHIPPED
    try:
        with transaction.atomic():
            draft = RulebookVersion.objects.create(
                number=last + 1,
                follows=before.number,
                text=rulebook_text.stamped(
                    rulebook.up_to_date(before.text, before.source), last + 1
                ),
                note=note,
                drafted_by=by,
                drafted_at=now,
            )
    except IntegrityError:
        raise Refused(_("Somebody else has just begun a draft. Look at it first.")) from None
    _note(draft, "draft", by=by, at=now, reason=note, follows=before.number)
    return draft


@transaction.atomic
def edit_draft(
    draft: RulebookVersion, *, by: User, text: str, revision: int, rule: str = "", now: datetime
) -> None:
    """Keep another text of the draft. Raises RulebookError where it is wrong, Refused where overtaken.

    `revision` is the one that was edited; `rule` the one rule it was about, if it was.
    """
    _insist(by, Role.SENIOR)
    text = rulebook_text.stamped(text, draft.number)
    rulebook.parse(text, draft.source)
    if text == draft.text and draft.is_draft:
        return
    if not _as_read(draft, revision).update(text=text, revision=F("revision") + 1):
        raise Refused(_(CHANGED))
    _note(draft, "edit", by=by, at=now, revision=revision + 1, **({"rule": rule} if rule else {}))


@transaction.atomic
def discard_draft(draft: RulebookVersion, *, by: User, reason: str, now: datetime) -> None:
    _insist(by, Role.SENIOR)
    open_draft = RulebookVersion.objects.filter(pk=draft.pk, state=State.DRAFT)
    if not open_draft.update(state=State.DISCARDED):
        raise Refused(_("This is no longer a draft."))
    _note(draft, "discard", by=by, at=now, reason=reason)


@transaction.atomic
def publish(
    draft: RulebookVersion,
    *,
    by: User,
    revision: int,
    in_force_from: datetime,
    reason: str,
    now: datetime,
) -> None:
    """Publish what was read: the draft at that revision. Cases filed from that instant on are judged by it."""
    _insist(by, Role.SUPERVISOR)
    if draft.drafted_by_id == by.pk or draft.lines.filter(actor=by, name__in=WRITING).exists():
        raise Refused(_("Whoever wrote a draft does not publish it; a second person does."))
    if in_force_from < now:
        raise Refused(_("A version cannot be in force from an instant that has passed."))
    text = rulebook_text.stamped(draft.text, draft.number, in_force_from.astimezone(BEIJING))
    rulebook.parse(text, draft.source)
    begins = _beginning_of(draft.follows)
    if in_force_from <= begins:
        raise Refused(_("It has to begin after the version it follows."))
    try:
        with transaction.atomic():
            published = _as_read(draft, revision).update(
                state=State.PUBLISHED,
                text=text,
                published_by=by,
                published_at=now,
                in_force_from=in_force_from,
            )
    except IntegrityError:
        raise _overtaken() from None
    if not published:
        raise Refused(_(CHANGED))
    _note(draft, "publish", by=by, at=now, reason=reason, in_force_from=in_force_from.isoformat())


@transaction.atomic
def withdraw_version(version: RulebookVersion, *, by: User, reason: str, now: datetime) -> None:
    """Call a published version off before it begins; no case has been filed under it."""
    _insist(by, Role.SUPERVISOR)
    _hold(version.number)
    if RulebookVersion.objects.published().filter(follows=version.number).exists():
        raise Refused(_("Another version follows this one; withdraw that one first."))
    to_come = RulebookVersion.objects.published().filter(pk=version.pk, in_force_from__gt=now)
    if not to_come.update(state=State.WITHDRAWN):
        raise Refused(_("Only a published version that is not in force yet can be withdrawn."))
    _note(version, "withdraw", by=by, at=now, reason=reason)


def _insist(by: User, role: str) -> None:
    if by.role != role:
        raise PermissionDenied


def _as_read(draft: RulebookVersion, revision: int) -> VersionQuerySet:
    """The draft, if nobody has touched it since the reader saw that revision; else no row."""
    seen = RulebookVersion.objects.filter(pk=draft.pk, state=State.DRAFT, revision=draft.revision)
    return seen.filter(revision=revision)


def _hold(number: int) -> RulebookVersion | None:
    """The version's row until the transaction ends; the shipped version has none."""
    return RulebookVersion.objects.select_for_update().filter(number=number).first()


def _beginning_of(number: int) -> datetime:
    """From when the version is in force that a draft follows; it cannot be withdrawn meanwhile."""
    if number == rulebook.SHIPPED:
        return rulebook.load().in_force_from
    before = _hold(number)
    if before is None or before.state != State.PUBLISHED or before.in_force_from is None:
        raise _overtaken()
    return before.in_force_from


def _overtaken() -> Refused:
    return Refused(
        _(
            "The version this draft follows is no longer the newest. Take a new draft and move it over."
        )
    )


def _note(
    version: RulebookVersion, name: str, *, by: User, at: datetime, **facts: Any
) -> RulebookLine:
    """Append a line to the version's history. The row it is about was written just now, so it is held."""
    last = version.lines.order_by("-number").first()
    number, previous = (last.number + 1, last.hash) if last else (1, "")
    line = line_hash(
        previous=previous,
        reference=version.source,
        number=number,
        at=at,
        actor_id=by.pk,
        name=name,
        from_state="",
        to_state="",
        facts=facts,
    )
    noted: RulebookLine = RulebookLine.objects.create(
        version=version,
        number=number,
        at=at,
        actor=by,
        name=name,
        facts=facts,
        previous_hash=previous,
        hash=line,
    )
    return noted
