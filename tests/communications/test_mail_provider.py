"""A provider that sends our mail: what its answers mean, and what it tells later by the webhook."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
import time_machine
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailUnsupportedFeature
from anymail.signals import tracking
from django.apps import apps
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from communications import answers
from communications.answers import Outcome
from communications.models import Bounce, MailServer, Message, State
from communications.services import planning, transport
from communications.services.sending import Sender
from partnership.models import Contact
from tests.factories.partnership import make_contact, make_initiative, make_organization
from tests.rig import compose

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 10, 15, tzinfo=UTC)
DIGEST = datetime(2027, 1, 1, 15, tzinfo=UTC)
SECRET = "hook:a long random word"
URL = "/hooks/mail/"


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[None]:
    """As with EMAIL_URL=anymail://postmark and a secret for the webhook."""
    settings.MAIL_PROVIDER = "postmark"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "POSTMARK_SERVER_TOKEN": "token", "IGNORE_UNSUPPORTED_FEATURES": True}
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    apps.get_app_config("communications").listen_to_provider()
    yield
    tracking.disconnect(dispatch_uid="communications")


@pytest.fixture
def digest() -> Message:
    """A planned digest."""
    with time_machine.travel(DIGEST):
        make_contact(make_organization(make_initiative(created_at=LONG_AGO)), created_at=LONG_AGO)
        planning.record(planning.plan(DIGEST))
    return Message.objects.get()


@pytest.fixture
def sent(provider: None, digest: Message) -> Iterator[Message]:
    """A digest that the provider took; the clock stands an hour after it."""
    with time_machine.travel(DIGEST):
        send()
    with time_machine.travel(DIGEST + timedelta(hours=1)):
        yield Message.objects.get()


def send() -> None:
    Sender(DIGEST).send_due(lambda: False)


def post(event: Any, *, secret: str | None = SECRET) -> int:
    """Tell the webhook of an event; gives the status of its answer. No cookie and no form's token go with it."""
    given = {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    client = Client(enforce_csrf_checks=True, headers=given, raise_request_exception=False)
    return client.post(URL, body, content_type="application/json").status_code


def bounced(message: Message, **changes: Any) -> dict[str, Any]:
    """What Postmark tells of a mail that came back."""
    event = {
        "RecordType": "Bounce",
        "ID": 42,
        "Type": "HardBounce",
        "Description": "The server was unable to deliver your message.",
        "Details": "smtp;550 5.1.1 nobody of that name",
        "Email": message.address,
        "BouncedAt": "2027-01-01T15:10:00Z",
        "MessageID": "unknown",
        "Metadata": {"message_id": message.message_id},
    }
    return event | changes


def bounces() -> list[tuple[str, str, str]]:
    return list(Bounce.objects.order_by("pk").values_list("kind", "door", "words"))


def test_mail_is_handed_to_the_provider_with_its_message_id_and_the_ledger_keeps_the_providers(sent: Message):
    params = mail.outbox[0].anymail_test_params

    assert (sent.state, sent.provider_id) == (State.SENT, "0")
    assert params["metadata"] == {"message_id": sent.message_id}
    assert params["extra_headers"]["Message-ID"] == sent.message_id


def test_bounce_is_charged_once_however_often_it_is_told(sent: Message):
    statuses = {post(bounced(sent)) for _time in range(3)}

    assert statuses == {200}
    assert bounces() == [("hard", "provider", "smtp;550 5.1.1 nobody of that name")]
    bounce = Bounce.objects.get()
    assert (bounce.contact, bounce.address, bounce.at) == (
        sent.contact,
        sent.address,
        datetime(2027, 1, 1, 15, 10, tzinfo=UTC),
    )


def test_event_without_our_id_is_matched_by_the_providers(sent: Message):
    Message.objects.update(provider_id="b7bc2f4a")

    post(bounced(sent, Metadata={}, MessageID="b7bc2f4a"))

    assert Bounce.objects.get().message == sent


@pytest.mark.parametrize(
    "changes",
    [
        {"Metadata": {"message_id": "<unknown@elsewhere.elm>"}},
        {"Metadata": {}, "MessageID": ""},
        {"Metadata": {"message_id": "\x00"}, "MessageID": "\x00"},
        {"Metadata": {"message_id": ["<a@b>"]}, "MessageID": 7},
        {"BouncedAt": "2026-12-01T00:00:00Z"},
    ],
)
def test_event_about_no_message_of_ours_is_charged_to_nobody(sent: Message, changes: dict[str, Any]):
    assert post(bounced(sent, **changes)) == 200
    assert bounces() == []


@pytest.mark.parametrize("state", ["queued", "failed", "cancelled", "suppressed", "held"])
def test_event_about_a_message_that_never_left_is_charged_to_nobody(sent: Message, state: str):
    Message.objects.update(state=state)

    assert post(bounced(sent)) == 200
    assert bounces() == []


@pytest.mark.parametrize("secret", [None, "", "hook:wrong", "hook"])
def test_wrong_secret_is_refused_and_changes_nothing(sent: Message, secret: str | None):
    assert post(bounced(sent), secret=secret) == 400
    assert bounces() == []


@pytest.mark.parametrize(
    "changes",
    [{"MAIL_PROVIDER": ""}, {"ANYMAIL": {}}, {"ANYMAIL": {"WEBHOOK_SECRET": ""}}, {"MAIL_PROVIDER": "scaleway"}],
)
def test_address_is_closed_without_provider_or_secret(sent: Message, settings: LazySettings, changes: dict[str, Any]):
    for name, value in changes.items():
        setattr(settings, name, value)

    assert (post(bounced(sent)), Client().head(URL).status_code) == (404, 404)
    assert bounces() == []


def test_address_says_that_it_is_there_and_takes_nothing_but_events(sent: Message):
    assert reverse("communications:mail-webhook") == URL
    assert Client().head(URL).status_code == 200
    assert Client().get(URL).status_code == 405


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"null", b"\xff\x00", b'{"RecordType": "Bounce", "BouncedAt": 7}']
)
def test_event_that_cannot_be_understood_is_refused(sent: Message, body: bytes):
    assert post(body) in (200, 400)
    assert bounces() == []


