"""The webhook against a real endpoint that is down, then errs, then dawdles."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured

from cases import channels, outbox, sweep
from cases.lifecycle import State
from cases.models import Case, Delivery, Notice
from tests.factories import too_late_to_answer

HOUR = timedelta(hours=1)
SECRET = "known to both ends"


class Endpoint:
    """Somebody's endpoint: `answers` says how it treats the next request."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.asked = 0
        self.answer: Callable[[BaseHTTPRequestHandler], int] = lambda request: 200
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.asked += 1
                status = endpoint.answer(self)
                if status < 300:
                    endpoint.received.append((dict(self.headers), body))
                self.send_response(status)
                if status in (301, 302, 307, 308):
                    self.send_header("Location", f"{endpoint.url}elsewhere")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def ids(self) -> Counter[str]:
        return Counter(headers["Idempotency-Key"] for headers, _body in self.received)

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint(settings) -> Iterator[Endpoint]:
    stub = Endpoint()
    settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET = stub.url, SECRET
    yield stub
    stub.stop()


def test_a_notice_is_posted_signed_with_its_id(case_in, endpoint, shop, now):
    case = case_in(State.AWAITING_MERCHANT)
    notice = Notice.objects.get(shop=shop)

    assert outbox.relay(now) == 4

    bodies = {headers["Idempotency-Key"]: (headers, body) for headers, body in endpoint.received}
    headers, body = bodies[str(notice.pk)]
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Portal-Signature"] == f"sha256={expected}"
    told = json.loads(body)
    assert told["to"] == {
        "kind": "shop",
        "id": shop.pk,
        "source": "tests",
        "external_id": shop.external_id,
    }
    [line] = told["notices"]
    assert (line["case"], line["name"]) == (case.reference, "request_intervention")
    assert line["due_at"] == case.due_at.isoformat()
    assert case.reference in line["text"]


def test_without_an_endpoint_nothing_is_posted(case_in, now):
    case_in(State.AWAITING_MERCHANT)

    outbox.relay(now)

    assert set(Delivery.objects.values_list("channel", flat=True)) == {"mail"}


def test_down_then_erring_then_slow_nothing_is_lost_and_nothing_comes_thrice(
    case_in, endpoint, settings, monkeypatch, now
):
    """While it lasts letters go out as ever, each once, and the clock is not held up."""
    for _ in range(10):
        case_in(State.AWAITING_MERCHANT)
    expected = {str(pk) for pk in Notice.objects.values_list("pk", flat=True)}
    monkeypatch.setattr(channels, "WEBHOOK_SECONDS", 0.2)
    working = settings.NOTICE_WEBHOOK_URL
    at = now

    settings.NOTICE_WEBHOOK_URL = "http://127.0.0.1:1/"  # nobody listens there
    for _ in range(6):
        outbox.relay(at)
        at += HOUR
    settings.NOTICE_WEBHOOK_URL = working
    endpoint.answer = lambda request: 500
    for _ in range(3):
        outbox.relay(at)
        at += HOUR
    answered, slow = Counter(), threading.Event()

    def dawdle(request: BaseHTTPRequestHandler) -> int:
        """Takes it, and answers only when the sender no longer waits."""
        slow.wait(5)
        answered[request.headers["Idempotency-Key"]] += 1
        return 200

    endpoint.answer = dawdle
    began = monotonic()
    outbox.relay(at)
    took = monotonic() - began
    slow.set()
    at += HOUR
    endpoint.answer = lambda request: 200
    outbox.relay(at)
    outbox.relay(at + HOUR)

    assert took < 3
    assert set(endpoint.ids()) == expected
    assert max(endpoint.ids().values()) <= 2
    assert not Delivery.objects.waiting().exists()
    letters = Counter(letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert letters == dict.fromkeys((f"<{pk}@portal>" for pk in expected), 1)


def test_a_sweep_is_not_held_up_by_an_endpoint_that_does_not_answer(case_in, endpoint, now):
    for _ in range(3):
        case_in(State.AWAITING_MERCHANT, now=now - too_late_to_answer("damaged"))
    endpoint.answer = lambda request: threading.Event().wait(1) or 200

    began = monotonic()
    sweep.run(now)

    assert monotonic() - began < 1
    assert Case.objects.filter(state=State.QUEUED).count() == 3
    assert endpoint.asked == 0


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(case_in, endpoint, now, status):
    case_in(State.AWAITING_MERCHANT)
    endpoint.answer = lambda request: status

    outbox.relay(now)

    assert endpoint.asked == 2  # once for each notice; nothing came to the other address
    waiting = Delivery.objects.waiting()
    assert [(row.channel, row.failures) for row in waiting] == [("webhook", 1)] * 2
    assert waiting[0].last_error.startswith(f"HTTPError: HTTP Error {status}")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "example.org"])
def test_only_an_address_of_the_web_is_taken(url):
    with pytest.raises(ImproperlyConfigured):
        channels.Webhook(url, SECRET)
