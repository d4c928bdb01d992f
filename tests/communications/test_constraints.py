import uuid
from datetime import date, timedelta

import pytest
from django.utils import timezone

from communications.models import Heartbeat, Meeting, Message, State
from tests.factories.communications import make_meeting, make_series
from tests.factories.partnership import make_staff
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


def make_message(**fields):
    now = timezone.now()
    defaults = {"kind": "digest", "recipient_key": "contact:1", "occasion_key": "1/digest/2026-4", "priority": 90}
    times = {"due_at": now, "next_attempt_at": now, "message_id": f"<{uuid.uuid4()}@example.org>"}
    return Message.objects.create(**defaults | times | fields)


@pytest.mark.parametrize("other", [{"kind": "x"}, {"recipient_key": "contact:2"}, {"occasion_key": "x"}])
def test_message_stands_once_for_kind_recipient_and_occasion(other):
    make_message()

    assert make_message(**other)
    assert refused(make_message)


def test_claimed_message_has_a_lease_and_a_free_one_has_none():
    claim = {"claim_token": uuid.uuid4(), "lease_until": timezone.now() + timedelta(minutes=2)}

    assert make_message(state=State.CLAIMED, **claim)
    assert refused(make_message, occasion_key="no lease", state=State.TRANSMITTING)
    assert refused(make_message, occasion_key="a lease", state=State.QUEUED, **claim)


def test_sent_message_says_when():
    assert make_message(state=State.SENT, sent_at=timezone.now())
    assert refused(make_message, occasion_key="no time", state=State.SENT)


def test_heartbeat_has_one_row():
    Heartbeat.beat(timezone.now())

    assert refused(Heartbeat.objects.create, pk=2, at=timezone.now())


def test_series_makes_one_meeting_for_each_of_its_dates():
    series, day = make_series(), date(2027, 2, 5)
    make_meeting(series.body, series=series, series_date=day)

    assert make_meeting(series.body, series=series, series_date=date(2027, 5, 7))
    assert refused(make_meeting, series.body, series=series, series_date=day)


def test_meeting_ends_after_it_begins():
    meeting = make_meeting()

    assert refused(Meeting.objects.filter(pk=meeting.pk).update, ends_at=meeting.starts_at)


def test_cancelled_meeting_says_who_cancelled_it():
    meeting = make_meeting()
    staff = make_staff(meeting.initiative)

    assert make_meeting(meeting.body, cancelled_at=timezone.now(), cancelled_by=staff)
    assert refused(make_meeting, meeting.body, cancelled_at=timezone.now())
    assert refused(make_meeting, meeting.body, cancelled_by=staff)
