"""When the mail server fails: stop handing over for a while, and go on by itself."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from communications.answers import HandOverFailed, Outcome
from communications.models import MailServer

log = structlog.get_logger(__name__)

IN_A_ROW = 3
FIRST_PAUSE = 30
LONGEST_PAUSE = 600
# No connection, or one that broke in the middle of a text.
BROKEN = (Outcome.NO_CONNECTION, Outcome.UNKNOWN)


def state() -> MailServer:
    """How the server treats us, whether or not there is a row about it. One query."""
    return MailServer.objects.first() or MailServer(pk=1)


@transaction.atomic
def note_failure(failed: HandOverFailed, *, recipient: str, now: datetime) -> MailServer:
    """Count a failure that is no recipient's fault; pause after three in a row, at once where we are refused.

    A rule of the server that refuses us counts for each recipient once: one person whose server does not like
    us is no reason to keep back the others.
    """
    row = _locked()
    if failed.outcome == Outcome.POLICY and recipient not in row.refused:
        row.refused.append(recipient)
    if failed.outcome in BROKEN:
        row.failures += 1
    row.words = failed.words
    ours = failed.outcome == Outcome.OURS or len(row.refused) >= IN_A_ROW
    if (ours or row.failures >= IN_A_ROW) and not row.is_paused(now):
        _pause(row, now, refuses_us=ours)
    row.save()
    return row


@transaction.atomic
def note_success() -> None:
    """The server took a message: everything is in order again."""
    _locked()
    MailServer(pk=1).save()
    log.info("the mail server takes our messages again")


def _locked() -> MailServer:
    MailServer.objects.get_or_create(pk=1)
    return MailServer.objects.select_for_update().get(pk=1)


def _pause(row: MailServer, now: datetime, *, refuses_us: bool) -> None:
    row.pause_seconds = min(max(FIRST_PAUSE, row.pause_seconds * 2), LONGEST_PAUSE)
    row.paused_at, row.paused_until = now, now + timedelta(seconds=row.pause_seconds)
    row.refuses_us = refuses_us
    tell = log.error if refuses_us else log.warning
    tell("the mail server is left alone for a while", seconds=row.pause_seconds, answer=row.words)
