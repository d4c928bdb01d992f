"""Reminders of an update that was asked for: before the day, after it, and never once it is given."""

from datetime import UTC, date, datetime, timedelta

import pytest

from communications.models import Message
from communications.services.tick import tick
from partnership.models import Contact
from teams.models import UpdateRequest
from tests.communications.ledger import states
from tests.factories.partnership import make_contact, make_initiative, make_organization
from tests.factories.updates import make_led_item, make_request

pytestmark = pytest.mark.django_db

ASKED = datetime(2026, 11, 20, 16, tzinfo=UTC)
# 09:00 in Chicago, three days before and three days after 4 December.
REMIND = datetime(2026, 12, 1, 15, tzinfo=UTC)
LATE = datetime(2026, 12, 7, 15, tzinfo=UTC)


@pytest.fixture
def request_(time_machine) -> UpdateRequest:
    """An organization with one contact and one item, asked on 20 November, by 4 December."""
    time_machine.move_to(ASKED)
    organization = make_organization(make_initiative())
    make_contact(organization, digest_frequency="never")
    make_led_item(organization)
    return make_request(organization, due_on=date(2026, 12, 4), asked_at=ASKED)


def nudges() -> list[str]:
    return list(Message.objects.filter(kind="update_nudge").order_by("due_at").values_list("state", flat=True))


def test_both_steps_go_out_at_nine_and_once(request_, mailoutbox):
    for moment in (ASKED, REMIND - timedelta(seconds=1), REMIND, REMIND + timedelta(days=1), LATE, LATE, LATE):
        tick(moment)

    subjects = [mail.subject for mail in mailoutbox[1:]]
    assert subjects == ["One item still waits, by Friday 4 December", "Your update is late: one item"]
    assert list(Message.objects.filter(kind="update_nudge").order_by("due_at").values_list("due_at", flat=True)) == [
        REMIND,
        LATE,
    ]


def test_answer_between_planning_and_sending_stops_the_nudge(request_, mailoutbox):
    tick(ASKED + timedelta(minutes=1))
    tick(REMIND, should_stop=lambda: True)
    UpdateRequest.objects.update(answered_at=REMIND)

    tick(REMIND)

    assert (nudges(), len(mailoutbox)) == (["superseded"], 1)


def test_missed_first_step_is_superseded_by_the_second(request_, mailoutbox):
    tick(LATE)

    assert nudges() == ["superseded", "sent"]
    assert "An answer still counts." in mailoutbox[-1].body


def test_person_who_switched_nudges_off_gets_the_request_and_no_nudge(request_, mailoutbox):
    Contact.objects.update(wants_nudges=False)

    for moment in (ASKED, REMIND, LATE):
        tick(moment)

    assert (nudges(), states("update_request")) == ([], ["sent"])


def test_switch_between_planning_and_sending_stops_the_nudge(request_, mailoutbox):
    tick(REMIND, should_stop=lambda: True)
    Contact.objects.update(wants_nudges=False)

    tick(REMIND)

    assert nudges() == ["cancelled"]


def test_day_that_was_moved_brings_its_own_nudge_and_takes_the_old_one_back(request_, mailoutbox):
    tick(REMIND, should_stop=lambda: True)
    UpdateRequest.objects.update(due_on=date(2026, 12, 18), asked_at=REMIND, times_asked=2)

    for days in range(1, 25):
        tick(REMIND + timedelta(days=days))

    assert nudges() == ["superseded", "sent", "sent"]


def test_organization_that_was_asked_the_day_before_a_step_is_left_in_peace(request_, mailoutbox):
    UpdateRequest.objects.update(asked_at=REMIND - timedelta(days=1))

    tick(REMIND)

    assert nudges() == []


def test_nudge_has_a_one_press_way_out_and_the_request_has_none(request_, mailoutbox):
    for moment in (ASKED, REMIND):
        tick(moment)

    request_mail, nudge = (mail.message() for mail in mailoutbox)
    assert "List-Unsubscribe" not in request_mail
    assert nudge["List-Unsubscribe"].endswith("/nudges/>")
