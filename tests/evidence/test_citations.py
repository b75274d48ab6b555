"""What a finding rests on, as people write it."""

import pytest

from evidence.citations import Region, pieces_of, read


@pytest.mark.parametrize(
    ("written", "pieces"),
    [
        ("", ()),
        ("E-01, c17", ("E-01", "C-17")),
        ("e1;C-5；[C-5]、E-2", ("E-01", "C-5", "E-02")),
        ("E-01@10,20,30,40 C-3", ("E-01@10,20,30,40", "C-3")),
        ("e1 @ 10, 20 ,30,40,E-02", ("E-01@10,20,30,40", "E-02")),
        ("Ｅ－０１＠１０，２０，３０，４０", ("E-01@10,20,30,40",)),
        ("E-01@9.6,20.4,30,40", ("E-01@10,20,30,40",)),
        ("C-17..C-21", ("C-17..C-21",)),
        ("c17-21 C17~C21 C-21…C-17 C-17至21", ("C-17..C-21",)),
        ("C-17..C-17", ("C-17",)),
        ("C-17 C-21", ("C-17", "C-21")),
        # What cannot be stays as it was typed, for the form to say so.
        ("E-01@10,20,0,40", ("E-01@10,20,0,40",)),
        ("E-01@80,20,30,40", ("E-01@80,20,30,40",)),
        ("E-01@10,20", ("E-01@10", "20")),
        ("C-1..C-900", ("C-1..C-900",)),
        ("photo 3", ("PHOTO", "3")),
    ],
)
def test_labels_are_read_in_every_way_they_are_typed(written, pieces):
    assert pieces_of(written) == pieces


def test_a_citation_knows_what_it_covers():
    assert read("C-17..C-19").covers == ("C-17", "C-18", "C-19")
    assert read("E-02@10,20,30,40").covers == ("E-02",)
    assert read("E-02@10,20,30,40").region == Region(10, 20, 30, 40)
    assert read("E-02").region is None


@pytest.mark.parametrize(
    "piece",
    ["", "D-3", "E-01@", "E-01@1,2,3", "E-01@0,0,101,5", "E-01@a,b,c,d", "C-1..C-201", "E-12345"],
)
def test_what_is_no_citation_is_none(piece):
    assert read(piece) is None
