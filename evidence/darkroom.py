"""Pictures are decoded in processes of their own, which may die without harm: the pool of them.

A decoder is the likeliest place for a hostile file to do damage. So each child has limits of memory,
computing and time, opens no file and no socket, is given no secret, and answers in JSON and plain
bytes, which are checked. The pool starts with the first picture and lives as long as its process:
when that goes, however it goes, the pipes close and the children end.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import IO, Any, cast

from evidence.darkroom_child import HEAD, PICTURES
from evidence.photos import Photo, PhotoLimits, PhotoRefused

ROOT = Path(__file__).resolve().parent.parent
# What a child is told of the world; no address of a database and no key.
TOLD = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")
MEGABYTE = 1_000_000
PIPE_BYTES = 1 << 20  # a photo changes hands in a few pieces, not in a hundred
LONGEST_ANSWER = 20 * MEGABYTE
AT_ONCE = min(2, os.cpu_count() or 1)  # a third would only wait for a core


class Undeveloped(Exception):
    """The child died or was ended over a file, which says nothing about whether the file is honest."""


class Darkroom:
    """A pool of children, used by any number of threads; a fork starts a pool of its own."""

    def __init__(
        self,
        *,
        module: str = "evidence.darkroom_child",
        at_once: int = AT_ONCE,
        max_memory: int = 1_000 * MEGABYTE,
        max_cpu_seconds: int = 5,
        max_seconds: float = 15.0,
    ) -> None:
        self.command = [sys.executable, "-m", module, str(max_memory), str(max_cpu_seconds)]
        self.at_once, self.max_seconds = at_once, max_seconds
        self.open()
        os.register_at_fork(after_in_child=self.open)

    def open(self) -> None:
        """Begin with nobody. After a fork the children are the parent's; only the pipes' copies go."""
        self.idle: list[Child] = []
        self.lock, self.places = Lock(), BoundedSemaphore(self.at_once)

    def develop(self, original: bytes) -> Photo:
        """What `read_photo` makes of it. Raises PhotoRefused as that does, and Undeveloped."""
        if len(original) > PhotoLimits.max_bytes:
            raise PhotoRefused("too_many_bytes", limit=PhotoLimits.max_bytes // MEGABYTE)
        with self.places:
            by = time.monotonic() + self.max_seconds
            child = self.take() or Child(self.command, by=by)
            try:
                photo = child.develop(original, by=by)
            except PhotoRefused:
                self.put_back(child)
                raise
            except BaseException:
                child.end()
                raise
            self.put_back(child)
            return photo

    def take(self) -> Child | None:
        """A child that waits; one that died while waiting is buried."""
        with self.lock:
            while self.idle:
                child = self.idle.pop()
                if child.is_alive():
                    return child
                child.end()
        return None

    def put_back(self, child: Child) -> None:
        with self.lock:
            self.idle.append(child)

    def close(self) -> None:
        with self.lock:
            while self.idle:
                self.idle.pop().end()


class Child:
    """One process and its two pipes."""

    def __init__(self, command: list[str], *, by: float) -> None:
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd=ROOT,
                # One arena: its threads would otherwise each reserve memory they never use.
                env={name: os.environ[name] for name in TOLD if name in os.environ}
                | {"MALLOC_ARENA_MAX": "1"},
            )
        except OSError as error:
            raise Undeveloped("no process could be started") from error
        self.to_child = cast(IO[bytes], self.process.stdin)
        self.from_child = cast(IO[bytes], self.process.stdout)
        os.set_blocking(self.to_child.fileno(), False)
        for pipe in (self.to_child, self.from_child):
            fcntl(pipe.fileno(), F_SETPIPE_SZ, PIPE_BYTES)
        try:
            self.answer(by)
        except BaseException:
            self.end()
            raise

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def develop(self, original: bytes, *, by: float) -> Photo:
        self.send(len(original).to_bytes(HEAD) + original, by)
        facts, pictures = self.answer(by)
        if "refused" in facts:
            raise PhotoRefused(str(facts["refused"]), **facts["facts"])
        try:
            found = facts["photo"] | dict(zip(PICTURES, pictures, strict=True))
            return Photo(**found | {"notes": tuple(found["notes"])})
        except (KeyError, TypeError, ValueError) as error:
            raise Undeveloped("an answer that is none") from error

    def send(self, message: bytes, by: float) -> None:
        left = memoryview(message)
        while left:
            self.wait_for(writing=True, by=by)
            try:
                left = left[os.write(self.to_child.fileno(), left) :]
            except OSError as error:
                raise Undeveloped("it ended while the file was handed over") from error

    def answer(self, by: float) -> tuple[dict[str, Any], list[bytes]]:
        try:
            facts = json.loads(self.receive(int.from_bytes(self.receive(HEAD, by)), by))
            return facts, [self.receive(int(length), by) for length in facts["lengths"]]
        except (KeyError, TypeError, ValueError) as error:
            raise Undeveloped("an answer that is none") from error

    def receive(self, length: int, by: float) -> bytes:
        if not 0 <= length <= LONGEST_ANSWER:
            raise Undeveloped("an answer without end")
        parts: list[bytes] = []
        while length:
            self.wait_for(writing=False, by=by)
            part = os.read(self.from_child.fileno(), length)
            if not part:
                raise Undeveloped("it ended over the file")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def wait_for(self, *, writing: bool, by: float) -> None:
        watched = select.poll()
        pipe, event = (
            (self.to_child, select.POLLOUT) if writing else (self.from_child, select.POLLIN)
        )
        watched.register(pipe.fileno(), event)
        if not watched.poll(max(0.0, by - time.monotonic()) * 1000):
            raise Undeveloped("it took too long")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.to_child.close()
        self.from_child.close()


darkroom = Darkroom()
