"""The file broker: a message is seen whole or not at all, and a broken one stops nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from kombu import Connection

from arbitration.celery import app


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def queue(folder: Path):
    assert app.main == "arbitration"  # importing it names the transport
    options = {
        "data_folder_in": str(folder / "messages"),
        "data_folder_out": str(folder / "messages"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.05,
    }
    with Connection("files://localhost", transport_options=options) as connection:
        # A name of its own: kombu remembers bindings for the life of the process.
        yield connection.SimpleQueue(folder.name)


def test_a_message_arrives_as_it_was_sent(queue):
    queue.put({"ring": 1})

    message = queue.get(timeout=2)

    assert message.payload == {"ring": 1}


def test_a_message_being_written_is_not_yet_there(queue, folder):
    (folder / "messages" / f".1_unfinished.{folder.name}.msg.part").write_bytes(b'{"half')

    with pytest.raises(queue.Empty):
        queue.get(timeout=0.3)


def test_a_broken_message_is_dropped_and_the_next_one_delivered(queue, folder):
    (folder / "messages" / f"0_broken.{folder.name}.msg").write_bytes(b"")
    queue.put({"ring": 2})

    assert queue.get(timeout=2).payload == {"ring": 2}
