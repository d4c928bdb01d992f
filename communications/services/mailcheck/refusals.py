"""What a mail server's refusals mean, and what to do about each."""

import os
import smtplib
import socket
import ssl
from pathlib import Path
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

ANSWER_LENGTH = 300
# Codes of OpenSSL for a certificate that it does not believe.
TOO_EARLY, EXPIRED = 9, 10
UNKNOWN_ISSUER = {2, 18, 19, 20, 21}
OTHER_NAME = {62, 64}
WAIT = "That is an answer for the moment: try again in some minutes."


def explained(error: Exception, backend: EmailBackend) -> tuple[str, str]:
    """What went wrong with a connection, and what to do about it."""
    where = f"{backend.host}:{backend.port}"
    match error:
        case ssl.SSLCertVerificationError():
            return _certificate(error, backend.host)
        case ssl.SSLError():
            return f"{where} does not speak TLS as expected: {_line(error.reason or error)}.", _other_tls(backend)
        case smtplib.SMTPNotSupportedError():
            return _not_supported(where, backend)
        case smtplib.SMTPAuthenticationError():
            return _not_let_in(error, backend)
        case smtplib.SMTPResponseException():
            answer = answered(error.smtp_code, error.smtp_error, backend)
            return f"{where} refuses to talk: {answer}.", WAIT if error.smtp_code < 500 else "Its operator can say why."
        case smtplib.SMTPServerDisconnected():
            return f"{where} broke off or kept silent: {_line(error)}.", _other_tls(backend)
        case socket.gaierror() | UnicodeError():
            return f"The name {backend.host} leads to no server.", "Correct the host in EMAIL_URL."
        case TimeoutError():
            return f"{where} does not answer.", "Check host and port, and that a firewall lets this machine out."
        case ConnectionRefusedError():
            return f"Nothing listens at {where}.", "Check host and port in EMAIL_URL, and that the server runs."
        case _:
            return f"{where} cannot be used: {_line(error)}.", "Check EMAIL_URL."


def sender_refused(sender: str, code: int, words: bytes, backend: EmailBackend) -> tuple[str, str]:
    """What it means that a server does not take `sender`, and what to do about it."""
    advice = "Set DEFAULT_FROM_EMAIL to an address that this account may send from, or let it send from this one."
    if code < 500:
        advice = WAIT
    elif code == 530 and not backend.username:
        advice = "The server wants a sign-in first: put user and password into EMAIL_URL."
    return f"{sender} is refused as sender: {answered(code, words, backend)}.", advice


def answered(code: int, words: Any, backend: EmailBackend) -> str:
    """An answer on one short line, without the password if the server repeats it."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    line = _line(f"{code} {text}")
    return line.replace(backend.password, "…") if backend.password else line


def _line(words: Any) -> str:
    return " ".join(str(words).split()).rstrip(".")[:ANSWER_LENGTH]


def _certificate(error: ssl.SSLCertVerificationError, host: str) -> tuple[str, str]:
    words = f"The certificate of {host} is not to be trusted: {_line(error.verify_message)}."
    if error.verify_code == EXPIRED:
        return words, "The server's operator has to renew it. Check this machine's clock, too."
    if error.verify_code == TOO_EARLY:
        return words, "It is not valid yet: check this machine's clock."
    if error.verify_code in OTHER_NAME:
        return words, "It is for another name: put the name that the server's operator gives into EMAIL_URL."
    if error.verify_code in UNKNOWN_ISSUER:
        return words, _unknown_issuer()
    return words, "The server's operator has to put it right."


def _unknown_issuer() -> str:
    given = os.environ.get("SSL_CERT_FILE", "")
    if given and not Path(given).is_file():
        return f"SSL_CERT_FILE names {given}, and no such file is there."
    return (
        "If your organization has a certificate authority of its own, set SSL_CERT_FILE to a file with its "
        "certificate. If not, the server sends an incomplete chain, or another one answers in its place."
    )


def _not_supported(where: str, backend: EmailBackend) -> tuple[str, str]:
    smtp = getattr(backend, "_partial_connection", None)
    if backend.use_tls and not (smtp and isinstance(smtp.sock, ssl.SSLSocket)):
        return f"{where} does not offer STARTTLS.", _other_tls(backend)
    advice = "Use its port for sign-in (587 with ?tls=1, or 465 with ?ssl=1), or take the user out of EMAIL_URL."
    return f"{where} does not let anybody sign in on this connection.", advice


def _not_let_in(error: smtplib.SMTPAuthenticationError, backend: EmailBackend) -> tuple[str, str]:
    answer = answered(error.smtp_code, error.smtp_error, backend)
    advice = "Check user and password in EMAIL_URL; many providers want a password made for applications."
    return f"{backend.username} is not let in: {answer}.", WAIT if error.smtp_code < 500 else advice


def _other_tls(backend: EmailBackend) -> str:
    if backend.use_ssl:
        return "A port with STARTTLS (usually 587) takes ?tls=1 in EMAIL_URL instead of ?ssl=1."
    return "A port that speaks TLS from the first byte (usually 465) takes ?ssl=1 in EMAIL_URL."
