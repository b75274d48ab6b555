"""The house rules that a reader would have to check by eye."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import get_resolver

from portal.permissions import TABLE

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("accounts", "cases", "evidence", "portal")
PURE = (
    "cases/rulebook.py",
    "cases/rulebook_diff.py",
    "cases/rulebook_text.py",
    "cases/calendar.py",
    "cases/merkle.py",
    "cases/points.py",
    "evidence/photos.py",
    "evidence/alignment.py",
    "evidence/chatids.py",
    "evidence/chatlogs.py",
    "evidence/contradictions.py",
    "evidence/likeness.py",
    "evidence/masking.py",
    "evidence/names.py",
    "portal/clocks.py",
)
CODE = sorted(
    path
    for floor in (*FLOORS, "arbitration")
    for path in (ROOT / floor).rglob("*.py")
    if "migrations" not in path.parts
)
PAGES = [
    path
    for path in CODE
    if path.is_relative_to(ROOT / "portal") and not {"management", "demo"} & set(path.parts)
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Scheduling belongs in the database: the broker may forget, repeat or delay what it is told to do later.
SCHEDULING_BY_BROKER = re.compile(r"\b(eta|countdown)\s*=|\.apply_async\(")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def functions(tree: ast.AST) -> Iterator[ast.AST]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_floor_imports_one_above_it(path):
    floor = path.relative_to(ROOT).parts[0]
    above = FLOORS[FLOORS.index(floor) + 1 :] if floor in FLOORS else ()

    found = {module.split(".")[0] for module in imports(ast.parse(path.read_text()))}

    # The demo command is the one place that starts processes.
    allowed = {"arbitration"} if "management" in path.parts else set()
    upstairs = {*above, *({"arbitration"} if floor in FLOORS else ())} - allowed
    assert found & upstairs == set()


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_function_imports(path):
    inside = [
        module
        for function in functions(ast.parse(path.read_text()))
        for module in imports(function)
    ]

    assert inside == []


@pytest.mark.parametrize("file", PURE)
def test_pure_files_know_nothing_of_the_database(file):
    found = set(imports(ast.parse((ROOT / file).read_text())))

    assert {m for m in found if m.startswith("django.db") or m.endswith(".models")} == set()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_pages_never_write_rows_themselves(path):
    text = path.read_text()

    written = re.findall(r"\.objects\.(?:create|bulk_create|update|get_or_create)\(", text)

    assert written == []


@pytest.mark.parametrize("path", CODE, ids=name)
def test_nothing_is_scheduled_by_the_broker_nor_marked_safe(path):
    text = path.read_text()

    assert SCHEDULING_BY_BROKER.findall(text) == []
    assert "mark_safe" not in text
    assert "post_save" not in text


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_page_and_no_verb_talks_to_the_broker(path):
    """Tasks are rung for by the clock alone: without any broker every request still works."""
    assert re.findall(r"\.delay\(|\bsend_task\(", path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_carry_no_script_no_style_and_trust_nothing(path):
    text = path.read_text()

    assert re.findall(r"\|\s*safe\b|\{%\s*autoescape off", text) == []
    assert re.findall(r"\sstyle=|<style\b|\son[a-z]+=", text) == []
    assert [tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag] == []
    assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_form_that_posts_carries_its_key(path):
    forms = re.findall(r'<form\b[^>]*method="post".*?</form>', path.read_text(), re.S | re.I)

    assert [form for form in forms if "csrf_token" not in form] == []


def test_every_address_is_in_the_permission_table_and_none_is_left_over():
    names = {pattern.name for pattern in get_resolver("portal.urls").url_patterns}

    assert names == set(TABLE)


def test_there_is_no_junk_drawer():
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py", "signals.py", "services.py"}

    assert [name(path) for path in CODE if path.name in drawers] == []
