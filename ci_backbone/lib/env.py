"""Typed readers for environment variables.

Each reader takes the name of a variable and raises `ImproperlyConfigured`, naming
that variable, when it is missing without a default or cannot be understood.
"""

import hashlib
import json
import os
import pkgutil
import re
from dataclasses import dataclass, field
from email.utils import getaddresses
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

YES = {"1", "true", "yes", "on"}
NO = {"", "0", "false", "no", "off"}
ESCAPED = "In user and password, write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A and % as %25."


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


def oidc(name: str) -> dict[str, Any]:
    """What django-allauth is told of an OpenID Connect provider, from `NAME_SERVER_URL` and its like; empty without.

    The provider is asked over https, or on this machine.
    """
    server = text(f"{name}_SERVER_URL", "").rstrip("/")
    if not server:
        return {}
    parts = urlsplit(server)
    is_sealed = parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname or ""))
    if not is_sealed or not parts.netloc or parts.query or parts.fragment or "/.well-known/" in server:
        raise ImproperlyConfigured(
            f"{name}_SERVER_URL must be the issuer, like https://login.example.org, not {server!r}."
        )
    return {
        # Of this issuer: under another one the same number is another person.
        "provider_id": f"oidc-{hashlib.sha256(server.encode()).hexdigest()[:12]}",
        "name": text(f"{name}_NAME", "your organization"),
        "client_id": text(f"{name}_CLIENT_ID"),
        "secret": text(f"{name}_CLIENT_SECRET"),
        "settings": {
            "server_url": server,
            "oauth_pkce_enabled": True,
            "email_domains": [domain.lower() for domain in listing(f"{name}_EMAIL_DOMAINS", "")],
        },
    }


def base_url(name: str) -> str:
    """An http or https address without a path, and without a slash at its end."""
    value = text(name).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
        raise ImproperlyConfigured(f"{name} must be like https://backbone.example.org, not {value!r}.")
    return value


def folder(name: str, default: str) -> str:
    """The first part of an address, with a slash at its end."""
    value = text(name, default).strip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", value):
        raise ImproperlyConfigured(f"{name} must be one word of small letters, digits and hyphens, not {value!r}.")
    return f"{value}/"


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

    `smtp://user:password@host:587?tls=1` (`ssl=1` for TLS from the first byte) sends, and so does
    `anymail://postmark` (a provider by its name in django-anymail, with keys in variables that begin with ANYMAIL_);
    `keep://` accepts every message and stores nothing; `memory://` is for tests.
    A complaint never repeats the address: it holds a password.
    """
    value = text(name, default)
    scheme, colon, _rest = value.partition("://")
    scheme = scheme.lower() if colon else ""
    if scheme == "keep":
        return {"EMAIL_BACKEND": "ci_backbone.lib.mail.KeepBackend"}
    if scheme == "memory":
        return {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    if scheme == "smtp":
        return _smtp(name, value)
    if scheme == "anymail":
        return _provider(name, value)
    raise ImproperlyConfigured(f"{name} must be smtp://host:port, anymail://provider, keep:// or memory://.")


def _smtp(name: str, value: str) -> dict[str, Any]:
    like = "smtp://user:password@mail.example.org:587?tls=1"
    parts = _mail_server(name, value, like)
    if parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must be like {like}. {ESCAPED}")
    switches = _switches(name, parts.query)
    user, password = _login(name, parts)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if switches["ssl"] else 25),
        "EMAIL_HOST_USER": user,
        "EMAIL_HOST_PASSWORD": password,
        "EMAIL_USE_SSL": switches["ssl"],
        "EMAIL_USE_TLS": switches["tls"],
    }


def _mail_server(name: str, value: str, like: str) -> SplitResult:
    """The parts of a mail server's address, with a host and a port that can be used."""
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
        host.encode("idna")
    except ValueError:
        raise ImproperlyConfigured(f"{name} needs a host, and a port from 1 to 65535. {ESCAPED}") from None
    one_line = value.isprintable() and " " not in value
    if not one_line or port == 0 or not re.fullmatch(r"[\w.:-]+", host) or parts.fragment:
        raise ImproperlyConfigured(f"{name} must be like {like}. {ESCAPED}")
    return parts


