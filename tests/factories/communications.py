"""Rows of communications for tests: plain functions; what a test does not say is made up."""

from datetime import date, time
from itertools import count
from typing import Any

from communications.models import Meeting, MeetingSeries
from partnership.models import Body
from tests.factories.partnership import make_body

_numbers = count(1)


def make_series(body: Body | None = None, **fields: Any) -> MeetingSeries:
    """The first Friday of February, May, August and November, 10:00 to 12:00 in Chicago."""
    body = body or make_body()
    defaults = {
        "title": f"Series {next(_numbers)}",
        "rule": "FREQ=MONTHLY;BYMONTH=2,5,8,11;BYDAY=1FR",
        "starts_on": date(2026, 1, 1),
        "start_time": time(10),
        "end_time": time(12),
        "time_zone": "America/Chicago",
    }
    return MeetingSeries.objects.create(initiative=body.initiative, body=body, **defaults | fields)


def make_meeting(body: Body | None = None, **fields: Any) -> Meeting:
    """A meeting on 5 February 2027, 10:00 to 12:00 in Chicago."""
    body = body or make_body()
    defaults = {
        "title": f"Meeting {next(_numbers)}",
        "date": date(2027, 2, 5),
        "start_time": time(10),
        "end_time": time(12),
        "time_zone": "America/Chicago",
    }
    meeting = Meeting(initiative=body.initiative, body=body, **defaults | fields)
    meeting.set_instants()
    meeting.save()
    return meeting
