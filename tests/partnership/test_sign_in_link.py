"""Signing in by a link that comes by mail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from communications.models import Message
from communications.services.tick import tick
from partnership.models import SignInRequest
from partnership.services import sign_in
from partnership.services.links import path_of
from tests.factories.partnership import make_council_member, make_initiative, make_user
from tests.walls.database import unchanged
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db

LINK = "/accounts/login/link/"
TICKED = {"wanted": "on"}


def ask(client, email, **more):
    return client.post(LINK, {"email": email, **more})


def path_in_mail():
    """Where the link of the last mail leads."""
    body = mail.outbox[-1].body
    return "/in/" + body.partition("/in/")[2].partition("/")[0] + "/"


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture
def person():
    return make_council_member(make_initiative(slug="here", name="Healthy County"), email="ana@example.org")


def test_link_comes_by_mail_and_signs_in_once(client, person):
    ask(client, "Ana@Example.org")
    tick(timezone.now())
    path = path_in_mail()
    browser = Client(enforce_csrf_checks=False)

    opened = browser.get(path)
    entered = browser.post(path, TICKED)
    again = Client().post(path, TICKED)

    assert mail.outbox[0].to == ["ana@example.org"]
    assert "ana@example.org" in opened.content.decode()
    assert (entered.status_code, entered["Location"]) == (302, "/here/dashboard/")
    assert is_signed_in(browser)
    assert again.status_code == 410
    assert "used already" in again.content.decode()


def test_known_unknown_and_switched_off_addresses_get_the_same_answer_and_the_same_row(person):
    make_user(email="off@example.org", is_active=False)
    answers = [ask(Client(), email) for email in ("ana@example.org", "nobody@example.org", "off@example.org")]

    assert len({(one.status_code, one.content, str(sorted(one.headers.items()))) for one in answers}) == 1
    assert SignInRequest.objects.exclude(mails_at=None).count() == 3
    tick(timezone.now())
    assert [message.recipient_key for message in Message.objects.all()] == [f"user:{person.pk}"]


def test_opening_submitting_untouched_and_pressing_change_nothing(client, person):
    path = path_of(sign_in.request_link(email=person.email))

    with unchanged():
        page = client.get(path)
        [form] = forms_of(page.content.decode(), path)
        untouched = client.post(path, form.data)
        head = client.head(path)

    assert (page.status_code, untouched.status_code, head.status_code) == (200, 422, 200)
    assert not is_signed_in(client)
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_link_is_over_after_fifteen_minutes_with_a_way_to_a_new_one(client, person):
    path = path_of(sign_in.request_link(email=person.email, next_path="/here/"))

    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1), tick=False):
        answer = client.post(path, TICKED)
        forgotten = sign_in.forget_requests(timezone.now())

    assert (answer.status_code, forgotten) == (410, 1)
    assert 'action="/accounts/login/link/"' in answer.content.decode()
    assert (SignInRequest.objects.get().email, is_signed_in(client)) == ("", False)


def test_unknown_link_is_404(client):
    assert client.get("/in/nothing/").status_code == 404


def test_one_mail_in_ten_minutes_and_the_link_in_it_stays_good(client, person):
    for _number in range(5):
        ask(Client(), person.email)
    tick(timezone.now())
    path = path_in_mail()
    with time_machine.travel(timezone.now() + timedelta(minutes=9), tick=False):
        ask(Client(), person.email)
        tick(timezone.now())

        entered = client.post(path, TICKED)

    assert (len(mail.outbox), entered.status_code) == (1, 302)


def test_used_link_does_not_keep_the_next_one_back(client, person):
    ask(client, person.email)
    tick(timezone.now())
    client.post(path_in_mail(), TICKED)

    ask(Client(), person.email)
    tick(timezone.now())

    assert len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_gets_the_mail(person):
    def one(_number):
        try:
            return ask(Client(), person.email).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))

    assert answers == [200] * 4
    assert SignInRequest.objects.exclude(mails_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_gets_in(person):
    path = path_of(sign_in.request_link(email=person.email))

    def one(_number):
        try:
            return Client().post(path, TICKED).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(one, range(4)))

    assert answers == [302, 410, 410, 410]


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/here/meetings/", "/here/meetings/"),
        ("https://evil.example/", "/here/dashboard/"),
        ("//evil.example/", "/here/dashboard/"),
        ("javascript:alert(1)", "/here/dashboard/"),
        ("/\\evil.example", "/here/dashboard/"),
    ],
)
def test_next_is_kept_within_the_installation(client, person, wanted, leads):
    ask(client, person.email, next=wanted)
    tick(timezone.now())

    answer = client.post(path_in_mail(), TICKED)

    assert answer["Location"] == leads


def test_link_of_somebody_switched_off_meanwhile_is_over(client, person):
    path = path_of(sign_in.request_link(email=person.email))
    person.is_active = False
    person.save()

    assert client.post(path, TICKED).status_code == 410
    assert not is_signed_in(client)


def test_link_of_somebody_else_ends_the_session_that_stood(client, person):
    client.force_login(make_user())
    path = path_of(sign_in.request_link(email=person.email))

    client.post(path, TICKED)

    assert client.session["_auth_user_id"] == str(person.pk)


def test_nonsense_is_422_and_stays_in_the_form(client):
    answer = ask(client, "ana", next="/here/")

    assert answer.status_code == 422
    assert 'value="ana"' in answer.content.decode()
    assert 'value="/here/"' in answer.content.decode()
    assert SignInRequest.objects.count() == 0


def test_text_of_the_mail_is_never_shown_to_staff_in_production(client, person, settings):
    from tests.factories.partnership import make_staff

    ask(client, person.email)
    tick(timezone.now())
    message = Message.objects.get()
    client.force_login(make_staff(message.initiative))

    hidden = client.get(f"/here/messages/{message.pk}/").status_code
    settings.DEMO = True
    shown = client.get(f"/here/messages/{message.pk}/").status_code

    assert (hidden, shown) == (404, 200)
