"""Chat logs: taking 100,000 messages in, and finding a phrase among 1,000,000.

The limit of the import is COPY of the same rows, ready made, into the same table with the same indexes: nothing
read, judged or numbered. A search is held against LIKE over all messages, newest 50 both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from statistics import median
from typing import Any

from django.db import connection, transaction

from bench.lab import Lab, Result, Stopwatch, insist, say
from cases import bulk
from cases.models import Case
from evidence.attested import SAID, digest_of
from evidence.chatlogs import ChatLog, read_chat_log
from evidence.intake import numbered, store_messages
from evidence.models import Exhibit, Message
from portal.demo.dialogues import DIALOGUES, dialogue

MESSAGE_COLUMNS = ("case_id", "exhibit_id", *SAID)
LOGS, PER_LOG = 5, 20_000
MESSAGES = 1_000_000
ROUNDS = 3
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
RARE = ("珐琅", "錾刻", "珐琅彩釉杯")  # in one message of 50,000
NOT_THERE = ("鼹鼠", "从来没有人写过这句话")


def talk(chance: random.Random) -> Iterator[str]:
    """Messages made of the demo's dialogues cut to pieces: few pieces are frequent, most are not."""
    lines = [said.text for category in DIALOGUES for said in dialogue(category)]
    pieces = sorted({line[at : at + 4] for line in lines for at in range(0, len(line), 4)})
    chance.shuffle(pieces)
    weights = list(accumulate(1 / (rank + 1) ** 0.8 for rank in range(len(pieces))))
    number = 0
    while True:
        text = "".join(chance.choices(pieces, cum_weights=weights, k=chance.randrange(2, 7)))
        number += 1
        yield text + ("錾刻的珐琅彩釉杯" if number % 50_000 == 17 else "")


def as_csv(texts: Iterator[str]) -> bytes:
    rows = (
        f"{BEGAN + timedelta(seconds=7 * number):%Y-%m-%d %H:%M:%S},buyer{number % 2},buyer,{next(texts)}"
        for number in range(PER_LOG)
    )
    return "\n".join(["sent_at,sender,role,message", *rows]).encode()


def chat_import(lab: Lab) -> tuple[Result, ...]:
    texts = talk(random.Random(20261122))  # noqa: S311
    files = [as_csv(texts) for _ in range(LOGS)]
    ready = [read_chat_log(file, filename="chat.csv") for file in files]
    rates: dict[str, list[float]] = {"ours": [], "copy": []}
    for _round in range(ROUNDS):
        for way in rates:
            with lab.copy(lab.migrated()), connection.cursor() as cursor:
                # There is no case behind these messages; what a key costs is left out on both sides.
                cursor.execute("SET session_replication_role = replica")
                with Stopwatch() as watch:
                    for log_key, file in enumerate(files, start=1):
                        with transaction.atomic():
                            if way == "ours":
                                taken_in(file, log_key)
                            else:
                                copied(ready[log_key - 1], log_key)
                rates[way].append(LOGS * PER_LOG / watch.seconds)
                insist(Message.objects.count() == LOGS * PER_LOG, "messages are missing")
    ours, limit = median(rates["ours"]), median(rates["copy"])
    return (Result("chat_import", ours, limit, "messages/s", ours / limit, ">= 0.6"),)


def taken_in(file: bytes, log_key: int) -> None:
    messages = numbered(Case(pk=log_key), read_chat_log(file, filename="chat.csv"))
    insist(len(digest_of(messages)) == 64, "no digest")  # as it is entered on the docket
    store_messages(Exhibit(pk=log_key, case_id=log_key), messages)


def copied(log: ChatLog, log_key: int) -> None:
    rows = [
        row_of(number, log_key, said.sent_at, said.text) for number, said in enumerate(log.messages)
    ]
    bulk.insert(Message, MESSAGE_COLUMNS, rows)


def row_of(number: int, log_key: int, at: datetime, text: str) -> tuple[Any, ...]:
    return (log_key, log_key, number, at, True, "buyer", "buyer", text, [])


def chat_search(lab: Lab) -> tuple[Result, ...]:
    chance = random.Random(20261122)  # noqa: S311
    texts = talk(chance)
    with lab.copy(lab.migrated()), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DROP INDEX message_pairs")
        sample: list[str] = []
        with transaction.atomic():
            bulk.insert(Message, MESSAGE_COLUMNS, all_rows(texts, chance, sample))
        with Stopwatch() as watch:
            cursor.execute(
                "CREATE INDEX message_pairs ON evidence_message USING gin (chat_pairs(text))"
            )
        say(f"indexed {MESSAGES:,} messages in {watch.seconds:.0f} s")
        cursor.execute("VACUUM (ANALYZE) evidence_message")
        groups = {
            "rare": [*RARE, *NOT_THERE],
            "any": [
                text[at : at + many]
                for text, many in zip(sample, [2, 2, 3, 4, 6] * 8, strict=True)
                for at in [chance.randrange(max(1, len(text) - many))]
            ],
        }
        return tuple(searched(f"chat_search_{name}", phrases) for name, phrases in groups.items())


def all_rows(
    texts: Iterator[str], chance: random.Random, sample: list[str]
) -> Iterator[tuple[Any, ...]]:
    for number in range(MESSAGES):
        text = next(texts)
        if number % (MESSAGES // 40) == 0:
            sample.append(text)
        at = BEGAN + timedelta(seconds=chance.randrange(30_000_000))
        yield row_of(number % 200, number // 200 + 1, at, text)


def searched(name: str, phrases: list[str]) -> Result:
    spent: dict[str, list[float]] = {"ours": [], "like": []}
    for phrase in phrases:
        ways = {
            "ours": Message.objects.saying(phrase).newest()[:50],
            "like": Message.objects.filter(text__contains=phrase).newest()[:50],
        }
        answers = {}
        for _turn in range(2):
            for way, found in ways.items():
                with Stopwatch() as watch:
                    answers[way] = [message.pk for message in found.all()]
                spent[way].append(watch.seconds * 1000)
        insist(answers["ours"] == answers["like"], f"{phrase}: other messages were found")
    ours, like = median(spent["ours"]), median(spent["like"])
    say(
        f"{name}: {len(phrases)} phrases; slowest {max(spent['ours']):.1f} ms, LIKE {max(spent['like']):.0f}"
    )
    goal = "<= 10 ms, >= 50 x" if name.endswith("rare") else "<= 10 ms"
    return Result(name, ours, like, f"ms among {MESSAGES:,}", like / ours, goal)
