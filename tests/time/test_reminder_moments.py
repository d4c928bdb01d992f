"""When reminders and digests fall due in odd zones, and when a day that something is due on ends."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communications.occasions.digest import due_digests
from communications.occasions.meeting_reminder import MeetingReminder
from partnership.models import Initiative
from tests.factories.communications import make_meeting
from tests.factories.partnership import make_body, make_contact, make_initiative, make_seat, make_staff
from tests.factories.teams import make_item, make_plan, make_team
from tests.time.cases import ODD_ZONES, SHORT
from tests.time.oracle import FIRST_YEAR, LAST_YEAR, oracle

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def home() -> Initiative:
    return make_initiative(created_at=LONG_AGO)


# One initiative serves all examples; each gives it its zone.
@settings(SHORT, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ODD_ZONES),
    day=st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 9, 30)),
    frequency=st.sampled_from(["weekly", "monthly", "quarterly"]),
)
def test_digest_falls_due_at_nine_after_its_period_where_the_initiative_is(
    zone: str, day: date, frequency: str, home: Initiative
) -> None:
    home.time_zone = zone
    [due] = oracle().first(zone, datetime.combine(first_day_after_period(day, frequency), time(9)))

    early, now = (
        [one.due_at for one in due_digests(home, [frequency], at)] for at in (due.moment - SECOND, due.moment)
    )

    assert due.moment not in early
    assert now[0] == due.moment


def first_day_after_period(day: date, frequency: str) -> date:
    """The next Monday, first of a month, or first of January, April, July or October after `day`."""
    begins = {
        "weekly": lambda later: later.weekday() == 0,
        "monthly": lambda later: later.day == 1,
        "quarterly": lambda later: later.day == 1 and later.month in (1, 4, 7, 10),
    }
    return next(later for count in range(1, 93) if begins[frequency](later := day + timedelta(days=count)))


# The changes lie between a reminder and its meeting, on the day of one, or swallow the hour of the meeting.
@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("America/Chicago", datetime(2027, 3, 14, 2, 30)),
        ("America/Chicago", datetime(2027, 11, 8, 1, 30)),
        ("Australia/Lord_Howe", datetime(2027, 4, 4, 1, 45)),
        ("Africa/Casablanca", datetime(2027, 3, 15, 10, 0)),
        ("Antarctica/Troll", datetime(2027, 3, 29, 0, 0)),
        ("Asia/Kathmandu", datetime(2027, 5, 1, 23, 59)),
        ("Europe/Dublin", datetime(2027, 10, 31, 1, 0)),
        ("Pacific/Kiritimati", datetime(2027, 1, 1, 0, 0)),
    ],
)
@pytest.mark.parametrize(("days", "until"), [(30, 7), (7, 1), (1, 0)])
def test_reminder_is_wanted_from_nine_of_its_day_until_the_next(
    zone: str, wall: datetime, days: int, until: int, home: Initiative
) -> None:
    body = make_body(home)
    make_seat(body, holder=make_contact(initiative=home, created_at=LONG_AGO))
    day = {"date": wall.date(), "start_time": wall.time(), "end_time": time(23, 59, 59)}
    make_meeting(body, time_zone=zone, created_at=LONG_AGO, **day)
    nine = datetime.combine(wall, time(9))
    due, expires = oracle().first(zone, nine - timedelta(days=days), nine - timedelta(days=until) if until else wall)

    early, now = (wanted_steps(moment) for moment in (due.moment - SECOND, due.moment))

    assert days not in early
    assert now[days] == (due.moment, expires.moment)


def wanted_steps(now: datetime) -> dict[int, tuple[datetime, datetime]]:
    return {one.refs["step"]: (one.due_at, one.expires_at) for one in MeetingReminder().wanted(now)}


@pytest.mark.parametrize("zone", ["America/Chicago", "Pacific/Kiritimati", "Asia/Kathmandu", "Africa/Casablanca"])
def test_item_due_31_march_is_late_when_that_day_is_over_where_the_initiative_is(zone: str, client: Client) -> None:
    home = make_initiative(time_zone=zone)
    make_item(make_plan(make_team(home)), title="Story nights", due_on=date(2027, 3, 31))
    staff = make_staff(home)
    [over] = oracle().first(zone, datetime(2027, 4, 1))

    counts = []
    for moment in (over.moment - SECOND, over.moment):
        with time_machine.travel(moment, tick=False):
            client.force_login(staff)
            page = client.get(reverse("teams:attention", args=[home.slug]))
        counts.append(page.context["late"].paginator.count)

    assert counts == [0, 1]
