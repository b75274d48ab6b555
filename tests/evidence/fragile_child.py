"""A darkroom's child that does to itself what a hostile file might: for test_darkroom.py."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from evidence import darkroom_child
from evidence.photos import PhotoRefused, read_photo

ATTEMPTS = {
    b"READ": lambda: Path("/etc/hostname").read_bytes(),
    b"WRITE": lambda: Path("/tmp/written-by-a-photo").write_bytes(b"x"),
    b"CALL": lambda: socket.create_connection(("127.0.0.1", 9)),
    b"START": lambda: subprocess.run(["/bin/true"], check=True),
}


def fragile(original):
    word = original.partition(b" ")[0]
    if word == b"SEGFAULT":
        os.kill(os.getpid(), signal.SIGSEGV)
    if word == b"MEMORY":
        bytearray(10_000_000_000)
    if word in (b"FOREVER", b"SLEEP"):
        while True:
            if word == b"SLEEP":
                signal.pause()
    if word == b"BABBLE":
        darkroom_child.answer({"photo": {"format": "JPEG", "surprise": 1}}, b"", b"")
        return None
    if word == b"GARBAGE":
        os.write(1, (2).to_bytes(8) + b"{]" * 10)
    if word == b"ENDLESS":
        os.write(1, (1 << 60).to_bytes(8))
    if word in ATTEMPTS:
        try:
            ATTEMPTS[word]()
        except OSError as error:
            raise PhotoRefused("too_many_pixels", limit=error.errno or 0) from None
    return read_photo(original)


if __name__ == "__main__":
    darkroom_child.read_photo = lambda original: fragile(original) or SimpleNamespace()
    try:
        darkroom_child.serve(int(sys.argv[1]), int(sys.argv[2]))
    except MemoryError:
        os._exit(1)
