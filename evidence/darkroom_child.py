"""The process that decodes pictures: it can compute, read its pipe and answer, and nothing else.

Started by `evidence.darkroom`, which see. It imports all it will need, decodes one small picture of each
format so that nothing is left to load, and then gives up the right to open anything.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from io import BytesIO
from typing import Any

from PIL import Image

from evidence.photos import Photo, PhotoRefused, read_photo

HEAD = 8  # bytes, big-endian: how long what follows is
STANDARD_STREAMS = 3
PICTURES = ("preview", "thumbnail")
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")


def serve(max_memory: int, max_cpu_seconds: int) -> None:
    """Answer until the pipe closes; a dead parent closes it too."""
    warm_up()
    confine(max_memory)
    answer({"ready": True})
    while (head := sys.stdin.buffer.read(HEAD)) and len(head) == HEAD:
        original = sys.stdin.buffer.read(int.from_bytes(head))
        grant(max_cpu_seconds)
        try:
            photo = read_photo(original)
        except PhotoRefused as refusal:
            answer({"refused": refusal.code, "facts": refusal.facts})
        else:
            answer({"photo": facts_of(photo)}, photo.preview, photo.thumbnail)


def warm_up() -> None:
    """What is imported on first use (codecs, colour profiles) cannot be imported later."""
    small = Image.new("RGB", (16, 16), "teal")
    for name in FORMATS:
        file = BytesIO()
        small.save(file, name)
        read_photo(file.getvalue())


def confine(max_memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))
    # No new descriptor: no file to read or write, no socket, no program to start in its place.
    resource.setrlimit(resource.RLIMIT_NOFILE, (STANDARD_STREAMS, STANDARD_STREAMS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def grant(cpu_seconds: int) -> None:
    """So many seconds of computing for the next picture; the kernel ends the process after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_seconds, hard))


def facts_of(photo: Photo) -> dict[str, Any]:
    facts = asdict(photo)
    for name in PICTURES:
        del facts[name]
    return facts


def answer(facts: dict[str, Any], *pictures: bytes) -> None:
    """The facts as JSON with the lengths of the pictures, then the pictures."""
    written = json.dumps(facts | {"lengths": [len(picture) for picture in pictures]}).encode()
    for part in (len(written).to_bytes(HEAD), written, *pictures):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]), int(sys.argv[2]))
    except (MemoryError, BrokenPipeError):
        os._exit(1)  # the parent sees the pipe end, and does the rest
