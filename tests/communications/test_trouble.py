"""What of the mail needs somebody, as the messages page shows it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.models import Bounce, HeldMailing, State
from communications.selectors.trouble import trouble_of
from partnership.models import Contact
from tests.factories.messages import make_bounce, make_message, make_unwritten
from tests.factories.partnership import make_contact, make_initiative, make_organization, make_staff
from tests.pages import text_of

pytestmark = pytest.mark.django_db

REFUSED = "550 5.1.1 <b>nobody@example.org</b> unknown"


@pytest.fixture
def here(client):
    home = make_initiative(slug="here")
    client.force_login(make_staff(home))
    return home


def needs(client) -> str:
    """The part of the page that lists what needs somebody."""
    page = text_of(client, "/here/messages/")
    return page.partition('id="need"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        ("held", ["Read and release", "Do not send"]),
        ("uncertain", ["It arrived", "Send again"]),
        ("failed", ["Leave it", "Send again"]),
        ("expired", ["Leave it", "Send it after all"]),
        ("suppressed", ["Leave it", "Send it after all"]),
    ],
)
@pytest.mark.parametrize("number", [1, 2])
def test_messages_of_one_mailing_and_state_stand_together_with_their_buttons(client, here, state, buttons, number):
    first = make_unwritten(here, state=state)
    if number > 1:
        make_unwritten(here, state=state, occasion_key=first.occasion_key)

    found = needs(client)

    assert found.count('class="todo"') == 1
    assert [text for text in buttons if text in found] == buttons
    assert ("/messages/mailing/" in found) == (number > 1)
    assert (f"{first.get_absolute_url()}" in found) == (number == 1)


def test_answer_of_the_server_stands_beside_its_plain_words(client, here):
    make_unwritten(here, state=State.FAILED, reason=REFUSED)

    found = needs(client)

    assert "There is no such mailbox." in found
    assert "550 5.1.1 &lt;b&gt;nobody@example.org&lt;/b&gt; unknown" in found


def test_title_and_counts_say_how_much_needs_somebody(client, here):
    for state in (State.HELD, State.UNCERTAIN, State.FAILED, State.FAILED, State.SUPPRESSED):
        make_unwritten(here, state=state)
    make_bounce(make_message(here))

    found = trouble_of(here, timezone.now())

    assert (found.number, found.held, found.uncertain, found.not_arrived) == (6, 1, 1, 4)
    assert "six things need you" in text_of(client, "/here/messages/")


def test_what_expired_long_ago_needs_nobody(client, here):
    make_unwritten(here, state=State.EXPIRED, due_at=timezone.now() - timedelta(days=31))

    assert needs(client) == ""


def test_other_initiatives_trouble_is_not_ours(client, here):
    other = make_initiative()
    make_unwritten(other, state=State.FAILED)
    make_bounce(make_message(other))

    assert needs(client) == ""
    assert trouble_of(other, timezone.now()).number == 2


def test_more_groups_than_are_shown_are_counted(client, here):
    for _number in range(22):
        make_unwritten(here, state=State.FAILED)

    found = needs(client)

    assert found.count('class="todo"') == 20
    assert "And 2 more" in found


def test_bouncing_address_says_what_to_do(client, here):
    organization = make_organization(here, name="County <i>Health</i>")
    contact = make_contact(organization, name="Kay <b>Nowak</b>")
    make_bounce(make_message(here, contact), words=REFUSED)

    found = needs(client)

    assert "Mail to Kay &lt;b&gt;Nowak&lt;/b&gt; comes back" in found
    assert "1 mail did not arrive. The next mail still goes there." in found
    assert f"/here/organizations/{organization.slug}/contacts/{contact.pk}/edit/" in found
    assert f"/here/messages/bounces/{contact.pk}/forget/" in found


def test_address_that_bounced_too_often_is_said_to_be_spared(client, here):
    contact = make_contact(initiative=here)
    for _time in range(2):
        make_bounce(make_message(here, contact))

    found = needs(client)

    assert "2 mails did not arrive. Nothing more is sent there." in found
    assert "New address" not in found


@pytest.mark.parametrize(
    "change",
    [
        {"kind": Bounce.Kind.SOFT, "weight": 1},
        {"at": timezone.now() - timedelta(days=31)},
    ],
)
def test_bounce_that_does_not_count_needs_nobody(client, here, change):
    make_bounce(make_message(here), **change)

    assert needs(client) == ""


def test_new_address_ends_the_trouble_with_the_old_one(client, here):
    bounce = make_bounce(make_message(here))
    before = needs(client)

    Contact.objects.filter(pk=bounce.contact_id).update(email="new@example.org")

    assert ("comes back" in before, needs(client)) == (True, "")


def test_page_of_a_held_mailing_has_its_text_and_one_button_for_all(client, here):
    first = make_unwritten(here, state=State.HELD)
    make_unwritten(here, state=State.HELD, occasion_key=first.occasion_key)
    HeldMailing.objects.create(
        initiative=here, kind="digest", occasion_key=first.occasion_key, held_by=make_staff(here)
    )

    page = text_of(client, f"/here/messages/?kind=digest&mailing={first.occasion_key}")

    assert "This mailing is held" in page
    assert page.count('action="/here/messages/mailing/release/"') == 1
    assert "/body/" in page
