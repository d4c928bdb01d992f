from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from communications.models import Heartbeat, Message, State
from communications.services.messages import resend_message
from communications.services.tick import tick
from tests.factories.communications import make_meeting
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
)
from tests.factories.updates import make_request

pytestmark = pytest.mark.django_db

BEFORE = datetime(2026, 10, 15, tzinfo=UTC)
DUE = datetime(2027, 1, 1, 15, tzinfo=UTC)


@pytest.fixture
def message(mailoutbox) -> Message:
    """A digest that went out to somebody whose name asks for escaping."""
    home = make_initiative(created_at=BEFORE, slug="here")
    make_contact(make_organization(home), name="Nora <b>O’Neill</b>", email="nora@example.org", created_at=BEFORE)
    tick(DUE)
    return Message.objects.get()


@pytest.fixture
def staff(message, client):
    user = make_staff(message.initiative)
    client.force_login(user)
    return user


def make_more(message: Message, count: int, **fields) -> None:
    for _number in range(count):
        row, unique = Message.objects.get(pk=message.pk), uuid4()
        row.pk, row.occasion_key, row.message_id = None, f"more/{unique}", f"<{unique}@example.org>"
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()


def uncertain(message: Message) -> Message:
    Message.objects.filter(pk=message.pk).update(state=State.UNCERTAIN, unknown_outcomes=1, sent_at=None)
    return Message.objects.get(pk=message.pk)


def test_list_says_what_went_out(client, staff, message):
    page = client.get("/here/messages/")

    assert "1 message sent; nothing needs you" in page.content.decode()
    assert "Nora &lt;b&gt;O’Neill&lt;/b&gt;" in page.content.decode()


@pytest.mark.parametrize("path", ["", "{pk}/", "{pk}/body/"])
def test_pages_are_for_staff(client, message, path):
    address = f"/here/messages/{path.format(pk=message.pk)}"
    answers = [client.get(address).status_code]
    for make in (make_council_member, make_staff):
        client.force_login(make(message.initiative))
        answers.append(client.get(address).status_code)
    client.force_login(make_partner(message.contact.organization))
    answers.append(client.get(address).status_code)

    assert answers == [302, 403, 200, 403]


def test_message_of_another_initiative_is_not_found(client, message):
    other = make_initiative(slug="there")
    client.force_login(make_staff(other))

    answers = [client.get(f"/there/messages/{message.pk}/{page}").status_code for page in ("", "body/")]
    answers.append(client.post(f"/there/messages/{message.pk}/resend/").status_code)
    answers.append(client.get("/here/messages/").status_code)

    assert answers == [404, 404, 404, 404]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?text=nora", True),
        ("?text=nobody", False),
        ("?text=How+nora@example.org", True),
        ("?kind=digest", True),
        ("?kind=link_renewal", False),
        ("?state=sent", True),
        ("?state=failed", False),
        ("?mailing=nothing", False),
        ("?page=99", True),
    ],
)
def test_list_is_filtered_by_its_address(client, staff, message, query, found):
    page = client.get(f"/here/messages/{query}").content.decode()

    assert (message.get_absolute_url() in page) == found


def test_filter_in_place_answers_with_the_rows_alone(client, staff):
    page = client.get("/here/messages/", headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="messages">')


def test_list_is_paged(client, staff, message):
    make_more(message, 30)

    assert "Page 2 of 2" in client.get("/here/messages/?page=2").content.decode()


def test_list_takes_the_same_queries_for_one_and_many(client, staff, message, django_assert_num_queries):
    with django_assert_num_queries(10):
        client.get("/here/messages/")
    make_more(message, 3, state=State.FAILED)

    with django_assert_num_queries(10):
        client.get("/here/messages/")


def test_stopped_clock_is_told_to_staff(client, staff):
    fresh = client.get("/here/messages/").content.decode()
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=6))

    assert "The mail clock stands still" not in fresh
    assert "The mail clock stands still" in client.get("/here/messages/").content.decode()


def test_detail_frames_the_mail_from_the_same_site(client, staff, message):
    page = client.get(message.get_absolute_url())

    assert f'src="{message.get_absolute_url()}body/"' in page.content.decode()
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]


def test_body_is_sandboxed_and_its_links_leave_the_frame(client, staff, message):
    page = client.get(f"{message.get_absolute_url()}body/")

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-top-navigation-by-user-activation; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_top">' in page.content.decode()


@pytest.mark.parametrize("page", ["", "body/"])
def test_links_are_hidden_but_in_a_demonstration(client, staff, message, mailoutbox, settings, page):
    link = mailoutbox[0].message()["List-Unsubscribe"].strip("<>").removesuffix("digest/")
    shown = []
    for demo in (False, True):
        settings.DEMO = demo
        shown.append(link in client.get(f"{message.get_absolute_url()}{page}").content.decode())

    assert shown == [False, True]


