"""All settings, read from the environment; `.env.example` lists every variable with a sentence.

With nothing set the product runs alone: SQLite, a secret key made once and an embedded broker, all in the data directory.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environ import FileAwareEnv

from expcert import broker, data_directory, logs
from expcert.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

FileAwareEnv.read_env(os.environ.get("EXPCERT_ENV_FILE", BASE_DIR / ".env"))  # what is already set wins
env = Environment()
env.known.add("EXPCERT_ENV_FILE")

# --- Where things are kept -------------------------------------------------------------------------------------------

DATA_DIR = EXPCERT_DATA_DIR = env.path("EXPCERT_DATA_DIR", BASE_DIR / "data")
EXPCERT_SPOOL_DIR = DATA_DIR / "spool"  # uploads that wait for a worker; private, emptied after reading
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"  # on the same file system, so that moving to the spool copies nothing
for directory in (DATA_DIR, EXPCERT_SPOOL_DIR, FILE_UPLOAD_TEMP_DIR):
    data_directory.prepare(directory)
MEDIA_ROOT = EXPCERT_SPOOL_DIR
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
EXPCERT_HEARTBEAT_FILE = env.path("EXPCERT_HEARTBEAT_FILE", DATA_DIR / "worker.heartbeat")

# --- Who may reach it ------------------------------------------------------------------------------------------------

DEBUG = env.flag("EXPCERT_DEBUG", default=False)
SECRET_KEY = env.text("EXPCERT_SECRET_KEY") or data_directory.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.words("EXPCERT_OLD_SECRET_KEYS")  # still accepted while a key is being changed

EXPCERT_BIND = env.address("EXPCERT_BIND", "127.0.0.1:8000")
LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]  # always: health checks and `serve` itself ask there
_here = ipaddress.ip_address(EXPCERT_BIND[0])
_default_hosts = (socket.gethostname(),) if _here.is_unspecified else () if _here.is_loopback else (str(_here),)
EXPCERT_ALLOWED_HOSTS = env.words("EXPCERT_ALLOWED_HOSTS", _default_hosts)
ALLOWED_HOSTS = [*EXPCERT_ALLOWED_HOSTS, *LOOPBACK_HOSTS]

EXPCERT_HTTPS = env.flag("EXPCERT_HTTPS", default=False)
EXPCERT_TRUSTED_PROXY = env.networks("EXPCERT_TRUSTED_PROXY")
# Safe only because our middleware drops the header unless a trusted proxy sent it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = EXPCERT_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if EXPCERT_HTTPS else 0
# Neither sub-domains nor the browsers' preload list: both speak for hosts of the customer that are not ours.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# A __Host- cookie is refused by browsers over plain HTTP, so the prefix comes with HTTPS.
_cookie = "__Host-expcert" if EXPCERT_HTTPS else "expcert"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = (
    f"{_cookie}-session",
    f"{_cookie}-csrf",
    f"{_cookie}-language",
)
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    feature: [] for feature in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}

# --- What it is made of ----------------------------------------------------------------------------------------------

EXPCERT_ADMIN = env.flag("EXPCERT_ADMIN", default=False)
EXPCERT_ADMIN_PATH = env.text("EXPCERT_ADMIN_PATH", "admin").strip("/")

INSTALLED_APPS = [
    # The product, in the order in which imports may point (each may use those above it).
    "expcert.accounts",
    "expcert.inventory",
    "expcert.intake",
    "expcert.triage",
    "expcert.sharing",
    "expcert.operations",
    # What it stands on.
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
]
if EXPCERT_ADMIN:
    INSTALLED_APPS.append("django.contrib.admin")

MIDDLEWARE = [
    "expcert.middleware.TrustedProxyMiddleware",  # first: it decides which headers the rest may see
    "expcert.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "expcert.middleware.PrivateByDefaultMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "expcert.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "expcert.urls"
WSGI_APPLICATION = "expcert.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "expcert.accounts.context.navigation",
            ],
        },
    }
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database --------------------------------------------------------------------------------------------------------

_sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "expcert.sqlite3")}
_database: dict[str, Any] = env.database(
    "DATABASE_URL", default=_sqlite, password=env.text("EXPCERT_DATABASE_PASSWORD")
)
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = {
        # The write lock is taken at the start, so that waiting obeys the timeout; a later upgrade would fail at once.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-20000;PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=67108864;"
        ),
    }
else:
    # No psycopg pool: Celery closes it at the end of every task.
    _database |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES = {"default": _database}

# --- Broker and cache ------------------------------------------------------------------------------------------------

EXPCERT_REDIS_URL = env.redis("REDIS_URL", password=env.text("EXPCERT_REDIS_PASSWORD"))
EXPCERT_BROKER_EMBEDDED = not EXPCERT_REDIS_URL
EXPCERT_BROKER_URL = EXPCERT_REDIS_URL or f"unix://{data_directory.broker_socket(DATA_DIR)}?db=0"
EXPCERT_CACHE_URL = env.redis(
    "EXPCERT_CACHE_URL",
    default=broker.with_database(EXPCERT_BROKER_URL, broker.database_number(EXPCERT_BROKER_URL) + 1),
    password=env.text("EXPCERT_REDIS_PASSWORD"),
    more=("locmem",),
)
if EXPCERT_CACHE_URL.startswith("locmem:"):
    CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
else:
    # Shared by all processes, as the sign-in limits must count for all of them. The server does not evict (the queue
    # lives there too), so nothing is kept without an end.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": EXPCERT_CACHE_URL,
            "KEY_PREFIX": "expcert-cache",
            "TIMEOUT": 300,
            "OPTIONS": {"socket_connect_timeout": 3, "socket_timeout": 3},
        }
    }

CELERY_BROKER_URL = broker.for_celery(EXPCERT_BROKER_URL)
CELERY_RESULT_BACKEND = None  # the rows of expcert.work say what became of a task
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"expcert.*": {"queue": "default"}}
CELERY_TASK_ANNOTATIONS = {"*": {"max_retries": 3, "default_retry_delay": 10}}
CELERY_TASK_ACKS_LATE = True
# A child that is killed gives its task back, at most max_retries times: rejecting alone would do so for ever.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 330
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_max": 0.5}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # above the time limit, or a task that still runs would be handed out again
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,  # by default a killed worker's task waits some 100 seconds longer
    "global_keyprefix": "expcert:",
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_WORKER_CONCURRENCY = env.count("EXPCERT_WORKER_PROCESSES", default=2, least=1, most=64)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kB; what a hostile upload costs ends with the child
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.count("EXPCERT_WORKER_GRACE_SECONDS", default=10, least=0, most=300)
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_REDIRECT_STDOUTS = False
# Each app adds its entries here. `expires` keeps a pile of them from waiting for a worker that comes back.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep-uploads": {
        "task": "expcert.intake.tasks.sweep_uploads",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "sweep-diagnoses": {
        "task": "expcert.triage.tasks.sweep_diagnoses",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "clear-sessions": {
        "task": "expcert.operations.tasks.clear_sessions",
        "schedule": 24 * 3600.0,
        "options": {"expires": 3600},
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

EXPCERT_WEB_PROCESSES = env.count("EXPCERT_WEB_PROCESSES", default=2, least=1, most=64)
EXPCERT_WEB_THREADS = env.count("EXPCERT_WEB_THREADS", default=8, least=1, most=128)

# --- Signing in ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:home"
ACCOUNT_ADAPTER = "expcert.accounts.adapter.ClosedDoor"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # a session lasts SESSION_COOKIE_AGE, whether or not the browser is closed
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "change_password": "5/m/user"}

# --- Limits of uploads and links -------------------------------------------------------------------------------------

EXPCERT_UPLOAD_MAX_BYTES = env.size("EXPCERT_UPLOAD_MAX_BYTES", default=2 * 1024**3)
EXPCERT_SHARE_MAX_DAYS = env.count("EXPCERT_SHARE_MAX_DAYS", default=90, least=1, most=3650)
# Days that an upload waits for an answer before it is discarded.
EXPCERT_REVIEW_DAYS = env.count("EXPCERT_REVIEW_DAYS", default=7, least=1, most=365)
# A dropped folder holds many; each file comes with its path in a field of its own.
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = DATA_UPLOAD_MAX_NUMBER_FILES + 100
# Only `intake.receive` takes files, with a handler of its own that writes them to disk as they arrive.
FILE_UPLOAD_HANDLERS = ["expcert.intake.uploadhandlers.RefusesFiles"]

# --- Static files ----------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("EXPCERT_STATIC_ROOT", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # Not those of uploads, or an image built by one user could not be served by another.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# --- Language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Logs and errors -------------------------------------------------------------------------------------------------

EXPCERT_LOG_LEVEL = env.choice(
    "EXPCERT_LOG_LEVEL", default="INFO", allowed=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
)
LOGGING = logs.configuration(EXPCERT_LOG_LEVEL)
LOGGING_CONFIG = "logging.config.dictConfig"
DEFAULT_EXCEPTION_REPORTER_FILTER = "expcert.logs.NothingShown"

EXPCERT_UNKNOWN_VARIABLES = env.unknown()
