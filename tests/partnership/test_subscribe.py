"""The public page that takes an address, and confirming: nothing goes to an address whose reader has not said so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from partnership.models import AccessLink, Contact, SubscriptionRequest
from partnership.services import links, people, subscriptions
from tests.factories.partnership import make_contact, make_initiative, make_organization, make_staff
from tests.walls.database import unchanged
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db

TICKED = {"wanted": "on"}


@pytest.fixture
def initiative():
    return make_initiative()


def fields(**changes):
    return {"email": "ana@example.org", "digest": "monthly", "topic": ""} | changes


def ask(client, initiative, **changes):
    return client.post(f"/{initiative.slug}/subscribe/", fields(**changes))


def asked(initiative, **changes):
    """A request that waits for its reader, and the address of its page."""
    wanted = {"email": "ana@example.org", "frequency": "monthly"} | changes
    request = subscriptions.request_subscription(initiative=initiative, **wanted)
    return request, links.path_of(request)


def test_page_says_what_comes_and_asks_two_things(client, initiative):
    page = client.get(f"/{initiative.slug}/subscribe/").content.decode()

    [form] = forms_of(page, "")
    assert set(form.names) == {"csrfmiddlewaretoken", "email", "digest", "topic"}
    assert form.data["digest"] == ["monthly"]
    assert "Unless you confirm within 14 days" in page
    assert f'href="/{initiative.slug}/subscribe/"' in client.get(f"/{initiative.slug}/").content.decode()


def test_post_records_the_request_and_puts_nobody_on_the_list(client, initiative):
    answer = ask(client, initiative, email=" Ana@Example.org ", digest="weekly")

    request = SubscriptionRequest.objects.get()
    assert answer.status_code == 200
    assert (request.email, request.digest_frequency, request.initiative) == ("ana@example.org", "weekly", initiative)
    assert links.hash_of(links.token_of(request)) == request.token_hash
    assert Contact.objects.count() == 0


def test_answer_is_the_same_whatever_address_was_typed(initiative):
    known = make_contact(make_organization(initiative)).email
    subscribed = make_contact(initiative=initiative, subscribed_at=timezone.now()).email
    ended = make_contact(initiative=initiative)
    people.remove_contact(contact=ended, by=make_staff(initiative))

    typed = ["new@example.org", known, subscribed, ended.email, *["often@example.org"] * 5]
    answers = [ask(Client(), initiative, email=email) for email in typed]
    answers.append(ask(Client(), initiative, topic="Watches"))

    assert len({(one.status_code, one.content, str(sorted(one.headers.items()))) for one in answers}) == 1
    assert {answer.cookies.output() for answer in answers} == {""}
    emails = list(SubscriptionRequest.objects.order_by("pk").values_list("email", flat=True))
    assert emails == ["new@example.org", known, subscribed, *["often@example.org"] * 3]


LONG = "@".join(["a" * 60, ".".join(["b" * 60] * 4) + ".org"])


@pytest.mark.parametrize("wrong", [{"email": "ana"}, {"email": LONG}, {"digest": "never"}, {"digest": ""}])
def test_nonsense_is_422_and_keeps_what_was_typed(client, initiative, wrong):
    typed = {"email": "bo@example.org"} | wrong

    answer = ask(client, initiative, **typed)

    assert answer.status_code == 422
    assert f'value="{typed["email"]}"' in answer.content.decode()
    assert SubscriptionRequest.objects.count() == 0


def test_post_needs_the_token_of_its_form(initiative):
    assert ask(Client(enforce_csrf_checks=True), initiative).status_code == 403


def test_initiative_that_is_not_public_takes_addresses_from_its_people_alone(client):
    hidden = make_initiative(published=False)

    assert (client.get(f"/{hidden.slug}/subscribe/").status_code, ask(client, hidden).status_code) == (404, 404)
    client.force_login(make_staff(hidden))
    assert ask(client, hidden).status_code == 200


def test_one_address_gets_three_mails_an_hour_in_all_initiatives(client, initiative):
    for number in range(5):
        ask(client, initiative if number % 2 else make_initiative(), email="Ana@Example.org")

    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        ask(client, initiative)

    assert SubscriptionRequest.objects.count() == 4


def test_one_network_address_asks_thirty_times_an_hour(initiative):
    for number in range(33):
        ask(Client(REMOTE_ADDR="203.0.113.7"), initiative, email=f"reader{number}@example.org")
    ask(Client(REMOTE_ADDR="203.0.113.8"), initiative)

    assert SubscriptionRequest.objects.count() == 31


@pytest.mark.parametrize(("proxies", "count"), [(0, 30), (1, 33)])
def test_address_that_a_visitor_claims_counts_only_as_the_proxy_saw_it(settings, initiative, proxies, count):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    for number in range(33):
        client = Client(headers={"X-Forwarded-For": f"198.51.100.1, 203.0.113.{number}"})
        ask(client, initiative, email=f"reader{number}@example.org")

    assert SubscriptionRequest.objects.count() == count


def test_one_initiative_takes_three_hundred_an_hour(client, initiative):
    for number in range(300):
        row = {"email": f"reader{number}@example.org", "digest_frequency": "monthly", "token_hash": str(number)}
        SubscriptionRequest.objects.create(initiative=initiative, **row)

    ask(client, initiative)
    ask(client, make_initiative())

    assert SubscriptionRequest.objects.count() == 301


def test_confirm_page_changes_nothing_until_it_is_ticked(client, initiative):
    _request, path = asked(initiative)

    with unchanged():
        page = client.get(path)
        [form] = forms_of(page.content.decode(), path)
        unticked = client.post(path, form.data)
        one_click = client.post(path, {"List-Unsubscribe": "One-Click"})

    assert (page.status_code, unticked.status_code, one_click.status_code) == (200, 422, 422)
    assert "Nothing was ticked, so nothing was saved" in unticked.content.decode()
    assert "ana@example.org" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_confirming_makes_a_subscriber_and_leads_to_their_own_page(initiative):
    request, path = asked(initiative, frequency="weekly", language="en-us")
    client = Client(enforce_csrf_checks=True)

    answer = client.post(path, TICKED)

    contact, link = Contact.objects.get(), AccessLink.objects.get()
    request.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, links.path_of(link))
    assert (contact.email, contact.name, contact.organization) == ("ana@example.org", "ana@example.org", None)
    assert (contact.digest_frequency, contact.wants_reminders, contact.wants_nudges) == ("weekly", True, True)
    assert contact.digest_since == contact.subscribed_at
    assert (request.contact, request.confirmed_at is None) == (contact, False)
    assert "You get the digest every week" in client.get(answer["Location"]).content.decode()


def test_confirming_twice_is_once(client, initiative):
    _request, path = asked(initiative)
    client.post(path, TICKED)

    with unchanged():
        answers = [client.post(path, TICKED), client.post(path, {}), client.get(path)]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {
        (302, links.path_of(AccessLink.objects.get()))
    }


@pytest.mark.django_db(transaction=True)
def test_confirming_at_the_same_time_is_once(initiative):
    paths = [asked(initiative)[1], asked(initiative)[1]] * 3

    def confirm(path):
        try:
            return Client().post(path, TICKED).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(confirm, paths))

    assert answers == [302] * 6
    assert (Contact.objects.count(), AccessLink.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_asking_at_the_same_time_counts_every_time(initiative):
    def request(_number):
        try:
            return ask(Client(), initiative).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(request, range(6)))

    assert answers == [200] * 6
    assert SubscriptionRequest.objects.count() == 3


@pytest.mark.parametrize(("before", "after"), [("never", "monthly"), ("weekly", "weekly")])
def test_confirming_the_address_of_a_contact_makes_no_second_one(client, initiative, before, after):
    _request, path = asked(initiative)
    contact = make_contact(make_organization(initiative), email="ana@example.org", digest_frequency=before)

    client.post(path, TICKED)

    contact.refresh_from_db()
    assert (Contact.objects.count(), contact.digest_frequency) == (1, after)
    assert contact.subscribed_at is not None
    assert (contact.digest_since is None) == (before == after)


@pytest.mark.parametrize("days", [14, 15])
def test_request_that_nobody_confirmed_in_time_is_410_with_a_way_to_ask_again(client, initiative, days):
    _request, path = asked(initiative)
    SubscriptionRequest.objects.update(requested_at=timezone.now() - timedelta(days=days))
    forgotten = subscriptions.forget_unconfirmed() if days == 15 else 0

    with unchanged():
        answer = client.post(path, TICKED)

    assert forgotten == (days == 15)
    assert answer.status_code == 410
    assert "Ask once more" in answer.content.decode()
    assert Contact.objects.count() == 0


def test_request_for_the_address_of_somebody_removed_since_is_410(client, initiative):
    request, path = asked(initiative)
    contact = make_contact(initiative=initiative, email=request.email)
    people.remove_contact(contact=contact, by=make_staff(initiative))

    with unchanged():
        answer = client.post(path, TICKED)

    assert answer.status_code == 410
    assert "Ask once more" not in answer.content.decode()


def test_confirmed_link_of_somebody_removed_since_is_410(client, initiative):
    _request, path = asked(initiative)
    client.post(path, TICKED)
    people.remove_contact(contact=Contact.objects.get(), by=make_staff(initiative))

    assert client.get(path, follow=True).status_code == 410
