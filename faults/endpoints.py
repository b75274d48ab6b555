"""A mail server and a webhook's other end that can be down, refuse everything, or dawdle."""

from __future__ import annotations

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

MOODS = ("well", "refuses", "dawdles")


class Endpoint:
    """Counts by id what has arrived. `mood` is one of MOODS; it may be closed and opened again on its port."""

    mood = "well"

    def __init__(self, serve: Any, handle: Any, *, dawdling: float) -> None:
        self.serve, self.handle, self.dawdling = serve, handle, dawdling
        self.arrived: Counter[str] = Counter()
        self.port = 0
        self.open()

    def open(self) -> None:
        self.serve.allow_reuse_address = True
        self.server = self.serve(("127.0.0.1", self.port), self.handle)
        self.server.daemon_threads = True
        self.server.endpoint = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def takes(self, key: str) -> bool:
        if self.mood == "dawdles":
            time.sleep(self.dawdling)
        if self.mood == "refuses":
            return False
        self.arrived[key] += 1
        return True


class Letters(StreamRequestHandler):
    """As much of SMTP as one client speaks."""

    def handle(self) -> None:
        endpoint: Endpoint = self.server.endpoint  # type: ignore[attr-defined]
        self.say("220 ready")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                [key] = [each.split(b":", 1)[1].strip() for each in lines if is_id(each)][:1]
                self.say("250 kept" if endpoint.takes(key.decode()) else "451 try later")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


def is_id(line: bytes) -> bool:
    return line.lower().startswith(b"message-id:")


class Posts(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        endpoint: Endpoint = self.server.endpoint  # type: ignore[attr-defined]
        self.send_response(204 if endpoint.takes(self.headers["Idempotency-Key"]) else 500)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Nothing is said."""


def mail_server(dawdling: float) -> Endpoint:
    return Endpoint(ThreadingTCPServer, Letters, dawdling=dawdling)


def webhook(dawdling: float) -> Endpoint:
    return Endpoint(ThreadingHTTPServer, Posts, dawdling=dawdling)
