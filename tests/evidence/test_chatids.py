"""Numbers in a log: given twice, with two texts, out of order, left out (row 65)."""

from __future__ import annotations

import json

from evidence.chatlogs import read_chat_log


def log(*messages):
    rows = [
        {
            "id": id,
            "sent_at": f"2026-03-08 10:{minute:02}:00+08:00",
            "sender": "林小满",
            "text": text,
        }
        for id, minute, text in messages
    ]
    return read_chat_log(json.dumps({"messages": rows}).encode(), filename="chat.json")


def flags(found):
    return [message.flags for message in found.messages]


def test_a_message_given_twice_is_one():
    found = log((1, 1, "在吗"), (2, 2, "碎了"), (1, 1, "在吗"))

    assert [message.text for message in found.messages] == ["在吗", "碎了"]
    assert found.notes == ("duplicates_merged",)
    assert flags(found) == [(), ()]


def test_one_number_with_two_texts_is_flagged_on_both():
    found = log((1, 1, "全额退款"), (2, 2, "好的"), (1, 1, "只退十元"))

    assert len(found.messages) == 3
    assert sorted(flags(found)) == [(), ("same_id_other_text",), ("same_id_other_text",)]


def test_a_number_lower_than_one_before_it_is_flagged():
    found = log((1, 1, "a"), (5, 2, "b"), (3, 4, "c"))

    assert flags(found) == [(), (), ("order_contradicts_ids",)]


def test_a_log_out_of_order_whose_times_agree_with_its_numbers_is_only_sorted():
    found = log((2, 2, "b"), (1, 1, "a"), (3, 3, "c"))

    assert [message.text for message in found.messages] == ["a", "b", "c"]
    assert flags(found) == [(), (), ()]
    assert found.notes == ("out_of_order",)


def test_a_few_numbers_left_out_are_noted_and_sparse_ones_are_not():
    dense = [(n, n % 60, f"m{n}") for n in range(1, 30) if n not in (7, 8)]
    sparse = [(n * 17, n, f"m{n}") for n in range(1, 30)]

    assert log(*dense).notes == ("ids_missing",)
    assert log(*sparse).notes == ()


def test_numbers_that_are_no_numbers_and_logs_without_say_nothing():
    assert log(("a9", 1, "a"), ("a1", 2, "b")).notes == ()
    assert flags(log((None, 1, "a"), (True, 2, "b"), ("", 3, "c"))) == [(), (), ()]


def test_a_csv_has_numbers_too():
    rows = "id,time,sender,message\n1,2026-03-08 10:00,a,甲\n1,2026-03-08 10:00,a,乙\n"

    found = read_chat_log(rows.encode(), filename="chat.csv")

    assert flags(found) == [("same_id_other_text",)] * 2
    assert found.notes == ()
