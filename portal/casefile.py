"""What the workspace shows of a case: its materials in order, the conversation, and what can be done."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from accounts.models import User
from cases.actions.ending import why_no_rejection
from cases.lifecycle import STEPS, Side, State, may_take, why_not
from cases.models import Case
from evidence.contradictions import BEIJING
from evidence.custody import broken_files
from evidence.models import Exhibit, Match, Message, SealedFile, Viewing
from portal.forms import form_of
from portal.forms.parties import Step
from portal.logs import Compared, Disagreements, comparisons, disagreements
from portal.matches import Card, by_exhibit, cards_of

GAP = timedelta(hours=12)
MOST_READ = 50_000  # messages compared and searched: more than the two longest logs have
MOST_DRAWN = 10_000  # the earliest; of what comes later what was found or differs
REEL = 20  # lines a browser lays out together, once they come near
AT_ONCE, PORTION = 8, 100  # reels the page comes with, and those its script asks for at a time
PICTURED = re.compile(r"\[(图片|照片|image|photo|picture)\]", re.IGNORECASE)
SIDES = (Side.BUYER, Side.MERCHANT, Side.PLATFORM)


@dataclass(frozen=True)
class Shelf:
    """One side's exhibits, in the order they came."""

    side: str
    photos: list[Exhibit]
    logs: list[Exhibit]


@dataclass(frozen=True)
class Line:
    """One line of the conversation: `kind` is say, photo, day, act, gap or cut."""

    kind: str
    at: datetime
    message: Message | None = None
    words: str = ""
    parts: Sequence[tuple[str, bool]] = ()  # the text in pieces, True where the search hit
    copies: Sequence[str] = ()  # the same message in the other side's log
    differs: tuple[str, str] | None = None  # how, and from which message or log
    pictured: bool = False  # a photo was sent with the message
    photo: Exhibit | None = None


@dataclass(frozen=True)
class Talk:
    """A stretch of the conversation; `rest` is the reel to go on with, 0 at the end."""

    reels: list[list[Line]]
    rest: int


@dataclass(frozen=True)
class Action:
    """A step this person could take here, with its form, or the sentence why not now."""

    name: str
    label: str
    form: Step | None
    why_not: str | None


@dataclass
class CaseFile:
    shelves: list[Shelf] = field(default_factory=list)
    photos: int = 0
    viewed: set[int] = field(default_factory=set)  # exhibits this person has looked at
    assumed: set[int] = field(default_factory=set)  # logs that name no time zone
    late: list[Exhibit] = field(default_factory=list)
    broken: list[SealedFile] = field(default_factory=list)  # no longer what was sealed
    lines: list[Line] = field(default_factory=list)
    messages: int = 0
    unread: int = 0  # the latest of them, more than one page can search and compare
    hits: int = 0
    cards: list[Card] = field(default_factory=list)  # photos that look like others
    leads: dict[int, list[Card]] = field(default_factory=dict)  # the same by exhibit
    exhibits: list[Exhibit] = field(default_factory=list)
    talk: list[Message] = field(default_factory=list)
    compared: Compared = field(default_factory=Compared)  # logs of one conversation

    def stretch(self, start: int = 0, reels: int = AT_ONCE) -> Talk:
        last = min(len(self.lines), (start + reels) * REEL)
        return Talk(
            [self.lines[at : min(at + REEL, last)] for at in range(start * REEL, last, REEL)],
            start + reels if last < len(self.lines) else 0,
        )

    @property
    def was_used_before(self) -> bool:
        """Whether a photo of the case was found to be used before."""
        return any(card.match.mark == Match.Mark.CONFIRMED for card in self.cards)

    @property
    def unjudged(self) -> int:
        return sum(not card.match.mark for card in self.cards)


def case_file(
    case: Case, user: User, *, find: str = "", veiled: Callable[[str], str] = str
) -> CaseFile:
    """The materials, in seven queries at most; `find` marks the messages that hold it.

    `veiled` strikes out of messages, captions and names of files what this reader need not know.
    """
    exhibits = list(case.exhibits.order_by("number"))
    standing = Message.objects.filter(case=case, exhibit__withdrawn_at=None)
    messages = list(standing.order_by("sent_at", "number")[:MOST_READ])
    unread = (
        Counter(dict(standing.values_list("exhibit").annotate(Count("pk"))))
        - Counter(message.exhibit_id for message in messages)
        if len(messages) == MOST_READ
        else Counter()
    )
    # Compared as they are: two logs may differ in nothing but what is struck out.
    compared = comparisons((each for each in exhibits if not each.is_photo), messages, unread)
    for message in messages:
        message.text = veiled(message.text)
    for exhibit in exhibits:
        exhibit.caption, exhibit.name = veiled(exhibit.caption), veiled(exhibit.name)
    lines = conversation(case, messages, exhibits, find, disagreements(compared.found), veiled)
    cards = cards_of(case, user)
    return CaseFile(
        shelves=[
            Shelf(
                side,
                [each for each in exhibits if each.side == side and each.is_photo],
                [each for each in exhibits if each.side == side and not each.is_photo],
            )
            for side in SIDES
            if any(each.side == side for each in exhibits)
        ],
        viewed=seen_by(user, case),
        photos=sum(each.has_picture for each in exhibits),
        assumed={message.exhibit_id for message in messages if message.time_assumed},
        late=[each for each in exhibits if each.is_late and each.withdrawn_at is None],
        broken=list(broken_files(case)) if case.integrity_failed_at else [],
        lines=lines,
        messages=len(messages) + unread.total(),
        unread=unread.total(),
        hits=sum(any(hit for _text, hit in line.parts) for line in lines),
        cards=cards,
        leads=by_exhibit(cards),
        exhibits=exhibits,
        talk=messages,
        compared=compared,
    )


