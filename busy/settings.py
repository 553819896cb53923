"""Every setting of Busy, read once. What varies between deployments comes from the environment (.env.example)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from busy import env

ROOT = Path(__file__).resolve().parent.parent

DEBUG = env.flag("BUSY_DEBUG", default=False)
SECRET_KEY = env.text("BUSY_SECRET_KEY")
# Newest first, "id:base64 of 32 bytes" each; see docs/operations.md for rotation.
CREDENTIAL_KEYS = env.names("BUSY_CREDENTIAL_KEYS")
BASE_URL = env.text("BUSY_BASE_URL", "http://localhost:8000").rstrip("/")
_base = urlsplit(BASE_URL)
ALLOWED_HOSTS = env.names("BUSY_ALLOWED_HOSTS", _base.hostname or "localhost")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = _base.scheme == "https"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rest_framework",
    "busy.lib",
    "busy.workspaces",
    "busy.catalog",
    "timesheets",
    "orders",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "busy.workspaces.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "busy.lib.crowding.CrowdingMiddleware",
]

ROOT_URLCONF = "busy.urls"
WSGI_APPLICATION = "busy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "busy.workspaces.context.shell",
                "timesheets.context.timer",
            ],
        },
    }
]
FORM_RENDERER = "busy.lib.forms.BusyRenderer"

# --- Database -------------------------------------------------------------------------------------------------------
# Two roles: busy_app serves and is bound by row-level security, busy_owner migrates.
AS_OWNER = env.flag("BUSY_AS_OWNER", default=False)
_database_url = env.text("DATABASE_URL")
_owner_url = env.text("DATABASE_OWNER_URL", "") or _database_url
APP_ROLE = env.database(_database_url, "DATABASE_URL")["USER"]
DATABASES = {"default": env.database(_owner_url if AS_OWNER else _database_url, "DATABASE_URL")}
_timeouts = {
    "statement_timeout": env.integer("BUSY_STATEMENT_TIMEOUT", default=5_000),
    "lock_timeout": env.integer("BUSY_LOCK_TIMEOUT", default=4_000),
    "idle_in_transaction_session_timeout": 60_000,
}
if not AS_OWNER:
    DATABASES["default"]["OPTIONS"]["options"] = " ".join(f"-c {name}={ms}" for name, ms in _timeouts.items())
_pool = env.integer("BUSY_DB_POOL", default=0)
if _pool and not AS_OWNER:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 2, "max_size": _pool, "timeout": 10}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In the database, not in Redis: sign-in must work while the broker is away.
# It keeps the counts of tries; Django's own limit of 300 entries would let a busy hour wipe them out.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# --- Celery: wakes workers up, never the record (docs/decisions/0001) -------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
CELERY_APP = "busy.celery.app"

# --- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "workspaces.User"
# The address is unique whatever its letters' case, by a constraint that the check cannot read.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# An address is proven by a code before the first sign-in: else sign-up would have to tell which addresses are taken.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = True
# One address for each person, the sign-in name; a new one takes its place when it is proven.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_ADAPTER = "busy.workspaces.accounts.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "busy.workspaces.accounts.SignupFields"
ACCOUNT_FORMS = {
    "login": "busy.workspaces.account_forms.SignInForm",
    "signup": "busy.workspaces.account_forms.SignUpForm",
    "add_email": "busy.workspaces.account_forms.NewAddressForm",
    "change_email": "busy.workspaces.account_forms.OtherAddressForm",
    "change_password": "busy.workspaces.account_forms.ChangePasswordForm",
    "set_password": "busy.workspaces.account_forms.SetPasswordForm",
    "reset_password": "busy.workspaces.account_forms.ForgottenPasswordForm",
    "reset_password_from_key": "busy.workspaces.account_forms.NewPasswordForm",
    "confirm_email_verification_code": "busy.workspaces.account_forms.CodeForm",
    "reauthenticate": "busy.workspaces.account_forms.PasswordAgainForm",
}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _base.scheme or "http"
# How many proxies of ours stand before the web server: whose X-Forwarded-For the limits of tries may believe.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("BUSY_TRUSTED_PROXIES", default=0)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
# What a signed, expired or foreign link of an invitation may be worth, in seconds.
INVITATION_MAX_AGE = 14 * 24 * 3600

# --- Language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("nb", _("Norwegian")), ("sv", _("Swedish")), ("da", _("Danish")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["busy.lib.formats"]

# --- Static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
WHITENOISE_USE_FINDERS = env.flag("BUSY_STATIC_FROM_SOURCE", default=DEBUG)
# WhiteNoise warns of a folder that is named and not there.
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else ROOT / "staticfiles"
if not WHITENOISE_USE_FINDERS:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "busy.lib.staticfiles.HashedStaticFilesStorage"},
    }

# --- Mail -------------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("BUSY_MAIL_FROM", "Busy <no-reply@localhost>")
EMAIL_HOST = env.text("BUSY_MAIL_HOST", "")
EMAIL_PORT = env.integer("BUSY_MAIL_PORT", default=587)
EMAIL_HOST_USER = env.text("BUSY_MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("BUSY_MAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("BUSY_MAIL_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = ROOT / ".busy" / "mail"
if not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
# On somebody's own machine the pages say where the codes and links have gone.
LOCAL_MAIL_FOLDER = ".busy/mail" if not EMAIL_HOST and _base.hostname in ("localhost", "127.0.0.1") else ""

# --- Security ---------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
SESSION_ENGINE = "busy.workspaces.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "busy.lib.views.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "busy.lib.logs.FieldFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("BUSY_LOG_LEVEL", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

# --- Providers: base URLs are facts; a deployment may point elsewhere with BUSY_<KEY>_URL -----------------------------
PROVIDER_ENVIRONMENT_PREFIX = "BUSY_"

# --- People's own calendars (docs/calendars.md); a vendor without a client is not switched on -------------------------
CALENDARS = {
    vendor: {
        name: env.text(f"BUSY_{vendor.upper()}_CALENDAR_{name.upper()}", default)
        for name, default in (("client_id", ""), ("client_secret", ""), ("tenant", "common"), ("url", ""))
    }
    for vendor in ("google", "microsoft")
}

# --- Synchronisation, all in seconds (docs/decisions/0003) ------------------------------------------------------------
# A worker that stopped renewing its lease for so long is taken for dead.
SYNC_LEASE = env.integer("BUSY_SYNC_LEASE", default=15, minimum=1)
# How long after a lost answer an order that is not found may still arrive; the second when the provider was slow.
SYNC_SETTLE = env.integer("BUSY_SYNC_SETTLE", default=45)
SYNC_SETTLE_SLOW = env.integer("BUSY_SYNC_SETTLE_SLOW", default=300)
# Waits between attempts of one item grow from the first to the longest.
SYNC_RETRY_FIRST = env.integer("BUSY_SYNC_RETRY_FIRST", default=5)
SYNC_RETRY_LONGEST = env.integer("BUSY_SYNC_RETRY_LONGEST", default=600, minimum=1)
# A message that reached no worker in this time is published again.
SYNC_MESSAGE = env.integer("BUSY_SYNC_MESSAGE", default=40, minimum=1)
# Jobs that all workers together can run at a time. Pulls leave one of them free, for people who wait.
SYNC_WORKERS = env.integer("BUSY_SYNC_WORKERS", default=4, minimum=1)
# Jobs of one provider at a time, pulls and pushes apart; never more than half of the workers where there are others.
SYNC_PROVIDER_CAP = env.integer("BUSY_SYNC_PROVIDER_CAP", default=20, minimum=1)
