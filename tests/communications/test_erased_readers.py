"""Mail that is under way while a person is erased says nothing of them afterwards."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from communications.answers import HandOverFailed, Outcome
from communications.models import Bounce, Message, State
from communications.services import planning
from communications.services.bounces import record_bounce
from communications.services.sending import Sender
from communications.services.transport import Transport
from partnership.models import Contact
from partnership.services.erasing import erase_person
from partnership.services.persons import person_of
from tests.factories.communications import make_meeting
from tests.factories.messages import make_message
from tests.factories.partnership import make_body, make_contact, make_initiative, make_seat

pytestmark = pytest.mark.django_db

NAME, EMAIL = "Renée D’Souza", "renee@needle.example"
LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
REMINDER = datetime(2027, 1, 29, 15, tzinfo=UTC)


@pytest.fixture
def person() -> Contact:
    """Somebody whose farewell two others are reminded of; they have a seat themselves."""
    body = make_body(make_initiative(created_at=LONG_AGO))
    readers = [{"name": NAME, "email": EMAIL}, {}, {}]
    contacts = [
        make_contact(initiative=body.initiative, created_at=LONG_AGO, digest_frequency="never", **fields)
        for fields in readers
    ]
    for contact in contacts:
        make_seat(body, holder=contact)
    make_meeting(body, created_at=datetime(2027, 1, 28, tzinfo=UTC), title=f"Farewell of {NAME}")
    planning.record(planning.plan(REMINDER))
    return contacts[0]


def send() -> None:
    Sender(REMINDER).send_due(lambda: False)


def meanwhile(monkeypatch: pytest.MonkeyPatch, method: str, act: Any) -> None:
    """Have `act` done once, before the sender takes this step."""
    step, todo = getattr(Transport, method), [act]

    def after(self: Transport, *args: Any, **options: Any) -> Any:
        while todo:
            todo.pop()()
        return step(self, *args, **options)

    monkeypatch.setattr(Transport, method, after)


def said() -> str:
    fields = ("address", "subject", "body_text", "body_html", "reason")
    return " ".join(str(one) for row in Message.objects.values_list(*fields) for one in row)


def traces() -> list[str]:
    return [word for word in ("Souza", "needle") if word in said()]


def test_mail_that_was_composed_before_is_written_anew(person: Contact, monkeypatch: pytest.MonkeyPatch):
    meanwhile(monkeypatch, "open", lambda: erase_person(person=person_of(person), by=None))

    send()

    assert traces() == []
    assert sorted(Message.objects.values_list("state", flat=True)) == ["cancelled", "sent", "sent"]
    assert len(mail.outbox) == 2
    assert all("Former participant" in letter.body for letter in mail.outbox)


def test_mail_that_is_being_handed_over_keeps_nothing_of_them(person: Contact, monkeypatch: pytest.MonkeyPatch):
    meanwhile(monkeypatch, "hand_over", lambda: erase_person(person=person_of(person), by=None))

    send()

    assert traces() == []
    assert Message.objects.get(contact=person).state == State.SENT


def test_what_the_server_answers_afterwards_is_not_written_down(person: Contact, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_arguments: Any, **_options: Any) -> str:
        monkeypatch.undo()
        erase_person(person=person_of(person), by=None)
        raise HandOverFailed(Outcome.NO_SUCH_ADDRESS, f"550 5.1.1 <{EMAIL}> is unknown")

    monkeypatch.setattr(Transport, "hand_over", refuse)

    send()

    assert traces() == []
    assert (Message.objects.get(contact=person).state, Bounce.objects.count()) == (State.UNCERTAIN, 0)


def test_a_report_that_comes_later_charges_nobody():
    contact = make_contact(name=NAME, email=EMAIL)
    message = make_message(contact.initiative, contact)
    erase_person(person=person_of(contact), by=None)
    message.refresh_from_db()

    bounce = record_bounce(
        message=message, kind=Bounce.Kind.HARD, door=Bounce.Door.MAILBOX, words=f"550 <{EMAIL}>", at=timezone.now()
    )

    assert (bounce, Bounce.objects.count()) == (None, 0)
