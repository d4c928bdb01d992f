from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from communications.models import Heartbeat, Message, State
from communications.occasions import OCCASIONS
from communications.services.tick import tick
from tests.factories.messages import make_bounce, make_message, make_unwritten
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
)
from tests.factories.updates import make_request
from tests.pages import cost_of, text_of
from tests.walls.database import unchanged

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


def test_list_says_what_went_out(client, staff, message):
    page = text_of(client, "/here/messages/")

    assert "nothing needs you" in page
    assert "Nora &lt;b&gt;O’Neill&lt;/b&gt;" in page
    assert "1 sent" in page


@pytest.mark.parametrize("path", ["", "messages.csv", "{pk}/", "{pk}/body/"])
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
    client.force_login(make_staff(make_initiative(slug="there")))

    answers = [client.get(f"/there/messages/{message.pk}/{page}").status_code for page in ("", "body/")]
    answers.append(client.get("/here/messages/").status_code)

    assert answers == [404, 404, 404]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?text=nora", True),
        ("?text=nobody", False),
        ("?text=How+nora@example.org", True),
        ("?text=Health", True),
        ("?text={message_id}", True),
        ("?kind=digest", True),
        ("?kind=link_renewal", False),
        ("?state=sent", True),
        ("?state=bounced", False),
        ("?state=failed", False),
        ("?mailing=nothing", False),
        ("?page=99", True),
    ],
)
def test_list_is_filtered_by_its_address(client, staff, message, query, found):
    message.contact.organization.__class__.objects.update(name="County Health")

    page = text_of(client, f"/here/messages/{query.format(message_id=message.message_id)}")

    assert (message.get_absolute_url() in page) == found


