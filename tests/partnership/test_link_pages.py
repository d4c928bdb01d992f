from datetime import timedelta

import pytest
from django.urls import resolve
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from partnership.models import AccessLink, LinkRenewal
from partnership.services import links
from partnership.views.links import link_ended
from tests.factories.partnership import make_contact, make_staff

pytestmark = pytest.mark.django_db


def update_link(contact=None, *, expired=False):
    contact = contact or make_contact()
    quarter = Quarter.of(today(contact.initiative.time_zone))
    link = links.issue_link(contact=contact, purpose=AccessLink.Purpose.UPDATE, quarter=quarter)
    if expired:
        link.expires_at = timezone.now() - timedelta(days=1)
        link.save()
    return link


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
