"""Chat logs good, bad and hostile. Row numbers are those of the bad-input table."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest

from evidence.chatlogs import (
    REASONS,
    ChatLogLimits,
    ChatLogRefused,
    Message,
    explain,
    read_chat_log,
)

BUYER, AGENT = "tb90210", "云杉旗舰店:小禾"
HEADING = "sent_at,sender,role,message\n"
WANGWANG = f"""{BUYER} (2026-11-11 09:30:00):
收到的杯子碎了
盒子也压扁了

{AGENT} (2026-11-11 09:31:20):
亲，麻烦拍张照片给我们看看
"""
CSV = (
    HEADING
    + f'2026-11-11T09:30:00+08:00,{BUYER},buyer,"收到的杯子碎了\n盒子也压扁了"\n'
    + f"2026-11-11T09:31:20+08:00,{AGENT},merchant,亲，麻烦拍张照片给我们看看\n"
)
RECORDS = [
    {
        "sent_at": "2026-11-11T09:30:00+08:00",
        "sender": BUYER,
        "role": "buyer",
        "text": "收到的杯子碎了\n盒子也压扁了",
    },
    {
        "sent_at": "2026-11-11T09:31:20+08:00",
        "sender": AGENT,
        "role": "merchant",
        "text": "亲，麻烦拍张照片给我们看看",
    },
]
CONVERSATION = (
    Message(
        sent_at=datetime(2026, 11, 11, 1, 30, tzinfo=UTC),
        sender=BUYER,
        side="buyer",
        text="收到的杯子碎了\n盒子也压扁了",
        time_assumed=False,
    ),
    Message(
        sent_at=datetime(2026, 11, 11, 1, 31, 20, tzinfo=UTC),
        sender=AGENT,
        side="merchant",
        text="亲，麻烦拍张照片给我们看看",
        time_assumed=False,
    ),
)


def as_json(records):
    return json.dumps({"messages": records}, ensure_ascii=False).encode()


def one(**fields):
    """The only message of a log in JSON."""
    record = {"sent_at": "2026-11-11T09:30:00+08:00", "sender": BUYER, "text": "在吗"} | fields
    [message] = read_chat_log(json.dumps([record]).encode()).messages
    return message


def refusal(original, **options):
    with pytest.raises(ChatLogRefused) as caught:
        read_chat_log(original if isinstance(original, bytes) else original.encode(), **options)
    return caught.value


@pytest.mark.parametrize("records", [{"messages": RECORDS}, RECORDS], ids=["object", "list"])
def test_json_is_read(records):
    log = read_chat_log(json.dumps(records).encode())

    assert log.messages == CONVERSATION
    assert (log.format, log.encoding, log.notes) == ("json", "utf-8", ())
    assert log.speakers == (BUYER, AGENT)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])  # row 59
def test_csv_is_read_whatever_separates_it(delimiter):
    lines = CSV.replace(",", delimiter)

    log = read_chat_log(lines.encode())

    assert log.messages == CONVERSATION
    assert (log.format, log.notes) == ("csv", ())


def test_wangwang_text_is_read_with_the_sides_its_reader_knows():
    log = read_chat_log(WANGWANG.encode(), sides={BUYER: "buyer", "云杉旗舰店": "merchant"})

    assert log.messages == tuple(replace(message, time_assumed=True) for message in CONVERSATION)
    assert (log.format, log.notes) == ("wangwang", ())


def test_wangwang_text_alone_says_nothing_of_sides():
    log = read_chat_log(WANGWANG.encode())

    assert {message.side for message in log.messages} == {"unknown"}
    assert log.speakers == (BUYER, AGENT)


def test_wangwang_text_of_windows_with_wide_punctuation_is_read():
    text = WANGWANG.replace("(", "（").replace("):", ")：").replace(")", "）").replace("\n", "\r\n")

    log = read_chat_log(text.encode())

    assert [message.text for message in log.messages] == [message.text for message in CONVERSATION]


def test_a_date_in_a_message_does_not_begin_another():
    text = f"{BUYER} (2026-11-11 09:30:00):\n发货时间(2026-11-10)：\n没有收到"

    [message] = read_chat_log(text.encode()).messages

    assert message.text == "发货时间(2026-11-10)：\n没有收到"


def test_a_message_begun_without_a_blank_line_is_flagged():
    text = f"{BUYER} (2026-11-11 09:30:00):\n在吗\n{AGENT} (2026-11-11 09:31:00):\n在的"

    log = read_chat_log(text.encode())

    assert [message.flags for message in log.messages] == [(), ("no_blank_line_before",)]


def test_a_title_above_the_first_message_is_noted():
    log = read_chat_log(f"聊天记录\n\n{WANGWANG}".encode())

    assert len(log.messages) == 2
    assert log.notes == ("text_before_first_message",)


def test_an_indented_heading_is_a_quotation_and_begins_no_message():
    quoted = f"\t{AGENT} (2026-11-11 09:29:00):"

    assert refusal(quoted).code == "unknown_format"
    [message] = read_chat_log(f"{BUYER} (2026-11-11 09:30:00):\n{quoted}".encode()).messages
    assert message.text == quoted


def test_chinese_headings_and_roles_are_understood():
    text = f"时间,发送人,角色,内容\n2026/11/11 9:30,{BUYER},买家,在吗\n"

    [message] = read_chat_log(text.encode()).messages

    assert message.sent_at == datetime(2026, 11, 11, 1, 30, tzinfo=UTC)
    assert (message.side, message.time_assumed) == ("buyer", True)


# Rows 50 to 55: JSON


@pytest.mark.parametrize(
    ("original", "line", "column"),
    [
        ('{"messages": [\n  {"sent_at" "x"}]}', 2, 14),
        ('{"messages": [\n  1,\n]}', 3, 1),
        ('{"messages": [', 1, 15),
    ],
    ids=["malformed", "trailing comma", "truncated"],
)
def test_row_50_bad_json_is_refused_with_line_and_column(original, line, column):
    refused = refusal(original)

    assert (refused.code, refused.line) == ("bad_json", line)
    assert refused.facts == {"row": line, "column": column}
    assert f"line {line}, column {column}" in refused.message


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_row_51_what_is_not_a_number_is_refused(number):
    assert refusal(f'[{{"sent_at": {number}}}]').code == "bad_number"


def test_row_52_a_key_given_twice_is_refused():
    refused = refusal('[{"text": "退款", "sender": "a", "text": "不退款"}]')

    assert (refused.code, refused.facts) == ("duplicate_key", {"key": "text"})


def test_row_53_deep_nesting_is_refused():
    assert refusal("[" * 100_000 + "]" * 100_000).code == "too_deep"


def test_row_54_an_endless_number_is_refused():
    assert refusal('[{"id": ' + "9" * 5_000 + "}]").code == "bad_number"


def test_row_55_half_a_character_is_replaced_and_flagged():
    message = one(text="碎了\ud800")

    assert (message.text, message.flags) == ("碎了\ufffd", ("broken_characters",))


@pytest.mark.parametrize(
    "original",
    ["{}", "[]", '{"messages": 5}', '{"messages": []}', "[1]", '[{"sender": "a"}]', '[{"text":1}]'],
)
def test_json_of_another_shape_is_refused(original):
    assert refusal(original).code in {"unknown_format", "no_messages", "missing_field"}


def test_a_field_of_another_type_is_named_with_its_message():
    refused = refusal(as_json([RECORDS[0], RECORDS[1] | {"text": 42}]))

    assert refused.code == "missing_field"
    assert refused.facts == {"number": 2, "column": "text"}


# Rows 56 to 59: CSV


@pytest.mark.parametrize(
    "original",
    [
        (HEADING + f"2026-11-11 09:30:00,{BUYER},buyer,杯\0子\x1b碎了\n").encode(),
        as_json([RECORDS[0] | {"text": "杯\0子\x1b碎了"}]),
        f"{BUYER} (2026-11-11 09:30:00):\n杯\0子\x1b碎了\n".encode(),
    ],
    ids=["csv", "json", "wangwang"],
)
def test_row_56_zero_bytes_and_controls_are_taken_out_and_flagged(original):
    [message] = read_chat_log(original).messages

    assert (message.text, message.flags) == ("杯子碎了", ("control_characters",))


def test_row_57_a_field_without_end_is_refused_with_its_row():
    row = "2026-11-11 09:30:00,a,buyer,"

    refused = refusal(HEADING + row + "短\n" + row + "长" * 140_000)

    assert (refused.code, refused.line) == ("bad_csv", 3)


@pytest.mark.parametrize("original", ["x" * 4_900_000, "a" + " " * 4_900_000 + "b"])
def test_row_57_one_line_of_5_mb_is_refused(original):
    assert refusal(original).code == "unknown_format"


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)"])
def test_row_58_a_formula_stays_the_text_it_is(text):
    original = HEADING + f"2026-11-11 09:30:00,{BUYER},buyer,{text}\n"

    assert read_chat_log(original.encode()).messages[0].text == text


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        ('2026-11-11 09:30,a,buyer,"在吗\n', "bad_csv", 2),
        ('2026-11-11 09:30,a,buyer,"在"吗"\n', "bad_csv", 2),
        ("2026-11-11 09:30,a,buyer,在吗\n2026-11-11 09:31,a,在吗\n", "wrong_columns", 3),
        ("2026-11-11 09:30,a,buyer,你好,在吗\n", "wrong_columns", 2),
        ('2026-11-11 09:30,a,buyer,"1\n2"\nnow,a,buyer,3\n', "bad_time", 4),
        ("2026-11-11 09:30,,buyer,在吗\n", "missing_field", 2),
    ],
    ids=["open quote", "stray quote", "too few", "too many", "after a long row", "no sender"],
)
def test_row_59_a_bad_row_is_refused_with_its_line(rows, code, line):
    refused = refusal(HEADING + rows)

    assert (refused.code, refused.line) == (code, line)


def test_row_59_line_breaks_in_quotes_and_blank_rows_are_no_trouble():
    log = read_chat_log((CSV.replace("\n", "\r\n") + "\r\n,,,\r\n").encode())

    assert log.messages == CONVERSATION


def test_row_59_a_missing_column_is_named():
    refused = refusal("sent_at,role,message\n2026-11-11 09:30,buyer,在吗\n")

    assert (refused.code, refused.facts) == ("missing_column", {"column": "sender"})


def test_row_59_a_column_of_two_is_refused():
    assert refusal("time,sender,message,text\n").code == "duplicate_key"


def test_row_59_a_further_column_is_left_out_and_noted():
    original = f"sent_at,sender,message,device\n2026-11-11 09:30,{BUYER},在吗,phone\n"

    log = read_chat_log(original.encode())

    assert log.messages[0].text == "在吗"
    assert log.notes == ("columns_ignored",)


# Row 60: encodings


@pytest.mark.parametrize("text", [WANGWANG, CSV, as_json(RECORDS).decode()], ids=["w", "c", "j"])
@pytest.mark.parametrize(
    ("mark", "written_as", "encoding", "notes"),
    [
        (b"", "utf-8", "utf-8", ()),
        (b"", "utf-8-sig", "utf-8", ()),
        (b"\xff\xfe", "utf-16-le", "utf-16-le", ()),
        (b"\xfe\xff", "utf-16-be", "utf-16-be", ()),
        (b"", "utf-16-le", "utf-16-le", ()),
        (b"", "utf-16-be", "utf-16-be", ()),
        (b"", "gb18030", "gb18030", ("encoding_guessed",)),
        (b"", "gbk", "gb18030", ("encoding_guessed",)),
    ],
)
def test_row_60_each_encoding_gives_the_same_messages(text, mark, written_as, encoding, notes):
    log = read_chat_log(mark + text.encode(written_as))

    assert [message.text for message in log.messages] == [message.text for message in CONVERSATION]
    assert (log.encoding, log.notes) == (encoding, notes)


def test_row_60_an_encoding_like_no_other_is_refused_with_the_line():
    refused = refusal(WANGWANG.encode() + b"\xff\xff\xff")

    assert (refused.code, refused.line) == ("unknown_encoding", 7)


def test_row_60_half_a_character_at_the_end_of_utf_16_is_refused():
    assert refusal(b"\xff\xfe" + WANGWANG.encode("utf-16-le")[:-1]).code == "unknown_encoding"


# Rows 61 and 62: what the text says


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "{{7*7}}",
        "![](http://example.com/beacon.png)",
    ],
)
def test_row_61_markup_stays_the_text_it_is(text):
    assert one(text=text).text == text
    assert one(text=text).flags == ()


def test_row_62_what_is_invisible_in_a_name_is_marked():
    message = one(sender="tb\u202e90\u200b210")

    assert message.sender == "tb[U+202E]90[U+200B]210"
    assert message.flags == ("hidden_characters",)


def test_row_62_an_override_in_a_message_is_marked_and_emoji_are_whole():
    family = "👨\u200d👩\u200d👧"

    message = one(text=f"{family} \u202e款退不")

    assert message.text == f"{family} [U+202E]款退不"
    assert message.flags == ("hidden_characters",)


def test_row_62_a_name_that_sounds_official_gives_no_side():
    assert one(sender="Platform arbitrator").side == "unknown"


def test_row_62_who_claims_to_be_the_platform_is_flagged():
    message = one(role="platform")

    assert (message.side, message.flags) == ("platform", ("claims_platform",))


def test_row_62_the_readers_knowledge_outranks_the_files_claim():
    original = as_json([RECORDS[0] | {"role": "merchant"}])

    [message] = read_chat_log(original, sides={BUYER: "buyer"}).messages

    assert (message.side, message.flags) == ("buyer", ("role_disagrees",))


def test_row_62_a_side_that_only_the_file_gives_is_flagged():
    rows = "somebody,买家,我已收到货", "somebody else,,在吗", f"{BUYER},买家,在吗"
    original = "sent_at,sender,role,message\n" + "".join(
        f"2026-11-11T09:30:00+08:00,{row}\n" for row in rows
    )

    log = read_chat_log(original.encode(), sides={BUYER: "buyer"})

    assert [(message.side, message.flags) for message in log.messages] == [
        ("buyer", ("side_claimed",)),
        ("unknown", ()),
        ("buyer", ()),
    ]


# Rows 63 to 65: times


@pytest.mark.parametrize(
    "sent_at",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30T09:00:00",
        "2026-11-11T24:30:00",
        "2026-11-11T09:30:00+99:99",
        "1794360600",
        "yesterday",
        "",
        "2026-11-11",
    ],
)
def test_row_63_a_time_that_is_none_is_refused_with_its_line(sent_at):
    refused = refusal(HEADING + f"{sent_at},{BUYER},buyer,在吗\n")

    assert (refused.code, refused.line) == ("bad_time", 2)
    assert refused.facts == {"number": 1, "value": sent_at}


def test_row_63_a_day_that_is_none_is_refused_in_wangwang_text_too():
    refused = refusal(WANGWANG.replace("2026-11-11 09:31", "2026-11-31 09:31"))

    assert (refused.code, refused.line) == ("bad_time", 5)


@pytest.mark.parametrize("sent_at", [1794360600, 1794360600000, None])
def test_row_63_a_time_that_is_no_text_is_refused(sent_at):
    assert refusal(as_json([RECORDS[0] | {"sent_at": sent_at}])).code == "missing_field"


def test_row_63_messages_from_the_future_are_flagged():
    now = CONVERSATION[1].sent_at - timedelta(seconds=1)

    log = read_chat_log(as_json(RECORDS), now=now)

    assert [message.flags for message in log.messages] == [(), ("future",)]


@pytest.mark.parametrize(
    ("sent_at", "instant", "time_assumed"),
    [
        ("2026-11-11T09:30:00", datetime(2026, 11, 11, 1, 30, tzinfo=UTC), True),
        ("2026-11-11 09:30", datetime(2026, 11, 11, 1, 30, tzinfo=UTC), True),
        ("2026-11-11T09:30:00Z", datetime(2026, 11, 11, 9, 30, tzinfo=UTC), False),
        ("2026-11-11 09:30:00 +0900", datetime(2026, 11, 11, 0, 30, tzinfo=UTC), False),
        ("2026-11-11T09:30:00.5Z", datetime(2026, 11, 11, 9, 30, 0, 500_000, tzinfo=UTC), False),
    ],
)
def test_row_64_a_time_without_a_zone_is_beijing_time_and_says_so(sent_at, instant, time_assumed):
    message = one(sent_at=sent_at)

    assert (message.sent_at, message.time_assumed) == (instant, time_assumed)


def test_row_64_another_zone_can_be_chosen():
    log = read_chat_log(WANGWANG.encode(), timezone=ZoneInfo("Asia/Tokyo"))

    assert log.messages[0].sent_at == datetime(2026, 11, 11, 0, 30, tzinfo=UTC)


def test_row_65_messages_out_of_order_are_sorted_and_those_at_once_keep_theirs():
    later = RECORDS[1] | {"text": "后"}
    records = [RECORDS[1], later, RECORDS[0]]

    log = read_chat_log(as_json(records))

    assert [message.text for message in log.messages] == [
        RECORDS[0]["text"],
        RECORDS[1]["text"],
        "后",
    ]
    assert log.notes == ("out_of_order",)


# Row 67 and the limits


def zipped():
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("original", "filename", "code"),
    [
        (b"", "chat.txt", "empty"),
        (b" \n\t\n", "chat.txt", "empty"),
        (b"\xef\xbb\xbf", "chat.csv", "empty"),
        (b"\xff\xfe \0\n\0", "chat.csv", "empty"),
        (HEADING.encode(), "chat.csv", "no_messages"),
        (zipped(), "chat.csv", "not_text"),
        (bytes(range(256)) * 40, "chat.txt", "unknown_encoding"),
        (bytes(1000), "chat.csv", "missing_column"),
        (bytes(1000), "chat.txt", "unknown_format"),
        ("你好，在吗？".encode(), "chat.txt", "unknown_format"),
        ("你好，在吗？".encode(), "chat.json", "bad_json"),
        ("你好，在吗？".encode(), "chat.csv", "missing_column"),
    ],
)
def test_row_67_what_holds_no_messages_is_refused(original, filename, code):
    assert refusal(original, filename=filename).code == code


def test_row_67_one_message_over_the_limit_is_refused():
    rows = f"2026-11-11 09:30,{BUYER},buyer,在吗\n"

    assert len(read_chat_log((HEADING + rows * 20_000).encode()).messages) == 20_000
    assert refusal(HEADING + rows * 20_001).code == "too_many_messages"


def test_a_file_over_5_mb_is_refused():
    refused = refusal(b"x" * 5_000_001)

    assert refused.code == "too_many_bytes"
    assert "5 MB" in refused.message


def test_a_message_or_name_over_its_limit_is_refused_with_its_number():
    assert one(text="长" * 10_000).text == "长" * 10_000
    assert refusal(as_json([RECORDS[0] | {"text": "长" * 10_001}])).facts == {
        "number": 1,
        "limit": 10_000,
    }
    assert refusal(as_json([RECORDS[0] | {"sender": "长" * 101}])).code == "sender_too_long"


def test_limits_can_be_set():
    limits = ChatLogLimits(max_messages=1)

    assert refusal(as_json(RECORDS), limits=limits).code == "too_many_messages"


def test_a_message_without_text_is_kept_and_flagged():
    assert one(text=" ").flags == ("empty",)


def test_thousands_of_keys_with_one_given_twice_are_refused_at_once():
    keys = ",".join(f'"k{number}":0' for number in range(200_000))

    assert refusal("[{" + keys + ',"k199999":0}]').code == "duplicate_key"


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_makes_a_sentence(code):
    blanks = ("limit", "row", "column", "key", "found", "expected", "number", "value")

    assert explain(code, dict.fromkeys(blanks, 3)).endswith(".")


@pytest.mark.skipif("SAMPLES" not in os.environ, reason="no samples given")
def test_every_sample_chat_log_is_read():
    logs = sorted(Path(os.environ["SAMPLES"]).glob("bundles/*/chats/*"))

    assert logs
    for log in logs:
        assert len(read_chat_log(log.read_bytes(), filename=log.name).speakers) == 2
