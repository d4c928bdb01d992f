"""How the sender and the mail server get on: refusals, pauses, bounces, broken connections."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from communications.models import Bounce, MailServer, Message, State
from communications.services import planning, sending
from communications.services.bounces import forget_bounces
from communications.services.sending import Sender
from partnership.models import Contact
from tests.factories.partnership import make_contact, make_initiative, make_organization, make_user
from tests.rig.hasty import HastySink

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
DUE = datetime(2027, 1, 1, 15, tzinfo=UTC)


@pytest.fixture
def organization():
    return make_organization(make_initiative(created_at=LONG_AGO))


@pytest.fixture
def five(organization) -> list[Contact]:
    """Five readers of a digest that is planned."""
    readers = [make_contact(organization, created_at=LONG_AGO) for _number in range(5)]
    planning.record(planning.plan(DUE))
    return readers


def send(moment: datetime = DUE) -> None:
    Sender(moment).send_due(lambda: False)


def states() -> list[str]:
    return sorted(Message.objects.values_list("state", flat=True))


def nobody_listens(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def test_three_failed_connections_pause_the_sender_and_charge_no_other_message(five, settings):
    nobody_listens(settings)

    send()

    server = MailServer.objects.get()
    assert states() == ["queued"] * 2 + ["retry_wait"] * 3
    assert (server.paused_until - server.paused_at, server.refuses_us) == (timedelta(seconds=30), False)
    assert Bounce.objects.count() == 0


def test_nothing_is_claimed_while_the_server_is_left_alone(five, settings, mail_sink):
    nobody_listens(settings)
    send()
    settings.EMAIL_PORT = mail_sink.port

    send(DUE + timedelta(seconds=29))
    during = list(states())
    send(DUE + timedelta(minutes=2))

    assert during == ["queued"] * 2 + ["retry_wait"] * 3
    assert states() == ["sent"] * 5
    assert not MailServer.objects.get().is_in_trouble


def test_pause_doubles_up_to_ten_minutes(five, settings):
    nobody_listens(settings)
    moment, pauses = DUE, []

    for _time in range(8):
        Message.objects.update(state=State.QUEUED, next_attempt_at=DUE, attempts=0, give_up_at=None)
        send(moment)
        server = MailServer.objects.get()
        pauses.append(server.pause_seconds)
        moment = server.paused_until

    assert pauses == [30, 60, 120, 240, 480, 600, 600, 600]


def test_tick_at_another_moment_is_not_kept_back_by_a_pause(five, settings, mail_sink):
    nobody_listens(settings)
    send(DUE + timedelta(days=1))
    settings.EMAIL_PORT = mail_sink.port

    send(DUE)

    assert states() == ["retry_wait"] * 3 + ["sent"] * 2


def test_refused_sign_in_counts_no_attempt_and_waits(five, settings, mail_sink):
    mail_sink.login = ("backbone", "right")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "backbone", "wrong"

    send()

    assert states() == ["queued"] * 5
    assert set(Message.objects.values_list("attempts", flat=True)) == {0}
    assert MailServer.objects.get().refuses_us
    assert Bounce.objects.count() == 0


def test_refused_sender_counts_no_attempt_and_waits(five, settings, mail_sink):
    mail_sink.senders["backbone@example.org"] = "553 5.7.1 not yours"
    settings.DEFAULT_FROM_EMAIL = "CI Backbone <backbone@example.org>"

    send()

    assert states() == ["queued"] * 5
    assert MailServer.objects.get().words == "553 5.7.1 not yours"


def test_rule_that_refuses_everybody_charges_nobody(five, mail_sink):
    for contact in five:
        mail_sink.answers[contact.email] = "550 5.7.1 we do not like you"

    send()

    assert states() == ["queued"] * 2 + ["retry_wait"] * 3
    assert MailServer.objects.get().refuses_us
    assert Bounce.objects.count() == 0


def test_rule_that_refuses_one_person_fails_for_them_when_others_were_taken(five, mail_sink):
    mail_sink.answers[five[0].email] = "550 5.7.1 we do not like you"

    send()
    first = list(states())
    send(DUE + timedelta(minutes=2))

    assert first == ["retry_wait"] + ["sent"] * 4
    assert states() == ["failed"] + ["sent"] * 4
    assert not MailServer.objects.get().refuses_us


def test_address_that_does_not_work_is_charged_two_and_not_tried_again(five, mail_sink):
    mail_sink.answers[five[0].email] = "550 5.1.1 No such user"

    send()

    bounce = Bounce.objects.get()
    assert (bounce.contact, bounce.address, bounce.weight) == (five[0], five[0].email, 2)
    assert states() == ["failed"] + ["sent"] * 4


def test_full_mailbox_waits_an_hour_and_is_charged_one_however_often(five, mail_sink):
    mail_sink.answers[five[0].email] = "452 4.2.2 Mailbox full"

    for hours in (0, 2, 4):
        send(DUE + timedelta(hours=hours))

    waiting = Message.objects.get(state="retry_wait")
    assert list(Bounce.objects.values_list("kind", "weight")) == [("soft", 1)]
    assert waiting.attempts == 3


def bounce_twice(contact: Contact) -> None:
    for _time in range(2):
        other = make_contact(contact.organization)
        message = Message.objects.create(
            initiative=contact.initiative,
            contact=contact,
            kind="digest",
            recipient_key=f"contact:{contact.pk}",
            occasion_key=f"earlier {other.pk}",
            priority=90,
            state=State.FAILED,
            due_at=DUE,
            next_attempt_at=DUE,
            message_id=f"<{other.pk}@example.org>",
        )
        Bounce.objects.create(
            contact=contact, message=message, address=contact.email, kind="hard", weight=2, door="server", at=DUE
        )


def test_address_that_bounced_for_four_gets_nothing_and_the_row_says_so(five, mailoutbox):
    bounce_twice(five[0])

    send()

    suppressed = Message.objects.get(state=State.SUPPRESSED)
    assert (suppressed.contact, len(mailoutbox)) == (five[0], 4)
    assert "came back too often" in suppressed.reason


@pytest.mark.parametrize("mended", ["forgotten", "new address", "30 days"])
def test_mended_address_gets_mail_again(five, mailoutbox, mended):
    bounce_twice(five[0])
    if mended == "forgotten":
        forget_bounces(contact=five[0], by=make_user())
    elif mended == "new address":
        Contact.objects.filter(pk=five[0].pk).update(email="new@example.org")
    else:
        Bounce.objects.update(at=DUE - timedelta(days=31))

    send()

    assert len(mailoutbox) == 5


class Hasty(EmailBackend):
    """Breaks at the second mail by one connection."""

    def open(self):
        self.used = False
        return super().open()

    def send_messages(self, messages):
        if self.used:
            raise ConnectionResetError("one mail a connection")
        self.used = True
        return super().send_messages(messages)


def test_mail_that_has_its_text_under_way_is_in_doubt_with_a_backend_that_is_no_smtp(five, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Hasty"

    send()

    assert (len(mail.outbox), states().count("uncertain")) == (3, 2)


def test_connection_that_the_server_ended_is_opened_again_and_nothing_is_late(five, settings):
    sink = HastySink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port

    send()

    assert (states(), len(sink.taken), sink.connections) == (["sent"] * 5, 5, 5)
    sink.stop()


def test_sender_that_was_held_up_beyond_its_lease_sends_no_text(five, mail_sink, monkeypatch):
    monkeypatch.setattr(sending, "HAND_OVER_SECONDS", -1)

    send()

    assert mail_sink.messages == []
    assert "sent" not in states()


def test_message_that_the_server_refuses_for_its_sender_lets_the_others_try_first(five, mail_sink):
    mail_sink.login = ("backbone", "right")

    for seconds in (0, 31, 100):
        send(DUE + timedelta(seconds=seconds))

    assert Message.objects.exclude(reason="").count() == 3


def test_mail_goes_out_soon_after_a_long_outage(five, settings, mail_sink):
    Message.objects.exclude(contact=five[0]).delete()
    nobody_listens(settings)
    moment = DUE
    while moment < DUE + timedelta(hours=3):
        send(moment)
        moment += timedelta(minutes=1)
    settings.EMAIL_PORT = mail_sink.port
    back = moment

    while not mail_sink.messages and moment < back + timedelta(hours=2):
        send(moment)
        moment += timedelta(minutes=1)

    assert moment - back <= timedelta(minutes=15)


def test_pause_that_begins_long_after_its_tick_stops_that_tick_too(five, settings):
    nobody_listens(settings)

    Sender(DUE, clock=lambda: DUE + timedelta(minutes=3)).send_due(lambda: False)

    assert states() == ["queued"] * 2 + ["retry_wait"] * 3
