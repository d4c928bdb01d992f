from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from communications.models import Heartbeat, Meeting, Message, State
from communications.services import planning
from communications.services.meetings import cancel_meeting, edit_meeting, restore_meeting
from communications.services.tick import tick
from partnership.models import Contact, Initiative
from tests.communications.ledger import states
from tests.factories.communications import make_meeting
from tests.factories.partnership import make_body, make_contact, make_initiative, make_seat, make_staff, make_user

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
# The meeting of the factory: Friday 5 February 2027, 10:00 in Chicago, which is 16:00 UTC.
T30, T7, T1 = (
    datetime(2027, 1, 6, 15, tzinfo=UTC),
    datetime(2027, 1, 29, 15, tzinfo=UTC),
    datetime(2027, 2, 4, 15, tzinfo=UTC),
)
BEGINS = datetime(2027, 2, 5, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def meeting() -> Meeting:
    """A meeting with one seat holder; everything is older than any reminder."""
    body = make_body(make_initiative(created_at=LONG_AGO))
    make_seat(body, holder=make_contact(initiative=body.initiative, created_at=LONG_AGO, digest_frequency="never"))
    return make_meeting(body, created_at=LONG_AGO)


def steps(**where) -> dict[str, str]:
    """The reminders on the ledger, as "7d" -> state."""
    rows = Message.objects.filter(kind="meeting_reminder", **where)
    return {key.rsplit("/", 1)[1]: state for key, state in rows.values_list("occasion_key", "state")}


def at(moment: datetime) -> None:
    planning.record(planning.plan(moment))


def test_nothing_is_planned_before_the_first_step(meeting):
    at(T30 - timedelta(seconds=1))

    assert steps() == {}


def test_each_step_is_planned_and_sent_once_when_it_falls_due(meeting, mailoutbox):
    for moment in (T30, T30 + HOUR, T7, T7, T1, T1 + HOUR, BEGINS, BEGINS + HOUR):
        tick(moment)

    assert steps() == {"30d": "sent", "7d": "sent", "1d": "sent"}
    assert len(mailoutbox) == 3


def test_due_time_is_nine_in_the_morning_where_the_meeting_is(meeting):
    at(T7)

    assert Message.objects.get(occasion_key__endswith="/7d").due_at == T7


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2027, 3, 15), datetime(2027, 3, 14, 14, tzinfo=UTC)),
        (date(2027, 11, 8), datetime(2027, 11, 7, 15, tzinfo=UTC)),
    ],
)
def test_reminder_on_the_day_of_a_clock_change_keeps_nine_oclock(meeting, day, due):
    meeting.date = day
    meeting.set_instants()
    meeting.save()

    at(due - timedelta(minutes=1))
    before = steps().get("1d")
    at(due)

    assert (before, steps()["1d"]) == (None, "queued")


def test_mail_about_an_hour_that_a_clock_change_leaves_out_says_what_the_calendar_says(meeting, mailoutbox):
    meeting.date, meeting.start_time, meeting.end_time = date(2027, 3, 14), time(2, 30), time(2, 45)
    meeting.set_instants()
    meeting.save()

    tick(datetime(2027, 3, 13, 15, tzinfo=UTC))

    assert "03:00 to 03:15 (CDT, America/Chicago)" in mailoutbox[0].body
    assert b"DTSTART;TZID=America/Chicago:20270314T030000" in mailoutbox[0].attachments[0].get_payload(decode=True)


def test_plan_is_pure(meeting):
    planning.plan(T7)

    assert Message.objects.count() == 0


def test_ten_plans_give_what_one_gives(meeting):
    for _time in range(10):
        at(T7)

    assert steps() == {"30d": "superseded", "7d": "queued"}


def test_plans_made_before_either_was_recorded_give_what_one_gives(meeting):
    first, second = planning.plan(T7), planning.plan(T7)

    planning.record(first)
    kept = list(Message.objects.order_by("pk").values())
    planning.record(second)

    assert list(Message.objects.order_by("pk").values()) == kept


def test_missed_steps_are_superseded_and_the_last_one_goes(meeting, mailoutbox):
    tick(T1 + HOUR)

    assert steps() == {"30d": "superseded", "7d": "superseded", "1d": "sent"}
    assert "tomorrow" in mailoutbox[0].subject


