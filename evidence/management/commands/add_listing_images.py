"""Listing pictures: what a shop shows with its goods, so that it is known again among the exhibits."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Shop
from evidence.darkroom import Undeveloped, darkroom
from evidence.matching import add_listing_images
from evidence.photos import PhotoRefused


class Command(BaseCommand):
    help = "Put pictures on a shop's list of its own; giving one again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("shop", help="the shop's id on the marketplace")
        parser.add_argument("pictures", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--source", required=True, help="the marketplace")

    def handle(self, *args: Any, shop: str, pictures: list[Path], **options: Any) -> None:
        try:
            owner = Shop.objects.get(source=options["source"], external_id=shop)
        except Shop.DoesNotExist:
            raise CommandError(f"there is no shop {shop} of {options['source']}") from None
        new = add_listing_images(owner, self.read(pictures), now=timezone.now())
        self.stdout.write(f"{owner}: {new} new of {len(pictures)}")

    def read(self, pictures: list[Path]) -> Iterator[tuple[str, str, bytes]]:
        for path in pictures:
            try:
                original = path.read_bytes()
                photo = darkroom.develop(original)
            except (OSError, PhotoRefused, Undeveloped) as refusal:
                self.stderr.write(f"{path}: {getattr(refusal, 'message', refusal)}")
            else:
                yield path.name, hashlib.sha256(original).hexdigest(), photo.thumbnail