def _login(name: str, parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ImproperlyConfigured(f"{name} must name a user and a password, or neither.")
    if not (user + password).isascii() or not (user + password).isprintable():
        raise ImproperlyConfigured(f"{name}: user and password can hold plain ASCII letters, digits and signs only.")
    return user, password


def _switches(name: str, query: str) -> dict[str, bool]:
    """`tls` and `ssl` of a mail address: 1 or 0, each once, and not both of them 1."""
    pairs = parse_qsl(query, keep_blank_values=True)
    found = dict(pairs)
    if len(found) < len(pairs) or not found.keys() <= {"tls", "ssl"} or not set(found.values()) <= {"0", "1"}:
        raise ImproperlyConfigured(f"{name}: after the ? only tls=1 or ssl=1 may stand (or 0), once. {ESCAPED}")
    if found.get("tls") == found.get("ssl") == "1":
        raise ImproperlyConfigured(f"{name}: tls=1 is STARTTLS, ssl=1 is TLS from the first byte; only one can be.")
    return {switch: found.get(switch) == "1" for switch in ("tls", "ssl")}


# Modules of django-anymail that are no provider, or one by an older name.
_NO_PROVIDERS = {"base", "base_requests", "console", "sendinblue", "test"}
# Its settings that are switches; the others are words, numbers, or lists and tables in JSON.
_PROVIDER_SWITCHES = {"DEBUG_API_REQUESTS", "IGNORE_RECIPIENT_STATUS", "IGNORE_UNSUPPORTED_FEATURES"}


def _provider(name: str, value: str) -> dict[str, Any]:
    known = _providers()
    provider = value.partition("://")[2].strip("/").lower().replace("-", "_")
    if not known:
        raise ImproperlyConfigured(f"{name}: anymail:// needs the package django-anymail.")
    if provider not in known:
        raise ImproperlyConfigured(f"{name} must name one of these providers after anymail://: {', '.join(known)}.")
    return {
        "EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend",
        "MAIL_PROVIDER": provider,
        "ANYMAIL": provider_settings(),
    }


def _providers() -> list[str]:
    """The providers that the installed django-anymail knows; none where it is not installed."""
    found = find_spec("anymail.backends") if find_spec("anymail") else None
    places = found.submodule_search_locations if found else None
    return sorted({module.name for module in pkgutil.iter_modules(places)} - _NO_PROVIDERS) if places else []


def provider_settings() -> dict[str, Any]:
    """What django-anymail is told: every variable that begins with ANYMAIL_, without that beginning.

    What a provider cannot do, such as an envelope with a sender of its own, is left out of a mail rather than
    keeping the mail back, unless ANYMAIL_IGNORE_UNSUPPORTED_FEATURES says otherwise.
    """
    names = [name for name, value in os.environ.items() if name.startswith("ANYMAIL_") and value.strip()]
    found = {name.removeprefix("ANYMAIL_"): _provider_setting(name) for name in names}
    return {"IGNORE_UNSUPPORTED_FEATURES": True, **found}


def _provider_setting(name: str) -> Any:
    value, short = text(name), name.removeprefix("ANYMAIL_")
    if short in _PROVIDER_SWITCHES:
        return flag(name)
    if short.endswith(("_TIMEOUT", "_CHUNK_SIZE")):
        return number(name, 0, at_least=1)
    if value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            raise ImproperlyConfigured(f"{name} begins like JSON and is none.") from None
    if short == "WEBHOOK_SECRET" and ":" not in value.strip(":"):
        raise ImproperlyConfigured(f"{name} must be user:password, two long random words with a colon between them.")
    return value


@dataclass(frozen=True)
class ImapServer:
    """Where a mailbox is read, and how: TLS from the first byte, by STARTTLS, or none on this machine."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    over_tls: bool
    starttls: bool


def imap(name: str, default: str | None = None) -> str:
    """The address of a mailbox as it stands, if `imap_server` understands it; empty if the default is."""
    value = text(name, default)
    if value:
        imap_server(name, value)
    return value


def imap_server(name: str, value: str) -> ImapServer:
    """Read `imaps://user:password@host:993/INBOX`.

    `imap://` is for this machine, or for another one with `?tls=1` (STARTTLS): a password is never sent in the
    clear. A complaint never repeats the address: it holds a password.
    """
    like = "imaps://user:password@mail.example.org/INBOX"
    parts = _mail_server(name, value, like)
    if parts.scheme not in ("imap", "imaps"):
        raise ImproperlyConfigured(f"{name} must be like {like}. {ESCAPED}")
    switches = _switches(name, parts.query)
    over_tls = parts.scheme == "imaps" or switches["ssl"]
    if switches["tls"] and over_tls:
        raise ImproperlyConfigured(f"{name}: imaps:// is TLS from the first byte; ?tls=1 goes with imap:// only.")
    if not over_tls and not switches["tls"] and not _is_this_machine(parts.hostname or ""):
        raise ImproperlyConfigured(f"{name} must be imaps://, or imap:// with ?tls=1: the password would be readable.")
    user, password = _login(name, parts)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if not user:
        raise ImproperlyConfigured(f"{name} needs a user and a password, as in {like}. {ESCAPED}")
    if not folder.isascii() or not folder.isprintable():
        raise ImproperlyConfigured(f"{name}: the folder can hold plain ASCII letters, digits and signs only.")
    port = parts.port or (993 if over_tls else 143)
    return ImapServer(parts.hostname or "", port, user, password, folder, over_tls, switches["tls"])


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def mailbox(name: str, default: str | None = None) -> str:
    """One e-mail address with a domain, alone or as `Name <address>`, on one line; empty if the default is."""
    value = text(name, default)
    if not value:
        return value
    addresses = [address for _name, address in getaddresses([value])]
    try:
        # What the parser put together from several pieces stands nowhere in the value.
        if len(addresses) != 1 or addresses[0] not in value or not value.isprintable() or value.endswith(("]", "]>")):
            raise ValidationError("")
        validate_email(addresses[0])
        addresses[0].rpartition("@")[2].encode("idna")
    except (ValidationError, UnicodeError):
        raise ImproperlyConfigured(
            f"{name} must be one address, as in Backbone <backbone@example.org> "
            f"(quotes around a name with a comma), not {value!r}."
        ) from None
    return value


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
