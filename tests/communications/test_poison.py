"""One row that cannot be read keeps no other back, wherever it stands."""

from datetime import UTC, date, datetime, timedelta

import pytest

from communications.models import Meeting, Message, State
from communications.services import planning
from communications.services.meetings import cancel_meeting, edit_meeting, restore_meeting
from communications.services.tick import tick
from partnership.models import Contact, Initiative
from tests.factories.communications import make_meeting, make_series
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_initiative,
    make_organization,
    make_seat,
    make_user,
)

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
# The one-week reminder of the factory's meeting, and the digest of the quarter before.
DUE = datetime(2027, 1, 29, 15, tzinfo=UTC)


@pytest.fixture
def good() -> Contact:
    """A seat holder whose reminder falls due in an initiative of its own."""
    body = make_body(make_initiative(created_at=LONG_AGO))
    contact = make_contact(initiative=body.initiative, created_at=LONG_AGO, digest_frequency="never")
    make_seat(body, holder=contact)
    make_meeting(body, created_at=DUE - timedelta(days=2))
    return contact


@pytest.fixture
def bad() -> Meeting:
    """Another initiative with a meeting, to be spoiled."""
    body = make_body(make_initiative(created_at=LONG_AGO))
    make_seat(body, holder=make_contact(make_organization(body.initiative), created_at=LONG_AGO))
    return make_meeting(body, created_at=DUE - timedelta(days=2))


def test_meeting_with_a_spoiled_zone_keeps_no_reminder_back(good, bad, mailoutbox):
    Meeting.objects.filter(pk=bad.pk).update(time_zone="Nowhere/Bad")

    tick(DUE)

    assert [mail.to for mail in mailoutbox if "Meeting" in mail.subject] == [[good.email]]


def test_initiative_with_a_spoiled_zone_keeps_no_digest_back(good, bad, mailoutbox):
    Initiative.objects.filter(pk=bad.initiative_id).update(time_zone="Nowhere/Bad")
    Contact.objects.filter(pk=good.pk).update(digest_frequency="weekly", subscribed_at=LONG_AGO)

    tick(DUE)

    assert "How we are doing: 18 January to 24 January 2027" in [mail.subject for mail in mailoutbox]


def test_series_with_a_spoiled_rule_keeps_no_other_back():
    make_series(rule="FREQ=NEVER")
    series = make_series()

    tick(DUE)

    assert series.meetings.exists()


@pytest.mark.parametrize("refs", [{}, [], {"meeting": "x"}, {"meeting": None, "step": {}}])
@pytest.mark.parametrize("state", [State.QUEUED, State.RETRY_WAIT, State.HELD, State.SENT, State.UNCERTAIN])
def test_row_with_spoiled_facts_keeps_nothing_back(good, bad, mailoutbox, refs, state):
    planning.record(planning.plan(DUE))
    spoiled = Message.objects.filter(initiative=bad.initiative)
    spoiled.update(refs=refs, state=state, sent_at=DUE, handed_over_at=DUE)
    Meeting.objects.update(sequence=1)

    for hours in range(8):
        tick(DUE + timedelta(hours=hours))
    tick(DUE + timedelta(days=20))

    assert [mail.to for mail in mailoutbox if mail.to == [good.email]] == [[good.email]]
    assert not Message.objects.unsent().exists()


def test_row_of_an_unknown_kind_ends_where_staff_see_it(good, mailoutbox):
    planning.record(planning.plan(DUE))
    Message.objects.update(kind="nobody_knows")

    for hours in range(8):
        tick(DUE + timedelta(hours=hours))

    assert Message.objects.get(kind="nobody_knows").state == State.FAILED
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("state", ["claimed", "transmitting"])
def test_row_of_an_unknown_kind_whose_sender_died_is_swept(good, state):
    planning.record(planning.plan(DUE))
    past = datetime(2026, 1, 1, tzinfo=UTC)
    Message.objects.update(kind="nobody_knows", state=state, claim_token="0" * 32, lease_until=past)

    tick(DUE - timedelta(days=1))

    assert Message.objects.get(kind="nobody_knows").state == ("queued" if state == "claimed" else "uncertain")


@pytest.mark.parametrize(
    "name", ["a\r\nBcc: evil@example.org", "\u202edesrever\u202c", "ن" * 200, "x" * 5000, "\u2028two lines"]
)
def test_any_name_goes_out_as_one_harmless_line(good, mailoutbox, name):
    Meeting.objects.update(title=name[:200], note=name)
    Initiative.objects.update(name=name[:200])
    Contact.objects.update(name=name[:200])

    tick(DUE)

    sent = mailoutbox[0].message()
    assert "Bcc" not in sent
    assert "\n" not in sent["Subject"].replace("\n ", "")
    assert mailoutbox[0].to == [good.email]


def test_texts_lose_what_no_database_keeps(good, mailoutbox, monkeypatch):
    monkeypatch.setattr("communications.rendering.tidy", lambda text: text + "\x00")

    tick(DUE)

    assert Message.objects.get().state == State.SENT
    assert "\x00" not in Message.objects.get().body_text


def test_meeting_moved_three_times_in_a_minute_cancelled_and_restored_tells_once(good, mailoutbox):
    tick(DUE)
    meeting = Meeting.objects.get()
    for day in (6, 7, 8):
        edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, day)})
    cancel_meeting(meeting=meeting, by=make_user())
    restore_meeting(meeting=meeting)

    for _time in range(3):
        tick(DUE + timedelta(minutes=1))

    assert len(mailoutbox) == 2
    assert "new time, Monday 8 February" in mailoutbox[1].subject
