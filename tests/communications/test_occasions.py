import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ci_backbone.lib.periods import Quarter
from communications.models import Message
from communications.services.tick import tick
from partnership.actors import Actor
from partnership.models import Contact, LinkRenewal, Organization
from partnership.services.links import find_link, issue_link, newest_link, replace_link, request_renewal, revoke_link
from teams.models import ActionItem, Submission, UpdateRequest
from teams.services.requests import ask_for_updates, withdraw_request
from teams.services.updates import Answer, submit_answers
from tests.communications.ledger import states
from tests.factories.measures import make_measure, make_point
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_seat,
    make_staff,
    make_user,
)
from tests.factories.teams import make_item, make_plan, make_team, make_update
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

LINK = re.compile(r"http://testserver/u/([\w-]{20,})/")


@pytest.fixture
def organization() -> Organization:
    """An organization with two contacts that leads one open item."""
    organization = make_organization(make_initiative(), name="Health Services")
    make_contact(organization, name="Renée Dubois", email="renee@example.org")
    make_contact(organization, name="Bo Vang", email="bo@example.org")
    return organization


@pytest.fixture
def item(organization) -> ActionItem:
    plan = make_plan(make_team(organization.initiative))
    return make_item(plan, leads=[organization], title="Publish the guide", due_on=date(2099, 6, 30))


def ask(organization: Organization) -> UpdateRequest:
    ask_for_updates(initiative=organization.initiative, organizations=[organization], by=make_user())
    return UpdateRequest.objects.get(organization=organization)


def answer(organization: Organization, item: ActionItem, contact: Contact, key=None, **said) -> Submission:
    return submit_answers(
        organization=organization,
        quarter=this_quarter(),
        key=key or uuid4(),
        answers={item.pk: Answer(**{"status": "on_track", "progress": 40, "note": "It is at the printer."} | said)},
        by=Actor(contact=contact),
        door="link",
    )


def this_quarter() -> Quarter:
    return Quarter.of(timezone.now().date())


def to(mailoutbox, address: str) -> Iterator:
    return [mail for mail in mailoutbox if mail.to == [address]]


def test_every_contact_is_asked_once_with_a_link_of_their_own(organization, item, mailoutbox):
    ask(organization)

    tick()
    tick()

    tokens = {mail.to[0]: LINK.search(mail.body).group(1) for mail in mailoutbox}
    assert sorted(tokens) == ["bo@example.org", "renee@example.org"]
    assert find_link(tokens["bo@example.org"], "update").contact.name == "Bo Vang"
    assert len(mailoutbox) == 2


def test_request_says_how_much_by_when_and_what_stands(organization, item, mailoutbox):
    make_item(item.plan, leads=[organization], title="Late thing", due_on=timezone.now().date() - timedelta(days=20))
    make_update(item, organization, status="on_track", progress=40)
    ask(organization)

    tick()

    mail = mailoutbox[0]
    assert mail.subject.startswith(("Two items, by ", "One item, by "))
    assert "On track, 40%. You told us on" in mail.body or mail.subject.startswith("One item")
    assert "Late: was due" in mail.body
    assert "/unchanged/" in mail.body


def test_html_and_text_carry_the_same_link(organization, item, mailoutbox):
    ask(organization)

    tick()

    html = mailoutbox[0].alternatives[0][0]
    assert set(LINK.findall(html)) == set(LINK.findall(mailoutbox[0].body))


def test_asking_again_sends_again_with_the_same_link(organization, item, mailoutbox):
    ask(organization)
    tick()
    ask(organization)
    tick()

    mails = to(mailoutbox, "bo@example.org")
    assert len({LINK.search(mail.body).group(1) for mail in mails}) == 1
    assert len(mails) == 2


def test_answer_before_the_mail_leaves_supersedes_it(organization, item, mailoutbox, monkeypatch):
    request = ask(organization)
    with monkeypatch.context() as patch:
        patch.setattr("communications.services.sending.Sender.send_due", lambda self, stop: self.count)
        tick()
    answer(organization, item, organization.contacts.first())

    tick()

    assert request.pk
    assert states("update_request") == ["superseded", "superseded"]


def test_withdrawn_request_is_cancelled(organization, item, mailoutbox, monkeypatch):
    request = ask(organization)
    with monkeypatch.context() as patch:
        patch.setattr("communications.services.sending.Sender.send_due", lambda self, stop: self.count)
        tick()
    withdraw_request(request=request, by=make_user())

    tick()

    assert (states("update_request"), mailoutbox) == (["cancelled", "cancelled"], [])


