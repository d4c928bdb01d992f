"""After the server was away: a long absence, a backup, a clock that was wrong."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from communications.models import Heartbeat, Message, State
from communications.services import catchup
from communications.services import tick as ticking
from communications.services.tick import tick
from tests.factories.partnership import make_contact, make_initiative, make_organization

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
DUE = datetime(2027, 1, 1, 15, tzinfo=UTC)


def make_readers(count: int) -> None:
    organization = make_organization(make_initiative(created_at=LONG_AGO))
    for _number in range(count):
        make_contact(organization, created_at=LONG_AGO)


@pytest.fixture
def real_now(monkeypatch) -> None:
    """The real clock says DUE, so that a tick without a moment finds the digest due."""
    monkeypatch.setattr(ticking.timezone, "now", lambda: DUE)
    # A slow machine sends less within four seconds.
    monkeypatch.setattr(ticking, "SECONDS", 120)


def last_tick(ago: timedelta) -> None:
    Heartbeat.objects.create(pk=1, at=DUE - ago, planned_at=DUE - ago, database=catchup.identity())


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def test_what_fell_due_in_a_long_absence_is_held_beyond_fifty(real_now, mailoutbox):
    make_readers(60)
    last_tick(timedelta(days=15))

    tick()
    tick()

    assert (states(), len(mailoutbox)) == ({"sent": 50, "held": 10}, 50)
    assert "more than 14 days" in Message.objects.filter(state="held").first().reason


@pytest.mark.parametrize("ago", [timedelta(days=13), timedelta(minutes=1), timedelta(days=-1)])
def test_shorter_absence_and_a_clock_set_back_hold_nothing(real_now, mailoutbox, ago):
    make_readers(60)
    last_tick(ago)

    tick()

    assert states() == {"sent": 60}


def test_moment_that_is_passed_knows_no_guard(mailoutbox):
    make_readers(60)
    last_tick(timedelta(days=300))

    tick(DUE)

    assert states() == {"sent": 60}


def test_held_message_whose_time_is_over_is_settled(real_now):
    make_readers(60)
    last_tick(timedelta(days=15))
    tick()

    tick(DUE + timedelta(days=15))

    assert states() == {"sent": 50, "expired": 10}


def test_after_a_restore_everything_unsent_and_due_is_held(real_now, mailoutbox, monkeypatch):
    make_readers(4)
    tick(DUE - timedelta(days=1))
    catchup.note_planned(DUE)
    Message.objects.all().delete()

    call_command("after_restore")
    tick()

    assert (states(), mailoutbox) == ({"held": 4}, [])
    assert "restored from a backup" in Message.objects.first().reason


def test_after_a_restore_what_was_in_a_senders_hand_is_in_doubt(mailoutbox):
    make_readers(3)
    tick(DUE, should_stop=lambda: True)
    first, second, _third = Message.objects.order_by("pk")
    claim = {"claim_token": "0" * 32, "lease_until": timezone.now() + timedelta(minutes=2)}
    Message.objects.filter(pk=first.pk).update(state=State.TRANSMITTING, **claim)
    Message.objects.filter(pk=second.pk).update(state=State.CLAIMED, **claim)

    catchup.hold_after_restore(DUE)

    assert states() == {"uncertain": 1, "held": 2}


def go_back_to_a_backup(tmp_path, monkeypatch) -> None:
    """PostgreSQL: as pg_restore makes the ledger's table anew. SQLite: as an older file counts fewer ticks."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE restored (LIKE communications_message INCLUDING ALL)")
            cursor.execute("ALTER TABLE communications_message RENAME TO older")
            cursor.execute("ALTER TABLE restored RENAME TO communications_message")
        return
    monkeypatch.setattr(catchup, "_mark", lambda: tmp_path / "db.ticks")
    catchup.note_planned(DUE)
    Heartbeat.objects.update(number=0)


def test_restored_database_is_known_by_itself_and_its_mail_held(real_now, mailoutbox, tmp_path, monkeypatch):
    make_readers(4)
    last_tick(timedelta(minutes=1))
    go_back_to_a_backup(tmp_path, monkeypatch)

    tick()
    held = states()
    make_contact(make_organization(make_initiative(created_at=LONG_AGO)), created_at=LONG_AGO)
    tick()

    assert (held, states(), len(mailoutbox)) == ({"held": 4}, {"held": 4, "sent": 1}, 1)


def test_database_that_goes_on_is_not_taken_for_a_restored_one(real_now, mailoutbox, tmp_path, monkeypatch):
    monkeypatch.setattr(catchup, "_mark", lambda: tmp_path / "db.ticks" if connection.vendor == "sqlite" else None)
    make_readers(4)
    for _time in range(3):
        tick()

    assert states() == {"sent": 4}
