"""Every sentence is there in Chinese, and the compiled catalogue is the one in the source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
FLOORS = ("accounts", "arbitration", "cases", "evidence", "portal", "templates")
BLANK = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def key(entry: polib.POEntry | polib.MOEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


def test_every_sentence_is_translated():
    catalogue = polib.pofile(str(PO))

    assert [entry.msgid for entry in catalogue if not entry.translated()] == []


def test_the_compiled_catalogue_agrees_with_its_source():
    source = {key(entry): entry.msgstr or entry.msgstr_plural[0] for entry in polib.pofile(str(PO))}
    compiled = {
        key(entry): entry.msgstr or entry.msgstr_plural[0]
        for entry in polib.mofile(str(PO.with_suffix(".mo")))
    }

    assert compiled == source


def test_a_translation_keeps_the_blanks_of_its_sentence():
    catalogue = polib.pofile(str(PO))

    assert [
        entry.msgid
        for entry in catalogue
        if not entry.msgid_plural
        and sorted(set(BLANK.findall(entry.msgid))) != sorted(set(BLANK.findall(entry.msgstr)))
    ] == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_no_sentence_of_the_code_is_missing_from_the_catalogue(tmp_path):
    for floor in FLOORS:
        shutil.copytree(
            ROOT / floor, tmp_path / floor, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / "locale").mkdir()
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans"],
        cwd=tmp_path,
        env={**os.environ, "DEMO": "true", "DJANGO_SETTINGS_MODULE": "arbitration.settings"},
        check=True,
        capture_output=True,
    )

    found = polib.pofile(str(tmp_path / "locale/zh_Hans/LC_MESSAGES/django.po"))

    assert {key(entry) for entry in found} - {
        key(entry) for entry in polib.pofile(str(PO))
    } == set()
