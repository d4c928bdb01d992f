"""The settings refuse what is unsafe. Each test starts a Python of its own with an environment of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import compose

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCTION = compose.environment("web")


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import django; django.setup(); from django.conf import settings as s; "
        "from ci_backbone.lib.notices import NoticeCookie as n; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, n.cookie_name)"
    )
    environment = PRODUCTION | {"DJANGO_SETTINGS_MODULE": "ci_backbone.settings"} | changes
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "x" * 60}, "SECRET_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"DEMO": "1"}, "DEMO_MAY_SEND"),
        ({"DEMO": "1", "EMAIL_URL": "anymail://postmark"}, "DEMO_MAY_SEND"),
        ({"EMAIL_URL": "anymail://nobody"}, "EMAIL_URL must name one of these providers"),
        ({"EMAIL_URL": "anymail://test"}, "EMAIL_URL must name one of these providers"),
        ({"BOUNCE_MAILBOX_URL": "imap://me:secret@mail.example.org/INBOX"}, "BOUNCE_MAILBOX_URL must be imaps://"),
        ({"DATABASE_URL": "oracle://host/name"}, "DATABASE_URL"),
    ],
)
def test_unsafe_setting_stops_the_start_and_is_named(changes: dict[str, str], named: str) -> None:
    result = start(**changes)

    assert result.returncode != 0
    assert f"ImproperlyConfigured: {named}" in result.stderr or named in result.stderr.splitlines()[-1]


def test_production_has_host_cookies() -> None:
    assert start().stdout.split() == ["__Host-sessionid", "__Host-csrftoken", "__Host-language", "__Host-messages"]


def test_plain_cookies_only_in_a_demonstration_over_http() -> None:
    http = {"PUBLIC_BASE_URL": "http://127.0.0.1:8000", "EMAIL_URL": "keep://"}

    assert start(**http).stdout.split()[0] == "__Host-sessionid"
    assert start(**http, DEMO="1").stdout.split() == ["sessionid", "csrftoken", "django_language", "messages"]


@pytest.mark.parametrize(
    ("changes", "public"),
    [({}, "False"), ({"API_SCHEMA_PUBLIC": "1"}, "True"), ({"DEMO": "1"}, "True"), ({"DEBUG": "1"}, "True")],
)
def test_schema_of_the_api_is_public_where_asked_for_or_in_a_demonstration(
    changes: dict[str, str], public: str
) -> None:
    code = "from ci_backbone import settings; print(settings.API_SCHEMA_PUBLIC)"
    plain = {"PUBLIC_BASE_URL": "http://127.0.0.1:8000", "EMAIL_URL": "keep://"}
    environment = PRODUCTION | plain | changes
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == public, said.stderr


def test_every_container_but_the_servers_gets_the_same_settings() -> None:
    environments = [compose.environment(name) for name in ("migrate", "web", "worker", "beat")]

    assert environments == [PRODUCTION] * 4


@pytest.mark.parametrize("command", ["check", "tick", "nosuch"])
def test_command_with_a_wrong_setting_ends_with_its_sentence(command: str) -> None:
    wrong = PRODUCTION | {"BOUNCE_MAILBOX_URL": "imap://me:secret@mail.example.org/INBOX"}

    result = subprocess.run(
        [sys.executable, "manage.py", command], cwd=ROOT, env=wrong, capture_output=True, text=True, check=False
    )

    sentence = "BOUNCE_MAILBOX_URL must be imaps://, or imap:// with ?tls=1: the password would be readable.\n"
    assert (result.returncode, result.stdout, result.stderr) == (1, "", sentence)
