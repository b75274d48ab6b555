from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cases import docket
from cases.models import Case


class Command(BaseCommand):
    help = "Recompute every docket chain and print the first bad line of each broken one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("references", nargs="*", metavar="REFERENCE", help="these cases only")

    def handle(self, *args: Any, references: list[str], **options: Any) -> None:
        cases = Case.objects.order_by("pk")
        if references:
            cases = cases.filter(reference__in=references)
        chains = lines = broken = 0
        for _case, count, bad in docket.verify(cases.iterator()):
            chains, lines = chains + 1, lines + count
            if bad is not None:
                broken += 1
                self.stdout.write(f"{bad.reference}  line {bad.number}: {bad.reason}")
        self.stdout.write(f"{lines:,} lines in {chains:,} chains, {broken:,} broken")
        if broken:
            sys.exit(1)
