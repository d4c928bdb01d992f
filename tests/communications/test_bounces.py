"""Bounces that are told later by mail: from the report in a mailbox to the address that gets no more mail."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from communications import tasks
from communications.models import Bounce, Message, State
from communications.services import mailbox, planning, reports
from communications.services.bounces import forget_bounces, record_bounce
from communications.services.mailbox import MailboxFailed, read_mailbox
from communications.services.reports import kind_of
from communications.services.sending import Sender
from partnership.models import Contact
from tests.factories.partnership import make_contact, make_initiative, make_organization, make_user
from tests.rig.certificates import Authority
from tests.rig.imap import Mailbox, serving

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
DIGEST = datetime(2027, 1, 1, 15, tzinfo=UTC)
NEXT_DIGEST = datetime(2027, 4, 1, 15, tzinfo=UTC)

POSTFIX = """\
From: MAILER-DAEMON@mx.elm (Mail Delivery System)
To: bounces@backbone.elm
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4ZqA.1767279601/mx.elm"
Message-Id: <4ZqA@mx.elm>

This is a MIME-encapsulated message.

--4ZqA.1767279601/mx.elm
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I could not bring your mail to one of its readers.

--4ZqA.1767279601/mx.elm
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.elm
X-Postfix-Queue-ID: 4ZqA
Arrival-Date: Fri,  1 Jan 2027 15:00:01 +0000 (UTC)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.oak.elm
Diagnostic-Code: smtp; {diagnostic}

--4ZqA.1767279601/mx.elm
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <bounces@backbone.elm>
From: Backbone <office@backbone.elm>
To: {address}
Subject: How we are doing
Message-ID: {message_id}

Hello
--4ZqA.1767279601/mx.elm--
"""

EXCHANGE = """\
From: <postmaster@oak.elm>
To: <bounces@backbone.elm>
Subject: Undeliverable: How we are doing
Content-Language: en-US
In-Reply-To: {message_id}
References: {message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_000_oak_"

--_000_oak_
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_001_oak_"

--_001_oak_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Your message to {address} could=
 not be delivered.
--_001_oak_
Content-Type: text/html; charset="us-ascii"

<p>Your message could not be delivered.</p>
--_001_oak_--

--_000_oak_
Content-Type: message/delivery-status

Reporting-MTA: dns;BN7PR.oak.elm
Received-From-MTA: dns;mail.backbone.elm

Final-recipient: RFC822;{address}
Action: {action}
Status: {status}
Diagnostic-code: smtp;{diagnostic}
X-Display-Name: Ana

--_000_oak_
Content-Type: text/rfc822-headers

From: Backbone <office@backbone.elm>
Subject: How we are doing
Date: Fri, 1 Jan 2027 15:00:00 +0000

--_000_oak_--
"""

GMAIL = """\
From: Mail Delivery Subsystem <mailer-daemon@mail.elm>
To: bounces@backbone.elm
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; boundary="000000000000a1b2"; report-type=delivery-status

--000000000000a1b2
Content-Type: multipart/related; boundary="000000000000a1b3"

--000000000000a1b3
Content-Type: multipart/alternative; boundary="000000000000a1b4"

--000000000000a1b4
Content-Type: text/plain; charset="UTF-8"

** Nobody of that name **

--000000000000a1b4--
--000000000000a1b3
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--000000000000a1b3--
--000000000000a1b2
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.elm
Arrival-Date: Fri, 01 Jan 2027 07:00:01 -0800 (PST)
X-Original-Message-ID: {message_id}

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}
Last-Attempt-Date: Fri, 01 Jan 2027 07:00:02 -0800 (PST)

--000000000000a1b2
Content-Type: text/rfc822-headers

From: Backbone <office@backbone.elm>
Subject: How we are doing

--000000000000a1b2--
"""

COMPLAINT = """\
From: <feedback@mail.elm>
To: <abuse@backbone.elm>
Subject: FW: How we are doing
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset="US-ASCII"

A reader marked this as unwanted.

--part
Content-Type: message/feedback-report

Feedback-Type: {complaint}
User-Agent: LoopOfElm/1.0
Version: 1
Original-Rcpt-To: <{address}>

--part
Content-Type: message/rfc822
Content-Disposition: inline

From: Backbone <office@backbone.elm>
Message-ID: {message_id}
Subject: How we are doing

