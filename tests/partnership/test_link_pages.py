from datetime import timedelta

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from partnership.models import AccessLink, Contact, LinkRenewal
from partnership.services import links
from partnership.views.links import link_ended
from tests.factories.partnership import make_contact, make_staff

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def subscription(**fields):
    contact = make_contact(**fields)
    link = links.issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)
    return contact, links.path_of(link)


def update_link(contact=None, *, expired=False):
    contact = contact or make_contact()
    quarter = Quarter.of(today(contact.initiative.time_zone))
    link = links.issue_link(contact=contact, purpose=AccessLink.Purpose.UPDATE, quarter=quarter)
    if expired:
        link.expires_at = timezone.now() - timedelta(days=1)
        link.save()
    return link


def wants_digest(contact):
    return Contact.objects.get(pk=contact.pk).wants_digest


def test_subscription_by_get_changes_nothing(client):
    contact, path = subscription()

    pages = [client.get(path) for _time in range(3)] + [client.head(path)]

    assert {page.status_code for page in pages} == {200}
    assert wants_digest(contact)
    assert AccessLink.objects.get().last_used_at is None


def test_subscription_page_is_kept_from_caches_and_other_sites(client):
    _contact, path = subscription()

    headers = client.get(path).headers

    assert (headers["Referrer-Policy"], headers["Cache-Control"], headers["X-Robots-Tag"]) == (
        "same-origin",
        "no-store",
        "noindex",
    )


def test_one_click_stops_the_digest_without_cookies_or_token():
    contact, path = subscription()
    mail_program = Client(enforce_csrf_checks=True)

    answers = [mail_program.post(path, ONE_CLICK).status_code for _time in range(2)]

    assert answers == [200, 200]
    assert not wants_digest(contact)
    assert AccessLink.objects.get().last_used_at is not None


def test_one_click_may_come_url_encoded():
    contact, path = subscription()

    Client().post(path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")

    assert not wants_digest(contact)


def test_button_stops_and_starts_the_digest(client):
    contact, path = subscription()

    client.post(path, {"digest": "stop"})
    stopped = wants_digest(contact)
    page = client.post(path, {"digest": "start"}).content.decode()

    assert (stopped, wants_digest(contact)) == (False, True)
    assert "Stop the digest" in page


def test_subscription_with_another_answer_changes_nothing(client):
    contact, path = subscription()

    assert client.post(path, {"digest": "whatever"}).status_code == 422
    assert wants_digest(contact)


@pytest.mark.parametrize("path", ["/s/unknown/", "/s/%F0%9F%98%80/"])
def test_unknown_subscription_is_404_with_a_hint(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "copy the whole address" in answer.content.decode()


def test_token_for_updates_opens_no_subscription(client):
    assert client.get(f"/s/{links.token_of(update_link())}/").status_code == 404


def test_revoked_subscription_is_410_and_names_a_person(client):
    contact, path = subscription()
    links.revoke_link(link=AccessLink.objects.get(), by=make_staff(contact.initiative))

    answer = client.post(path, ONE_CLICK)

    assert answer.status_code == 410
    assert contact.initiative.contact_email in answer.content.decode()
    assert wants_digest(contact)


def test_renewal_answers_alike_whatever_address_was_typed(client):
    link = update_link(expired=True)
    path = f"/u/{links.token_of(link)}/renew/"

    known = client.post(path, {"email": link.contact.email})
    unknown = client.post(path, {"email": "nobody@example.org"})

    assert (known.status_code, known.content) == (200, unknown.content)
    assert LinkRenewal.objects.count() == 1


def test_renewal_with_no_address_says_so_on_the_same_page(client):
    answer = client.post(f"/u/{links.token_of(update_link())}/renew/", {"email": "ana"})

    assert answer.status_code == 422
    assert 'value="ana"' in answer.content.decode()


def test_renewal_with_an_unknown_token_is_404(client):
    assert client.post("/u/unknown/renew/", {"email": "ana@example.org"}).status_code == 404


def test_renewal_by_get_does_nothing(client):
    assert client.get(f"/u/{links.token_of(update_link())}/renew/").status_code == 405


def test_page_of_an_ended_link_offers_a_new_one_unless_staff_ended_it(rf):
    expired, ended = update_link(expired=True), update_link()
    links.revoke_link(link=ended, by=make_staff(ended.initiative))

    pages = []
    for link in (expired, AccessLink.objects.get(pk=ended.pk)):
        request = rf.get(f"/s/{links.token_of(link)}/")
        request.resolver_match = resolve(request.path)
        pages.append(link_ended(request, link))

    assert [page.status_code for page in pages] == [410, 410]
    assert ["Send a new link" in page.content.decode() for page in pages] == [True, False]
