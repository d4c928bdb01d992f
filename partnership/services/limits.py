"""How often something may be tried: counters in the database, which hold over all processes and without Redis.

What is counted is kept as a keyed hash: the table names neither people nor addresses.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from partnership.models import Attempts

# One statement, so that two at once are counted as two.
_COUNT_ONE = """
    INSERT INTO partnership_attempts (key, window_start, count) VALUES (%s, %s, 1)
    ON CONFLICT (key, window_start) DO UPDATE SET count = partnership_attempts.count + 1
    RETURNING count
"""
# No limit has a longer span.
LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Limit:
    """So many `times` within a `span`, for each `what` that is counted under `name`."""

    name: str
    times: int
    span: timedelta


class TooMany(Exception):
    """Something was tried too often; `until` says when it may be tried again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until:%Y-%m-%d %H:%M}")
        self.until = until

    @property
    def seconds(self) -> int:
        return max(1, int((self.until - timezone.now()).total_seconds()) + 1)


def count(limit: Limit, what: str) -> int:
    """Count one more, and return how many that makes within the present span."""
    start = connection.ops.adapt_datetimefield_value(_window(limit, timezone.now()))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ONE, [key_of(limit, what), start])
        return int(cursor.fetchone()[0])


def spend(*spent: tuple[Limit, str]) -> None:
    """Count one under each limit, in order. Raises TooMany at the first that is full."""
    for limit, what in spent:
        if count(limit, what) > limit.times:
            raise TooMany(_window(limit, timezone.now()) + limit.span)


def give_back(*spent: tuple[Limit, str]) -> None:
    """Take back what was counted for something that turned out to be right."""
    now = timezone.now()
    for limit, what in spent:
        rows = Attempts.objects.filter(key=key_of(limit, what), window_start=_window(limit, now), count__gt=0)
        rows.update(count=F("count") - 1)


def is_first(limit: Limit, what: str) -> bool:
    """Count one, and say whether nothing was counted within this span and the one before."""
    earlier = _window(limit, timezone.now()) - limit.span
    was_there = Attempts.objects.filter(key=key_of(limit, what), window_start=earlier, count__gt=0).exists()
    return count(limit, what) == 1 and not was_there


def forget_attempts(now: datetime) -> int:
    """Remove counters that limit nothing any more; return how many."""
    removed, _by_model = Attempts.objects.filter(window_start__lt=now - 2 * LONGEST).delete()
    return removed


def key_of(limit: Limit, what: str) -> str:
    return hmac.digest(
        settings.SECRET_KEY.encode(), f"partnership.attempts:{limit.name}:{what}".encode(), "sha256"
    ).hex()


def _window(limit: Limit, now: datetime) -> datetime:
    seconds = int(limit.span.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
