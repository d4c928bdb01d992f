"""A mail backend for installations that send no mail."""

import time
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class KeepBackend(BaseEmailBackend):
    """Accepts every message and stores nothing: the ledger keeps the body.

    Waits `settings.MAIL_ACCEPT_DELAY_MS` before it accepts each one, as a mail server would,
    so that a sender can be killed in the middle.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            message.message()  # Builds the mail, so that a bad header fails here as it would with SMTP.
            time.sleep(settings.MAIL_ACCEPT_DELAY_MS / 1000)
        return len(email_messages)