def seen_by(user: User, case: Case) -> set[int]:
    """The exhibits this person has looked at."""
    seen = Viewing.objects.filter(exhibit__case=case, user=user)
    return set(seen.values_list("exhibit_id", flat=True))


def conversation(
    case: Case,
    messages: Sequence[Message],
    exhibits: Sequence[Exhibit],
    find: str,
    told: Disagreements,
    veiled: Callable[[str], str],
) -> list[Line]:
    """Messages with the photos sent in and what happened to the order woven in by their times.

    Each day has a heading, and long silences are named. What two logs have alike is shown once,
    under both numbers. Of a conversation too long to be drawn the end is drawn in parts.
    """
    shown_elsewhere = {label for copies in told.copies.values() for label in copies}
    later = messages[MOST_DRAWN:]
    late = {message.pk for message in later}
    cut = [Line("cut", each.sent_at, words=cut_short(len(later))) for each in later[:1]]
    spoken = [
        Line(
            "say",
            message.sent_at,
            message,
            parts=pieces(message.text, find),
            copies=told.copies.get(message.label, ()),
            differs=told.differs.get(message.label),
            pictured=bool(PICTURED.search(message.text)),
        )
        for message in messages
        if message.label not in shown_elsewhere
        and (
            message.pk not in late
            or message.label in told.differs
            or bool(find and find.lower() in message.text.lower())
        )
    ]
    photos = [
        Line("photo", each.received_at, photo=each)
        for each in exhibits
        if each.has_picture and each.withdrawn_at is None
    ]
    woven = sorted([*cut, *spoken, *photos, *order_lines(case, veiled)], key=lambda line: line.at)
    lines: list[Line] = []
    before: Line | None = None
    for line in woven:
        is_talk = before is not None and line.kind == before.kind == "say"
        if before and is_talk and line.at - before.at >= GAP and not (cut and line.at >= cut[0].at):
            hours = int((line.at - before.at).total_seconds() // 3600)
            lines.append(
                Line("gap", line.at, words=gettext("%(hours)s hours of silence") % {"hours": hours})
            )
        if before is None or day_of(line) != day_of(before):
            lines.append(Line("day", line.at))
        lines.append(line)
        before = line
    return lines


def cut_short(later: int) -> str:
    return gettext(
        "%(later)s more messages: only what was found or differs is shown of them. "
        "Open a log by its number to read all of it."
    ) % {"later": later}


def day_of(line: Line) -> date:
    return line.at.astimezone(BEIJING).date()


def order_lines(case: Case, veiled: Callable[[str], str]) -> list[Line]:
    events = (
        (case.placed_at, gettext("Order placed and paid")),
        (case.shipped_at, gettext("Shipped")),
        (case.delivered_at, gettext("Signed for")),
        (case.filed_at, gettext("Case filed")),
    )
    scans = [(at, veiled(words)) for at, words in case.way]
    return [Line("act", at, words=words) for at, words in (*events, *scans) if at is not None]


def pieces(text: str, find: str) -> list[tuple[str, bool]]:
    if not find:
        return [(text, False)]
    parts = re.split(f"({re.escape(find)})", text, flags=re.IGNORECASE)
    return [(part, at % 2 == 1) for at, part in enumerate(parts) if part] or [(text, False)]


def actions_for(case: Case, user: User, tried: dict[str, Step] | None = None) -> list[Action]:
    """The steps of this state that are this person's, in the lifecycle's order. `tried`: forms with errors.

    A step no form leads to has no button.
    """
    here = [
        step
        for (name, source), step in STEPS.items()
        if source == case.state and (name == "issue" or form_of(name, case) is not None)
    ]
    return [
        Action(
            name=step.name,
            label=gettext(step.label),
            form=(tried or {}).get(step.name) or form_of(step.name, case),
            why_not=why_not(case, step.name)
            or (why_no_rejection(case, user) if step.name == "reject" else None),
        )
        for step in here
        if may_take(case, step.name, user)
    ]


# What the desk reads where the ruling would stand, while there is none to write.
DESK: dict[str, str] = {
    State.NEGOTIATING: _("Buyer and merchant are still talking; nothing is asked of the desk."),
    State.AWAITING_MERCHANT: _("The merchant's time to answer is running."),
    State.AWAITING_EVIDENCE: _("The review rests until the evidence asked for is here."),
    State.QUEUED: _("The case waits for somebody to take it."),
    State.REVIEWING: _("The case is being reviewed."),
    State.MEDIATING: _(
        "A settlement is on the table; the review rests until both sides have answered."
    ),
    State.RULED: _("The ruling is out; the time to appeal is running."),
    State.EXECUTING: _("What was decided is being carried out."),
    State.CLOSED: _("The case is closed."),
    State.WITHDRAWN: _("The buyer has withdrawn the case."),
    State.REJECTED: _("The case was not accepted."),
}


def desk_sentence(case: Case) -> str:
    return gettext(DESK.get(case.state, ""))


def facts_of(case: Case) -> dict[str, Any]:
    """The claim and the rule in the reader's language."""
    language, rule = get_language() or "en", case.ruled_by
    return {
        "category": case.book.categories[case.category].title.in_language(language),
        "remedy": case.book.requested_remedies[case.requested_remedy].title.in_language(language),
        "rule": rule,
        "rule_title": rule.title.in_language(language),
        "rule_text": rule.text.in_language(language),
        "burden_note": rule.burden_note.in_language(language),
        "rule_freight": case.book.freight[rule.freight].title.in_language(language),
        "window": rule.claim_window.in_language(language),
    }
