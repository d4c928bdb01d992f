"""manage.py bounces: read the mailbox for reports of failed delivery, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from communications.services.mailbox import MailboxFailed, read_mailbox


class Command(BaseCommand):
    help = (
        "Reads the mailbox in BOUNCE_MAILBOX_URL once, as happens every five minutes by itself, and says what was "
        "found. Ends with 1 when it cannot be read. See docs/mail.md."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.BOUNCE_MAILBOX_URL:
            raise CommandError("No mailbox is set. BOUNCE_MAILBOX_URL names it; see docs/mail.md.")
        try:
            self.stdout.write(str(read_mailbox()))
        except MailboxFailed as failure:
            raise CommandError(str(failure)) from None
