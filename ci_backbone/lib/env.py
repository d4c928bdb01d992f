"""Typed readers for environment variables.

Each reader takes the name of a variable and raises `ImproperlyConfigured`, naming
that variable, when it is missing without a default or cannot be understood.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"", "0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable as it stands; an empty value counts as missing."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. docs/operations.md lists every setting.")
    return default


def flag(name: str, *, default: bool = False) -> bool:
    """1, true, yes, on or 0, false, no, off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in YES:
        return True
    if value in NO:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int, *, at_least: int = 0) -> int:
    """A whole number, `at_least` or more."""
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None
    if result < at_least:
        raise ImproperlyConfigured(f"{name} must be {at_least} or more, not {result}.")
    return result


def listing(name: str, default: str | None = None) -> list[str]:
    """Values parted by commas, without empty ones."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def choice(name: str, default: str, *, among: tuple[str, ...]) -> str:
    """One of the words in `among`, in upper case."""
    value = text(name, default).upper()
    if value not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {value!r}.")
    return value


def base_url(name: str) -> str:
    """An http or https address without a path, and without a slash at its end."""
    value = text(name).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} must be like https://backbone.example.org, not {value!r}.")
    return value


def database(name: str) -> dict[str, Any]:
    """Django's settings for `sqlite:////folder/file` or `postgres://user:password@host:port/name`.

    A PostgreSQL socket folder is given as `?host=/folder`.
    """
    parts = urlsplit(text(name))
    if parts.scheme == "sqlite":
        if not parts.path.startswith("/") or parts.path == "/":
            raise ImproperlyConfigured(f"{name} must hold a full path, as in sqlite:////srv/backbone.sqlite3.")
        path = parts.path[1:] if parts.path.startswith("//") else parts.path
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": unquote(path)}
    if parts.scheme in {"postgres", "postgresql"}:
        return _postgresql(name, parts)
    raise ImproperlyConfigured(f"{name} must begin with sqlite:// or postgres://.")


def _postgresql(name: str, parts: Any) -> dict[str, Any]:
    database_name = unquote(parts.path.lstrip("/"))
    if not database_name:
        raise ImproperlyConfigured(f"{name} names no database, as in postgres://user@host/backbone.")
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or ""),
    }


def email(name: str, default: str | None = None) -> dict[str, Any]:
    """Django's mail settings, by name, for one of these addresses.

    `smtp://user:password@host:587?tls=1` (`ssl=1` for TLS from the first byte) sends;
    `keep://` accepts every message and stores nothing; `memory://` is for tests.
    """
    parts = urlsplit(text(name, default))
    if parts.scheme == "keep":
        return {"EMAIL_BACKEND": "ci_backbone.lib.mail.KeepBackend"}
    if parts.scheme == "memory":
        return {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    if parts.scheme != "smtp" or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be smtp://host:port, keep:// or memory://.")
    query = parse_qs(parts.query)
    over_ssl = query.get("ssl") == ["1"]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if over_ssl else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": over_ssl,
        "EMAIL_USE_TLS": query.get("tls") == ["1"],
    }


def parse_file(path: Path) -> dict[str, str]:
    """NAME=value lines of a file; blank lines and lines that begin with # are left out."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = value.strip()
    return found


def use_demonstration(path: Path) -> None:
    """Take the settings in `path`, when it is there and the environment names no installation."""
    if "SECRET_KEY" in os.environ or "DATABASE_URL" in os.environ or not path.is_file():
        return
    for name, value in parse_file(path).items():
        os.environ.setdefault(name, value)
