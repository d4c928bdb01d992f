"""The tick: the one heartbeat that plans and sends everything. Run late, twice or in parallel, it does the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.error import URLError
from urllib.request import urlopen

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ci_backbone.lib.busy import DATABASE_AWAY
from communications.models import Heartbeat
from communications.occasions import OCCASIONS
from communications.services import catchup, planning
from communications.services.meetings import expand_series
from communications.services.retention import keep_house
from communications.services.sending import Sender, sweep

log = structlog.get_logger(__name__)

# So long a tick sends, so that the next one finds it done.
SECONDS = 4
# How often the address that watches from outside is called, and how long its answer may take.
CALL_EVERY = timedelta(minutes=1)
CALL_SECONDS = 3


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

    With `now` (demonstration and tests) that moment says what is due and how it is worded, the guard against
    floods is off, and the tick goes on until nothing is due. Leases and the heartbeat keep to the real clock.
    `should_stop` ends it between messages.
    """
    moment = now or timezone.now()
    done = Ticked(settled=_safely(sweep))
    _safely(lambda: expand_series(moment))
    done.planned = _plan(moment, is_real=now is None)
    done.settled += _safely(lambda: planning.settle_expired(moment))
    _send(moment, done, should_stop, end=None if now else time.monotonic() + SECONDS)
    _safely(keep_house)
    Heartbeat.beat(timezone.now())
    _call_outside()
    return done


def _plan(moment: datetime, *, is_real: bool) -> int:
    guard = catchup.guard_for(moment) if is_real else None
    planned = planning.record(planning.plan(moment), guard)
    if is_real:
        catchup.note_planned(moment)
    return planned


def _send(moment: datetime, done: Ticked, should_stop: Callable[[], bool], *, end: float | None) -> None:
    def look_around() -> None:
        done.planned += plan_urgent(timezone.now() if end else moment)

    sender = Sender(moment, look_around)
    sent = sender.send_due(lambda: should_stop() or (end is not None and time.monotonic() >= end))
    done.sent, done.postponed = sent.sent, sent.postponed
    done.settled += sent.settled


def plan_urgent(now: datetime) -> int:
    """Put on the ledger what somebody waits for; return how many messages."""
    return planning.record(planning.plan(now, [one for one in OCCASIONS.values() if one.is_urgent]))


def _safely(step: Callable[[], int]) -> int:
    """Run a step of the tick; one row that it cannot digest must not keep back all mail."""
    try:
        return step()
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("a step of the tick failed")
        return 0


def _call_outside() -> None:
    """Tell whoever watches from outside that mail goes out; at most once a minute."""
    if not settings.DEADMAN_URL:
        return
    now = timezone.now()
    due = Heartbeat.objects.filter(Q(called_at=None) | Q(called_at__lte=now - CALL_EVERY))
    if not due.update(called_at=now):
        return
    try:
        # The operator's own address from the settings, http or https; nobody types it on a page.
        with urlopen(settings.DEADMAN_URL, timeout=CALL_SECONDS):  # noqa: S310
            return
    except (URLError, OSError, ValueError) as error:
        log.warning("the address that watches could not be called", error=type(error).__name__)
