"""What the answers of a mail server mean: for the ledger, and in words for people who know no mail server."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST = 500
# The three numbers of RFC 3463 that many servers put behind the three digits of their answer.
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"^\s*(\d{3})\b")
CLOSING = 421
# What smtplib itself says of a reply that it could not read to its end.
TOO_LONG = "Line too long."
TOO_FULL = 552
# Answers to a recipient that say, without more numbers, that there is no such mailbox.
NO_MAILBOX = (550, 551, 553)
# The last two numbers of 5.1.7 and 5.1.8, which speak of the sender, and of answers about room and size.
OF_SENDER = ((1, 7), (1, 8))
TOO_LARGE = ((2, 2), (2, 3), (3, 4))
# Words of servers without more numbers that speak of us and not of the recipient.
_OF_US = re.compile(r"relay|authenticat|\bsender\b|blocked|blacklist|black list|denylist|spam", re.IGNORECASE)


class Stage(StrEnum):
    """To which of our words the server answered."""

    SIGN_IN = "sign-in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"


class Outcome(StrEnum):
    """What is certain after a hand-over that went wrong."""

    # Not accepted: there was no connection, or it broke before the text began.
    NO_CONNECTION = "no_connection"
    # Not accepted; a later attempt may succeed.
    TRANSIENT = "transient"
    # The same, and the server asks to come back a little later (greylisting).
    LATER = "later"
    # The same, but it takes its time: the mailbox is full, or the message is too large for it now.
    FULL = "full"
    # Not accepted, and never will be.
    REFUSED = "refused"
    # The same, since the recipient's address does not work.
    NO_SUCH_ADDRESS = "no_such_address"
    # Not accepted, because of a rule of the server about senders such as we are.
    POLICY = "policy"
    # Not accepted, and no recipient's fault: sign-in or sender are refused.
    OURS = "ours"
    # The connection broke between the text and the reply.
    UNKNOWN = "unknown"


@dataclass
class HandOverFailed(Exception):
    """The message was not, or perhaps not, accepted; `words` are the server's, or say what broke."""

    outcome: Outcome
    words: str
    # The server answered about the recipient, whom it concerns.
    is_about_recipient: bool = False


