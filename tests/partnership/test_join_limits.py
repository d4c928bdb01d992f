"""What keeps programs, and people who mean harm, from the page “take part”; it turns nobody away unheard."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from partnership.models import JoinRequest
from partnership.services import joining
from tests.factories.partnership import make_initiative, make_join_request, make_staff
from tests.pages import text_of
from tests.partnership.test_join import ask, fields, stamp
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


def request(initiative, **changes):
    said = {"kind": "individual", "name": "Ana", "email": "ana@example.org"}
    return joining.request_to_join(initiative=initiative, **said | changes)


def mails(email="ana@example.org"):
    """When mails go to an address."""
    rows = JoinRequest.objects.filter(email=email, asks_at__isnull=False)
    return sorted(rows.values_list("asks_at", flat=True))


def press_again(client, initiative, answer):
    """What a person does who reads the page that came back, and presses its button."""
    [form] = [form for form in forms_of(answer.content.decode(), "") if "shown" in form.names]
    with time_machine.travel(timezone.now() + timedelta(seconds=5), tick=False):
        return client.post(f"/{initiative.slug}/join/", form.data)


@pytest.mark.parametrize("changes", [{"website": "https://spam.example"}, {"shown": ""}, {"shown": "forged:1:x"}])
def test_whoever_looks_like_a_program_is_asked_once_more_and_then_taken(client, initiative, changes):
    answer = ask(client, initiative, **changes)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "press the button once more" in page.lower()
    assert "I have time." in page
    assert not JoinRequest.objects.exists()
    assert press_again(client, initiative, answer).status_code == 302
    assert JoinRequest.objects.get().message == "I have time."


@pytest.mark.parametrize(("seconds", "status"), [(0, 422), (1, 422), (5, 302), (23 * 3600, 302), (25 * 3600, 422)])
def test_page_is_sent_neither_at_once_nor_after_a_day(client, initiative, seconds, status):
    answer = ask(client, initiative, shown=stamp(initiative, seconds=seconds))

    assert answer.status_code == status
    if status == 422:
        assert press_again(client, initiative, answer).status_code == 302


def test_stamp_of_another_initiatives_page_does_not_count(client, initiative):
    assert ask(client, initiative, shown=stamp(make_initiative())).status_code == 422


def test_same_words_twice_are_one_request(initiative):
    first, second = request(initiative), request(initiative, email="ANA@example.org ")

    assert first == second
    assert JoinRequest.objects.count() == 1


def test_same_words_again_after_confirming_are_one_until_they_are_decided(initiative):
    first = request(initiative)
    joining.confirm_requests(request=first, chosen=[first.pk])
    assert request(initiative) == first

    now = timezone.now()
    JoinRequest.objects.update(decided_at=now, outcome="refused")

    assert request(initiative) != first


def test_one_address_gets_one_mail_a_day_in_all_initiatives(initiative):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        request(initiative)
        request(initiative, message="Something else")
        request(make_initiative())

    assert mails() == [now, now + timedelta(days=1)]


def test_whoever_asks_again_the_next_day_gets_one_more_mail_and_no_third(initiative):
    now = timezone.now()
    for hours in (0, 1, 25, 26, 50, 75):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            request(initiative)

    assert mails() == [now + timedelta(hours=25)]
    assert JoinRequest.objects.count() == 1


def test_address_that_never_answers_is_asked_no_more(initiative):
    now = timezone.now()
    for day in range(6):
        with time_machine.travel(now + timedelta(days=day, seconds=day), tick=False):
            request(initiative, message=f"Day {day}")

    assert len(mails()) == 3


def test_one_network_asks_twenty_times_an_hour_and_is_told(initiative):
    here, there = Client(REMOTE_ADDR="203.0.113.7"), Client(REMOTE_ADDR="203.0.113.8")

    with time_machine.travel("2026-05-04T10:05:00Z", tick=False):
        answers = [ask(here, initiative, email=f"reader{n}@example.org") for n in range(21)]
        other = ask(there, initiative)

    assert [one.status_code for one in answers] == [302] * 20 + [429]
    assert "I have time." in answers[-1].content.decode()
    assert "from your network" in answers[-1].content.decode()
    assert other.status_code == 302


@pytest.mark.parametrize(("proxies", "taken"), [(0, 20), (1, 23)])
def test_address_that_a_visitor_claims_counts_only_as_the_proxy_saw_it(settings, initiative, proxies, taken):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    with time_machine.travel("2026-05-04T10:05:00Z", tick=False):
        for n in range(23):
            client = Client(headers={"X-Forwarded-For": f"198.51.100.1, 203.0.113.{n}"})
            ask(client, initiative, email=f"reader{n}@example.org")

    assert JoinRequest.objects.count() == taken


def test_initiative_under_attack_takes_nothing_for_a_while_and_staff_read_it(client, initiative):
    for n in range(joining.INITIATIVE_AN_HOUR):
        make_join_request(initiative, token_hash=f"row {n}", confirmed_at=None)

    answer = ask(client, initiative)

    assert answer.status_code == 429
    assert "I have time." in answer.content.decode()
    assert ask(client, make_initiative()).status_code == 302
    client.force_login(make_staff(initiative))
    page = text_of(client, f"/{initiative.slug}/join/requests/")
    assert "takes nothing for a while" in page
    assert "Nobody has asked yet" in page
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert ask(Client(), initiative).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_asking_at_the_same_time_in_two_initiatives_makes_one_mail_a_day(initiative):
    homes = [initiative, make_initiative()] * 3

    def send(number):
        try:
            return Client().post(f"/{homes[number].slug}/join/", said[number]).status_code
        finally:
            connection.close()

    said = [fields(home, message=f"Number {number}") for number, home in enumerate(homes)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))

    first, *later = mails()
    assert answers == [302] * 6
    assert JoinRequest.objects.count() == joining.UNCONFIRMED_OF_ADDRESS
    assert all(one >= first + timedelta(days=1) for one in later)
