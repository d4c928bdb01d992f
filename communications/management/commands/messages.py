"""manage.py messages: the ledger for scripts, and for people without a browser."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from communications.models import Message
from communications.selectors.messages import body_of


class Command(BaseCommand):
    help = "List the messages of the ledger, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print a JSON list.")
        parser.add_argument("--bodies", action="store_true", help="With --json: text and HTML of each message too.")

    def handle(self, *args: Any, **options: Any) -> None:
        messages = Message.objects.select_related("initiative").order_by("due_at", "pk")
        if not options["json"]:
            for message in messages.iterator():
                when = f"{message.due_at:%Y-%m-%d %H:%M}"
                self.stdout.write(f"{when}  {message.state:12}  {message.kind:18}  {message.recipient_key}")
            return
        self.stdout.write("[")
        before = ""
        for fields in described(messages.iterator(chunk_size=500), bodies=options["bodies"]):
            self.stdout.write(before + json.dumps(fields, ensure_ascii=False), ending="")
            before = ",\n"
        self.stdout.write("\n]")


def described(messages: Iterator[Message], *, bodies: bool) -> Iterator[dict[str, Any]]:
    """Each message as plain values; times in ISO 8601, UTC."""
    for message in messages:
        fields = {
            "initiative": message.initiative.slug if message.initiative else None,
            "kind": message.kind,
            "recipient_key": message.recipient_key,
            "occasion_key": message.occasion_key,
            "state": message.state,
            "due_at": message.due_at.isoformat(),
            "sent_at": message.sent_at.isoformat() if message.sent_at else None,
            "subject": message.subject,
        }
        if bodies:
            body = body_of(message)
            fields |= {"text": body.text, "html": body.html}
        yield fields
