"""Whether mail can leave, and whether it will be believed: what `manage.py checkmail` looks at.

Nothing is sent and nothing is written.
"""

from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from communications.services.mailcheck.domain import Question, check_domain
from communications.services.mailcheck.findings import Finding, Level
from communications.services.mailcheck.server import SECONDS, Visit
from communications.services.mailcheck.spf import Server

SETTINGS = "settings"
SEND_NOTHING = (
    "KeepBackend",
    "locmem.EmailBackend",
    "console.EmailBackend",
    "dummy.EmailBackend",
    "filebased.EmailBackend",
)
MADE_UP = ("example.org", "example.com", "example.net", "example", "test", "invalid", "localhost")

__all__ = ["Finding", "Level", "check_mail"]


def check_mail(*, selector: str = "", resolver: str = "") -> Iterator[Finding]:
    """Check the mail server and the sender's domain, a finding at a time, in the order in which a mail meets them.

    `selector` names the DKIM key, `resolver` the address of a DNS resolver; without them the settings and the
    machine decide.
    """
    if settings.EMAIL_BACKEND.endswith(SEND_NOTHING):
        words = "This installation sends no mail: every message is accepted and kept for the messages page."
        yield Finding(SETTINGS, Level.NOTE, words, "To send, set EMAIL_URL to smtp://user:password@host:587?tls=1.")
        return
    sender = _address(settings.DEFAULT_FROM_EMAIL)
    envelope = _address(getattr(settings, "BOUNCE_ADDRESS", "")) or sender
    if not sender:
        advice = "Set it to one address, as in Backbone <backbone@your-domain.org>."
        yield Finding(SETTINGS, Level.ERROR, "DEFAULT_FROM_EMAIL holds no address that can be used.", advice)
        return
    yield from _made_up(sender)
    visit = None
    try:
        backend: Any = get_connection(timeout=SECONDS)
    except (ImportError, ImproperlyConfigured) as problem:
        yield _unusable(problem)
    else:
        if isinstance(backend, EmailBackend):
            visit = Visit(backend, envelope)
            yield from visit.findings()
        else:
            yield _by_provider()
    server = Server(visit.backend.host, visit.peer) if visit and visit.peer else None
    question = Question(_domain(sender), _domain(envelope), selector or settings.DKIM_SELECTOR, server)
    yield from check_domain(question, resolver)


def _unusable(problem: Exception) -> Finding:
    words = f"The mail backend {settings.EMAIL_BACKEND} cannot be used: {problem}"
    return Finding(SETTINGS, Level.ERROR, words, "Correct EMAIL_URL and the settings that it needs.")


def _by_provider() -> Finding:
    words = f"Mail goes through the programming interface of a provider ({settings.EMAIL_BACKEND})."
    advice = "Only the records of the domain are checked; a test mail to yourself shows the rest."
    return Finding(SETTINGS, Level.NOTE, words, advice)


def _made_up(sender: str) -> Iterator[Finding]:
    domain = _domain(sender)
    if any(domain == name or domain.endswith(f".{name}") for name in MADE_UP):
        words = f"The sender is {sender}, whose domain is made up for examples: receivers refuse it."
        yield Finding(SETTINGS, Level.WARNING, words, "Set DEFAULT_FROM_EMAIL to an address of your own domain.")


def _address(value: str) -> str:
    """The address in a setting as it stands in the envelope of a mail, its domain in ASCII; empty if there is none."""
    local, at, domain = parseaddr(value)[1].rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii').lower()}" if local.isascii() and local else ""
    except UnicodeError:
        return ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
