import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from communications import tasks
from communications.models import Heartbeat, Message
from communications.services import tick as services
from communications.services.tick import tick
from tests.factories.communications import make_series
from tests.factories.partnership import make_contact, make_initiative, make_organization

BEFORE = datetime(2026, 10, 15, tzinfo=UTC)
DUE = datetime(2027, 1, 1, 15, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent.parent


def make_readers(count: int) -> None:
    """Contacts for whom a digest falls due at DUE."""
    organization = make_organization(make_initiative(created_at=BEFORE, slug="here"))
    for _number in range(count):
        make_contact(organization, created_at=BEFORE)


@pytest.mark.django_db
def test_task_ticks():
    tasks.tick()

    assert Heartbeat.last_beat() is not None


@pytest.mark.django_db
def test_tick_keeps_the_meetings_of_a_series_ahead():
    series = make_series()

    tick(DUE)
    tick(DUE)

    assert series.meetings.count() == 6


@pytest.mark.django_db
def test_rule_that_cannot_be_read_keeps_no_mail_back(mailoutbox):
    make_series(rule="FREQ=NEVER")
    make_readers(1)

    tick(DUE)

    assert len(mailoutbox) == 1


@pytest.mark.django_db
def test_plain_tick_sends_for_four_seconds_at_most(monkeypatch, mailoutbox):
    make_readers(3)
    monkeypatch.setattr(services, "SECONDS", 0)
    monkeypatch.setattr(services.timezone, "now", lambda: DUE)

    done = tick()

    assert (done.planned, done.sent) == (3, 0)


@pytest.mark.django_db
def test_tick_with_a_moment_goes_on_until_nothing_is_due(monkeypatch, mailoutbox):
    make_readers(3)
    monkeypatch.setattr(services, "SECONDS", 0)

    assert tick(DUE).sent == 3


@pytest.mark.django_db
def test_tick_that_is_told_to_stop_takes_no_other_message(mailoutbox):
    make_readers(3)

    tick(DUE, should_stop=lambda: len(mailoutbox) == 1)

    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 1, "queued": 2}


@pytest.mark.django_db
def test_command_takes_a_moment_in_a_demonstration(demo_mode, mailoutbox):
    make_readers(2)
    out = StringIO()

    call_command("tick", now="2027-01-01T15:00:00Z", stdout=out)

    assert out.getvalue() == "planned 2, sent 2, settled 0, postponed 0\n"


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["2027-01-01T15:00:00Z", "2027-01-01T15:00"])
def test_command_takes_no_moment_elsewhere(moment):
    with pytest.raises(CommandError, match="for demonstrations"):
        call_command("tick", now=moment)


@pytest.mark.django_db
def test_command_refuses_a_moment_it_cannot_read(demo_mode):
    with pytest.raises(CommandError, match="must be like"):
        call_command("tick", now="tomorrow")


@pytest.mark.django_db
def test_messages_are_listed_as_json(demo_mode, mailoutbox):
    make_readers(1)
    tick(DUE)
    out = StringIO()

    call_command("messages", "--json", stdout=out)

    [listed] = json.loads(out.getvalue())
    row = Message.objects.get()
    assert listed == {
        "initiative": "here",
        "kind": "digest",
        "recipient_key": row.recipient_key,
        "occasion_key": row.occasion_key,
        "state": "sent",
        "due_at": "2027-01-01T15:00:00+00:00",
        "sent_at": row.sent_at.isoformat(),
        "subject": "How we are doing: October to December 2026",
    }


@pytest.mark.django_db
def test_bodies_show_links_in_a_demonstration_alone(settings, mailoutbox):
    make_readers(1)
    tick(DUE)
    link = mailoutbox[0].message()["List-Unsubscribe"].strip("<>").removesuffix("digest/")
    shown = {}
    for demo in (True, False):
        settings.DEMO, out = demo, StringIO()
        call_command("messages", "--json", "--bodies", stdout=out)
        [listed] = json.loads(out.getvalue())
        shown[demo] = (link in listed["text"], link in listed["html"], "/s/hidden/" in listed["text"])

    assert shown == {True: (True, True, False), False: (False, False, True)}


@pytest.mark.django_db(transaction=True)
def test_ticks_in_parallel_send_each_message_once(mailoutbox):
    make_readers(40)
    failures: list[Exception] = []

    def run() -> None:
        try:
            tick(DUE)
        except Exception as error:  # noqa: BLE001  # A thread's failure is the test's.
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert Message.objects.filter(state="sent").count() == 40
    assert set(Counter(mail.to[0] for mail in mailoutbox).values()) == {1}


class Installation:
    """The rows of the test in a database that other processes open too."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "db.sqlite3"
        if connection.vendor == "sqlite":
            with sqlite3.connect(self.file) as copy:
                connection.connection.backup(copy)
            copy.close()
        self.environment = {
            **os.environ,
            "DATABASE_URL": self._database_url(),
            "SECRET_KEY": django_settings.SECRET_KEY,
            "EMAIL_URL": "keep://",
            "MAIL_ACCEPT_DELAY_MS": "40",
            "DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "ci_backbone.settings",
        }

    def _database_url(self) -> str:
        if connection.vendor == "sqlite":
            return f"sqlite:///{self.file}"
        database = connection.settings_dict
        return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "tick", "--now", DUE.isoformat()]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL)

    def run(self, sql: str) -> list[tuple]:
        if connection.vendor != "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        with sqlite3.connect(self.file, timeout=20) as database:
            rows = database.execute(sql).fetchall()
        database.close()
        return rows

    def counts(self) -> Counter[str]:
        return Counter(dict(self.run("SELECT state, count(*) FROM communications_message GROUP BY state")))


@pytest.mark.django_db(transaction=True)
def test_sender_killed_in_the_middle_loses_nothing_and_repeats_no_digest(tmp_path):
    make_readers(30)
    here = Installation(tmp_path)
    killed = here.start()
    deadline = time.monotonic() + 60
    while here.counts()["sent"] < 5 and time.monotonic() < deadline:
        time.sleep(0.02)

    killed.kill()
    killed.wait()
    after_kill = here.counts()
    here.run("UPDATE communications_message SET lease_until = '2026-01-01 00:00:00' WHERE lease_until IS NOT NULL")
    here.start().wait(60)

    assert 5 <= after_kill["sent"] < 30
    # Whatever was in the sender's hand when it died is uncertain if it was being handed over, else sent now.
    assert here.counts()["uncertain"] == after_kill["transmitting"]
    assert here.counts()["sent"] + here.counts()["uncertain"] == 30