EVENTS = {
    "hard": ({}, "hard"),
    "hard without numbers": ({"Details": "action: failed"}, "hard"),
    "soft": ({"Type": "SoftBounce", "Details": "smtp;452 full"}, "soft"),
    "no address": ({"Type": "BadEmailAddress"}, "hard"),
    "blocked": ({"Type": "Blocked", "Details": "smtp;550 5.7.1 no"}, "soft"),
    "for now": ({"Type": "Transient"}, None),
    "out of office": ({"Type": "AutoResponder"}, None),
    "delivered": ({"RecordType": "Delivery"}, None),
    "opened": ({"RecordType": "Open"}, None),
    "complaint": ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "complaint"),
}


@pytest.mark.parametrize("case", EVENTS)
def test_kinds_of_events_are_told_apart(sent: Message, case: str):
    changes, kind = EVENTS[case]

    assert post(bounced(sent, **changes)) == 200
    assert [found for found, _door, _words in bounces()] == ([kind] if kind else [])


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
def test_other_providers_are_understood_in_their_own_words(sent: Message, settings: LazySettings):
    Message.objects.update(provider_id="7")
    told = {
        "mailjet": {"event": "bounce", "MessageID": 7, "hard_bounce": True, "error": "user unknown"},
        "brevo": {"event": "soft_bounce", "message-id": "7", "email": sent.address, "reason": "full"},
        "sparkpost": [{"msys": {"message_event": {"type": "bounce", "bounce_class": "10", "transmission_id": "7"}}}],
        "sendgrid": [
            {
                "event": "bounce",
                "type": "bounce",
                "status": "5.1.1",
                "message_id": sent.message_id,
                "timestamp": 1798816200,
            }
        ],
    }
    found = {}
    for name, event in told.items():
        settings.MAIL_PROVIDER = name
        Bounce.objects.all().delete()
        found[name] = (post(event), [kind for kind, _door, _words in bounces()])

    assert found == {
        "mailjet": (200, ["hard"]),
        "brevo": (200, ["soft"]),
        "sparkpost": (200, ["hard"]),
        "sendgrid": (200, ["hard"]),
    }


