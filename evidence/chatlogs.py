"""Chat logs as evidence: untrusted bytes in, messages out.

A log is read whole or refused with the line that is wrong: half a conversation is a different
conversation. Nothing is interpreted; who spoke for whom comes from the caller, not from the text.
"""

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import StringIO
from typing import Any, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from evidence import chatids

BEIJING = ZoneInfo("Asia/Shanghai")
# Tried in this order on bytes that carry no mark. Each but the first makes something of most bytes.
BY_GUESS = ("gb18030", "big5", "shift_jis")
ENCODINGS = ("utf-8", *BY_GUESS, "utf-16-le", "utf-16-be")
YEARS = range(2000, 2100)

SIDES = {
    "buyer": "buyer",
    "customer": "buyer",
    "买家": "buyer",
    "merchant": "merchant",
    "seller": "merchant",
    "shop": "merchant",
    "卖家": "merchant",
    "商家": "merchant",
    "客服": "merchant",
    "platform": "platform",
    "平台": "platform",
    "小二": "platform",
}
COLUMNS = {
    "sent_at": "sent_at",
    "time": "sent_at",
    "时间": "sent_at",
    "发送时间": "sent_at",
    "sender": "sender",
    "发送人": "sender",
    "发送者": "sender",
    "昵称": "sender",
    "role": "role",
    "角色": "role",
    "身份": "role",
    "message": "text",
    "text": "text",
    "content": "text",
    "内容": "text",
    "消息": "text",
    "id": "id",
    "message_id": "id",
    "msg_id": "id",
    "消息编号": "id",
    "消息id": "id",
}
DELIMITERS = ",;\t"