def test_late_step_says_how_far_away_the_meeting_is_now(meeting, mailoutbox):
    tick(T7 + timedelta(days=2))

    assert "in five days" in mailoutbox[0].subject


def test_reminders_of_a_meeting_that_has_begun_are_expired_and_seen(meeting, mailoutbox):
    tick(BEGINS + HOUR)

    assert steps() == {"30d": "superseded", "7d": "superseded", "1d": "expired"}
    assert mailoutbox == []


def test_begun_meeting_with_its_reminders_is_not_looked_at_again(meeting):
    at(T1)
    make_seat(meeting.body, holder=make_contact(initiative=meeting.initiative, created_at=LONG_AGO))

    at(BEGINS + HOUR)

    assert Message.objects.filter(kind="meeting_reminder").count() == 3


def test_nothing_is_recorded_of_a_meeting_long_past(meeting):
    at(BEGINS + timedelta(days=61))

    assert steps() == {}


@pytest.mark.parametrize("model", [Initiative, Meeting, Contact])
def test_steps_due_before_something_existed_are_left_out_but_for_the_latest(meeting, model):
    model.objects.update(created_at=T7 + HOUR)

    at(T7 + 2 * HOUR)

    assert steps() == {"7d": "queued"}


def test_person_added_after_the_meeting_began_gets_nothing(meeting):
    Contact.objects.update(created_at=BEGINS + HOUR)

    at(BEGINS + 2 * HOUR)

    assert steps() == {}


def test_clock_set_back_repeats_nothing(meeting, mailoutbox):
    for moment in (T7, T7 - HOUR, T7 - timedelta(days=1), T7 + HOUR):
        tick(moment)

    assert len(mailoutbox) == 1


def test_staff_are_reminded_too_and_each_person_once(meeting, mailoutbox):
    staff = make_staff(meeting.initiative)
    contact = Contact.objects.get(user=staff)
    make_seat(meeting.body, holder=contact)
    Contact.objects.update(created_at=LONG_AGO, digest_frequency="never")

    tick(T7)

    assert Counter(mail.to[0] for mail in mailoutbox) == Counter(
        {staff.email: 1, Contact.objects.exclude(pk=contact.pk).get().email: 1}
    )


def test_cancelled_meeting_has_no_reminders(meeting):
    cancel_meeting(meeting=meeting, by=make_user())

    at(T7)

    assert states("meeting_reminder") == []


def test_moved_and_moved_back_between_ticks_tells_nobody(meeting, mailoutbox):
    tick(T30)
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 12)})
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 5)})

    tick(T7)

    assert steps() == {"30d": "sent", "7d": "sent"}
    assert states("meeting_changed") == []


def test_moved_meeting_tells_those_who_know_the_old_date_once(meeting, mailoutbox):
    tick(T30)
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 12)})

    for moment in (T30 + HOUR, T30 + HOUR, T30 + 2 * HOUR):
        tick(moment)

    assert states("meeting_changed") == ["sent"]
    assert "new time, Friday 12 February" in mailoutbox[-1].subject
    assert "Friday 5 February 2027, 10:00 to 12:00" in mailoutbox[-1].body


def test_moved_meeting_is_reminded_of_at_its_new_date(meeting, mailoutbox):
    tick(T30)
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 12)})
    week = timedelta(days=7)

    for moment in (T30 + HOUR, T30 + week, T7, T7 + week, T1 + week, BEGINS + week):
        tick(moment)

    assert steps(occasion_key__contains="2027-02-12") == {"30d": "sent", "7d": "sent", "1d": "sent"}


def test_person_told_of_a_move_gets_no_reminder_that_lies_behind(meeting, mailoutbox):
    tick(T30)
    with time_machine.travel(T30 + HOUR / 2):
        edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 1, 12)})

    tick(T30 + HOUR)

    assert steps(occasion_key__contains="2027-01-12") == {}
    assert states("meeting_changed") == ["sent"]


def test_step_that_fell_due_after_the_move_goes_whether_the_move_was_told_before_it_or_not(meeting, mailoutbox):
    tick(T30)
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 1, 12)})

    tick(T30 + HOUR)

    assert steps(occasion_key__contains="2027-01-12")["7d"] == "sent"
    assert states("meeting_changed") == ["sent"]


def test_person_told_nothing_gets_the_latest_step_of_the_new_date(meeting, mailoutbox):
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 1, 12)})

    tick(T30 + HOUR)

    assert steps()["7d"] == "sent"
    assert states("meeting_changed") == []


