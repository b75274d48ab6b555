"""Settings of the portal: one file, read from the environment.

Nothing set is the embedded form: SQLite and a broker made of files, both under `var/`.
Names read: DATABASE_URL, REDIS_URL, SECRET_KEY, ALLOWED_HOSTS, DEBUG, DEMO, BEHIND_PROXY,
EMAIL_URL, DEFAULT_FROM_EMAIL, NOTICE_WEBHOOK_URL, NOTICE_WEBHOOK_SECRET, LOG_LEVEL, VAR_DIR,
ANCHOR_DIR, ANCHOR_KEY_FILE, ANCHOR_PUBLIC_KEYS, BLUR_FLAGGED, FILES_ACCEL_LOCATION,
PAYMENT_GATEWAY,
EVIDENCE_BUCKET, EVIDENCE_ENDPOINT, EVIDENCE_REGION.
"""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
# True when strangers may reach it: then secrets, TLS and real accounts are not optional.
PRODUCTION = not (DEBUG or DEMO)

# Commands that sign nothing need no key; serving without one is refused in arbitration/checks.py.
SIGNING_KEY = env.str(
    "SECRET_KEY", default="" if PRODUCTION else "public-key-for-demo-and-debug-only"
)
SECRET_KEY = SIGNING_KEY
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)

# Applications ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_fsm",
    "csp",
    "axes",
    "accounts",
    "cases",
    "evidence",
    "portal",
]

MIDDLEWARE = [
    "arbitration.middleware.note_beginning",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "arbitration.middleware.admin_content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it rewrites the answer to a locked-out login
]

ROOT_URLCONF = "arbitration.urls"
WSGI_APPLICATION = "arbitration.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.shell",
            ],
        },
    },
]

# Database ----------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/portal.sqlite3")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue from their first statement on instead of failing when they upgrade a lock.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and sign-in ------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "lockout.html"
AXES_RESET_ON_SUCCESS = True
# Knocking on during the lockout does not lengthen it: a stranger could keep someone out for good.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: one working day
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "portal.doors.csrf_failure"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_SAMESITE = "Lax"

# What the browser is told ------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    # Only behind a proxy that writes these headers: anyone could send them otherwise.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Guesses are counted per sender; by the proxy's address anyone could lock anyone out.
    AXES_CLIENT_IP_CALLABLE = "arbitration.proxy.client_ip"
    SECURE_SSL_REDIRECT = PRODUCTION
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

# Languages and time ------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
# Stored in UTC; this is the zone pages show.
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files -------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
# Below no address: every exhibit is served by a view that asks who wants it.
EVIDENCE_ROOT = VAR_DIR / "evidence"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR_DIR / "files", "base_url": None},
    },
    "evidence": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": EVIDENCE_ROOT,
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Where a proxy with the evidence folder finds it; empty: Python sends the files itself.
FILES_ACCEL_LOCATION = env.str("FILES_ACCEL_LOCATION", default="")
if EVIDENCE_BUCKET := env.str("EVIDENCE_BUCKET", default=""):
    # Its keys come from where every S3 client looks for them: AWS_ACCESS_KEY_ID and so on.
    STORAGES["evidence"] = {
        "BACKEND": "arbitration.objects.EvidenceStore",
        "OPTIONS": {
            "bucket_name": EVIDENCE_BUCKET,
            "endpoint_url": env.str("EVIDENCE_ENDPOINT", default=None),
            "region_name": env.str("EVIDENCE_REGION", default=None),
        },
    }
    FILES_ACCEL_LOCATION = ""  # the proxy has no folder then
WHITENOISE_USE_FINDERS = DEBUG

