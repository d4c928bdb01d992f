"""Meetings: made from their series, moved, cancelled and restored."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr
from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.versions import save_edit
from communications.models import Meeting, MeetingSeries
from communications.occasions.base import each
from partnership.models import User

MONTHS_AHEAD = 18
# A change of one of these is a move, of which those invited are told.
WHEN = ("date", "start_time", "end_time")


def occurrences(series: MeetingSeries, first: date, last: date) -> list[date]:
    """Return the dates that the rule of `series` gives from `first` to `last`, both inclusive."""
    rule = rrulestr(series.rule, dtstart=datetime.combine(series.starts_on, time(0)))
    last = min(last, series.ends_on) if series.ends_on else last
    begin = datetime.combine(first, time(0))
    return [moment.date() for moment in rule.between(begin, datetime.combine(last, time(0)), inc=True)]


def next_dates(series: MeetingSeries, *, after: date, count: int = 4) -> list[date]:
    """Return the next `count` dates of an unsaved or saved series, the first no earlier than `after`."""
    rule = rrulestr(series.rule, dtstart=datetime.combine(series.starts_on, time(0)))
    first = datetime.combine(after, time(0))
    dates = [moment.date() for moment in rule.xafter(first, count=count, inc=True)]
    return [day for day in dates if series.ends_on is None or day <= series.ends_on]


def expand_series(now: datetime) -> int:
    """Make the missing meetings of every series up to 18 months ahead; return how many were new.

    Rows that stand are never touched: a moved or cancelled meeting keeps the date that the rule gave.
    """
    series = list(MeetingSeries.objects.select_related("body"))
    standing = set(
        Meeting.objects.filter(series__in=series, series_date__gte=(now - timedelta(days=2)).date()).values_list(
            "series_id", "series_date"
        )
    )
    missing = list(each(series, lambda one: _missing(one, now, standing)))
    if missing:
        # Another tick may make the same rows: on conflict the row that stands is left as it is.
        made = Meeting.objects.bulk_create(
            missing, update_conflicts=True, unique_fields=["series", "series_date"], update_fields=["series_date"]
        )
        _begin_history(made)
    return len(missing)


def _begin_history(meetings: list[Meeting]) -> None:
    """Write down that these meetings were made; those that another tick made have it already."""
    known = set(Meeting.history.filter(id__in=[one.pk for one in meetings]).values_list("id", flat=True))
    Meeting.history.bulk_history_create([one for one in meetings if one.pk not in known])


def _missing(series: MeetingSeries, now: datetime, standing: set[Any]) -> Iterator[Meeting]:
    first = today(series.time_zone, now)
    for day in occurrences(series, first, first + relativedelta(months=MONTHS_AHEAD)):
        if (series.pk, day) not in standing:
            yield meeting_of(series, day)


def meeting_of(series: MeetingSeries, day: date) -> Meeting:
    """Return the unsaved meeting of `series` on `day`."""
    meeting = Meeting(
        initiative_id=series.initiative_id,
        body_id=series.body_id,
        series=series,
        series_date=day,
        title=series.title,
        date=day,
        start_time=series.start_time,
        end_time=series.end_time,
        time_zone=series.time_zone,
        place=series.place,
        link=series.link,
    )
    meeting.set_instants()
    return meeting


@transaction.atomic
def create_meeting(*, meeting: Meeting) -> Meeting:
    """Save a meeting that belongs to no series."""
    meeting.set_instants()
    meeting.save()
    return meeting


@transaction.atomic
def create_series(*, series: MeetingSeries) -> MeetingSeries:
    """Save a series and make its meetings at once, so that staff see them."""
    series.save()
    expand_series(timezone.now())
    return series


@transaction.atomic
def edit_meeting(*, meeting: Meeting, seen: int | None, fields: dict[str, Any]) -> Meeting:
    """Change a meeting's texts or move it. Raises Conflict when `seen` is not the version that stands."""
    current = Meeting.objects.select_for_update().get(pk=meeting.pk)
    moved = any(name in fields and fields[name] != getattr(current, name) for name in WHEN)
    derived = Meeting(**{name: fields.get(name, getattr(current, name)) for name in (*WHEN, "time_zone")})
    derived.set_instants()
    return save_edit(
        current,
        seen=seen,
        fields={
            **fields,
            "starts_at": derived.starts_at,
            "ends_at": derived.ends_at,
            "sequence": current.sequence + moved,
            "is_edited": True,
        },
    )


@transaction.atomic
def cancel_meeting(*, meeting: Meeting, by: User) -> Meeting:
    """Cancel a meeting; those who were told of it are told. Cancelling twice changes nothing."""
    current = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if current.is_cancelled:
        return current
    fields = {"cancelled_at": timezone.now(), "cancelled_by": by, "sequence": current.sequence + 1}
    return save_edit(current, seen=None, fields={**fields, "is_edited": True})


@transaction.atomic
def restore_meeting(*, meeting: Meeting) -> Meeting:
    """Take a cancellation back. Restoring twice changes nothing."""
    current = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if not current.is_cancelled:
        return current
    fields = {"cancelled_at": None, "cancelled_by": None, "sequence": current.sequence + 1}
    return save_edit(current, seen=None, fields=fields)
