"""What a person receives, chosen by their link: the page, the one-press way out, and taking it back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from partnership.models import AccessLink, Contact, Participation
from partnership.services import links, people
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_initiative,
    make_organization,
    make_seat,
    make_staff,
)
from tests.walls.database import unchanged
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
URL_ENCODED = "application/x-www-form-urlencoded"
FIELDS = ["digest_frequency", "wants_reminders", "wants_nudges"]
STOPPED = {
    "": ("never", True, True),
    "digest/": ("never", True, True),
    "reminders/": ("quarterly", False, True),
    "nudges/": ("quarterly", True, False),
}


def subscription(contact=None):
    contact = contact or make_contact()
    link = links.issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)
    return contact, links.path_of(link)


def standing(contact):
    return Contact.objects.values_list(*FIELDS).get(pk=contact.pk)


def subscriber(**fields):
    return make_contact(initiative=make_initiative(), subscribed_at=timezone.now(), **fields)


def untouched(client, path):
    [form] = forms_of(client.get(path).content.decode(), path)
    return form.data


@pytest.mark.parametrize("place", STOPPED)
def test_get_and_head_change_nothing(client, place):
    _contact, path = subscription()

    with unchanged():
        pages = [client.get(path + place) for _time in range(3)] + [client.head(path + place)]

    assert {page.status_code for page in pages} == {200}


@pytest.mark.parametrize("place", STOPPED)
@pytest.mark.parametrize("encoding", [URL_ENCODED, f"{URL_ENCODED}; charset=utf-8", "multipart"])
def test_one_click_stops_one_kind_of_mail_without_cookies_or_token(place, encoding):
    contact, path = subscription()
    mail_program = Client(enforce_csrf_checks=True)
    body = {"data": ONE_CLICK}
    if encoding != "multipart":
        body = {"data": "List-Unsubscribe=One-Click", "content_type": encoding}

    answers = [mail_program.post(path + place, **body).status_code for _time in range(2)]

    assert answers == [200, 200]
    assert standing(contact) == STOPPED[place]
    assert contact.history.count() == 2
    assert AccessLink.objects.get().last_used_at is not None


@pytest.mark.parametrize("place", STOPPED)
@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "Two-Clicks"}, {"act": "burn"}, {"digest": "hourly"}])
def test_other_posts_change_nothing_and_say_so(client, place, body):
    _contact, path = subscription()

    with unchanged():
        answer = client.post(path + place, body)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_page_says_what_comes_and_what_goes_on(client):
    contact = make_contact(make_organization(name="Family Voices"), digest_frequency="monthly", name="Ana Lindqvist")
    make_seat(make_body(contact.initiative, name="Children’s Council"), holder=contact)

    page = client.get(subscription(contact)[1]).content.decode()

    assert "You get the digest every month" in page
    for words in ("Ana Lindqvist", "Children’s Council", "The request itself, when", "Family Voices"):
        assert words in page
    assert contact.initiative.contact_email in page


def test_page_of_a_subscriber_offers_the_digest_alone(client):
    page = client.get(subscription(subscriber())[1]).content.decode()

    assert "Nothing else comes to you." in page
    assert 'name="reminders"' not in page
    assert 'name="nudges"' not in page


def test_save_sets_everything_that_was_shown_and_says_so(client):
    contact = make_contact()
    make_seat(make_body(contact.initiative), holder=contact)
    _contact, path = subscription(contact)

    page = client.post(path, {"digest": "weekly", "shown": ["reminders", "nudges"], "nudges": "on"}).content.decode()

    assert standing(contact) == ("weekly", False, True)
    assert "You get the digest every week." in page
    assert "We do not remind you of meetings." in page
    assert "We remind you of updates that are due." in page


def test_switch_that_was_not_on_the_page_stays_as_it_is(client):
    contact, path = subscription(subscriber())

    client.post(path, {"digest": "weekly"})

    assert standing(contact) == ("weekly", True, True)


def test_form_sent_untouched_or_twice_changes_nothing(client):
    contact, path = subscription()
    make_seat(make_body(contact.initiative), holder=contact)
    data = untouched(client, path)

    with unchanged():
        assert client.post(path, data).status_code == 200
    client.post(path, data | {"digest": "monthly"})
    with unchanged():
        assert client.post(path, data | {"digest": "monthly"}).status_code == 200

    assert standing(contact) == ("monthly", True, True)


def test_another_frequency_counts_from_now_and_a_switch_does_not(client):
    contact, path = subscription()

    client.post(path, {"digest": "quarterly", "shown": "nudges"})
    without = Contact.objects.get(pk=contact.pk).digest_since
    client.post(path, {"digest": "weekly"})

    contact.refresh_from_db()
    assert without is None
    assert timezone.now() - contact.digest_since < timedelta(minutes=1)


def test_nonsense_keeps_what_else_was_ticked(client):
    contact, path = subscription()

    page = client.post(path, {"digest": "hourly", "shown": "nudges"}).content.decode()

    assert standing(contact) == ("quarterly", True, True)
    assert forms_of(page, path)[0].data == {"shown": ["nudges"]}


def test_person_for_whom_no_digest_is_made_is_told_so_and_can_ask_for_it(client):
    contact, path = subscription()
    Participation.objects.update(state="left")

    page = client.get(path).content.decode()
    with unchanged():
        client.post(path, untouched(client, path))
    client.post(path, {"digest": "quarterly"})

    contact.refresh_from_db()
    assert "You get no digest" in page
    assert contact.subscribed_at is not None
    assert contact.digest_since is not None


@pytest.mark.parametrize("place", ["digest/", "reminders/", "nudges/"])
def test_button_stops_and_takes_back(client, place):
    contact, path = subscription(make_contact(digest_frequency="monthly"))

    [stop] = forms_of(client.get(path + place).content.decode(), "")
    stopped = [client.post(path + place, stop.data).content.decode() for _double_click in range(2)]
    off = standing(contact)
    [undo] = forms_of(stopped[1], "")
    page = client.post(path + place, undo.data).content.decode()

    assert off == ("never" if place == "digest/" else "monthly", *STOPPED[place][1:])
    assert standing(contact) == ("monthly", True, True)
    assert "Taken back." in page


def test_stop_page_of_what_does_not_come_leads_to_all_choices(client):
    _contact, path = subscription(make_contact(digest_frequency="never"))

    page = client.get(f"{path}digest/").content.decode()

    assert "You get no digest" in page
    assert forms_of(page, "") == []
    assert f'href="{path}"' in page


def test_pages_are_kept_from_caches_and_other_sites(client):
    _contact, path = subscription()

    for address in (path, f"{path}digest/"):
        headers = client.get(address).headers
        kept = (headers["Referrer-Policy"], headers["Cache-Control"], headers["X-Robots-Tag"])
        assert kept == ("same-origin", "no-store", "noindex")


@pytest.mark.parametrize("path", ["/s/unknown/", "/s/%F0%9F%98%80/", "/s/unknown/digest/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_link_is_404_with_a_hint(client, path, method):
    answer = getattr(client, method)(path, ONE_CLICK)

    assert answer.status_code == 404
    assert "copy the whole address" in answer.content.decode()


def test_unknown_switch_is_404(client):
    _contact, path = subscription()

    with unchanged():
        assert client.post(f"{path}everything/", ONE_CLICK).status_code == 404


def test_token_for_updates_opens_no_subscription(client):
    contact = make_contact()
    link = AccessLink(initiative=contact.initiative, contact=contact, organization=contact.organization)
    link.purpose, link.period_start, link.period_end = "update", timezone.now().date(), timezone.now().date()
    link.save()
    links.set_token(link)

    assert client.get(f"/s/{links.token_of(link)}/").status_code == 404


@pytest.mark.parametrize("place", STOPPED)
@pytest.mark.parametrize("ended", ["link", "contact"])
def test_ended_link_or_contact_is_410_and_names_a_person(client, place, ended):
    contact, path = subscription()
    staff = make_staff(contact.initiative)
    if ended == "link":
        links.revoke_link(link=AccessLink.objects.get(), by=staff)
    else:
        people.remove_contact(contact=contact, by=staff)

    with unchanged():
        answers = [client.get(path + place), client.post(path + place, ONE_CLICK)]

    assert {answer.status_code for answer in answers} == {410}
    assert contact.initiative.contact_email in answers[0].content.decode()