# A header of the text format: `name (2026-11-11 11:30:44):` and nothing else on the line.
HEADER = re.compile(
    r"(?P<sender>\S.*?) ?"
    r"[(（](?P<sent_at>[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[T ][0-9]{1,2}:[0-9:.Z+ -]+)[)）] ?[:：]"
)
LONGEST_HEADER = 250
TIME = re.compile(
    r"(?P<year>[0-9]{4})(?P<dash>[-/])(?P<month>[0-9]{1,2})(?P=dash)(?P<day>[0-9]{1,2})[T ]"
    r"(?P<hour>[0-9]{1,2}):(?P<rest>[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r" ?(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SURROGATES = re.compile(r"[\ud800-\udfff]")
# They reorder the letters around them, so that a reader sees another text than was sent.
BIDI_CONTROLS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
DOUBTFUL = re.compile("|".join(each.pattern for each in (CONTROLS, SURROGATES, BIDI_CONTROLS)))

REASONS = {
    "empty": _("The file is empty."),
    "too_many_bytes": _("The chat log is larger than {limit} MB. Please send it in parts."),
    "too_many_messages": _("The chat log has more than {limit} messages. Please send it in parts."),
    "no_messages": _("There is no message in the file."),
    "not_text": _("This is not a text file. Please export the chat as text, CSV or JSON."),
    "unknown_encoding": _("The characters cannot be read. Please save the file as UTF-8."),
    "unknown_format": _("This is not a chat log we know. Please send Wangwang text, CSV or JSON."),
    "bad_json": _("The JSON is not well formed at line {row}, column {column}."),
    "bad_number": _("The JSON holds a number that is not one, or is far too long."),
    "duplicate_key": _("“{key}” is given twice for the same thing. Each may be given once."),
    "too_deep": _("The JSON is nested too deeply."),
    "bad_csv": _("This row has a wrong quotation mark or separator, or is far too long."),
    "missing_column": _("The column “{column}” is missing."),
    "wrong_columns": _("The row has {found} fields where the heading has {expected}."),
    "missing_field": _("Message {number}: “{column}” is missing or is not text."),
    "bad_time": _("Message {number}: “{value}” is not a date and time we can read."),
    "sender_too_long": _("Message {number}: the sender's name is longer than {limit} characters."),
    "message_too_long": _("Message {number} is longer than {limit} characters."),
}


@dataclass(frozen=True)
class ChatLogLimits:
    max_bytes: int = 5_000_000
    max_messages: int = 20_000
    max_characters: int = 10_000
    max_sender: int = 100


@dataclass(frozen=True)
class Message:
    """One message as submitted, sent at an instant in UTC.

    `side` is buyer, merchant, platform or unknown. `time_assumed`: no zone was given, so the
    caller's was taken. `flags` are codes for the reader's attention: control_characters,
    broken_characters, hidden_characters, empty, future, role_disagrees, claims_platform, side_claimed,
    no_blank_line_before (the text format's only sign that a message ended), same_id_other_text,
    order_contradicts_ids.
    """

    sent_at: datetime
    sender: str
    side: str
    text: str
    time_assumed: bool
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChatLog:
    """Messages in the order of their times; those of the same time stay in the file's order.

    `format` is wangwang, csv or json. `notes` are codes: encoding_guessed, out_of_order,
    text_before_first_message, columns_ignored, duplicates_merged, ids_missing.
    """

    messages: tuple[Message, ...]
    encoding: str
    format: str
    notes: tuple[str, ...]

    @property
    def is_sure(self) -> bool:
        """Whether nothing was guessed: neither how its bytes are read nor the zone of its times."""
        is_assumed = any(message.time_assumed for message in self.messages)
        return "encoding_guessed" not in self.notes and not is_assumed

    @property
    def speakers(self) -> tuple[str, ...]:
        """Everyone who wrote, in order of appearance."""
        return tuple(dict.fromkeys(message.sender for message in self.messages))


class ChatLogRefused(Exception):
    """Why a file is not taken: `code` is a key of REASONS, `facts` fill its blanks.

    `line` counts the file's lines from 1, where the trouble has one.
    """

    def __init__(self, code: str, *, line: int | None = None, **facts: str | int) -> None:
        super().__init__(code, line, facts)
        self.code = code
        self.line = line
        self.facts = facts

    @property
    def message(self) -> str:
        return explain(self.code, self.facts)


class Entry(NamedTuple):
    """What a format found: still text, not yet judged."""

    sent_at: str
    sender: str
    role: str
    text: str
    line: int | None
    flags: tuple[str, ...] = ()
    id: str = ""


class Found(NamedTuple):
    format: str
    entries: Iterator[Entry]
    notes: tuple[str, ...]


def explain(code: str, facts: Mapping[str, str | int]) -> str:
    """The reason as a sentence for the party, in the language active now."""
    return str(REASONS[code]).format(**facts)


def read_chat_log(
    original: bytes,
    *,
    filename: str = "",
    encoding: str = "",
    timezone: tzinfo = BEIJING,
    sides: Mapping[str, str] | None = None,
    now: datetime | None = None,
    limits: ChatLogLimits = ChatLogLimits(),
) -> ChatLog:
    """Read one log. A bad file raises ChatLogRefused.

    `encoding` is one of ENCODINGS where somebody chose it; else it is found out. `timezone` is for times
    that name none. `sides` says for whom each speaker speaks, by name or
    by the part before the colon (`shop:agent`), and outranks what the file claims; whom it does not know is
    flagged where the file alone gives the side. With `now`,
    messages from the future are flagged. `filename` only helps to say what is wrong.
    """
    if len(original) > limits.max_bytes:
        raise ChatLogRefused("too_many_bytes", limit=limits.max_bytes // 1_000_000)
    text, read_as = _decoded(original, (encoding,) if encoding else _candidates(original))
    if not text.strip():
        raise ChatLogRefused("empty")
    found = _format_of(text, filename)(text)

    messages: list[Message] = []
    ids: list[str] = []
    for number, entry in enumerate(found.entries, start=1):
        if number > limits.max_messages:
            raise ChatLogRefused("too_many_messages", limit=limits.max_messages)
        message = _judged(entry, number, timezone, limits)
        messages.append(_attributed(message, entry, sides, now))
        ids.append(entry.id)
    if not messages:
        raise ChatLogRefused("no_messages")
    messages, id_notes = _by_ids(messages, ids) if any(ids) else (messages, ())

    in_order = sorted(messages, key=lambda message: message.sent_at)
    notes = {
        "encoding_guessed": read_as in BY_GUESS and not encoding,
        "out_of_order": in_order != messages,
    }
    return ChatLog(
        messages=tuple(in_order),
        encoding=read_as,
        format=found.format,
        notes=(*(note for note, applies in notes.items() if applies), *found.notes, *id_notes),
    )


def _by_ids(messages: list[Message], ids: list[str]) -> tuple[list[Message], tuple[str, ...]]:
    """What was given twice once, and what the numbers contradict flagged."""
    verdict = chatids.judged(
        [
            chatids.Numbered(id, message.sent_at, message.sender, message.text)
            for id, message in zip(ids, messages, strict=True)
        ]
    )
    kept = [
        replace(message, flags=message.flags + tuple(verdict.flags.get(place, ())))
        for place, message in enumerate(messages)
        if place not in verdict.merged
    ]
    return kept, verdict.notes


def pairs(phrase: str) -> list[str]:
    """Every two neighbouring characters, in small letters: what a search goes by."""
    small = phrase.lower()
    return [small[at : at + 2] for at in range(len(small) - 1)]


# Bytes to text


def _decoded(original: bytes, candidates: tuple[str, ...]) -> tuple[str, str]:
    """The text and the name of its encoding: the first that knows every byte."""
    if original.startswith(NOT_TEXT):
        raise ChatLogRefused("not_text")
    for encoding in candidates:
        try:
            text = original.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n"), encoding
    raise ChatLogRefused("unknown_encoding", line=_first_line_not_utf8(original))


def _candidates(original: bytes) -> tuple[str, ...]:
    """By mark, by zero bytes, then UTF-8 before what would make something of most bytes."""
    if original.startswith(b"\xef\xbb\xbf"):
        return ("utf-8",)
    if original.startswith(b"\xff\xfe"):
        return ("utf-16-le",)
    if original.startswith(b"\xfe\xff"):
        return ("utf-16-be",)
    # Digits and line ends of UTF-16 leave zero bytes, all on one side of the pair.
    sample = original[:4000]
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if max(first, second) > len(sample) // 20 and min(first, second) * 10 <= max(first, second):
        return ("utf-16-le" if second > first else "utf-16-be",)
    return ("utf-8", *BY_GUESS)


def _first_line_not_utf8(original: bytes) -> int | None:
    try:
        original.decode("utf-8")
    except UnicodeDecodeError as error:
        return original.count(b"\n", 0, error.start) + 1
    return None


# Text to entries, one function a format


def _format_of(text: str, filename: str) -> Callable[[str], Found]:
    first_line = next(line for line in text.split("\n") if line.strip())
    if _header(first_line):
        return _wangwang
    if first_line.lstrip().startswith(("{", "[")) or filename.lower().endswith(".json"):
        return _json
    if filename.lower().endswith(".csv") or len(_columns_of(first_line)) > 1:
        return _csv
    if any(_header(line) for line in text.split("\n")):
        return _wangwang
    raise ChatLogRefused("unknown_format")


def _header(line: str) -> re.Match[str] | None:
    return HEADER.fullmatch(line.rstrip()) if len(line) <= LONGEST_HEADER else None


def _wangwang(text: str) -> Found:
    lines = text.split("\n")
    found = [(number, _header(line)) for number, line in enumerate(lines)]
    headers = [(number, header) for number, header in found if header]
    preamble = any(line.strip() for line in lines[: headers[0][0]])
    notes = ("text_before_first_message",) if preamble else ()
    return Found("wangwang", _wangwang_entries(lines, headers), notes)


def _wangwang_entries(
    lines: list[str], headers: list[tuple[int, re.Match[str]]]
) -> Iterator[Entry]:
    ends = [*(number for number, _match in headers[1:]), len(lines)]
    for (start, header), end in zip(headers, ends, strict=True):
        is_separate = start == headers[0][0] or not lines[start - 1].strip()
        yield Entry(
            sent_at=header["sent_at"],
            sender=header["sender"],
            role="",
            text="\n".join(lines[start + 1 : end]).strip("\n"),
            line=start + 1,
            flags=() if is_separate else ("no_blank_line_before",),
        )


def _csv(text: str) -> Found:
    # Leading blank lines stay: line numbers are those of the file.
    heading = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names = [name.strip().lower() for name in next(_numbered(rows))[1]]
    columns = [COLUMNS.get(name, "") for name in names]
    known = [column for column in columns if column]
    if missing := [column for column in ("sent_at", "sender", "text") if column not in known]:
        raise ChatLogRefused("missing_column", line=1, column=missing[0])
    if repeated := [column for column in known if known.count(column) > 1]:
        raise ChatLogRefused("duplicate_key", line=1, key=repeated[0])
    notes = ("columns_ignored",) if "" in columns else ()
    return Found("csv", _csv_entries(_numbered(rows), columns), notes)


def _columns_of(heading: str) -> set[str]:
    names = re.split(f"[{DELIMITERS}]", heading.lower())
    return {COLUMNS[name.strip(' "')] for name in names if name.strip(' "') in COLUMNS}


def _numbered(rows: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line it begins on."""
    while True:
        line = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise ChatLogRefused("bad_csv", line=line) from None
        if any(field.strip() for field in row):
            yield line, row


def _csv_entries(rows: Iterator[tuple[int, list[str]]], columns: list[str]) -> Iterator[Entry]:
    for line, row in rows:
        if len(row) != len(columns):
            raise ChatLogRefused("wrong_columns", line=line, found=len(row), expected=len(columns))
        fields = dict(zip(columns, row, strict=True))
        yield Entry(
            sent_at=fields["sent_at"],
            sender=fields["sender"],
            role=fields.get("role", ""),
            text=fields["text"],
            line=line,
            id=fields.get("id", "").strip(),
        )


def _json(text: str) -> Found:
    try:
        document = json.loads(
            text, parse_constant=_no_number, object_pairs_hook=_object_without_repeats
        )
    except json.JSONDecodeError as error:
        raise ChatLogRefused(
            "bad_json", line=error.lineno, row=error.lineno, column=error.colno
        ) from None
    except RecursionError:
        raise ChatLogRefused("too_deep") from None
    except ValueError:  # an integer of more digits than Python converts
        raise ChatLogRefused("bad_number") from None
    messages = document.get("messages") if isinstance(document, dict) else document
    if not isinstance(messages, list):
        raise ChatLogRefused("unknown_format")
    return Found("json", _json_entries(messages), ())


def _no_number(constant: str) -> NoReturn:
    raise ChatLogRefused("bad_number")


def _object_without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ in which of two they take: two people would see different evidence.
    members = dict(pairs)
    if len(members) < len(pairs):
        [(repeated, _times)] = Counter(key for key, _value in pairs).most_common(1)
        raise ChatLogRefused("duplicate_key", key=_presentable(repeated))
    return members


def _json_entries(messages: list[Any]) -> Iterator[Entry]:
    for number, message in enumerate(messages, start=1):
        fields = message if isinstance(message, dict) else {}
        yield Entry(
            sent_at=_text_member("sent_at", fields.get("sent_at"), number),
            sender=_text_member("sender", fields.get("sender"), number),
            role=_text_member("role", fields.get("role") or "", number),
            text=_text_member("text", fields.get("text", fields.get("message")), number),
            line=None,
            id=_id_member(fields.get("id", fields.get("message_id"))),
        )


def _id_member(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _text_member(name: str, value: Any, number: int) -> str:
    if not isinstance(value, str):
        raise ChatLogRefused("missing_field", number=number, column=name)
    return value


# Entries to messages


@lru_cache(maxsize=1000)  # a log has few speakers and many messages
def _sender(written: str) -> tuple[str, tuple[str, ...]]:
    sender, flags = _cleaned(written.strip())
    if sender != (sender := _with_marks(sender)):
        flags.append("hidden_characters")
    return sender, tuple(flags)


def _judged(entry: Entry, number: int, timezone: tzinfo, limits: ChatLogLimits) -> Message:
    sender, sender_flags = _sender(entry.sender)
    if not sender:
        raise ChatLogRefused("missing_field", line=entry.line, number=number, column="sender")
    if len(sender) > limits.max_sender:
        raise ChatLogRefused(
            "sender_too_long", line=entry.line, number=number, limit=limits.max_sender
        )
    text, text_flags = _cleaned(entry.text)
    if len(text) > limits.max_characters:
        raise ChatLogRefused(
            "message_too_long", line=entry.line, number=number, limit=limits.max_characters
        )
    try:
        sent_at, time_assumed = _instant(entry.sent_at.strip(), timezone)
    except (ValueError, OverflowError):
        value = _presentable(entry.sent_at)
        raise ChatLogRefused("bad_time", line=entry.line, number=number, value=value) from None
    flags = (*entry.flags, *sender_flags, *text_flags)
    if not text.strip():
        flags = (*flags, "empty")
    return Message(sent_at, sender, "unknown", text, time_assumed, tuple(dict.fromkeys(flags)))


def _instant(written: str, timezone: tzinfo) -> tuple[datetime, bool]:
    """The instant in UTC, and whether its zone had to be assumed. Raises ValueError."""
    parts = TIME.fullmatch(written)
    if parts is None:
        raise ValueError(written)
    if int(parts["year"]) not in YEARS:
        raise ValueError(written)
    moment = datetime.fromisoformat(
        f"{parts['year']}-{parts['month']:0>2}-{parts['day']:0>2}"
        f"T{parts['hour']:0>2}:{parts['rest']}{parts['offset'] or ''}"
    )
    if moment.tzinfo is None:
        return moment.replace(tzinfo=timezone).astimezone(UTC), True
    return moment.astimezone(UTC), False


def _cleaned(text: str) -> tuple[str, list[str]]:
    """The text as every database and page can hold it, with a flag for each thing put right."""
    if not DOUBTFUL.search(text):
        return text, []
    flags = {
        "control_characters": CONTROLS.search(text),
        "broken_characters": SURROGATES.search(text),
        "hidden_characters": BIDI_CONTROLS.search(text),
    }
    text = SURROGATES.sub("\ufffd", CONTROLS.sub("", text))
    text = BIDI_CONTROLS.sub(lambda found: _mark(found[0]), text)
    return text, [flag for flag, found in flags.items() if found]


def _with_marks(name: str) -> str:
    """A name in which nothing is invisible, so that two that look the same are the same."""
    return "".join(_mark(char) if unicodedata.category(char) == "Cf" else char for char in name)


def _mark(char: str) -> str:
    return f"[U+{ord(char):04X}]"


def _presentable(value: str) -> str:
    return _with_marks(_cleaned(value)[0])[:40]


def _attributed(
    message: Message, entry: Entry, sides: Mapping[str, str] | None, now: datetime | None
) -> Message:
    claimed = SIDES.get(entry.role.strip().lower(), "unknown")
    named = sides or {}
    known = named.get(message.sender) or named.get(_shop(message.sender))
    flags = {
        "role_disagrees": known is not None and claimed not in ("unknown", known),
        "claims_platform": claimed == "platform" and known != "platform",
        "side_claimed": sides is not None and known is None and claimed in ("buyer", "merchant"),
        "future": now is not None and message.sent_at > now,
    }
    raised = tuple(flag for flag, applies in flags.items() if applies)
    return Message(
        message.sent_at,
        message.sender,
        known or claimed,
        message.text,
        message.time_assumed,
        message.flags + raised,
    )


@lru_cache(maxsize=1000)
def _shop(sender: str) -> str:
    """`shop:agent` speaks for the shop."""
    return re.split("[:：]", sender)[0]