def test_contact_added_while_the_request_is_open_is_asked_too(organization, item, mailoutbox):
    ask(organization)
    tick()
    make_contact(organization, email="late@example.org")

    tick()

    assert len(to(mailoutbox, "late@example.org")) == 1


def test_link_ended_by_staff_since_is_not_sent_again(organization, item, mailoutbox):
    ask(organization)
    contact = Contact.objects.get(email="bo@example.org")
    revoke_link(link=issue_link(contact=contact, purpose="update", quarter=this_quarter()), by=make_user())

    tick()

    assert to(mailoutbox, "bo@example.org") == []
    assert newest_link(contact, "update", this_quarter()).version == 1


def test_stranger_organization_gets_nothing(organization, item, mailoutbox):
    make_contact(make_organization(organization.initiative), email="other@example.org")
    ask(organization)

    tick()

    assert to(mailoutbox, "other@example.org") == []


def test_receipt_goes_to_everyone_at_the_organization(organization, item, mailoutbox):
    submission = answer(organization, item, Contact.objects.get(email="renee@example.org"))

    tick()
    tick()

    own, other = to(mailoutbox, "renee@example.org"), to(mailoutbox, "bo@example.org")
    assert [mail.subject for mail in own] == [f"Your update is in: {submission.number}"]
    assert [mail.subject for mail in other] == ["Renée Dubois answered for Health Services"]
    assert "On track, 40%. It is at the printer." in other[0].body


def test_name_that_ends_with_a_period_gets_no_second_one(organization, item, mailoutbox):
    Organization.objects.filter(pk=organization.pk).update(name="Hmong American Center, Inc.")
    organization.refresh_from_db()
    contact = Contact.objects.get(email="renee@example.org")
    answer(organization, item, contact)
    request_renewal(link=issue_link(contact=contact, purpose="update", quarter=this_quarter()), email=contact.email)

    tick()

    assert len(mailoutbox) == 3
    assert [mail.subject for mail in mailoutbox if "Inc.." in mail.body] == []


def test_amended_answer_has_a_receipt_of_its_own(organization, item, mailoutbox):
    contact, key = Contact.objects.get(email="renee@example.org"), uuid4()
    answer(organization, item, contact, key)
    tick()
    answer(organization, item, contact, key, progress=50)
    tick()

    bodies = [mail.body for mail in to(mailoutbox, "bo@example.org")]
    assert ["40%" in bodies[0], "50%" in bodies[1], "takes the place of an earlier answer" in bodies[1]] == [True] * 3


def test_new_link_goes_to_the_address_on_file(organization, item, mailoutbox):
    contact = Contact.objects.get(email="bo@example.org")
    link = issue_link(contact=contact, purpose="update", quarter=this_quarter())
    request_renewal(link=link, email="bo@example.org")

    tick()
    tick()

    assert [mail.to for mail in mailoutbox] == [["bo@example.org"]]
    assert LINK.search(mailoutbox[0].body)


def test_replaced_link_is_the_one_that_is_sent(organization, item, mailoutbox):
    contact = Contact.objects.get(email="bo@example.org")
    old = issue_link(contact=contact, purpose="update", quarter=this_quarter())
    fresh = replace_link(link=old, by=make_user())

    tick()

    assert find_link(LINK.search(mailoutbox[0].body).group(1), "update") == fresh


def test_link_ended_before_its_mail_left_cancels_it(organization, item, mailoutbox):
    contact = Contact.objects.get(email="bo@example.org")
    fresh = replace_link(link=issue_link(contact=contact, purpose="update", quarter=this_quarter()), by=make_user())
    revoke_link(link=fresh, by=make_user())

    tick()

    assert (states("link_renewal"), mailoutbox) == (["cancelled"], [])


def test_link_asked_for_while_the_server_was_off_a_day_is_expired(organization, item, mailoutbox):
    contact = Contact.objects.get(email="bo@example.org")
    request_renewal(link=issue_link(contact=contact, purpose="update", quarter=this_quarter()), email=contact.email)
    LinkRenewal.objects.update(requested_at=timezone.now() - timedelta(days=2))

    tick()

    assert (states("link_renewal"), mailoutbox) == (["expired"], [])


BEFORE = datetime(2026, 10, 15, tzinfo=UTC)
DUE = datetime(2027, 1, 1, 15, tzinfo=UTC)


@pytest.fixture
def circle() -> Organization:
    """An active organization with a contact; it, and its initiative, stood before the quarter ended."""
    organization = make_organization(make_initiative(created_at=BEFORE), name="Health Services")
    make_contact(organization, email="partner@example.org", created_at=BEFORE)
    return organization