def unsubscribed(message: Message, **changes: Any) -> dict[str, Any]:
    event = {"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "ManualSuppression"}
    return bounced(message) | event | {"ChangedAt": "2027-01-01T15:20:00Z", "BouncedAt": None} | changes


def test_reader_who_unsubscribes_at_the_provider_gets_no_digest_any_more(sent: Message):
    event = unsubscribed(sent)
    del event["BouncedAt"]

    assert post(event) == 200

    assert Contact.objects.get().digest_frequency == "never"
    assert bounces() == []


def test_unsubscribing_that_is_told_again_does_not_undo_a_later_choice(sent: Message):
    event = unsubscribed(sent)
    del event["BouncedAt"]
    chosen = {"digest_frequency": "weekly", "digest_since": datetime(2027, 1, 1, 15, 30, tzinfo=UTC)}
    Contact.objects.update(**chosen)

    assert post(event) == 200
    assert Contact.objects.get().digest_frequency == "weekly"


@contextmanager
def answering(status: int, body: str = "{}", *, hangs: bool = False, breaks: bool = False) -> Iterator[str]:
    """A provider on this machine that answers so; gives its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if hangs:
                done.wait(5)
            elif breaks:
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

        def log_message(self, *_args: Any) -> None:
            """The test reads what it needs itself."""

    done = Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        done.set()
        server.shutdown()


def through_postmark(settings: LazySettings, api_url: str) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_API_URL": api_url}


TOOK_IT = '{"ErrorCode": 0, "Message": "OK", "MessageID": "0a129aee", "To": "someone@example.org"}'


@pytest.mark.parametrize(
    ("status", "body", "state", "refuses_us"),
    [
        (401, '{"ErrorCode": 10, "Message": "Bad or missing token"}', "queued", True),
        (403, "{}", "queued", True),
        (429, "{}", "retry_wait", False),
        (500, "{}", "retry_wait", False),
        (503, "{}", "retry_wait", False),
        (504, "{}", "uncertain", False),
        (413, "{}", "failed", False),
        (422, '{"ErrorCode": 403, "Message": "Invalid JSON"}', "failed", False),
        (422, '{"ErrorCode": 401, "Message": "Sender signature not confirmed"}', "retry_wait", False),
        (200, "no JSON", "uncertain", False),
        (422, '{"ErrorCode": 406, "Message": "in words that nobody knows yet"}', "uncertain", False),
    ],
)
def test_answer_of_the_provider_decides_what_becomes_of_the_message(
    provider: None, digest: Message, settings: LazySettings, status: int, body: str, state: str, refuses_us: bool
):
    with answering(status, body) as api_url:
        through_postmark(settings, api_url)
        send()

    message = Message.objects.get()
    assert (message.state, refuses_us) == (state, MailServer.objects.filter(refuses_us=True).exists())
    assert message.reason.startswith((f"Postmark answered {status}: ", "The mail provider did not say"))
    assert bounces() == []


def test_mail_that_the_provider_takes_is_sent(provider: None, digest: Message, settings: LazySettings):
    with answering(200, TOOK_IT.replace("someone@example.org", digest.contact.email)) as api_url:
        through_postmark(settings, api_url)
        settings.BOUNCE_ADDRESS = "bounces@backbone.elm"
        send()

    message = Message.objects.get()
    assert (message.state, message.provider_id, message.reason) == (State.SENT, "0a129aee", "")


def test_recipient_whom_the_provider_refuses_is_charged(provider: None, digest: Message, settings: LazySettings):
    inactive = f"Not sent. Found inactive addresses: {digest.contact.email}. Inactive recipients came back before."
    with answering(422, json.dumps({"ErrorCode": 406, "Message": inactive})) as api_url:
        through_postmark(settings, api_url)
        send()

    message = Message.objects.get()
    assert message.state == State.FAILED
    assert message.reason.startswith("Postmark does not send to this address: ")
    assert [kind for kind, _door, _words in bounces()] == ["hard"]


@pytest.mark.parametrize(
    ("trouble", "state"), [("nobody listens", "retry_wait"), ("hangs", "uncertain"), ("breaks", "uncertain")]
)
def test_provider_that_gives_no_answer_leaves_only_what_it_was_asked_in_doubt(
    provider: None,
    digest: Message,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
    state: str,
):
    monkeypatch.setattr(transport, "REPLY_SECONDS", 0.3)
    with answering(200, hangs=trouble == "hangs", breaks=trouble == "breaks") as api_url:
        through_postmark(settings, "http://127.0.0.1:1/" if trouble == "nobody listens" else api_url)
        send()

    message = Message.objects.get()
    assert message.state == state
    assert answers.in_plain_words(message.reason) == "The mail server could not be reached, or the connection broke."


@pytest.mark.parametrize(
    "wrong",
    [
        {"ANYMAIL": {}, "EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend"},
        {"EMAIL_BACKEND": "anymail.backends.nosuch.EmailBackend"},
        {"EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend"},
    ],
)
def test_setting_that_is_missing_keeps_all_mail_back_and_loses_none(
    provider: None, digest: Message, settings: LazySettings, wrong: dict[str, Any]
):
    for name, value in wrong.items():
        setattr(settings, name, value)

    send()

    assert (Message.objects.get().state, MailServer.objects.get().refuses_us) == (State.QUEUED, True)


class Below(Exception):
    """An exception of the package for a provider that does not speak plain HTTP."""

    def __init__(self, response: Any) -> None:
        super().__init__("made up")
        self.response = response


def test_answers_by_another_package_are_understood_too():
    limited, unsupported = AnymailAPIError("no"), AnymailUnsupportedFeature("no")
    limited.__cause__ = Below({"ResponseMetadata": {"HTTPStatusCode": 400}})
    limited.args = ("ThrottlingException: Rate exceeded",)
    limited.response = None

    found = [
        answers.of_handing_over(error, text_began=True).outcome
        for error in (limited, unsupported, AnymailConfigurationError("no"), AnymailAPIError("no"), KeyError("no"))
    ]

    assert found == [Outcome.TRANSIENT, Outcome.REFUSED, Outcome.OURS, Outcome.UNKNOWN, Outcome.UNKNOWN]


AT_START = """
import django, json
django.setup()
from django.conf import settings
from anymail.signals import tracking
from communications.services.mailbox import EVERY_SECONDS
print(json.dumps([settings.EMAIL_BACKEND, settings.ANYMAIL, tracking.has_listeners(),
                  "anymail" in settings.INSTALLED_APPS, settings.CELERY_BEAT_SCHEDULE.get("read_bounces"),
                  EVERY_SECONDS]))
"""


def test_installation_with_a_provider_and_a_mailbox_starts_with_both():
    environment = compose.environment("web") | {
        "DJANGO_SETTINGS_MODULE": "ci_backbone.settings",
        "EMAIL_URL": "anymail://amazon-ses",
        "ANYMAIL_WEBHOOK_SECRET": SECRET,
        "ANYMAIL_AMAZON_SES_CLIENT_PARAMS": '{"region_name": "us-east-2"}',
        "ANYMAIL_IGNORE_UNSUPPORTED_FEATURES": "0",
        "ANYMAIL_REQUESTS_TIMEOUT": "20",
        "ANYMAIL_EMPTY": "",
        "BOUNCE_MAILBOX_URL": "imaps://bounces:secret@mail.example.org/INBOX",
        "PATH": os.environ["PATH"],
    }

    run = subprocess.run(
        [sys.executable, "-c", AT_START], cwd=compose.ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(run.stdout) == [
        "anymail.backends.amazon_ses.EmailBackend",
        {
            "WEBHOOK_SECRET": SECRET,
            "AMAZON_SES_CLIENT_PARAMS": {"region_name": "us-east-2"},
            "IGNORE_UNSUPPORTED_FEATURES": False,
            "REQUESTS_TIMEOUT": 20,
        },
        True,
        True,
        {
            "task": "communications.tasks.read_bounces",
            "schedule": 300.0,
            "options": {"expires": 240, "ignore_result": True},
        },
        300,
    ]
