from datetime import UTC, date, datetime, time

import pytest
from icalendar import Calendar

from ci_backbone.lib.versions import Conflict
from communications import recurrence
from communications.calendar import invitation
from communications.models import Meeting
from communications.services.meetings import (
    cancel_meeting,
    edit_meeting,
    expand_series,
    next_dates,
    restore_meeting,
)
from tests.factories.communications import make_meeting, make_series
from tests.factories.partnership import make_staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_series_gives_meetings_eighteen_months_ahead():
    make_series()

    expand_series(NOW)

    dates = list(Meeting.objects.values_list("date", flat=True))
    assert dates == [
        date(2027, 2, 5),
        date(2027, 5, 7),
        date(2027, 8, 6),
        date(2027, 11, 5),
        date(2028, 2, 4),
        date(2028, 5, 5),
    ]


def test_local_hour_stays_across_the_clock_change():
    make_series()

    expand_series(NOW)

    starts = Meeting.objects.order_by("date").values_list("starts_at", flat=True)[:2]
    assert [moment.hour for moment in starts] == [16, 15]


def test_expanding_again_adds_nothing_and_keeps_a_moved_meeting():
    make_series()
    expand_series(NOW)
    meeting = Meeting.objects.earliest("date")
    edit_meeting(meeting=meeting, seen=meeting.version, fields={"date": date(2027, 2, 12)})

    assert expand_series(NOW) == 0

    meeting.refresh_from_db()
    assert (meeting.date, meeting.sequence, Meeting.objects.count()) == (date(2027, 2, 12), 1, 6)


def test_series_that_ends_makes_nothing_after():
    make_series(ends_on=date(2027, 3, 1))

    expand_series(NOW)

    assert Meeting.objects.count() == 1


def test_next_dates_leave_out_months_without_the_31st():
    series = make_series(rule=recurrence.day_rule(day=31, months=[1, 2, 3, 4]), starts_on=date(2027, 1, 1))

    assert next_dates(series, after=date(2027, 1, 1)) == [
        date(2027, 1, 31),
        date(2027, 3, 31),
        date(2028, 1, 31),
        date(2028, 3, 31),
    ]


def test_last_day_meets_in_every_february():
    series = make_series(rule=recurrence.day_rule(day=-1, months=[2]), starts_on=date(2027, 1, 1))

    assert next_dates(series, after=date(2027, 1, 1), count=2) == [date(2027, 2, 28), date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (recurrence.weekday_rule(ordinal=1, weekday=4, months=[2, 5, 8, 11]), "first Friday of February, May, August and November"),
        (recurrence.weekday_rule(ordinal=-1, weekday=0, months=[3]), "last Monday of March"),
        (recurrence.day_rule(day=15, months=[1]), "day 15 of January"),
        (recurrence.day_rule(day=-1, months=[1, 2]), "last day of January and February"),
        ("FREQ=WEEKLY", "FREQ=WEEKLY"),
    ],
)  # fmt: skip
def test_rules_are_said_in_words(rule, words):
    assert recurrence.in_words(rule) == words


def test_edit_of_a_text_is_no_move():
    meeting = make_meeting()

    edited = edit_meeting(meeting=meeting, seen=1, fields={"note": "Bring the data."})

    assert (edited.sequence, edited.version) == (0, 2)


def test_edit_of_a_version_that_moved_on_conflicts():
    meeting = make_meeting()
    edit_meeting(meeting=meeting, seen=1, fields={"note": "First"})

    with pytest.raises(Conflict):
        edit_meeting(meeting=meeting, seen=1, fields={"note": "Second"})


def test_cancel_and_restore_twice_change_once():
    meeting, staff = make_meeting(), make_staff()

    cancel_meeting(meeting=meeting, by=staff)
    assert cancel_meeting(meeting=meeting, by=staff).sequence == 1

    restore_meeting(meeting=meeting)
    restored = restore_meeting(meeting=meeting)
    assert (restored.sequence, restored.cancelled_at, restored.cancelled_by) == (2, None, None)


def test_meeting_inside_a_clock_gap_keeps_its_length():
    meeting = make_meeting(date=date(2027, 3, 14), start_time=time(2, 10), end_time=time(2, 50))

    assert (meeting.ends_at - meeting.starts_at).seconds == 40 * 60


def test_calendar_file_has_zone_uid_and_sequence():
    meeting = make_meeting(title='Council; "with" commas, and\nlines')
    meeting = edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 12)})

    calendar = Calendar.from_ical(invitation(meeting, attendee="tou@example.org", method="REQUEST"))

    [event] = calendar.walk("VEVENT")
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["America/Chicago"]
    assert event["UID"] == f"{meeting.uid}@testserver"
    assert event["SEQUENCE"] == 1
    assert event["DTSTART"].dt.isoformat() == "2027-02-12T10:00:00-06:00"
    assert 'Council; "with" commas, and lines' in str(event["SUMMARY"])
