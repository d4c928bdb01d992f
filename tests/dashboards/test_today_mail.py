"""What of the mail stands on the desk of the staff."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ci_backbone.dashboards.today import desk_of
from communications.models import Heartbeat, HeldMailing, MailServer, State
from communications.selectors.upcoming import ahead_of
from tests.factories.communications import make_meeting
from tests.factories.messages import make_bounce, make_message, make_unwritten
from tests.factories.partnership import make_body, make_contact, make_initiative, make_seat, make_staff
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(client):
    Heartbeat.beat(timezone.now())
    home = make_initiative(slug="here")
    client.force_login(make_staff(home))
    return home


def lines(initiative) -> list[str]:
    """The titles of what needs staff today."""
    return [line.title for group in desk_of(initiative).groups if group.is_first for line in group.lines]


@pytest.mark.parametrize(
    ("state", "one", "two"),
    [
        ("uncertain", "One mail may or may not have arrived", "Two mails may or may not have arrived"),
        ("failed", "One mail did not go out", "Two mails did not go out"),
        ("expired", "One mail was too late to go out", "Two mails were too late to go out"),
        (
            "suppressed",
            "One mail was not sent to an address that bounces",
            "Two mails were not sent to addresses that bounce",
        ),
    ],
)
def test_mail_that_needs_somebody_stands_in_one_line_a_state(client, here, state, one, two):
    found = []
    for _time in range(2):
        make_unwritten(here, state=state)
        found.append(lines(here))

    assert found == [[one], [two]]
    assert 'href="/here/messages/#need"' in text_of(client, "/here/today/")


def test_held_mailings_have_a_line_each_and_lead_to_their_text(client, here):
    first = make_unwritten(here, state=State.HELD)
    make_unwritten(here, state=State.HELD, occasion_key=first.occasion_key)
    single = make_unwritten(here, state=State.HELD)

    page = text_of(client, "/here/today/")

    assert lines(here) == ["Digest: July to September 2026"] * 2
    assert page.count("Read and release") == 2
    assert f"?kind=digest&amp;mailing={first.occasion_key.replace('/', '%2F')}" in page
    assert f'href="{single.get_absolute_url()}"' in page


def test_many_held_mailings_are_counted(here):
    for _number in range(8):
        make_unwritten(here, state=State.HELD)

    found = lines(here)

    assert len(found) == 6
    assert found[-1] == "Three more mailings wait for your yes"


def test_mailing_held_before_it_is_due_is_on_the_desk(client, here):
    body = make_body(here)
    make_seat(body, holder=make_contact(initiative=here, digest_frequency="never"))
    make_meeting(body, date=timezone.now().date() + timedelta(days=10), title="Winter")
    mailing = next(one for one in ahead_of(here, timezone.now()).mailings if one.kind == "meeting_reminder")
    before = lines(here)
    key = {"kind": mailing.kind, "occasion_key": mailing.occasion_key}
    HeldMailing.objects.create(initiative=here, held_by=make_staff(here), **key)

    assert (before, lines(here)) == ([], [mailing.title])
    assert f"/here/messages/upcoming/?{mailing.query.replace('&', '&amp;')}" in text_of(client, "/here/today/")


def test_addresses_that_bounce_are_counted(here):
    for _number in range(2):
        make_bounce(make_message(here))

    assert lines(here) == ["Two addresses bounce"]


def test_server_that_refuses_us_comes_first(here):
    make_unwritten(here, state=State.FAILED)
    MailServer.objects.create(pk=1, refuses_us=True, words="535 5.7.8 no")

    assert lines(here) == ["The mail server refuses our mail", "One mail did not go out"]


def test_other_initiatives_mail_is_not_on_the_desk(here):
    other = make_initiative()
    make_unwritten(other, state=State.FAILED)
    make_bounce(make_message(other))

    assert lines(here) == []
    assert len(lines(other)) == 2


def test_counts_beside_the_desk_are_those_of_the_messages_page(client, here):
    for state in (State.HELD, State.UNCERTAIN, State.FAILED, State.SUPPRESSED, State.QUEUED, State.RETRY_WAIT):
        make_unwritten(here, state=state)
    make_bounce(make_message(here))

    desk = desk_of(here)

    assert desk.mail[State.SENT] == 1
    assert (desk.mail_waiting, desk.mail_held) == (2, 1)
    assert (desk.mail_trouble.uncertain, desk.mail_trouble.not_arrived) == (1, 3)


def test_desk_takes_the_same_queries_however_much_mail_there_is(client, here, django_assert_max_num_queries):
    counts = []
    for number in (1, 3):
        for _row in range(number):
            for state in (State.HELD, State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED):
                make_unwritten(here, state=state)
            make_bounce(make_message(here))
        with django_assert_max_num_queries(40) as captured:
            text_of(client, "/here/today/")
        counts.append(len(captured))

    assert counts[0] == counts[1], counts
