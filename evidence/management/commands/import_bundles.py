from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from evidence.bundles import Import, import_bundle


class Command(BaseCommand):
    help = "File case bundles: folders with case.json, photos and chat logs, or folders of such folders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
        parser.add_argument("--json", action="store_true", help="one object a line")

    def handle(self, *args: Any, folders: list[Path], **options: Any) -> None:
        refused = 0
        for folder in bundles_in(folders):
            outcome = import_bundle(folder, now=timezone.now())
            refused += len(outcome.refused)
            self.stdout.write(as_json(outcome) if options["json"] else as_text(outcome))
        if refused:
            sys.exit(1)


def bundles_in(folders: list[Path]) -> list[Path]:
    """Each folder itself, or the bundles directly below it (or below its `bundles/`)."""
    found: list[Path] = []
    for folder in folders:
        inner = sorted(path.parent for path in folder.glob("*/case.json"))
        inner = inner or sorted(path.parent for path in folder.glob("bundles/*/case.json"))
        found += [folder] if (folder / "case.json").exists() or not inner else inner
    return found


def as_json(outcome: Import) -> str:
    return json.dumps(
        {
            "bundle": outcome.bundle,
            "reference": outcome.reference,
            "new": outcome.is_new,
            "photos": outcome.photos,
            "messages": outcome.messages,
            "refused": [asdict(refusal) for refusal in outcome.refused],
        },
        ensure_ascii=False,
    )


def as_text(outcome: Import) -> str:
    if outcome.reference is None:
        line = f"{outcome.bundle}  not filed"
    elif not outcome.is_new and not outcome.photos and not outcome.messages:
        line = f"{outcome.bundle}  {outcome.reference}  already filed, nothing changed"
    else:
        line = f"{outcome.bundle}  {outcome.reference}  {outcome.photos} photos  {outcome.messages} messages"
    return "\n".join(
        [
            line,
            *(
                f"    refused {one_line(refusal.item)}: {refusal.reason}"
                for refusal in outcome.refused
            ),
        ]
    )


def one_line(name: str) -> str:
    """A name from a bundle, without what would move the terminal's cursor."""
    return "".join(char if char.isprintable() else "?" for char in name)
