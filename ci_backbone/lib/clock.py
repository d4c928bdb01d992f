"""Local wall time and instants: the only place that turns one into the other."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

MORNING = time(9, 0)


def instant(day: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a wall time.

    A time that a clock change leaves out becomes the next valid minute; one that
    comes twice is the first of the two.
    """
    tz = ZoneInfo(zone)
    wall = datetime.combine(day, at)
    for _minute in range(24 * 60 + 1):
        moment = wall.replace(tzinfo=tz).astimezone(UTC)
        if moment.astimezone(tz).replace(tzinfo=None) == wall:
            return moment
        wall = wall.replace(second=0, microsecond=0) + timedelta(minutes=1)
    raise ValueError(f"{zone} has no valid minute within a day of {day} {at}")


def morning(day: date, zone: str) -> datetime:
    """Return the instant of 09:00 local, when reminders and digests fall due."""
    return instant(day, MORNING, zone)


def end_of_day(day: date, zone: str) -> datetime:
    """Return the first instant after `day`: "due 31 March" lasts until here."""
    return instant(day + timedelta(days=1), time(0), zone)


def local_date(moment: datetime, zone: str) -> date:
    """Return the day on which an instant lies in `zone`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def offset(moment: datetime, zone: str) -> timedelta:
    """Return by how much the clocks of `zone` are ahead of UTC at an instant."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) - moment


def changes(begin: datetime, end: datetime, zone: str) -> Iterator[datetime]:
    """Yield the instants between two others from which `offset` is another than before."""
    while begin < end:
        later = min(begin + timedelta(days=1), end)
        if offset(begin, zone) != offset(later, zone):
            yield _change_between(begin, later, zone)
        begin = later


def _change_between(begin: datetime, end: datetime, zone: str) -> datetime:
    """Return the one change between two instants, to the second."""
    before = offset(begin, zone)
    while end - begin > timedelta(seconds=1):
        middle = begin + (end - begin) // timedelta(seconds=2) * timedelta(seconds=1)
        if offset(middle, zone) == before:
            begin = middle
        else:
            end = middle
    return end


def today(zone: str, now: datetime | None = None) -> date:
    """Return the day that it is in `zone`, at `now` if that is given."""
    return local_date(now or timezone.now(), zone)


@cache
def _zones() -> dict[str, str]:
    """Every time zone by its name in small letters."""
    return {name.lower(): name for name in available_timezones()}


def zone_named(typed: str) -> str:
    """Return the time zone that somebody means who types it with spaces or other letters; else what was typed."""
    words = typed.split()
    return _zones().get("_".join(words).lower(), " ".join(words))


def validate_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone. An example is America/Chicago."), params={"name": name})
