from datetime import UTC, date, datetime, timedelta

import pytest

from teams.models import ActionItem, Standing
from teams.selectors.standings import in_words, standing_words, standings
from tests.factories.teams import make_item, make_plan, make_update

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
RECENT = datetime(2026, 11, 1, tzinfo=UTC)
LONG_AGO = datetime(2026, 4, 20, tzinfo=UTC)


def item_that(*, said_at=None, **fields):
    fields = {"status": "on_track", "last_update_at": said_at, "created_at": said_at or RECENT} | fields
    return make_item(make_plan(), **fields)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"status": "completed", "due_on": date(2026, 1, 1)}, Standing.COMPLETED),
        ({"status": "discontinued", "said_at": LONG_AGO}, Standing.DISCONTINUED),
        ({"status": "on_track", "due_on": date(2026, 11, 22), "said_at": LONG_AGO}, Standing.LATE),
        ({"status": "not_started", "due_on": date(2026, 11, 22)}, Standing.LATE),
        ({"status": "on_track", "due_on": TODAY, "said_at": RECENT}, Standing.ON_TRACK),
        ({"status": "at_risk", "said_at": LONG_AGO}, Standing.STALE),
        ({"status": "off_track", "said_at": RECENT}, Standing.OFF_TRACK),
        ({"status": "not_started"}, Standing.AWAITING),
        ({"status": "not_started", "starts_on": TODAY}, Standing.AWAITING),
        ({"status": "not_started", "starts_on": TODAY + timedelta(days=1)}, Standing.NOT_STARTED),
        ({"status": "at_risk", "said_at": LONG_AGO, "starts_on": TODAY + timedelta(days=1)}, Standing.AT_RISK),
    ],
)
def test_standing_follows_status_dates_and_silence(fields, expected):
    assert item_that(**fields).standing(TODAY) == expected


def test_standing_of_item_that_said_not_started_is_not_started():
    item = make_item(make_plan())
    make_update(item, status="not_started", progress=0, created_at=RECENT)

    assert item.standing(TODAY) == Standing.NOT_STARTED


def test_standing_is_stale_after_one_and_a_half_quarters():
    item = item_that(said_at=datetime(2026, 7, 9, tzinfo=UTC))

    assert item.standing(date(2026, 11, 23)) == Standing.ON_TRACK
    assert item.standing(date(2026, 11, 24)) == Standing.STALE


def test_querysets_find_what_standing_says():
    late = item_that(due_on=date(2026, 11, 1))
    stale = item_that(said_at=LONG_AGO)
    awaiting = item_that(status="not_started")
    set_by_staff_long_ago = item_that(created_at=LONG_AGO)
    item_that(said_at=RECENT)
    item_that(status="not_started", starts_on=date(2027, 1, 1))
    items = ActionItem.objects

    assert list(items.late(TODAY)) == [late]
    assert set(items.stale(TODAY)) == {stale, set_by_staff_long_ago}
    assert list(items.awaiting(TODAY)) == [awaiting]


def test_standings_come_in_the_order_of_unit_rows():
    items = [item_that(status="discontinued"), item_that(due_on=date(2026, 1, 1)), item_that(said_at=RECENT)]

    assert standings(items, TODAY) == [Standing.ON_TRACK, Standing.LATE, Standing.DISCONTINUED]


def test_in_words_leaves_out_what_is_not_there():
    counts = {Standing.LATE: 1, Standing.ON_TRACK: 3, Standing.AT_RISK: 1, Standing.STALE: 0}

    assert in_words(counts) == "3 on track, 1 at risk, 1 late"
    assert in_words({}) == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"due_on": date(2026, 10, 31)}, "23 days late"),
        ({"due_on": date(2026, 11, 22)}, "1 day late"),
        ({"said_at": LONG_AGO}, "Stale, 7 months"),
        ({"status": "not_started"}, "Awaiting first update"),
        ({"said_at": RECENT}, "On track"),
    ],
)
def test_standing_words_say_how_much(fields, words):
    assert standing_words(item_that(**fields), TODAY) == words
