"""Events that the provider which sends our mail tells us by django-anymail: what became of a message.

An event belongs to the message on the ledger whose Message-ID we gave the provider with it, else to the one that
the provider calls by the same name. One that fits none is charged to nobody.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from communications import answers
from communications.models import Bounce, Message
from communications.services.reports import Failure, Told, charge, is_of_last_time, kind_of, message_of
from partnership.models import Contact
from partnership.services.people import stop_digest

# What an event of a provider holds about a bounce, in fields that each provider names in its own way.
_FIELDS = frozenset(
    "bounce_category bounce_class bounce_classification bouncetype delivery_status error event hard_bounce severity "
    "status type".split()
)
_DEEPEST = 4
_MOST_FIELDS = 200
# A field and its value, in lower case.
_HARD = re.compile(
    r"=hard_?(?:bounced?|fail)$|^hard_bounce=(?:true|1)$|^bounce_class=(?:10|30)$|^(?:bounce)?type=permanent$"
    r"|=(?:invalid_email|bademailaddress|badmailbox|baddomain|invalid address|user unknown|mailbox inactive)$"
    r"|=err_(?:user_unknown|user_inactive|domain_inactive)$"
)
_SOFT = re.compile(
    r"=soft[_ ]?(?:bounced?|fail)$|^hard_bounce=(?:false|0)$|^bounce_class=\d+$|=(?:transient|temporary|blocked)$"
)


def note_event(*, event: Any, **_signal: Any) -> Told:
    """Charge the bounce or complaint that an event tells of, or stop the digest; a second time changes nothing."""
    told_at = _moment(event.timestamp)
    message = _message_of(event, told_at)
    if message is None:
        return Told.NOTHING
    if "unsubscribed" in (event.event_type, event.reject_reason):
        told = _unsubscribe(message.contact, told_at)
        if event.event_type == "unsubscribed":
            return told
    kind = _kind_of(event)
    if kind is None:
        return Told.NOTHING
    return charge(message, Failure(kind, _words_of(event)), Bounce.Door.PROVIDER, told_at)


def _message_of(event: Any, told_at: datetime | None) -> Message | None:
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    named = (metadata.get("message_id"), event.message_id)
    by_message_id = message_of(tuple(str(name) for name in named if name), told_at)
    if by_message_id is not None:
        return by_message_id
    provider_id = str(event.message_id or "")
    if not provider_id or not provider_id.isprintable():
        return None
    sent = Message.objects.may_have_arrived().filter(provider_id=provider_id).defer("body_text", "body_html")
    message = sent.order_by("-handed_over_at").first()
    return message if message and is_of_last_time(message, told_at) else None


def _unsubscribe(contact: Contact | None, told_at: datetime | None) -> Told:
    """Stop the digest, unless the person has chosen anew since they said so."""
    if contact is None or contact.digest_frequency == Contact.DigestFrequency.NEVER:
        return Told.NOTHING
    if told_at and contact.digest_since and told_at < contact.digest_since:
        return Told.NOTHING
    stop_digest(contact=contact)
    return Told.NEW


def _kind_of(event: Any) -> str | None:
    """What kind of bounce an event is; None where it is none, or none yet."""
    if event.event_type == "complained":
        return Bounce.Kind.COMPLAINT
    fields = list(_telling(event.esp_event))
    is_hard = any(map(_HARD.search, fields))
    is_soft = not is_hard and any(map(_SOFT.search, fields))
    if event.event_type == "deferred":
        # Most of these are tried again; some providers call a bounce so.
        return Bounce.Kind.SOFT if any(re.search(r"=soft[_ ]?bounced?$", each) for each in fields) else None
    if event.event_type == "failed":
        # What the provider itself could not do is no recipient's fault.
        return Bounce.Kind.HARD if is_hard else None
    if event.event_type not in ("bounced", "rejected"):
        return None
    came_back_before = event.event_type == "rejected" and event.reject_reason == "bounced"
    if is_hard or came_back_before or event.reject_reason == "invalid":
        return Bounce.Kind.HARD
    status = " ".join(each.removeprefix("status=") for each in fields if each.startswith("status="))
    return Bounce.Kind.SOFT if is_soft else kind_of(status, _words_of(event))


def _telling(value: Any, name: str = "", depth: int = 0) -> Iterator[str]:
    """The fields about a bounce in an event as its provider wrote it, as `field=value` in lower case."""
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in list(value.items())[:_MOST_FIELDS]:
            yield from _telling(inner, str(key).lower(), depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        for inner in value[:_MOST_FIELDS]:
            yield from _telling(inner, name, depth + 1)
    elif name in _FIELDS and isinstance(value, str | int):
        yield f"{name}={value}".lower()


def _words_of(event: Any) -> str:
    """What the receiving server or the provider said, on one line."""
    parts = (event.mta_response, event.description, event.reject_reason, event.event_type)
    said = answers.readable(next((part for part in parts if part), ""))
    return said.encode("utf-8", "replace").decode("utf-8")


def _moment(given: Any) -> datetime | None:
    return given if isinstance(given, datetime) and timezone.is_aware(given) else None
