"""The instants of wall times, against an oracle that knows nothing of zoneinfo."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, find, given, settings

from ci_backbone.lib import clock
from communications.models import meetings
from tests.time.cases import SHORT, Case, cases, differences, differences_of_file
from tests.time.oracle import oracle


@given(case=cases())
@settings(SHORT, max_examples=600)
def test_every_moment_of_a_meeting_is_that_of_the_oracle(case: Case) -> None:
    assert differences(case) == []


@given(case=cases())
@SHORT
def test_calendar_file_names_the_moments_of_the_oracle(case: Case) -> None:
    assert differences_of_file(case) == []


@given(case=cases())
@settings(SHORT, max_examples=200)
def test_day_lasts_until_the_first_instant_of_a_later_one(case: Case) -> None:
    end = clock.end_of_day(case.wall.date(), case.zone)

    [answer] = oracle().first(case.zone, case.midnight + timedelta(days=1))
    assert answer.moment == end
    assert answer.shown_before.date() <= case.wall.date() < answer.shown.date()


# Known from the laws of these places, so that a mute oracle is noticed.
@pytest.mark.parametrize(
    ("zone", "wall", "kind", "moment"),
    [
        ("America/Chicago", datetime(2026, 3, 8, 2, 30), "gap", datetime(2026, 3, 8, 8, 0)),
        ("America/Chicago", datetime(2026, 11, 1, 1, 30), "fold", datetime(2026, 11, 1, 6, 30)),
        ("Australia/Lord_Howe", datetime(2026, 10, 4, 2, 10), "gap", datetime(2026, 10, 3, 15, 30)),
        ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 45), "fold", datetime(2026, 4, 4, 14, 45)),
        ("Europe/Dublin", datetime(2026, 7, 1, 9, 0), "plain", datetime(2026, 7, 1, 8, 0)),
        ("Asia/Kathmandu", datetime(2026, 7, 1, 9, 0), "plain", datetime(2026, 7, 1, 3, 15)),
        ("America/Sao_Paulo", datetime(2018, 11, 4, 0, 0), "gap", datetime(2018, 11, 4, 3, 0)),
        ("Pacific/Apia", datetime(2011, 12, 30, 9, 0), "gap", datetime(2011, 12, 30, 10, 0)),
        ("Pacific/Kiritimati", datetime(2026, 1, 1, 9, 0), "plain", datetime(2025, 12, 31, 19, 0)),
        ("Antarctica/Troll", datetime(2026, 3, 29, 2, 0), "gap", datetime(2026, 3, 29, 1, 0)),
    ],
)
def test_oracle_and_clock_know_what_the_law_says(zone: str, wall: datetime, kind: str, moment: datetime) -> None:
    [answer] = oracle().first(zone, wall)

    assert (answer.kind, answer.moment) == (kind, moment.replace(tzinfo=UTC))
    assert clock.instant(wall.date(), wall.time(), zone) == answer.moment


def second_of_a_fold(day: date, at: time, zone: str) -> datetime:
    twice = datetime.combine(day, at).replace(tzinfo=ZoneInfo(zone), fold=1)
    once = true_instant(day, at, zone)
    return max(once, twice.astimezone(UTC)) if clock_shows(once, zone) == datetime.combine(day, at) else once


def leap_as_long_as_the_gap(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def last_minute_before_the_gap(day: date, at: time, zone: str) -> datetime:
    moment = true_instant(day, at, zone)
    return moment if clock_shows(moment, zone) == datetime.combine(day, at) else moment - timedelta(minutes=1)


def clock_shows(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


true_instant = clock.instant


@pytest.mark.parametrize("broken", [second_of_a_fold, leap_as_long_as_the_gap, last_minute_before_the_gap])
def test_clock_that_errs_at_a_change_is_found_out(
    broken: Callable[[date, time, str], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "instant", broken)
    monkeypatch.setattr(meetings, "instant", broken)

    once = settings(SHORT, max_examples=400, phases=[Phase.generate])
    assert find(cases(), lambda case: bool(differences(case)), settings=once)
