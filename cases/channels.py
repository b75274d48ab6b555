"""The ways a message leaves the portal. Within it, the notice's row itself is what people read."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection
from django.utils import translation
from django.utils.translation import ngettext

from accounts.models import User
from cases.models import Delivery, Notice
from cases.notices import due_in_words, sentence

WEBHOOK_SECONDS = 5.0
TOLD_APART = ("measure", "points")  # what other systems act on, besides the words


@dataclass(frozen=True)
class Message:
    """What one recipient is told at once: one notice, or the reminders of an hour as a digest.

    The id is the same at every try, so that the other end can recognise what it already has.
    """

    id: UUID
    notices: Sequence[Notice]
    people: Sequence[User]  # whoever still speaks for the recipient

    @property
    def subject(self) -> str:
        references = sorted({notice.case.reference for notice in self.notices})
        if len(references) == 1:
            return references[0]
        return ngettext(
            "%(count)s case needs you before its time is up",
            "%(count)s cases need you before their time is up",
            len(references),
        ) % {"count": len(references)}

    @property
    def lines(self) -> list[str]:
        return [sentence(notice, due=due_in_words(notice)) for notice in self.notices]


class Channel(Protocol):
    name: str

    def send(self, message: Message) -> bool:
        """Whether there was anybody to send it to. Raises whatever kept it from arriving."""

    def close(self) -> None:
        """After the last message of a run, and after each that failed: the next one starts afresh."""


class Mail:
    """Django's mail backend; one connection for all letters of a run."""

    name: str = Delivery.Channel.MAIL

    def __init__(self) -> None:
        self._connection = get_connection()

    def send(self, message: Message) -> bool:
        addresses = [person.email for person in message.people if person.email]
        if not addresses:
            return False
        self._connection.open()
        EmailMessage(
            subject=message.subject,
            body="\n".join(message.lines),
            to=addresses,
            headers={"Message-ID": f"<{message.id}@portal>"},
            connection=self._connection,
        ).send()
        return True

    def close(self) -> None:
        with suppress(OSError):
            self._connection.close()


class Webhook:
    """A signed POST to the operator's own endpoint.

    `X-Portal-Signature` is `sha256=` and the HMAC of the body; `Idempotency-Key` the message's id. Any
    answer but 2xx is a failure, a redirect too: the address was chosen by the operator, not by it.
    """

    name: str = Delivery.Channel.WEBHOOK

    def __init__(self, url: str, secret: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise ImproperlyConfigured("NOTICE_WEBHOOK_URL must begin with http:// or https://.")
        self._url, self._secret = url, secret.encode()
        # Not `build_opener`: that one follows redirects, and reads proxies, files and FTP as well.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler,
            urllib.request.HTTPSHandler,
            urllib.request.HTTPErrorProcessor,
            urllib.request.HTTPDefaultErrorHandler,
        ):
            self._opener.add_handler(handler())

    def send(self, message: Message) -> bool:
        body = json.dumps(as_json(message), ensure_ascii=False).encode()
        request = urllib.request.Request(  # noqa: S310  # http or https: see above
            self._url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": str(message.id),
                "X-Portal-Signature": f"sha256={signature(self._secret, body)}",
            },
            method="POST",
        )
        self._opener.open(request, timeout=WEBHOOK_SECONDS).close()
        return True

    def close(self) -> None:
        """Nothing is kept open."""


def signature(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def as_json(message: Message) -> dict[str, Any]:
    first = message.notices[0]
    kind, recipient = ("person", first.user) if first.user else ("shop", first.shop)
    return {
        "id": str(message.id),
        "to": {
            "kind": kind,
            "id": recipient.pk,  # type: ignore[union-attr]  # one of the two is there
            "source": recipient.source,  # type: ignore[union-attr]
            "external_id": recipient.external_id,  # type: ignore[union-attr]
        },
        "notices": [
            {
                "id": str(notice.pk),
                "case": notice.case.reference,
                "name": notice.name,
                "number": notice.number,
                "created_at": notice.created_at.isoformat(),
                "due_at": notice.facts.get("due"),
                **{name: notice.facts[name] for name in TOLD_APART if name in notice.facts},
                "text": line,
            }
            for notice, line in zip(message.notices, message.lines, strict=True)
        ],
    }


def configured() -> Iterator[Channel]:
    yield Mail()
    if settings.NOTICE_WEBHOOK_URL:
        yield Webhook(settings.NOTICE_WEBHOOK_URL, settings.NOTICE_WEBHOOK_SECRET)


def in_the_portals_language() -> translation.override:
    """Messages are written in one language; in the portal each reader has their own."""
    return translation.override(settings.LANGUAGE_CODE)