def of_opening(error: Exception) -> HandOverFailed:
    """What it means that a connection could not be opened. Nothing was handed over, for certain."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        ours = error.smtp_code >= 500
        return HandOverFailed(Outcome.OURS if ours else Outcome.NO_CONNECTION, told(error.smtp_code, error.smtp_error))
    # A certificate that does not fit, and a server without the TLS or sign-in that is set, mend themselves by no wait.
    # The same holds for a backend that misses a setting or a package.
    # The same holds for a name or a password that cannot be written as the protocol has it.
    unfit = (
        ssl.SSLCertVerificationError | smtplib.SMTPNotSupportedError | ImproperlyConfigured | ImportError | ValueError
    )
    ours = isinstance(error, unfit)
    return HandOverFailed(Outcome.OURS if ours else Outcome.NO_CONNECTION, described(error))


def of_handing_over(error: Exception, *, text_began: bool) -> HandOverFailed:
    """What it means that a mail could not be handed over; `text_began` says whether its text was on its way."""
    if by_provider := of_provider(error):
        return by_provider
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return of_reply(Stage.RECIPIENT, code, words)
    if isinstance(error, smtplib.SMTPSenderRefused):
        return of_reply(Stage.SENDER, error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return HandOverFailed(Outcome.REFUSED, described(error))
    if isinstance(error, smtplib.SMTPResponseException):
        # Half a reply, or one of another sort than yes, later and never, says nothing about the text.
        if text_began and not (is_refusal(error) and str(error.smtp_error) != TOO_LONG):
            return HandOverFailed(Outcome.UNKNOWN, told(error.smtp_code, error.smtp_error))
        return of_reply(Stage.TEXT, error.smtp_code, error.smtp_error)
    if text_began:
        return HandOverFailed(Outcome.UNKNOWN, described(error))
    if isinstance(error, OSError | smtplib.SMTPException):
        return HandOverFailed(Outcome.NO_CONNECTION, described(error))
    # The mail itself could not be built: nothing left.
    return HandOverFailed(Outcome.REFUSED, described(error))


def is_refusal(error: smtplib.SMTPResponseException) -> bool:
    """Whether the server said later or never, and nothing else."""
    return 400 <= error.smtp_code < 600


# What django-anymail and the packages below it raise is known by name: they are there only where they are used.
_NEVER_CONNECTED = {
    "ConnectTimeout",
    "ConnectTimeoutError",
    "EndpointConnectionError",
    "NameResolutionError",
    "NewConnectionError",
    "ProxyError",
}
_WRONG_SETTING = {
    "InvalidHeader",
    "InvalidSchema",
    "InvalidURL",
    "MissingSchema",
    "NoCredentialsError",
    "NoRegionError",
    "PartialCredentialsError",
    "SSLCertVerificationError",
}
_TOO_MANY = re.compile(r"throttl|rate limit|rate exceeded|too many", re.IGNORECASE)
# Providers answer with the same numbers to a recipient they do not like and to a sender they do not know.
_ABOUT_SENDER = re.compile(
    r"\bsender|\bfrom address|\bdomain\b|not verified|unverified|\baccount|\bcredits?\b|suspended", re.IGNORECASE
)
_TRY_AGAIN = (408, 425, 429)
_NO_ENTRY = (401, 402, 403, 407)
GATEWAY_TIMEOUT = 504


def of_provider(error: Exception) -> HandOverFailed | None:
    """What an exception of django-anymail means; None where it is none."""
    if isinstance(error, ImproperlyConfigured):
        return HandOverFailed(Outcome.OURS, described(error))
    names = _names(error)
    if "AnymailError" not in names:
        return None
    if "AnymailRecipientsRefused" in names:
        words = f"{_provider(error)} does not send to this address: {_answer(error)}"
        return HandOverFailed(Outcome.NO_SUCH_ADDRESS, readable(words), is_about_recipient=True)
    if "AnymailAPIError" not in names:
        # The mail could not be put as the provider wants it: nothing left.
        return HandOverFailed(Outcome.REFUSED, described(error))
    status = _status(error)
    if status is None:
        return _of_no_answer(error)
    text = _answer(error)
    return HandOverFailed(_outcome_of_status(status, text), readable(f"{_provider(error)} answered {status}: {text}"))


def of_taking(status: Any) -> HandOverFailed | None:
    """What a provider said of the recipient when it took a mail (`anymail_status`); None where it is content."""
    said = getattr(status, "status", None)
    if said == {"failed"}:
        return HandOverFailed(Outcome.TRANSIENT, "The mail provider took it and could not send it.")
    if said == {"unknown"} and getattr(status, "message_id", None) is None:
        return HandOverFailed(Outcome.UNKNOWN, "The mail provider did not say whether it took it.")
    return None


def _of_no_answer(error: Exception) -> HandOverFailed:
    """What it means that a provider was not asked, or did not answer."""
    below = set().union(*(_names(each) for each in _causes(error)))
    words = described(error.__cause__ if isinstance(error.__cause__, Exception) else error)
    if below & _WRONG_SETTING:
        return HandOverFailed(Outcome.OURS, words)
    return HandOverFailed(Outcome.NO_CONNECTION if below & _NEVER_CONNECTED else Outcome.UNKNOWN, words)


def _outcome_of_status(status: int, text: str) -> Outcome:
    if status in _NO_ENTRY:
        return Outcome.OURS
    if status in _TRY_AGAIN or (400 <= status < 500 and _TOO_MANY.search(text)):
        return Outcome.TRANSIENT
    if 400 <= status < 500:
        return Outcome.POLICY if _ABOUT_SENDER.search(text) else Outcome.REFUSED
    # Neither an answer that cannot be read nor one that a gateway did not wait for says that nothing was taken.
    return Outcome.TRANSIENT if status >= 500 and status != GATEWAY_TIMEOUT else Outcome.UNKNOWN


def _names(error: object) -> set[str]:
    return {each.__name__ for each in type(error).__mro__}


def _causes(error: BaseException, depth: int = 6) -> Iterator[BaseException]:
    """The exception, and those that it came from, which some packages keep among its arguments."""
    yield error
    below = (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args)
    for each in below if depth else ():
        if isinstance(each, BaseException):
            yield from _causes(each, depth - 1)


def _provider(error: object) -> str:
    return str(getattr(error, "esp_name", None) or "The mail provider")


def _status(error: BaseException) -> int | None:
    """The HTTP status of a provider's answer, if it gave one."""
    status = getattr(error, "status_code", None)
    answer = getattr(error.__cause__, "response", None)
    if status is None and isinstance(answer, dict):
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else None


def _answer(error: BaseException) -> str:
    """What a provider answered, as it stands; else what the exception says."""
    text = getattr(getattr(error, "response", None), "text", None)
    return str(text or error)


def of_reply(stage: Stage, code: int, words: Any) -> HandOverFailed:
    """What a reply of the server means: 4yz and 5yz, with the numbers of RFC 3463 where it gives them."""
    text = told(code, words)
    return HandOverFailed(_outcome(stage, code, text), text, is_about_recipient=stage == Stage.RECIPIENT)


