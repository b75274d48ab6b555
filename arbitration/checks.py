"""What a production start must have. Demo and debug starts are exempt."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

KEY_BYTES = 32


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, naming the remedy, unless it is safe to serve strangers.

    A database that cannot be asked counts as unsafe: it may hold accounts with public passwords.
    """
    if settings.DEBUG or settings.DEMO:
        return
    if len(settings.SIGNING_KEY) < KEY_BYTES:
        raise ImproperlyConfigured(
            f"Refusing to start: SECRET_KEY is missing or shorter than {KEY_BYTES} characters. "
            "Set it in the environment, or set DEMO=true to run the demo."
        )
    if not settings.ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "Refusing to start: ALLOWED_HOSTS is empty. Set it to the names this portal answers to."
        )
    if not (settings.ANCHOR_KEY_FILE.exists() or settings.ANCHOR_PUBLIC_KEYS):
        raise ImproperlyConfigured(
            "Refusing to start: there is no key to anchor the docket with. Make one, kept away from the "
            "database, with manage.py anchor_docket --make-key FILE, and set ANCHOR_KEY_FILE to it "
            "(where no anchors are taken, ANCHOR_PUBLIC_KEYS is enough)."
        )
    if settings.NOTICE_WEBHOOK_URL:
        if not settings.NOTICE_WEBHOOK_URL.startswith(("http://", "https://")):
            raise ImproperlyConfigured(
                "Refusing to start: NOTICE_WEBHOOK_URL must begin with http:// or https://."
            )
        if not settings.NOTICE_WEBHOOK_SECRET:
            raise ImproperlyConfigured(
                "Refusing to start: NOTICE_WEBHOOK_URL is set, but not the NOTICE_WEBHOOK_SECRET "
                "its messages are signed with."
            )
    try:
        has_demo_accounts = get_user_model().objects.filter(is_demo=True, is_active=True).exists()
    except DatabaseError as error:
        raise ImproperlyConfigured(
            f"Refusing to start: the database cannot be read ({error}). "
            "Is it there, and was manage.py migrate run?"
        ) from error
    if has_demo_accounts:
        raise ImproperlyConfigured(
            "Refusing to start: the database holds demo accounts, whose password is public. "
            "Use a database of its own, delete or deactivate them, or set DEMO=true."
        )
