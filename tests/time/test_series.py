"""Series of meetings: the 31st, 29 February, hours that clocks leave out or show twice, and rows that stand."""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from communications import recurrence
from communications.models import Meeting, MeetingSeries
from communications.services.meetings import (
    cancel_meeting,
    edit_meeting,
    expand_series,
    meeting_of,
    next_dates,
    occurrences,
)
from partnership.models import Body
from tests.factories.communications import make_series
from tests.factories.partnership import make_body, make_staff
from tests.time.cases import ODD_ZONES, SHORT
from tests.time.oracle import Change, changes_of, oracle

ALL_YEAR = list(range(1, 13))
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def series_of(rule: str, **fields: Any) -> MeetingSeries:
    """An unsaved series, 10:00 to 11:00 in Chicago."""
    defaults = {"start_time": time(10), "end_time": time(11), "time_zone": "America/Chicago", "title": "Council"}
    return MeetingSeries(rule=rule, **{"starts_on": date(2027, 1, 1)} | defaults | fields)


def is_day(number: int) -> Callable[[date], bool]:
    return lambda day: day.day == number


def is_last_day(day: date) -> bool:
    return day.day == calendar.monthrange(day.year, day.month)[1]


def is_weekday(ordinal: int, weekday: int) -> Callable[[date], bool]:
    """Whether a day is, say, the first Friday of its month (1, 4), or the last one (-1, 4)."""

    def is_one(day: date) -> bool:
        nth = (day + timedelta(days=7)).month != day.month if ordinal == -1 else (day.day + 6) // 7 == ordinal
        return nth and day.weekday() == weekday

    return is_one


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, Callable[[date], bool]]:
    """A rule, and whether a day fulfils it, told from the day alone."""
    months = sorted(draw(st.sets(st.sampled_from(ALL_YEAR), min_size=1)))
    ordinal, weekday = draw(st.sampled_from([1, 2, 3, 4, -1])), draw(st.integers(0, 6))
    number = draw(st.sampled_from([29, 30, 31]) | st.integers(1, 31))
    rule, fulfils = draw(
        st.sampled_from(
            [
                (recurrence.day_rule(day=number, months=months), is_day(number)),
                (recurrence.day_rule(day=-1, months=months), is_last_day),
                (
                    recurrence.weekday_rule(ordinal=ordinal, weekday=weekday, months=months),
                    is_weekday(ordinal, weekday),
                ),
            ]
        )
    )
    return rule, lambda day: day.month in months and fulfils(day)


@given(rule=rules(), first=st.dates(date(1990, 1, 1), date(2095, 1, 1)), years=st.integers(1, 9))
@SHORT
def test_rule_gives_every_day_that_fulfils_it_and_no_other(
    rule: tuple[str, Callable[[date], bool]], first: date, years: int
) -> None:
    words, fulfils = rule
    days = [first + timedelta(days=count) for count in range(366 * years)]

    assert occurrences(series_of(words, starts_on=first), first, days[-1]) == [day for day in days if fulfils(day)]


def test_29_february_waits_for_leap_years_and_passes_over_2100() -> None:
    series = series_of(recurrence.day_rule(day=29, months=[2]))

    assert [day.year for day in next_dates(series, after=date(2027, 1, 1))] == [2028, 2032, 2036, 2040]
    assert [day.year for day in next_dates(series, after=date(2095, 1, 1))] == [2096, 2104, 2108, 2112]


def typed(body: Body, **changes: Any) -> dict[str, Any]:
    """What staff type for a series from January 2027 on."""
    fields = {
        "body": body.pk,
        "title": "Council",
        "starts_on": "2027-01-01",
        "start_time": "10:00",
        "end_time": "12:00",
    }
    return fields | {"months": ALL_YEAR} | changes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "dates"),
    [
        ({"pattern": "day", "day": 31}, [date(2027, 1, 31), date(2027, 3, 31), date(2027, 5, 31), date(2027, 7, 31)]),
        ({"pattern": "last_day"}, [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]),
        (
            {"pattern": "day", "day": 29, "months": [2]},
            [date(2028, 2, 29), date(2032, 2, 29), date(2036, 2, 29), date(2040, 2, 29)],
        ),
    ],
)
def test_page_shows_the_next_four_dates_and_says_which_months_are_left_out(
    changes: dict[str, Any], dates: list[date], client: Client
) -> None:
    body = make_body()
    with time_machine.travel(NOW, tick=False):
        client.force_login(make_staff(body.initiative))
        url = reverse("communications:series-create", args=[body.initiative.slug])

        answer = client.post(url, typed(body, **changes))

    page = answer.content.decode()
    assert page.count("<li>") - client.get(url).content.decode().count("<li>") == 4
    assert [f"<li>{day:%A} {day.day} {day:%B %Y}</li>" in page for day in dates] == [True] * 4
    assert "Months without a 29th, 30th or 31st are left out. Choose the last day to meet in each." in page
    assert MeetingSeries.objects.count() == 0


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, Change]:
    zone = draw(st.sampled_from([zone for zone in ODD_ZONES if changes_of(zone)]))
    return zone, draw(st.sampled_from(changes_of(zone)))


@given(found=changes(), minutes=st.integers(0, 59))
@SHORT
def test_meetings_of_a_series_in_the_hour_of_a_change_begin_when_the_oracle_says(
    found: tuple[str, Change], minutes: int
) -> None:
    zone, change = found
    wall = min(change.before, change.after) + timedelta(minutes=minutes)
    rule = recurrence.day_rule(day=wall.day, months=[wall.month])
    series = series_of(rule, starts_on=wall.date(), start_time=wall.time(), end_time=time(23, 59, 59), time_zone=zone)

    days = next_dates(series, after=wall.date())

    assert days[0] == wall.date()
    for day in days:
        [answer] = oracle().first(zone, datetime.combine(day, wall.time()))
        assert meeting_of(series, day).starts_at == answer.moment


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Chicago", "Asia/Kathmandu"])
def test_meeting_of_today_is_made_until_the_day_is_over_where_it_is(zone: str) -> None:
    series = make_series(rule=recurrence.day_rule(day=31, months=ALL_YEAR), time_zone=zone)
    [over] = oracle().first(zone, datetime(2027, 2, 1))
    days = []

    for now in (over.moment - timedelta(seconds=1), over.moment):
        Meeting.objects.all().delete()
        expand_series(now)
        days.append(series.meetings.earliest("date").date)

    assert days == [date(2027, 1, 31), date(2027, 3, 31)]


@pytest.mark.django_db
def test_rows_that_stand_are_never_computed_again() -> None:
    series = make_series(rule=recurrence.day_rule(day=31, months=ALL_YEAR))
    expand_series(NOW)
    past, moved, cancelled = Meeting.objects.order_by("date")[:3]
    edit_meeting(meeting=moved, seen=None, fields={"date": date(2027, 11, 5)})
    cancel_meeting(meeting=cancelled, by=make_staff(series.initiative))
    before = list(Meeting.objects.order_by("pk").values())
    MeetingSeries.objects.update(start_time=time(14), end_time=time(16), time_zone="Asia/Kathmandu", title="Other")

    made = expand_series(datetime(2027, 9, 1, tzinfo=UTC))

    assert past.date < moved.date < cancelled.date < date(2027, 9, 1)
    assert list(Meeting.objects.order_by("pk").values())[: len(before)] == before
    assert Meeting.objects.filter(title="Other", start_time=time(14)).count() == made > 0
    assert Meeting.objects.values("series_date").distinct().count() == len(before) + made