def _outcome(stage: Stage, code: int, text: str) -> Outcome:
    if code == CLOSING:
        return Outcome.NO_CONNECTION
    subject = _subject(text)
    # Some providers answer a full mailbox with 5xx, though room may come; a sender's size is asked of one message.
    if code == TOO_FULL or subject in TOO_LARGE:
        return Outcome.FULL
    if stage in (Stage.SIGN_IN, Stage.SENDER) or subject in OF_SENDER:
        return Outcome.OURS if code >= 500 else Outcome.TRANSIENT
    if code < 500:
        return Outcome.LATER if stage == Stage.RECIPIENT else Outcome.TRANSIENT
    if subject and subject[0] == 7:
        return Outcome.POLICY
    if subject and (subject[0] == 1 or subject == (2, 1)):
        return Outcome.NO_SUCH_ADDRESS
    if subject is None and stage == Stage.RECIPIENT and code in NO_MAILBOX:
        return Outcome.POLICY if _OF_US.search(text) else Outcome.NO_SUCH_ADDRESS
    return Outcome.REFUSED


def _subject(text: str) -> tuple[int, int] | None:
    """The last two of the three numbers, such as (1, 1) of 5.1.1."""
    found = _ENHANCED.search(text)
    return (int(found[2]), int(found[3])) if found else None


def is_policy(text: str) -> bool:
    """Whether a kept answer was a refusal by a rule of the server."""
    code = _CODE.match(text)
    subject = _subject(text)
    return bool(code and code[1].startswith("5") and subject and subject[0] == 7)


def told(code: int, words: Any) -> str:
    """A reply as the ledger keeps it."""
    return f"{code} {readable(words)}".strip()


def readable(words: Any) -> str:
    """Words of a server on one line; PostgreSQL keeps no NUL, and a server may answer anything."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.replace("\x00", " ").split())[:LONGEST]


def described(error: Exception) -> str:
    return readable(f"{type(error).__name__}: {error}")


_BROKEN = (
    r"ConnectionRefusedError|gaierror|TimeoutError|ConnectionResetError|BrokenPipeError|SMTPConnectError"
    r"|SMTPServerDisconnected|OSError|LeaseOver|timed out|ConnectTimeout|ConnectionError"
)
# In the order in which they are tried: a pattern in the kept answer, and what it means.
_MEANINGS: tuple[tuple[str, "str | Promise"], ...] = (
    (r"\b[45]\.2\.2\b|^552\b", gettext_lazy("The mailbox is full, or the message too large for it.")),
    (r"\b5\.2\.1\b", gettext_lazy("The mailbox is switched off.")),
    (r"\b5\.1\.[28]\b|\b5\.4\.4\b", gettext_lazy("No mail server answers for what stands behind the @.")),
    (r"\b5\.1\.\d|^55[013] (?!.*\b5\.)", gettext_lazy("There is no such mailbox.")),
    (r"^535\b|^5\d\d .*\b5\.7\.(?:8|9|1[0-6])\b", gettext_lazy("The mail server does not accept our sign-in.")),
    (r"\b5\.7\.(?:2\d|30)\b", gettext_lazy("Our mail was found not authenticated (SPF, DKIM or DMARC).")),
    (r"^5\d\d .*\b5\.7\.", gettext_lazy("A rule of the receiving server refuses our mail.")),
    (r"\b4\.7\.|[Gg]r[ae]ylist", gettext_lazy("The receiving server wants us to come back a little later.")),
    (r"^5\d\d .*\b5\.6\.|^554\b", gettext_lazy("The receiving server did not like what the message holds.")),
    (r"^421\b", gettext_lazy("The mail server is closing its connections for now.")),
    (r"^4\d\d\b", gettext_lazy("The mail server could not take it just now.")),
    (r"^5\d\d\b", gettext_lazy("The mail server refused it.")),
    (
        r"SSLCertVerificationError",
        gettext_lazy("The certificate of the mail server does not fit, or is not trusted here."),
    ),
    (r"SMTPNotSupportedError", gettext_lazy("The mail server does not offer what the settings ask for.")),
    (r" answered 40[123]\b", gettext_lazy("The mail provider does not accept our key, or our account.")),
    (r" answered (?:408|425|429|5\d\d)\b", gettext_lazy("The mail provider could not take it just now.")),
    (r" answered 4\d\d\b", gettext_lazy("The mail provider refused it.")),
    (r" does not send to this address\b", gettext_lazy("The mail provider does not send to this address.")),
    (
        r"ImproperlyConfigured|AnymailConfigurationError|AnymailImproperlyInstalled",
        gettext_lazy("A setting of the mail provider is missing or wrong."),
    ),
    (_BROKEN, gettext_lazy("The mail server could not be reached, or the connection broke.")),
)


def in_plain_words(text: str) -> str:
    """What a kept answer means, in a sentence; empty where it is no answer of a mail server."""
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, text):
            return str(meaning)
    return ""


def advice(outcome: Outcome) -> str:
    """What somebody has to mend, where the server refuses us."""
    if outcome == Outcome.POLICY:
        return _(
            "The mail server refuses all our mail by a rule. Look at SPF, DKIM and DMARC with manage.py checkmail."
        )
    return _("The mail server refuses our sign-in or our sender. Look at EMAIL_URL and DEFAULT_FROM_EMAIL.")
