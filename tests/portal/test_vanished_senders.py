"""Senders who go in the middle of a file (fault 10), against the real server."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from cases.lifecycle import State
from evidence.models import Exhibit
from tests.engines import ROOT
from tests.launch import free_port

pytestmark = pytest.mark.django_db(transaction=True)
VANISHING = [3_000_000] * 97 + [20_000_000] * 3  # bytes promised; half of them are sent
START_SECONDS = 60
KEY = "k" * 32
EDGE = "an-edge-between-parts"


@pytest.fixture
def server(process_env, tmp_path) -> Iterator[int]:
    port = free_port()
    arriving = tmp_path / "arriving"
    arriving.mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "arbitration.wsgi", "--no-control-socket"),
            *("--bind", f"127.0.0.1:{port}", "--threads", "4", "--log-level", "critical"),
        ],
        cwd=ROOT,
        env=process_env | {"TMPDIR": str(arriving), "DEMO": "true"},
        stderr=subprocess.DEVNULL,
    )
    try:
        patience = time.monotonic() + START_SECONDS
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < patience
            time.sleep(0.1)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def answers(port, seconds=20):
    try:
        with urlopen(f"http://127.0.0.1:{port}/login/", timeout=seconds) as page:
            return page.status == 200
    except OSError:
        return False


def cookies_of(person):
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; csrftoken={KEY}"


def part(content):
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    return head.encode() + content + f"\r\n--{EDGE}--\r\n".encode()


def headers_of(person):
    return {
        "Cookie": cookies_of(person),
        "X-CSRFToken": KEY,
        "Accept": "application/json",
        "Content-Type": f"multipart/form-data; boundary={EDGE}",
    }


def send_half(port, path, headers, length):
    body = part(b"\xff\xd8\xff" + bytes(length))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(head.encode() + body[: len(body) // 2])


def test_a_hundred_senders_who_vanish_half_way_leave_nothing(server, case_in, merchant, tmp_path):
    case = case_in(State.AWAITING_MERCHANT, now=timezone.now())
    path, headers = reverse("exhibits", args=[case.reference]), headers_of(merchant)

    with ThreadPoolExecutor(10) as senders:
        list(senders.map(lambda length: send_half(server, path, headers, length), VANISHING))

    with ThreadPoolExecutor(8) as readers:  # more than the server has threads: none is stuck
        assert all(readers.map(lambda _reader: answers(server), range(8)))
    assert not Exhibit.objects.filter(case=case).exists()
    patience = time.monotonic() + 10  # what the system still held of the last ones is read first
    while (left := list(tmp_path.rglob("*.upload*"))) and time.monotonic() < patience:
        time.sleep(0.05)
    assert left == []
    file = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "JPEG")
    request = Request(f"http://127.0.0.1:{server}{path}", part(file.getvalue()), headers)
    try:
        with urlopen(request, timeout=60) as answer:
            assert answer.status == 201
    except HTTPError as error:
        pytest.fail(error.read().decode()[:500])
    assert [exhibit.label for exhibit in Exhibit.objects.filter(case=case)] == ["E-01"]
