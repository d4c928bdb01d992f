"""The mail server: is it there, is the way to it safe, does it let us in, does it take our sender?"""

import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from communications.services.mailcheck.findings import Finding, Level
from communications.services.mailcheck.refusals import explained, sender_refused

# For the connection, and for each answer.
SECONDS = 10
SERVER = "server"
SIGN_IN = "sign-in"
SENDER = "sender"
ACCEPTED = 250
RENEW_WITHIN = timedelta(days=14)


class Visit:
    """Connects and signs in as for real mail, offers a sender, and leaves without sending anything."""

    def __init__(self, backend: EmailBackend, sender: str) -> None:
        self.backend = backend
        self.sender = sender
        # The address that the server was reached at; known once it was.
        self.peer = ""

    def findings(self) -> Iterator[Finding]:
        problem = self._open()
        smtp = self._smtp()
        try:
            if smtp is not None and (problem is None or isinstance(smtp.sock, ssl.SSLSocket)):
                yield from self._way(smtp)
            if problem is not None:
                yield problem
            elif smtp is not None:
                yield from self._welcome(smtp)
        finally:
            self._close()

    def _open(self) -> Finding | None:
        """Open the backend; returns what went wrong, if anything did."""
        try:
            self.backend.open()
        except (OSError, ValueError) as error:
            part = SIGN_IN if isinstance(error, smtplib.SMTPAuthenticationError) else SERVER
            return Finding(part, Level.ERROR, *explained(error, self.backend))
        return None

    def _smtp(self) -> smtplib.SMTP | None:
        """The connection, also where only the sign-in failed."""
        return self.backend.connection or getattr(self.backend, "_partial_connection", None)

    def _close(self) -> None:
        try:
            self.backend.close()
        except (OSError, smtplib.SMTPException):
            # It is broken already, and what is wrong with it has been said.
            return

    def _way(self, smtp: smtplib.SMTP) -> Iterator[Finding]:
        self.peer = _peer(smtp)
        where = f"{self.backend.host}:{self.backend.port}"
        yield Finding(SERVER, Level.OK, f"Connected to {where}" + (f" ({self.peer})." if self.peer else "."))
        if isinstance(smtp.sock, ssl.SSLSocket):
            yield _encrypted(smtp.sock, self.backend.host)
        elif self.peer and ipaddress.ip_address(self.peer).is_loopback:
            yield Finding(SERVER, Level.NOTE, "Not encrypted; the server is on this machine.")
        else:
            yield _unencrypted(smtp)

    def _welcome(self, smtp: smtplib.SMTP) -> Iterator[Finding]:
        if self.backend.username:
            yield Finding(SIGN_IN, Level.OK, f"Signed in as {self.backend.username}.")
        else:
            yield Finding(SIGN_IN, Level.NOTE, "Not signed in: EMAIL_URL names no user.")
        try:
            smtp.ehlo_or_helo_if_needed()
            yield from _size(smtp)
            yield self._offered(smtp)
        except (OSError, ValueError) as error:
            yield Finding(SENDER, Level.ERROR, *explained(error, self.backend))

    def _offered(self, smtp: smtplib.SMTP) -> Finding:
        code, words = smtp.mail(self.sender)
        if code != ACCEPTED:
            return Finding(SENDER, Level.ERROR, *sender_refused(self.sender, code, words, self.backend))
        smtp.rset()
        return Finding(SENDER, Level.OK, f"Takes mail from {self.sender}. Nothing was sent.")


def _peer(smtp: smtplib.SMTP) -> str:
    try:
        # What follows a % names a network card of this machine.
        return str(smtp.sock.getpeername()[0]).partition("%")[0] if smtp.sock else ""
    except OSError:
        return ""


def _encrypted(sock: ssl.SSLSocket, host: str) -> Finding:
    """A certificate that is not to be trusted has ended the connection already, so this one is."""
    certificate: dict[str, Any] = sock.getpeercert() or {}
    cipher = (sock.cipher() or ("an unknown cipher",))[0]
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    words = (
        f"Encrypted with {sock.version()}, {cipher}. The certificate is verified for {host}: "
        f"issued by {_issuer(certificate)}, valid until {ends.day} {ends:%B %Y}."
    )
    if ends - datetime.now(UTC) < RENEW_WITHIN:
        return Finding(SERVER, Level.WARNING, words, "Have it renewed now; once it has expired, no mail leaves.")
    return Finding(SERVER, Level.OK, words)


def _issuer(certificate: dict[str, Any]) -> str:
    names = {name: value for part in certificate.get("issuer", ()) for name, value in part}
    return str(names.get("organizationName") or names.get("commonName") or "an unnamed authority")


def _unencrypted(smtp: smtplib.SMTP) -> Finding:
    advice = "Use ?tls=1 in EMAIL_URL (port 587), or ?ssl=1 (port 465)."
    try:
        smtp.ehlo_or_helo_if_needed()
        if smtp.has_extn("starttls"):
            advice = "The server offers TLS on this port: use ?tls=1 in EMAIL_URL."
    except OSError:
        # The next step meets the same trouble and says so.
        pass
    return Finding(SERVER, Level.WARNING, "Passwords and mail travel unencrypted.", advice)


def _size(smtp: smtplib.SMTP) -> Iterator[Finding]:
    announced = smtp.esmtp_features.get("size", "").strip()
    # 0 and nothing mean that no limit is known.
    if announced.isdecimal() and int(announced):
        yield Finding(SERVER, Level.OK, f"Takes mails of up to {int(announced) / 1_000_000:.1f} MB.")
