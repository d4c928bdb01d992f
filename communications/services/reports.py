"""Reports by mail that a message did not arrive, though the mail server had taken it (RFC 3464, RFC 5965).

A report belongs to the message on the ledger whose Message-ID it names. One that names none, or one that was
never handed over, is charged to nobody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.parser import HeaderParser
from email.utils import parseaddr
from enum import StrEnum

from django.utils import timezone

from communications import answers
from communications.models import Bounce, Message
from communications.services.bounces import record_bounce

# Clocks of mail servers may differ by so much.
CLOCKS = timedelta(hours=1)
# Of one report; nobody sends more in good faith.
MOST_PARTS = 20
MOST_RECIPIENTS = 50
MOST_IDS = 10
# Each level of parts in parts makes all lines below it slower to read; anybody can write to the mailbox.
MOST_BOUNDARIES = 30

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,198}>")
_EMPTY_LINE = re.compile(r"\r?\n[ \t]*\r?\n")
_WHO = r"(?:user|recipient|mailbox|mail box|address|account|local[ -]?part)"
_NO_SUCH_ADDRESS = re.compile(
    rf"\b(?:unknown|no such|invalid|non-?existent) (?:local )?{_WHO}"
    rf"|\b{_WHO}\b[^.;]{{0,40}}\b(?:unknown|not found|not exist|doesn['’]?t exist|no longer|disabled|invalid)",
    re.IGNORECASE,
)
# About the sender, in spite of the 1 in the middle: 5.1.7 and 5.1.8.
_OF_SENDER = (7, 8)
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_ORIGINAL_PARTS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_COMPLAINTS = ("abuse", "fraud", "opt-out")


class Told(StrEnum):
    """What a report told us."""

    NEW = "new"
    KNOWN = "known"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Failure:
    """That a message failed, and for which addresses as far as the report says."""

    kind: str
    words: str
    recipients: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Report:
    """What a mail reports: at least one failure, and the message by ids of which the first known one counts."""

    message_ids: tuple[str, ...]
    failures: tuple[Failure, ...]


def note_report(raw: bytes, arrived: datetime | None = None) -> Told:
    """Charge the failure that a mail reports, if it is one of ours. `arrived` is when the mail did."""
    report = read_report(raw)
    message = message_of(report.message_ids, arrived) if report else None
    if report is None or message is None:
        return Told.NOTHING
    ours = (each for each in report.failures if message.address.lower() in each.recipients)
    # Else the mail was passed on from where we wrote to: that is the address to stop writing to.
    failure = next(ours, report.failures[0])
    return charge(message, failure, Bounce.Door.MAILBOX, arrived)


def message_of(message_ids: tuple[str, ...], told_at: datetime | None) -> Message | None:
    """The message that may have arrived under the first of these ids that we know.

    None where it was last handed over after the report was made: the report is about an earlier time.
    """
    # PostgreSQL takes no NUL, and no text that is no Unicode.
    asked = [each for each in dict.fromkeys(message_ids) if each.isprintable()][:MOST_IDS]
    found = Message.objects.may_have_arrived().filter(message_id__in=asked).defer("body_text", "body_html")
    by_id = {message.message_id: message for message in found}
    message = next((by_id[each] for each in asked if each in by_id), None)
    return message if message and is_of_last_time(message, told_at) else None


def is_of_last_time(message: Message, told_at: datetime | None) -> bool:
    """Whether a report of that moment can be about the last time that the message was handed over."""
    if message.handed_over_at is None:
        return False
    return told_at is None or told_at > message.handed_over_at - CLOCKS


def charge(message: Message, failure: Failure, door: str, at: datetime | None) -> Told:
    """Write a bounce down, however often it is told."""
    if message.contact_id is None:
        return Told.NOTHING
    moment = min(at, timezone.now()) if at else None
    is_new = record_bounce(message=message, kind=failure.kind, door=door, words=failure.words, at=moment)
    return Told.NEW if is_new else Told.KNOWN


def read_report(raw: bytes) -> Report | None:
    """What a mail reports for good; None where it is no such report, or says that the mail is late, or arrived."""
    if raw.lower().count(b"boundary") > MOST_BOUNDARIES:
        return None
    mail = message_from_bytes(raw)
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    parts = _inside(mail)[:MOST_PARTS]
    failures = tuple(_failures(parts))[:MOST_RECIPIENTS]
    return Report(tuple(_message_ids(mail, parts)), failures) if failures else None


def _failures(parts: list[Mail]) -> Iterator[Failure]:
    for part in parts:
        if part.get_content_type() in _STATUS_PARTS:
            yield from (_failure(block) for block in _blocks(part) if _word(block["Action"]) == "failed")
        elif part.get_content_type() == "message/feedback-report":
            for block in _blocks(part):
                if _word(block["Feedback-Type"]) in _COMPLAINTS:
                    yield _complaint(block)


def _failure(block: Mail) -> Failure:
    status, diagnostic = _line(block["Status"]), _after_type(block["Diagnostic-Code"])
    addresses = (_address(block[name]) for name in ("Final-Recipient", "Original-Recipient"))
    return Failure(kind_of(status, diagnostic), diagnostic or status, frozenset(filter(None, addresses)))


def _complaint(block: Mail) -> Failure:
    sender, agent = _line(block["Original-Mail-From"]), _line(block["User-Agent"])
    words = f"{_word(block['Feedback-Type'])} {agent or sender}".strip()
    address = _address(block["Original-Rcpt-To"])
    return Failure(Bounce.Kind.COMPLAINT, words, frozenset(filter(None, [address])))


def kind_of(status: str, words: str) -> str:
    """What the numbers of RFC 3463 in a status, else in the server's words, say of an address; else the words do."""
    telling = (found for text in (status, words) for found in _ENHANCED.finditer(text))
    number = next(((found[1], int(found[2]), int(found[3])) for found in telling if found[2] != "0"), None)
    if number:
        kind, subject, detail = number
        gone = kind == "5" and ((subject == 1 and detail not in _OF_SENDER) or (subject, detail) == (2, 1))
        return Bounce.Kind.HARD if gone else Bounce.Kind.SOFT
    for_now = status.startswith("4") or re.match(r"\s*4\d\d\b", words)
    return Bounce.Kind.HARD if _NO_SUCH_ADDRESS.search(words) and not for_now else Bounce.Kind.SOFT


