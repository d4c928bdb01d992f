"""The tick: the one heartbeat that plans and sends everything. Run late, twice or in parallel, it does the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.utils import timezone

from communications.models import Heartbeat
from communications.services import planning
from communications.services.meetings import expand_series
from communications.services.sending import Sender, sweep

log = structlog.get_logger(__name__)

# So long a tick sends, so that the next one finds it done.
SECONDS = 4


@dataclass
class Ticked:
    """What one tick did: rows added to the ledger, and what became of those it took up."""

    planned: int = 0
    sent: int = 0
    settled: int = 0
    postponed: int = 0

    def __str__(self) -> str:
        return f"planned {self.planned}, sent {self.sent}, settled {self.settled}, postponed {self.postponed}"


def tick(now: datetime | None = None, *, should_stop: Callable[[], bool] = lambda: False) -> Ticked:
    """Plan what is due and send it, for four seconds at most.

    With `now` (demonstration and tests) that moment says what is due and how it is worded, and the tick goes on
    until nothing is due. Leases and the heartbeat keep to the real clock. `should_stop` ends it between messages.
    """
    end = None if now else time.monotonic() + SECONDS
    moment = now or timezone.now()
    done = Ticked(settled=sweep())
    _make_meetings(moment)
    done.planned = planning.record(planning.plan(moment))
    done.settled += planning.settle_expired(moment)
    sent = Sender(moment).send_due(lambda: should_stop() or (end is not None and time.monotonic() >= end))
    done.sent, done.postponed = sent.sent, sent.postponed
    done.settled += sent.settled
    Heartbeat.beat(timezone.now())
    return done


def _make_meetings(now: datetime) -> None:
    try:
        expand_series(now)
    except Exception:  # A rule that cannot be read must not keep back all mail.
        log.exception("making meetings from their series failed")