def test_digest_is_due_at_nine_on_the_first_day_after_the_quarter(circle, mailoutbox):
    tick(DUE - timedelta(seconds=1))
    before = len(mailoutbox)
    for _time in range(3):
        tick(DUE)

    assert (before, [mail.to for mail in mailoutbox]) == (0, [["partner@example.org"]])
    assert Message.objects.get().due_at == DUE


def test_digest_readers_are_staff_council_seats_and_active_partners_each_once(circle, mailoutbox):
    home = circle.initiative
    staff, council = make_staff(home), make_council_member(home)
    seated = make_contact(make_organization(home, state="left"), email="seated@example.org")
    make_seat(make_body(home), holder=seated)
    make_seat(make_body(home, kind="advisory"), holder=seated)
    make_contact(make_organization(home, state="interested"), email="interested@example.org")
    make_contact(circle, email="stopped@example.org", digest_frequency="never")
    Contact.objects.update(created_at=BEFORE)

    tick(DUE)

    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(
        [staff.email, council.email, "seated@example.org", "partner@example.org"]
    )


def test_reader_who_came_after_the_quarter_waits_for_the_next_digest(circle, mailoutbox):
    Contact.objects.update(created_at=DUE + timedelta(hours=1))

    tick(DUE + timedelta(days=1))

    assert Message.objects.count() == 0


def test_digest_more_than_two_weeks_late_is_expired_and_seen(circle, mailoutbox):
    tick(DUE + timedelta(days=14, seconds=1))

    assert (states("digest"), mailoutbox) == (["expired"], [])


def test_digest_says_answers_late_items_and_measures(circle, mailoutbox):
    plan = make_plan(make_team(circle.initiative))
    item = make_item(plan, leads=[circle], title="Open the clinic", due_on=date(2026, 12, 1))
    make_update(
        item, circle, status="at_risk", progress=30, note="Waiting for a room.", created_at=DUE - timedelta(days=9)
    )
    measure = make_measure(circle.initiative, short_name="Belonging", direction="up", source_name="Youth survey")
    make_point(measure, 2021, "60.8")
    make_point(measure, 2023, "53")

    tick(DUE)

    text = mailoutbox[0].body
    assert "All numbers are as of 1 January 2027." in text
    assert "Health Services: At risk, 30%. Waiting for a room." in text
    assert "Late: was due 1 December 2026." in text
    assert "Belonging: 53%" in text
    assert "Getting worse. Down 7.8 points since 2021. We want it to go up. 2023. Source: Youth survey." in text
    assert measure.get_absolute_url() in text


def test_help_is_told_to_insiders_and_to_those_who_asked_alone(circle, mailoutbox):
    staff = make_staff(circle.initiative)
    make_contact(make_organization(circle.initiative), email="other@example.org")
    Contact.objects.update(created_at=BEFORE)
    item = make_item(make_plan(make_team(circle.initiative)), leads=[circle])
    make_update(item, circle, needs_help=True, help_text="A lawyer for one day")

    tick(DUE)

    knows = {mail.to[0]: "A lawyer for one day" in mail.body for mail in mailoutbox}
    assert knows == {staff.email: True, "partner@example.org": True, "other@example.org": False}


def test_hidden_sentence_stays_out_of_the_digest(circle, mailoutbox):
    item = make_item(make_plan(make_team(circle.initiative)), leads=[circle], title="Open the clinic")
    make_update(item, circle, note="Not for everybody", is_note_hidden=True, created_at=DUE - timedelta(days=9))

    tick(DUE)

    assert "Open the clinic" in mailoutbox[0].body
    assert "Not for everybody" not in mailoutbox[0].body


def test_digests_of_two_initiatives_keep_apart(circle, mailoutbox):
    other = make_organization(make_initiative(created_at=BEFORE), name="Another place")
    make_contact(other, email="far@example.org", created_at=BEFORE)
    make_update(make_item(make_plan(make_team(other.initiative)), leads=[other], title="Far item"), other)

    tick(DUE)

    assert "Far item" not in to(mailoutbox, "partner@example.org")[0].body


def test_digest_gathers_its_facts_once_and_takes_nine_queries_a_reader(circle, mailoutbox):
    with_links(circle, 0)
    first = queries_of(lambda: tick(DUE))
    with_links(circle, 20)

    queries = queries_of(lambda: tick(DUE))

    assert len(mailoutbox) == 21
    # Two of them, on PostgreSQL, mark the transaction of the claim inside that of the test.
    assert queries - first <= 20 * 9


def with_links(organization, count):
    """So many more readers; all of them have had a link before."""
    for _reader in range(count):
        make_contact(organization, created_at=BEFORE)
    for contact in Contact.objects.all():
        issue_link(contact=contact, purpose="subscription")