def _blocks(part: Mail) -> Iterator[Mail]:
    """The groups of fields of a status: the first about the mail, one more for each recipient."""
    for block in _inside(part):
        yield block
        # The parser parts the groups of a type it knows, and takes those of the others for a mail with its text.
        rest = block.get_payload()
        if isinstance(rest, str):
            yield from (HeaderParser().parsestr(text.strip()) for text in _EMPTY_LINE.split(rest) if text.strip())


def _message_ids(mail: Mail, parts: list[Mail]) -> Iterator[str]:
    """Ids of the message that is reported on: what came back of it first, then what the report answers."""
    named = [_original_id(part) for part in parts]
    for part in parts:
        if part.get_content_type() in _STATUS_PARTS:
            named += [block["X-Original-Message-ID"] for block in _blocks(part)]
    for value in [*named, mail["In-Reply-To"], mail["References"]]:
        yield from _MESSAGE_ID.findall(str(value or ""))


def _original_id(part: Mail) -> object:
    """The Message-ID of a mail that came back, whole or its head alone; None where the part is neither."""
    if part.get_content_type() not in _ORIGINAL_PARTS:
        return None
    for original in _inside(part):
        return original["Message-ID"]
    text = part.get_payload(decode=True)
    return HeaderParser().parsestr(text.decode("utf-8", "replace"))["Message-ID"] if isinstance(text, bytes) else None


def _inside(part: Mail) -> list[Mail]:
    """The mails or groups of fields that a part holds."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Mail)] if isinstance(payload, list) else []


def _line(value: object) -> str:
    """A field on one line; it may be missing, and may hold anything."""
    text = answers.readable(value if value is not None else "")
    return text.encode("utf-8", "replace").decode("utf-8")


def _word(value: object) -> str:
    """The first word of a field, which may have a comment behind it."""
    words = re.split(r"[\s(;]", _line(value).lower(), maxsplit=1)
    return words[0]


def _after_type(value: object) -> str:
    """What stands behind the type of a field, as in `smtp; 550 5.1.1 unknown`."""
    kind, semicolon, rest = _line(value).partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else _line(value)


def _address(value: object) -> str:
    return parseaddr(_after_type(value))[1].lower()