def test_filter_in_place_answers_with_the_rows_alone(client, staff):
    page = client.get("/here/messages/", headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="messages">')


def test_list_is_paged(client, staff, message):
    for _number in range(30):
        make_message(message.initiative, message.contact)

    assert "Page 2 of 2" in text_of(client, "/here/messages/?page=2")


def furnish(initiative, count: int) -> None:
    """So many messages in each state that needs somebody, of the kinds that look up what they are about."""
    for state in (State.HELD, State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED, State.RETRY_WAIT):
        for _number in range(count):
            make_unwritten(initiative, state=state)
            request = make_request(make_organization(initiative))
            facts = {"about": f"request:{request.pk}", "refs": {"request": request.pk, "times_asked": 1}}
            make_unwritten(initiative, kind="update_request", state=state, **facts)
    for _number in range(count):
        make_bounce(make_message(initiative))


def test_list_takes_the_same_queries_at_one_three_and_many_rows(client, staff, message):
    counts = []
    for count in (1, 2, 4):
        furnish(message.initiative, count)
        counts.append(cost_of(client, "/here/messages/"))

    assert len(set(counts)) == 1, counts


def test_reading_writes_nothing(client, staff, message):
    furnish(message.initiative, 1)
    one = Message.objects.filter(state=State.HELD).first()

    with unchanged():
        for path in ("", f"{one.pk}/", f"{one.pk}/body/", f"?kind=digest&mailing={one.occasion_key}", "messages.csv"):
            assert client.get(f"/here/messages/{path}").status_code == 200


def test_counts_by_state_lead_to_their_messages(client, staff, message):
    make_unwritten(message.initiative, state=State.FAILED)
    make_bounce(message)

    page = text_of(client, "/here/messages/")

    for state, number in (("failed", 1), ("sent", 1), ("bounced", 1)):
        assert f'?state={state}">' in page
        assert text_of(client, f"/here/messages/?state={state}").count('<th scope="row"') == number


def test_export_holds_what_the_list_shows(client, staff, message):
    failed = make_unwritten(message.initiative, state=State.FAILED, reason="550 5.1.1 unknown")

    every = client.get("/here/messages/messages.csv").getvalue().decode("utf-8-sig")
    some = client.get("/here/messages/messages.csv?state=failed").getvalue().decode("utf-8-sig")

    assert message.message_id in every
    assert message.message_id not in some
    assert f"550 5.1.1 unknown,{failed.message_id}" in some


def test_message_that_came_back_says_so_wherever_it_stands(client, staff, message):
    make_bounce(message)

    for path in ("?state=sent", f"{message.pk}/", "messages.csv"):
        answer = client.get(f"/here/messages/{path}")
        assert "Bounced" in b"".join(answer).decode()
    assert "1 sent, 1 bounced" in text_of(client, "/here/messages/")


def test_detail_lists_what_came_back_in_plain_words_and_in_the_servers(client, staff, message):
    make_bounce(message, words="550 5.1.1 <b>unknown</b>")

    page = text_of(client, message.get_absolute_url())

    assert "There is no such mailbox." in page
    assert "550 5.1.1 &lt;b&gt;unknown&lt;/b&gt;" in page


def test_detail_of_a_message_that_waits_says_when_it_is_tried_again(client, staff, message):
    moment = datetime(2027, 3, 5, 18, 30, tzinfo=UTC)
    waiting = make_unwritten(
        message.initiative, state=State.RETRY_WAIT, next_attempt_at=moment, attempts=3, reason="451 4.7.1 greylisted"
    )

    page = text_of(client, waiting.get_absolute_url())

    assert "5 March 2027, 12:30" in page
    assert "wants us to come back a little later" in page
    assert waiting.message_id.strip("<>") in page


def test_detail_says_who_decided_and_when(client, staff, message):
    held = make_unwritten(message.initiative)
    client.post(f"{held.get_absolute_url()}hold/")

    page = text_of(client, held.get_absolute_url())

    assert f"{staff} holds it." in page
    assert timezone.now().strftime("%Y, ") in page


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
        shown.append(link in text_of(client, f"{message.get_absolute_url()}{page}"))

    assert shown == [False, True]


def test_account_mail_is_shown_in_a_demonstration_alone(client, staff, message, settings, monkeypatch):
    monkeypatch.setattr(OCCASIONS["digest"].__class__, "is_account_mail", True)
    paths = ["", "?text=nora", f"?kind=digest&mailing={message.occasion_key}", "messages.csv"]
    shown = {}
    for demo in (False, True):
        settings.DEMO = demo
        lists = [message.contact.email in b"".join(client.get(f"/here/messages/{path}")).decode() for path in paths[3:]]
        lists += [message.get_absolute_url() in text_of(client, f"/here/messages/{path}") for path in paths[:3]]
        pages = [client.get(f"{message.get_absolute_url()}{page}").status_code for page in ("", "body/")]
        pages.append(client.post(f"{message.get_absolute_url()}resend/").status_code)
        shown[demo] = (lists, pages)

    assert shown == {False: ([False] * 4, [404] * 3), True: ([True] * 4, [200, 200, 302])}


def test_message_that_did_not_leave_is_shown_as_it_would_look_now(client, staff, message):
    waiting = make_unwritten(message.initiative, message.contact)

    page, body = text_of(client, waiting.get_absolute_url()), text_of(client, f"{waiting.get_absolute_url()}body/")

    assert "As it would look now" in page
    assert "Dear Nora," in body
    assert "/s/hidden/" in body


@pytest.mark.parametrize("spoiled", [{}, {"frequency": "never"}, [1], {"links": 5}])
def test_row_that_nobody_can_read_hides_no_other(client, staff, message, spoiled):
    poisoned = make_unwritten(message.initiative, refs=spoiled, state=State.HELD)
    make_unwritten(message.initiative, state=State.HELD)

    page = text_of(client, "/here/messages/")

    assert "Digest: July to September 2026" in page
    assert "It cannot be written as things stand" in text_of(client, poisoned.get_absolute_url())
    assert client.get(f"{poisoned.get_absolute_url()}body/").status_code == 404


def test_text_that_is_kept_no_longer_says_so(client, staff, message, settings):
    settings.MESSAGE_BODY_DAYS = 90
    Message.objects.update(body_html="", body_text="", address="")

    page = text_of(client, message.get_absolute_url())

    assert "Its text is not kept any more" in page
    assert "90 days" in page
    assert client.get(f"{message.get_absolute_url()}body/").status_code == 404


def test_request_says_which_organization_is_asked(client, staff, message):
    organization = make_organization(message.initiative, name="Centro <i>Hispano</i>")
    request = make_request(organization)
    row = make_message(message.initiative, kind="update_request", about=f"request:{request.pk}", subject="One item")

    page = text_of(client, "/here/messages/")

    # Once as a mailing, once in the list.
    assert page.count("Update request, Centro &lt;i&gt;Hispano&lt;/i&gt;") == 2
    assert "Update request, Centro &lt;i&gt;Hispano&lt;/i&gt;" in text_of(client, row.get_absolute_url())


def test_mailing_stands_in_one_line_and_leads_to_its_parts(client, staff, message):
    for state in (State.SENT, State.UNCERTAIN):
        make_message(message.initiative, occasion_key=message.occasion_key, state=state)

    page = text_of(client, "/here/messages/")
    mailing = text_of(client, f"/here/messages/?kind=digest&mailing={message.occasion_key}")

    assert "2 sent, 1 uncertain" in page
    assert f"?kind=digest&amp;mailing={message.occasion_key.replace('/', '%2F')}" in page
    assert "Uncertain: 1" in mailing
    assert "Sent: 2" in mailing


def test_names_without_end_and_from_right_to_left_break_no_page(client: Client, message):
    name, subject = "\u05d0\u05d1\u05d2\u200f" + "x" * 150, "\u202e" + "\u0645" * 200
    contact = make_contact(make_organization(message.initiative, name=name), name=name)
    client.force_login(make_staff(message.initiative))
    row = make_message(message.initiative, contact, subject=subject, state=State.FAILED, reason="9" * 5000)

    for path in ("", f"{row.pk}/", "?text=x", "today"):
        address = "/here/today/" if path == "today" else f"/here/messages/{path}"
        assert client.get(address).status_code == 200


def test_last_beat_of_the_clock_is_shown(client, staff):
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=3))

    assert "Mail clock ran 3 minutes ago" in text_of(client, "/here/messages/")
