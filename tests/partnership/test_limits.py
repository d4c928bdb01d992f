"""How often a password, a code or a link may be tried, and why nobody can lock another out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from partnership.models import Attempts, SignInRequest
from partnership.services import limits, sign_in
from partnership.services.limits import Limit
from tests.factories.partnership import PASSWORD, make_user

pytestmark = pytest.mark.django_db

HOURLY = Limit("probe", 3, timedelta(hours=1))


def guess(email, password="not the password", *, network="203.0.113.9", client=None):
    client = client or Client()
    return client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=network)


def test_limit_counts_and_ends_with_its_span():
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        counted = [limits.count(HOURLY, "ana") for _number in range(4)]
        with pytest.raises(limits.TooMany) as refused:
            limits.spend((HOURLY, "ana"))
        limits.spend((HOURLY, "bo"))
        clock.shift(timedelta(hours=1))
        limits.spend((HOURLY, "ana"))

    assert counted == [1, 2, 3, 4]
    assert refused.value.until.hour == 11


def test_counters_name_nobody_and_are_forgotten():
    limits.count(HOURLY, "ana@example.org")

    assert "ana" not in Attempts.objects.get().key
    assert limits.forget_attempts(timezone.now()) == 0
    assert limits.forget_attempts(timezone.now() + timedelta(days=3)) == 1


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_time_are_all_counted():
    def one(_number):
        try:
            return limits.count(HOURLY, "ana")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(12))) == list(range(1, 13))


@pytest.mark.parametrize("email", ["known@example.org", "nobody@example.org"])
def test_two_hundred_guesses_from_changing_networks_are_stopped(email):
    make_user(email="known@example.org")

    statuses = [guess(email, network=f"203.0.113.{number}").status_code for number in range(200)]

    assert (statuses.count(422), statuses.count(429)) == (10, 190)


def test_right_password_after_too_many_guesses_is_refused_as_the_wrong_one_and_for_unknown_ones():
    make_user(email="known@example.org")
    for number in range(10):
        guess("known@example.org", network=f"203.0.113.{number}")
        guess("nobody@example.org", network=f"203.0.113.{number}")

    with time_machine.travel(timezone.now(), tick=False):
        answers = [guess("known@example.org", PASSWORD), guess("known@example.org"), guess("nobody@example.org")]

    assert {one.status_code for one in answers} == {429}
    assert len({(one.content, str(sorted(one.headers.items()))) for one in answers}) == 1
    assert "a link by e-mail" in answers[0].content.decode()
    assert int(answers[0]["Retry-After"]) > 0


def test_owner_gets_in_from_a_known_browser_and_by_link_while_somebody_guesses(client):
    user = make_user(email="ana@example.org")
    guess("ana@example.org", PASSWORD, client=client)
    client.post("/accounts/logout/")
    for number in range(60):
        guess("ana@example.org", network=f"203.0.113.{number}")

    known = guess("ana@example.org", PASSWORD, client=client)
    elsewhere = guess("ana@example.org", PASSWORD)
    by_link = Client().post("/accounts/login/link/", {"email": "ana@example.org"})

    assert (known.status_code, elsewhere.status_code, by_link.status_code) == (302, 429, 200)
    assert sign_in.person_of(SignInRequest.objects.get()) == user


def test_known_browser_has_its_own_limit(client):
    make_user(email="ana@example.org")
    guess("ana@example.org", PASSWORD, client=client)
    client.post("/accounts/logout/")

    statuses = [guess("ana@example.org", client=client).status_code for _number in range(12)]

    assert statuses == [422] * 10 + [429] * 2


@pytest.mark.parametrize("forged", ["x", "WyJkIl0:1abc:xyz", ""])
def test_forged_device_cookie_counts_for_nothing(forged):
    make_user(email="ana@example.org")
    statuses = []
    for number in range(12):
        client = Client()
        client.cookies["device"] = forged
        statuses.append(guess("ana@example.org", client=client, network=f"203.0.113.{number}").status_code)

    assert statuses[-1] == 429


def test_device_cookie_of_one_account_is_none_for_another(client):
    make_user(email="mallory@example.org")
    make_user(email="ana@example.org")
    guess("mallory@example.org", PASSWORD, client=client)
    client.post("/accounts/logout/")

    statuses = [guess("ana@example.org", client=client).status_code for _number in range(11)]

    assert statuses == [422] * 10 + [429]


def test_network_that_guesses_at_many_addresses_is_stopped():
    statuses = [guess(f"person{number}@example.org").status_code for number in range(52)]

    assert statuses == [422] * 50 + [429] * 2


@pytest.mark.parametrize(("proxies", "stopped"), [(0, True), (1, False)])
def test_forwarded_address_counts_only_behind_a_trusted_proxy(settings, proxies, stopped):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    statuses = []
    for number in range(52):
        header = {"X-Forwarded-For": f"198.51.100.7, 203.0.113.{number}"}
        typed = {"login": f"person{number}@example.org", "password": "not the password"}
        statuses.append(Client(headers=header).post("/accounts/login/", typed).status_code)

    assert (statuses[-1] == 429) == stopped


def test_left_most_forwarded_address_is_never_believed(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    statuses = []
    for number in range(52):
        header = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7"}
        typed = {"login": f"person{number}@example.org", "password": "not the password"}
        statuses.append(Client(headers=header).post("/accounts/login/", typed).status_code)

    assert statuses[-1] == 429


def test_guesses_over_a_day_are_counted_too():
    with time_machine.travel("2026-11-24T00:00:00Z", tick=False) as clock:
        statuses = []
        for _number in range(8):
            statuses += [guess("ana@example.org", network=f"203.0.113.{number}").status_code for number in range(10)]
            clock.shift(timedelta(minutes=15))

    assert statuses.count(422) == 50


def test_right_passwords_are_not_counted(client):
    make_user(email="ana@example.org")
    for _number in range(15):
        assert guess("ana@example.org", PASSWORD).status_code == 302
    assert set(Attempts.objects.values_list("count", flat=True)) == {0}


def test_link_form_takes_a_hundred_an_hour_from_a_network():
    statuses = [
        Client().post("/accounts/login/link/", {"email": f"p{number}@example.org"}).status_code for number in range(102)
    ]

    assert statuses == [200] * 100 + [429] * 2
