"""What to call a file a party sent. For reading only: files are stored under names of our own."""

import re
import unicodedata

MAX_LENGTH = 100
# Controls, invisible formatting (bidi overrides are), surrogates, private use, line separators.
UNSHOWABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
PERCENT_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f)", re.IGNORECASE)


def display_name(claimed: str, *, fallback: str) -> str:
    """The last part of the claimed name, readable on one line, or `fallback` when nothing is left.

    Markup characters stay as they are: escaping belongs to the page that shows the name.
    """
    last_part = re.split(r"[/\\]", claimed)[-1]
    composed = unicodedata.normalize("NFC", PERCENT_ENCODED_CONTROL.sub("", last_part))
    shown = "".join(char for char in composed if unicodedata.category(char) not in UNSHOWABLE)
    # A leading dot hides a file, a leading dash looks like an option, Windows drops a last dot.
    return _shortened(" ".join(shown.split()).lstrip(" .-").rstrip(" .")) or fallback


def _shortened(name: str) -> str:
    if len(name) <= MAX_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = f"…{dot}{extension}" if stem and len(extension) <= 10 else "…"
    return name[: MAX_LENGTH - len(ending)] + ending
