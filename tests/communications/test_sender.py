from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from communications.models import HeldMailing, Message, State
from communications.occasions import OCCASIONS
from communications.services import planning, sending
from communications.services.claims import LEASE, accept, begin_transmission, claim, sweep
from communications.services.sending import Sender
from communications.services.tick import tick
from partnership.models import Contact, Initiative
from tests.factories.communications import make_meeting
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_initiative,
    make_organization,
    make_seat,
    make_user,
)

pytestmark = pytest.mark.django_db

# Before the digest of October to December fell due, and after the one before it.
LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
# The digest of October to December 2026, and the one-week reminder of the factory's meeting.
DIGEST = datetime(2027, 1, 1, 15, tzinfo=UTC)
REMINDER = datetime(2027, 1, 29, 15, tzinfo=UTC)


@pytest.fixture
def digest() -> Message:
    """A planned digest, which is held when in doubt."""
    make_contact(make_organization(make_initiative(created_at=LONG_AGO)), created_at=LONG_AGO)
    planning.record(planning.plan(DIGEST))
    return Message.objects.get()


@pytest.fixture
def reminder() -> Message:
    """A planned reminder, which is repeated once when in doubt."""
    body = make_body(make_initiative(created_at=LONG_AGO))
    make_seat(body, holder=make_contact(initiative=body.initiative, created_at=LONG_AGO, digest_frequency="never"))
    make_meeting(body, created_at=datetime(2027, 1, 28, tzinfo=UTC))
    planning.record(planning.plan(REMINDER))
    return Message.objects.get()


class Killed(BaseException):
    """As when the process dies: nothing in the sender may catch it."""


class DyingBackend(EmailBackend):
    """Accepts the mail, and the process dies before it hears so."""

    def send_messages(self, messages):
        super().send_messages(messages)
        raise Killed


def send(moment: datetime) -> None:
    Sender(moment).send_due(lambda: False)


