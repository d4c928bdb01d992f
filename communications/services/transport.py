"""The mail server: one connection for a batch, and what its answers mean."""

import smtplib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.mail import EmailMessage, get_connection

CONNECT_SECONDS = 10
REPLY_SECONDS = 60
TOO_FULL = 552


class Outcome(StrEnum):
    """What is certain after a hand-over that went wrong."""

    # Not accepted; a later attempt may succeed.
    TRANSIENT = "transient"
    # The same, and the server asks to come back a little later (greylisting).
    LATER = "later"
    # Not accepted, and never will be.
    REFUSED = "refused"
    # Not accepted, and no recipient's fault: sign-in or sender are refused.
    OURS = "ours"
    # The connection broke between the end of the message and the reply.
    UNKNOWN = "unknown"


@dataclass
class HandOverFailed(Exception):
    """The message was not, or perhaps not, accepted; `words` are the server's, or say what broke."""

    outcome: Outcome
    words: str


class Transport:
    """Hands mails to Django's mail backend over one connection, opened again after every error."""

    def __init__(self) -> None:
        self._backend: Any = None
        self._data_began = False

    def open(self) -> Any:
        """Return the open backend. Raises HandOverFailed (TRANSIENT or OURS); then nothing was handed over."""
        if self._backend is None:
            backend = get_connection(timeout=CONNECT_SECONDS)
            try:
                backend.open()
            except smtplib.SMTPAuthenticationError as error:
                raise HandOverFailed(Outcome.OURS, _words(error.smtp_code, error.smtp_error)) from error
            except (OSError, smtplib.SMTPException) as error:
                raise HandOverFailed(Outcome.TRANSIENT, _told(error)) from error
            self._watch(backend)
            self._backend = backend
        return self._backend

    def hand_over(self, mail: EmailMessage) -> None:
        """Give one mail to the server. Returns when it was accepted; raises HandOverFailed otherwise."""
        self._data_began = False
        mail.connection = self.open()
        try:
            self._backend.send_messages([mail])
        except Exception as error:
            self.close()
            raise HandOverFailed(*self._classified(error)) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            try:
                backend.close()
            except (OSError, smtplib.SMTPException):
                # It is broken already; nothing waits for its goodbye.
                return

    def _watch(self, backend: Any) -> None:
        """Note when the body of a message begins: before that, a broken connection has lost nothing."""
        smtp = getattr(backend, "connection", None)
        if not isinstance(smtp, smtplib.SMTP):
            self._data_began = False
            return
        if smtp.sock is not None:
            smtp.sock.settimeout(REPLY_SECONDS)
        send_data = smtp.data

        def data(message: Any) -> Any:
            self._data_began = True
            return send_data(message)

        smtp.data = data  # type: ignore[assignment,method-assign]  # smtplib has no other place to see it from.

    def _classified(self, error: Exception) -> tuple[Outcome, str]:
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, words = next(iter(error.recipients.values()))
            return _recipient_outcome(code, words), _words(code, words)
        if isinstance(error, smtplib.SMTPSenderRefused):
            outcome = Outcome.OURS if error.smtp_code >= 500 else Outcome.TRANSIENT
            return outcome, _words(error.smtp_code, error.smtp_error)
        if isinstance(error, smtplib.SMTPResponseException):
            return _response_outcome(error.smtp_code, error.smtp_error), _words(error.smtp_code, error.smtp_error)
        if isinstance(error, OSError | smtplib.SMTPException):
            return (Outcome.UNKNOWN if self._data_began else Outcome.TRANSIENT), _told(error)
        # The mail itself could not be built: nothing left.
        return Outcome.REFUSED, _told(error)


def _response_outcome(code: int, words: Any) -> Outcome:
    # Some providers answer a full mailbox with 5xx, though room may come.
    if code < 500 or code == TOO_FULL or "5.2.2" in _text(words):
        return Outcome.TRANSIENT
    return Outcome.REFUSED


def _recipient_outcome(code: int, words: Any) -> Outcome:
    outcome = _response_outcome(code, words)
    return Outcome.LATER if outcome == Outcome.TRANSIENT else outcome


def _words(code: int, words: Any) -> str:
    return f"{code} {_text(words)}".strip()


def _text(words: Any) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    # PostgreSQL keeps no NUL, and a server may answer anything.
    return text.replace("\x00", "")[:500]


def _told(error: Exception) -> str:
    return _text(f"{type(error).__name__}: {error}")