UPLOAD_MAX_BYTES = 20 * 1024 * 1024  # of one file; what lies beyond is read but not kept
FILE_UPLOAD_HANDLERS = [
    "arbitration.uploads.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "arbitration.uploads.RoomyUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_NUMBER_FILES = 100

# Anchors of the docket ---------------------------------------------------------------------------

# Signed heads of all dockets. Another volume than the database's, writable by workers only; the key is
# for those who take anchors, everybody else verifies with public keys (base64, separated by commas).
ANCHOR_DIR = Path(env.str("ANCHOR_DIR", default=str(VAR_DIR / "anchors")))
ANCHOR_KEY_FILE = Path(env.str("ANCHOR_KEY_FILE", default=str(VAR_DIR / "anchor-key.pem")))
ANCHOR_PUBLIC_KEYS = env.list("ANCHOR_PUBLIC_KEYS", default=[])
# Called with references, or none for all: what is stored of a case and is not what its docket says.
DOCKET_WITNESSES = ["evidence.attested.differing"]

# Whether photos the desk has flagged meet its people blurred, until each says otherwise for themselves.
BLUR_FLAGGED = env.bool("BLUR_FLAGGED", default=True)

# Administration ----------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": _("Arbitration Portal"),
    "SITE_HEADER": _("Arbitration Portal"),
    "SITE_SYMBOL": "balance",
    "COLORS": {
        "primary": {
            "50": "#f4f7fc",
            "100": "#e9eff8",
            "200": "#cddcf1",
            "300": "#b4d0f8",
            "400": "#93bbf4",
            "500": "#3a6fb5",
            "600": "#1d4b87",
            "700": "#163b6b",
            "800": "#12305a",
            "900": "#0f2747",
            "950": "#0c1a2c",
        }
    },
    "SIDEBAR": {
        "navigation": [
            {
                "title": title,
                "items": [
                    {"title": name, "link": reverse_lazy(f"admin:{view}")} for name, view in items
                ],
            }
            for title, items in (
                (
                    _("People and shops"),
                    (
                        (_("people"), "accounts_user_changelist"),
                        (_("shops"), "accounts_shop_changelist"),
                    ),
                ),
                (_("Rulebook"), ((_("In force"), "rulebook"),)),
                (
                    _("Cases"),
                    (
                        (_("cases"), "cases_case_changelist"),
                        (_("deadlines"), "cases_deadline_changelist"),
                        (_("docket"), "cases_event_changelist"),
                        (_("rulings"), "cases_ruling_changelist"),
                        (_("notices"), "cases_notice_changelist"),
                        (_("exhibits"), "evidence_exhibit_changelist"),
                        (_("messages"), "evidence_message_changelist"),
                    ),
                ),
            )
        ],
    },
}

# Mail and log ------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="arbitration@localhost")
# Mail nobody has configured is written to files, so that a demo can be read and sends nothing.
vars().update(env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR}/mail"))
EMAIL_TIMEOUT = 10  # seconds; a mail server that says nothing must not hold the relay
# Where every notice is posted as well, signed with the secret; see cases/channels.py.
NOTICE_WEBHOOK_URL = env.str("NOTICE_WEBHOOK_URL", default="")
NOTICE_WEBHOOK_SECRET = env.str("NOTICE_WEBHOOK_SECRET", default="")
# The class that moves money, see cases/gateway.py. The one shipped moves none: it keeps books of its own.
PAYMENT_GATEWAY = env.str("PAYMENT_GATEWAY", default="cases.simulator.Simulator")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    # A line for each ring of the bell would bury what happened.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("celery.app.trace", "celery.beat", "celery.worker.strategy", "axes")
    },
}

# Tasks and the clock -----------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="")
BROKER_DIR = VAR_DIR / "broker"

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
# A task whose worker dies is delivered again: every task may run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives any outage of the broker
# A page must not hang because the broker is down: what a task would do is found again by the clock.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, int | float | str | bool]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
else:
    CELERY_BROKER_URL = "files://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.2,
    }
    for folder in ("messages", "control"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
VAR_DIR.mkdir(parents=True, exist_ok=True)

BELL = timedelta(seconds=10)
# After a day's silence the clock stops itself when so many deadlines, and so large a part of all, are due.
BREAKER_LEAST = env.int("BREAKER_LEAST", default=1000)
BREAKER_SHARE = env.float("BREAKER_SHARE", default=0.5)
# A bell nobody heard in time is dropped: the next one does the same work.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "cases.tasks.sweep", "schedule": BELL, "options": {"expires": 30}},
    "relay notices": {
        "task": "cases.tasks.relay_notices",
        "schedule": BELL,
        "options": {"expires": 30},
    },
    "relay money": {
        "task": "cases.tasks.relay_money",
        "schedule": BELL,
        "options": {"expires": 30},
    },
    "look at stored files": {
        "task": "evidence.tasks.scrub",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    # Uploads look for photos used twice themselves; this is for those that were interrupted.
    "compare photos": {
        "task": "evidence.tasks.compare",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    # What an auditor asked for; without anybody asking, once a day.
    "verify the docket": {
        "task": "cases.tasks.verify_docket",
        "schedule": BELL,
        "options": {"expires": 30},
    },
    # Every hour; asked more often, so that a restart of the clock does not put it off.
    "anchor the docket": {
        "task": "cases.tasks.anchor_docket",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
}