def test_moved_twice_with_ticks_between_tells_each_move(meeting, mailoutbox):
    tick(T30)
    for hour, day in ((1, date(2027, 2, 12)), (2, date(2027, 2, 5)), (3, date(2027, 2, 12))):
        edit_meeting(meeting=meeting, seen=None, fields={"date": day})
        tick(T30 + hour * HOUR)

    assert states("meeting_changed") == ["sent", "sent", "sent"]


def test_change_of_the_end_alone_is_told_and_reminds_once(meeting, mailoutbox):
    tick(T30)
    edit_meeting(meeting=meeting, seen=None, fields={"end_time": time(13)})

    tick(T30 + HOUR)

    assert states("meeting_changed") == ["sent"]
    assert steps() == {"30d": "sent"}


def test_cancelled_meeting_is_told_with_a_cancelling_file(meeting, mailoutbox):
    tick(T30)
    cancel_meeting(meeting=meeting, by=make_user())

    tick(T30 + HOUR)

    mail = mailoutbox[-1]
    assert "Friday 5 February is cancelled" in mail.subject
    assert b"METHOD:CANCEL" in mail.attachments[0].get_payload(decode=True)


def test_cancelled_and_restored_meeting_is_told_both_times(meeting, mailoutbox):
    tick(T30)
    cancel_meeting(meeting=meeting, by=make_user())
    tick(T30 + HOUR)
    restore_meeting(meeting=meeting)
    tick(T30 + 2 * HOUR)

    assert states("meeting_changed") == ["sent", "sent"]
    assert "takes place after all" in mailoutbox[-1].subject


def test_unsent_reminder_of_a_moved_meeting_is_cancelled_and_revived_when_it_moves_back(meeting):
    at(T7)
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 12)})
    at(T7 + HOUR)
    while_moved = steps(occasion_key__contains="2027-02-05")
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 5)})
    at(T7 + 2 * HOUR)

    assert while_moved == {"30d": "superseded", "7d": "cancelled"}
    assert steps(occasion_key__contains="2027-02-05") == {"30d": "superseded", "7d": "queued"}


def test_unsent_reminder_of_a_restored_meeting_is_revived(meeting, mailoutbox):
    at(T7)
    cancel_meeting(meeting=meeting, by=make_user())
    at(T7 + HOUR)
    cancelled = steps()["7d"]
    restore_meeting(meeting=meeting)
    tick(T7 + 2 * HOUR)

    assert (cancelled, steps()["7d"]) == ("cancelled", "sent")


def test_sent_reminder_is_never_revived(meeting, mailoutbox):
    tick(T7)
    cancel_meeting(meeting=meeting, by=make_user())
    at(T7 + HOUR)
    restore_meeting(meeting=meeting)

    tick(T7 + 2 * HOUR)

    assert steps()["7d"] == "sent"


def test_tick_at_an_earlier_moment_cancels_nothing_for_being_early(meeting):
    at(T7)

    at(T30 - timedelta(days=20))

    assert steps() == {"30d": "superseded", "7d": "queued"}


def test_kind_that_fails_keeps_nothing_back(meeting, monkeypatch):
    monkeypatch.setattr("communications.occasions.digest.due_digests", lambda now: 1 / 0)

    at(T7)

    assert steps()["7d"] == "queued"


def test_tick_writes_its_heartbeat_by_the_real_clock(meeting):
    tick(T7)

    assert abs(Heartbeat.last_beat() - datetime.now(UTC)) < timedelta(minutes=1)


def test_planning_takes_the_same_queries_for_few_and_many_people(meeting, django_assert_max_num_queries):
    for _person in range(30):
        make_seat(meeting.body, holder=make_contact(initiative=meeting.initiative, created_at=LONG_AGO))

    with django_assert_max_num_queries(36):
        at(T7)

    assert Message.objects.filter(state=State.QUEUED).count() == 31


def test_held_reminder_of_a_meeting_moved_and_moved_back_stays_held(meeting, mailoutbox):
    planning.record(planning.plan(T7))
    Message.objects.update(state=State.HELD)

    for day in (6, 5):
        edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, day)})
        at(T7)

    assert [
        row.state for row in Message.objects.filter(occasion_key__endswith="T10:00/7d") if "02-05" in row.occasion_key
    ] == ["held"]
