"""Meetings made up where clocks change, and everything in which the product and the oracle could differ on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from ci_backbone.lib import clock
from ci_backbone.lib.periods import Quarter
from communications.calendar import invitation
from communications.models import Meeting
from communications.occasions.meeting_reminder import DAYS_BEFORE, steps_of
from partnership.models import Body, Initiative
from tests.time.oracle import FIRST_YEAR, LAST_YEAR, Answer, changes_of, oracle

ODD_ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Caracas",
    "America/Chicago",
    "America/Havana",
    "America/Nuuk",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Fakaofo",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
    "UTC",
]
# The form for the suite: the same cases in each run.
SHORT = settings(
    max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)

# The farthest that a moment lies before the day of its case; none may lie before the years under test.
FARTHEST = 60
DAYS = st.dates(date(FIRST_YEAR, 1, 1) + timedelta(days=FARTHEST), date(LAST_YEAR, 12, 31))


@dataclass(frozen=True)
class Case:
    """A meeting that begins at a wall time of a zone, and a number of days before it."""

    zone: str
    wall: datetime
    minutes: int
    days_before: int

    @property
    def end(self) -> datetime:
        """Later on the same day."""
        return min(self.wall + timedelta(minutes=self.minutes), self.wall.replace(hour=23, minute=59, second=59))

    @property
    def midnight(self) -> datetime:
        """00:00 of the day."""
        return datetime.combine(self.wall, time(0))

    def morning_before(self, days: int) -> datetime:
        return datetime.combine(self.wall, time(9)) - timedelta(days=days)


@st.composite
def cases(draw: st.DrawFn, zones: Sequence[str] = ODD_ZONES) -> Case:
    """Most of them on or some days after a change of the clocks, and near the hour of it."""
    zone = draw(st.sampled_from(zones))
    changes = changes_of(zone)
    if changes and draw(st.integers(0, 4)) < 4:
        wall = draw(walls_near(changes))
    else:
        wall = datetime.combine(draw(DAYS), draw(times()))
    return Case(
        zone=zone,
        wall=min(wall, datetime.combine(wall, time(23, 58))),
        minutes=draw(st.integers(1, 240)),
        days_before=draw(st.integers(0, FARTHEST)),
    )


@st.composite
def walls_near(draw: st.DrawFn, changes: Sequence[Any]) -> datetime:
    change = draw(st.sampled_from(changes))
    low, high = sorted([change.before, change.after])
    inside = int((high - low).total_seconds()) // 60
    wall = low + timedelta(minutes=draw(st.integers(-30, inside + 30)), seconds=draw(st.sampled_from([0, 0, 0, 30])))
    return wall + timedelta(days=draw(st.sampled_from([0, 0, 0, 0, 1, *DAYS_BEFORE])))


def times() -> st.SearchStrategy[time]:
    return st.builds(time, st.integers(0, 23), st.integers(0, 59))


@lru_cache(maxsize=1)
def answers_on(case: Case) -> list[Answer]:
    """The oracle's on the begin and the end, the end of the day, a morning, the next digest and the reminders."""
    return oracle().first(
        case.zone,
        case.wall,
        case.end,
        case.midnight + timedelta(days=1),
        case.morning_before(case.days_before),
        datetime.combine(Quarter.of(case.wall.date()).next.start, time(9)),
        *map(case.morning_before, DAYS_BEFORE),
    )


def differences(case: Case) -> list[str]:
    """What the product says of a case otherwise than the oracle, in words; empty if nothing."""
    answers = answers_on(case)
    begin, end, _end_of_day, _morning, _digest, *mornings = answers
    expected = {
        "instants": [answer.moment for answer in answers[:5]],
        "meeting": [begin.moment, end_of_meeting(case, begin, end), begin.shown],
        "reminders": reminders_expected([morning.moment for morning in mornings], begin.moment),
        "days": [(answer.shown_before.date(), answer.shown.date()) for answer in answers],
    }
    said = said_of(case) | {"days": [days_around(answer.moment, case.zone) for answer in answers]}
    return [
        f"{case}: {name} are {said[name]}, expected {right}" for name, right in expected.items() if said[name] != right
    ]


def said_of(case: Case) -> dict[str, Any]:
    """What the product says, in the shape of what is expected."""
    zone, day = case.zone, case.wall.date()
    meeting = meeting_of(case)
    return {
        "instants": [
            clock.instant(day, case.wall.time(), zone),
            clock.instant(day, case.end.time(), zone),
            clock.end_of_day(day, zone),
            clock.morning(day - timedelta(days=case.days_before), zone),
            clock.morning(Quarter.of(day).next.start, zone),
        ],
        "meeting": [meeting.starts_at, meeting.ends_at, meeting.local_start],
        "reminders": [(step.days, step.due_at, step.expires_at) for step in steps_of(meeting)],
    }


def end_of_meeting(case: Case, begin: Answer, end: Answer) -> datetime:
    """A meeting that a change of the clocks swallowed keeps its length."""
    return end.moment if end.moment > begin.moment else begin.moment + (case.end - case.wall)


def reminders_expected(mornings: list[datetime], begin: datetime) -> list[tuple[int, datetime, datetime]]:
    return list(zip((30, 7, 1), mornings, [*mornings[1:], begin], strict=True))


def days_around(moment: datetime, zone: str) -> tuple[date, date]:
    """The days on which an instant and the second before it lie."""
    return clock.local_date(moment - timedelta(seconds=1), zone), clock.local_date(moment, zone)


@cache
def council() -> Body:
    return Body(initiative=Initiative(name="Reading together", contact_email="office@example.org"), name="Council")


def meeting_of(case: Case) -> Meeting:
    """The unsaved meeting of a case."""
    body = council()
    meeting = Meeting(
        initiative=body.initiative,
        body=body,
        title="Meeting",
        date=case.wall.date(),
        start_time=case.wall.time(),
        end_time=case.end.time(),
        time_zone=case.zone,
    )
    meeting.set_instants()
    return meeting


def differences_of_file(case: Case) -> list[str]:
    """Whether the meeting's calendar file names another time than the oracle, in words; empty if not.

    The file is read twice: by a program that knows its zone, and by one that trusts the file's own description of it.
    """
    begin, end = answers_on(case)[:2]
    expected = [begin.moment, end_of_meeting(case, begin, end)]
    calendar = Calendar.from_ical(invitation(meeting_of(case)))
    [event] = calendar.walk("VEVENT")
    times = [event[name].dt for name in ("DTSTART", "DTEND")]
    walls = [moment.replace(tzinfo=None) for moment in times]
    readings = [("by the zone's name", [moment.astimezone(UTC) for moment in times])] + [
        ("by its description", [moment_in(zone, wall) for wall in walls]) for zone in calendar.timezones
    ]
    return [f"{case}: the file {how} says {said}, expected {expected}" for how, said in readings if said != expected]


def moment_in(zone: Timezone, wall: datetime) -> datetime | None:
    """The earliest instant of a wall time by what a file says of its zone; None if it says that there is none."""
    onsets, kinds = zone.get_transitions()
    offsets = [kind[0] for kind in kinds]
    moments = [
        wall - offset
        for onset, offset, until in zip(onsets, offsets, [*onsets[1:], datetime.max], strict=True)
        if onset <= wall - offset < until
    ]
    return min(moments).replace(tzinfo=UTC) if moments else None
