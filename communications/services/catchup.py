"""After the server was away: a long absence floods nobody, and a backup repeats nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from communications.models import Heartbeat, Message, State
from communications.models.ledger import UNDER_WAY, UNSENT

log = structlog.get_logger(__name__)

LONG_ABSENCE = timedelta(days=14)
GOES_OUT_ALL_THE_SAME = 50
A_MOMENT = timedelta(minutes=10)

AFTER_ABSENCE = gettext_lazy(
    "Mail had stood still for more than 14 days when it fell due. Release it if it still fits."
)
AFTER_RESTORE = gettext_lazy(
    "The database was restored from a backup. It may have gone out already. Release it if it has not."
)
IN_DOUBT_AFTER_RESTORE = gettext_lazy(
    "The database was restored from a backup that was made while this was being handed over."
)


@dataclass
class Guard:
    """How many new messages may still go out by themselves; None: all."""

    allowance: int | None = None
    reason: "str | Promise" = ""

    def look_at(self, row: Message) -> None:
        """Hold a new row that goes beyond the allowance."""
        if self.allowance is None or row.state != State.QUEUED:
            return
        self.allowance -= 1
        if self.allowance < 0:
            row.state, row.reason = State.HELD, str(self.reason)


def guard_for(now: datetime) -> Guard:
    """What may go out of that which a tick at `now` adds to the ledger."""
    beat = Heartbeat.objects.first()
    if beat is None:
        return Guard()
    if is_restored(beat):
        hold_after_restore(now)
        return Guard(0, AFTER_RESTORE)
    last = min(filter(None, [beat.at, beat.planned_at]))
    if now - last <= LONG_ABSENCE:
        return Guard()
    # A tick that died a moment ago has used up a part of it.
    gone = Message.objects.filter(created_at__gt=timezone.now() - A_MOMENT, due_at__gt=last).exclude(state=State.HELD)
    return Guard(max(GOES_OUT_ALL_THE_SAME - gone.count(), 0), AFTER_ABSENCE)


def is_restored(beat: Heartbeat) -> bool:
    """Whether the database is an older state of itself, or another one made from its backup."""
    if connection.vendor == "postgresql":
        return bool(beat.database) and beat.database != identity()
    mark = _mark()
    if mark is None or not mark.is_file():
        return False
    written = mark.read_text(encoding="ascii", errors="replace").strip()
    return written.isdecimal() and int(written) > beat.number


@transaction.atomic
def hold_after_restore(now: datetime) -> int:
    """Hold what is unsent and already due, until a person releases it; return how many rows.

    What was in a sender's hand when the backup was made is in doubt.
    """
    with translation.override(settings.LANGUAGE_CODE):
        due = Message.objects.filter(due_at__lte=now)
        free = {"claim_token": None, "lease_until": None}
        in_doubt = due.filter(state=State.TRANSMITTING).update(
            state=State.UNCERTAIN, reason=str(IN_DOUBT_AFTER_RESTORE), **free
        )
        unsent = due.filter(state__in=[state for state in (*UNSENT, *UNDER_WAY) if state != State.TRANSMITTING])
        held = unsent.update(state=State.HELD, reason=str(AFTER_RESTORE), **free)
    log.error("the database was restored from a backup: unsent mail is held", held=held, in_doubt=in_doubt)
    return held + in_doubt


def note_planned(now: datetime) -> None:
    """Remember that everything due by `now` stands on the ledger of this database."""
    known = {"planned_at": now, "database": identity()}
    Heartbeat.objects.get_or_create(pk=1, defaults={"at": timezone.now()})
    Heartbeat.objects.filter(pk=1).update(**known, number=F("number") + 1)
    if mark := _mark():
        # After the row: a file that knows less than the row is no sign of anything.
        try:
            mark.write_text(str(Heartbeat.objects.values_list("number", flat=True).get(pk=1)), encoding="ascii")
        except OSError as error:
            log.warning("the count beside the database cannot be written", file=str(mark), error=str(error))


def identity() -> str:
    """What a PostgreSQL database has and one restored from its backup has not.

    The cluster, its timeline, and the number of the ledger's table, which a restored table gets anew.
    """
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.system_identifier, c.timeline_id, %s::regclass::oid "
            "FROM pg_control_system() s, pg_control_checkpoint() c",
            [Message._meta.db_table],
        )
        return "/".join(str(part) for part in cursor.fetchone())


def _mark() -> Path | None:
    """The file beside a SQLite database that counts its ticks: an older copy of the database counts fewer."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or ":memory:" in name or name.startswith("file:"):
        return None
    return Path(f"{name}.ticks")
