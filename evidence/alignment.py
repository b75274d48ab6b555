"""Two logs of one conversation, laid beside each other: what is the same, what differs, what is missing."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

SAME_CONVERSATION = 0.3  # of the smaller log's messages, where the two overlap in time
FEWEST = 2
LONGEST_COMPARED = 2000  # characters; longer texts are shown as changed as a whole
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Said:
    """A message as a log has it. Who said it counts as the side: names are written many ways."""

    label: str
    side: str
    sent_at: datetime
    text: str


@dataclass(frozen=True)
class Pair:
    """One row of the two logs. `kind`: same, changed (another text), moved (another time), missing."""

    kind: str
    left: Said | None
    right: Said | None

    @property
    def at(self) -> datetime:
        said = self.left or self.right
        assert said is not None  # noqa: S101  # a row has at least one side
        return said.sent_at


def aligned(left: Sequence[Said], right: Sequence[Said]) -> list[Pair]:
    """Every message of both logs once, in order of time.

    Paired are: the same words by the same side at the same time; then other words by that side at that
    time; then the same words at another time. What is left over is missing in the other log, unless
    the other log does not reach that far: then it is `outside`.
    """
    pairs: list[Pair] = []
    rest = (list(left), list(right))
    time = _to_the_minute if _is_coarse(left) or _is_coarse(right) else _exactly
    keys: tuple[tuple[str, Callable[[Said], Hashable]], ...] = (
        ("same", lambda said: (time(said), said.side, plain(said.text))),
        ("changed", lambda said: (time(said), said.side)),
        ("moved", lambda said: (said.side, plain(said.text))),
    )
    for kind, key in keys:
        found, rest = _paired(kind, key, *rest)
        pairs += found
    reach = _reach(right), _reach(left)
    pairs += [Pair(_left_over(said, reach[0]), said, None) for said in rest[0]]
    pairs += [Pair(_left_over(said, reach[1]), None, said) for said in rest[1]]
    return sorted(pairs, key=lambda pair: (pair.at, pair.left is None))


def _paired(
    kind: str, key: Callable[[Said], Hashable], left: Iterable[Said], right: Iterable[Said]
) -> tuple[list[Pair], tuple[list[Said], list[Said]]]:
    waiting: defaultdict[Hashable, deque[Said]] = defaultdict(deque)
    for said in right:
        waiting[key(said)].append(said)
    pairs, alone = [], []
    for said in left:
        candidates = waiting.get(key(said))
        if candidates:
            pairs.append(Pair(kind, said, candidates.popleft()))
        else:
            alone.append(said)
    return pairs, (alone, [said for group in waiting.values() for said in group])


def _is_coarse(log: Sequence[Said]) -> bool:
    """Whether an export gave whole minutes only."""
    return len(log) >= 3 and not any(said.sent_at.second for said in log)


def _to_the_minute(said: Said) -> datetime:
    return said.sent_at.replace(second=0, microsecond=0)


def _exactly(said: Said) -> datetime:
    return said.sent_at


def _reach(log: Sequence[Said]) -> tuple[datetime, datetime] | None:
    times = [said.sent_at for said in log]
    return (min(times), max(times)) if times else None


def _left_over(said: Said, reach: tuple[datetime, datetime] | None) -> str:
    return "missing" if reach and reach[0] <= said.sent_at <= reach[1] else "outside"


def are_one_conversation(left: Sequence[Said], right: Sequence[Said]) -> bool:
    """Whether two logs are of one conversation: much of the smaller is in the other."""
    words = {(said.side, plain(said.text)) for said in left}
    common = sum((said.side, plain(said.text)) in words for said in right)
    smaller = min(len(left), len(right))
    return common >= FEWEST and common >= SAME_CONVERSATION * smaller


def plain(text: str) -> str:
    """The words without the blanks between them, which exports add and drop."""
    return BLANKS.sub("", text)


def differing(one: str, other: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Both texts in pieces, True where they differ."""
    if max(len(one), len(other)) > LONGEST_COMPARED:
        return [(one, True)], [(other, True)]
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        left.append((one[a:b], kind != "equal"))
        right.append((other[c:d], kind != "equal"))
    return [piece for piece in left if piece[0]], [piece for piece in right if piece[0]]
