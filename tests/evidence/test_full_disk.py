"""A disk that fills up, and a sender who goes: no row, no part of a file, nobody stuck (faults 9 and 10)."""

import errno
import os
import subprocess
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.lifecycle import State
from evidence import intake
from evidence.intake import StorageFull, Submission, submit_exhibit
from evidence.models import Exhibit

JSON = {"HTTP_ACCEPT": "application/json", "HTTP_ACCEPT_LANGUAGE": "en"}
SAID = "The storage is full; your file was not saved."


def photo(colour="teal"):
    file = BytesIO()
    Image.effect_noise((200, 150), 60).convert("RGB").save(file, "JPEG", comment=colour.encode())
    return file.getvalue()


class FillsUp(FileSystemStorage):
    """Room for so many bytes more; what still fits of a file is written, as a real disk does."""

    room = 0

    def _save(self, name, content):
        whole = content.read()
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole[: self.room])
        self.room -= len(whole)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return name


def files_below(folder):
    return {path for path in Path(folder).rglob("*") if path.is_file()}


@pytest.fixture
def disk(tmp_path, monkeypatch):
    storage = FillsUp(location=tmp_path / "evidence")
    monkeypatch.setattr(intake, "sealed", lambda: storage)
    return storage


@pytest.fixture
def case(case_in):
    return case_in(State.AWAITING_MERCHANT, now=timezone.now())


@pytest.mark.parametrize("share", [0, 0.5, 0.99, 1.01])  # the last: the original fits, no preview
def test_f9_a_file_there_is_no_room_for_leaves_nothing(case, buyer, disk, now, share):
    disk.room = 10_000_000
    kept = submit_exhibit(case, Submission(photo("first"), "a.jpg"), by=buyer, now=now).exhibit
    before, events = files_below(disk.location), case.events.count()
    original = photo("second")
    disk.room = int(len(original) * share)

    with pytest.raises(StorageFull):
        submit_exhibit(case, Submission(original, "b.jpg"), by=buyer, now=now)

    assert files_below(disk.location) == before
    assert list(Exhibit.objects.filter(case=case)) == [kept]
    assert case.events.count() == events
    disk.room = 10_000_000  # and as soon as there is room again:
    again = submit_exhibit(case, Submission(original, "b.jpg"), by=buyer, now=now).exhibit
    assert again.label == "E-02"


def test_f9_a_script_reads_507_and_why(case, merchant, signed_in, disk):
    answer = signed_in(merchant).post(
        reverse("exhibits", args=[case.reference]),
        {"files": SimpleUploadedFile("a.jpg", photo())},
        **JSON,
    )

    assert answer.status_code == 507
    assert answer.json()["reason"].startswith(SAID)


def test_f9_a_page_says_so_and_keeps_what_was_typed(case, merchant, signed_in, disk):
    client = signed_in(merchant)

    page = client.post(
        reverse("merchant_case", args=[case.reference]),
        {
            "step": "respond",
            "text": "出库时完好无损。",
            "files": SimpleUploadedFile("a.jpg", photo()),
        },
        HTTP_ACCEPT_LANGUAGE="en",
    )

    assert page.status_code == 507
    assert SAID in page.content.decode()
    assert "出库时完好无损。" in page.content.decode()
    case.refresh_from_db(fields=["answered_at"])
    assert case.answered_at is None
    assert client.get(reverse("merchant_home")).status_code == 200


def test_f9_no_room_while_the_upload_arrives_keeps_what_was_typed(
    case, merchant, signed_in, monkeypatch, settings
):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryUploadedFile", full)
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100

    page = signed_in(merchant).post(
        reverse("merchant_case", args=[case.reference]),
        {"step": "respond", "text": "完好。", "files": SimpleUploadedFile("a.jpg", photo())},
        HTTP_ACCEPT_LANGUAGE="en",
    )

    assert (page.status_code, SAID in page.content.decode()) == (507, True)
    assert "完好。" in page.content.decode()


def test_f9_a_full_database_is_said_to_be_so(case, merchant, signed_in, monkeypatch):
    def full(*args, **kwargs):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr("portal.exhibits.deliver", full)

    answer = signed_in(merchant).post(reverse("exhibits", args=[case.reference]), **JSON)

    assert answer.status_code == 507
    assert "storage is full" in answer.json()["reason"]


@contextmanager
def small_disk(folder, size):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")
def test_f9_on_a_real_disk_of_64_kilobytes(case, buyer, tmp_path, monkeypatch, now):
    with small_disk(tmp_path, "64k"):
        storage = FileSystemStorage(location=tmp_path)
        monkeypatch.setattr(intake, "sealed", lambda: storage)
        outcomes = []
        for number in range(20):
            sent = Submission(photo(str(number)), f"{number}.jpg")
            try:
                submit_exhibit(case, sent, by=buyer, now=now)
            except StorageFull:
                outcomes.append("full")
            else:
                outcomes.append("kept")

        stored = {
            storage.path(name)
            for exhibit in Exhibit.objects.filter(case=case)
            for name in (exhibit.original.name, exhibit.preview.name, exhibit.thumbnail.name)
        }
        assert set(outcomes) == {"kept", "full"}
        assert {str(path) for path in files_below(tmp_path)} == stored


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a disk")
def test_f9_an_upload_larger_than_the_disk_it_arrives_on(
    case, merchant, signed_in, tmp_path, settings
):
    client, place = signed_in(merchant), reverse("exhibits", args=[case.reference])
    with small_disk(tmp_path, "64k"):
        settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
        settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
        large = SimpleUploadedFile("a.jpg", photo() + bytes(300_000))

        answers = [
            client.post(place, {"files": file}, **JSON)
            for file in (large, SimpleUploadedFile("b.jpg", photo()))
        ]

        assert [answer.status_code for answer in answers] == [507, 201]
        assert files_below(tmp_path) == set()
