"""The mail server: one connection for a batch, opened again where it broke before anything was lost."""

import smtplib
import time
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from communications import answers
from communications.answers import HandOverFailed, Outcome

CONNECT_SECONDS = 10
REPLY_SECONDS = 60
GOODBYE_SECONDS = 5


class LeaseOver(OSError):
    """The sender was held up for longer than its claim lasts: the message may be another's by now."""


class Transport:
    """Hands mails to Django's mail backend over one connection."""

    def __init__(self) -> None:
        self._backend: Any = None
        self._was_used = False
        self._text_began = False
        self._end = 0.0

    def open(self) -> None:
        """Open the connection unless it is open. Raises HandOverFailed; then nothing was handed over."""
        if self._backend is not None:
            return
        backend = _backend()
        try:
            backend.open()
        except (OSError, ValueError, smtplib.SMTPException) as error:
            _close(backend)
            raise answers.of_opening(error) from error
        self._watch(backend)
        self._backend, self._was_used = backend, False

    def hand_over(self, mail: EmailMessage, *, end: float) -> str:
        """Give one mail to the server; return the provider's id for it, if it has one.

        The text begins before `end` (by time.monotonic) or not at all, and no reply is waited for beyond it.

        Raises HandOverFailed unless the mail was accepted. A connection that served before and is gone by now,
        as after a server's limit, is opened again once: nothing was lost with it.
        """
        self._end = end
        self.open()
        was_used = self._was_used
        try:
            return self._try(mail)
        except HandOverFailed as failed:
            if failed.outcome != Outcome.NO_CONNECTION or not was_used:
                raise
        self.open()
        return self._try(mail)

    def _try(self, mail: EmailMessage) -> str:
        mail.connection, self._was_used = self._backend, True
        # What a backend without SMTP does before it fails cannot be seen: then nothing is certain.
        self._text_began = not self._speaks_smtp
        try:
            taken = self._backend.send_messages([mail])
        except Exception as error:
            if not _is_reply(error):
                self.close()
            raise answers.of_handing_over(error, text_began=self._text_began) from error
        except BaseException:
            self.close()
            raise
        if not taken:
            raise HandOverFailed(Outcome.TRANSIENT, "The mail backend took nothing.")
        said = getattr(mail, "anymail_status", None)
        if failed := answers.of_taking(said):
            raise failed
        provider_id = getattr(said, "message_id", None)
        return "" if provider_id is None else str(provider_id)

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            _close(backend)

    @property
    def _speaks_smtp(self) -> bool:
        return isinstance(getattr(self._backend, "connection", None), smtplib.SMTP)

    def _watch(self, backend: Any) -> None:
        """See when the text of a mail begins, and keep every reply within the time of its hand-over."""
        smtp = getattr(backend, "connection", None)
        if not isinstance(smtp, smtplib.SMTP):
            return
        send, get_reply = smtp.send, smtp.getreply

        def watched_send(words: Any) -> None:
            if not _is_command(words):
                self._begin_text()
            send(words)

        def watched_reply() -> Any:
            if smtp.sock is not None and self._end:
                smtp.sock.settimeout(min(REPLY_SECONDS, max(self._end - time.monotonic(), 0.1)))
            return get_reply()

        # smtplib has no other place to see it from.
        smtp.send, smtp.getreply = watched_send, watched_reply  # type: ignore[method-assign,assignment]

    def _begin_text(self) -> None:
        if time.monotonic() > self._end:
            raise LeaseOver("held up for longer than the claim lasts")
        self._text_began = True


def _close(backend: Any) -> None:
    smtp = getattr(backend, "connection", None)
    try:
        if isinstance(smtp, smtplib.SMTP) and smtp.sock is not None:
            smtp.sock.settimeout(GOODBYE_SECONDS)
        backend.close()
    except (OSError, smtplib.SMTPException):
        # It is broken already; nothing waits for its goodbye.
        return


def _backend() -> Any:
    """The backend of the settings. Raises HandOverFailed where one of them is missing."""
    # A provider's backend takes the time for its answer with that for the connection.
    timeout = (CONNECT_SECONDS, REPLY_SECONDS) if settings.MAIL_PROVIDER else CONNECT_SECONDS
    try:
        return get_connection(timeout=timeout)
    except (ImproperlyConfigured, ImportError) as error:
        raise answers.of_opening(error) from error


def _is_reply(error: Exception) -> bool:
    """Whether the server said no and stays to hear the next mail."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code != answers.CLOSING for code, _words in error.recipients.values())
    if not isinstance(error, smtplib.SMTPResponseException):
        return False
    return answers.is_refusal(error) and error.smtp_code != answers.CLOSING


def _is_command(words: Any) -> bool:
    """Whether smtplib sends a command: those are text, and a mail is bytes."""
    return isinstance(words, str)
