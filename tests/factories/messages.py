"""Rows of the ledger for tests: plain functions; what a test does not say is made up."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from communications.models import Bounce, Message, State
from partnership.models import Contact, Initiative
from tests.factories.partnership import make_contact

HTML = "<!DOCTYPE html><html><head></head><body><p>Dear reader</p></body></html>"


def make_message(initiative: Initiative, contact: Contact | None = None, **fields: Any) -> Message:
    """A quarterly digest that went out yesterday to a contact of its own; each is an occasion of its own."""
    contact = contact or make_contact(initiative=initiative)
    unique, yesterday = uuid4(), timezone.now() - timedelta(days=1)
    defaults: dict[str, Any] = {
        "kind": "digest",
        "recipient_key": f"contact:{contact.pk}",
        "occasion_key": f"{initiative.pk}/digest/{unique}",
        "refs": {"frequency": "quarterly", "start": "2026-07-01"},
        "priority": 90,
        "state": State.SENT,
        "due_at": yesterday,
        "next_attempt_at": yesterday,
        "sent_at": yesterday,
        "message_id": f"<{unique}@example.org>",
        "address": contact.email,
        "subject": "How we are doing",
        "body_text": "Dear reader",
        "body_html": HTML,
    }
    return Message.objects.create(initiative=initiative, contact=contact, **defaults | fields)


def make_unwritten(initiative: Initiative, contact: Contact | None = None, **fields: Any) -> Message:
    """A digest that stands on the ledger and did not leave so far."""
    nothing = {"state": State.QUEUED, "sent_at": None, "address": "", "subject": "", "body_text": "", "body_html": ""}
    return make_message(initiative, contact, **nothing | fields)


def make_bounce(message: Message, **fields: Any) -> Bounce:
    """That a message came back, since its address does not work."""
    defaults = {"kind": Bounce.Kind.HARD, "weight": 2, "door": Bounce.Door.MAILBOX, "words": "550 5.1.1 unknown"}
    return Bounce.objects.create(
        message=message, contact=message.contact, address=message.contact.email, **defaults | fields
    )
