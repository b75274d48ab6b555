"""The demo deletes and invents only where nobody real is."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command


@pytest.mark.parametrize("options", [{"reset": True}, {}])
def test_a_database_with_real_people_is_left_as_it_is(buyer, settings, tmp_path, options):
    settings.DEMO, settings.VAR_DIR = True, tmp_path
    kept = (tmp_path / "portal.sqlite3", tmp_path / "evidence" / "sealed.original")
    kept[1].parent.mkdir()
    for file in kept:
        file.write_bytes(b"real")

    with pytest.raises(CommandError, match="in use"):
        call_command("demo", **options)

    assert [file.read_bytes() for file in kept] == [b"real", b"real"]
