"""Settings, read from the environment; docs/operations.md explains every variable.

Production is the default: what is unsafe must be asked for.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import csp.constants as csp
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

# What kind of installation this is

DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
PUBLIC_BASE_URL = env.base_url("PUBLIC_BASE_URL")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS")
SECRET_KEY = env.text("SECRET_KEY")
# Under which the operators' pages stand.
ADMIN_PATH = env.folder("ADMIN_PATH", "operators/")
SECRET_KEY_FALLBACKS = env.listing("SECRET_KEY_FALLBACKS", "")

OVER_TLS = PUBLIC_BASE_URL.startswith("https://")
# A demonstration on this machine has no certificate: plain cookies, no redirect to https, no HSTS.
PLAIN_HTTP = DEMO and not OVER_TLS

if OVER_TLS and DEBUG:
    raise ImproperlyConfigured("DEBUG must be 0 when PUBLIC_BASE_URL is https: error pages would show settings.")
if not PLAIN_HTTP and (len(SECRET_KEY) < 50 or SECRET_KEY.startswith("django-insecure-")):
    raise ImproperlyConfigured("SECRET_KEY must be 50 random characters or more, and not a default one.")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; * would accept every one.")

# Apps, from the top down; an app imports only those below it

INSTALLED_APPS = [
    "ci_backbone",
    "ci_backbone.dashboards",
    "ci_backbone.demo",
    "ci_backbone.api",
    "communications",
    "teams",
    "measures",
    "agenda",
    "partnership",
    "ci_backbone.lib",
    # The operators' pages, without Django's own site: ci_backbone/admin.py.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rules.apps.AutodiscoverRulesConfig",
    "simple_history",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "ci_backbone.lib.doors.DoorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ci_backbone.lib.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "ci_backbone.lib.zones.ZoneMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "partnership.sessions.SessionMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ci_backbone.accounts.SecondFactorMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "ci_backbone.lib.busy.BusyMiddleware",
]

ROOT_URLCONF = "ci_backbone.urls"
WSGI_APPLICATION = "ci_backbone.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
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
                "ci_backbone.context.installation",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Data

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL")}
STATEMENT_TIMEOUT_MS = env.number("STATEMENT_TIMEOUT_MS", 0)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # Without it, two writers that have both begun to read end in "database is locked" at once.
        "transaction_mode": "IMMEDIATE",
        # What is erased must not stay readable in pages that the file no longer uses.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        " PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        # A process that is stopped in the middle of a transaction must not hold up the others for ever.
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=60000",
    }

REDIS_URL = env.text("REDIS_URL", "")
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "ci_backbone.lib.cache.SpareRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "ci_backbone",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }

# Celery is the clock: the database knows what is due

BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"socket_timeout": 5, "socket_connect_timeout": 5}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# However long Redis is away, the worker waits for it.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
# The schedule is this constant, so beat keeps nothing on disk that a crash could spoil.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "tick": {
        "task": "communications.tasks.tick",
        "schedule": 5.0,
        "options": {"expires": 5, "ignore_result": True},
    },
}

# People

AUTH_USER_MODEL = "partnership.User"
AUTHENTICATION_BACKENDS = ["partnership.backends.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "ci_backbone.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "partnership.forms.sign_in.PasswordForm"}
# Ours count in the database, by the address that was typed: docs/sign-in.md.
ACCOUNT_RATE_LIMITS: Any = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
MFA_ADAPTER = "ci_backbone.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "partnership.forms.sign_in.CodeForm",
    "reauthenticate": "partnership.forms.sign_in.CodeAgainForm",
    "activate_totp": "partnership.forms.sign_in.FirstCodeForm",
    "login_webauthn": "partnership.forms.sign_in.PasskeySignInForm",
    "authenticate_webauthn": "partnership.forms.sign_in.PasskeyStepForm",
    "reauthenticate_webauthn": "partnership.forms.sign_in.PasskeyAgainForm",
    "add_webauthn": "partnership.forms.sign_in.PasskeyForm",
    "edit_webauthn": "partnership.forms.sign_in.PasskeyNameForm",
}
MFA_RATE_LIMITS: Any = False
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "CI Backbone"
# Telephones run some seconds fast or slow.
MFA_TOTP_TOLERANCE = 1
# Browsers take passkeys over plain http on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PLAIN_HTTP
SOCIALACCOUNT_ADAPTER = "ci_backbone.outside_sign_in.OutsideAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
# Another organization's sign-in, by OpenID Connect.
OIDC = env.oidc("OIDC")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC] if OIDC else []}}
SESSION_ENGINE = "partnership.sessions"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
SESSION_COOKIE_AGE = 12 * 60 * 60

# Headers and cookies

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_BASE_URL]
MESSAGE_STORAGE = "ci_backbone.lib.notices.NoticeStorage"
if not PLAIN_HTTP:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_SSL_HOST = urlsplit(PUBLIC_BASE_URL).netloc
    # The containers' own health checks come without the proxy, over plain http.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
TRUST_PROXY = env.flag("TRUST_PROXY")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Limits count by the address that the proxy saw; by its own, one visitor would use up everybody's.
ALLAUTH_TRUSTED_PROXY_COUNT = int(TRUST_PROXY)
USE_X_FORWARDED_HOST = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [csp.NONE],
        "script-src": [csp.SELF],
        "style-src": [csp.SELF],
        "img-src": [csp.SELF, "data:"],
        "font-src": [csp.SELF],
        "connect-src": [csp.SELF],
        "form-action": [csp.SELF],
        "base-uri": [csp.NONE],
        "frame-ancestors": [csp.NONE],
        "object-src": [csp.NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 5
FILE_UPLOAD_HANDLERS = [
    # What is too large is read past before anything of it is kept; the form then says so.
    "ci_backbone.lib.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
SILENCED_SYSTEM_CHECKS = [
    # Whether a whole domain asks browsers to preload HSTS is for its owner to decide, not for one application.
    "security.W021",
]

# Mail

EMAIL = env.email("EMAIL_URL")
EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL.get("EMAIL_HOST", "localhost")
EMAIL_PORT = EMAIL.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = EMAIL.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = EMAIL.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 60
# A provider that sends for us, by its name in django-anymail, and what it is told; neither with SMTP.
MAIL_PROVIDER = EMAIL.get("MAIL_PROVIDER", "")
ANYMAIL: dict[str, Any] = EMAIL.get("ANYMAIL", {})
if MAIL_PROVIDER:
    INSTALLED_APPS.append("anymail")
MAIL_ACCEPT_DELAY_MS = env.number("MAIL_ACCEPT_DELAY_MS", 0)
DEFAULT_FROM_EMAIL = env.mailbox("DEFAULT_FROM_EMAIL", "CI Backbone <backbone@example.org>")
# Where reports of failed delivery go: the envelope's sender, and the mailbox from which they are read.
BOUNCE_ADDRESS = env.mailbox("BOUNCE_ADDRESS", "")
BOUNCE_MAILBOX_URL = env.imap("BOUNCE_MAILBOX_URL", "")
if BOUNCE_MAILBOX_URL:
    CELERY_BEAT_SCHEDULE["read_bounces"] = {
        "task": "communications.tasks.read_bounces",
        "schedule": 300.0,
        "options": {"expires": 240, "ignore_result": True},
    }
# How long the ledger keeps the text of a message; 0 for ever.
MESSAGE_BODY_DAYS = env.number("MESSAGE_BODY_DAYS", 365)
# How long what has ended is kept: links, invitations, API tokens, answers to repeated writes, bounces; 0 for ever.
LINK_DAYS = env.number("LINK_DAYS", 365)
INVITATION_DAYS = env.number("INVITATION_DAYS", 90)
TOKEN_DAYS = env.number("TOKEN_DAYS", 365)
REPLAY_DAYS = env.number("REPLAY_DAYS", 30)
BOUNCE_DAYS = env.number("BOUNCE_DAYS", 365)
# Called each minute while mail goes out, so that somebody outside notices when it does not.
DEADMAN_URL = env.text("DEADMAN_URL", "")
# The name of the key that the mail server signs with; `manage.py checkmail` looks it up.
DKIM_SELECTOR = env.text("DKIM_SELECTOR", "")
SENDS = bool(MAIL_PROVIDER) or EMAIL_BACKEND.endswith("smtp.EmailBackend")
if DEMO and SENDS and not env.flag("DEMO_MAY_SEND"):
    raise ImproperlyConfigured("EMAIL_URL sends mail, and a demonstration must not: set DEMO_MAY_SEND=1 to allow it.")

# Language and time

LANGUAGE_CODE = "en-us"
LANGUAGES = [("en-us", _("American English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["ci_backbone.lib.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# What people upload; nothing serves this folder but a view that asks who may.
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
# Who was erased, as hashes: it outlives the database, so that a backup from before brings nobody back.
ERASURES_FILE = Path(env.text("ERASURES_FILE", str(VAR_DIR / "erasures.jsonl")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Compressing takes most of a minute, which is well spent when an image is built and not at each `make run`.
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if PLAIN_HTTP
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# The API

# Whether anybody reads what the API takes and gives; otherwise tokens do, staff and operators.
API_SCHEMA_PUBLIC = env.flag("API_SCHEMA_PUBLIC", default=DEMO or DEBUG)
REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["ci_backbone.lib.access.DenyAll"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["partnership.api.authentication.TokenAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "ci_backbone.lib.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # OPTIONS describes nothing: the schema does.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "ci_backbone.api.errors.answer_error",
    "NUM_PROXIES": int(TRUST_PROXY),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CI Backbone API",
    "DESCRIPTION": "What partners do, count and decide in a collective impact initiative.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Fields of one name take different words: items have one status more than a lead can give, and so on.
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "teams.models.items.Status",
        "SaidStatusEnum": "teams.services.answers.SAID",
        "PlanStateEnum": "teams.models.plans.ActionPlan.State",
        "ParticipationStateEnum": "partnership.models.Participation.State",
        "TakesPartEnum": "partnership.api.serializers.organizations.TAKES_PART",
        "SeatRoleEnum": "partnership.models.Seat.Role",
        "NewSeatRoleEnum": "partnership.api.serializers.people.NEW_SEAT_ROLES",
        "MemberRoleEnum": "partnership.models.Membership.Role",
        "MeasureRoleEnum": "measures.models.Measure.Role",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Logs

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", among=logs.LEVELS)
LOGGING = logs.dict_config(LOG_LEVEL)
logs.configure()
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # DEBUG: the line at the end of a request says enough.