def test_message_that_is_not_written_yet_has_no_body(client, staff, message):
    Message.objects.update(state=State.QUEUED, body_html="", body_text="", subject="")

    assert client.get(f"{message.get_absolute_url()}body/").status_code == 404
    assert "Not written yet" in client.get(message.get_absolute_url()).content.decode()


def test_uncertain_message_is_listed_with_what_sending_again_risks(client, staff, message):
    uncertain(message)

    page = client.get("/here/messages/").content.decode()
    assert "Needs you" in page
    assert "could bring it twice" in client.get(message.get_absolute_url()).content.decode()


def test_uncertain_message_is_sent_again_with_the_same_message_id(client, staff, message, mailoutbox):
    uncertain(message)
    address = f"{message.get_absolute_url()}resend/"

    client.post(address)
    client.post(address)
    tick(timezone.now())

    again = Message.objects.get(pk=message.pk)
    assert again.state == State.SENT
    assert [mail.message()["Message-ID"] for mail in mailoutbox] == [message.message_id] * 2


def test_sent_message_is_not_sent_again(client, staff, message):
    client.post(f"{message.get_absolute_url()}resend/")

    assert Message.objects.get(pk=message.pk).state == State.SENT


@pytest.mark.parametrize("method", ["get", "put"])
@pytest.mark.parametrize("act", ["resend", "close"])
def test_decisions_take_a_post_alone(client, staff, message, method, act):
    assert getattr(client, method)(f"{message.get_absolute_url()}{act}/").status_code == 405


@pytest.mark.parametrize("act", ["resend", "close"])
def test_decisions_are_for_staff(client, message, act):
    uncertain(message)
    address = f"{message.get_absolute_url()}{act}/"
    client.force_login(make_council_member(message.initiative))
    refused = client.post(address).status_code
    client.logout()

    assert (refused, client.post(address).status_code) == (403, 302)
    assert Message.objects.get(pk=message.pk).state == State.UNCERTAIN


@pytest.mark.parametrize(("before", "after"), [("uncertain", "sent"), ("failed", "cancelled"), ("sent", "sent")])
def test_message_that_somebody_closed_needs_nobody(client, staff, message, before, after):
    Message.objects.update(state=before)

    client.post(f"{message.get_absolute_url()}close/")

    assert Message.objects.get().state == after
    assert 'id="need"' not in client.get("/here/messages/").content.decode()


def test_expired_digest_leaves_when_staff_say_so(staff, message, mailoutbox):
    Message.objects.update(state=State.EXPIRED, sent_at=None, handed_over_at=None, expires_at=DUE - timedelta(days=60))

    resend_message(message=message, by=staff)
    tick(timezone.now())

    assert len(mailoutbox) == 2


def test_resent_reminder_of_a_meeting_past_does_not_leave(staff, message, mailoutbox):
    meeting = make_meeting(date=datetime(2026, 3, 1).date())
    Message.objects.update(
        kind="meeting_reminder",
        refs={"meeting": meeting.pk, "step": 1},
        occasion_key=f"{meeting.initiative_id}/meeting/{meeting.pk}/2026-03-01T10:00/1d",
        state=State.FAILED,
        sent_at=None,
    )

    resend_message(message=message, by=staff)
    tick(timezone.now())

    assert len(mailoutbox) == 1


def test_mailing_stands_in_one_line_with_its_states(client, staff, message):
    for number, state in enumerate((State.SENT, State.UNCERTAIN)):
        make_more(message, 1, state=state, recipient_key=f"contact:{number}00", occasion_key=message.occasion_key)

    page = client.get("/here/messages/").content.decode()
    assert "2 sent, 1 uncertain" in page
    assert f"?mailing={message.occasion_key.replace('/', '%2F')}" in page


def test_request_says_which_organization_is_asked(client, staff, message, mailoutbox):
    organization = make_organization(message.initiative, name="Centro <i>Hispano</i>")
    request = make_request(organization)
    make_more(message, 1, kind="update_request", about=f"request:{request.pk}", subject="One item", state=State.FAILED)

    page = client.get("/here/messages/").content.decode()
    one = client.get(Message.objects.get(kind="update_request").get_absolute_url()).content.decode()

    # Once as a mailing, once in the list.
    assert page.count("Update request, Centro &lt;i&gt;Hispano&lt;/i&gt;") == 2
    assert "Update request, Centro &lt;i&gt;Hispano&lt;/i&gt;" in one