def send_and_die(moment: datetime, settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.DyingBackend"
    with pytest.raises(Killed):
        send(moment)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def let_leases_end() -> None:
    Message.objects.filter(lease_until__isnull=False).update(lease_until=timezone.now() - timedelta(seconds=1))


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_mail_has_both_parts_and_what_machines_need(digest, mailoutbox):
    send(DIGEST)

    sent = mailoutbox[0].message()
    assert [part.get_content_type() for part in sent.get_payload()] == ["text/plain", "text/html"]
    assert sent["Message-ID"] == digest.message_id
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Reply-To"] == "backbone@example.org"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_unsubscribe_header_and_text_carry_the_link_and_the_ledger_does_not(digest, mailoutbox):
    send(DIGEST)

    header = mailoutbox[0].message()["List-Unsubscribe"].strip("<>")
    page = header.removesuffix("digest/")
    assert header.startswith("http://testserver/s/")
    assert page in mailoutbox[0].body
    assert page not in fresh(digest).body_text
    assert "http://testserver/s/~link~/" in fresh(digest).body_html


def test_mark_that_somebody_typed_gets_no_readers_token(digest, mailoutbox):
    Initiative.objects.update(name="https://evil.example/s/~link~/")

    send(DIGEST)

    header = mailoutbox[0].message()["List-Unsubscribe"].strip("<>")
    page = header.removesuffix("digest/")
    token = page.removeprefix("http://testserver/s/")
    for text in (mailoutbox[0].body, mailoutbox[0].alternatives[0].content):
        assert "https://evil.example/s/link/" in text
        assert page in text
        assert f"evil.example/s/{token}" not in text


def test_reminder_carries_a_calendar_file(reminder, mailoutbox):
    send(REMINDER)

    attached = mailoutbox[0].attachments[0]
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "REQUEST"
    assert b"BEGIN:VTIMEZONE" in attached.get_payload(decode=True)


def test_sent_message_is_not_sent_again(digest, mailoutbox):
    for _time in range(3):
        send(DIGEST)

    assert len(mailoutbox) == 1
    assert fresh(digest).sent_at is not None


def test_urgent_messages_leave_first(digest, mailoutbox):
    body = make_body(digest.initiative)
    make_seat(body, holder=digest.contact)
    make_meeting(body, date=date(2027, 1, 2))
    planning.record(planning.plan(DIGEST))

    send(DIGEST)

    assert list(Message.objects.filter(state="sent").order_by("sent_at").values_list("kind", flat=True)) == [
        "meeting_reminder",
        "digest",
    ]


def test_row_is_claimed_once(digest):
    assert claim(DIGEST) is not None
    assert claim(DIGEST) is None


def test_row_is_not_due_before_its_time(digest):
    assert claim(DIGEST - timedelta(seconds=1)) is None


def test_claim_of_a_dead_sender_is_certain_and_sent_later(digest, mailoutbox):
    claim(DIGEST)
    let_leases_end()

    sweep()
    send(DIGEST)

    assert (fresh(digest).state, fresh(digest).unknown_outcomes, len(mailoutbox)) == ("sent", 0, 1)


def test_claim_within_its_lease_is_left_alone(digest):
    claimed = claim(DIGEST)

    assert sweep() == 0
    assert claimed is not None
    assert timezone.now() < claimed.lease_until < timezone.now() + LEASE


def test_killed_digest_is_uncertain_and_never_repeated(digest, mailoutbox, settings):
    send_and_die(DIGEST, settings)
    during = fresh(digest).state
    let_leases_end()

    for _time in range(3):
        tick(DIGEST)

    assert (during, fresh(digest).state, len(mailoutbox)) == ("transmitting", "uncertain", 1)


def test_killed_reminder_is_repeated_once_with_the_same_message_id(reminder, mailoutbox, settings):
    send_and_die(REMINDER, settings)
    let_leases_end()

    for _time in range(3):
        tick(REMINDER)

    assert fresh(reminder).state == State.SENT
    assert [sent.message()["Message-ID"] for sent in mailoutbox] == [reminder.message_id] * 2


def test_reminder_killed_twice_is_uncertain(reminder, mailoutbox, settings):
    for _time in range(2):
        send_and_die(REMINDER, settings)
        let_leases_end()
        sweep()

    tick(REMINDER)

    assert (fresh(reminder).state, len(mailoutbox)) == ("uncertain", 2)


def test_message_that_may_have_arrived_is_uncertain_when_it_is_not_wanted_any_more(reminder, settings):
    send_and_die(REMINDER, settings)
    let_leases_end()
    sweep()
    Contact.objects.update(ended_at=timezone.now(), ended_by=make_user())

    send(REMINDER)

    assert fresh(reminder).state == State.UNCERTAIN


def test_slow_sender_cannot_overwrite_a_newer_claim(digest):
    slow = claim(DIGEST)
    let_leases_end()
    sweep()
    newer = claim(DIGEST)

    assert slow is not None
    assert newer is not None
    assert begin_transmission(slow, prepared_of(slow)) == 0
    assert fresh(digest).claim_token == newer.claim_token


def test_acceptance_that_comes_after_the_sweep_is_still_written_down(digest):
    slow = claim(DIGEST)
    assert slow is not None
    begin_transmission(slow, prepared_of(slow))
    let_leases_end()
    sweep()
    swept = fresh(digest).state

    accept(slow)

    assert (swept, fresh(digest).state) == ("uncertain", "sent")


def prepared_of(message: Message):
    occasion = OCCASIONS[message.kind]
    return Sender(DIGEST)._prepare(message, occasion, occasion.recipient(message))


def test_unsubscribed_reader_gets_nothing(digest, mailoutbox):
    Contact.objects.update(digest_frequency="never")

    send(DIGEST)

    assert (fresh(digest).state, mailoutbox) == ("cancelled", [])


def test_ended_contact_gets_nothing(digest, mailoutbox):
    Contact.objects.update(ended_at=timezone.now(), ended_by=make_user())

    send(DIGEST)

    assert (fresh(digest).state, mailoutbox) == ("cancelled", [])


def test_address_changed_between_planning_and_sending_gets_the_mail(digest, mailoutbox):
    Contact.objects.update(email="new@example.org")

    send(DIGEST)

    assert mailoutbox[0].to == ["new@example.org"]


def test_row_that_cannot_be_written_waits_and_keeps_nobody_back(digest, mailoutbox, monkeypatch):
    make_contact(Contact.objects.get().organization, created_at=LONG_AGO)
    planning.record(planning.plan(DIGEST))
    compose = type(planning.OCCASIONS["digest"]).compose
    monkeypatch.setattr(
        type(planning.OCCASIONS["digest"]),
        "compose",
        lambda self, message, now, shared: 1 / 0 if message.pk == digest.pk else compose(self, message, now, shared),
    )

    send(DIGEST)

    assert sorted(Message.objects.values_list("state", flat=True)) == ["retry_wait", "sent"]
    assert "ZeroDivisionError" in fresh(digest).reason


def test_row_that_can_never_be_written_fails_in_the_end(digest, monkeypatch):
    monkeypatch.setattr(type(planning.OCCASIONS["digest"]), "compose", lambda *args: 1 / 0)

    for hours in range(6):
        send(DIGEST + timedelta(hours=hours))

    assert fresh(digest).state == State.FAILED


def test_server_that_cannot_be_reached_is_tried_again(digest, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    send(DIGEST)

    waits = fresh(digest).next_attempt_at - DIGEST
    assert fresh(digest).state == State.RETRY_WAIT
    assert timedelta(seconds=48) <= waits <= timedelta(seconds=72)


def test_refusal_for_now_waits_and_is_sent_later(digest, mail_sink):
    address = Contact.objects.get().email
    mail_sink.answers[address] = "451 4.7.1 Greylisted, come back later"

    send(DIGEST)
    waiting = fresh(digest)
    mail_sink.answers.clear()
    send(waiting.next_attempt_at)

    assert (waiting.state, waiting.reason) == ("retry_wait", "451 4.7.1 Greylisted, come back later")
    assert timedelta(minutes=5) <= waiting.next_attempt_at - DIGEST <= timedelta(minutes=6)
    assert (fresh(digest).state, len(mail_sink.messages)) == ("sent", 1)


def test_refusal_for_good_fails_with_the_servers_words(digest, mail_sink):
    mail_sink.answers[Contact.objects.get().email] = "550 5.1.1 No such user"

    send(DIGEST)

    assert (fresh(digest).state, fresh(digest).reason) == ("failed", "550 5.1.1 No such user")


def test_full_mailbox_is_tried_again(digest, mail_sink):
    mail_sink.answers[Contact.objects.get().email] = "552 5.2.2 Mailbox full"

    send(DIGEST)

    assert fresh(digest).state == State.RETRY_WAIT


def test_one_refused_reader_keeps_nobody_back(digest, mail_sink):
    mail_sink.answers[Contact.objects.get().email] = "550 5.1.1 No such user"
    make_contact(Contact.objects.get().organization, created_at=LONG_AGO)
    planning.record(planning.plan(DIGEST))

    send(DIGEST)

    assert sorted(Message.objects.values_list("state", flat=True)) == ["failed", "sent"]


def test_intervals_grow_until_72_hours_are_over(digest, mail_sink):
    mail_sink.answers[Contact.objects.get().email] = "451 4.3.0 Try again"
    moment, waits = DIGEST, []

    while fresh(digest).state in ("queued", "retry_wait"):
        send(moment)
        waits.append(fresh(digest).next_attempt_at - moment)
        moment = fresh(digest).next_attempt_at

    assert fresh(digest).state == State.FAILED
    assert "Given up after 72 hours" in fresh(digest).reason
    assert waits[:6] == sorted(waits[:6])
    assert moment - DIGEST <= timedelta(hours=72)


def test_waiting_message_that_expires_keeps_the_servers_answer(digest, mail_sink):
    mail_sink.answers[Contact.objects.get().email] = "451 4.3.0 Try again"
    send(DIGEST)

    tick(DIGEST + timedelta(days=14))

    assert fresh(digest).state == State.EXPIRED
    assert "451 4.3.0" in fresh(digest).reason


def test_digest_three_days_late_is_sent_with_its_own_period(digest, mailoutbox):
    send(DIGEST + timedelta(days=3))

    assert "October to December 2026" in mailoutbox[0].subject
    assert "as of 4 January 2027" in mailoutbox[0].body


def test_long_and_foreign_names_reach_the_server(digest, mail_sink):
    name = "Ünïted “Children’s” مبادرة, Ltd. " * 6
    initiative = digest.initiative
    initiative.name = name
    initiative.save()
    Contact.objects.update(name=name[:200])

    send(DIGEST)

    assert fresh(digest).state == State.SENT
    assert mail_sink.messages[0]["From"].addresses[0].display_name.startswith("Ünïted “Children’s” مبادرة")


def test_batch_uses_one_connection(digest, monkeypatch):
    for _person in range(5):
        make_contact(digest.contact.organization, created_at=LONG_AGO)
    planning.record(planning.plan(DIGEST))
    opened = []
    open_ = EmailBackend.open
    monkeypatch.setattr(EmailBackend, "open", lambda self: (opened.append(self), open_(self))[1])

    send(DIGEST)

    assert (len(mail.outbox), len(opened)) == (6, 1)


def test_mail_that_the_database_does_not_take_keeps_nobody_back(digest, mailoutbox, monkeypatch):
    make_contact(digest.contact.organization, created_at=LONG_AGO)
    planning.record(planning.plan(DIGEST))
    begin = sending.begin_transmission
    spoiled = lambda message, prepared: 1 / 0 if message.pk == digest.pk else begin(message, prepared)  # noqa: E731
    monkeypatch.setattr(sending, "begin_transmission", spoiled)

    send(DIGEST)

    assert sorted(Message.objects.values_list("state", flat=True)) == ["retry_wait", "sent"]


def test_claim_from_a_clock_that_was_ahead_is_swept(digest, mailoutbox):
    claim(DIGEST)
    Message.objects.update(lease_until=timezone.now() + timedelta(days=1))

    sweep()
    send(DIGEST)

    assert fresh(digest).state == State.SENT


def test_mailing_that_is_held_while_it_goes_out_stops_at_once(digest, mailoutbox):
    for _person in range(3):
        make_contact(digest.contact.organization, created_at=LONG_AGO)
    planning.record(planning.plan(DIGEST))
    facts = {"initiative": digest.initiative, "kind": "digest", "occasion_key": digest.occasion_key}

    def hold_after_one() -> bool:
        if len(mailoutbox) == 1 and not HeldMailing.objects.exists():
            HeldMailing.objects.create(**facts, held_by=make_user())
        return False

    Sender(DIGEST).send_due(hold_after_one)

    assert sorted(Message.objects.values_list("state", flat=True)) == ["held"] * 3 + ["sent"]
