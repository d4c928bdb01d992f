"""The digest in the rhythm that its reader chose."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ci_backbone.lib.periods import Month, Quarter, Week
from communications.models import Message
from communications.services.tick import tick
from partnership.models import Contact
from tests.factories.partnership import make_contact, make_initiative, make_organization

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 11, 20, tzinfo=UTC)
# A Monday that begins no month; 09:00 in Chicago.
MONDAY = datetime(2026, 12, 7, 15, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 15, tzinfo=UTC)


def make_reader(frequency: str, **fields) -> Contact:
    organization = make_organization(make_initiative(created_at=LONG_AGO))
    return make_contact(organization, created_at=LONG_AGO, digest_frequency=frequency, **fields)


def test_each_reader_gets_the_periods_of_their_rhythm(mailoutbox):
    for frequency in ("weekly", "monthly", "quarterly", "never"):
        make_reader(frequency)

    moment = LONG_AGO
    while moment <= NEW_YEAR + timedelta(hours=1):
        tick(moment)
        moment += timedelta(hours=12)
    tick(NEW_YEAR)

    assert sorted(mail.subject.removeprefix("How we are doing: ") for mail in mailoutbox) == sorted(
        [
            "16 November to 22 November 2026",
            "23 November to 29 November 2026",
            "30 November to 6 December 2026",
            "7 December to 13 December 2026",
            "14 December to 20 December 2026",
            "21 December to 27 December 2026",
            "November 2026",
            "December 2026",
            "October to December 2026",
        ]
    )


def test_weekly_digest_is_superseded_when_the_next_falls_due(mailoutbox):
    make_reader("weekly")

    tick(MONDAY, should_stop=lambda: True)
    tick(MONDAY + timedelta(days=7))

    rows = Message.objects.order_by("due_at").values_list("state", flat=True)
    assert list(rows)[-1] == "sent"
    assert len(mailoutbox) == 1


def test_reader_who_chose_today_gets_no_digest_of_a_period_that_is_over(mailoutbox):
    make_reader("weekly", digest_since=MONDAY + timedelta(hours=1))

    tick(MONDAY + timedelta(hours=2))
    before = len(mailoutbox)
    tick(MONDAY + timedelta(days=7))

    assert (before, len(mailoutbox)) == (0, 1)


def test_rhythm_changed_between_planning_and_sending_stops_the_digest(mailoutbox):
    make_reader("weekly")
    tick(MONDAY, should_stop=lambda: True)
    Contact.objects.update(digest_frequency="monthly", digest_since=MONDAY)

    tick(MONDAY)

    assert mailoutbox == []
    assert set(Message.objects.values_list("state", flat=True)) <= {"cancelled", "superseded"}


def test_subscriber_without_an_organization_reads_the_digest_and_no_call_for_help(mailoutbox):
    initiative = make_initiative(created_at=LONG_AGO)
    make_contact(initiative=initiative, created_at=LONG_AGO, subscribed_at=LONG_AGO, digest_frequency="monthly")
    make_contact(initiative=initiative, created_at=LONG_AGO, digest_frequency="monthly")

    tick(datetime(2026, 12, 1, 15, tzinfo=UTC))

    assert len(mailoutbox) == 1
    assert "help" not in mailoutbox[0].body


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Week.of(date(2027, 1, 1)), date(2026, 12, 28), date(2027, 1, 3)),
        (Week.of(date(2026, 12, 28)).previous, date(2026, 12, 21), date(2026, 12, 27)),
        (Month.of(date(2028, 2, 29)), date(2028, 2, 1), date(2028, 2, 29)),
        (Month.of(date(2026, 12, 31)).next, date(2027, 1, 1), date(2027, 1, 31)),
        (Quarter.of(date(2026, 12, 31)).next, date(2027, 1, 1), date(2027, 3, 31)),
    ],
)
def test_period_has_its_days(period, start, end):
    assert (period.start, period.end) == (start, end)