Hello
--part--
"""
SHAPES = {"Postfix": POSTFIX, "Exchange": EXCHANGE, "Gmail": GMAIL}


@pytest.fixture
def box(settings: LazySettings) -> Iterator[Mailbox]:
    """A real mailbox that the settings name."""
    with serving(Mailbox()) as served:
        settings.BOUNCE_MAILBOX_URL = f"imap://bounces:right-password@127.0.0.1:{served.port}/INBOX"
        yield served


@pytest.fixture
def sent(mailoutbox) -> Iterator[Message]:
    """A digest that was accepted; the clock stands an hour after it."""
    with time_machine.travel(DIGEST):
        make_contact(make_organization(make_initiative(created_at=LONG_AGO)), created_at=LONG_AGO)
        deliver(DIGEST)
    with time_machine.travel(DIGEST + timedelta(hours=1)):
        yield Message.objects.get()


def deliver(moment: datetime) -> None:
    planning.record(planning.plan(moment))
    Sender(moment).send_due(lambda: False)


def report_on(message: Message, shape: str = POSTFIX, **changes: str) -> bytes:
    """A report that the message could not be delivered to its address."""
    said = {
        "message_id": message.message_id,
        "address": message.address,
        "action": "failed",
        "status": "5.1.1",
        "diagnostic": "550 5.1.1 nobody of that name",
        "complaint": "abuse",
    }
    return shape.format_map(said | changes).encode("utf-8", "surrogateescape")


def bounces() -> list[tuple[str, str, str]]:
    return list(Bounce.objects.order_by("pk").values_list("kind", "address", "door"))


@pytest.mark.parametrize("shape", SHAPES)
def test_report_is_charged_to_the_address_that_the_message_went_to(box: Mailbox, sent: Message, shape: str):
    box.put(report_on(sent, SHAPES[shape]))

    assert str(read_mailbox()).startswith("read 1, new bounces 1,")

    bounce = Bounce.objects.get()
    assert (bounce.message, bounce.contact, bounce.address) == (sent, sent.contact, sent.address)
    assert (bounce.kind, bounce.door, bounce.words) == ("hard", "mailbox", "550 5.1.1 nobody of that name")
    assert (Message.objects.get().state, box.unread, len(box.mails)) == (State.SENT, 0, 1)


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind"),
    [
        ("5.1.1", "550 5.1.1 unknown", "hard"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard"),
        ("5.2.1 (switched off)", "", "hard"),
        ("5.0.0", "550 5.1.1 no such user", "hard"),
        ("5.0.0", "550 User unknown", "hard"),
        ("5.0.0", "550 The mailbox you wrote to does not exist", "hard"),
        ("", "550 No such user here", "hard"),
        ("5.0.0", "550 mail from 5.1.1.20 is not wanted", "soft"),
        ("5.1.8", "501 5.1.8 sender's domain is unknown", "soft"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft"),
        ("5.7.1", "550 5.7.1 user unknown, or not wanted", "soft"),
        ("4.4.7", "", "soft"),
        ("4.0.0", "450 user unknown for now", "soft"),
        ("", "", "soft"),
    ],
)
def test_status_tells_an_address_that_does_not_work_from_one_that_may(status: str, diagnostic: str, kind: str):
    assert kind_of(status, diagnostic) == kind


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_report_of_anything_but_failure_is_charged_to_nobody(box: Mailbox, sent: Message, action: str):
    box.put(report_on(sent, action=action))

    assert read_mailbox().nothing == 1
    assert (bounces(), box.unread) == ([], 0)


def test_address_behind_the_one_we_wrote_to_charges_the_one_we_wrote_to(box: Mailbox, sent: Message):
    box.put(report_on(sent, address="passed-on@elsewhere.elm"))

    read_mailbox()

    assert bounces() == [("hard", sent.address, "mailbox")]


def test_of_several_recipients_the_one_we_wrote_to_counts(box: Mailbox, sent: Message):
    other = "Final-Recipient: rfc822; a@elsewhere.elm\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient:"
    box.put(report_on(sent, status="5.2.2", diagnostic="full").replace(b"Final-Recipient:", other.encode(), 1))

    read_mailbox()

    assert bounces() == [("soft", sent.address, "mailbox")]


@pytest.mark.parametrize(("complaint", "kinds"), [("abuse", ["complaint"]), ("not-spam", []), ("auth-failure", [])])
def test_complaint_stops_the_address_at_once(box: Mailbox, sent: Message, complaint: str, kinds: list[str]):
    box.put(report_on(sent, COMPLAINT, complaint=complaint))

    read_mailbox()

    assert [kind for kind, _address, _door in bounces()] == kinds
    assert len(Bounce.objects.all().contacts_to_spare(DIGEST)) == len(kinds)


def test_same_report_again_and_at_the_same_time_counts_once(box: Mailbox, sent: Message):
    for shape in [*SHAPES.values(), POSTFIX]:
        box.put(report_on(sent, shape))
    first = read_mailbox()
    for mail in box.mails:
        mail.seen = False

    again = read_mailbox()

    assert (first.new, first.known, again.new, again.known) == (1, 3, 0, 4)
    assert len(bounces()) == 1


@pytest.mark.parametrize("state", ["queued", "retry_wait", "failed", "cancelled", "suppressed", "held"])
def test_report_on_a_message_that_never_left_is_charged_to_nobody(box: Mailbox, sent: Message, state: str):
    Message.objects.update(state=state)
    box.put(report_on(sent))

    assert read_mailbox().nothing == 1
    assert bounces() == []


def test_report_on_an_uncertain_message_counts_and_leaves_its_state(box: Mailbox, sent: Message):
    Message.objects.update(state=State.UNCERTAIN, unknown_outcomes=1)
    box.put(report_on(sent))

    read_mailbox()

    assert (len(bounces()), Message.objects.get().state) == (1, State.UNCERTAIN)


@pytest.mark.parametrize("message_id", ["<forged@elsewhere.elm>", "", "<a\x00b@x>", "<" + "x" * 5000 + "@x>"])
def test_report_on_a_message_that_is_not_ours_is_charged_to_nobody(box: Mailbox, sent: Message, message_id: str):
    box.put(report_on(sent, message_id=message_id))

    assert read_mailbox().nothing == 1
    assert (bounces(), box.unread) == ([], 0)


def test_report_from_before_the_message_was_last_handed_over_is_charged_to_nobody(box: Mailbox, sent: Message):
    box.put(report_on(sent), arrived=DIGEST - timedelta(days=2))

    assert read_mailbox().nothing == 1
    assert bounces() == []


def test_mail_to_somebody_without_a_contact_is_charged_to_nobody(box: Mailbox, sent: Message):
    Message.objects.update(contact=None)
    box.put(report_on(sent))

    assert (read_mailbox().nothing, bounces()) == (1, [])


def nested(depth: int) -> bytes:
    """Parts in parts in parts."""
    heads = [f"Content-Type: multipart/report; boundary=b{level}\n\n--b{level}\n" for level in range(depth)]
    return "".join(heads).encode()


def test_mail_that_cannot_be_understood_keeps_back_no_other(box: Mailbox, sent: Message):
    report = report_on(sent)
    for raw in (
        b"",
        b"\x00" * 100,
        b"Content-Type: multipart/report\n\nno boundary",
        nested(3000),
        report.replace(b"us-ascii", b"no-such-charset").replace(b"5.1.1 nobody", b"\xff\x00\xfe"),
        report[: report.index(b"Final-Recipient")],
        b"Subject: =?no-such?B?////?=\nContent-Type: multipart/report; boundary*0*=x''%ff\n\n--x\n\n--x--",
        report.replace(b"Message-ID: ", b"Message-ID: \xff\xff "),
    ):
        box.put(raw)
    box.put(report_on(sent, status="5.2.2", diagnostic="552 \x00 \udcff full"))

    reading = read_mailbox()

    assert (reading.read, reading.new, box.unread) == (9, 2, 0)
    assert {kind for kind, _address, _door in bounces()} == {"hard", "soft"}


def test_one_failure_of_ours_keeps_back_no_other_mail(box: Mailbox, sent: Message, monkeypatch: pytest.MonkeyPatch):
    box.put(b"Subject: poison\n\n")
    box.put(report_on(sent))
    read = reports.read_report
    monkeypatch.setattr(reports, "read_report", lambda raw: 1 / 0 if b"poison" in raw else read(raw))

    reading = read_mailbox()

    assert (reading.unreadable, reading.new, box.unread) == (1, 1, 0)


def test_long_mail_is_read_at_its_beginning_only(box: Mailbox, sent: Message):
    box.put(report_on(sent).replace(b"Hello", b"x" * 70 + b"\n" + b"long\n" * 400_000))

    assert read_mailbox().new == 1


def test_mail_stays_unread_while_the_database_is_away(box: Mailbox, sent: Message, monkeypatch: pytest.MonkeyPatch):
    def away(**_fields: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    box.put(report_on(sent))
    with monkeypatch.context() as patch:
        patch.setattr(reports, "record_bounce", away)
        tasks.read_bounces()
    unread = box.unread

    tasks.read_bounces()

    assert (unread, box.unread, len(bounces())) == (1, 0, 1)


def test_reading_takes_so_many_at_once_and_the_rest_next_time(
    box: Mailbox, sent: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mailbox, "MAILS_AT_ONCE", 3)
    for _number in range(5):
        box.put(b"Subject: hello\n\n")

    readings = [read_mailbox(), read_mailbox(), read_mailbox()]

    assert [(reading.read, reading.left) for reading in readings] == [(3, 2), (2, 0), (0, 0)]


def test_address_that_bounced_too_often_gets_nothing_until_staff_forget_it(box: Mailbox, sent: Message, mailoutbox):
    box.put(report_on(sent))
    read_mailbox()
    at = NEXT_DIGEST - timedelta(days=3)
    record_bounce(message=sent, kind="soft", door="server", words="", at=at)
    record_bounce(message=sent, kind="complaint", door="provider", words="", at=at)

    deliver(NEXT_DIGEST)
    stopped = states(sent)
    forget_bounces(contact=sent.contact, by=make_user())
    deliver(NEXT_DIGEST)
    Message.objects.filter(state=State.SUPPRESSED).update(state=State.QUEUED)
    deliver(NEXT_DIGEST)

    assert (stopped, states(sent)) == (["suppressed"], ["sent"])
    assert len(mailoutbox) == 2


def test_new_address_begins_without_bounces(box: Mailbox, sent: Message, mailoutbox):
    box.put(report_on(sent, COMPLAINT), arrived=NEXT_DIGEST)
    with time_machine.travel(NEXT_DIGEST):
        read_mailbox()
        Contact.objects.filter(pk=sent.contact_id).update(email="mended@oak.elm")
        deliver(NEXT_DIGEST)

    assert (states(sent), mailoutbox[-1].to) == (["sent"], ["mended@oak.elm"])


def states(sent: Message) -> list[str]:
    """The states of the messages after the first."""
    return list(Message.objects.exclude(pk=sent.pk).values_list("state", flat=True))


def test_command_says_what_was_found(box: Mailbox, sent: Message):
    out = StringIO()
    box.put(report_on(sent))
    box.put(b"Subject: hello\n\n")

    call_command("bounces", stdout=out)

    assert out.getvalue() == (
        "read 2, new bounces 1, known already 0, no report about a message of ours 1, unreadable 0, left 0\n"
    )


def test_command_without_a_mailbox_says_which_setting_is_missing(settings: LazySettings):
    settings.BOUNCE_MAILBOX_URL = ""

    with pytest.raises(CommandError, match="BOUNCE_MAILBOX_URL"):
        call_command("bounces")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"login": ("bounces", "another")}, "wrong password"),
        ({"folder": "Archive"}, "the folder cannot be opened: no such folder"),
        ({"refused": "SEARCH"}, "the mailbox cannot be searched"),
        ({"refused": "FETCH"}, "a mail cannot be fetched"),
        ({"refused": "STORE"}, "a mail cannot be marked as read"),
        ({"silent_at": "SEARCH"}, "did not answer within"),
        ({"silent_at": "FETCH"}, "did not answer within"),
    ],
)
def test_mailbox_that_cannot_be_read_is_told_without_the_password(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], words: str
):
    monkeypatch.setattr(mailbox, "ANSWER_SECONDS", 0.3)
    box.put(b"Subject: hello\n\n")
    for name, value in changes.items():
        setattr(box, name, value)

    with pytest.raises(MailboxFailed, match=words) as failure:
        read_mailbox()

    assert "right-password" not in str(failure.value)
    assert box.unread == 1


@pytest.mark.parametrize(("scheme", "query"), [("imaps", ""), ("imap", "?tls=1")])
def test_mailbox_is_read_over_tls_that_is_verified(
    sent: Message, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, query: str
):
    authority = Authority(tmp_path)
    context = authority.context("localhost")
    secure = Mailbox(login=("a b@x", 'p"a\\ss'), folder="Bounces/New Ones", **{SECURED_BY[scheme]: context})
    secure.put(report_on(sent))
    with serving(secure):
        address = f"localhost:{secure.port}/Bounces/New%20Ones{query}"
        settings.BOUNCE_MAILBOX_URL = f"{scheme}://a%20b%40x:p%22a%5Css@{address}"
        with pytest.raises(MailboxFailed, match="CERTIFICATE_VERIFY_FAILED"):
            read_mailbox()
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

        assert read_mailbox().new == 1


SECURED_BY = {"imaps": "over_tls", "imap": "starttls"}


def test_failing_mailbox_never_stops_the_task(settings: LazySettings):
    settings.BOUNCE_MAILBOX_URL = "imap://bounces:right-password@127.0.0.1:1/INBOX"

    tasks.read_bounces()
    settings.BOUNCE_MAILBOX_URL = ""
    tasks.read_bounces()


@pytest.mark.django_db(transaction=True)
def test_loop_of_ticks_reads_the_mailbox_and_waits_for_nobody(
    box: Mailbox, sent: Message, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mailbox, "EVERY_SECONDS", 0)
    monkeypatch.setattr(mailbox, "ANSWER_SECONDS", 2)
    box.put(report_on(sent))
    regular = mailbox.RegularReading()

    regular.look()
    regular.wait(10)
    box.silent_at = "SEARCH"
    began = time.monotonic()
    for _tick in range(3):
        regular.look()
    took = time.monotonic() - began
    running = [thread for thread in threading.enumerate() if thread.name == "bounces"]
    regular.wait(10)

    assert (len(bounces()), len(running)) == (1, 1)
    assert took < 1
