"""Settings of the test suite: SQLite by default, PostgreSQL and Redis with DJANGO_DB=postgres."""

import os

from tests.rig.room import room_of_this_run

DATABASE = os.environ.get("DJANGO_DB", "sqlite")
ROOM = room_of_this_run()

# The suite never reads the settings of an installation: its variables replace whatever the shell has.
LEFT_OUT = (
    "API_SCHEMA_PUBLIC BOUNCE_ADDRESS BOUNCE_DAYS BOUNCE_MAILBOX_URL DEADMAN_URL DEBUG DEFAULT_FROM_EMAIL DKIM_SELECTOR ERASURES_FILE "
    "INVITATION_DAYS LINK_DAYS MAIL_ACCEPT_DELAY_MS MESSAGE_BODY_DAYS REDIS_URL REPLAY_DAYS SECRET_KEY_FALLBACKS "
    "STATIC_ROOT TOKEN_DAYS TRUST_PROXY "
    "OIDC_CLIENT_ID OIDC_CLIENT_SECRET OIDC_EMAIL_DOMAINS OIDC_NAME OIDC_SERVER_URL"
).split()
for name in list(os.environ):
    if name in LEFT_OUT or name.startswith("ANYMAIL_"):
        del os.environ[name]
os.environ |= {
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "DATABASE_URL": f"sqlite:///{ROOM / 'tests.sqlite3'}",
    "DEMO": "1",
    "EMAIL_URL": "memory://",
    "LOG_LEVEL": "WARNING",
    "PUBLIC_BASE_URL": "http://testserver",
    "SECRET_KEY": "a key for tests that is long enough to count as a key in production",
    "VAR_DIR": str(ROOM),
}
if DATABASE == "postgres":
    from tests.rig import servers

    running = servers.for_this_run(ROOM)
    os.environ |= {"DATABASE_URL": running.database_url, "REDIS_URL": running.redis_url}

from ci_backbone.settings import *  # noqa: F403, E402  # The settings under test, with what stands above.

# Plain http, as in a demonstration; a test that needs demonstration mode asks for it.
DEMO = False
API_SCHEMA_PUBLIC = False
DATABASES["default"].pop("CONN_MAX_AGE", None)  # noqa: F405  # Threads of live servers would keep connections.
if DATABASE == "sqlite":
    # A file, so that threads meet the same locks as in an installation; lost with the run, so never waited for.
    DATABASES["default"]["TEST"] = {"NAME": str(ROOM / "tests.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # noqa: F405
else:
    # A test may do something else for long inside its own transaction.
    DATABASES["default"]["OPTIONS"].pop("options")  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = ROOM / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
if "LOCATION" in CACHES["default"]:  # noqa: F405
    # Clearing the cache empties a whole Redis database, and there are sixteen: each worker has its own.
    CACHES["default"]["LOCATION"] = REDIS_URL.replace("/0", f"/{int(WORKER[2:]) % 16}")  # noqa: F405
