"""The mailbox that reports of failed delivery go to: read by IMAP. Nothing in it is deleted."""

import imaplib
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import structlog
from django.conf import settings
from django.db import Error, connections

from ci_backbone.lib.busy import DATABASE_AWAY
from ci_backbone.lib.env import ImapServer, imap_server
from communications.answers import readable
from communications.services.reports import Told, note_report

log = structlog.get_logger(__name__)

EVERY_SECONDS = 300
# For the connection and for each answer, and for all of them.
ANSWER_SECONDS = 10
READING_SECONDS = 60
MAILS_AT_ONCE = 200
# So much of a mail is read. A report says what it has to say at its beginning; the mail it returns may be long.
BYTES = 128 * 1024
_PLAIN = re.compile(r"[\w.@+/-]+")


class MailboxFailed(Exception):
    """The mailbox could not be read, or not to its end; what was read before counts."""


@dataclass
class Reading:
    """What was found in the mailbox."""

    read: int = 0
    new: int = 0
    known: int = 0
    nothing: int = 0
    unreadable: int = 0
    # Still there when the reading ended: the next one begins with them.
    left: int = 0

    def __str__(self) -> str:
        return (
            f"read {self.read}, new bounces {self.new}, known already {self.known}, "
            f"no report about a message of ours {self.nothing}, unreadable {self.unreadable}, left {self.left}"
        )


def read_mailbox() -> Reading:
    """Read what nobody has read in the mailbox, 200 mails at most, and mark it as read. Raises MailboxFailed.

    A mail is marked after its bounce is written down, so that none is lost; one that is read twice changes nothing.
    """
    server = imap_server("BOUNCE_MAILBOX_URL", settings.BOUNCE_MAILBOX_URL)
    reading, end = Reading(), time.monotonic() + READING_SECONDS
    try:
        with _opened(server) as client:
            unread = _unread(client)
            for uid in unread[:MAILS_AT_ONCE]:
                if time.monotonic() > end:
                    break
                _read(client, uid, reading)
            reading.left = len(unread) - reading.read
    except (OSError, imaplib.IMAP4.error, ValueError) as error:
        raise MailboxFailed(f"The mailbox for bounces could not be read: {_told(error, server)}") from error
    if reading.read:
        log.info("the mailbox for bounces was read", read=reading.read, new=reading.new, left=reading.left)
    return reading


def read_and_log() -> None:
    """Read the mailbox, where one is set; that it could not be read is for the log."""
    if not settings.BOUNCE_MAILBOX_URL:
        return
    try:
        read_mailbox()
    except MailboxFailed as failure:
        log.error("the mailbox for bounces cannot be read", error=str(failure))
    except Error:
        log.exception("the database was away while the mailbox for bounces was read")


class RegularReading:
    """Reads the mailbox every five minutes, beside what its process does: a slow mail server keeps nothing back."""

    def __init__(self) -> None:
        self._due = 0.0
        self._thread: Thread | None = None

    def look(self) -> None:
        """Begin to read, if a mailbox is set and it is time."""
        is_running = self._thread is not None and self._thread.is_alive()
        if not settings.BOUNCE_MAILBOX_URL or is_running or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_SECONDS
        self._thread = Thread(target=_read_in_thread, name="bounces", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # The machine has no room for one more thread.
            log.exception("the mailbox for bounces cannot be read")

    def wait(self, seconds: float) -> None:
        """Wait until nothing is being read, for so long at most."""
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(seconds)


def _read_in_thread() -> None:
    try:
        read_and_log()
    finally:
        connections.close_all()


@contextmanager
def _opened(server: ImapServer) -> Iterator[imaplib.IMAP4]:
    """A connection that is signed in, with the folder selected."""
    context = ssl.create_default_context()
    client: imaplib.IMAP4
    if server.over_tls:
        client = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=ANSWER_SECONDS)
    else:
        client = imaplib.IMAP4(server.host, server.port, timeout=ANSWER_SECONDS)
    try:
        if server.starttls:
            client.starttls(ssl_context=context)
        client.login(_quoted(server.user), server.password)
        _ok(client.select(_quoted(server.folder)), "the folder cannot be opened")
        yield client
    finally:
        _leave(client)


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (OSError, imaplib.IMAP4.error, ValueError):
        # It is broken already; nothing waits for its goodbye.
        with suppress(OSError):
            client.shutdown()


def _unread(client: imaplib.IMAP4) -> list[str]:
    found = _ok(client.uid("SEARCH", "UNSEEN"), "the mailbox cannot be searched")
    return [uid.decode("ascii") for line in found if line for uid in line.split()]


def _read(client: imaplib.IMAP4, uid: str, reading: Reading) -> None:
    fetched = _ok(client.uid("FETCH", uid, f"(INTERNALDATE BODY.PEEK[]<0.{BYTES}>)"), "a mail cannot be fetched")
    told = _noted(fetched, uid)
    reading.read += 1
    if told is None:
        reading.unreadable += 1
    else:
        setattr(reading, told, getattr(reading, told) + 1)
    _ok(client.uid("STORE", uid, "+FLAGS", r"(\Seen)"), "a mail cannot be marked as read")


def _noted(fetched: list[Any], uid: str) -> Told | None:
    """What a mail told us; None where it could not be understood, which keeps back no other."""
    raw = next((item[1] for item in fetched if isinstance(item, tuple) and b"BODY[" in item[0].upper()), None)
    if raw is None:
        # Somebody has taken it away meanwhile.
        return Told.NOTHING
    try:
        return note_report(raw[:BYTES], _arrived(fetched))
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("a mail in the mailbox for bounces cannot be understood", uid=uid)
        return None


def _arrived(fetched: list[Any]) -> datetime | None:
    """When the mailbox took the mail, by its server's clock."""
    said = b" ".join(item[0] if isinstance(item, tuple) else item for item in fetched if item)
    local = imaplib.Internaldate2tuple(said)
    return datetime.fromtimestamp(time.mktime(local), UTC) if local else None


def _ok(answer: tuple[str, list[Any]], otherwise: str) -> list[Any]:
    """The data of an answer. Raises an error of imaplib where it is not OK."""
    state, data = answer
    if state != "OK":
        words = readable(data[0] if data and data[0] else b"")
        raise imaplib.IMAP4.error(f"{otherwise}: {words}")
    return data


def _quoted(word: str) -> str:
    """A user or a folder as IMAP takes it; imaplib quotes only passwords."""
    if _PLAIN.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _told(error: Exception, server: ImapServer) -> str:
    """What went wrong, on one line and without a password, which the server may have repeated."""
    if isinstance(error, TimeoutError):
        return f"it did not answer within {ANSWER_SECONDS} seconds."
    if isinstance(error, socket.gaierror):
        return "its name leads to no server."
    words = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
    return readable(words).replace(server.password, "…")
