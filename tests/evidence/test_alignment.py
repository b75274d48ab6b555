"""Two logs of one conversation: every message of both appears once, paired where it has a counterpart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from evidence.alignment import Said, aligned, are_one_conversation, differing

NOW = datetime(2026, 3, 8, 2, 0, 7, tzinfo=UTC)


def said(number, text, side="buyer", minute=None, second=7):
    at = NOW.replace(second=second) + timedelta(minutes=number if minute is None else minute)
    return Said(f"C-{number}", side, at, text)


LEFT = [said(n, f"第{n}句", side) for n, side in enumerate(("buyer", "merchant") * 3)]


def kinds(left, right):
    return [
        (pair.kind, pair.left and pair.left.label, pair.right and pair.right.label)
        for pair in aligned(left, right)
    ]


def other(log, start=100):
    return [
        Said(f"C-{start + n}", each.side, each.sent_at, each.text) for n, each in enumerate(log)
    ]


def test_two_equal_logs_agree_in_everything():  # row 66
    right = other(LEFT)

    assert kinds(LEFT, right) == [("same", f"C-{n}", f"C-{100 + n}") for n in range(6)]
    assert are_one_conversation(LEFT, right)


def test_other_words_at_the_same_time_are_a_change():
    right = other(LEFT)
    right[2] = Said("C-102", "buyer", right[2].sent_at, "换成别的话")

    assert kinds(LEFT, right)[2] == ("changed", "C-2", "C-102")


def test_what_the_other_leaves_out_is_missing_and_what_it_does_not_reach_is_outside():
    right = other(LEFT)
    del right[2]
    del right[-1]

    found = kinds(LEFT, right)

    assert found[2] == ("missing", "C-2", None)
    assert found[5] == ("outside", "C-5", None)


def test_what_the_other_puts_in_is_missing_here():
    right = other(LEFT)
    right.append(said(300, "多出来的", "merchant", minute=3, second=20))

    assert ("missing", None, "C-300") in kinds(LEFT, right)


def test_the_same_words_at_another_time_are_moved():
    right = other(LEFT)
    right[3] = Said("C-103", "merchant", right[3].sent_at + timedelta(minutes=7), LEFT[3].text)

    assert ("moved", "C-3", "C-103") in kinds(LEFT, right)


def test_an_export_in_whole_minutes_and_with_other_blanks_is_the_same():
    right = [
        Said(f"C-{n + 100}", each.side, each.sent_at.replace(second=0), f" {each.text}\n")
        for n, each in enumerate(LEFT)
    ]

    assert {kind for kind, _left, _right in kinds(LEFT, right)} == {"same"}


def test_every_message_appears_exactly_once():
    left = [said(n, "在吗", minute=n % 3) for n in range(9)]
    right = other([said(n, "在吗" if n % 2 else "好的", minute=n % 4) for n in range(7)])

    pairs = aligned(left, right)

    assert sorted(p.left.label for p in pairs if p.left) == sorted(s.label for s in left)
    assert sorted(p.right.label for p in pairs if p.right) == sorted(s.label for s in right)


def test_another_conversation_is_not_compared():
    assert not are_one_conversation(LEFT, [said(n, f"别的{n}") for n in range(50, 56)])
    assert not are_one_conversation(LEFT, [])
    assert not are_one_conversation(LEFT, other(LEFT[:1]))


def test_texts_are_told_apart_piece_by_piece():
    left, right = differing("运费全报", "运费报十二元")

    assert "".join(text for text, _differs in left) == "运费全报"
    assert "".join(text for text, _differs in right) == "运费报十二元"
    assert ("运费", False) in left
    assert ("十二元", True) in right


def test_a_very_long_text_is_marked_as_a_whole():
    assert differing("a" * 3000, "b") == ([("a" * 3000, True)], [("b", True)])


def test_twenty_thousand_equal_words_are_paired_at_once():
    left = [said(n, "在吗", minute=n) for n in range(20_000)]
    right = other([said(n, "在吗", minute=n + 40_000) for n in range(20_000)])

    assert {pair.kind for pair in aligned(left, right)} == {"moved"}
