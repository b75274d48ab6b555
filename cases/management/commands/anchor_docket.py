from __future__ import annotations

import base64
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from cases import anchor_folder, anchors
from cases.anchor_folder import AnchorFailed


class Command(BaseCommand):
    help = "Append a signed head over all dockets to the anchors. The hourly task does the same."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--after-restore",
            metavar="REASON",
            default="",
            help="the database was restored from a backup: anchor what is there, and why lines are gone",
        )
        parser.add_argument(
            "--make-key", type=Path, metavar="FILE", help="write a new key and stop"
        )
        parser.add_argument(
            "--public-key", action="store_true", help="print the public key (base64) and stop"
        )

    @no_translations
    def handle(
        self,
        *args: Any,
        after_restore: str,
        make_key: Path | None,
        public_key: bool,
        **options: Any,
    ) -> None:
        try:
            if make_key is not None:
                anchor_folder.make_key(make_key)
                self.stdout.write(f"{make_key} written; keep it away from the database.")
            elif public_key:
                key = anchor_folder.raw(anchor_folder.signing_key().public_key())
                self.stdout.write(base64.b64encode(key).decode())
            else:
                anchor = anchors.take(timezone.now(), after_restore=after_restore)
                self.stdout.write(
                    f"anchor {anchor.number}: {anchor.lines:,} lines in {anchor.chains:,} chains, "
                    f"{anchor.changed:,} moved; {anchor.hash}"
                )
        except (AnchorFailed, FileExistsError) as error:
            raise CommandError(str(error)) from error
