"""The tick: the one heartbeat that plans and sends everything. Run late, twice or in parallel, it does the same."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.request import urlopen

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from ci_backbone.lib.busy import DATABASE_AWAY
from ci_backbone.lib.doors import Door, through
from communications.models import Heartbeat
from communications.occasions import OCCASIONS
from communications.services import catchup, planning
from communications.services.claims import sweep
from communications.services.meetings import expand_series
from communications.services.retention import keep_house
from communications.services.sending import Sender, Sent

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


@through(Door.SYSTEM)
def tick(now: datetime | None = None, *, should_stop: Callable[[], bool] = lambda: False) -> Ticked:
    """Plan what is due and send it, for four seconds at most.

    With `now` (demonstration and tests) that moment says what is due and how it is worded, the guard against
    floods is off, and the tick goes on until nothing is due. Leases and the heartbeat keep to the real clock.
    `should_stop` ends it between messages.
    """
    moment = now or timezone.now()
    done = Ticked(settled=_safely(sweep))
    _safely(lambda: expand_series(moment))
    urgent = Urgent(None if now is None else moment, should_stop, done)
    guard = _plan(moment, urgent, done, is_real=now is None)
    done.settled += _safely(lambda: planning.settle_expired(moment))
    end = None if now else time.monotonic() + SECONDS
    sender = Sender(moment, urgent.plan, clock=None if now else timezone.now)
    _add(done, sender.send_due(lambda: should_stop() or (end is not None and time.monotonic() >= end)))
    if guard is None or guard.allowance is None:
        # After a long absence, or with a clock far ahead, nothing is thrown away unseen.
        _safely(keep_house)
    Heartbeat.beat(timezone.now())
    _call_outside()
    return done


class Urgent:
    """What somebody waits for, looked after while a large mailing is planned and sent.

    `moment` is the one that was passed to the tick; without it the clock goes on.
    """

    EVERY = 1.0

    def __init__(self, moment: datetime | None, should_stop: Callable[[], bool], done: Ticked) -> None:
        self._moment, self._should_stop, self._done = moment, should_stop, done
        self._kinds = [one for one in OCCASIONS.values() if one.is_urgent]
        self._looked_at = time.monotonic()

    def plan(self) -> bool:
        """Put it on the ledger, once a second; True where the second was over."""
        if time.monotonic() - self._looked_at < self.EVERY:
            return False
        self._done.planned += planning.record(planning.plan(self._now, self._kinds))
        self._looked_at = time.monotonic()
        return True

    def send(self) -> None:
        """Put it on the ledger and send it, once a second."""
        if self.plan():
            last = max(one.priority for one in self._kinds)
            _add(self._done, Sender(self._now, up_to=last).send_due(self._should_stop))

    @property
    def _now(self) -> datetime:
        return self._moment or timezone.now()


def _plan(moment: datetime, urgent: Urgent, done: Ticked, *, is_real: bool) -> catchup.Guard | None:
    guard = catchup.guard_for(moment) if is_real else None
    # Urgent mail goes past a guard that has just been raised only where the guard has let it.
    between = urgent.send if guard is None or guard.allowance is None else None
    done.planned += planning.record(planning.plan(moment), guard, between)
    if is_real:
        catchup.note_planned(moment)
    return guard


def _add(done: Ticked, sent: Sent) -> None:
    done.sent += sent.sent
    done.settled += sent.settled
    done.postponed += sent.postponed


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
    due = Heartbeat.objects.filter(Q(called_at=None) | Q(called_at__lte=now - CALL_EVERY) | Q(called_at__gt=now))
    if not due.update(called_at=now):
        return
    try:
        # The operator's own address from the settings, http or https; nobody types it on a page.
        with urlopen(settings.DEADMAN_URL, timeout=CALL_SECONDS):  # noqa: S310  # nosec B310
            return
    except (OSError, ValueError, HTTPException) as error:
        log.warning("the address that watches could not be called", error=type(error).__name__)
