"""Decoding apart: a file may end the process that looks into it, and nothing more (fault 21)."""

import errno
import os
import resource
import signal
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from cases import docket
from cases.lifecycle import State
from cases.models import Case
from evidence import intake
from evidence.darkroom import ROOT, Darkroom, Undeveloped
from evidence.intake import ExhibitRefused, Submission, submit_exhibit
from evidence.models import Exhibit
from evidence.photos import PhotoRefused, read_photo

MEGABYTE = 1_000_000


def photo(colour="teal", size=(64, 48)):
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG")
    return file.getvalue()


def drawn_from_nothing(width, height):
    """A whole PNG of that many pixels in a few kilobytes."""

    def chunk(name, content):
        sealed = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + sealed

    lines = zlib.compressobj(1)
    packed = b"".join(lines.compress(bytes(1 + width * 4)) for _row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", packed + lines.flush())
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def room():
    rooms = []

    def opened(**limits):
        rooms.append(Darkroom(**limits))
        return rooms[-1]

    yield opened
    for each in rooms:
        each.close()


@pytest.fixture
def fragile(room):
    return room(module="tests.evidence.fragile_child", at_once=1, max_cpu_seconds=1, max_seconds=3)


def pids(room):
    return [child.process.pid for child in room.idle]


def is_gone(pid):
    """Ended and buried: not even a zombie."""
    return not Path(f"/proc/{pid}").exists()


def test_a_photo_is_what_it_is_here(room):
    original = photo()

    assert room().develop(original) == read_photo(original)


def test_a_refusal_comes_back_with_its_facts_and_the_child_stays(room):
    darkroom = room(at_once=1)

    with pytest.raises(PhotoRefused) as refused:
        darkroom.develop(drawn_from_nothing(6400, 6400))

    [before] = pids(darkroom)
    assert (refused.value.code, refused.value.facts) == ("too_many_pixels", {"limit": 40})
    darkroom.develop(photo())
    assert pids(darkroom) == [before]


def test_a_file_over_the_limit_is_not_even_handed_over(room):
    darkroom = room()

    with pytest.raises(PhotoRefused):
        darkroom.develop(bytes(20_000_001))

    assert pids(darkroom) == []


@pytest.mark.parametrize(
    "deadly", ["SEGFAULT", "MEMORY", "FOREVER", "SLEEP", "BABBLE", "GARBAGE", "ENDLESS"]
)
def test_a_file_that_ends_the_child_leaves_the_pool_alive(fragile, deadly):
    fragile.develop(photo())
    [before] = pids(fragile)

    with pytest.raises(Undeveloped):
        fragile.develop(deadly.encode())

    assert is_gone(before)
    assert fragile.develop(photo("red")) == read_photo(photo("red"))
    assert before not in pids(fragile)


def test_a_real_photo_too_large_for_the_memory_granted_ends_the_child(room):
    small = room(max_memory=200 * MEGABYTE, at_once=1)

    with pytest.raises(Undeveloped):
        small.develop(drawn_from_nothing(6300, 6300))

    assert small.develop(photo()).width == 64


@pytest.mark.parametrize("attempt", ["READ", "WRITE", "CALL", "START"])
def test_the_child_reaches_no_file_no_network_and_no_program(fragile, attempt):
    with pytest.raises(PhotoRefused) as refused:
        fragile.develop(attempt.encode())

    assert refused.value.facts == {"limit": errno.EMFILE}


def test_the_child_is_told_no_secret(room, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    darkroom = room(at_once=1)
    darkroom.develop(photo())

    [pid] = pids(darkroom)

    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_row_08_forty_megapixels_are_read_within_400_mb(room):
    darkroom = room(at_once=1)
    darkroom.develop(drawn_from_nothing(6300, 6300))

    [pid] = pids(darkroom)
    status = Path(f"/proc/{pid}/status").read_text()

    most_kilobytes = int(status.partition("VmHWM:")[2].split()[0])
    assert most_kilobytes < 400_000


def test_a_child_that_dies_while_it_waits_is_replaced(room):
    darkroom = room(at_once=1)
    darkroom.develop(photo())
    [waiting] = darkroom.idle
    os.kill(waiting.process.pid, signal.SIGKILL)
    waiting.process.wait()

    assert darkroom.develop(photo()).width == 64


def test_many_threads_share_two_children(room):
    darkroom = room(at_once=2)
    colours = [(shade, 0, 0) for shade in range(0, 240, 6)]

    with ThreadPoolExecutor(8) as threads:
        shown = list(threads.map(lambda colour: darkroom.develop(photo(colour)), colours))

    assert shown == [read_photo(photo(colour)) for colour in colours]
    assert len(pids(darkroom)) <= 2


def test_after_a_fork_there_is_another_pool(room):
    darkroom = room(at_once=1)
    darkroom.develop(photo())

    forked = os.fork()
    if not forked:
        met = 1
        try:
            met = int(darkroom.idle == [] and darkroom.develop(photo()).width)
            darkroom.close()
        finally:
            os._exit(met)
    _pid, status = os.waitpid(forked, 0)

    assert os.waitstatus_to_exitcode(status) == 64
    assert darkroom.develop(photo()).width == 64


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
def test_the_children_end_with_whoever_started_them(ended_by):
    script = (
        "import sys\n"
        "from evidence.darkroom import darkroom\n"
        "darkroom.develop(bytes.fromhex(sys.argv[1]))\n"
        "print(darkroom.idle[0].process.pid, flush=True)\n"
        "input()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, photo().hex()],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child = int(parent.stdout.readline())
    os.kill(child, 0)

    parent.send_signal(ended_by)
    parent.communicate()

    patience = time.monotonic() + 5
    while runs(child) and time.monotonic() < patience:
        time.sleep(0.01)
    assert not runs(child)


def runs(pid):
    """Whether it still does anything; who buries an orphan is the system's business."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_the_limits_are_the_childs_alone(room):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    room().develop(photo())

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


# --- What becomes of the exhibit -----------------------------------------------------------------


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT)


def test_a_deadly_file_is_kept_as_it_came_and_said_to_be_unread(
    case, buyer, fragile, monkeypatch, now
):
    monkeypatch.setattr(intake, "darkroom", fragile)
    deadly = b"SEGFAULT " + photo()

    kept = submit_exhibit(
        case, Submission(deadly, "a.jpg", kind="photo"), by=buyer, now=now
    ).exhibit

    stored = Exhibit.objects.get(pk=kept.pk)
    assert (stored.label, stored.kind, stored.status) == ("E-01", "photo", "rejected")
    assert stored.get_status_display() == "Could not be processed, original kept"
    assert stored.original.read() == deadly
    assert (stored.has_picture, stored.preview.name) == (False, "")
    assert case.events.get(name="exhibit").facts["status"] == "rejected"
    assert [bad for _case, _lines, bad in docket.verify([Case.objects.get(pk=case.pk)])] == [None]


def test_the_next_photo_is_read_as_ever(case, buyer, fragile, monkeypatch, now):
    monkeypatch.setattr(intake, "darkroom", fragile)
    submit_exhibit(case, Submission(b"MEMORY", "a.jpg", kind="photo"), by=buyer, now=now)

    kept = submit_exhibit(case, Submission(photo(), "b.jpg"), by=buyer, now=now).exhibit
    with pytest.raises(ExhibitRefused):
        submit_exhibit(case, Submission(photo()[:300], "c.jpg"), by=buyer, now=now)

    assert (kept.status, kept.has_picture) == ("accepted", True)
