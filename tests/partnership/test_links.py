import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from partnership.models import AccessLink, LinkRenewal
from partnership.services import links
from tests.factories.partnership import make_contact, make_organization, make_staff

pytestmark = pytest.mark.django_db

UPDATE = AccessLink.Purpose.UPDATE
SUBSCRIPTION = AccessLink.Purpose.SUBSCRIPTION


def this_quarter():
    return Quarter.of(today("America/Chicago"))


def long_ago():
    return Quarter(2020, 1)


def make_link(contact=None, purpose=UPDATE):
    return links.issue_link(contact=contact or make_contact(), purpose=purpose, quarter=this_quarter())


def expire(link):
    link.expires_at = timezone.now() - timedelta(minutes=1)
    link.save()
    return link


def test_issue_link_twice_gives_the_same_token():
    contact = make_contact()

    first, second = make_link(contact), make_link(contact)

    assert first == second
    assert links.token_of(first) == links.token_of(second)


def test_issue_link_expires_14_days_after_the_quarter_in_the_initiatives_zone():
    link = links.issue_link(contact=make_contact(), purpose=UPDATE, quarter=Quarter(2099, 1))

    assert link.expires_at.isoformat() == "2099-04-15T05:00:00+00:00"


def test_issue_link_for_a_subscription_never_expires_and_has_no_period():
    link = links.issue_link(contact=make_contact(), purpose=SUBSCRIPTION)

    assert (link.expires_at, link.period_start, link.organization) == (None, None, None)


def test_database_alone_opens_nothing():
    link = make_link()

    assert links.token_of(link) not in str(AccessLink.objects.values().get(pk=link.pk))
    assert links.find_link(link.token_hash, UPDATE) is None


def test_token_survives_a_rotated_key(settings):
    link = make_link()
    token = links.token_of(link)

    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key " * 6, [settings.SECRET_KEY]

    assert links.token_of(link) == token
    assert make_link(link.contact) == link


def test_issue_link_after_its_key_is_gone_makes_the_next_version(settings):
    link = make_link()

    settings.SECRET_KEY = "another key " * 6
    fresh = make_link(link.contact)

    assert (fresh.version, links.find_link(links.token_of(fresh), UPDATE)) == (2, fresh)
    with pytest.raises(links.KeyIsGone):
        links.token_of(link)


def test_find_link_of_another_purpose_finds_nothing():
    link = make_link(purpose=SUBSCRIPTION)

    assert links.find_link(links.token_of(link), UPDATE) is None
    assert links.find_link(links.token_of(link), SUBSCRIPTION) == link


def test_path_holds_the_token():
    link = make_link()

    assert links.path_of(link) == f"/u/{links.token_of(link)}/"


def test_replace_link_ends_the_old_one_and_asks_for_a_mail():
    link = make_link()
    staff = make_staff(link.initiative)

    fresh = links.replace_link(link=link, by=staff)

    link.refresh_from_db()
    assert (link.revoked_by, fresh.version) == (staff, 2)
    assert links.live_link(link.contact, UPDATE, this_quarter()) == fresh
    assert LinkRenewal.objects.get().link == fresh


def test_replace_link_twice_sends_one_mail():
    link = make_link()
    staff = make_staff(link.initiative)

    first = links.replace_link(link=link, by=staff)
    second = links.replace_link(link=link, by=staff)

    assert first == second
    assert LinkRenewal.objects.count() == 1


def test_revoke_link_twice_keeps_the_first_time():
    link = make_link()
    staff = make_staff(link.initiative)

    links.revoke_link(link=link, by=staff)
    before = AccessLink.objects.get(pk=link.pk).revoked_at
    links.revoke_link(link=link, by=staff)

    assert AccessLink.objects.get(pk=link.pk).revoked_at == before
    assert links.is_ended_by_staff(link)


def test_renewal_of_a_live_link_sends_the_same_one_again():
    link = make_link()

    links.request_renewal(link=link, email=f" {link.contact.email.upper()} ")

    assert LinkRenewal.objects.get().link == link


def test_renewal_of_an_expired_link_makes_one_for_14_days():
    link = expire(links.issue_link(contact=make_contact(), purpose=UPDATE, quarter=long_ago()))

    links.request_renewal(link=link, email=link.contact.email)

    fresh = LinkRenewal.objects.get().link
    assert (fresh.version, fresh.period_start) == (2, long_ago().start)
    assert timedelta(days=13) < fresh.expires_at - timezone.now() <= timedelta(days=14)


def test_renewal_serves_a_colleague_with_a_link_of_their_own():
    link = expire(make_link())
    colleague = make_contact(link.organization)

    links.request_renewal(link=link, email=colleague.email)

    assert LinkRenewal.objects.get().link.contact == colleague


@pytest.mark.parametrize("who", ["stranger", "removed", "other organization"])
def test_renewal_for_somebody_else_does_nothing(who):
    link = expire(make_link())
    staff = make_staff(link.initiative)
    other = make_contact(make_organization(link.initiative))
    removed = make_contact(link.organization, ended_at=timezone.now(), ended_by=staff)
    address = {"stranger": "nobody@example.org", "removed": removed.email, "other organization": other.email}[who]

    links.request_renewal(link=link, email=address)

    assert LinkRenewal.objects.count() == 0


def test_renewal_is_refused_where_staff_ended_the_newest_link():
    link = make_link()
    links.revoke_link(link=link, by=make_staff(link.initiative))

    links.request_renewal(link=link, email=link.contact.email)

    assert LinkRenewal.objects.count() == 0


def test_renewal_is_served_where_staff_replaced_the_link():
    link = make_link()
    fresh = links.replace_link(link=link, by=make_staff(link.initiative))

    links.request_renewal(link=link, email=link.contact.email)

    assert [renewal.link for renewal in LinkRenewal.objects.all()] == [fresh, fresh]


def test_renewal_is_served_three_times_an_hour():
    link = make_link()

    for _time in range(5):
        links.request_renewal(link=link, email=link.contact.email)

    assert LinkRenewal.objects.count() == 3


def test_renewal_is_served_again_after_an_hour():
    link = make_link()
    for _time in range(3):
        links.request_renewal(link=link, email=link.contact.email)

    LinkRenewal.objects.update(requested_at=timezone.now() - timedelta(minutes=61))
    links.request_renewal(link=link, email=link.contact.email)

    assert LinkRenewal.objects.count() == 4


def test_contact_who_changed_employer_gets_a_link_for_the_new_one():
    link = make_link()
    contact = link.contact
    contact.organization = make_organization(link.initiative)
    contact.save()

    fresh = make_link(contact)

    assert (fresh.version, fresh.organization) == (2, contact.organization)


@pytest.mark.django_db(transaction=True)
def test_link_issued_and_replaced_by_six_at_once_is_one_that_works():
    contact = make_contact()
    staff = make_staff(contact.initiative)
    first = make_link(contact)
    barrier = threading.Barrier(6)

    def act(number):
        try:
            barrier.wait()
            make_link(contact) if number % 2 else links.replace_link(link=first, by=staff)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert AccessLink.objects.filter(revoked_at=None).count() == 1
    assert (AccessLink.objects.count(), LinkRenewal.objects.count()) == (2, 1)
