"""People with browsers, as far as a web server can tell."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import requests
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import get_random_string

from accounts.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection broke before an answer came."""

    status: int
    place: str = ""
    text: str = ""


class Visitor:
    """Somebody who is signed in. Redirects are reported, not followed."""

    def __init__(self, address: str, user: User) -> None:
        self.address, self.user = address, user
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        self.key = get_random_string(32)
        self.cookies = {
            "sessionid": session.session_key or "",
            "csrftoken": self.key,
            "django_language": "en",
        }

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, files: Any = None, accept: str = "text/html", **typed: Any) -> Answer:
        typed["csrfmiddlewaretoken"] = self.key
        return self.send("POST", path, data=typed, files=files, headers={"Accept": accept})

    def send(self, method: str, path: str, **what: Any) -> Answer:
        try:
            answer = requests.request(
                method,
                f"{self.address}{path}",
                cookies=self.cookies,
                allow_redirects=False,
                timeout=PATIENCE_SECONDS,
                **what,
            )
        except requests.RequestException as error:
            return Answer(0, text=repr(error))
        return Answer(answer.status_code, answer.headers.get("Location", ""), answer.text)


def together(posts: Sequence[Any]) -> list[Answer]:
    """What each of these calls was answered, when all of them are sent in the same instant."""
    gate = Barrier(len(posts))

    def send(post: Any) -> Answer:
        gate.wait(PATIENCE_SECONDS)
        answer: Answer = post()
        return answer

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(send, posts))
