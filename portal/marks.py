"""What the readers of photos and chat logs noticed, in words. Codes are theirs; sentences are ours."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

SENTENCES: dict[str, str] = {
    # photos
    "tiny": _("very small"),
    "animated": _("animated; the first frame is shown"),
    "several_pictures": _("holds several pictures; the first is shown"),
    "listing_picture": _("the shop's own listing picture"),
    # chat logs
    "encoding_guessed": _("encoding guessed; check that the text reads right"),
    "out_of_order": _("was not in order of time"),
    "text_before_first_message": _("text before the first message left out"),
    "columns_ignored": _("further columns left out"),
    "duplicates_merged": _("messages given twice are shown once"),
    "ids_missing": _("numbers are left out"),
    # messages
    "same_id_other_text": _("one number, two texts"),
    "order_contradicts_ids": _("out of the order of its numbers"),
    "control_characters": _("control characters removed"),
    "broken_characters": _("broken characters"),
    "hidden_characters": _("hidden characters, shown as marks"),
    "empty": _("empty message"),
    "future": _("time lies in the future"),
    "role_disagrees": _("the log gives this speaker another side"),
    "claims_platform": _("claims to be the platform"),
    "side_claimed": _("only the file says whose message this is"),
    "no_blank_line_before": _("start of the message guessed"),
}


def in_words(codes: Iterable[str]) -> list[str]:
    return [gettext(SENTENCES.get(code, code)) for code in codes]
