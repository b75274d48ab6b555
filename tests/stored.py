"""The sealed store as somebody with a hand in it would see it, a folder or a bucket alike."""

from __future__ import annotations

from django.core.files.base import ContentFile

from evidence.models import sealed


class Kept:
    """One stored file, by its name there; reads and changes like a path."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read_bytes(self) -> bytes:
        with sealed().open(self.name, "rb") as file:
            content: bytes = file.read()
        return content

    def write_bytes(self, content: bytes) -> None:
        self.unlink()
        assert sealed().save(self.name, ContentFile(content)) == self.name

    def unlink(self) -> None:
        sealed().delete(self.name)


def everything(folder: str = "") -> set[str]:
    """The name of every stored file."""
    try:
        folders, files = sealed().listdir(folder)
    except FileNotFoundError:
        return set()
    below = folder and f"{folder}/"
    return {below + file for file in files}.union(*(everything(below + each) for each in folders))
