from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from cases.anchor_folder import AnchorFailed
from cases.verification import Progress, Report, verify

BAR = 40


class Command(BaseCommand):
    help = "Recompute every docket from its entries, hold it against the anchors and name what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("references", nargs="*", metavar="REFERENCE", help="these cases only")

    @no_translations
    def handle(self, *args: Any, references: list[str], **options: Any) -> None:
        try:
            report = verify(references, progress=bar() if sys.stderr.isatty() else None)
        except AnchorFailed as error:
            raise CommandError(str(error)) from error
        for line in report.bad:
            self.stdout.write(f"{line.reference}  line {line.number}: {line.reason}")
        for fault in report.anchored.faults:
            self.stdout.write(fault.reason)
        for anchor in report.anchored.restored:
            self.stdout.write(
                f"anchor {anchor.number} of {anchor.at} after a restore: {anchor.note}"
            )
        self.stdout.write(summary(report))
        if not report.is_whole:
            sys.exit(1)


def summary(report: Report) -> str:
    last = report.anchored.last
    anchored = f"last anchor {last.number} of {last.at}" if last else "not anchored yet"
    return f"{report.lines:,} lines in {report.chains:,} chains, {len(report.bad):,} broken; {anchored}"


def bar() -> Progress:
    def show(lines: int, total: int) -> None:
        full = BAR * lines // max(lines, total, 1)
        end = "\n" if lines >= total else ""
        sys.stderr.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {lines:,} of {total:,} lines{end}")
        sys.stderr.flush()

    return show
