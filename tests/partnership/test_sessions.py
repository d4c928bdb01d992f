"""Where a person is signed in, how long, and how that ends."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from partnership.models import Membership, Session
from partnership.services.sessions import forget_sessions
from partnership.sessions import device_words
from tests.factories.partnership import PASSWORD, make_council_member, make_initiative, make_staff, make_user

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
NOON = "2026-11-24T12:00:00Z"


def signed_in(user, agent=FIREFOX):
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def lives(client):
    return client.get("/accounts/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [(FIREFOX, "Firefox on Windows"), (IPHONE, "Safari on iPhone"), ("curl/8", "A browser that we do not know")],
)
def test_device_is_told_in_words(agent, words):
    assert device_words(agent) == words


def test_page_shows_every_place_and_no_key(client):
    user = make_user()
    here, there = signed_in(user), signed_in(user, IPHONE)

    page = here.get("/accounts/sessions/").content.decode()

    assert "Firefox on Windows" in page
    assert "Safari on iPhone" in page
    assert there.session.session_key not in page


@pytest.mark.parametrize(("zone", "time"), [("", "12:00"), ("America/Chicago", "06:00")])
def test_page_shows_times_by_the_persons_own_clock(zone, time):
    with time_machine.travel(NOON, tick=False):
        page = signed_in(make_user(time_zone=zone)).get("/accounts/sessions/").content.decode()

    assert f"Since 24 November 2026, {time}." in page
    assert f"Times are those of {zone or 'UTC'}." in page


def test_page_shows_times_of_the_first_initiative_to_whom_has_no_clock_of_their_own():
    with time_machine.travel(NOON, tick=False):
        person = make_staff(make_initiative(time_zone="America/Chicago"))
        Membership.objects.create(initiative=make_initiative(time_zone="Asia/Tokyo"), user=person, role="council")
        page = signed_in(person).get("/accounts/sessions/").content.decode()

    assert "Since 24 November 2026, 06:00." in page
    assert "Times are those of America/Chicago." in page


def test_one_other_session_is_ended_and_ones_own_is_not():
    user = make_user()
    here, there = signed_in(user), signed_in(user)
    keys = {row.session_key: row.public_key for row in Session.objects.all()}

    for client in (there, here):
        here.post("/accounts/sessions/end/", {"session": keys[client.session.session_key]})

    assert (lives(here), lives(there)) == (True, False)


def test_session_of_somebody_else_is_not_ended():
    mine, theirs = signed_in(make_user()), signed_in(make_user())
    key = Session.objects.get(session_key=theirs.session.session_key).public_key

    mine.post("/accounts/sessions/end/", {"session": key})

    assert lives(theirs)


def test_all_others_are_ended():
    user = make_user()
    here, others = signed_in(user), [signed_in(user), signed_in(user)]
    stranger = signed_in(make_user())

    here.post("/accounts/sessions/end-others/")

    assert [lives(one) for one in (here, *others, stranger)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("make", "minutes", "stays"), [(make_staff, 59, True), (make_staff, 61, False), (make_council_member, 61, True)]
)
def test_staff_are_signed_out_after_an_hour_without_use(make, minutes, stays):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(make(make_initiative()))
        clock.shift(timedelta(minutes=minutes))

        assert lives(client) == stays


def test_operators_are_signed_out_after_an_hour_without_use():
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(make_user(is_staff=True))
        clock.shift(timedelta(minutes=61))

        assert not lives(client)


@pytest.mark.parametrize("make", [make_staff, make_council_member])
def test_everybody_is_signed_out_after_twelve_hours_whatever_they_do(make):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(make(make_initiative()))
        alive = []
        for _turn in range(24):
            clock.shift(timedelta(minutes=30))
            # Writing into the session does not make it longer.
            client.get("/accounts/second-step/?next=/")
            alive.append(lives(client))

    assert alive == [True] * 23 + [False]


def test_last_use_is_noted_once_a_minute():
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in(make_user())
        seen = []
        for seconds in (30, 40, 30):
            clock.shift(timedelta(seconds=seconds))
            lives(client)
            seen.append(Session.objects.get().last_seen_at.strftime("%H:%M:%S"))

    assert seen == ["12:00:00", "12:01:10", "12:01:10"]


def test_sessions_that_are_over_are_removed():
    signed_in(make_user())

    assert forget_sessions(timezone.now()) == 0
    assert forget_sessions(timezone.now() + timedelta(hours=13)) == 1
