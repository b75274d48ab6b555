"""A browser without scripts: it sees the forms of a page, fills them in and sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client

NOT_SENT = {"submit", "button", "image", "reset", "file"}


@dataclass
class Form:
    """`values` is what would be sent untouched; `names` all there is to fill in; `buttons` what sends it."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.inside: Form | None = None
        self.writing: tuple[Form, str] | None = None
        self.choosing: tuple[Form, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = Form(has.get("action", ""), has.get("method", "get").lower())
            self.found.append(self.inside)
            self.by_id[has.get("id", "")] = self.inside
            return
        form = self.by_id.get(has["form"]) if "form" in has else self.inside
        if tag == "option" and self.choosing:
            owner, name = self.choosing
            if "selected" in has or name not in owner.values:
                owner.values[name] = [has.get("value", "")]
        elif form is None or "disabled" in has:
            return
        elif tag == "button":
            form.buttons.append((has.get("name", ""), has.get("value", "")))
        elif "name" not in has:
            return
        elif tag == "input":
            self.take_input(form, has)
        elif tag == "textarea":
            form.names.add(has["name"])
            form.values[has["name"]] = [""]
            self.writing = form, has["name"]
        elif tag == "select":
            form.names.add(has["name"])
            self.choosing = form, has["name"]

    def take_input(self, form: Form, has: dict[str, str]) -> None:
        form.names.add(has["name"])
        kind = has.get("type", "text")
        if kind in NOT_SENT or (kind in ("checkbox", "radio") and "checked" not in has):
            return
        nothing = "on" if kind in ("checkbox", "radio") else ""
        form.values.setdefault(has["name"], []).append(has.get("value", nothing))

    def handle_data(self, words: str) -> None:
        if self.writing:
            form, name = self.writing
            form.values[name][0] += words

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = None
        elif tag == "textarea" and self.writing:
            form, name = self.writing
            form.values[name][0] = form.values[name][0].removeprefix("\n")
            self.writing = None
        elif tag == "select":
            self.choosing = None


class Visitor:
    """Somebody signed in, on a page."""

    def __init__(self, client: Client) -> None:
        self.client, self.at = client, ""
        self.page: HttpResponse | None = None

    def visit(self, address: str) -> Visitor:
        self.page = self.client.get(address, follow=True)
        self.at = self.page.redirect_chain[-1][0] if self.page.redirect_chain else address
        return self

    @property
    def words(self) -> str:
        assert self.page is not None
        return self.page.content.decode()

    def form_with(self, *names: str, to: str = "") -> Form:
        """The first form that has all these fields and whose address ends so."""
        for form in Forms(self.words).found:
            if set(names) <= form.names and form.action.endswith(to):
                return form
        raise AssertionError(f"no form to {to!r} with {names} at {self.at}")

    def send(self, *, to: str = "", **typed: Any) -> Visitor:
        """Fill in a form of this page and press its button; come out where that leads."""
        form = self.form_with(*typed, to=to)
        address = urlsplit(urljoin(self.at, form.action)).path
        pressed = {name: [value] for name, value in form.buttons[:1] if name}
        self.page = self.client.post(address, {**form.values, **pressed, **typed}, follow=True)
        self.at = self.page.redirect_chain[-1][0] if self.page.redirect_chain else address
        return self
