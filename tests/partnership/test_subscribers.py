"""The list of subscribers, for staff."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partnership.models import Contact
from partnership.services import people
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative))
    return client


def subscribe(initiative, email="ana@example.org", **changes):
    return make_contact(initiative=initiative, email=email, name=email, subscribed_at=timezone.now(), **changes)


def listed(page):
    return [contact.email for contact in page.context["page"]]


def test_list_has_subscribers_and_nobody_else(as_staff, initiative):
    subscribe(initiative, digest_frequency="weekly")
    make_contact(make_organization(initiative))
    subscribe(make_initiative(), "elsewhere@example.org")

    page = as_staff.get(f"/{initiative.slug}/subscribers/")

    assert listed(page) == ["ana@example.org"]
    assert "Every week" in page.content.decode()


def test_partners_page_counts_those_who_get_the_digest(as_staff, initiative):
    subscribe(initiative)
    subscribe(initiative, "stopped@example.org", digest_frequency="never")

    pages = [as_staff.get(f"/{initiative.slug}/{page}/").content.decode() for page in ("organizations", "subscribers")]

    assert "Subscribers: 1</a>" in pages[0]
    assert "1 person gets the digest by the public page" in pages[1]


def test_partners_page_leads_to_subscribers_before_there_are_any(as_staff, initiative):
    assert "Subscribers: none yet</a>" in as_staff.get(f"/{initiative.slug}/organizations/").content.decode()


@pytest.mark.parametrize(
    ("text", "found"), [("BO@", {"bo@example.org"}), ("nobody", set()), ("\x00", {"ana@example.org", "bo@example.org"})]
)
def test_search_finds_addresses(as_staff, initiative, text, found):
    subscribe(initiative)
    subscribe(initiative, "bo@example.org")

    page = as_staff.get(f"/{initiative.slug}/subscribers/", {"q": text})

    assert set(listed(page)) == found


def test_remove_ends_mail_and_can_be_taken_back(as_staff, initiative):
    contact = subscribe(initiative)
    address = f"/{initiative.slug}/subscribers/"

    page = as_staff.post(f"{address}{contact.pk}/remove/", follow=True)
    removed = (listed(page), list(page.context["removed"]), Contact.objects.get(pk=contact.pk).is_ended)
    page = as_staff.post(f"{address}{contact.pk}/restore/", follow=True)

    assert removed == ([], [contact], True)
    assert listed(page) == ["ana@example.org"]


def test_subscriber_of_an_organization_is_removed_there(as_staff, initiative):
    partner = make_organization(initiative)
    contact = make_contact(partner, subscribed_at=timezone.now())

    page = as_staff.get(f"/{initiative.slug}/subscribers/").content.decode()

    assert f'href="{partner.get_absolute_url()}#contacts"' in page
    assert as_staff.post(f"/{initiative.slug}/subscribers/{contact.pk}/remove/").status_code == 404


def test_list_costs_the_same_for_one_and_for_three(as_staff, initiative):
    counts = []

    for number in range(3):
        subscribe(initiative, f"reader{number}@example.org")
        make_contact(make_organization(initiative), subscribed_at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            as_staff.get(f"/{initiative.slug}/subscribers/")
        counts.append(len(captured))

    assert counts[0] == counts[2]


@pytest.mark.parametrize(("reader", "status"), [("council", 403), ("stranger", 404)])
def test_others_see_and_change_nothing(client, initiative, reader, status):
    contact = subscribe(initiative)
    client.force_login(make_council_member(initiative) if reader == "council" else make_user())

    for path in ("", f"{contact.pk}/remove/", f"{contact.pk}/restore/"):
        answer = (client.post if path else client.get)(f"/{initiative.slug}/subscribers/{path}")
        assert answer.status_code == status


def test_removed_subscriber_who_asks_again_gets_nothing(as_staff, initiative):
    people.remove_contact(contact=subscribe(initiative), by=make_staff(initiative))

    as_staff.post(f"/{initiative.slug}/subscribe/", {"email": "ana@example.org", "digest": "weekly"})

    assert initiative.subscription_requests.count() == 0
